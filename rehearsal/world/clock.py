"""The rehearsal's time: it moves in ticks, as fast as the world is told to go."""

from __future__ import annotations

import time


class WorldClock:
    """A :class:`opsconsole.clock.Clock` whose ``now`` the world moves. ``monotonic`` is the host's.

    Args:
        start: seconds since the epoch at which the story begins.
    """

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._now += seconds
