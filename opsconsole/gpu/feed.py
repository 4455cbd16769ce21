"""The feed of the GPU pane: a thread that looks every few seconds and tells the sink what it saw."""

from __future__ import annotations

import platform
import threading
from collections.abc import Iterable

from opsconsole.clock import Clock
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.polling import PollingFeed
from opsconsole.feeds.protocol import Sink
from opsconsole.gpu.classify import CleanupVerdict
from opsconsole.gpu.host.holders import Holders
from opsconsole.gpu.host.processes import Facts, HostProcesses, ProcessReader
from opsconsole.gpu.nvml.probe import Probe, ProbeError, WorkerProbe
from opsconsole.gpu.observe import GpuObserver, GpuReading
from opsconsole.gpu.pods import PodSource, PodWatch, no_cluster
from opsconsole.gpu.rules import rules_of
from opsconsole.records import Kind, State
from opsconsole.settings import Settings
from opsconsole.text import clean_line


def observe_host(
    settings: Settings,
    clock: Clock,
    pods: PodSource = no_cluster,
    probe: Probe | None = None,
    reader: ProcessReader | None = None,
) -> GpuObserver:
    """The observer of this host; with a ``probe`` and ``reader`` of a simulation, of that.

    Raises:
        SettingsError: see :func:`rules_of`.
    """
    return GpuObserver(
        probe or WorkerProbe(settings.gpu.timeout, clock),
        reader or HostProcesses(),
        PodWatch(pods, clock),
        rules_of(settings.gpu, settings.optimizer),
        host=clean_line(platform.node(), 64),
        holders=None if probe else Holders(clock),
    )


class GpuFeed(PollingFeed):
    """Puts :data:`Kind.GPU` and :data:`Kind.GPU_PROCESS` into the sink.

    A look that fails leaves the old rows where they are and says so in the health; only "no GPU on this host" takes
    them away.
    """

    def __init__(self, observer: GpuObserver, clock: Clock, interval: float) -> None:
        super().__init__("gpu", clock)
        self._observer = observer
        self._interval = interval
        self._keys: dict[Kind, set[str]] = {Kind.GPU: set(), Kind.GPU_PROCESS: set()}

    def stop(self) -> None:
        super().stop()
        threading.Thread(target=self._observer.probe.close, name="gpu-close", daemon=True).start()

    def look(self) -> GpuReading:
        """Look now, for a switch that wants before and after; the pane follows at once.

        Raises:
            ProbeError: nothing can be seen now, and why.
        """
        found = self._observer.look()
        self._loop.hurry()
        return found

    def judge(self, facts: Facts) -> CleanupVerdict:
        """The verdict on one process as it is now: what :class:`~opsconsole.gpu.signals.Cleaner` asks."""
        return self._observer.judge(facts)

    def optimizer_killed(self, uids: Iterable[str]) -> None:
        """Say which pods were the killed optimizer's: their processes are candidates without the wait."""
        self._observer.pods.add_killed(uids)
        self._loop.hurry()

    @property
    def reader(self) -> ProcessReader:
        """Where its facts about processes come from."""
        return self._observer.reader

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        found = self._observer.look()
        for kind, records in ((Kind.GPU, found.devices), (Kind.GPU_PROCESS, found.processes)):
            keys = {record.key for record in records}
            sink.drop(kind, self._keys[kind] - keys)
            sink.put(kind, records)
            self._keys[kind] = keys
        self._backoff.reset()
        health.live(found.source or found.note, unread=int(bool(found.note)))
        return self._interval

    def failed(self, error: BaseException, health: HealthReporter) -> float:
        if not isinstance(error, ProbeError):
            return super().failed(error, health)
        if error.state is State.ABSENT:
            self._clear()
            health.forget()
            health.absent(str(error))
        elif error.state is State.DENIED:
            health.denied(str(error))
        else:
            health.failed(str(error))
        return self._interval

    def _clear(self) -> None:
        for kind, keys in self._keys.items():
            if self._sink is not None:
                self._sink.drop(kind, keys)
            self._keys[kind] = set()
