"""How far the API server's clock is from ours, by the ``Date`` of its answers."""

from __future__ import annotations

import threading
from email.utils import parsedate_to_datetime

from opsconsole.clock import Clock

WORTH_SAYING = 2.0
"""Seconds from which on ages and orders are visibly wrong."""

_GRAIN = 1.0
"""Seconds: ``Date`` has whole ones, cut off."""

_SLOW = 5.0
"""Seconds of an answer that says too little about the moment at which it was dated."""


class ServerClock:
    """Narrows down the difference with each answer. May be used from several threads.

    One answer tells it to a second and the time that it took; since the fractions of seconds differ from answer to
    answer, some of them together tell it much better. It is kept against our monotonic clock: where our wall clock is
    set, the server's time stays known, and needs no new answer.

    Args:
        clock: ours.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._least = float("-inf")
        self._most = float("inf")

    def note(self, date: str | None, sent: float, came: float) -> None:
        """Take in an answer.

        Args:
            date: its ``Date`` header; what is none is passed over.
            sent: when the request was sent, by our monotonic clock.
            came: when the answer's beginning was there.
        """
        if not date or not 0.0 <= came - sent <= _SLOW:
            return
        try:
            server = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError, IndexError):
            return
        least, most = server - came, server + _GRAIN - sent
        with self._lock:
            self._least, self._most = max(self._least, least), min(self._most, most)
            if self._least > self._most:  # its clock was set, or another server of several answered
                self._least, self._most = least, most

    @property
    def ahead(self) -> float | None:
        """Seconds by which the server's clock is ahead of ours (negative: behind); ``None``: not known yet."""
        with self._lock:
            least, most = self._least, self._most
        ours = self._clock.now() - self._clock.monotonic()
        return (least + most) / 2 - ours if most < float("inf") else None

    @property
    def words(self) -> str:
        """The difference in a sentence; empty where it is not known or not worth saying."""
        ahead = self.ahead
        if ahead is None or abs(ahead) < WORTH_SAYING:
            return ""
        return f"the API server's clock is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
