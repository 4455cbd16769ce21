"""A metric without data about which nothing is done is a remark, until it stays so or is not the only one."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import at, judged, severities

RULE = "empty-metric"


def nomads(second: float, query: str = "avg_cpu/web/shop", said: str = "no metrics available") -> str:
    head = at(second, "").removesuffix(" INFO ")
    return f"{head} [WARN]  policy_eval.worker: {said}: check=cpu source=nomad-apm query={query}"


LET_BE = [
    (nomads(0),),
    tuple(nomads(10.0 * n) for n in range(4)),
    tuple(nomads(700.0 * n) for n in range(9)),
    (at(0, "Metric 'rps{service=\"web\"}' returned no data, skipping this cycle"),),
    (at(0, "Metric 'rps{service=\"web\"}' returned no data, holding the current value"),),
]

STAYS = [
    tuple(nomads(10.0 * n) for n in range(5)),
    tuple(nomads(10.0 * n, f"avg_cpu/web-{n}/shop") for n in range(5)),
    tuple(at(n, f"Metric 'rps{{service=\"web-{n}\"}}' returned no data, skipping") for n in range(6)),
]

ALARMS = [
    (at(0, "Metric 'rps{service=\"web\"}' returned no data."),),
    (at(0, "Metric 'rps{service=\"web\"}' returned no data, not skipping"),),
    (nomads(0, said="returned no data"),),
]


@pytest.mark.parametrize("lines", LET_BE)
def test_nothing_is_done_for_want_of_it(lines: tuple[str, ...]) -> None:
    found = [each.severity for each in judged(lines) if each.rule == RULE]
    assert len(found) == len(lines)
    assert set(found) == {Severity.INFO}


@pytest.mark.parametrize("lines", [*STAYS, *ALARMS])
def test_it_stays_so_or_nobody_says_that_nothing_is_done(lines: tuple[str, ...]) -> None:
    assert severities(*lines)[RULE] is Severity.WARNING


def test_an_act_within_a_minute_is_found_all_the_same() -> None:
    lines = (at(0, "Metric 'rps{service=\"web\"}' returned no data, skipping"), at(20, "scaled deployment a/web to 2"))
    assert "acts-on-no-data" in severities(*lines)
