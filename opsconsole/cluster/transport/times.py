"""Kubernetes' times (RFC 3339) as seconds since the epoch, and its short ages (``5d3h``) as seconds."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

_UNITS = {"y": 365 * 86_400.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_AGE = re.compile(r"([0-9]+)([ydhms])")


_KEPT = 512
"""Texts that a cache here remembers. Lists are in the order of names, so that what shares a time stands together."""

LONGEST = 64
"""Characters of a time or an age; a longer text is neither, and is not kept by the caches here."""


def seconds(text: str | None) -> float | None:
    """Return an RFC 3339 time as epoch seconds; ``None`` where it is absent, none, or Go's zero time (year 1).

    Cached: the pods of one rollout share most of their times.
    """
    if not text or len(text) > LONGEST:
        return None
    return _seconds(text)


@lru_cache(_KEPT)
def _seconds(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text)
        return when.timestamp() if when.tzinfo and when.year >= 1970 else None
    except (ValueError, OverflowError, OSError):
        return None


def age(text: str) -> float | None:
    """Return an age as kubectl prints it, in seconds; ``None`` for ``<unknown>`` and the like."""
    return _age(text) if len(text) <= LONGEST else None


@lru_cache(_KEPT)
def _age(text: str) -> float | None:
    parts = _AGE.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
