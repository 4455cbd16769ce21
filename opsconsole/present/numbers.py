"""Numbers in the words that the command line uses; unknown reads ``?``, never 0."""

from __future__ import annotations

from datetime import UTC, datetime

UNKNOWN = "?"
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))
_BINARY = ((1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))


def age(now: float, then: float | None) -> str:
    """``then`` (seconds since the epoch) seen from ``now``: ``42s``, ``7m``, ``3h``, ``9d``."""
    if then is None:
        return UNKNOWN
    seconds = max(0, int(now - then))
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def bytes_in_words(size: int | None) -> str:
    """``size`` in binary units with one decimal: ``79.6Gi``."""
    if size is None:
        return UNKNOWN
    for unit, name in _BINARY:
        if size >= unit:
            return f"{size / unit:.1f}{name}"
    return f"{size}B"


def clock_time(at: float | None) -> str:
    """``at`` as a UTC time of day with its date: ``2023-10-27 03:14:22``."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S") if at is not None else UNKNOWN
