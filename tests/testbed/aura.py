"""The world of the Aura night: an optimizer with every right, and the services that it is hurting."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.support.waiting import eventually
from tests.testbed import kubelet, objects
from tests.testbed.api import STRATEGIC_PATCH
from tests.testbed.plane.logs import append_log
from tests.testbed.population import aura_objects as made

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.api import Api, Object
    from tests.testbed.cluster import TestCluster

_HOUR = 3600.0
# Its Python client's name for itself, which becomes the field manager of its writes.
_OPTIMIZER_AGENT = "OpenAPI-Generator/37.0.2/python"


@dataclass(frozen=True, slots=True)
class AuraWorld:
    """Names in the world that was made; the optimizer's pod is the one of that moment."""

    production: str
    ops: str
    optimizer: str
    service_account: str
    binding: str
    tainted_node: str
    optimizer_pod: str
    optimizer_log: Path
    sidecar_log: Path

    def remove(self, cluster: TestCluster) -> None:
        """Delete it all, finalizers or not; what a test has deleted already is no error."""
        for path in (
            f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{self.binding}",
            f"/api/v1/nodes/{self.tainted_node}",
        ):
            cluster.api.remove(path)
        cluster.remove_namespaces(self.production, self.ops)


def make_aura_world(cluster: TestCluster, *, suffix: str = "", night: bool = True) -> AuraWorld:
    """Make the world and return its names.

    ``suffix`` is appended to the names that are unique in a cluster (namespaces, the binding, a node), so that
    a cluster can hold several. Without ``night`` all is well yet: the optimizer has done nothing.
    """
    production, ops = f"production{suffix}", f"ops-tools{suffix}"
    node, binding = f"node-jvm{suffix}", f"{made.BINDING}{suffix}"
    cluster.create_namespaces([production, ops])
    _create_cluster_wide(cluster.api, ops, node, binding, suffix)
    pod = _create_workloads(cluster, production, ops, suffix)
    world = AuraWorld(
        production=production,
        ops=ops,
        optimizer=made.OPTIMIZER,
        service_account=made.SERVICE_ACCOUNT,
        binding=binding,
        tainted_node=node,
        optimizer_pod=pod,
        optimizer_log=cluster.log_file(ops, pod, "optimizer"),
        sidecar_log=cluster.log_file(ops, pod, "decision-log"),
    )
    make_older(cluster, ops, pod, 48 * _HOUR)
    if night:
        let_it_optimize(cluster, world)
    return world


def _create_cluster_wide(api: Api, ops: str, node: str, binding: str, suffix: str) -> None:
    jvm = objects.node(node)
    jvm["metadata"]["labels"]["pool"] = f"jvm{suffix}"
    api.post("/api/v1/nodes", jvm)
    eventually(lambda: objects.node_is_ready(api.get(f"/api/v1/nodes/{node}")), f"{node} is ready")
    api.post(f"/api/v1/namespaces/{ops}/serviceaccounts", objects.service_account(made.SERVICE_ACCOUNT))
    api.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", made.admin_binding(binding, ops))


def _create_workloads(cluster: TestCluster, production: str, ops: str, suffix: str) -> str:
    deployments = "/apis/apps/v1/namespaces/{}/deployments"
    for body in made.services(f"jvm{suffix}"):
        cluster.api.post(deployments.format(production), body)
    cluster.api.post(deployments.format(ops), made.optimizer())
    for name in made.SERVICES:
        cluster.wait_for_pods(production, f"app={name}", 1)
    (pod,) = cluster.wait_for_pods(ops, "app=aura-optimizer", 1)
    return str(pod["metadata"]["name"])


