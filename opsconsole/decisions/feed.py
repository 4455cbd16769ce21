"""The decision stream as a feed: lines of a source in, Decision records into the sink."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import tzinfo

import msgspec

from opsconsole.clock import Clock
from opsconsole.decisions.entries.assembly import QUIET_SECONDS
from opsconsole.decisions.entry import DecisionParser
from opsconsole.decisions.sources.replay import ReplayFilter
from opsconsole.decisions.sources.source import LineSource, OptimizerOf, nobody
from opsconsole.decisions.stream import BUILT_IN, DecisionStream
from opsconsole.feeds.polling import Loop, in_words
from opsconsole.feeds.protocol import Sink
from opsconsole.records import Decision, Health, Kind, State

_SEEN_SECONDS = 1.0
"""How often a busy stream says that it has just been heard; the screen shows whole seconds."""


class DecisionFeed:
    """Emits every entry of the optimizer's log as a :class:`~opsconsole.records.Decision`, none lost, none twice.

    Args:
        source: where the lines come from.
        clock: when they come.
        parsers: asked in turn, plugins' before the built-in ones.
        name: of the feed; begins the keys of its decisions.
        on_broken: told when a parser raises.
        optimizer: tells the configured optimizer whose source it is by the source's name; empty: not known.
        zone: what times without a zone are in; ``None``: UTC, or what the kubelet's stamps tell.
    """

    def __init__(
        self,
        source: LineSource,
        clock: Clock,
        parsers: Sequence[DecisionParser] = BUILT_IN,
        name: str = "decisions",
        on_broken: Callable[[str, Exception], None] = lambda _name, _error: None,
        *,
        optimizer: OptimizerOf = nobody,
        zone: tzinfo | None = None,
    ) -> None:
        self.name = name
        self._source = source
        self._clock = clock
        self._stream = DecisionStream(parsers, name, on_broken, optimizer=optimizer, zone=zone)
        self._replay = ReplayFilter()
        self._changed = threading.Condition()
        self._flusher = Loop(f"{name}-flush", self._flush_late, self._flush_failed)
        self._stopped = False
        self._sink: Sink | None = None
        self._health = Health(feed=name, state=State.STARTING, since=clock.now())
        self._heard_at = -_SEEN_SECONDS

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        self._sink = sink
        sink.health(self._health)
        self._flusher.start()
        self._source.start(self._on_line, self._on_health)

    def stop(self) -> None:
        """End. An unfinished document is given out as the lines that came of it."""
        self._source.stop()
        self._flusher.stop()
        with self._changed:
            self._stopped = True
            self._emit(self._stream.flush(self._clock.now(), force=True))
            self._changed.notify_all()

    def _on_line(self, source: str, text: str, logged: float | None) -> None:
        now = self._clock.now()
        with self._changed:
            if self._stopped:
                return
            if not self._replay.repeats(source, text, logged, self._clock.monotonic()):
                self._emit(self._stream.feed(source, text, now, logged))
            if self._stream.waiting:
                self._changed.notify_all()
            if self._clock.monotonic() - self._heard_at >= _SEEN_SECONDS:
                self._heard_at = self._clock.monotonic()
                self._tell(msgspec.structs.replace(self._health, seen=now))

    def _on_health(self, health: Health) -> None:
        with self._changed:
            seen = health.seen if health.seen is not None else self._health.seen
            self._tell(msgspec.structs.replace(health, feed=self.name, seen=seen))

    def _tell(self, health: Health) -> None:
        self._health = health
        if self._sink is not None:
            self._sink.health(health)

    def _emit(self, decisions: Sequence[Decision]) -> None:
        if decisions and self._sink is not None:
            self._sink.put(Kind.DECISION, decisions)

    def _flush_late(self) -> float:
        """Give up documents that nobody finishes; sleeps for good while there is none."""
        with self._changed:
            if not self._stopped:
                self._changed.wait(QUIET_SECONDS / 2 if self._stream.waiting else None)
                self._emit(self._stream.flush(self._clock.now()))
        return 0.0

    def _flush_failed(self, error: BaseException) -> float:
        words = in_words(error)
        with self._changed:
            self._tell(msgspec.structs.replace(self._health, state=State.STALE, detail=words))
        return QUIET_SECONDS
