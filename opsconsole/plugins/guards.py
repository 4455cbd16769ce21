"""Stands between the console and what plugins bring: a feed that raises, a record of another kind, a hook too many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opsconsole.clock import Clock
from opsconsole.feeds import Feed, Sink
from opsconsole.plugins.loading import in_words
from opsconsole.records import (
    AnyRecord,
    Binding,
    Change,
    Decision,
    Event,
    Finding,
    GpuDevice,
    GpuProcess,
    Health,
    Hpa,
    Kind,
    Metric,
    Node,
    Pdb,
    Pod,
    State,
    Workload,
)

TYPES: Mapping[Kind, type] = {
    Kind.POD: Pod,
    Kind.EVENT: Event,
    Kind.WORKLOAD: Workload,
    Kind.NODE: Node,
    Kind.HPA: Hpa,
    Kind.PDB: Pdb,
    Kind.GPU: GpuDevice,
    Kind.GPU_PROCESS: GpuProcess,
    Kind.DECISION: Decision,
    Kind.METRIC: Metric,
    Kind.CHANGE: Change,
    Kind.FINDING: Finding,
    Kind.BINDING: Binding,
}
"""What a record of each kind is."""

Broken = Callable[[str], None]


class GuardedFeed:
    """A plugin's feed: whatever it raises at the start or the stop is told, and it writes through a checked sink."""

    def __init__(self, feed: Feed, clock: Clock, broken: Broken) -> None:
        self.name = feed.name
        self._feed = feed
        self._clock = clock
        self._broken = broken

    def start(self, sink: Sink) -> None:
        """Start it. Never raises."""
        try:
            self._feed.start(CheckedSink(sink, self.name, self._broken))
        except Exception as error:  # noqa: BLE001 - a plugin's feed may raise anything
            words = f"feed {self.name} can't be started: {in_words(error)}"
            sink.health(Health(self.name, State.DOWN, self._clock.now(), detail=words))
            self._broken(words)

    def stop(self) -> None:
        """Stop it. Never raises."""
        try:
            self._feed.stop()
        except Exception as error:  # noqa: BLE001 - the others want to be stopped too
            self._broken(f"feed {self.name} can't be stopped: {in_words(error)}")


class CheckedSink:
    """Lets through records that are what they should be; the rest is told of and dropped."""

    def __init__(self, sink: Sink, feed: str, broken: Broken) -> None:
        self._sink = sink
        self._feed = feed
        self._broken = broken

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        wanted = TYPES.get(kind)
        given = list(records)
        fine = [record for record in given if wanted and isinstance(record, wanted) and isinstance(record.key, str)]
        if len(fine) < len(given):
            self._broken(f"feed {self._feed} gives records that are no {kind}")
        self._sink.put(kind, fine)

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        self._sink.drop(kind, [key for key in keys if isinstance(key, str)])

    def health(self, health: Health) -> None:
        if isinstance(health, Health) and health.feed == self._feed:
            self._sink.health(health)
        else:
            self._broken(f"feed {self._feed} speaks for another feed")
