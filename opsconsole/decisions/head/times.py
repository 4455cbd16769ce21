"""Times as logs write them → seconds since the epoch; a time without a zone is taken as UTC.

Where a line gives month and day alone (klog, syslog), the year is the one that puts it nearest to when it was read.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache

from opsconsole.patterns import late

STAMP = r"\d{4}[-/]\d\d[-/]\d\d(?:[T ]|, )\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
"""Pattern of an ISO 8601 time, with a blank for the T and a comma for the point as Python's logging writes it."""

_PARTS = late(
    r"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ]|, )(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?: ?(Z|UTC|[+-]\d\d:?\d\d))?(?: UTC)?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_OTHER = late(
    r"(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2})(?:,? (?P<year>\d{4}))?(?: @|,)? (?P<time>\d{1,2}:\d\d:\d\d)"
    r"(?:[.,](?P<part>\d{1,9}))?(?: (?P<half>[AP]M))?"
)
_MIXED = late(
    r"(?:[A-Z][a-z]{2} )?(?:(?P<first>\d{1,2}) )?(?P<month>[A-Z][a-z]{2})(?: {1,2}(?P<second>\d{1,2}))?"
    r"(?: (?P<year>\d{4}))? (?P<time>\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?: (?:UTC|GMT))?(?: (?P<last>\d{4}))?"
)
"""``Wed Aug 12 09:14:02.118 2026`` of C's asctime, ``12 Aug 2026 09:14:02.118`` of Redis."""
_KLOG = late(r"(?P<year>\d{4})?(?P<month>\d\d)[-/]?(?P<day>\d\d)[ T](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?")
SLASHED = r"\d\d[/.]\d\d[/.](?:\d{4}|\d\d),?[ T]\d\d?:\d\d:\d\d(?:[.,]\d{1,9})?(?: [AP]M)?"
"""Pattern of a time whose day, month and year stand in any order: log4j's ``26/08/12``, .NET's ``08/12/2026``."""

ACCESS = r"\d\d/[A-Z][a-z]{2}/\d{4}[: ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[+-]\d{4})?"
"""Pattern of a time as access logs write it: ``12/Aug/2026:09:14:02 +0000``."""

_SLASHED = late(
    r"(\d\d)[/.](\d\d)[/.](\d{4}|\d\d),?[ T](?P<time>\d\d?:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?(?: (?P<half>[AP]M))?"
)
_ACCESS = late(
    r"(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4})[: ](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?"
    r"(?: ?(?P<zone>[+-]\d{4}))?"
)
_BETWEEN = ("/", ".")
"""What stands behind the first two digits of these."""

_AHEAD = 2 * 86400.0
"""Clocks and zones may put a line that much ahead of ours."""

_NUMBER = late(r"\d{9,19}(?:\.\d{1,9})?|\d\.\d{1,12}e\+?\d{1,2}")

_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""Epoch times below the first number are counted in the second's fraction of a second: s, ms, µs, ns."""

_EARLIEST = 631152000.0
"""1990: a smaller number is a duration or a counter, not a time."""


def parse(value: str | float | None, now: float | None = None) -> float | None:
    """Return the time that ``value`` gives, ``None`` where it gives none.

    Args:
        value: ISO 8601 (``2023-10-27T03:14:22.123Z``, ``2023-10-27 03:14:05,123``), klog's ``0211 13:40:22.170015``,
            syslog's ``May 12 02:41:07``, or an epoch time in seconds, milliseconds, microseconds or nanoseconds.
        now: when it was read, in seconds since the epoch; tells the year of a time that has none.
    """
    if isinstance(value, str):
        return _text(value.strip(), now)
    if value is None or isinstance(value, bool) or not math.isfinite(value) or value < _EARLIEST:
        return None
    for below, unit in _UNITS:
        if value < below:
            return float(value) / unit
    return None


