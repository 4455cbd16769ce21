"""Time, injected everywhere so that tests are repeatable."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol


class ClockReading(NamedTuple):
    """The wall clock's time, and by how much it was set since the look before (seconds)."""

    now: float
    step: float


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch, UTC. May jump when the host's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...


class ClockWatch:
    """Notices that the host's clock was set, so that ages told by it can be put right.

    Args:
        clock: whose wall clock is held against its monotonic one.
    """

    STEP = 0.5
    """Seconds between two looks from which on it is a step; less is slewing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()

    def look(self) -> ClockReading:
        """Return the time, and the seconds by which the clock was set forward (or back) since the last look."""
        now = self._clock.now()
        offset = now - self._clock.monotonic()
        step = offset - self._offset
        if abs(step) <= self.STEP:
            return ClockReading(now, 0.0)
        self._offset = offset
        return ClockReading(now, step)


class SystemClock:
    """The host's own clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
