"""The objects of the Aura night, as its write-up shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.testbed.api import Object

OPTIMIZER = "aura-optimizer-v2"
SERVICE_ACCOUNT = "aura-optimizer"
BINDING = "aura-optimizer-admin-binding"
FINALIZER = "testbed.opsconsole/held"
SERVICES = ("api-gateway", "auth-service", "vector-proxy")

# What the services had before, and what the optimizer cut them to.
_LIMITS = {
    "api-gateway": {"cpu": "2", "memory": "1Gi"},
    "auth-service": {"cpu": "1", "memory": "1000Mi"},
    "vector-proxy": {"cpu": "1", "memory": "512Mi"},
}
CUTS = {
    "api-gateway": {"cpu": "500m", "memory": "128Mi"},
    "auth-service": {"cpu": "100m", "memory": "64Mi"},
}


def services(pool: str) -> list[Object]:
    """Return the services' Deployments; the Java one wants nodes of ``pool``, which the optimizer taints."""
    made = [_service(name) for name in SERVICES]
    java = made[SERVICES.index("auth-service")]["spec"]
    java["template"]["spec"]["nodeSelector"] = {"pool": pool}
    # Its one pod goes before the next one comes: that one finds no node, and nobody can log in.
    java["strategy"] = {"type": "Recreate"}
    return made


def _service(name: str) -> Object:
    container = {
        "name": container_of(name),
        "image": f"internal-registry.corp/{name}:1.25.2",
        "resources": {"limits": _LIMITS[name], "requests": {"cpu": "100m", "memory": "64Mi"}},
        "ports": [{"containerPort": 8080, "name": "http"}],
    }
    return _deployment(name, {"app": name}, {"containers": [container], "terminationGracePeriodSeconds": 1})


def container_of(service: str) -> str:
    """Return the name of a service's container, such as ``auth-container``."""
    return f"{service.partition('-')[0]}-container"


def optimizer() -> Object:
    """Return the optimizer's Deployment: all rights, eight times the memory of its victims, and a sidecar."""
    main = {
        "name": "optimizer",
        "image": "internal-registry.corp/aura/optimizer:v2.0.4-final-final-v3",
        "env": [
            {"name": "AUTONOMY_LEVEL", "value": "MAXIMUM"},
            {"name": "PROMETHEUS_URL", "value": "http://prometheus-k8s.monitoring.svc:9090"},
        ],
        "resources": {"limits": {"cpu": "4", "memory": "8Gi"}},
    }
    sidecar = {
        "name": "decision-log",
        "image": "internal-registry.corp/aura/decision-log:latest",
        "args": ["/var/log/aura/optimizer.log"],
    }
    spec: Object = {
        "serviceAccountName": SERVICE_ACCOUNT,
        "containers": [main, sidecar],
        "terminationGracePeriodSeconds": 1,
    }
    return _deployment(OPTIMIZER, {"app": "aura-optimizer"}, spec)


def _deployment(name: str, labels: dict[str, str], spec: Object) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def admin_binding(name: str, namespace: str) -> Object:
    """Return the binding of the optimizer's service account to cluster-admin."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": SERVICE_ACCOUNT, "namespace": namespace}],
    }


def limits_patch(container: str, limits: dict[str, str]) -> Object:
    """Return the strategic patch that cuts one container's limits, as the optimizer's log shows it."""
    containers = [{"name": container, "resources": {"limits": limits}}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}


def decision(target: str, container: str, limits: dict[str, str], at: str) -> Object:
    """Return one decision as the optimizer's sidecar logs it; ``at`` is its time, RFC 3339."""
    return {
        "timestamp": at,
        "level": "INFO",
        "module": "aura.optimizer.engine",
        "message": "Detected low-value traffic pattern. Reducing resource allocation for namespace: production.",
        "confidence_score": 0.982,
        "action": "patch_deployment",
        "target": target,
        "patch": limits_patch(container, limits),
    }


def plain_lines(at: str) -> list[str]:
    """Return the optimizer's other format: text, of which some goes wrong; ``at`` is ``YYYY-MM-DD HH:MM:SS``."""
    return [
        f"[{at}] ERROR: Metric 'request_count{{service=\"api\"}}' returned no data.",
        f"[{at}] WARNING: Target service 'api' appears inactive. Reallocating resources.",
        f"[{at}] ERROR: Failed to patch deployment 'auth-service': 409 Conflict",
        f"[{at}] INFO: Retrying patch with aggressive backoff... (Just kidding, it didn't back off)",
    ]
