"""Inputs: the optimizer's own queries, as Prometheus answers them now."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.records import Kind, Metric, Severity

PREFIX = "input/"
"""Keys of the Metric records on the optimizer's own queries begin so."""

_ILL = frozenset({"empty", "nan", "stale", "failed"})


@rule("input-health", Severity.WARNING, Kind.METRIC)
def input_health(subject: Metric, _view: View) -> Iterable[Verdict]:
    """A query that the optimizer decides by is empty, NaN, stale or fails when it is run against Prometheus.

    The Aura write-up: "Validate your inputs. If your metrics look weird, tell the 'AI' to stop." What counts as stale
    is the metrics feed's business.
    """
    if subject.key.startswith(PREFIX) and subject.state in _ILL:
        yield Verdict(
            f"its input is {subject.state}: {subject.query}",
            f"{subject.problem}. What it decides by this is a guess." if subject.problem else "",
            switch="optimizer",
        )
