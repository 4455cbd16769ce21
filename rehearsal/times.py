"""Kubernetes times: RFC 3339 in UTC, with whole seconds or nanoseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: float) -> str:
    """``2023-10-27T03:14:22Z``."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def nano_stamp(at: float) -> str:
    """``2023-10-27T03:14:22.123000000Z``, as container logs have it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def seconds(text: str) -> float:
    """Seconds since the epoch of a stamp; up to nanoseconds are understood, what is finer than microseconds is dropped.

    Raises:
        ValueError: it is no time.
    """
    head, dot, rest = text.partition(".")
    if dot:
        digits = rest.rstrip("Zz0123456789:+-")
        if digits:
            raise ValueError(f"not a time: {text}")
        fraction = "".join(character for character in rest[:6] if character.isdigit())
        zone = rest.lstrip("0123456789") or "Z"
        text = f"{head}.{fraction}{zone}"
    found = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def human(duration: float) -> str:
    """A duration as kubectl prints an age: ``14s``, ``2m30s``, ``48h``, ``5d``."""
    total = int(duration)
    if total < 0:
        return "0s" if total >= -1 else "<invalid>"
    for below, big, big_unit, small, small_unit in _STEPS:
        if total < below:
            return _two(total // big, big_unit, total % big // small if small else 0, small_unit)
    return f"{total // _YEAR}y"


_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400
_STEPS = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)
"""Below which age which units are shown, as ``k8s.io/apimachinery/pkg/util/duration`` has it."""


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"
