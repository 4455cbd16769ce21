"""Whether the memory is free: what NVML said before and after, as a difference in MiB. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from opsconsole.gpu.nvml.words import mebibytes
from opsconsole.gpu.observe import GpuReading
from opsconsole.records import GpuDevice, GpuProcess, Proof, Record

TOLERANCE = 0.9
"""Part of what the ended processes held that must be free again; NVML rounds, and a driver keeps a little."""


class Freed(Record, frozen=True):
    """One device before and after, in bytes.

    ``expected`` is what the ended processes held there, ``None`` where NVML did not say (MIG, vGPU). ``delta`` is what
    they gave back: how much less is in use now than before, with what other processes took or gave in between set
    off; ``None`` where it is unknown. ``holds``: the memory is free, which what others have taken since is not;
    ``None``: can't be told.
    """

    device: str
    title: str
    expected: int | None
    delta: int | None
    holds: bool | None
    detail: str = ""

    def proof(self) -> Proof:
        """For the outcome of a plan."""
        return Proof(claim=f"{self.title}: the memory is free", holds=self.holds, detail=self.detail)


def freed(before: GpuReading, after: GpuReading, ended: Sequence[GpuProcess]) -> tuple[Freed, ...]:
    """Compare two looks for each device on which ``ended`` held memory."""
    concerned = dict.fromkeys(process.device for process in ended)
    unseen = dict(after.unseen)
    return tuple(
        _compare(_side(before, key), _side(after, key), [one for one in ended if one.device == key], unseen)
        for key in concerned
    )


class _Side(NamedTuple):
    """One look at one device."""

    key: str
    device: GpuDevice | None
    processes: list[GpuProcess]

    def others(self, pids: set[int]) -> dict[tuple[int, int | None], GpuProcess]:
        """All other processes, by PID and start time."""
        return {(one.pid, one.start_ticks): one for one in self.processes if one.pid not in pids}


def _side(look: GpuReading, key: str) -> _Side:
    device = next((device for device in look.devices if device.key == key), None)
    return _Side(key, device, [process for process in look.processes if process.device == key])


def _compare(before: _Side, after: _Side, ended: list[GpuProcess], unseen: Mapping[str, str]) -> Freed:
    """Compare one device; ``unseen`` are the nodes that the second look did not reach, each with the reason."""
    then, now, pids = before.device, after.device, {process.pid for process in ended}
    expected = _sum(process.memory for process in ended)
    known = now or then
    if then is None or now is None:
        why = unseen.get(ended[0].node)
        detail = "NVML does not show the device any more" if why is None else f"the node was not seen again: {why}"
        return Freed(before.key, _title(known) if known else f"GPU {before.key}", expected, None, None, detail)
    title = _title(now)
    still = [process for process in after.processes if process.pid in pids]
    delta = None
    others, others_now = before.others(pids), after.others(pids)
    if then.memory_used is not None and now.memory_used is not None:
        delta = (then.memory_used - _known(others.values())) - (now.memory_used - _known(others_now.values()))
    holds, detail = _judge(expected, delta, still)
    if holds:
        holds, detail = _unless_taken(delta or 0, expected, _taken(others, others_now), detail)
    if not holds and not still and now.error:
        holds, detail = None, now.error
    return Freed(before.key, title, expected, delta, holds, detail)


def _title(device: GpuDevice) -> str:
    mig, node = " (MIG)" if device.mig_parent else "", f" of {device.node}" if device.node else ""
    return f"GPU {device.index}{mig}{node}"


def _judge(expected: int | None, delta: int | None, still: list[GpuProcess]) -> tuple[bool | None, str]:
    if still:
        named = ", ".join(str(process.pid) for process in still)
        return False, f"NVML still lists {named}"
    if delta is None:
        return None, "NVML does not say how much memory is in use"
    told = f"{mebibytes(delta)} free again"
    if expected is None:
        return (True if delta > 0 else None), f"{told}; NVML did not say how much was held"
    held = mebibytes(expected)
    if delta >= TOLERANCE * expected:
        return True, f"{told} of {held} held"
    return False, f"only {told} of {held} held: if that stays so, drain the node and reset the GPU"


def _taken(
    before: Mapping[tuple[int, int | None], GpuProcess], after: Mapping[tuple[int, int | None], GpuProcess]
) -> list[tuple[int, GpuProcess]]:
    """What other processes hold beyond what they held before, the largest first."""
    found = []
    for key, one in after.items():
        held = before[key].memory or 0 if key in before else 0
        if (one.memory or 0) > held:
            found.append(((one.memory or 0) - held, one))
    return sorted(found, key=lambda each: -each[0])


def _unless_taken(
    delta: int, expected: int | None, taken: Sequence[tuple[int, GpuProcess]], detail: str
) -> tuple[bool, str]:
    """What was given back is not free where another process has taken it over."""
    total = sum(size for size, _ in taken)
    needed = TOLERANCE * expected if expected is not None else 1
    if delta - total >= needed or not taken:
        return True, detail
    named = ", ".join(f"{one.pid} ({one.name}{f', pod {one.pod}' if one.pod else ''})" for _, one in taken[:3])
    return False, f"{mebibytes(delta)} given back, and {mebibytes(total)} taken over since by {named}: not free"


def _known(processes: Iterable[GpuProcess]) -> int:
    """What they hold, as far as NVML says."""
    return sum(one.memory or 0 for one in processes)


def _sum(sizes: Iterable[int | None]) -> int | None:
    total = 0
    for size in sizes:
        if size is None:
            return None
        total += size
    return total
