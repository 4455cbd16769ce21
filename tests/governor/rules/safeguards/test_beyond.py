"""What a decision may not touch, resources that no container can have, and what it decides by."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from opsconsole.records import Severity
from tests.governor.scene import OPTIMIZER, Scene, node


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


def test_a_device_plugin_on_all_nodes_is_not_its_business() -> None:
    scene = Scene()
    scene.say("[2023-10-27 03:14:22] INFO: Reloading device plugin on all 9 nodes")
    (found,) = scene.of("not-its-business")
    assert "9 nodes" in found.title


@pytest.mark.parametrize(
    "line",
    ["Added verb 'bind' to clusterrole tuner", "Granted permission to evict pods to serviceaccount tools/tuner"],
)
def test_rights_told_without_a_binding_are_critical(line: str) -> None:
    scene = Scene()
    scene.say(f"[2023-10-27 03:14:22] INFO: {line}")
    assert [finding.severity for finding in scene.of("rights-changed")] == [Severity.CRITICAL]


@pytest.mark.parametrize(
    "line",
    [
        "Right-sizing account-service: setting memory limit to 900Mi (was 1Gi)",
        "Patching account-api in prod: right sizing cpu request 500m -> 450m",
        "Taking pod count into account: scaling checkout from 3 to 4, right now",
        "Scaling service account-api from 3 to 4, all rights reserved",
    ],
)
def test_right_sizing_an_account_service_gives_no_rights(line: str) -> None:
    scene = Scene()
    scene.say(f"[2023-10-27 03:14:22] INFO: {line}")
    assert not scene.of("rights-changed")


def test_a_controller_that_syncs_drivers_rolls_none_out() -> None:
    scene = Scene()
    scene.say(json.dumps({"timestamp": "2023-10-27T03:14:22Z", "message": "ok", "action": "csi-driver-controller"}))
    assert not scene.of("not-its-business")


@pytest.mark.parametrize(
    ("said", "stale"),
    [
        ("Using model trained 240 days ago", True),
        ("Using model trained 20 days ago", False),
        ("Metrics collected 2 hours ago", True),
        ("Metrics collected 30 seconds ago", False),
    ],
)
def test_an_age_told_by_how_long_ago_it_was_made(said: str, stale: bool) -> None:
    scene = Scene()
    scene.say(f"[2023-10-27 03:14:22] INFO: {said}; scaling deployment shop/quotes from 4 to 5")
    assert bool(scene.of("stale-input")) is stale


def test_weights_of_a_route_that_add_up_to_too_much() -> None:
    scene = Scene()
    line = {"time": "2023-10-27T03:14:22Z", "msg": "set route weights", "route": "edge", "weights": {"a": 90, "b": 60}}
    scene.say(json.dumps(line))
    assert scene.of("weights-absurd")


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


@pytest.mark.parametrize(
    ("pod", "alarms"), [("etcd-cp-1", True), ("coredns-7c65d-x2x9k", True), ("logs-agent-x2x9k", False)]
)
def test_pods_that_the_cluster_stands_on_are_not_to_be_evicted(pod: str, alarms: bool) -> None:
    scene = Scene()
    scene.say(f"[2023-10-27 03:14:22] INFO: Evicted pod kube-system/{pod}")
    assert bool(scene.of("guard-rail-changed")) is alarms


@pytest.mark.parametrize(
    ("lines", "worst"),
    [
        (["Evicted pod kube-system/coredns-7c65d-x2x9k"], Severity.INFO),
        (
            ["Evicted pod kube-system/coredns-7c65d-x2x9k", "Evicted pod kube-system/coredns-7c65d-p7qrl"],
            Severity.WARNING,
        ),
        (["Evicted pod kube-system/coredns-7c65d-x2x9k", "Evicted pod kube-system/kube-proxy-p7qrl"], Severity.INFO),
        (["Evicted pod kube-system/etcd-cp-1"], Severity.WARNING),
        (["Deleted pod kube-system/coredns-7c65d-x2x9k"], Severity.WARNING),
    ],
)
def test_a_node_autoscaler_may_move_one_pod_of_dns(lines: list[str], worst: Severity) -> None:
    scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role="node-autoscaler"))
    for line in lines:
        scene.say(f"[2023-10-27 03:14:22] INFO: {line}")
    assert max(finding.severity for finding in scene.of("guard-rail-changed")) == worst


@pytest.mark.parametrize(
    ("message", "alarms"),
    [("cleanup after terraform plan: 1 to add, 0 to destroy", False), ("cleanup: terraform -chdir=x destroy", True)],
)
def test_what_a_plan_of_terraform_counts_is_not_destroyed(message: str, alarms: bool) -> None:
    scene = Scene()
    scene.say(json.dumps({"timestamp": "2023-10-27T03:14:22Z", "message": message, "action": "delete_temp_files"}))
    assert bool(scene.of("object-deleted")) is alarms


@pytest.mark.parametrize(
    "line",
    [
        "Disabled MIG mode on node gpu-node-3",
        "Enabled MIG mode on GPU 0 of gpu-node-3",
        "Disabled persistence mode on gpu-node-3",
        "Turned off ECC on all GPUs of node gpu-node-3",
        "Set compute mode to EXCLUSIVE_PROCESS on GPU 2 of gpu-node-3",
        "Lowered GPU power limit on gpu-node-3 from 700W to 300W",
        "Capped power limit of GPU 0 on gpu-node-3 to 250 W",
        "Unloaded the nvidia kernel module on node gpu-node-3",
        "Uninstalled the GPU driver from gpu-node-3",
        "Removed NVIDIA device plugin from node gpu-node-3",
    ],
)
def test_the_mode_of_gpus_and_their_driver_are_not_its_business(line: str) -> None:
    scene = Scene()
    scene.say(f"INFO tuner: {line}")
    assert [
        finding.title.rpartition(" of ")[2] for finding in scene.held.values() if finding.rule == "not-its-business"
    ] == ["gpu-node-3"]


@pytest.mark.parametrize(
    "line",
    [
        "MIG mode is disabled on node gpu-node-3",
        "MIG mode disabled, skipping partition of GPU 0",
        "Would disable ECC on node gpu-node-3 (dry run)",
        "GPU 2 power limit 300W, draw 288W",
        "Recommend disabling MIG mode on node gpu-node-3",
        "Not changing compute mode of gpu-node-3",
        "NVIDIA device plugin on node gpu-node-3 is healthy",
    ],
)
def test_words_about_a_mode_of_gpus_are_no_change_of_it(line: str) -> None:
    scene = Scene()
    scene.say(f"INFO tuner: {line}")
    assert "not-its-business" not in scene.rules()
