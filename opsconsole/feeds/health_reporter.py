"""How a feed is, said to the sink: when it changes, and once a second while data comes."""

from __future__ import annotations

import threading

from opsconsole.clock import Clock
from opsconsole.feeds.protocol import Sink
from opsconsole.records import Health, State

SAY_EVERY = 1.0
"""Seconds between two words of a feed whose state stays as it is."""

_STEP = 0.5
"""Seconds between wall clock and monotonic clock from which on the wall clock was set; less is slewing."""


class HealthReporter:
    """Keeps a feed's :class:`Health` and tells the sink. May be called from any thread.

    ``LIVE`` after the first whole picture; a failure makes that ``STALE`` (the rows stay), before it ``DOWN``. Times
    are kept by the monotonic clock and told by the wall clock, so that an age stays right when that is set.
    """

    def __init__(self, feed: str, clock: Clock, sink: Sink) -> None:
        self._feed = feed
        self._clock = clock
        self._sink = sink
        self._lock = threading.RLock()
        self._offset = clock.now() - clock.monotonic()
        self._state, self._detail = State.STARTING, ""
        self._since = self._said = clock.monotonic()
        self._seen: float | None = None
        self._doubt = ""
        self._doubted_at = 0.0
        self._unread = 0
        self._tell()

    @property
    def ever_live(self) -> bool:
        """Whether there has been a whole picture that rows are kept of."""
        return self._seen is not None

    def starting(self, detail: str) -> None:
        """Nothing is known yet; ``detail`` is what is waited for."""
        self._enter(State.STARTING, detail)

    def live(self, detail: str = "", unread: int = 0) -> None:
        """The picture is whole, but for ``unread`` objects that could not be read, and what changes is being told."""
        self._unread = unread
        self._enter(State.LIVE, detail, heard=True)

    def heard(self) -> None:
        """Something came from the source while live."""
        if self._clock.monotonic() - self._said >= SAY_EVERY:
            self.live(self._detail, self._unread)

    def failed(self, why: str) -> None:
        """The source can't be asked now. The rows stay."""
        self._enter(State.STALE if self.ever_live else State.DOWN, why)

    def denied(self, why: str) -> None:
        """We may not read it."""
        self._enter(State.DENIED, why)

    def absent(self, why: str) -> None:
        """There is nothing of that kind here, and that is fine."""
        self._enter(State.ABSENT, why)

    def forget(self) -> None:
        """The rows were taken away: the next failure is ``DOWN`` again."""
        self._seen = None

    def doubt(self, why: str) -> None:
        """Say ``STALE`` for ``LIVE`` from now on, since somebody else knows that the source does not answer.

        While starting it is said what is waited for.

        Args:
            why: in words; empty: what the feed says counts again.
        """
        with self._lock:
            if why == self._doubt:
                return
            if not self._doubt:
                self._doubted_at = self._clock.monotonic()
            self._doubt = why
            if self._state is State.LIVE and not why:
                self._seen = self._clock.monotonic()
            if self._state in {State.LIVE, State.STARTING}:
                self._tell()

    def _enter(self, state: State, detail: str, *, heard: bool = False) -> None:
        with self._lock:
            now = self._clock.monotonic()
            if state is not self._state:
                self._since = now
            if heard:
                self._seen = now
            self._state, self._detail = state, detail
            self._tell()

    def _tell(self) -> None:
        self._said = self._clock.monotonic()
        state, detail, since = self._state, self._detail, self._since
        if state is State.LIVE and self._doubt:
            state, detail, since = State.STALE, self._doubt, self._doubted_at
        elif state is State.STARTING and self._doubt:
            detail = self._doubt
        seen = None if self._seen is None else self._wall(self._seen)
        self._sink.health(Health(self._feed, state, self._wall(since), seen, detail, self._unread))

    def _wall(self, ticks: float) -> float:
        """Return a monotonic time as seconds since the epoch, by the wall clock as it is now."""
        offset = self._clock.now() - self._clock.monotonic()
        if abs(offset - self._offset) > _STEP:
            self._offset = offset
        return ticks + self._offset
