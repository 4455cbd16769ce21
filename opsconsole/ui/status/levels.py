"""The line of the service levels: what users get, in states and figures. No line where nothing is measured. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opsconsole.present.units import UNKNOWN
from opsconsole.records import Health, Metric
from opsconsole.ui.status.header import Part
from opsconsole.ui.status.health import is_old, words

LEVELS = (
    ("service/requests", "requests"),
    ("service/error_ratio", "errors"),
    ("service/error_ratio_1h_ago", "1 h ago"),
    ("service/burn_rate", "burn rate"),
)
"""Keys of the metrics that make up the line, and what each is called there."""

_STYLES = {"ok": "good", "burning": "bad", "": ""}


def levels(metrics: Mapping[str, Metric], health: Health | None, now: float) -> Iterator[Part]:
    """Return the line's parts: nothing while none of the levels was ever measured.

    Args:
        metrics: the newest answers by key.
        health: of the feed that asks; what is old says so.
        now: seconds since the epoch.
    """
    found = [(title, metrics[key]) for key, title in LEVELS if key in metrics]
    if not found:
        return
    yield 0, (" Service ", "strong")
    if health is not None and is_old(health):
        yield 0, (f" {words(health, now)[0]} ", "notice")
    said: dict[str, None] = {}
    for number, (title, metric) in enumerate(found):
        yield (4 if "ago" in title else 0, _level(title, metric, "" if number == 0 else " "))
        if metric.state not in ("", "ok") and metric.problem:
            said[metric.problem] = None
    for problem in said:
        yield 5, (f"  {problem}", "dim")


def _level(title: str, metric: Metric, before: str) -> tuple[str, str]:
    value = UNKNOWN if metric.value is None else f"{_number(metric.value)} {metric.unit}".rstrip()
    state = metric.state.upper() if metric.state != "ok" else "ok"
    shown = state if metric.value is None and state else f"{value} {state}".rstrip()
    return f"{before} {title} {shown}", _STYLES.get(metric.state, "warn")


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e12 else f"{value:.3g}"
