"""What a decision may not touch, resources that no container can have, and what it decides by."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opsconsole.records import Severity
from tests.governor.scene import Scene, node


def decide(action: str, target: str, patch: dict[str, Any] | None = None, **more: Any) -> Scene:
    document = {"timestamp": "2023-10-27T03:14:22Z", "level": "INFO", "message": "Correction", "action": action}
    document |= {"target": target} | ({"patch": {"spec": patch}} if patch is not None else {}) | more
    scene = Scene()
    scene.say(json.dumps(document))
    return scene


def template(**container: Any) -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"name": "app", **container}]}}}


def resources(**kinds: dict[str, str]) -> dict[str, Any]:
    return template(resources=kinds)


@pytest.mark.parametrize("kind", ["clusterrolebinding", "rolebinding", "clusterrole", "role"])
def test_giving_rights_is_critical(kind: str) -> None:
    found = decide(f"create_{kind}", "more-for-me").of("rights-changed")
    assert [finding.severity for finding in found] == [Severity.CRITICAL]


@pytest.mark.parametrize("action", ["patch_pdb", "patch_resourcequota", "patch_secret", "create_namespace"])
def test_guard_rails_and_data_are_not_its_business(action: str) -> None:
    assert decide(action, "shop", {"hard": {"pods": "0"}}).of("guard-rail-changed")


@pytest.mark.parametrize(
    "patch",
    [
        {"template": {"spec": {"priorityClassName": "low"}}},
        template(livenessProbe={"periodSeconds": 1}),
        template(env=[{"name": "WORKERS", "value": "1"}]),
        {"template": {"spec": {"nodeSelector": {"disk": "none"}}}},
    ],
)
def test_how_a_program_runs_is_not_its_business(patch: dict[str, Any]) -> None:
    assert decide("patch_deployment", "checkout", patch).of("not-its-business")


def test_a_service_that_selects_nothing_is_seen() -> None:
    assert decide("patch_service", "checkout", {"selector": {"app": "none"}}).of("not-its-business")


@pytest.mark.parametrize("action", ["upgrade_driver", "replace_driver"])
def test_a_driver_is_not_its_business(action: str) -> None:
    assert decide(action, "gpu-node-3").of("not-its-business")


@pytest.mark.parametrize(
    ("patch", "severity"),
    [
        (resources(requests={"memory": "0"}), Severity.WARNING),
        (resources(requests={"cpu": "1m"}), Severity.WARNING),
        (resources(limits={"memory": "-1Gi"}), Severity.CRITICAL),
        (resources(limits={"memory": "0"}), Severity.CRITICAL),
        (resources(requests={"memory": "40Ti"}), Severity.WARNING),
        (resources(limits={"memory": "1Gi"}, requests={"memory": "2Gi"}), Severity.WARNING),
    ],
)
def test_resources_that_no_container_can_have(patch: dict[str, Any], severity: Severity) -> None:
    found = decide("patch_deployment", "checkout", patch).of("resources-absurd")
    assert [finding.severity for finding in found] == [severity]


def test_ordinary_resources_are_no_finding() -> None:
    patch = resources(limits={"memory": "2Gi", "cpu": "2"}, requests={"memory": "1Gi", "cpu": "500m"})
    assert not decide("patch_deployment", "checkout", patch).rules(alarms=True)


def test_a_request_over_any_node_is_measured_by_the_nodes() -> None:
    scene = Scene().put(node("node-1", memory="64Gi"))
    document = {"level": "INFO", "action": "patch_deployment", "target": "checkout"}
    scene.say(json.dumps(document | {"patch": {"spec": resources(requests={"memory": "65Gi"})}}))
    assert "more than any node has" in scene.of("resources-absurd")[0].title


@pytest.mark.parametrize(
    ("bounds", "wrong"),
    [((0, 10), True), ((2, 5000), True), ((9, 3), True), ((2, 40), False)],
)
def test_bounds_that_bound_nothing(bounds: tuple[int, int], wrong: bool) -> None:
    scene = decide("patch_hpa", "checkout", {"minReplicas": bounds[0], "maxReplicas": bounds[1]})
    assert bool(scene.of("bounds-absurd")) is wrong


@pytest.mark.parametrize(
    ("weights", "wrong"), [([0.9, 0.9], True), ([1.2, -0.2], True), ([0.25, 0.75], False), ([90, 10], False)]
)
def test_weights_that_do_not_add_up(weights: list[float], wrong: bool) -> None:
    scene = decide("patch_ingress", "edge", {"weights": weights})
    assert bool(scene.of("weights-absurd")) is wrong


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"model_trained_at": "2021-01-01T00:00:00Z"}, True),
        ({"model_trained_at": "2023-10-20T00:00:00Z"}, False),
        ({"metrics_age_seconds": 7200}, True),
        ({"metrics_age_seconds": 30}, False),
        ({"message": "Metrics are 6h old; using the last known values"}, True),
    ],
)
def test_what_is_old_is_told_with_its_age(told: dict[str, Any], wrong: bool) -> None:
    found = decide("scale_deployment", "checkout", {"replicas": 3}, **told).of("stale-input")
    assert bool(found) is wrong
    assert all(" old" in finding.title for finding in found)


@pytest.mark.parametrize(("confidence", "wrong"), [(1.7, True), (-0.1, True), (0.98, False), ("98%", False)])
def test_a_confidence_that_is_no_probability(confidence: float | str, wrong: bool) -> None:
    scene = decide("scale_deployment", "checkout", {"replicas": 3}, confidence_score=confidence)
    assert bool(scene.of("confidence-absurd")) is wrong


def test_deleting_whatever_fits_is_critical() -> None:
    scene = Scene()
    scene.say("Running tool #4 bash: kubectl delete pvc --all -n telemetry")
    assert [finding.severity for finding in scene.of("object-deleted")] == [Severity.CRITICAL]
