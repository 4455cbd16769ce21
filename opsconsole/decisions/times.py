"""Times as logs write them → seconds since the epoch; a time without a zone is taken as UTC."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
"""Pattern of an ISO 8601 time, with a blank for the T and a comma for the point as Python's logging writes it."""

_PARTS = re.compile(r"(\S{10})[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|[+-]\d\d:?\d\d))?")

_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""Epoch times below the first number are counted in the second's fraction of a second: s, ms, µs, ns."""

_EARLIEST = 631152000.0
"""1990: a smaller number is a duration or a counter, not a time."""


def parse(value: str | float | None) -> float | None:
    """Return the time that ``value`` gives, ``None`` where it gives none.

    Args:
        value: ISO 8601 (``2023-10-27T03:14:22.123Z``, ``2023-10-27 03:14:05,123``), or an epoch time in seconds,
            milliseconds, microseconds or nanoseconds.
    """
    if isinstance(value, str):
        return _iso(value.strip())
    if value is None or isinstance(value, bool) or not math.isfinite(value) or value < _EARLIEST:
        return None
    for below, unit in _UNITS:
        if value < below:
            return float(value) / unit
    return None


def _iso(text: str) -> float | None:
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        whole = datetime.fromisoformat(f"{day}T{time}{offset}").astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    return whole + (float(f"0.{fraction}") if fraction else 0.0)
