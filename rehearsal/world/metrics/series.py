"""Time series, as Prometheus has scraped them from this world."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]

INTERVAL, RETENTION = 10.0, 2 * 3600.0
"""Seconds between two scrapes, and how long samples are kept."""

_SPARE = 64


class Series(NamedTuple):
    """One series: its labels (``__name__`` among them), sample times and values, oldest first."""

    labels: dict[str, str]
    times: array[float]
    values: array[float]


class Database:
    """All series. Written by the world, read by the answers to queries."""

    def __init__(self) -> None:
        self._series: dict[str, dict[Labels, Series]] = {}

    def write(self, name: str, labels: dict[str, str], at: float, value: float) -> None:
        """Add one sample."""
        key = tuple(sorted(labels.items()))
        series = self._series.setdefault(name, {}).get(key)
        if series is None:
            series = Series({"__name__": name, **dict(key)}, array("d"), array("d"))
            self._series[name][key] = series
        series.times.append(at)
        series.values.append(value)
        if len(series.times) > RETENTION / INTERVAL + _SPARE:
            del series.times[:_SPARE]
            del series.values[:_SPARE]

    def forget(self, now: float) -> None:
        """Take away every series whose newest sample is too old to be kept: its pod is long gone."""
        for name, table in tuple(self._series.items()):
            self._series[name] = {key: one for key, one in table.items() if now - one.times[-1] <= RETENTION}

    def named(self, name: str) -> Iterable[Series]:
        """Every series of that name."""
        return tuple(self._series.get(name, {}).values())

    def everything(self) -> Iterator[Series]:
        """Every series there is."""
        for table in tuple(self._series.values()):
            yield from tuple(table.values())
