"""The most that there was of something within a day, from what is noted now and then."""

from __future__ import annotations

from collections import deque

from opsconsole.governor.measures import DAY, HOUR


class Peaks:
    """The most of each hour. At most a day and an hour are kept, however often something is noted."""

    def __init__(self) -> None:
        self._hours: deque[tuple[int, int]] = deque()
        """Each hour in which something was noted, and the most of it; a pause holds what was noted last."""
        self._now = 0

    def note(self, at: float, count: int) -> None:
        """There are so many at that time (seconds since the epoch)."""
        hour = int(at // HOUR)
        most = max(count, self._now)  # until this moment there were as many as before
        while self._hours and self._hours[-1][0] >= hour:  # later ones too: the clock went back
            most = max(most, self._hours.pop()[1])
        self._hours.append((hour, most))
        self._now = count

    def most(self, now: float) -> int:
        """The most that there was in the day before ``now``."""
        first = int((now - DAY) // HOUR)
        while self._hours and self._hours[0][0] < first:
            self._hours.popleft()
        return max((most for _, most in self._hours), default=self._now)
