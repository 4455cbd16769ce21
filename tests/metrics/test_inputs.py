"""What the optimizer is fed with, and what it should have asked for."""

from __future__ import annotations

import pytest

from opsconsole.governor.observed.cluster_index import working_set_key
from opsconsole.metrics import inputs, memory
from opsconsole.metrics.client import Prometheus
from opsconsole.records import Metric, Ref
from opsconsole.settings import MetricsSettings
from tests.metrics.conftest import MADE_AT, MEBI, AsMade, Faulty


def checked(url: str, query: str) -> Metric:
    asked = AsMade(MetricsSettings(url=url))
    try:
        return inputs.check(asked, query, asked.now)
    finally:
        asked.close()


@pytest.mark.prometheus
def test_query_of_the_write_up_finds_nothing_and_the_label_that_fits_is_named(prometheus_url: str) -> None:
    found = checked(prometheus_url, 'request_count{service="api"}')
    assert (found.key, found.state, found.value) == ('input/request_count{service="api"}', "empty", None)
    assert found.hints == ('app="api-gateway"',)
    assert found.problem == (
        'returned no data: nothing matches request_count{service="api"}; there is app="api-gateway"'
    )


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("query", "state", "words", "hints"),
    [
        ('sum(rate(request_count{app="api-gateway"}[5m]))', "ok", "", ()),
        ("model_loss", "nan", "gives NaN", ()),
        ("model_gain", "nan", "gives Infinity in 1 of 2 series", ()),
        ("model_age_seconds", "stale", "s old", ()),
        ("old_gauge", "stale", "had data within the hour and has none now", ()),
        ("old_gauge * 2", "stale", "had data within the hour", ()),
        ("sum(", "failed", "parse error", ()),
        ("request_count > 1e12", "empty", "leaves nothing over", ()),
        ("request_counts", "empty", "nothing matches request_counts", ("request_count",)),
        ("rate(healthy[5m])", "empty", "nothing matches healthy", ("healthy_total",)),
        ('request_count{app="gateway"}', "empty", "", ('app="api-gateway"',)),
        ('request_count{app="billing"}', "empty", "nothing matches", ()),
        ('request_count{app="api-gateway",namespace="prod"}', "empty", "", ()),
        ('{service="api"}', "empty", "nothing matches", ()),
        ("sum by (app) (old_gauge) / on (app) sum by (app) (request_count)", "stale", "old_gauge had data", ()),
        ("vector(7)", "ok", "", ()),
    ],
)
def test_inputs(prometheus_url: str, query: str, state: str, words: str, hints: tuple[str, ...]) -> None:
    found = checked(prometheus_url, query)
    assert (found.state, found.hints) == (state, hints), found
    assert words in found.problem
    assert (found.problem == "") is (state == "ok")


@pytest.mark.prometheus
def test_good_input_carries_its_value_and_the_time_of_its_newest_sample(prometheus_url: str) -> None:
    found = checked(prometheus_url, 'sum(rate(request_count{app="api-gateway"}[5m]))')
    assert found.value == pytest.approx(5.0, rel=0.01)
    assert found.at is not None
    assert MADE_AT[prometheus_url] - found.at < 60


@pytest.mark.prometheus
def test_working_sets_are_the_hours_highest_by_workload(prometheus_url: str) -> None:
    asked = AsMade(MetricsSettings(url=prometheus_url))
    found = {metric.key: metric.value for metric in memory.working_sets(asked, asked.now)}
    auth = working_set_key(Ref("Deployment", "production", "auth-service"), "auth-container")
    db = working_set_key(Ref("StatefulSet", "production", "db"), "db")
    assert found == {auth: 950.0 * MEBI, db: 64.0 * MEBI}


@pytest.mark.prometheus
def test_owner_that_is_known_goes_before_the_pods_name(prometheus_url: str) -> None:
    def owner(namespace: str, pod: str) -> Ref | None:
        return Ref("Rollout", namespace, "auth") if pod.endswith("m8n7b") else None

    asked = AsMade(MetricsSettings(url=prometheus_url))
    found = {metric.key: metric.value for metric in memory.working_sets(asked, asked.now, owner)}
    assert found["working_set/Rollout/production/auth/auth-container"] == 900.0 * MEBI
    assert found["working_set/Deployment/production/auth-service/auth-container"] == 950.0 * MEBI


def test_working_sets_that_are_refused_or_make_no_sense_are_unknown(faulty: Faulty) -> None:
    asked = Prometheus(faulty.settings())
    faulty.answers('{"error": "no"}', 422)
    assert memory.working_sets(asked, 0.0) == []
    series = '{"metric": {"namespace": "n", "pod": "p", "container": "c"}, "value": [1, "NaN"]}'
    series += ', {"metric": {}, "value": [1, "2"]}'
    faulty.answers('{"data": {"result": [' + series + "]}}")
    assert memory.working_sets(asked, 0.0) == []


@pytest.mark.parametrize(
    ("pod", "owner"),
    [
        ("api-gateway-7f8d9b6c5-2v4x1", "Deployment/n/api-gateway"),
        ("api-gateway-bcdfghjkl-zvwxz", "Deployment/n/api-gateway"),
        ("node-exporter-x2z4b", "DaemonSet/n/node-exporter"),
        ("db-0", "StatefulSet/n/db"),
        ("db-1234", "StatefulSet/n/db"),
        ("backup-28374650-x2z4b", "CronJob/n/backup"),
        ("bare", "Pod/n/bare"),
        ("two-words", "Pod/n/two-words"),
        ("aura-optimizer-v2-rt45g", "DaemonSet/n/aura-optimizer-v2"),
    ],
)
def test_owner_that_a_pods_name_tells(pod: str, owner: str) -> None:
    found = memory.owner_by_name("n", pod)
    assert f"{found.kind}/{found.namespace}/{found.name}" == owner
