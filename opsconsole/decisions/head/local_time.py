"""Times of a log that are local and have no zone: put right by the kubelet's stamps, or by a zone that is set.

Whoever logs local time is off by whole quarters of an hour (the zones that there are), and a line is stamped by the
kubelet moments after it was written. Two lines that are off by the same are no chance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from opsconsole.patterns import late

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

_ROUNDED = 1e-3
"""Seconds by which a float may differ from the text that it was read from; microseconds, in truth."""

SOURCES = 256
"""Sources whose offset is remembered; the ones that told theirs longest ago go."""

_CLOCK = late(
    r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:[.,]\d{1,9})?(?P<zone> ?(?:Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?", re.ASCII
)


class LocalTimes:
    """Remembers by how much each source is off.

    Args:
        zone: what times without a zone are in; ``None``: UTC, or what the kubelet's stamps tell.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._offsets: dict[str, float] = {}

    def right(self, source: str, times: Sequence[float | None], logged: float | None, text: str) -> list[float | None]:
        """Return the times of an entry's decisions, put right where they are local, all by the same.

        Args:
            source: whose entry it is.
            times: as they were read: without a zone, as if they were UTC (seconds since the epoch).
            logged: the kubelet's time of the entry.
            text: the entry.
        """
        if self._zone is None and logged is None:
            return list(times)
        local = {at for at in times if at is not None and self._is_local(at, logged, text)}
        if not local:
            return list(times)
        if (zone := self._zone) is not None:
            return [_in_zone(at, zone) if at is not None and at in local else at for at in times]
        first = next(at for at in times if at in local)
        offset = self._offset(source, first, logged) if first is not None and logged is not None else 0.0
        return [at - offset if at is not None and at in local else at for at in times]

    def _is_local(self, at: float, logged: float | None, text: str) -> bool:
        if self._zone is None and (logged is None or abs(at - logged) < _QUARTER - _LATE):
            return False
        return _without_zone(at, text)

    def _offset(self, source: str, at: float, logged: float) -> float:
        # The stamp is never earlier than the line: so the quarter that leaves a small rest behind the line.
        offset = -((logged - at + _EARLY) // _QUARTER) * _QUARTER
        late = logged - at + offset
        if abs(offset) > _FURTHEST or late > _LATE:
            return 0.0
        known = self._offsets.pop(source, None)
        self._offsets[source] = offset
        if len(self._offsets) > SOURCES:
            del self._offsets[next(iter(self._offsets))]
        return offset if known == offset or abs(late) <= _AT_ONCE else 0.0


def _without_zone(at: float, text: str) -> bool:
    """Whether ``at`` is a clock time in the text that has no zone. Other clock times may be in it: of what it tells."""
    zones = [found["zone"] for found in _CLOCK.finditer(text, 0, _WITHIN) if _says(found, at)]
    return bool(zones) and not any(zones)


def _says(found: re.Match[str], at: float) -> bool:
    """Whether a clock time of the text is that of ``at``, on whichever day."""
    clock = int(found["h"]) * 3600 + int(found["m"]) * 60 + int(found["s"])
    zone = (found["zone"] or "").strip()
    if zone.startswith(("+", "-")):
        clock -= int(f"{zone[0]}1") * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
    return (at - clock + _ROUNDED) % 86_400.0 < 1.0 + 2 * _ROUNDED


def _in_zone(at: float, zone: tzinfo) -> float:
    try:
        return datetime.fromtimestamp(at, UTC).replace(tzinfo=zone).timestamp()
    except (OverflowError, ValueError, OSError):
        return at
