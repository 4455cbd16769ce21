"""One look at this host's GPUs: what NVML says, joined with ``/proc`` and with the pods, as records."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from opsconsole.gpu.classify import CleanupVerdict, ProcessContext, verdict
from opsconsole.gpu.host.holders import HolderSource
from opsconsole.gpu.host.processes import Facts, ProcessReader
from opsconsole.gpu.nvml.probe import Probe
from opsconsole.gpu.nvml.snapshot import DeviceReading, ProcessReading, Snapshot
from opsconsole.gpu.nvml.words import cuda_in_words, error_in_words, throttle_in_words
from opsconsole.gpu.pods import PodWatch, Standings
from opsconsole.records import GpuDevice, GpuProcess, ProcessState
from opsconsole.text import clean_line

UNEXPLAINED = 1 << 30
"""Bytes in use beyond what the listed processes hold that are looked into; a driver keeps some hundred MiB itself."""

SETTLE_SECONDS, SETTLE_TRIES = 0.05, 3
"""A process that reads from a disk is in state D for moments; only one that stays there is told as such."""

OPEN_HANDLE = "open handle"
"""The kind of a process that NVML does not list."""

_BLIND = "not all memory in use is explained, and {}"
_MPS = "; an MPS client: ending it may disturb the other clients of its MPS server"


class Rules(NamedTuple):
    """What the settings say about candidates; see :class:`~opsconsole.gpu.classify.ProcessContext`."""

    patterns: tuple[re.Pattern[str], ...]
    protected: frozenset[str]
    ours: frozenset[int]
    terminal_seconds: float


class GpuReading(NamedTuple):
    """What one look found. ``source`` is empty for NVML, else the label of a simulation; ``note`` what it lacks.

    ``unseen`` are the nodes of several that could not be looked at, each with the reason in words.
    """

    devices: tuple[GpuDevice, ...]
    processes: tuple[GpuProcess, ...]
    source: str = ""
    note: str = ""
    unseen: tuple[tuple[str, str], ...] = ()


class GpuObserver:
    """Looks at the GPUs, and judges a single process again right before an effect.

    Args:
        probe: where snapshots come from.
        reader: where facts about processes come from.
        pods: how the pods stand.
        rules: what the settings say.
        host: this host's name, for the records.
        holders: finds who holds a GPU without being on NVML's lists; ``None`` for a simulation.
        pause: waits for the seconds given.
        node: the name of another machine that all this is about; empty: this host.
        boot: tells that machine's life from its next.
    """

    def __init__(
        self,
        probe: Probe,
        reader: ProcessReader,
        pods: PodWatch,
        rules: Rules,
        *,
        host: str,
        holders: HolderSource | None = None,
        pause: Callable[[float], object] = time.sleep,
        node: str = "",
        boot: str = "",
    ) -> None:
        self.probe = probe
        self.reader = reader
        self.pods = pods
        self._rules = rules
        self._holders = holders
        self._pause = pause
        self._host = f"{host} ({probe.source})" if probe.source else host
        self._node = node
        self._boot = boot

    def look(self) -> GpuReading:
        """Look once. Blocks for a bounded time.

        Raises:
            ProbeError: nothing can be seen now, and why.
        """
        found = self.probe.snapshot()
        held = merge(found.processes)
        facts = {pid: self.reader.read(pid) for pid in {entry.pid for entry in held}}
        notes = [unread(found)]
        if self._holders is not None and unexplained(found, facts):
            held += self._unlisted(self._holders, found, facts)
            notes.append(_BLIND.format(self._holders.blind) if self._holders.blind else "")
        self._settle(facts)
        standings = self.pods.look(one.place.pod_uid for one in facts.values())
        verdicts = {pid: verdict(one, self._world(standings)) for pid, one in facts.items()}
        devices = tuple(self._device(reading, found) for reading in found.devices)
        places = {one.key: one.place for one in devices}
        verdicts |= told_of_ghosts(held, facts, verdicts)
        processes = (self._process(entry, facts[entry.pid], verdicts[entry.pid], standings) for entry in held)
        return GpuReading(
            devices,
            tuple(msgspec.structs.replace(one, place=places.get(one.device, "")) for one in processes),
            self.probe.source,
            "; ".join(filter(None, notes)),
        )

    def _settle(self, facts: dict[int, Facts]) -> None:
        """Look again at processes in state D, all together: most have left it a moment later."""
        for _ in range(SETTLE_TRIES):
            waiting = [pid for pid, one in facts.items() if one.state is ProcessState.UNINTERRUPTIBLE]
            if not waiting:
                return
            self._pause(SETTLE_SECONDS)
            facts.update((pid, self.reader.read(pid)) for pid in waiting)

    def _unlisted(self, holders: HolderSource, found: Snapshot, facts: dict[int, Facts]) -> list[ProcessReading]:
        """Entries for processes on none of NVML's lists; what is read about them is added to ``facts``."""
        listed = {entry.pid for entry in found.processes}
        devices = {_minor(reading): device_key(reading) for reading in found.devices if not reading.mig_parent}
        entries = []
        for holder in holders.scan():
            one = self.reader.read(holder.pid)
            # The scan is some seconds old: who has ended meanwhile has nothing open, though nobody may have reaped it.
            if holder.pid in listed or one.start_ticks != holder.start_ticks or is_dead(one.state):
                continue
            facts[holder.pid] = one
            entries += [
                ProcessReading(pid=holder.pid, device=devices[minor], kind=OPEN_HANDLE)
                for minor in sorted(holder.minors & devices.keys())
            ]
        return entries

    def judge(self, facts: Facts) -> CleanupVerdict:
        """The verdict on one process as it is now, with the pods asked again."""
        return verdict(facts, self._world(self.pods.check([facts.place.pod_uid])))

    def _world(self, standings: Standings) -> ProcessContext:
        rules = self._rules
        return ProcessContext(
            standings=standings,
            killed=self.pods.killed,
            patterns=rules.patterns,
            protected=rules.protected,
            ours=rules.ours,
            terminal_seconds=rules.terminal_seconds,
        )

    def _process(self, entry: ProcessReading, facts: Facts, judged: CleanupVerdict, standings: Standings) -> GpuProcess:
        record = process_record(entry, facts, judged, standings)
        if not self._node:
            return record
        device = f"{self._node}/{record.device}"
        return msgspec.structs.replace(
            record, key=f"{device}/{record.pid}", device=device, node=self._node, boot=self._boot
        )

    def _device(self, reading: DeviceReading, found: Snapshot) -> GpuDevice:
        return GpuDevice(
            uuid=device_key(reading),
            index=reading.index,
            name=clean_line(reading.name, 128),
            host=self._host,
            memory_total=reading.memory_total,
            memory_used=reading.memory_used,
            utilization=reading.utilization,
            temperature=reading.temperature,
            power_watts=reading.power_watts,
            throttle=throttle_in_words(reading.throttle),
            driver=clean_line(found.driver, 64),
            cuda=cuda_in_words(found.cuda),
            mig_parent=clean_line(reading.mig_parent, 128),
            error=error_in_words(reading.code, clean_line(reading.call, 64)) if reading.code else "",
            node=self._node,
            pci=clean_line(reading.pci, 32),
            ecc_errors=reading.ecc_errors,
            pending=tuple(clean_line(words, 64) for words in reading.pending[:8]),
        )


