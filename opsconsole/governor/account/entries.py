"""What a write, or a line that announces one, adds to the trajectories and to the blast radius."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.governor.account.blast_radius import BlastRadius
from opsconsole.governor.account.trajectories import Trajectories
from opsconsole.governor.announced.line_kinds import said_at, targets_of, verb_of
from opsconsole.governor.measures import BlastMeasure
from opsconsole.governor.observed.changes import DELETED, object_key
from opsconsole.records import Change, ChangeField, Decision, Ref

_REMOVES = frozenset({"delete", "evict"})
_NODE_VERBS = frozenset({"drain", "cordon", "taint", "disrupt"})
_SCALES = frozenset({"scale", "patch", "rollback", "restart"})
_CLAIMS = frozenset({"NodeClaim", "Machine"})
"""They stand for nodes, which are counted themselves."""

_SERVICES = frozenset({
    "", "Deployment", "StatefulSet", "DaemonSet", "Service", "Rollout", "CronJob", "HorizontalPodAutoscaler",
    "ScaledObject",
})  # fmt: skip
"""What a service is, and what sets its bounds: an autoscaler is called as what it scales, and both are one service."""

_NODE_FIELDS = frozenset({"taints", "unschedulable"})


def enter_change(change: Change, trajectories: Trajectories, blast: BlastRadius) -> None:
    """Enter a write that was seen, once."""
    about = object_key(change.about)
    for field in change.fields:
        trajectories.note(about, field, change.at)
    if change.about.kind == "Node":
        if DELETED in change.fields or any(field.path in _NODE_FIELDS for field in change.fields):
            blast.hit(BlastMeasure.NODES, change.about.name, change.at)
    elif change.about.kind in _SERVICES:
        kind, group = change.about.kind, change.about.namespace
        blast.hit(BlastMeasure.SERVICES, _service(change.about), change.at, kind=kind, group=group)


def enter_again(history: Sequence[Change], trajectories: Trajectories, blast: BlastRadius) -> None:
    """Enter an object's writes anew, since one of them proved to be another's. ``history`` has the oldest first."""
    for change in history:
        _forget(change.about, blast)
        for field in change.fields:
            trajectories.forget(object_key(change.about), field.path)
    for change in history:
        if change.by_optimizer is not False:
            enter_change(change, trajectories, blast)


def _forget(about: Ref, blast: BlastRadius) -> None:
    if about.kind == "Node":
        blast.forget(about.name)
    else:
        blast.forget(_service(about), about.kind)


def enter_said(about: Ref, fields: tuple[ChangeField, ...], at: float, trajectories: Trajectories) -> None:
    """Enter what a line says was set: what many such lines come to."""
    for field in fields:
        trajectories.note(object_key(about), field, at)


def enter_word(
    decision: Decision, fields: tuple[ChangeField, ...], trajectories: Trajectories, blast: BlastRadius, *, seen: bool
) -> None:
    """Enter an announcement.

    Args:
        decision: what is announced.
        fields: what it sets, with the values before.
        trajectories: what its writes come to.
        blast: what they hit.
        seen: whether the write itself would be seen; then it is entered with that. Who removes a pod is never seen.
    """
    at, verb, targets = said_at(decision), verb_of(decision), targets_of(decision)
    if not seen and targets:
        enter_said(targets[0], fields, at, trajectories)
    for target in targets or (None,):
        sort = _sort(decision, verb, target)
        if sort is not None and (not seen or sort is BlastMeasure.PODS):
            name = _name(sort, target, decision)
            count = decision.count if decision.count is not None and len(targets) < 2 else 1
            blast.hit(sort, name, at, group=target.namespace if target is not None else "", count=max(count, 1))


def _name(sort: BlastMeasure, target: Ref | None, decision: Decision) -> str:
    if target is None:
        return decision.key
    return _service(target) if sort is BlastMeasure.SERVICES else target.key


def _service(about: Ref) -> str:
    return f"{about.namespace}/{about.name}"


def _sort(decision: Decision, verb: str, target: Ref | None) -> BlastMeasure | None:
    kind = target.kind if target is not None else ""
    action = decision.action.lower()
    if kind in _CLAIMS:
        return None
    if verb in _NODE_VERBS or (verb in _REMOVES and (kind == "Node" or (not kind and "node" in action))):
        return BlastMeasure.NODES
    if verb in _REMOVES and (kind == "Pod" or (not kind and ("pod" in action or verb == "evict"))):
        return BlastMeasure.PODS
    return BlastMeasure.SERVICES if verb in _SCALES and kind in _SERVICES and target is not None else None
