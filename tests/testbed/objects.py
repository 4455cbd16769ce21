"""Small Kubernetes objects as dicts, and what can be read off them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.testbed.components import MANAGED_LABEL

if TYPE_CHECKING:
    from tests.testbed.api import Object


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


def pod(name: str, *, image: str = "registry.example/app:1.0", labels: dict[str, str] | None = None) -> Object:
    """Return a small pod with one container, ``main``, that the scheduler places and kwok runs."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "main", "image": image}],
        },
    }


def pod_is_ready(item: Object) -> bool:
    """Say whether a pod is Ready and not on its way out."""
    conditions = {entry["type"]: entry["status"] for entry in item["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in item["metadata"]
