"""Pods that serve, and the budgets that should guard them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opsconsole.governor.announced.line_kinds import verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, ordinary
from opsconsole.records import Decision, Kind, Pdb, Pod, Severity

_EVICTS = frozenset({"descheduler", "rightsizer", "node-autoscaler", "node-maintenance"})
"""Roles whose work it is to evict a pod now and then: it comes back elsewhere, or with other resources."""


@rule(
    "serving-pod-deleted",
    Severity.CRITICAL,
    Kind.DECISION,
    Kind.POD,
    lines=(Interest(announces=True, verbs=frozenset({"delete", "evict"}), targets=frozenset({"Pod"})),),
)
def serving_pod_deleted(subject: Decision | Pod, view: View) -> Iterable[Verdict]:
    """A Ready pod is to be deleted, or is being deleted although its disruption budget is already broken.

    The Aura write-up: "If it wants to delete a pod that is currently serving traffic, it should be blocked by a PDB".
    A PDB blocks evictions alone: direct deletes and rollouts pass it. An ordinary rollout is no finding. An eviction is
    a remark where it is the work of its role, set or guessed, a budget is known to allow it and others serve.
    """
    if isinstance(subject, Pod):
        yield from _being_deleted(subject, view)
    elif _goes_for_a_pod(subject) and subject.target is not None and view.announces(subject):
        pod = view.find(subject.target)
        if isinstance(pod, Pod) and pod.is_ready:
            guards, evicts = view.guards(pod.namespace, pod.labels), verb_of(subject) == "evict"
            allowed = evicts and _may_go(pod, guards, view)
            work = ordinary(subject, view, _EVICTS) if allowed else ""
            yield Verdict(
                f"wants to delete {pod.name}, which is serving",
                _guard(guards, evicts=evicts) + work,
                about=pod.ref,
                severity=Severity.INFO if work else Severity.CRITICAL,
                switch=REVOKE,
            )


@rule("pdb-exhausted", Severity.WARNING, Kind.PDB)
def pdb_exhausted(subject: Pdb, _view: View) -> Iterable[Verdict]:
    """Fewer healthy pods than a disruption budget demands.

    No number of ours: the budget's own. One that merely allows no more disruption (``allowed`` 0) is not broken: a
    single replica's never allows any.
    """
    if subject.healthy is None or subject.desired is None or subject.healthy >= subject.desired:
        return
    yield Verdict(
        f"PDB {subject.name} is broken: {subject.healthy} of {subject.desired} healthy",
        "No eviction is allowed any more; direct deletes, rollouts and scaling down go on all the same.",
    )


def _may_go(pod: Pod, guards: Sequence[Pdb], view: View) -> bool:
    """Whether budgets guard the pod and all are known to allow it, and it is not the last of its owner that serves."""
    owner = view.owner(pod)
    others = view.owned(owner) if owner is not None else ()
    serves = any(each.is_ready and each.deleted_at is None and each.name != pod.name for each in others)
    return serves and any(each.selector for each in guards) and all(each.allowed for each in guards)


def _being_deleted(pod: Pod, view: View) -> Iterable[Verdict]:
    if pod.deleted_at is None or not pod.is_ready:
        return
    for pdb in view.guards(pod.namespace, pod.labels):
        if pdb.selector and pdb.healthy is not None and pdb.desired is not None and pdb.healthy < pdb.desired:
            yield Verdict(
                f"{pod.name} is deleted while serving: PDB {pdb.name} has {pdb.healthy} of {pdb.desired} healthy",
                "An eviction would have been refused: this is a direct delete, a rollout or a scaling down.",
                part=pdb.name,
                severity=Severity.WARNING,
            )


def _goes_for_a_pod(decision: Decision) -> bool:
    target = decision.target
    return target is not None and target.kind == "Pod" and verb_of(decision) in ("delete", "evict")


def _guard(guards: Iterable[Pdb], *, evicts: bool) -> str:
    names = [f"{pdb.name} (allows {'an unknown number' if pdb.allowed is None else pdb.allowed})" for pdb in guards]
    if not names:
        return "No PDB guards it."
    asked = "It is asked" if evicts else "It is not asked: a direct delete passes every PDB"
    return f"PDB {', '.join(names)}. {asked}."