def _text(text: str, now: float | None) -> float | None:
    if match := _PARTS.fullmatch(text):
        year, month, day, hour, minute, second, part, zone = match.groups()
        return _plus(_whole(year, month, day, hour, minute, second, zone), part)
    if _NUMBER.fullmatch(text):
        return parse(float(text))
    if text[2:3] in _BETWEEN and text[:2].isdecimal() and text[5:6] not in (" ", "T"):
        return _slashed(text, now)
    if (match := _MIXED.fullmatch(text)) and (match["year"] or match["last"]):
        day = match["first"] or match["second"] or "0"
        text = f"{match['month']} {day}, {match['year'] or match['last']} {match['time']}"
    match = _OTHER.fullmatch(text)
    month = str(_MONTHS.get(match["month"].lower(), 0)) if match else ""
    if match is None:
        return klog(text, now)
    hour, minute, second = match["time"].split(":")
    hour = _of_day(hour, match.groupdict().get("half"))
    said = (month, match["day"], hour, minute, second)
    if match["year"]:
        return _plus(_whole(match["year"], *said, None), match["part"])
    return _plus(_nearest(said, now), match["part"])


def klog(text: str, now: float | None) -> float | None:
    """The time that klog writes: ``0211 13:40:22.170015``, perhaps with its year; ``None``: it is none."""
    if text[:6].isdecimal() and text[6:7] == " ":
        text = f"20{text}"  # Tornado's "260812 09:14:02"
    match = _KLOG.fullmatch(text)
    if match is None:
        return None
    year, month, day, clock, part = match.groups()
    said = (month, day, *clock.split(":"))
    return _plus(_whole(year, *said, None) if year else _nearest(said, now), part)


def _of_day(hour: str, half: str | None) -> str:
    """The hour of the day: ``2`` and ``PM`` are 14."""
    return str(int(hour) % 12 + (12 if half == "PM" else 0)) if half else hour


def _slashed(text: str, now: float | None) -> float | None:
    """The reading of day, month and year that is nearest before ``now``; without it the first that is a date."""
    if match := _ACCESS.fullmatch(text):
        month, clock = _MONTHS.get(match["month"].lower(), 0), match["time"].split(":")
        return _plus(_whole(match["year"], str(month), match["day"], *clock, match["zone"]), match["part"])
    match = _SLASHED.fullmatch(text)
    if match is None:
        return None
    one, two, three = match[1], match[2], match[3]
    orders = [(three, one, two), (three, two, one)]
    orders += [(one, two, three)] if len(three) == 2 else []
    hour, minute, second = match["time"].split(":")
    clock = (_of_day(hour, match["half"]), minute, second)
    dates = [(year if len(year) == 4 else f"20{year}", month, day) for year, month, day in orders]
    times = [at for date in dates if (at := _whole(*date, *clock, None)) is not None]
    if now:
        times = [at for at in times if at <= now + _AHEAD] or times
        times.sort(key=lambda at: abs(at - now))
    return _plus(times[0] if times else None, match["part"])


def _nearest(said: tuple[str, ...], now: float | None) -> float | None:
    """The newest such time that is not after ``now``: a log of December is read in January too."""
    if not now:
        return _whole("1970", *said, None)
    year = _year(int(now // 86400.0))
    times = [at for each in (year - 1, year, year + 1) if (at := _whole(str(each), *said, None)) is not None]
    past = [at for at in times if at <= now + _AHEAD]
    return max(past, default=min(times, default=None))


@lru_cache(maxsize=16)
def _year(day: int) -> int:
    """The year of a day since the epoch."""
    return datetime.fromtimestamp(day * 86400.0, UTC).year


def _plus(whole: float | None, part: str | None) -> float | None:
    return whole if whole is None or not part else whole + float(f"0.{part}")


@lru_cache(maxsize=1024)
def _whole(year: str, month: str, day: str, hour: str, minute: str, second: str, zone: str | None) -> float | None:  # noqa: PLR0917 - the parts of one time
    try:
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC).timestamp()
        if zone in (None, "Z", "UTC"):
            return at
        hours, minutes = int(zone[1:3]), int(zone[-2:])
    except (ValueError, OverflowError):
        return None
    if hours > 23 or minutes > 59:
        return None
    return at - (1 if zone[0] == "+" else -1) * (hours * 3600 + minutes * 60)
