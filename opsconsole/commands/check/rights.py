"""Which rights each pane and each switch needs, as RBAC names them. ``opsconsole check`` asks for them."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.cluster.questions.reviews import Access
from opsconsole.switches.registry import SPECS
from opsconsole.switches.spec import Right

_CLUSTER_WIDE = frozenset({
    "nodes", "namespaces", "clusterroles", "clusterrolebindings", "subjectaccessreviews",
    "validatingadmissionpolicies", "validatingadmissionpolicybindings",
})  # fmt: skip


_POLICIES = "validatingadmissionpolicies"


def needs_policies(needed: Iterable[Right]) -> bool:
    """Whether these rights are to admission policies, which not every API server has."""
    return any(right.resource == _POLICIES for right in needed)


def namespaced(right: Right) -> bool:
    """Whether the right is one to objects that live in namespaces."""
    return right.resource.partition("/")[0] not in _CLUSTER_WIDE


def together(needed: Iterable[Right]) -> str:
    """Return rights in words, those of the same verbs together: ``list, watch pods and events``."""
    verbs: dict[str, list[str]] = {}
    for right in needed:
        verb, _, what = right.words.partition(" ")
        verbs.setdefault(what, []).append(verb)
    objects: dict[str, list[str]] = {}
    for what, found in verbs.items():
        objects.setdefault("/".join(found), []).append(what)
    return "; ".join(f"{verb} {', '.join(what)}" for verb, what in objects.items())


def access(right: Right, namespace: str) -> Access:
    """The question to the authorizer: may we, in ``namespace`` (empty: in all of them)?"""
    resource, _, subresource = right.resource.partition("/")
    where = "" if resource in _CLUSTER_WIDE else namespace
    return Access(right.verb, resource, right.group, subresource, where, right.name)


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

SWITCHES: dict[str, tuple[Right, ...]] = {spec.name: spec.rights for spec in SPECS if spec.rights}
"""What the switches write (and must read for it)."""
