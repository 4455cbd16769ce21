"""How records get from a feed's thread into the store: the feed protocol and the inbox where the last write wins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from opsconsole.records import AnyRecord, Health, Kind

EVERY_WRITE = frozenset({Kind.WORKLOAD, Kind.NODE, Kind.HPA, Kind.PDB, Kind.AUTOSCALER})
"""Kinds of which every single write matters to the judge: A→B→A within one pump is a tug-of-war, not nothing."""

MAX_SEQUENCE = 50_000
"""Writes of those kinds kept between two pumps; beyond it only the newest per key is."""


class Sink(Protocol):
    """What a feed writes into. All methods may be called from any thread and never block for long."""

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        """Add or replace records by their ``key``."""
        ...

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        """Take records away that are known to be gone (a relist's missing keys included)."""
        ...

    def health(self, health: Health) -> None:
        """Say how the feed is; the newest word per feed wins."""
        ...


class Feed(Protocol):
    """One source of records. It reads on daemon threads of its own and never raises into its caller."""

    name: str

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        ...

    def stop(self) -> None:
        """Ask the threads to end. Returns at once; a thread that hangs in a read is left behind as a daemon."""
        ...


class Batch(NamedTuple):
    """What one drain found: newest record per key (``None``: gone), each write of ``EVERY_WRITE`` kinds, health."""

    latest: dict[Kind, dict[str, AnyRecord | None]]
    sequence: list[tuple[Kind, str, AnyRecord | None]]
    health: dict[str, Health]

    def __bool__(self) -> bool:
        return bool(self.latest or self.health)


class Inbox:
    """The sink of every feed. ``wake`` is called (from the feed's thread) when something came into an empty inbox."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self.wake = wake
        self._lock = threading.Lock()
        self._latest: dict[Kind, dict[str, AnyRecord | None]] = {}
        self._sequence: list[tuple[Kind, str, AnyRecord | None]] = []
        self._health: dict[str, Health] = {}
        self._empty = True

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        self._write(kind, ((record.key, record) for record in records))

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        self._write(kind, ((key, None) for key in keys))

    def health(self, health: Health) -> None:
        with self._lock:
            self._health[health.feed] = health
            was_empty, self._empty = self._empty, False
        if was_empty:
            self.wake()

    def drain(self) -> Batch:
        """Take everything out."""
        with self._lock:
            batch = Batch(self._latest, self._sequence, self._health)
            self._latest, self._sequence, self._health, self._empty = {}, [], {}, True
        return batch

    def _write(self, kind: Kind, pairs: Iterable[tuple[str, AnyRecord | None]]) -> None:
        pairs = list(pairs)
        if not pairs:
            return
        with self._lock:
            self._latest.setdefault(kind, {}).update(pairs)
            if kind in EVERY_WRITE and len(self._sequence) < MAX_SEQUENCE:
                self._sequence.extend((kind, key, record) for key, record in pairs)
            was_empty, self._empty = self._empty, False
        if was_empty:
            self.wake()
