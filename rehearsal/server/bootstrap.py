"""What a fresh control plane has before anybody does anything: namespaces and the default roles."""

from __future__ import annotations

from rehearsal.server.authorization.access import SYSTEM
from rehearsal.server.core import Core
from rehearsal.server.handlers.verbs import Caller
from rehearsal.server.objects.resources import BY_KIND, Object
from rehearsal.server.objects.routes import Route

_CALLER = Caller(SYSTEM, "kube-apiserver")
_LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
_READ, _CHANGE = ["get", "list", "watch"], ["create", "delete", "deletecollection", "patch", "update"]
_WORKLOADS = [
    {
        "apiGroups": [""],
        "resources": [
            "configmaps", "events", "namespaces", "pods", "pods/log", "pods/status", "serviceaccounts", "services",
        ],
    },
    {
        "apiGroups": ["apps"],
        "resources": [
            "daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale",
            "statefulsets", "statefulsets/scale",
        ],
    },
    {"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"]},
    {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"]},
    {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"]},
]  # fmt: skip
_EVERYTHING: list[Object] = [
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
]
_SECRETS: list[Object] = [{"apiGroups": [""], "resources": ["secrets", "pods/eviction"], "verbs": [*_READ, *_CHANGE]}]
_BASIC: list[Object] = [
    {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        "verbs": ["create"],
    },
    {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]},
]
_DISCOVERY: list[Object] = [
    {
        "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/version"],
        "verbs": ["get"],
    }
]
_PUBLIC: list[Object] = [{"nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version"], "verbs": ["get"]}]


def _with_verbs(verbs: list[str]) -> list[Object]:
    return [rule | {"verbs": verbs} for rule in _WORKLOADS]


_ROLES: dict[str, list[Object]] = {
    "cluster-admin": _EVERYTHING,
    "admin": [*_with_verbs([*_READ, *_CHANGE]), *_SECRETS],
    "edit": [*_with_verbs([*_READ, *_CHANGE]), *_SECRETS],
    "view": _with_verbs(_READ),
    "system:basic-user": _BASIC,
    "system:discovery": _DISCOVERY,
    "system:public-info-viewer": _PUBLIC,
}
_BINDINGS = {
    "cluster-admin": "system:masters",
    "system:basic-user": "system:authenticated",
    "system:discovery": "system:authenticated",
    "system:public-info-viewer": "system:unauthenticated",
}
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def bootstrap(core: Core) -> None:
    """Create the namespaces, roles and bindings of a fresh control plane."""
    for name in NAMESPACES:
        make(core, "Namespace", "", {"metadata": {"name": name}})
    for name, rules in _ROLES.items():
        make(core, "ClusterRole", "", {"metadata": {"name": name, "labels": dict(_LABELS)}, "rules": rules})
    for name, group in _BINDINGS.items():
        subject = {"kind": "Group", "name": group, "apiGroup": "rbac.authorization.k8s.io"}
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        binding = {"metadata": {"name": name, "labels": dict(_LABELS)}, "subjects": [subject], "roleRef": ref}
        make(core, "ClusterRoleBinding", "", binding)


def make(core: Core, kind: str, namespace: str, obj: Object, caller: Caller = _CALLER) -> Object:
    """Create one object as the control plane does; a new namespace gets its ``default`` ServiceAccount."""
    made = core.verbs.create(Route(BY_KIND[kind], namespace), obj, caller)
    if kind == "Namespace":
        make(core, "ServiceAccount", made["metadata"]["name"], {"metadata": {"name": "default"}}, caller)
    return made
