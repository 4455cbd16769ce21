"""Times of a log that are local and have no zone: put right by the kubelet's stamps, or by a zone that is set.

Whoever logs local time is off by whole quarters of an hour (the zones that there are), and a line is stamped by the
kubelet moments after it was written. Two lines that are off by the same are no chance.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

_QUARTER = 900.0
_FURTHEST = 14 * 3600.0
"""Seconds: the zone that is furthest from UTC."""

_LATE = 60.0
"""Seconds that a line may wait until the kubelet stamps it: programs that buffer their output are late."""

_AT_ONCE = 2.0
"""Seconds within which one line alone is believed."""

_EARLY = 2.0
"""Seconds by which the writer's clock may be ahead of the kubelet's."""

_WITHIN = 400
"""Characters of an entry within which its time stands."""

_ZONE = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?P<zone> ?(?:Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?", re.ASCII)


class LocalTimes:
    """Remembers by how much each source is off.

    Args:
        zone: what times without a zone are in; ``None``: UTC, or what the kubelet's stamps tell.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._offsets: dict[str, float] = {}

    def right(self, source: str, at: float | None, logged: float | None, text: str) -> float | None:
        """Return the time of an entry, put right where it is local.

        Args:
            source: whose entry it is.
            at: its time as it was read: without a zone, as if it were UTC (seconds since the epoch).
            logged: the kubelet's time of it.
            text: the entry.
        """
        if at is None or (self._zone is None and (logged is None or abs(at - logged) < _QUARTER - _LATE)):
            return at
        if not _without_zone(text):
            return at
        if self._zone is not None:
            return _in_zone(at, self._zone)
        return at if logged is None else at - self._offset(source, at, logged)

    def _offset(self, source: str, at: float, logged: float) -> float:
        # The stamp is never earlier than the line: so the quarter that leaves a small rest behind the line.
        offset = -((logged - at + _EARLY) // _QUARTER) * _QUARTER
        late = logged - at + offset
        if abs(offset) > _FURTHEST or late > _LATE:
            return 0.0
        known = self._offsets.get(source)
        self._offsets[source] = offset
        return offset if known == offset or abs(late) <= _AT_ONCE else 0.0


def _without_zone(text: str) -> bool:
    found = _ZONE.search(text, 0, _WITHIN)
    return found is not None and found["zone"] is None


def _in_zone(at: float, zone: tzinfo) -> float:
    try:
        return datetime.fromtimestamp(at, UTC).replace(tzinfo=zone).timestamp()
    except (OverflowError, ValueError, OSError):
        return at
