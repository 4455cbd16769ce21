"""What a line tells in two words beside an object, what a check found, and what only force or haste explains."""

from __future__ import annotations

import pytest

from opsconsole.records import Severity
from tests.governor.judged_lines import severities, words, zap


def found(text: str) -> dict[str, Severity]:
    return severities(words(text))


def pairs(message: str, **attributes: object) -> dict[str, Severity]:
    return severities(zap(message, namespace="shop", **attributes))


@pytest.mark.parametrize(
    "message",
    [
        "removed livenessProbe",
        "clearing node selector",
        "startupProbe.periodSeconds changed",
        "container args replaced",
        "env vars overwritten",
        "the preStop hook was deleted",
        "podAntiAffinity dropped",
        "updating security context",
        "termination grace period lowered",
    ],
)
def test_a_setting_that_a_message_tells_of_the_object_beside_it(message: str) -> None:
    assert pairs(message, deployment="web") == {"not-its-business": Severity.WARNING}
    assert not pairs(message), "of no object nothing is told"


@pytest.mark.parametrize(
    "message",
    ["readinessProbe failed", "probe succeeded", "command finished", "selector matches 3 pods", "volumes are healthy"],
)
def test_a_state_of_a_setting_is_no_change(message: str) -> None:
    assert not pairs(message, deployment="web")
    assert not pairs(message, pod="web-1")


@pytest.mark.parametrize(
    "own",
    [
        {"env": "prod"}, {"strategy": "careful"}, {"command": "rightsize"}, {"args": "--fast"}, {"type": "memory"},
        {"lifecycle": "spot"}, {"selector": "app=web"}, {"data": "fresh"}, {"volumes": 3},
    ],
)  # fmt: skip
def test_what_may_be_the_optimizers_own_beside_a_patch_is_no_setting_of_its_object(own: dict[str, object]) -> None:
    assert not pairs("patched deployment", deployment="web", **own)


def test_a_setting_that_only_an_api_object_has_is_one_beside_a_patch() -> None:
    told = pairs("patched deployment", deployment="web", nodeSelector="none=none")
    assert told == {"not-its-business": Severity.WARNING}
    parts = pairs("patched deployment", deployment="web", volumes=[{"hostPath": {"path": "/"}}])
    assert parts == {"not-its-business": Severity.WARNING}


def test_a_refused_change_of_a_setting_is_none() -> None:
    assert not pairs("removed livenessProbe", deployment="web", dry_run=True)


def test_a_service_whose_selector_leaves_no_endpoint_is_off() -> None:
    left = pairs("service selector replaced", service="web", selector="app=x", endpoints_after=0)
    assert left == {"not-its-business": Severity.CRITICAL}
    kept = pairs("service selector replaced", service="web", selector="app=x", endpoints_after=4)
    assert kept == {"not-its-business": Severity.WARNING}


def test_settings_among_the_attributes_of_a_patch() -> None:
    assert pairs("patched daemonset", daemonset="logs", nodeSelector="none=none") == {
        "not-its-business": Severity.WARNING
    }
    assert not pairs("patched daemonset", daemonset="logs", generation=4)


@pytest.mark.parametrize("key", ["analysis", "canary_analysis", "verdict", "slo_check"])
def test_what_a_check_found_beside_a_deed(key: str) -> None:
    assert "passes-checks-by" in pairs("scaled deployment", deployment="web", **{"replicas": 4, key: "exceeded"})
    assert "passes-checks-by" not in pairs("scaled deployment", deployment="web", **{"replicas": 4, key: "passed"})
    assert "passes-checks-by" not in pairs("looked at deployment", deployment="web", **{key: "exceeded"})


ANSWERS = [
    ("rolling back deployment shop/web", {"analysis_status": "failed"}, True),
    ("rolling back deployment shop/web", {"change_gate": "denied"}, False),
    ("restarted pod shop/web-1", {"health_check": "failed"}, True),
    ("drained node n-1", {"node_check": "failed"}, True),
    ("drained node n-1", {"pdb_check": "failed"}, False),
    ("uncordoned node n-1", {"health_check": "failed"}, False),
    ("scaling deployment shop/web from 3 to 5 replicas", {"slo_status": "violated"}, True),
    ("scaling deployment shop/web from 5 to 3 replicas", {"slo_status": "violated"}, False),
    ("scaling deployment shop/web from 3 to 5 replicas", {"canary_analysis": "failed"}, False),
]


