"""Which rights each pane and each switch needs, as RBAC names them. ``opsconsole check`` asks for them."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.cluster.questions.reviews import Access

_CLUSTER_WIDE = frozenset({"nodes", "clusterroles", "clusterrolebindings", "subjectaccessreviews"})


class Right(NamedTuple):
    """One right: ``verb`` on ``resource`` (``pods/log``) of an API group; ``""`` is the core group."""

    verb: str
    resource: str
    group: str = ""

    @property
    def words(self) -> str:
        """``list pods``, ``patch deployments/scale``."""
        return f"{self.verb} {self.resource}"

    def access(self, namespace: str) -> Access:
        """The question to the authorizer: may we, in ``namespace`` (empty: in all of them)?"""
        resource, _, subresource = self.resource.partition("/")
        where = "" if resource in _CLUSTER_WIDE else namespace
        return Access(self.verb, resource, self.group, subresource, where)


def _reads(group: str, *resources: str) -> tuple[Right, ...]:
    return tuple(Right(verb, resource, group) for resource in resources for verb in ("list", "watch"))


PANES: dict[str, tuple[Right, ...]] = {
    "pods": _reads("", "pods"),
    "events": _reads("", "events"),
    "nodes": _reads("", "nodes"),
    "workloads": (
        *_reads("apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
        *_reads("batch", "jobs", "cronjobs"),
    ),
    "autoscalers": _reads("autoscaling", "horizontalpodautoscalers"),
    "disruption budgets": _reads("policy", "poddisruptionbudgets"),
    "logs and decisions": (Right("get", "pods/log"),),
}
"""What the panes read. Without one of them its pane says DENIED, and the rest goes on."""

_RBAC = "rbac.authorization.k8s.io"

SWITCHES: dict[str, tuple[Right, ...]] = {
    "revoke": (
        *(Right("list", kind, _RBAC) for kind in ("clusterrolebindings", "rolebindings", "clusterroles", "roles")),
        *(Right(verb, kind, _RBAC) for kind in ("clusterrolebindings", "rolebindings") for verb in ("delete", "patch")),
        Right("create", "subjectaccessreviews", "authorization.k8s.io"),
    ),
    "optimizer": (
        Right("delete", "pods"),
        *(
            Right(verb, f"{kind}/scale", "apps")
            for kind in ("deployments", "statefulsets")
            for verb in ("get", "patch")
        ),
        Right("patch", "daemonsets", "apps"),
        Right("patch", "cronjobs", "batch"),
        Right("patch", "jobs", "batch"),
    ),
    "restore": (
        *(Right("patch", kind, "apps") for kind in ("deployments", "statefulsets", "daemonsets", "replicasets")),
        *(Right("patch", kind, "batch") for kind in ("cronjobs", "jobs")),
        Right("patch", "horizontalpodautoscalers", "autoscaling"),
        Right("patch", "nodes"),
    ),
}
"""What the switches write (and must read for it). The GPU switch needs no right of the cluster's."""
