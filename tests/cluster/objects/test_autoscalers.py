"""VPA and KEDA objects: read where the cluster has them, calm where not, shown with what they recommend."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster import connect
from opsconsole.cluster.feeds.watching.optional import OptionalReflector
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.objects.resources import AUTOSCALERS
from opsconsole.governor.observed.attribution import author
from opsconsole.governor.observed.fields import diff
from opsconsole.records import Autoscaler, Kind, State
from opsconsole.settings import ClusterSettings
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer
from tests.cluster.helpers import RecordingSink
from tests.testbed.cluster import TestCluster
from tests.testbed.custom_kinds import custom_kind

VPA, SCALED = AUTOSCALERS
CLOCK = SystemClock()


def decoded(resource, *objects: dict[str, object]) -> list[Autoscaler]:
    body = {"metadata": {"resourceVersion": "1"}, "items": list(objects)}
    page = Codec(resource).page(json.dumps(body).encode())
    assert page.skipped == 0
    return [each for each in page.records if isinstance(each, Autoscaler)]


def vpa(**more: object) -> dict[str, object]:
    advice = {"containerName": "app", "target": {"cpu": "100m", "memory": "64Mi"}, "lowerBound": {"memory": "50Mi"}}
    return {
        "metadata": {"name": "web", "namespace": "shop", "managedFields": [{"manager": "aura", "operation": "Update"}]},
        "spec": {"targetRef": {"kind": "Deployment", "name": "web"}, "updatePolicy": {"updateMode": "Recreate"}},
        "status": {"recommendation": {"containerRecommendations": [advice]}},
    } | more


def test_a_vpa_with_what_it_recommends() -> None:
    (found,) = decoded(VPA, vpa())
    assert (found.mode, str(found.target), found.key) == (
        "Recreate", "Deployment/web -n shop", "VerticalPodAutoscaler/shop/web",
    )  # fmt: skip
    (advice,) = found.advice
    assert (advice.container, advice.cpu, advice.memory, advice.least_memory, advice.most_memory) == (
        "app", 0.1, 64 << 20, 50 << 20, None,
    )  # fmt: skip


@pytest.mark.parametrize("more", [{"spec": {}}, {"status": {}}, {"status": {"recommendation": None}}])
def test_a_vpa_that_says_little_is_read(more: dict[str, object]) -> None:
    assert len(decoded(VPA, vpa(**more))) == 1


def scaled(**annotations: str) -> dict[str, object]:
    return {
        "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
        "spec": {"scaleTargetRef": {"name": "web"}, "minReplicaCount": 2, "triggers": [{"type": "kafka"}]},
    }


def test_a_scaled_object_with_kedas_own_defaults() -> None:
    (found,) = decoded(SCALED, scaled())
    assert (found.minimum, found.maximum, found.metric, found.mode) == (2, 100, "kafka", "")
    assert str(found.target) == "Deployment/web -n shop"


def test_a_scaled_object_that_is_paused() -> None:
    (found,) = decoded(SCALED, scaled(**{"autoscaling.keda.sh/paused-replicas": "0"}))
    assert found.mode == "paused"


def test_bounds_and_mode_are_changes_and_a_new_recommendation_is_none() -> None:
    (before,) = decoded(VPA, vpa())
    off = vpa(spec={"targetRef": {"kind": "Deployment", "name": "web"}, "updatePolicy": {"updateMode": "Off"}})
    (after,) = decoded(VPA, off)
    assert [(each.path, each.before, each.after) for each in diff(before, after)] == [("mode", "Recreate", "Off")]
    (other,) = decoded(VPA, vpa(status={}))
    assert diff(before, other) == ()
    assert author(before, after, scaled=False).manager == ""


REVIEWED = {"api-approved.kubernetes.io": "https://github.com/kubernetes/kubernetes/pull/63797"}
"""Without it the API server serves nothing under a group of Kubernetes' own."""
SERVED = {
    "group": "autoscaling.k8s.io",
    "names": {"plural": "verticalpodautoscalers", "kind": "VerticalPodAutoscaler"},
    "scope": "Namespaced",
    "versions": [{
        "name": "v1", "served": True, "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }],
}  # fmt: skip


@pytest.fixture
def with_vpa(cluster: TestCluster) -> Iterator[str]:
    with custom_kind(cluster.api, SERVED, REVIEWED) as path:
        yield path


def reflector(cluster: TestCluster, namespace: str, user: str = "") -> OptionalReflector:
    file = cluster.kubeconfig_for_user(user) if user else cluster.admin_kubeconfig
    connection = connect(ClusterSettings(kubeconfig=str(file)), read_only=True, clock=CLOCK)
    return OptionalReflector(connection, VPA, CLOCK, namespace=namespace)


def test_a_real_vpa_is_seen_and_so_is_who_changes_it(cluster: TestCluster, namespace: str, with_vpa: str) -> None:
    sink, feed = RecordingSink(), reflector(cluster, namespace)
    path = f"{with_vpa}/namespaces/{namespace}/verticalpodautoscalers"
    body = vpa() | {"metadata": {"name": "web"}, "apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler"}
    cluster.api.post(f"{path}?fieldManager=kubectl-create", body)
    feed.start(sink)
    try:
        key = f"VerticalPodAutoscaler/{namespace}/web"
        sink.wait(lambda s: key in s.records[Kind.AUTOSCALER])
        before = sink.records[Kind.AUTOSCALER][key]
        cluster.api.patch(f"{path}/web?fieldManager=aura", {"spec": {"updatePolicy": {"updateMode": "Off"}}})
        sink.wait(lambda s: s.records[Kind.AUTOSCALER][key].mode == "Off")
        assert author(before, sink.records[Kind.AUTOSCALER][key], scaled=False).manager == "aura"
    finally:
        feed.stop()


@pytest.mark.parametrize("user", ["", f"nobody-{secrets.token_hex(2)}"])
def test_a_cluster_without_the_kind_is_calm_for_those_without_rights_too(
    cluster: TestCluster, namespace: str, user: str
) -> None:
    connection_user = reflector(cluster, namespace, user)
    connection_user._resource = SCALED
    sink = RecordingSink()
    connection_user.start(sink)
    try:
        health = sink.wait_state(State.ABSENT)
        assert "has no scaledobjects" in health.detail
    finally:
        connection_user.stop()


def test_nothing_is_asked_about_a_kind_before_the_screen_has_its_pods(faults: FaultServer, connect_to: Connect) -> None:
    painted = threading.Event()
    feed = OptionalReflector(connect_to(faults.url), VPA, CLOCK, after=painted)
    sink = RecordingSink()
    feed.start(sink)
    try:
        time.sleep(0.3)
        assert not faults.asked
        painted.set()
        sink.wait_state(State.ABSENT)
        assert [asked.path for asked in faults.asked] == ["/apis/autoscaling.k8s.io/v1"]
    finally:
        feed.stop()
