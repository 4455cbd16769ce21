"""Targets that are not there, metrics without data, and decisions that rest on them."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.observed.labels import fitting, matchers
from opsconsole.records import Metric, Severity
from tests.governor.scene import START, Scene, deployment, patch, pod

EMPTY = "[2023-10-27 03:14:05] ERROR: Metric 'request_count{service=\"api\"}' returned no data."
INACTIVE = "[2023-10-27 03:14:05] WARNING: Target service 'api' appears inactive. Reallocating resources."


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("auth-service", []),
        ("deployment/auth-service", []),
        ("production/auth-service", []),
        ("auth", ["there is no deployment auth"]),
        ("staging/auth-service", ["there is no deployment auth-service"]),
    ],
)
def test_a_target_that_is_not_there(target, expected):
    scene = Scene().put(deployment(), deployment("web", namespace="shop")).wait(22)
    scene.say(f'{{"action": "patch_deployment", "target": "{target}", "replicas": 4}}')
    assert [finding.title for finding in scene.of("target-missing")] == expected


def test_a_missing_target_names_the_one_that_was_meant():
    scene = Scene().put(deployment("api-gateway"), deployment("web", namespace="shop")).wait(22)
    scene.say('{"action": "scale_deployment", "target": "api", "replicas": 4}')
    assert scene.of("target-missing")[0].detail.endswith("There is api-gateway.")


def test_what_the_console_does_not_see_is_not_said_to_be_missing():
    scene = Scene()
    scene.say(patch())  # no workloads at all: denied, or not read yet
    assert not scene.of("target-missing")
    scene.put(deployment()).wait(22)
    scene.say('{"action": "update", "kind": "ConfigMap", "target": "lb-config", "patch": {"data": {"x": "1"}}}')
    scene.say('{"action": "scale", "kind": "StatefulSet", "target": "db", "replicas": 2}')
    assert not scene.of("target-missing")


def test_with_a_stale_feed_nobody_knows_what_is_missing():
    scene = Scene().put(deployment("web"), deployment("web", namespace="shop")).live("deployments").wait(22)
    scene.say('{"action": "scale_deployment", "target": "gone", "replicas": 2}')
    assert scene.of("target-missing")
    stale = msgspec.structs.replace(scene.store.health["deployments"], state="stale")
    scene.inbox.health(stale)
    scene.pump()
    scene.say('{"action": "scale_deployment", "target": "gone-too", "replicas": 2}')
    assert len(scene.of("target-missing")) == 1


def test_a_container_that_is_not_there():
    scene = Scene().put(deployment(container="app")).wait(22)
    scene.say(patch())
    assert [finding.title for finding in scene.of("target-missing")] == ["auth-service has no container auth-container"]


def test_an_empty_metric_comes_with_the_label_that_fits():
    scene = Scene().put(deployment("api-gateway"), deployment("capital")).wait(5)
    scene.say(EMPTY)
    finding = scene.of("empty-metric")[0]
    assert finding.severity is Severity.WARNING
    assert finding.title == 'its metric request_count{service="api"} has no data; app="api-gateway" would fit'


def test_prometheus_own_hints_are_better_than_ours():
    query = 'request_count{service="api"}'
    metric = Metric(f"input/{query}", "", query, problem="returned no data", state="empty", hints=('app="gw"',))
    scene = Scene().put(deployment("api-gateway"), metric).wait(5)
    scene.say(EMPTY)
    assert 'app="gw" would fit' in scene.of("empty-metric")[0].title


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('request_count{service="api"}', ('app="api-gateway"',)),
        ('up{app="api-gateway"}', ()),  # that label is right: something else is wrong
        ('up{job="auth"}', ('app="auth-service"',)),
        ('up{service="nothing-like-it"}', ()),
        ("up", ()),
        ('x{a="api",b="auth"}', ('app="api-gateway"', 'app="auth-service"')),
    ],
)
def test_labels_that_would_fit(query, expected):
    workloads = [deployment("api-gateway"), deployment("auth-service"), deployment("capital")]
    assert fitting(query, workloads) == expected


def test_matchers_of_a_query():
    assert matchers('sum(rate(x{a="1", b=~"y.*",c!="z"}[5m])) / y') == [("a", "1"), ("b", "y.*")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("empty", 1), ("nan", 1), ("stale", 1), ("failed", 1), ("ok", 0), ("unknown", 0), ("", 0)],
)
def test_an_ill_input_is_flagged_and_a_well_one_is_not(state, expected):
    scene = Scene().put(Metric("input/up", "", "up", state=state, problem="returned no data"))
    assert len(scene.of("input-health")) == expected
    scene.put(Metric("input/up", "", "up", state="ok", value=1.0))
    assert not scene.of("input-health")


def test_only_the_optimizers_queries_are_its_inputs():
    assert not Scene().put(Metric("sli/errors", "", "x", state="empty")).rules()


def test_missing_data_taken_for_idleness():
    scene = Scene()
    scene.say(EMPTY, INACTIVE)
    assert [finding.severity for finding in scene.of("acts-on-no-data")] == [Severity.CRITICAL]


def test_inactive_is_believed_where_no_metric_was_missing():
    scene = Scene()
    scene.say(INACTIVE)
    assert not scene.of("acts-on-no-data")


def test_what_has_ready_pods_is_not_inactive():
    scene = Scene().put(deployment("api"), pod("api-1", deployment("api")))
    scene.say(INACTIVE)
    assert "3 ready pods" in scene.of("acts-on-no-data")[0].title


@pytest.mark.parametrize(("seconds", "flagged"), [(17, True), (60, True), (61, False)])
def test_a_decision_soon_after_missing_data_is_a_guess(seconds, flagged):
    scene = Scene().put(deployment())
    scene.say(EMPTY)
    scene.clock.at = START + 5 + seconds
    stamp = f"2023-10-27T03:{14 + (5 + seconds) // 60:02d}:{(5 + seconds) % 60:02d}Z"
    scene.say(patch("1Gi", "900m", at=stamp))
    assert bool(scene.of("acts-on-no-data")) is flagged
