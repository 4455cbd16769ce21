"""What the collectors need of Prometheus, and how one number is read out of an answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from opsconsole.metrics.errors import QueryError


class Reading(Protocol):
    """One series' value: see :class:`opsconsole.metrics.client.Sample`."""

    @property
    def labels(self) -> dict[str, str]: ...

    @property
    def value(self) -> float: ...

    @property
    def at(self) -> float: ...


class Asks(Protocol):
    """Somebody who answers PromQL: see :class:`opsconsole.metrics.client.Prometheus` for what each call does."""

    def query(self, query: str, at: float | None = None) -> Sequence[Reading]: ...

    def series(self, selector: str, now: float) -> list[dict[str, str]]: ...

    def names(self) -> list[str]: ...


class Number(NamedTuple):
    """One number, or why there is none: ``state`` is ``ok``, ``empty``, ``nan``, ``many`` or ``failed``."""

    value: float | None
    state: str = "ok"
    problem: str = ""


def number(ask: Asks, query: str, at: float | None = None) -> Number:
    """Ask for one number. NaN, nothing at all and a refusal are told apart; none of them is zero.

    Raises:
        UnreachableError: the server can't be asked.
    """
    try:
        readings = ask.query(query, at)
    except QueryError as error:
        return Number(None, "failed", f"the query fails: {error}")
    if not readings:
        return Number(None, "empty", "returned no data")
    if len(readings) > 1:
        return Number(None, "many", f"gives {len(readings)} series, not one number; wrap it in sum() or max()")
    value = readings[0].value
    if math.isfinite(value):
        return Number(value)
    return Number(None, "nan", f"gives {'NaN' if math.isnan(value) else 'Infinity' if value > 0 else '-Infinity'}")
