"""Time, injected everywhere so that tests are repeatable."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta, timezone, tzinfo
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
        """Seconds that never go back and count while the machine sleeps; only differences mean anything."""
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


class ClusterClock:
    """This machine's clocks, the wall clock put right by how far the API server's is from it.

    What the cluster writes is dated by its clocks: ages, windows and orders are only right by those. A difference that
    comes up is a step like any other, and :class:`ClockWatch` keeps the ages that were told before.

    Args:
        own: this machine's clocks.
    """

    LEAST = 2.0
    """Seconds of difference from which on it is put right; below it our clock is as good as the server's."""

    STEADY = 1.0
    """Seconds by which a new estimate must differ from what is applied: it is narrowed down with every answer."""

    def __init__(self, own: Clock) -> None:
        self.own = own
        self._difference: Callable[[], float | None] = lambda: None
        self.applied = 0.0
        """Seconds by which this machine's wall clock is put forward."""

    def follow(self, difference: Callable[[], float | None]) -> None:
        """Ask ``difference`` from now on for the seconds by which the cluster is ahead; ``None``: not known."""
        self._difference = difference

    def now(self) -> float:
        ahead = self._difference()
        if ahead is not None:
            wanted = ahead if abs(ahead) >= self.LEAST else 0.0
            if abs(wanted - self.applied) >= self.STEADY:
                self.applied = wanted
        return self.own.now() + self.applied

    def monotonic(self) -> float:
        return self.own.monotonic()


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's monotonic clock stands still while the machine is suspended: what was known before it would look fresh after,
and a Lease that ran out meanwhile would still be held. Elsewhere the monotonic clock is all there is."""


class SystemClock:
    """The host's own clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.clock_gettime(_STEADY)


_DIFFERENCE = re.compile(r"([+-])(\d\d):?([0-5]\d)", re.ASCII)


class BadZone(ValueError):  # noqa: N818 - it is the zone that is bad
    """What was given names no time zone."""


def zone_of(text: str) -> tzinfo | None:
    """Return the zone that ``text`` names: ``Europe/Berlin``, ``UTC``, ``+05:30``; empty: ``None``.

    Raises:
        BadZone: there is none of that name here.
    """
    if not text:
        return None
    difference = _DIFFERENCE.fullmatch(text)
    if difference is not None and int(difference[2]) <= 14:
        minutes = int(difference[2]) * 60 + int(difference[3])
        return timezone((1 if difference[1] == "+" else -1) * timedelta(minutes=minutes))
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - rarely needed, and it reads files

    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise BadZone(f"{text!r} is no time zone known here: one is named like Europe/Berlin, or +02:00") from error
