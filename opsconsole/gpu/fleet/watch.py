"""Looks at one node: asks it through the door, and judges what it sent by the rules that this host has for itself."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.gpu.fleet.door import Door, DoorError
from opsconsole.gpu.fleet.report import AnswerError, NodeQuestion, NodeReport, ask_report, decode_report
from opsconsole.gpu.fleet.sent import SentHolders, SentProcesses, snapshot_in
from opsconsole.gpu.host.holders import SCAN_SECONDS
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.nvml.snapshot import Snapshot
from opsconsole.gpu.observe import GpuObserver, GpuReading, Rules
from opsconsole.gpu.pods import PodSource, PodWatch
from opsconsole.records import State
from opsconsole.text import clean_line


class NodeLook(NamedTuple):
    """One look at a node: what it sent, what that means, and who judges it."""

    report: NodeReport
    reading: GpuReading
    processes: SentProcesses
    observer: GpuObserver


class NodeWatch:
    """One node, looked at again and again. Its looks go one after the other, whoever asks for them.

    Args:
        node: its name.
        door: how it is reached.
        pods: how the pods stand.
        rules: what the settings say of candidates.
        clock: where the time comes from.
        seconds: that a look may take there.
        host_pids: whether what runs there sees the PIDs that NVML tells; ``None``: by its PID namespace.
    """

    def __init__(
        self,
        node: str,
        door: Door,
        pods: PodSource,
        rules: Rules,
        clock: Clock,
        *,
        seconds: float,
        host_pids: bool | None = None,
    ) -> None:
        self.node = node
        self.pods = PodWatch(pods, clock)
        self._door = door
        self._rules = rules
        self._clock = clock
        self._seconds = seconds
        self._host_pids = host_pids
        self._lock = threading.Lock()
        self._holders = SentHolders()
        self._scan_at = 0.0
        self._failed: tuple[float, ProbeError] | None = None
        self.report: NodeReport | None = None
        """The last that came."""

    def look(self, also: Collection[int] = ()) -> NodeLook:
        """Look now. Blocks for a bounded time.

        Args:
            also: PIDs to look at, whether they hold a GPU now or not.

        Raises:
            ProbeError: nothing can be seen there now, and why.
        """
        begun = self._clock.monotonic()
        with self._lock:
            if self._failed is not None and self._failed[0] > begun:
                # Whoever had the lock has looked meanwhile, in vain: who waited for it need not wait as long once more.
                raise type(self._failed[1])(self._failed[1].state, str(self._failed[1]))
            try:
                return self._look(also)
            except ProbeError as error:
                self._failed = self._clock.monotonic(), error
                raise

    def _look(self, also: Collection[int]) -> NodeLook:
        report = self._ask(also)
        self._holders.take(report)
        self.report = report
        processes = SentProcesses(report, host_pids=self._host_pids)
        observer = self._observer(report, processes)
        return NodeLook(report, _noted(observer.look(), report), processes, observer)

    def run(self, question: NodeQuestion) -> bytes:
        """Put any question to the node.

        Raises:
            DoorError: it was not reached, or its answer did not come.
        """
        return self._door.run(self.node, question.script, question.seconds)

    def _ask(self, also: Collection[int]) -> NodeReport:
        scan = self._clock.monotonic() >= self._scan_at
        known = {holder.pid for holder in self._holders.scan()}
        question = ask_report(self._seconds, self._seconds * 0.8, holders=scan, also={*known, *also})
        try:
            report = decode_report(question, self.run(question))
        except AnswerError as error:
            raise DoorError(State.DOWN, f"{self._door.name} {clean_line(self.node, 80)}: {error}") from error
        if scan:
            self._scan_at = self._clock.monotonic() + SCAN_SECONDS
        return report

    def _observer(self, report: NodeReport, processes: SentProcesses) -> GpuObserver:
        return GpuObserver(
            _Sent(report),
            processes,
            self.pods,
            # What runs there, and its ancestors, are not this console's, but they are no candidates either.
            self._rules._replace(ours=frozenset(report.lineage)),
            host=self.node,
            holders=self._holders,
            pause=lambda _: None,
            node=self.node,
            boot=clean_line(report.boot_id, 64),
        )


class _Sent:
    """A report as a :class:`~opsconsole.gpu.nvml.probe.Probe`."""

    source = ""

    def __init__(self, report: NodeReport) -> None:
        self._report = report

    def snapshot(self) -> Snapshot:
        return snapshot_in(self._report)

    def close(self) -> None:
        return


def _noted(reading: GpuReading, report: NodeReport) -> GpuReading:
    if not report.truncated:
        return reading
    return reading._replace(note="; ".join(filter(None, (reading.note, "more processes than are reported"))))
