"""Objects that only follow what their owner says. Pure.

Anybody who may write an object may name any owner of it. So a name proves nothing: the owner has to be there, with that
uid, and be of a kind whose controller sets the size of what it owns.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.records import AnyRecord, Ref, Workload

_LEADS = {"ReplicaSet": "Deployment", "Job": "CronJob"}
_UNSEEN = frozenset({"Deployment", "Rollout"})
"""What owns ReplicaSets and may not be seen: Rollouts are not watched, and Deployments may not be readable."""

_LEAD_NO_JOBS = frozenset({
    "ConfigMap", "Ingress", "Namespace", "Node", "PersistentVolumeClaim", "Pod", "Role", "RoleBinding", "Secret",
    "Service", "ServiceAccount",
})  # fmt: skip
"""Kubernetes' own kinds that run nothing. Of any other kind (a workflow, a ScaledJob) a controller may make Jobs."""


def follows(record: Workload, find: Callable[[Ref], AnyRecord | None]) -> bool:
    """Whether its owner, which is there, says how many pods it has."""
    owner = record.owner
    if owner is None or owner.kind != _LEADS.get(record.kind):
        return False
    found = find(owner)
    if not isinstance(found, Workload) or owner.uid not in ("", found.uid):
        return False
    return record.kind == "Job" or set(found.selector) <= set(record.labels)


def names_a_leader(record: Workload) -> bool:
    """Whether it names an owner of a kind that sizes what it owns, seen or not: a name, and no proof."""
    owner = record.owner
    if owner is None:
        return False
    return owner.kind not in _LEAD_NO_JOBS if record.kind == "Job" else owner.kind in _UNSEEN
