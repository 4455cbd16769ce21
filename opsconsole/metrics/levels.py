"""Service levels: the share of errors where there is traffic, and how fast it burns the error budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from opsconsole.metrics import promql
from opsconsole.metrics.asking import Asks, Number, number
from opsconsole.records import Metric
from opsconsole.settings import MetricsSettings

ERROR_RATIO = "service/error_ratio"
"""Key of the share of requests that fail, in percent; its state is ``no traffic`` where there are none."""

ERROR_RATIO_HOUR_AGO = "service/error_ratio_1h_ago"
"""Key of the same an hour ago: an optimizer that keeps everybody out has no errors either."""

REQUESTS = "service/requests"
"""Key of the requests a second."""

BURN_RATE = "service/burn_rate"
"""Key of the burn rate over the last hour; its state is ``ok``, ``burning`` or ``unknown``."""

_HOUR = 3600.0


class BurnAlert(NamedTuple):
    """Fires at ``factor`` times the budget's pace in both windows: long to prove it, short to see it last."""

    long: str
    short: str
    factor: float
    budget: str


ALERTS = (BurnAlert("1h", "5m", 14.4, "2 %"), BurnAlert("6h", "30m", 6.0, "5 %"), BurnAlert("3d", "6h", 1.0, "10 %"))
"""Multiwindow, multi-burn-rate alerts, worst first. The figures are those that the Google SRE Workbook recommends for a
30-day budget (chapter 5, "Alerting on SLOs", section 6): 14.4 over 1 h uses up 2 % of the budget, 6 over 6 h 5 %, 1
over 3 d 10 %; each short window is a twelfth of its long one."""

WINDOWS = ("5m", "30m", "1h", "6h", "3d")


class Level(NamedTuple):
    """Requests and errors a second as of one moment."""

    requests: Number
    errors: Number

    @property
    def ratio(self) -> float | None:
        """Share of the requests that fail, 0 to 1; ``None`` without traffic or where it is not known."""
        if not self.requests.value or self.requests.value < 0 or self.errors.value is None:
            return None
        return self.errors.value / self.requests.value


def level(ask: Asks, settings: MetricsSettings, at: float | None = None, window: str = "") -> Level:
    """Read requests and errors, over ``window`` instead of the queries' own range if one is given.

    No series of errors at all is zero errors only where the labels that the query selects by exist: a label that was
    renamed has no errors either.
    """
    wanted = [promql.with_range(query, window) if window else query for query in (settings.requests, settings.errors)]
    requests, errors = number(ask, wanted[0], at), number(ask, wanted[1], at)
    if errors.state == "empty" and requests.value is not None:
        known = labels_exist(ask, settings.errors, at)
        errors = Number(0.0) if known else errors._replace(problem="returned no data, and its labels exist nowhere")
    return Level(requests, errors)


def labels_exist(ask: Asks, query: str, at: float | None = None) -> bool:
    """Does every label that ``query`` selects by exist on its metric, whatever its value?"""
    for selector in promql.selectors(query):
        if not selector.name:
            return False
        probes = [
            promql.Selector(selector.name, (promql.Matcher(matcher.label, "!=", ""),)) for matcher in selector.matchers
        ]
        for probe in probes or [selector]:
            if not number(ask, f"count({probe})", at).value:
                return False
    return True


def service_levels(ask: Asks, settings: MetricsSettings, now: float) -> list[Metric]:
    """Requests, error ratio, and the error ratio an hour ago.

    Raises:
        UnreachableError: the server can't be asked.
    """
    current, earlier = level(ask, settings), level(ask, settings, now - _HOUR)
    requests = current.requests
    return [
        Metric(
            key=REQUESTS,
            title="requests",
            query=settings.requests,
            value=requests.value,
            unit="/s",
            at=now,
            problem=requests.problem,
            state="no traffic" if requests.value == 0 else "" if requests.value is not None else "unknown",
        ),
        _ratio(ERROR_RATIO, "errors", settings.errors, current, at=now, lost=_lost(current, earlier)),
        _ratio(ERROR_RATIO_HOUR_AGO, "errors 1 h ago", settings.errors, earlier, at=now - _HOUR),
    ]


def _lost(current: Level, earlier: Level) -> str:
    if current.requests.value == 0 and earlier.requests.value:
        return f"; an hour ago there were {earlier.requests.value:.3g} requests/s"
    return ""


def _ratio(key: str, title: str, query: str, level: Level, *, at: float, lost: str = "") -> Metric:
    ratio = level.ratio
    state, problem = "", ""
    if level.requests.value == 0:
        state, problem = "no traffic", f"NO TRAFFIC: no requests, so no errors{lost}"
    elif ratio is None:
        unknown = level.requests if level.requests.value is None else level.errors
        which = "requests" if unknown is level.requests else "errors"
        state, problem = "unknown", f"the {which} query {unknown.problem}"
    value = None if ratio is None else 100.0 * ratio
    return Metric(key=key, title=title, query=query, value=value, unit="%", at=at, state=state, problem=problem)


def burn_rate(ask: Asks, settings: MetricsSettings, now: float) -> Metric:
    """The burn rate over the last hour, and whether any of :data:`ALERTS` fires.

    Raises:
        UnreachableError: the server can't be asked.
    """
    if not (promql.has_range(settings.errors) and promql.has_range(settings.requests)):
        problem = "metrics.errors and metrics.requests need a range such as [5m] to be measured over other windows"
        return _burn(None, "unknown", problem, settings, now)
    budget = 1.0 - settings.objective
    ratios = {window: level(ask, settings, window=window).ratio for window in WINDOWS}
    rates = {window: None if ratio is None else ratio / budget for window, ratio in ratios.items()}
    state, problem = judge(rates)
    return _burn(rates["1h"], state, problem, settings, now)


def judge(rates: Mapping[str, float | None]) -> tuple[str, str]:
    """``burning``, ``ok`` or ``unknown``, and why, from the burn rates over :data:`WINDOWS` (1.0: just the budget)."""
    unknown = ""
    for alert in ALERTS:
        long, short = rates[alert.long], rates[alert.short]
        if long is not None and short is not None and long >= alert.factor and short >= alert.factor:
            share = f"{alert.budget} of a 30-day error budget in {alert.long}"
            return "burning", f"{long:.3g} × over {alert.long}, {short:.3g} × over {alert.short}: {share}"
        if (long is None or long >= alert.factor) and (short is None or short >= alert.factor):
            unknown = unknown or f"no traffic or no data over {alert.long if long is None else alert.short}"
    return ("unknown", unknown) if unknown else ("ok", "")


def _burn(value: float | None, state: str, problem: str, settings: MetricsSettings, now: float) -> Metric:
    title = f"burn rate of {settings.objective:.6g}"
    return Metric(
        key=BURN_RATE, title=title, query=settings.errors, value=value, unit="×", at=now, state=state, problem=problem
    )
