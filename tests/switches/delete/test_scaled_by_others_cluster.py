"""What scales the optimizer itself: an HPA, KEDA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.switches.conftest import BoardMaker, run
from tests.testbed.custom_kinds import custom_kind

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster
from tests.switches.delete.test_optimizer_cluster import make, selector


@pytest.mark.usefixtures("account")
def test_an_hpa_is_named_and_does_not_bring_it_back(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "aura"}
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }
    hpa = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 9, "metrics": [metric]}
    body = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "aura"},
        "spec": hpa,
    }
    cluster.api.post(f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers", body)
    board = board_for(name)
    plan = board.make_plan("optimizer")
    assert any("HorizontalPodAutoscaler/aura" in words and "0 replicas" in words for words in plan.notes)
    assert run(board, plan).success


@pytest.mark.usefixtures("account")
def test_keda_is_paused_first_and_undo_takes_the_pause_away(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, keda: None
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    scaled = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "aura"}}
    path = f"/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects"
    cluster.api.post(path, scaled | {"spec": {"scaleTargetRef": {"name": "aura"}}})
    board = board_for(name)
    plan = board.make_plan("optimizer")
    changes = [step.target.kind for step in plan.steps if step.effect == "workload.set"]
    assert changes == ["ScaledObject", "Deployment"]
    assert run(board, plan).success
    annotations = cluster.api.get(f"{path}/aura")["metadata"]["annotations"]
    assert annotations["autoscaling.keda.sh/paused-replicas"] == "0"
    assert run(board, board.undo_plan()).success
    left = cluster.api.get(f"{path}/aura")["metadata"].get("annotations") or {}
    assert "autoscaling.keda.sh/paused-replicas" not in left


@pytest.fixture(scope="module")
def keda(cluster: TestCluster) -> Iterator[None]:
    """KEDA's type, without KEDA: what matters is the annotation."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {
        "plural": "scaledobjects",
        "singular": "scaledobject",
        "kind": "ScaledObject",
        "listKind": "ScaledObjectList",
    }
    spec = {"group": "keda.sh", "scope": "Namespaced", "names": names, "versions": [version]}
    with custom_kind(cluster.api, spec):
        yield
