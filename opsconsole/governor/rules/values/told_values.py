"""Tests of a value that a line tells as text: off, none, all, too many, too short."""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.governor.announced.told_settings import ToldSetting
from opsconsole.governor.measures import DAY, HOUR, MINUTE, YEAR
from opsconsole.patterns import late

_OFF = frozenset({"false", "off", "no", "0", "disabled", "disable", "none", "null", "nil", "removed", "[]", "{}"})
_ON = frozenset({"true", "on", "yes", "1", "enabled", "enable"})
_SPAN = late(r"(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|s|m|h|d|w|y))+")
_SPAN_PART = late(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|s|m|h|d|w|y)")
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 0.001,
    "s": 1.0,
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": 7 * DAY,
    "y": YEAR,
}
_PERCENT = late(r"(?<![\d.])(\d{1,6}(?:\.\d+)?) ?%")


def number_of(text: str) -> float | None:
    """The number that a text is, a percent sign left out; ``None`` where it is none."""
    plain = text.strip().removesuffix("%").replace(",", "").strip()
    try:
        return float(plain)
    except ValueError:
        return None


def seconds_of(text: str) -> float | None:
    """Seconds of ``2m``, ``1h30m`` or a bare number; ``None`` for anything else."""
    if _SPAN.fullmatch(text.strip()):
        return sum(float(number) * _UNITS[unit] for number, unit in _SPAN_PART.findall(text))
    return number_of(text)


def is_off(told: ToldSetting) -> bool:
    """Whether it is switched off, and was not before."""
    return told.after.casefold() in _OFF and told.before.casefold() not in _OFF


def is_on(told: ToldSetting) -> bool:
    """Whether it is switched on, and was not before."""
    return told.after.casefold() in _ON and told.before.casefold() not in _ON


def none_left(told: ToldSetting) -> bool:
    """Whether nothing of it is left, in whatever unit: ``0``, ``0h``, ``0%``; and there was some, as far as is told."""
    return seconds_of(told.after) == 0 and seconds_of(told.before) != 0


def whole_share(told: ToldSetting) -> bool:
    """Whether it comes to all there is, ``100%``, and did not before."""
    return _share(told.after) >= 100.0 > _share(told.before)


def _share(text: str) -> float:
    return max((float(number) for number in _PERCENT.findall(text)), default=0.0)


def at_least(number: float, times: float) -> Callable[[ToldSetting], bool]:
    """A test for so many, and so many times as many as before, where that is told."""

    def test(told: ToldSetting) -> bool:
        before, after = number_of(told.before), number_of(told.after)
        return after is not None and after >= number and (before is None or after >= before * times)

    return test


def far_less(times: float, least: float = 0.0) -> Callable[[ToldSetting], bool]:
    """A test for so many times less than before, where that is told and was ``least`` at least (seconds or a count)."""

    def test(told: ToldSetting) -> bool:
        before, after = _amount(told.before), _amount(told.after)
        return before is not None and after is not None and before >= max(least, 1e-9) and after * times <= before

    return test


def _amount(text: str) -> float | None:
    """Seconds, a number, or a number with a unit of its own that is left out (``400W``)."""
    plain = text.strip()
    return seconds_of(plain) if (match := _OF_POWER.fullmatch(plain)) is None else float(match["number"])


_OF_POWER = late(r"(?P<number>\d{1,7}(?:\.\d{1,3})?) ?[kM]?W")


def runs_far_more_often(told: ToldSetting) -> bool:
    """Whether a schedule runs a day's work each hour, or more often."""
    before, after = _runs_a_day(told.before), _runs_a_day(told.after)
    return 0 < before * _MORE_OFTEN <= after


def _runs_a_day(cron: str) -> float:
    """About how many times a day such a schedule runs; zero for what is none."""
    parts = cron.split()
    if len(parts) != _CRON_FIELDS:
        return 0.0
    return _values(parts[0], 60) * _values(parts[1], 24)


def _values(part: str, every: int) -> float:
    """How many values of so many a field of a schedule has: ``*``, ``*/5``, ``1,31``, ``9-17``."""
    head, _, step = part.partition("/")
    if step.isdecimal() and int(step):
        return every / int(step)
    ends = head.split("-")
    if len(ends) > 1 and all(end.isdecimal() for end in ends):
        return max(1.0, float(ends[-1]) - float(ends[0]) + 1)
    return float(every) if head == "*" else 1.0 + head.count(",")


_CRON_FIELDS, _MORE_OFTEN = 5, 24.0
"""A run a day that becomes one an hour is no tuning."""
