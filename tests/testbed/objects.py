"""Small Kubernetes objects as dicts, one builder for each kind, and what can be read off them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed.plane.components import MANAGED_LABEL

if TYPE_CHECKING:
    from tests.testbed.api import Object

Labels = dict[str, str]
IMAGE = "registry.example/app:1.0"


def node(name: str, *, cpu: str = "32", memory: str = "128Gi", pods: int = 250, gpus: int = 0) -> Object:
    """Return a node that kwok looks after; ``memory`` and ``cpu`` are Kubernetes quantities."""
    room: dict[str, str] = {"cpu": cpu, "memory": memory, "pods": str(pods), "ephemeral-storage": "200Gi"}
    if gpus:
        room["nvidia.com/gpu"] = str(gpus)
    labels = {
        MANAGED_LABEL: "true",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": "gpu" if gpus else "general",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": room, "capacity": room},
    }


def node_is_ready(item: Object) -> bool:
    """Say whether a node's kubelet reports Ready and the scheduler may use it."""
    conditions = {entry["type"]: entry["status"] for entry in item["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and not item["spec"].get("taints")


def namespace(name: str, labels: dict[str, str] | None = None) -> Object:
    """Return a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


def service_account(name: str) -> Object:
    """Return a service account."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}


def container(name: str = "main", *, image: str = IMAGE, **resources: Object) -> Object:
    """Return a container; ``resources`` are its ``limits`` and ``requests``."""
    return {"name": name, "image": image} | ({"resources": resources} if resources else {})


def pod(
    name: str, *, image: str = IMAGE, labels: Labels | None = None, node: str = "", scheduled: bool = True
) -> Object:
    """Return a small pod with one container, ``main``, that the scheduler places and kwok runs.

    Args:
        name: its name.
        image: what it runs.
        labels: its labels.
        node: where it counts as placed already.
        scheduled: ``False`` for a pod that no scheduler places.
    """
    # No test waits for the grace of a pod that runs; one that nothing runs has the API server's default.
    how: Object = {"terminationGracePeriodSeconds": 1} if scheduled else {"schedulerName": "nobody"}
    spec: Object = how | {"containers": [container(image=image)]} | ({"nodeName": node} if node else {})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def deployment(
    name: str,
    *containers: Object,
    replicas: int | None = 1,
    account: str = "",
    labels: Labels | None = None,
    scheduled: bool = True,
) -> Object:
    """Return a Deployment whose pods carry the label ``app``.

    Args:
        name: its name, and the value of ``app``.
        containers: its containers; without any, ``main``.
        replicas: ``None`` leaves them to the API server.
        account: the ServiceAccount that its pods run as.
        labels: its own labels; ``app`` without any.
        scheduled: ``False`` for pods that no scheduler places.
    """
    app = {"app": name}
    pods: Object = {"containers": list(containers) or [container()]}
    pods |= {"serviceAccountName": account} if account else {}
    pods |= {} if scheduled else {"schedulerName": "nobody"}
    spec: Object = {"selector": {"matchLabels": app}, "template": {"metadata": {"labels": app}, "spec": pods}}
    spec |= {} if replicas is None else {"replicas": replicas}
    metadata = {"name": name, "labels": labels or app}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def pod_is_ready(item: Object) -> bool:
    """Say whether a pod is Ready and not on its way out."""
    conditions = {entry["type"]: entry["status"] for entry in item["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in item["metadata"]
