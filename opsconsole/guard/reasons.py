"""The reasons of a guard that wait to be acted on, each until it is too old."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.guard.trigger import FRESH
from opsconsole.records import Finding


class Reason(NamedTuple):
    """A reason to act, and until when it is one, by the monotonic clock.

    ``frozen``: a freeze was made for it by a guard that stood in, and the other switches wait for one that leads.
    """

    finding: Finding
    until: float
    frozen: bool = False


class Reasons:
    """Those that wait. Filled on the pump's thread, and used on the guard's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[Reason] = []
        self.since = clock.monotonic()
        """When the first of those that wait came, by the monotonic clock."""

    def remember(self, found: Iterable[Finding], now: float) -> None:
        """From here on its age is told by the monotonic clock: one that is set makes it neither old nor young."""
        with self._lock:
            ticks = self._clock.monotonic()
            self.since = self.since if self._waiting else ticks
            self._waiting += [Reason(each, ticks + FRESH - max(0.0, now - (each.at or now))) for each in found]

    def waiting(self) -> list[Reason]:
        """What is to be acted on. A guard that does not lead keeps it: its leader may die before it acts."""
        with self._lock:
            now = self._clock.monotonic()
            return [each for each in self._waiting if each.until > now]

    def run_out(self) -> list[Reason]:
        """Give those that are too old by now, each once."""
        with self._lock:
            now = self._clock.monotonic()
            over = [each for each in self._waiting if each.until <= now]
            self._waiting = [each for each in self._waiting if each.until > now]
            return over

    def done(self, findings: Collection[Finding]) -> None:
        """Nothing is left to do for these."""
        with self._lock:
            self._waiting = [each for each in self._waiting if each.finding not in findings]

    def frozen(self, findings: Collection[Finding]) -> None:
        """A freeze was made for these, and more is left to do."""
        with self._lock:
            self._waiting = [each._replace(frozen=True) if each.finding in findings else each for each in self._waiting]

    def settle(self) -> None:
        """Nothing is left to do for any."""
        with self._lock:
            self._waiting = []