def let_it_optimize(cluster: TestCluster, world: AuraWorld) -> None:
    """Do, as the optimizer and with its rights, what it did that night; then what came of it, as kubelets do."""
    api, production = cluster.api, world.production
    _let_a_second_pass(api, production)
    its_own = cluster.service_account_api(world.ops, world.service_account, user_agent=_OPTIMIZER_AGENT)
    taints = {"spec": {"taints": [{"key": "aura.ai/isolated", "value": "true", "effect": "NoSchedule"}]}}
    its_own.patch(f"/api/v1/nodes/{world.tainted_node}", taints)
    for name, limits in made.CUTS.items():
        patch = made.limits_patch(made.container_of(name), limits)
        its_own.patch(f"/apis/apps/v1/namespaces/{production}/deployments/{name}", patch, STRATEGIC_PATCH)
    its_own.close()
    log_decisions(world)
    (gateway,) = _pods_with_limit(cluster, production, "api-gateway")
    (proxy,) = cluster.wait_for_pods(production, "app=vector-proxy", 1)
    _hold_back(api, production, gateway)
    (other,) = cluster.wait_for_pods(production, "app=api-gateway", 1)
    kubelet.end_container(api, production, other["metadata"]["name"], kubelet.Death("OOMKilled", 137, 5))
    kubelet.end_container(api, production, proxy["metadata"]["name"], kubelet.Death("Error", 1, 12))
    make_older(cluster, production, other["metadata"]["name"], 120)
    make_older(cluster, production, proxy["metadata"]["name"], 300)


def _let_a_second_pass(api: Api, namespace: str) -> None:
    """Wait until what is made now is younger than every revision by more than the whole second that each is dated by.

    Else it can't be told which revision was there before the optimizer's first word, however fast the machine is.
    """
    revisions = api.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets")["items"]
    newest = max(dt.datetime.fromisoformat(each["metadata"]["creationTimestamp"]) for each in revisions)
    eventually(lambda: dt.datetime.now(dt.UTC) > newest + dt.timedelta(seconds=2), "the revisions are older")


def log_decisions(world: AuraWorld) -> None:
    """Append to the optimizer's logs what it says of its cuts: text in its own, JSON over many lines beside it."""
    moment = dt.datetime.now(dt.UTC)
    at = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    for target, limits in made.CUTS.items():
        record = made.decision(target, made.container_of(target), limits, at)
        append_log(world.sidecar_log, json.dumps(record, indent=2))
    for line in made.plain_lines(f"{moment:%Y-%m-%d %H:%M:%S}"):
        append_log(world.optimizer_log, line)


def _pods_with_limit(cluster: TestCluster, namespace: str, app: str) -> list[str]:
    found: list[str] = []

    def settled() -> bool:
        pods = cluster.pods(namespace, f"app={app}")
        found[:] = [
            pod["metadata"]["name"]
            for pod in pods
            if objects.pod_is_ready(pod) and pod["spec"]["containers"][0]["resources"]["limits"] == made.CUTS[app]
        ]
        return len(pods) == len(found) == 1

    eventually(settled, f"{app} runs with its new limits")
    return found


def _hold_back(api: Api, namespace: str, pod: str) -> None:
    # A finalizer that nobody clears keeps a deleted pod in Terminating for as long as a test wants.
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}"
    api.patch(path, {"metadata": {"finalizers": [made.FINALIZER]}})
    api.delete(path)
    kubelet.set_ready(api, namespace, pod, ready=False)


def make_older(cluster: TestCluster, namespace: str, pod: str, seconds: float) -> Object:
    """Rewrite a pod so that it was created, and its containers started, ``seconds`` ago; return it.

    The API keeps a creation time whatever it is sent, hence by etcd; same UID, and its watchers see a change.
    """
    item = cluster.api.get(f"/api/v1/namespaces/{namespace}/pods/{pod}")
    then = kubelet.now(seconds)
    item["metadata"]["creationTimestamp"] = then
    item["status"]["startTime"] = then
    for status in item["status"].get("containerStatuses", ()):
        for state in status.get("state", {}).values():
            if "startedAt" in state and "finishedAt" not in state:
                state["startedAt"] = then
    cluster.store.put_object(f"/registry/pods/{namespace}/{pod}", item)
    return item


def follow(cluster: TestCluster, world: AuraWorld) -> AuraWorld:
    """Return the world with the optimizer's pod of now, and its log files: a Deployment makes it anew."""
    alive = [pod for pod in cluster.pods(world.ops, "app=aura-optimizer") if objects.pod_is_ready(pod)]
    if not alive or alive[0]["metadata"]["name"] == world.optimizer_pod:
        return world
    pod = str(alive[0]["metadata"]["name"])
    return replace(
        world,
        optimizer_pod=pod,
        optimizer_log=cluster.log_file(world.ops, pod, "optimizer"),
        sidecar_log=cluster.log_file(world.ops, pod, "decision-log"),
    )
