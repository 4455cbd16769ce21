"""No traffic is not good service, and a budget burns when both windows say so."""

from __future__ import annotations

import pytest

from opsconsole.metrics import levels
from opsconsole.metrics.levels import ERROR_RATIO, ERROR_RATIO_HOUR_AGO, REQUESTS, judge
from opsconsole.records import Metric
from opsconsole.settings import MetricsSettings
from tests.metrics.conftest import AsMade

pytestmark = pytest.mark.prometheus


def settings(url: str, name: str, label: str = "code") -> MetricsSettings:
    errors = f'sum(rate({name}_total{{{label}=~"5.."}}[5m]))'
    return MetricsSettings(url=url, errors=errors, requests=f"sum(rate({name}_total[5m]))")


def read(url: str, name: str, label: str = "code") -> dict[str, Metric]:
    wanted = settings(url, name, label)
    asked = AsMade(wanted)
    found = [*levels.service_levels(asked, wanted, asked.now), levels.burn_rate(asked, wanted, asked.now)]
    asked.close()
    return {metric.key: metric for metric in found}


def test_healthy_service(prometheus_url: str) -> None:
    found = read(prometheus_url, "healthy")
    assert found[REQUESTS].value == pytest.approx(100.01, rel=0.01)
    assert found[ERROR_RATIO].value == pytest.approx(0.01, rel=0.05)
    assert found[ERROR_RATIO].problem == ""
    burn = found[levels.BURN_RATE]
    assert (burn.state, burn.problem) == ("ok", "")
    assert burn.value == pytest.approx(0.1, rel=0.05)


def test_burning_service(prometheus_url: str) -> None:
    found = read(prometheus_url, "burning")
    assert found[ERROR_RATIO].value == pytest.approx(90.0, rel=0.01)
    burn = found[levels.BURN_RATE]
    assert burn.state == "burning"
    assert burn.value == pytest.approx(900.0, rel=0.02)
    assert "over 1h" in burn.problem
    assert "over 5m" in burn.problem


def test_recovered_service_has_used_its_budget_though_the_last_hour_was_good(prometheus_url: str) -> None:
    burn = read(prometheus_url, "recovered")[levels.BURN_RATE]
    assert burn.state == "burning"
    assert "over 3d" in burn.problem


def test_no_traffic_is_no_good_service_and_says_what_there_was(prometheus_url: str) -> None:
    found = read(prometheus_url, "silent")
    ratio = found[ERROR_RATIO]
    assert (ratio.value, ratio.state) == (None, "no traffic")
    assert ratio.problem == "NO TRAFFIC: no requests, so no errors; an hour ago there were 120 requests/s"
    assert found[REQUESTS].state == "no traffic"
    assert found[ERROR_RATIO_HOUR_AGO].value == 0.0
    assert found[levels.BURN_RATE].state == "ok" or "no traffic" in found[levels.BURN_RATE].problem


def test_no_errors_yet_is_zero_where_the_label_exists(prometheus_url: str) -> None:
    found = read(prometheus_url, "spotless")
    assert found[ERROR_RATIO].value == 0.0
    assert found[levels.BURN_RATE].state == "ok"


def test_no_errors_by_a_label_that_does_not_exist_is_unknown(prometheus_url: str) -> None:
    found = read(prometheus_url, "renamed")
    ratio = found[ERROR_RATIO]
    assert (ratio.value, ratio.state) == (None, "unknown")
    assert "labels exist nowhere" in ratio.problem
    assert found[levels.BURN_RATE].state == "unknown"
    assert read(prometheus_url, "renamed", label="status")[ERROR_RATIO].value == pytest.approx(50.0)


def test_metric_that_does_not_exist_is_unknown(prometheus_url: str) -> None:
    found = read(prometheus_url, "nothing")
    assert {metric.state for metric in found.values()} == {"unknown"}
    assert {metric.value for metric in found.values()} == {None}
    assert found[ERROR_RATIO].problem == "the requests query returned no data"


def test_queries_without_a_range_have_no_burn_rate(prometheus_url: str) -> None:
    wanted = MetricsSettings(url=prometheus_url, errors="vector(1)", requests="vector(10)")
    asked = AsMade(wanted)
    burn = levels.burn_rate(asked, wanted, asked.now)
    assert (burn.value, burn.state) == (None, "unknown")
    assert "range" in burn.problem


def test_query_that_fails_or_gives_many_or_nan_is_unknown_in_words(prometheus_url: str) -> None:
    for requests, words in (("sum(", "fails"), ("request_count", "2 series"), ("model_loss", "NaN")):
        wanted = MetricsSettings(url=prometheus_url, requests=requests)
        asked = AsMade(wanted)
        ratio = levels.service_levels(asked, wanted, asked.now)[1]
        assert (ratio.value, ratio.state) == (None, "unknown")
        assert words in ratio.problem


@pytest.mark.parametrize(
    ("rates", "state"),
    [
        ((0, 0, 0, 0, 0), "ok"),
        ((14.4, 0, 14.4, 0, 0), "burning"),
        ((14.3, 0, 100, 0, 0), "ok"),
        ((100, 0, 14.3, 0, 0), "ok"),
        ((0, 6, 0, 6, 0), "burning"),
        ((0, 0, 0, 1, 1), "burning"),
        ((0, 0, 0, 0.9, 50), "ok"),
        ((None, None, None, None, None), "unknown"),
        ((None, 0, 20, 0, 0), "unknown"),
        ((20, 0, None, 0, 0), "unknown"),
        ((None, 0, 2, 0, 0), "ok"),
        ((None, 7, 2, 7, 0), "burning"),
    ],
)
def test_judging(rates: tuple[float | None, ...], state: str) -> None:
    found, problem = judge(dict(zip(levels.WINDOWS, rates, strict=True)))
    assert found == state
    assert bool(problem) is (state != "ok")
