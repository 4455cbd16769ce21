"""The writers as a feed: sources of ownership and of audited writes in, one record a writer out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from opsconsole.clock import Clock
from opsconsole.feeds.polling import Loop, in_words
from opsconsole.feeds.protocol import Feed, Sink
from opsconsole.records import AnyRecord, AuditedWrite, Binding, ClusterWriter, Health, Kind, Ownership, State
from opsconsole.settings import WriterSettings
from opsconsole.store import Delta, Store
from opsconsole.writers.alarms import alarms
from opsconsole.writers.ledger import WriterLedger

PACE = 1.0
"""Seconds between two pictures of the writers: a busy cluster changes them with every write."""

TOLD = 3
"""Sources that are named in the health; of more, the number."""


class WritersFeed:
    """Counts who writes, and tells it once a second where something changed. May observe a console's role bindings.

    Args:
        sources: feeds of ownership, role bindings and audited writes; they write into the ledger, not into the store.
        settings: see :class:`~opsconsole.writers.ledger.WriterLedger`.
        clock: the time.
    """

    name = "writers"

    def __init__(self, sources: Sequence[Feed], settings: WriterSettings, clock: Clock) -> None:
        self._sources = tuple(sources)
        self._clock = clock
        self._ledger = WriterLedger(settings, clock.now())
        self._lock = threading.Lock()
        self._met = False
        self._healths: dict[int, Health] = {}
        self._shown: dict[str, ClusterWriter] = {}
        self._alarmed: set[str] = set()
        self._told: Health | None = None
        self._since = clock.now()
        self._sink: Sink | None = None
        self._loop = Loop("feed-writers", self._step, self._trouble)

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        self._sink = sink
        sink.health(Health(self.name, State.STARTING, self._since))
        for number, source in enumerate(self._sources):
            source.start(_LedgerSink(self, number))
        self._loop.start()

    def stop(self) -> None:
        """End. Returns at once."""
        self._loop.stop()
        for source in self._sources:
            source.stop()

    def retry(self) -> None:
        """Have every source ask now."""
        for source in self._sources:
            retry = getattr(source, "retry", None)
            if retry is not None:
                retry()

    def take(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        """Enter records into the ledger; called from the sources' threads. Audited writes are the governor's too."""
        now, records = self._clock.now(), list(records)
        if kind is Kind.AUDIT and self._sink is not None:
            self._sink.put(kind, records)
        with self._lock:
            for record in records:
                if isinstance(record, Ownership):
                    self._ledger.own(record, now)
                elif isinstance(record, AuditedWrite):
                    self._ledger.hear(record)
                elif isinstance(record, Binding):
                    self._ledger.bound(record)

    def forget(self, kind: Kind, keys: Iterable[str]) -> None:
        """Take out what is gone."""
        with self._lock:
            for key in keys:
                if kind is Kind.OWNERSHIP:
                    self._ledger.gone(key)
                elif kind is Kind.BINDING:
                    self._ledger.unbound(key)

    def observe(self, store: Store, delta: Delta) -> None:
        """Take in the role bindings that the console has read; called on its pump's thread."""
        table = store.table(Kind.BINDING)
        keys = delta.changed.get(Kind.BINDING, set()) if self._met else table.keys()
        gone = delta.gone.get(Kind.BINDING, set()) if self._met else set()
        self._met = True
        if keys or gone:
            self.take(Kind.BINDING, [table[key] for key in keys if key in table])
            self.forget(Kind.BINDING, gone)

    def next_due(self) -> float | None:
        """At once, for what the console has read before; then when something changes."""
        return None if self._met else 0.0

    def hear(self, number: int, health: Health) -> None:
        """Note how a source is."""
        with self._lock:
            self._healths[number] = health

    def _step(self) -> float:
        with self._lock:
            rows = self._ledger.rows(self._clock.now())  # though nothing came: rates fall by themselves
            health = overall(self.name, list(self._healths.values()), len(self._sources), self._since)
        self._tell(rows, health)
        return PACE

    def _tell(self, rows: Sequence[ClusterWriter], health: Health) -> None:
        assert self._sink is not None  # noqa: S101 - for the type checker: start() sets it
        new = {row.key: row for row in rows}
        self._sink.put(Kind.WRITER, [row for key, row in new.items() if self._shown.get(key) != row])
        self._sink.drop(Kind.WRITER, [key for key in self._shown if key not in new])
        self._shown = new
        found = alarms(rows, self._clock.now())
        self._sink.put(Kind.FINDING, [each for each in found if each.key not in self._alarmed])
        self._alarmed.update(each.key for each in found)
        if health != self._told:
            self._told = health
            self._sink.health(health)

    def _trouble(self, error: BaseException) -> float:
        if self._sink is not None:
            self._sink.health(Health(self.name, State.STALE, self._clock.now(), detail=in_words(error)))
        return 5 * PACE


class _LedgerSink:
    """The sink of one source: what it brings goes into the ledger."""

    def __init__(self, feed: WritersFeed, number: int) -> None:
        self._feed = feed
        self._number = number

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        self._feed.take(kind, records)

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        self._feed.forget(kind, keys)

    def health(self, health: Health) -> None:
        self._feed.hear(self._number, health)


def overall(name: str, healths: Sequence[Health], expected: int, since: float) -> Health:
    """Return one health for all sources: live where each answered, with those in words that see nothing.

    A kind that the API server does not serve is calm. One that may not be read, or does not answer, is a hole in the
    picture: it is named, and the whole is stale where it was live and down where nothing ever came.
    """
    seen = max((health.seen for health in healths if health.seen is not None), default=None)
    waiting = expected - sum(health.state is not State.STARTING for health in healths)
    bad = [health for health in healths if health.state in {State.DENIED, State.DOWN, State.STALE}]
    good = any(health.state is State.LIVE for health in healths)
    words = _in_words(bad)
    if waiting > 0 and not bad:
        return Health(name, State.STARTING, since, seen, f"{waiting} of {expected} kinds are being read")
    if not bad:
        return Health(name, State.LIVE if good else State.ABSENT, since, seen)
    if all(health.state is State.DENIED for health in bad):
        return Health(name, State.LIVE if good else State.DENIED, since, seen, f"not all may be read: {words}")
    return Health(name, State.STALE if seen is not None else State.DOWN, since, seen, words)


def _in_words(bad: Sequence[Health]) -> str:
    named = "; ".join(f"{health.feed}: {health.detail}" for health in bad[:TOLD])
    return named + (f"; and {len(bad) - TOLD} more kinds" if len(bad) > TOLD else "")
