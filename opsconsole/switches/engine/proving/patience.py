"""How long proofs are looked for: the time that was set, or as many looks as a slow server needs."""

from __future__ import annotations

from opsconsole.clock import Clock

LOOKS = 6
"""Looks that any server is given, however long one takes: three that agree, and as many before that did not yet."""

LONGEST = 600.0
"""Seconds after which nobody waits any longer, however slow it is."""


class Patience:
    """Counts from when it is made. Slow is normal in an incident: what one look takes says how long six may.

    Args:
        clock: where the time comes from.
        seconds: what was set for a server that answers quickly.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._began = self._looked = clock.monotonic()
        self._slowest = 0.0
        self._lost = 0.0

    def unanswered(self) -> None:
        """The look that was under way got no answer: how long that took says nothing of the server's pace.

        A server that is away proves nothing either: that time does not count, up to as much again as was set.
        """
        now = self._clock.monotonic()
        self._lost += now - self._looked
        self._looked = now

    def is_over(self) -> bool:
        """Whether the look that begins now is the last; to be asked once before each."""
        now = self._clock.monotonic()
        self._slowest = max(self._slowest, now - self._looked)
        self._looked = now
        return now - self._began - min(self._lost, self._seconds) >= max(
            self._seconds, min(LOOKS * self._slowest, LONGEST)
        )
