"""When the terminal's bell rings: once for what is new, and never in a storm. Pure."""

from __future__ import annotations

from collections.abc import Callable, Set

PAUSE = 10.0
"""Seconds between two bells: what makes a finding with each line would ring without end."""

KEPT = 10_000
"""Critical findings that have rung and are remembered, so that one that comes and goes does not ring again."""


class Bell:
    """Remembers what has rung.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._rung: Set[str] = frozenset()
        self._last = float("-inf")

    def rings(self, critical: Set[str]) -> bool:
        """Whether it rings now that these findings are critical. What is new within the pause rings behind it."""
        now = self._monotonic()
        if critical <= self._rung or now - self._last < PAUSE:
            return False
        self._rung = critical | self._rung if len(self._rung) < KEPT else critical
        self._last = now
        return True
