"""Ages, quantities and changes in words. Pure; ``None`` is always the word for unknown."""

from __future__ import annotations

import math
from datetime import UTC, datetime

UNKNOWN = "?"
"""What stands where a value is not known: never a zero, never a blank that could be read as one."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_BYTE_UNITS = (("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10))


def age(seconds: float | None) -> str:
    """Return an age as kubectl writes it, rounded down to steps so that a resting screen need not be redrawn.

    Below two minutes the step is ten seconds, above it a minute; from ten hours on hours, from two days on days.
    """
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return "<10s"
    if seconds < 2 * _MINUTE:
        return f"{int(seconds // 10) * 10}s"
    if seconds < 3 * _HOUR:
        return f"{int(seconds // _MINUTE)}m"
    if seconds < 2 * _DAY + 1:
        return f"{int(seconds // _HOUR)}h"
    return f"{int(seconds // _DAY)}d"


def age_at(now: float, then: float | None) -> str:
    """Return how long ago ``then`` was at ``now``, for a text that is printed once: ``42s``, ``7m``, ``3h``, ``9d``."""
    if then is None:
        return UNKNOWN
    seconds = max(0, int(now - then))
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def silence(seconds: float) -> str:
    """Return how long ago a feed was last heard of, in coarser and coarser steps.

    No finer than a second: of a feed that brings something all the time, each paint would draw another tenth.
    """
    if seconds < 1:
        return "<1s"
    if seconds < 10:
        return f"{int(seconds)}s"
    if seconds < _MINUTE:
        return f"{int(seconds // 10) * 10}s"
    return age(seconds)


def counted(seconds: float) -> str:
    """Return how long something has been wrong, to the second for ten minutes: there every second matters."""
    seconds = max(seconds, 0.0)
    if seconds < 100:
        return f"{int(seconds)}s"
    if seconds < 10 * _MINUTE:
        return f"{int(seconds // _MINUTE)}m{int(seconds % _MINUTE):02}s"
    return age(seconds)


def clock_time(at: float | None) -> str:
    """Return the UTC time of day, ``03:14:22``; unknown where there is none."""
    moment = _moment(at)
    return moment.strftime("%H:%M:%S") if moment else UNKNOWN


def stamp(at: float | None) -> str:
    """Return date and time in UTC without saying so, for a column: ``2023-10-27 03:14:22``."""
    return date_time(at).removesuffix(" UTC")


def date_time(at: float | None) -> str:
    """Return date and time in UTC, ``2023-10-27 03:14:22 UTC``."""
    moment = _moment(at)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else UNKNOWN


def _moment(at: float | None) -> datetime | None:
    try:
        return None if at is None else datetime.fromtimestamp(at, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def memory(value: float | None, unset: str = UNKNOWN) -> str:
    """Return bytes in binary units as Kubernetes writes them: ``64Mi``, ``1.5Gi``, ``512``."""
    if value is None:
        return unset
    if not math.isfinite(value):
        return str(value)
    for unit, power in _BYTE_UNITS:
        scaled = value / (1 << power)
        if abs(scaled) >= 1:
            return f"{_short(scaled)}{unit}"
    return _short(value)


def cpu(value: float | None, unset: str = UNKNOWN) -> str:
    """Return cores as Kubernetes writes them: ``100m``, ``2``."""
    if value is None:
        return unset
    if not math.isfinite(value):
        return str(value)
    if value != 0 and abs(value) < 1:
        return f"{_short(value * 1000)}m"
    return _short(value)


def change(before: float | None, after: float | None) -> str:
    """Return what ``after`` is against ``before``: ``-94 %``, ``x10``, ``new``; unknown if it can't be said."""
    if before is None or after is None or not math.isfinite(before) or not math.isfinite(after):
        return UNKNOWN
    if before == after:
        return "same"
    if before == 0:
        return "from 0"
    ratio = after / before
    if ratio >= 3:
        return f"x{_short(ratio)}" if ratio < 1e6 else "absurd"
    return f"{(ratio - 1) * 100:+.0f} %"


def bar(part: float | None, whole: float | None, width: int, full: str = "#", empty: str = ".") -> str:
    """Return a gauge of ``width`` cells; unknown is a row of question marks, never an empty gauge."""
    if part is None or not whole:
        return UNKNOWN * width
    filled = round(width * min(max(part / whole, 0.0), 1.0))
    return full * filled + empty * (width - filled)


def percent(part: float | None, whole: float | None) -> str:
    """Return ``part`` of ``whole`` in percent."""
    return UNKNOWN if part is None or not whole else f"{part / whole * 100:.0f} %"


def plural(count: int, one: str, many: str = "") -> str:
    """Return ``1 pod``, ``2 pods``, ``10,000 pods``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.1f}"
