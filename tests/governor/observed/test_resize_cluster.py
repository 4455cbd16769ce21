"""A resize on a real API server: ``pods/resize``, spec against status, who did it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.settings import ClusterSettings, OptimizerSettings, Settings
from tests.testbed import objects
from tests.testbed.cluster import TestCluster

STRATEGIC = "application/strategic-merge-patch+json"


@pytest.fixture
def core(cluster: TestCluster, namespace: str) -> Iterator[Console]:
    settings = Settings(
        cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig), namespace=namespace),
        optimizer=OptimizerSettings(name=f"{namespace}/aura", managers=("aura-brain",)),
        read_only=True,
    )
    console = build_console(settings, only={"pods", "cluster", "judges", "writers"})
    console.start()
    yield console
    console.stop()


def until(core: Console, what: str, holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 150  # ten thousand pods of a test before may be going still
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}; {core.store.health}"
        core.pump()
        time.sleep(0.05)


def resize(memory: str) -> dict[str, object]:
    lists = {"requests": {"cpu": "100m", "memory": memory}, "limits": {"cpu": "100m", "memory": memory}}
    return {"spec": {"containers": [{"name": "app", "resources": lists}]}}


def test_a_pod_that_is_resized_in_place_is_seen_attributed_and_judged(
    cluster: TestCluster, namespace: str, core: Console
) -> None:
    body = objects.pod("web")
    name = body["spec"]["containers"][0]["name"]
    lists = {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"cpu": "100m", "memory": "512Mi"}}
    body["spec"]["containers"][0]["resources"] = lists
    pods = f"/api/v1/namespaces/{namespace}/pods"
    cluster.api.post(pods, body)
    key = f"{namespace}/web"
    until(core, "the pod runs", lambda: key in core.store.pods and core.store.pods[key].is_ready)
    until(core, "the governor is there", lambda: core.governor is not None)
    core.pump()
    # As a kubelet that can resize tells it; without, the API server refuses to.
    statuses = [each | {"resources": lists} for each in cluster.api.get(f"{pods}/web")["status"]["containerStatuses"]]
    cluster.api.patch(f"{pods}/web/status", {"status": {"containerStatuses": statuses}}, STRATEGIC)
    patch = {"spec": {"containers": [{**resize("64Mi")["spec"]["containers"][0], "name": name}]}}  # type: ignore[index]
    cluster.api.patch(f"{pods}/web/resize?fieldManager=aura-brain", patch, STRATEGIC)

    until(core, "the resize is seen", lambda: any(each.about.kind == "Pod" for each in core.governor.changes))
    change = next(each for each in core.governor.changes if each.about.kind == "Pod")
    assert (change.about.name, change.manager, change.by_optimizer) == ("web", "aura-brain", True)
    assert f"containers[{name}].resources.limits.memory" in {each.path for each in change.fields}
    until(core, "it is an alarm", lambda: any(each.rule == "limit-cut" for each in core.store.findings.values()))
    pod = core.store.pods[key]
    assert [(each.manager, each.subresource) for each in pod.managers] == [("aura-brain", "resize")]
    assert pod.containers[0].resources.memory_limit == 64 << 20
    assert pod.containers[0].actual is not None  # wish and state differ: the node has not done it yet
    assert pod.containers[0].actual.memory_limit == 512 << 20
