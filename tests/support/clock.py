"""One clock for every test that needs to say what time it is."""

from __future__ import annotations

NOW = 1_700_000_000.125
"""Seconds since the epoch; any moment will do, but one with a fraction finds who rounds."""


class ManualClock:
    """Stands still until a test moves it.

    Args:
        at: seconds since the epoch.
        ticks: the monotonic clock's seconds, when they are to differ from ``at``.
    """

    def __init__(self, at: float = NOW, ticks: float | None = None) -> None:
        self.at = at
        self._ahead = 0.0 if ticks is None else ticks - at

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at + self._ahead

    def passes(self, seconds: float) -> None:
        """Let time go by."""
        self.at += seconds

    def is_set(self, seconds: float) -> None:
        """Set the wall clock forward (or back), as a hand or NTP does: the monotonic clock knows nothing of it."""
        self.at += seconds
        self._ahead -= seconds