def device_key(reading: DeviceReading) -> str:
    """What names a device: its UUID, or its index as long as it has never told one."""
    return clean_line(reading.uuid, 128) or f"gpu-{reading.index}"


def unexplained(found: Snapshot, facts: Mapping[int, Facts]) -> bool:
    """Whether a GPU has more memory in use than its living processes hold, or that can't be told."""
    held: dict[str, int] = {}
    for entry in found.processes:
        if not is_dead(facts[entry.pid].state):
            held[entry.device] = held.get(entry.device, 0) + (entry.memory or 0)
    return any(
        reading.memory_used is None or reading.memory_used - held.get(reading.uuid, 0) > UNEXPLAINED
        for reading in found.devices
        if not reading.mig_parent
    )


def told_of_ghosts(
    held: Iterable[ProcessReading], facts: Mapping[int, Facts], verdicts: Mapping[int, CleanupVerdict]
) -> dict[int, CleanupVerdict]:
    """The verdicts on dead processes whose memory NVML still counts, with who has their device open.

    A forked child keeps its dead parent's memory: NVML names the parent and not the child (seen on an H200).
    """
    openers: dict[str, list[str]] = {}
    for entry in held:
        if entry.kind == OPEN_HANDLE:
            openers.setdefault(entry.device, []).append(f"{entry.pid} ({facts[entry.pid].name})")
    told = {}
    for entry in held:
        if entry.memory and is_dead(facts[entry.pid].state) and entry.device in openers:
            named = ", ".join(openers[entry.device][:3])
            why = f"{verdicts[entry.pid].why}; NVML still counts its memory, and {named} has the device open"
            told[entry.pid] = verdicts[entry.pid]._replace(why=why)
    return told


