"""Stands between the console and what plugins bring: a feed that raises, a record of another kind, a hook too many."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterable, Mapping

from opsconsole.clock import Clock
from opsconsole.feeds.backoff import Backoff
from opsconsole.feeds.protocol import Feed, Sink
from opsconsole.plugins.deaths import DEATHS
from opsconsole.plugins.loading import in_words
from opsconsole.records import TYPE_OF, AnyRecord, Health, Kind, State

TYPES: Mapping[Kind, type] = {
    kind: TYPE_OF[kind]
    for kind in (
        Kind.POD, Kind.EVENT, Kind.WORKLOAD, Kind.NODE, Kind.HPA, Kind.PDB, Kind.GPU, Kind.GPU_PROCESS, Kind.GPU_NODE,
        Kind.DECISION, Kind.METRIC, Kind.CHANGE, Kind.FINDING, Kind.BINDING,
    )
}  # fmt: skip
"""The kinds that a plugin's feed may write, and their records. A new kind is none of them until it is named here."""

Broken = Callable[[str], None]


class GuardedFeed:
    """A plugin's feed, which writes through a checked sink.

    Whatever it raises, at the start, at the stop or on a thread that it started, is told, and it is started again
    after a pause that grows.
    """

    def __init__(self, feed: Feed, clock: Clock, broken: Broken, backoff: Backoff | None = None) -> None:
        self.name = feed.name
        self._feed = feed
        self._clock = clock
        self._broken = broken
        self._backoff = backoff or Backoff(random.Random(), base=2.0, cap=60.0)  # noqa: S311 - jitter, no secret
        self._sink: Sink | None = None
        self._stopped = False

    def start(self, sink: Sink) -> None:
        """Start it. Never raises."""
        self._sink = sink
        self._stopped = False
        sink.health(Health(self.name, State.STARTING, self._clock.now()))
        checked = CheckedSink(sink, self.name, self._broken)
        try:
            DEATHS.watch(lambda: self._feed.start(checked), self._thread_ended)
        except BaseException as error:  # noqa: BLE001 - a plugin's feed may raise anything
            self._fell(f"feed {self.name} can't be started: {in_words(error)}")

    def stop(self) -> None:
        """Stop it. Never raises."""
        self._stopped = True
        try:
            self._feed.stop()
        except BaseException as error:  # noqa: BLE001 - the others want to be stopped too
            self._broken(f"feed {self.name} can't be stopped: {in_words(error)}")

    def _thread_ended(self, error: BaseException) -> None:
        if not self._stopped:
            self._fell(f"a thread of feed {self.name} ended: {in_words(error)}")

    def _fell(self, words: str) -> None:
        if self._sink is not None:
            self._sink.health(Health(self.name, State.DOWN, self._clock.now(), detail=f"{words}; started again soon"))
        self._broken(words)
        again = threading.Timer(self._backoff.next(), self._again)
        again.daemon = True
        again.start()

    def _again(self) -> None:
        if self._stopped or self._sink is None:
            return
        with contextlib.suppress(BaseException):  # what it has left running is ended as far as it lets itself be
            self._feed.stop()
        self.start(self._sink)


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
