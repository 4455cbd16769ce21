"""Whether the memory is free: what NVML said before and after, as a difference in MiB. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from opsconsole.gpu.nvml.words import mebibytes
from opsconsole.gpu.observe import UNEXPLAINED, GpuReading, is_dead
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
    """One look at one device. ``inside`` are the processes on its MIG devices: their memory is part of its own."""

    key: str
    device: GpuDevice | None
    processes: list[GpuProcess]
    inside: list[GpuProcess]

    def others(self, pids: set[int]) -> list[GpuProcess]:
        """All processes but those with these PIDs."""
        return [one for one in (*self.processes, *self.inside) if one.pid not in pids]


def _side(look: GpuReading, key: str) -> _Side:
    device = next((device for device in look.devices if device.key == key), None)
    within = [one for one in look.devices if device and one.mig_parent and one.mig_parent == device.uuid]
    inside = {one.key for one in within if device and one.node == device.node}
    processes = [process for process in look.processes if process.device == key]
    return _Side(key, device, processes, [process for process in look.processes if process.device in inside])


def _compare(before: _Side, after: _Side, ended: list[GpuProcess], unseen: Mapping[str, str]) -> Freed:
    """Compare one device; ``unseen`` are the nodes that the second look did not reach, each with the reason."""
    then, now, pids = before.device, after.device, {process.pid for process in ended}
    inherited = _inherited(ended, before, after)
    expected = _expected(ended, inherited)
    known = now or then
    if then is None or now is None:
        why = unseen.get(ended[0].node)
        detail = "NVML does not show the device any more" if why is None else f"the node was not seen again: {why}"
        return Freed(before.key, _title(known) if known else f"GPU {before.key}", expected, None, None, detail)
    title = _title(now)
    still = [process for process in after.processes if process.pid in pids]
    delta, rest = None, 0
    others, others_now = before.others(pids), after.others(pids)
    if then.memory_used is not None and now.memory_used is not None:
        rest = now.memory_used - _known(others_now)
        delta = then.memory_used - (_known(others) - _known(inherited)) - rest
    holds, detail = _judge(expected, _known(ended), delta, still, _ghosts(after, pids))
    if holds:
        holds, detail = _unless_taken(delta or 0, expected, _taken(_living(others), _living(others_now)), detail)
    if holds and rest > UNEXPLAINED:
        holds, detail = _unless_doubtful(rest, expected, _living(others), _living(others_now), detail)
    if not holds and not still and now.error:
        holds, detail = None, now.error
    return Freed(before.key, title, expected, delta, holds, detail)


def _title(device: GpuDevice) -> str:
    mig, node = " (MIG)" if device.mig_parent else "", f" of {device.node}" if device.node else ""
    return f"GPU {device.index}{mig}{node}"


def _ghosts(after: _Side, ended: set[int]) -> list[GpuProcess]:
    """Other dead processes whose memory NVML still counts: somebody has inherited it."""
    return [one for one in after.processes if one.memory and is_dead(one.state) and one.pid not in ended]


def _inherited(ended: Sequence[GpuProcess], before: _Side, after: _Side) -> list[GpuProcess]:
    """The dead processes that NVML counts no more, where who was ended may have held their memory: NVML did not say."""
    if all(one.memory is not None for one in ended):
        return []
    pids = {one.pid for one in ended} | {one.pid for one in after.processes if is_dead(one.state)}
    return [one for one in before.processes if one.memory and is_dead(one.state) and one.pid not in pids]


def _expected(ended: Sequence[GpuProcess], inherited: Sequence[GpuProcess]) -> int | None:
    """What the ended processes held, in bytes; ``None``: NVML did not say, not even under a dead parent's PID."""
    return _known([*ended, *inherited]) if inherited else _sum(process.memory for process in ended)


def _living(processes: Iterable[GpuProcess]) -> dict[tuple[int, int | None], GpuProcess]:
    """Those that live, by PID and start time."""
    return {(one.pid, one.start_ticks): one for one in processes if not is_dead(one.state)}


def _judge(
    expected: int | None, known: int, delta: int | None, still: list[GpuProcess], ghosts: list[GpuProcess]
) -> tuple[bool | None, str]:
    if still:
        named = ", ".join(str(process.pid) for process in still)
        return False, f"NVML still lists {named}"
    if ghosts and expected is None:
        named = ", ".join(f"{mebibytes(one.memory)} of {one.pid}" for one in ghosts)
        return False, f"NVML still counts {named}, which has ended: somebody else has the device open"
    if delta is None:
        return None, "NVML does not say how much memory is in use"
    told = f"{mebibytes(delta)} free again"
    least = known if expected is None else expected
    what = f"{mebibytes(least)} held" if least or expected is not None else ""
    if delta < TOLERANCE * least:
        return False, f"only {told} of {what}: if that stays so, drain the node and reset the GPU"
    if expected is not None:
        return True, f"{told} of {what}"
    return (True if delta > 0 else None), f"{told}{f' of {what}' if what else ''}; NVML did not say how much was held"


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
    needed = TOLERANCE * (delta if expected is None else expected)
    if delta - total >= needed or not taken:
        return True, detail
    named = ", ".join(f"{one.pid} ({one.name}{f', pod {one.pod}' if one.pod else ''})" for _, one in taken[:3])
    return False, f"{mebibytes(delta)} given back, and {mebibytes(total)} taken over since by {named}: not free"


def _unless_doubtful(
    rest: int,
    expected: int | None,
    before: Mapping[tuple[int, int | None], GpuProcess],
    after: Mapping[tuple[int, int | None], GpuProcess],
    detail: str,
) -> tuple[bool | None, str]:
    """``rest``, in bytes, is in use and nobody is known to hold it: it may be what the ended processes held."""
    gone = [one for key, one in before.items() if one.memory is None and key not in after]
    if gone:
        named = ", ".join(f"{one.pid} ({one.name})" for one in gone[:3])
        return None, f"{detail}; but {named} let go of the GPU too, and NVML did not say how much that held"
    if expected is None and all(one.memory is not None for one in after.values()):
        return None, f"{detail}; but no process is known to hold {mebibytes(rest)} that are in use"
    return True, detail


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
