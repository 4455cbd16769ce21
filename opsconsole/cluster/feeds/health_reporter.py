"""How a feed is, said to the sink: when it changes, and once a second while data comes."""

from __future__ import annotations

from opsconsole.clock import Clock
from opsconsole.feeds import Sink
from opsconsole.records import Health, State

SAY_EVERY = 1.0
"""Seconds between two words of a feed whose state stays as it is."""


class Vitals:
    """Keeps a feed's :class:`Health` and tells the sink. One thread's alone.

    ``LIVE`` after the first whole picture; a failure makes that ``STALE`` (the rows stay), before it ``DOWN``.
    """

    def __init__(self, feed: str, clock: Clock, sink: Sink) -> None:
        self._feed = feed
        self._clock = clock
        self._sink = sink
        self._said = float("-inf")
        self._health = Health(feed, State.STARTING, clock.now())
        sink.health(self._health)

    @property
    def ever_live(self) -> bool:
        """Whether there has been a whole picture that rows are kept of."""
        return self._health.seen is not None

    def live(self, detail: str = "") -> None:
        """The picture is whole and what changes is being told."""
        self._enter(State.LIVE, detail, seen=self._clock.now())

    def heard(self) -> None:
        """Something came from the source while live."""
        if self._clock.monotonic() - self._said >= SAY_EVERY:
            self.live(self._health.detail)

    def failed(self, why: str) -> None:
        """The source can't be asked now. The rows stay."""
        self._enter(State.STALE if self.ever_live else State.DOWN, why, seen=self._health.seen)

    def denied(self, why: str) -> None:
        """We may not read it."""
        self._enter(State.DENIED, why, seen=self._health.seen)

    def absent(self, why: str) -> None:
        """There is nothing of that kind here, and that is fine."""
        self._enter(State.ABSENT, why, seen=self._health.seen)

    def _enter(self, state: State, detail: str, *, seen: float | None) -> None:
        since = self._health.since if state is self._health.state else self._clock.now()
        self._health = Health(self._feed, state, since, seen, detail)
        self._said = self._clock.monotonic()
        self._sink.health(self._health)
