"""Where things are in the Kubernetes API: request paths from names, and names from request paths. Pure."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

API_KINDS: dict[str, tuple[str, str, str]] = {
    "Pod": ("", "v1", "pods"),
    "Node": ("", "v1", "nodes"),
    "Event": ("", "v1", "events"),
    "Namespace": ("", "v1", "namespaces"),
    "Service": ("", "v1", "services"),
    "ConfigMap": ("", "v1", "configmaps"),
    "Secret": ("", "v1", "secrets"),
    "ServiceAccount": ("", "v1", "serviceaccounts"),
    "PersistentVolumeClaim": ("", "v1", "persistentvolumeclaims"),
    "ReplicationController": ("", "v1", "replicationcontrollers"),
    "ResourceQuota": ("", "v1", "resourcequotas"),
    "LimitRange": ("", "v1", "limitranges"),
    "Deployment": ("apps", "v1", "deployments"),
    "StatefulSet": ("apps", "v1", "statefulsets"),
    "DaemonSet": ("apps", "v1", "daemonsets"),
    "ReplicaSet": ("apps", "v1", "replicasets"),
    "ControllerRevision": ("apps", "v1", "controllerrevisions"),
    "Job": ("batch", "v1", "jobs"),
    "CronJob": ("batch", "v1", "cronjobs"),
    "HorizontalPodAutoscaler": ("autoscaling", "v2", "horizontalpodautoscalers"),
    "PodDisruptionBudget": ("policy", "v1", "poddisruptionbudgets"),
    "Role": ("rbac.authorization.k8s.io", "v1", "roles"),
    "RoleBinding": ("rbac.authorization.k8s.io", "v1", "rolebindings"),
    "ClusterRole": ("rbac.authorization.k8s.io", "v1", "clusterroles"),
    "ClusterRoleBinding": ("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
    "ValidatingAdmissionPolicy": ("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies"),
    "ValidatingAdmissionPolicyBinding": ("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings"),
    "ValidatingWebhookConfiguration": ("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations"),
    "MutatingWebhookConfiguration": ("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations"),
}
"""Group, version and plural of the kinds that the console has to do with."""


class ApiPath(NamedTuple):
    """What a request path names. Empty parts are not there."""

    group: str
    version: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def words(self) -> str:
        """``deployments.apps/scale``, as RBAC writes it."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{resource}/{self.subresource}" if self.subresource else resource


def collection(group: str, version: str, plural: str, namespace: str = "") -> str:
    """Return the path of a resource's collection, in one namespace or in all."""
    root = f"/apis/{quote(group, safe='')}/{version}" if group else f"/api/{version}"
    return f"{root}/namespaces/{quote(namespace, safe='')}/{plural}" if namespace else f"{root}/{plural}"


def item(group: str, version: str, plural: str, namespace: str, name: str, *, subresource: str = "") -> str:
    """Return the path of one object or of a subresource of it."""
    path = f"{collection(group, version, plural, namespace)}/{quote(name, safe='')}"
    return f"{path}/{subresource}" if subresource else path


def of_kind(kind: str, namespace: str, name: str, subresource: str = "") -> str:
    """Return the path of one object by its kind.

    Raises:
        KeyError: the kind is not one of :data:`API_KINDS`.
    """
    group, version, plural = API_KINDS[kind]
    return item(group, version, plural, namespace, name, subresource=subresource)


def parse(path: str) -> ApiPath | None:
    """Return what ``path`` (no query, below the server's base) names; ``None`` where it is no resource's path."""
    parts = [unquote(part) for part in path.split("/")[1:]]
    if parts[:1] == ["api"] and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    name = rest[1] if len(rest) > 1 else ""
    return ApiPath(group, version, rest[0], namespace, name, "/".join(rest[2:]))


def verb(method: str, target: ApiPath | None, *, watching: bool = False) -> str:
    """Return the RBAC verb of a request, such as ``list`` for a GET of a collection."""
    if method == "GET":
        if target is None or target.name:
            return "get"
        return "watch" if watching else "list"
    if method == "DELETE":
        return "delete" if target is None or target.name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, method.lower())
