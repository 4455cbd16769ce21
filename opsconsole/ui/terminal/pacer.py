"""When to pump: at once after a quiet time, then at most every so often; never faster than it can be done. Pure."""

from __future__ import annotations

from collections.abc import Callable

PERIOD = 0.08
"""Seconds between two pumps while changes keep coming: within the 50–100 ms that were measured as good."""

SHARE = 2.0
"""A pump that takes long is followed by a pause this many times as long, so that keys are always answered."""


class Pacer:
    """Runs ``work`` on the leading edge of a request and then no more often than the period.

    Args:
        work: what is to be done.
        monotonic: seconds that never go back.
        later: calls a function after some seconds, on the same thread.
    """

    def __init__(
        self,
        work: Callable[[], None],
        monotonic: Callable[[], float],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._work = work
        self._monotonic = monotonic
        self._later = later
        self._earliest = 0.0
        self._waiting = False

    def request(self) -> None:
        """Ask for the work to be done: now, or as soon as the pace allows."""
        if self._waiting:
            return
        delay = self._earliest - self._monotonic()
        if delay <= 0:
            self._run()
        else:
            self._waiting = True
            self._later(min(delay, PERIOD * SHARE * 10), self._due)

    def _due(self) -> None:
        self._waiting = False
        self._run()

    def _run(self) -> None:
        started = self._monotonic()
        try:
            self._work()
        finally:
            finished = self._monotonic()
            self._earliest = finished + max(PERIOD, SHARE * (finished - started))
