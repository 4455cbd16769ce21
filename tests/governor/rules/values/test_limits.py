"""Rules on limits: a table of cases each."""

from __future__ import annotations

import pytest

from opsconsole.governor.observed.cluster_index import working_set_key
from opsconsole.records import ContainerSpec, Metric, Resources, Severity
from opsconsole.settings import GovernorSettings
from tests.governor.scene import START, Scene, deployment, patch

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING


def worst(scene: Scene, rule: str) -> Severity | None:
    found = scene.of(rule)
    return min(found, key=lambda finding: finding.severity.rank).severity if found else None


def announced(before: dict[str, str | None], memory: str, cpu: str, settings: GovernorSettings | None = None) -> Scene:
    scene = Scene(settings).put(deployment(**before)).wait(22)  # type: ignore[arg-type]
    scene.say(patch(memory, cpu))
    return scene


def written(before: dict[str, str | None], after: dict[str, str | None], by: str = "aura-optimizer") -> Scene:
    scene = Scene().put(deployment(**before)).wait(22)  # type: ignore[arg-type]
    return scene.put(deployment(**after, by=(by, scene.clock.at)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("memory", "cpu", "to_memory", "to_cpu", "expected"),
    [
        ("1Gi", "1", "64Mi", "1", CRITICAL),
        ("1Gi", "1", "1Gi", "100m", WARNING),
        ("1000Mi", "1", "800Mi", "1", None),  # exactly 20 % is allowed: "more than 20%"
        ("1000Mi", "1", "799Mi", "1", CRITICAL),
        ("1Gi", "1", "2Gi", "2", None),
        ("1Gi", "1000m", "1Gi", "799m", WARNING),
        ("1Gi", "1", "1073741824", "1.0", None),  # the same in other words
        (None, None, "64Mi", "100m", None),  # there was no limit: nothing is cut
        ("1Gi", "1", "0", "1", CRITICAL),
    ],
)
def test_a_cut_is_judged_by_percent(memory, cpu, to_memory, to_cpu, expected):
    assert worst(announced({"memory": memory, "cpu": cpu}, to_memory, to_cpu), "limit-cut") is expected
    done = written({"memory": memory, "cpu": cpu}, {"memory": to_memory, "cpu": to_cpu})
    assert worst(done, "limit-cut") is expected


def test_the_percentage_is_the_settings():
    before = {"memory": "1000Mi", "cpu": "1"}
    assert not announced(before, "600Mi", "1", GovernorSettings(max_cut_percent=50)).of("limit-cut")
    assert announced(before, "950Mi", "1", GovernorSettings(max_cut_percent=1)).of("limit-cut")


def test_a_cut_says_what_from_and_to():
    finding = announced({"memory": "1Gi", "cpu": "100m"}, "64Mi", "100m").of("limit-cut")[0]
    assert finding.title == "memory limit of auth-service/auth-container cut 94 %: 1Gi → 64Mi"
    assert finding.about is not None
    assert finding.about.key == "production/auth-service"
    assert (finding.switch, finding.decision) == ("revoke", "decisions#1")


@pytest.mark.parametrize("by", ["kubectl-edit", "helm", "argocd-controller"])
def test_a_person_who_cuts_is_not_judged(by):
    assert not written({"memory": "1Gi"}, {"memory": "64Mi"}, by).rules()


def test_a_writer_who_cant_be_told_is_judged():
    scene = written({"memory": "1Gi"}, {"memory": "64Mi"}, "OpenAPI-Generator")
    assert worst(scene, "limit-cut") is CRITICAL
    assert scene.governor.changes[0].by_optimizer is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"memory": "1Gi"}, {"memory": None}, {"limit-removed"}),
        ({"memory": None}, {"memory": None, "replicas": 4}, set()),
        ({"memory": None}, {"memory": "1Gi"}, set()),
        ({"cpu": "1"}, {"cpu": None}, {"limit-removed"}),
    ],
)
def test_a_limit_taken_away_is_no_cut_but_is_flagged(before, after, expected):
    assert written(before, after).rules() & {"limit-removed", "limit-cut"} == expected


def test_a_null_in_a_patch_removes_the_limit():
    scene = Scene().put(deployment()).wait(22)
    scene.say(patch().replace('"64Mi"', "null"))
    assert {"limit-removed", "invalid-number"} <= scene.rules()


@pytest.mark.parametrize(
    ("memory", "expected"), [("64Mi", WARNING), ("128Mi", WARNING), ("129Mi", None), ("0", WARNING), ("8Gi", None)]
)
def test_without_a_cluster_the_floor_decides(memory, expected):
    scene = Scene()
    scene.say(patch(memory))
    assert worst(scene, "limit-floor") is expected
    assert not scene.of("limit-cut")


def test_the_floor_is_silent_where_the_value_before_is_known():
    scene = Scene().put(deployment(memory="70Mi")).wait(22)
    scene.say(patch("64Mi", "1"))
    assert not scene.rules()


def test_an_earlier_decision_tells_the_value_before():
    scene = Scene()
    scene.say(patch("1Gi", "1"), patch("64Mi", "1"))
    assert worst(scene, "limit-cut") is CRITICAL
    assert not scene.of("limit-floor")


@pytest.mark.parametrize(
    ("used", "memory", "expected"),
    [
        (900.0 * 2**20, "896Mi", CRITICAL),
        (900.0 * 2**20, "900Mi", None),
        (900.0 * 2**20, "1Gi", None),
        (None, "896Mi", None),  # Prometheus says nothing: unknown, no alarm
    ],
)
def test_a_limit_under_the_working_set_will_oom(used, memory, expected):
    metric = Metric(working_set_key(deployment().ref, "auth-container"), "", "", used, "B", START)
    scene = Scene().put(deployment(), metric).wait(22)
    scene.say(patch(memory, "1"))
    assert worst(scene, "will-oom") is expected
    assert scene.rules() == ({"will-oom"} if expected else set())


def test_a_patch_by_position_is_understood():
    scene = Scene().put(deployment()).wait(22)
    scene.say(
        '{"action": "patch_deployment", "target": "auth-service", "patch": [{"op": "replace", '
        '"path": "/spec/template/spec/containers/0/resources/limits/memory", "value": "64Mi"}]}'
    )
    assert worst(scene, "limit-cut") is CRITICAL


def test_words_without_a_container_mean_the_only_one():
    scene = Scene().put(deployment()).wait(22)
    scene.say("[2023-10-27 03:14:22] INFO: Patching deployment 'auth-service' memory limit to 64Mi")
    assert worst(scene, "limit-cut") is CRITICAL


def test_an_added_container_is_no_cut():
    scene = Scene().put(deployment()).wait(1)
    more = (*deployment().containers, ContainerSpec("sidecar", "proxy", resources=Resources(memory_limit=2.0**26)))
    scene.put(deployment(containers=more, by=("aura-optimizer", scene.clock.at)))
    assert not scene.of("limit-cut")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("INFO resized deployment cart: memory 4Gi -> 256Mi", CRITICAL),
        ("INFO resized deployment cart: cpu 4 -> 300m", WARNING),
        ("INFO resized deployment cart: memory 4Gi -> 3800Mi", None),
        ("INFO resized deployment cart: memory request 4Gi -> 256Mi", None),
    ],
)
def test_a_cut_of_which_nobody_says_limit_or_request_is_taken_at_its_worst(line, expected):
    scene = Scene()
    scene.say(line)
    assert worst(scene, "limit-cut") == expected
