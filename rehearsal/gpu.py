"""Simulated GPUs: a folder that says which real processes hold how much memory of which device.

``devices.json`` lists the devices, ``processes/<pid>.json`` what one process holds. A process counts while it lives, so
memory is free again when it has ended, and not before. Only processes that the rehearsal has started are ever shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.gpu.host.cgroup import Placement
from opsconsole.gpu.host.processes import Facts, HostProcesses, parse_stat
from opsconsole.gpu.nvml.snapshot import DeviceReading, ProcessReading, Snapshot
from opsconsole.records import ProcessState
from rehearsal.scenario import Device

DRIVER, CUDA = "535.104.05", 12020
"""CUDA 12.2, as in the write-up."""

_MEBIBYTE = 2**20
_BASE = 610 * _MEBIBYTE
_THERMAL = 0x40


class Held(msgspec.Struct, frozen=True):
    """What one process holds, and who started it. ``memory`` is bytes."""

    pid: int
    start: int
    parent: int
    device: int
    memory: int


def prepare(folder: Path, devices: Sequence[Device]) -> None:
    """Make the folder."""
    (folder / "processes").mkdir(parents=True, exist_ok=True)
    (folder / "devices.json").write_bytes(msgspec.json.encode(list(devices)))


def register(folder: Path, held: Held) -> None:
    """Note what a process holds; called by the process itself."""
    place = folder / "processes" / f"{held.pid}.json"
    draft = place.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(held))
    draft.rename(place)


def start_ticks(pid: int) -> int | None:
    """Field 22 of ``/proc/PID/stat``; ``None`` if there is no such process."""
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")).start_ticks
    except (OSError, ValueError):
        return None


def registered(folder: Path) -> Iterator[Held]:
    """Everything that was noted of processes that still are there (dead ones that nobody has reaped among them)."""
    for place in sorted((folder / "processes").glob("*.json")):
        try:
            held = decode_as(place.read_bytes(), Held)
        except (OSError, msgspec.DecodeError):
            continue
        if start_ticks(held.pid) == held.start:
            yield held


def _threads_alive(pid: int) -> bool:
    """Whether any thread of a process lives: a dead leader's memory is held by the others."""
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            if parse_stat((task / "stat").read_text("utf-8", "replace")).state not in "ZXx":
                return True
    except (OSError, ValueError):
        return False
    return False


class SimulatedProbe:
    """A :class:`opsconsole.gpu.nvml.probe.Probe` that reads the folder."""

    source = "simulated"

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def snapshot(self) -> Snapshot:
        devices = decode_as((self._folder / "devices.json").read_bytes(), list[Device])
        held = [each for each in registered(self._folder) if _threads_alive(each.pid)]
        return Snapshot(
            driver=DRIVER,
            cuda=CUDA,
            devices=tuple(_device(number, device, held) for number, device in enumerate(devices)),
            processes=tuple(
                ProcessReading(pid=each.pid, device=_uuid(each.device), memory=each.memory) for each in held
            ),
        )

    def close(self) -> None:
        """There is nothing to let go of."""


def _uuid(number: int) -> str:
    return f"GPU-5e8a11ed-0000-4000-a000-{number:012d}"


def _device(number: int, device: Device, held: Sequence[Held]) -> DeviceReading:
    used = sum(each.memory for each in held if each.device == number)
    load = min(100, round(130 * used / (device.memory * _MEBIBYTE)))
    return DeviceReading(
        index=number,
        uuid=_uuid(number),
        name=device.name,
        memory_total=device.memory * _MEBIBYTE,
        memory_used=_BASE + used,
        utilization=load,
        temperature=38 + load // 2,
        power_watts=70.0 + 5.5 * load,
        throttle=_THERMAL if load > 90 else 0,
    )


class SimulatedProcesses:
    """A :class:`opsconsole.gpu.host.processes.ProcessReader` that knows only what the rehearsal has started.

    Their facts are the host's; that they are outside Kubernetes, and when they are orphans, is known here for certain.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._host = HostProcesses(host_pids=True)

    def read(self, pid: int) -> Facts:
        held = next((each for each in registered(self._folder) if each.pid == pid), None)
        if held is None:
            return Facts(pid, ProcessState.GONE)
        facts = self._host.read(pid)
        if facts.start_ticks != held.start:
            return Facts(pid, ProcessState.GONE)
        place = Placement(path=facts.place.path, kubernetes=False)
        return facts._replace(place=place, orphan=facts.parent != held.parent)


def kill_all(folder: Path) -> None:
    """End every process that is registered, by pidfd and only while it is the one that registered."""
    import signal  # noqa: PLC0415 - needed once

    for held in registered(folder):
        try:
            handle = os.pidfd_open(held.pid)
        except OSError:
            continue
        try:
            if start_ticks(held.pid) == held.start:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except OSError:
            continue
        finally:
            os.close(handle)
