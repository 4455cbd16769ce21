"""The functions of PromQL that are asked for. Times are seconds, oldest first; ``None``: no value for that series."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

Labelled = tuple[dict[str, str], float]
RangeFunction = Callable[[Sequence[float], Sequence[float], float], float | None]


def _gained(values: Sequence[float]) -> float:
    """How much a counter grew; a fall is a restart from 0."""
    total = 0.0
    for before, after in pairwise(values):
        total += after - before if after >= before else after
    return total


def rate(times: Sequence[float], values: Sequence[float], _window: float) -> float | None:
    """Growth a second between the first and the last sample of the window."""
    return _gained(values) / (times[-1] - times[0]) if len(times) > 1 else None


def _increase(times: Sequence[float], values: Sequence[float], window: float) -> float | None:
    each = rate(times, values, window)
    return None if each is None else each * window


def _irate(times: Sequence[float], values: Sequence[float], window: float) -> float | None:
    return rate(times[-2:], values[-2:], window)


def _delta(_times: Sequence[float], values: Sequence[float], _window: float) -> float | None:
    return values[-1] - values[0] if len(values) > 1 else None


def _over(fold: Callable[[Sequence[float]], float]) -> RangeFunction:
    return lambda _times, values, _window: fold(values) if len(values) else None


RANGE_FUNCTIONS: dict[str, RangeFunction] = {
    "rate": rate,
    "increase": _increase,
    "irate": _irate,
    "delta": _delta,
    "max_over_time": _over(max),
    "min_over_time": _over(min),
    "sum_over_time": _over(math.fsum),
    "avg_over_time": _over(lambda values: math.fsum(values) / len(values)),
    "count_over_time": _over(lambda values: float(len(values))),
    "last_over_time": _over(lambda values: values[-1]),
    "changes": _over(lambda values: float(sum(a != b for a, b in pairwise(values)))),
}

VECTOR_FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": lambda number: math.log(number) if number > 0 else math.nan,
    "clamp_min": max,
    "clamp_max": min,
    "sort": lambda number: number,
    "sort_desc": lambda number: number,
}


def histogram_quantile(share: float, buckets: Sequence[Labelled]) -> list[Labelled]:
    """The quantile of each histogram among ``buckets`` (series with an ``le`` label), interpolated within a bucket."""
    groups: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for labels, count in buckets:
        if "le" not in labels:
            continue
        rest = {name: value for name, value in labels.items() if name not in ("le", "__name__")}
        groups.setdefault(tuple(sorted(rest.items())), []).append((float(labels["le"]), count))
    return [(dict(key), _quantile(share, sorted(group))) for key, group in groups.items()]


def _quantile(share: float, bounds: list[tuple[float, float]]) -> float:
    total = bounds[-1][1]
    if not total or not math.isinf(bounds[-1][0]):
        return math.nan
    rank, below, before = share * total, 0.0, 0.0
    for bound, count in bounds:
        if count >= rank:
            if math.isinf(bound):
                return bounds[-2][0] if len(bounds) > 1 else math.nan
            return below + (bound - below) * ((rank - before) / (count - before) if count > before else 0.0)
        below, before = bound, count
    return below