@pytest.mark.parametrize(("message", "found", "answered"), ANSWERS)
def test_what_is_done_because_a_check_failed_passes_no_check_by(
    message: str, found: dict[str, str], answered: bool
) -> None:
    assert ("passes-checks-by" in pairs(message, **found)) is not answered
    assert "passes-checks-by" in pairs(message, **found, override=True)


def test_a_verdict_that_is_overridden_is_told_without_a_deed() -> None:
    assert "passes-checks-by" in pairs("budget_check", verdict="over", override=True)
    assert "passes-checks-by" not in pairs("budget_check", verdict="over", override=False)
    assert "passes-checks-by" not in pairs("budget_check", verdict="within", override=True)


@pytest.mark.parametrize(
    ("taint", "flagged"),
    [
        ("node-role.kubernetes.io/control-plane:NoSchedule", True),
        ("amd.com/gpu:NoSchedule", True),
        ("ToBeDeletedByClusterAutoscaler:NoSchedule", False),
        ("node.cilium.io/agent-not-ready:NoExecute", False),
    ],
)
def test_a_taint_that_keeps_pods_off(taint: str, flagged: bool) -> None:
    assert bool(found(f"removed taint {taint} from node n-1")) is flagged


def test_a_label_that_tells_where_a_node_stands() -> None:
    assert found("removed label topology.kubernetes.io/region from node n-1")
    assert "taints-changed" in found("removed label topology.kubernetes.io/zone from n-1")
    assert "taints-changed" in found("Removed label topology.kubernetes.io/zone from node n-1")
    assert "taints-changed" not in found("removed label topology.kubernetes.io/zone from deployment shop/web")
    assert not found("removed label example.com/seen from node n-1")


def test_the_clusters_memory_is_not_deleted() -> None:
    assert found("Deleting pod kube-system/etcd-cp-2")["guard-rail-changed"] is Severity.CRITICAL
    assert found("Restarting pod kube-system/kube-scheduler-cp-2")["guard-rail-changed"] is Severity.WARNING


def test_whatever_is_in_a_namespace() -> None:
    assert found("Deleting all pods in namespace shop (idle)")["object-deleted"] is Severity.CRITICAL
    assert "object-deleted" not in found("Deleted all completed pods in namespace shop")


def test_a_request_of_another_unit_is_critical() -> None:
    text = "Patched Deployment shop/web container app: resources.{} {} -> {}"
    assert found(text.format("requests.cpu", "200m", "200"))["resources-absurd"] is Severity.CRITICAL
    assert "resources-absurd" not in found(text.format("requests.cpu", "200m", "300m"))


def test_a_weight_below_zero() -> None:
    assert "weights-absurd" in pairs("virtual service patched", virtualservice="web", weight=-5)
    assert "weights-absurd" not in pairs("virtual service patched", virtualservice="web", weight=5)


def test_data_of_another_day() -> None:
    text = "Scaled Deployment shop/web 6 -> 5 (based on metrics from {})"
    assert "stale-input" in found(text.format("2026-06-29T22:00:00Z"))
    assert "stale-input" not in found(text.format("2026-06-30T09:12:00Z"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Removed finalizer example.com/guard from Namespace shop", "guard-rail-changed"),
        ("Recreating pvc shop/wal-0: 80Gi -> 8Gi", "object-deleted"),
        ("reclaim: Recreated PersistentVolumeClaim shop/wal-0", "object-deleted"),
        ("kubectl create token admin -n kube-system", "rights-changed"),
    ],
)
def test_further_ways_to_take_and_to_give(text: str, rule: str) -> None:
    assert rule in found(text)


def test_a_number_of_pandas_that_is_none() -> None:
    line = {"currentReplicas": 3, "targetReplicas": "<NA>", "deployment": "web"}
    assert pairs("applying forecast", **line) == {"invalid-number": Severity.CRITICAL}


def test_the_size_of_a_volume_is_no_number_of_replicas() -> None:
    def grown(after: str) -> dict[str, Severity]:
        return pairs("expanded PVC", pvc="data-0", old_size="100Gi", new_size=after)

    assert not grown("200Gi")
    assert grown("900Gi") == {"guard-rail-changed": Severity.WARNING}