def is_dead(state: ProcessState) -> bool:
    """Whether nothing of a process runs any more: what NVML counts for it is held by somebody else."""
    return state in (ProcessState.GONE, ProcessState.ZOMBIE)


def unread(found: Snapshot) -> str:
    """Which devices NVML could not wholly read, and why: who holds their memory may be unknown. Empty: none."""
    failed = [one for one in found.devices if one.code]
    if not failed:
        return ""
    first = failed[0]
    which = f"GPU {first.index}{' (MIG)' if first.mig_parent else ''}"
    why = error_in_words(first.code, clean_line(first.call, 64))
    return f"{which}{f' and {len(failed) - 1} more' if len(failed) > 1 else ''} not wholly read: {why}"


def _minor(reading: DeviceReading) -> int:
    return reading.index if reading.minor is None else reading.minor


def merge(readings: Iterable[ProcessReading]) -> list[ProcessReading]:
    """One entry for a process on a device: the same one in two lists is ``compute+graphics``, its memory the larger."""
    merged: dict[tuple[str, int], ProcessReading] = {}
    for one in readings:
        before = merged.get((one.device, one.pid))
        if before is None:
            merged[one.device, one.pid] = one
            continue
        kinds = dict.fromkeys([*before.kind.split("+"), one.kind])
        known = [memory for memory in (before.memory, one.memory) if memory is not None]
        merged[one.device, one.pid] = ProcessReading(
            pid=one.pid, device=one.device, kind="+".join(kinds), memory=max(known, default=None)
        )
    return list(merged.values())


def process_record(entry: ProcessReading, facts: Facts, judged: CleanupVerdict, standings: Standings) -> GpuProcess:
    """The record of one process on one device."""
    standing = standings.known.get(facts.place.pod_uid)
    device = clean_line(entry.device, 128)
    return GpuProcess(
        key=f"{device}/{entry.pid}",
        pid=entry.pid,
        device=device,
        kind=clean_line(entry.kind, 32),
        memory=entry.memory,
        name=facts.name,
        command=facts.command,
        user=facts.user,
        state=facts.state,
        start_ticks=facts.start_ticks,
        started=facts.started,
        parent=facts.parent,
        cgroup=facts.place.path,
        pod_uid=facts.place.pod_uid,
        pod=standing.name if standing else "",
        container=facts.place.container[:12],
        candidate=judged.candidate,
        protected=judged.protected,
        once_orphaned=judged.once_orphaned,
        unjudged=judged.unjudged,
        candidate_in=None if judged.candidate_in is None else math.ceil(judged.candidate_in),
        why=judged.why + (_MPS if judged.candidate and "mps" in entry.kind else ""),
    )
