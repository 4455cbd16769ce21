"""Pods that the API server refuses after a restore: its reason is shown, and nothing is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.records import Outcome, Ref
from opsconsole.settings import ClusterSettings
from opsconsole.switches.restore.plan import Goal
from opsconsole.switches.restore.proofs import Restoration, pods
from opsconsole.switches.restore.refusals import refusal
from opsconsole.switches.restore.switch import read
from tests.support.waiting import eventually
from tests.testbed import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.records import Proof
    from tests.testbed.cluster import TestCluster


def test_the_reason_of_a_quota_that_refuses_the_new_pods_is_shown(cluster: TestCluster, namespace: str) -> None:
    core = f"/api/v1/namespaces/{namespace}"
    cluster.api.post(f"{core}/resourcequotas", {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})
    eventually(lambda: cluster.api.get(f"{core}/resourcequotas/none").get("status", {}).get("hard"), "it is counted")
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.post(path, objects.deployment("web"))
    about = Ref("Deployment", namespace, "web")

    def refused() -> Proof | None:
        proof = pods(about, cluster.api.get(f"{path}/web"))
        return proof if "refuses" in proof.detail else None

    proof = eventually(refused, "the controller notes why")
    assert proof is not None
    assert proof.holds is None
    assert "exceeded quota: none" in proof.detail


QUOTA = "exceeded quota: none"
LIMIT = "maximum memory usage per Container is 1Mi"


def refuse(cluster: TestCluster, namespace: str, by: str) -> None:
    """Let the API server refuse every pod of the namespace, by a quota or by a limit."""
    core = f"/api/v1/namespaces/{namespace}"
    if by == QUOTA:
        cluster.api.post(f"{core}/resourcequotas", {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})
        eventually(
            lambda: cluster.api.get(f"{core}/resourcequotas/none").get("status", {}).get("hard"), "it is counted"
        )
    else:
        spec = {"limits": [{"type": "Container", "max": {"memory": "1Mi"}}]}
        cluster.api.post(f"{core}/limitranges", {"metadata": {"name": "small"}, "spec": spec})


@pytest.fixture
def connection(cluster: TestCluster) -> Iterator[Connection]:
    made = Connection(ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)), read_only=True, clock=SystemClock())
    yield made
    made.close()


@pytest.mark.parametrize("by", [QUOTA, LIMIT])
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
def test_why_the_pods_of_any_kind_are_not_made_is_told(
    cluster: TestCluster, namespace: str, connection: Connection, kind: str, by: str
) -> None:
    refuse(cluster, namespace, by)
    body: dict[str, Any] = objects.deployment("web") | {"kind": kind}
    container = body["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"memory": "2Mi"}, "limits": {"memory": "2Mi"}}
    if kind == "StatefulSet":
        body["spec"]["serviceName"] = "web"
    if kind == "DaemonSet":
        body["spec"].pop("replicas", None)
    path = f"/apis/apps/v1/namespaces/{namespace}/{kind.lower()}s"
    cluster.api.post(path, body)
    goal = Goal(Ref(kind, namespace, "web"), ())
    outcome = Outcome("restore", 0.0)

    def told() -> bool:
        watch = Restoration(
            [goal], lambda ref: read(connection, ref), SystemClock(), lambda ref: refusal(connection, ref)
        )
        proofs = next(watch.proofs(outcome, 1.0, 1.0))
        return any(proof.holds is None and by in proof.detail for proof in proofs)

    eventually(told, "the controller's reason is told")
