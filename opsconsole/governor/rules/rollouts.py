"""ReplicaSets that shrink since another takes over: ordinary in a rollout, and a disaster where none does."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.governor.measures import HOUR
from opsconsole.governor.observed.following import follows
from opsconsole.governor.rule import Note, View
from opsconsole.records import Change, Decision, Ref, Workload

_FEW = 4
"""So few pods fewer are an aborted rollout's end, in a log that tells of nothing else."""


def is_rolled_out(
    about: Ref | None, before: float | None, after: float | None, subject: Decision | Change, view: View
) -> bool:
    """Whether a ReplicaSet shrinks from ``before`` pods to ``after`` in a rollout, so that others carry what it did.

    Its owner is a Deployment that is there; or the settings call the optimizer a rollout controller; or ReplicaSets of
    the same rollout have as many ready pods as are gone. A guessed role proves nothing. In a log alone what the same
    log says of the others counts, and fewer than four pods are no alarm.
    """
    if about is None or about.kind != "ReplicaSet":
        return False
    if _is_set(subject, view):
        return True
    record = view.find(about)
    if isinstance(record, Workload) and follows(record, view.find):
        return True
    if before is None or after is None:
        return False
    if isinstance(record, Workload) or view.knows(about):
        return sum(each.ready or 0 for each in view.siblings(about)) + after >= before
    return isinstance(subject, Decision) and (before - after < _FEW or _said(about, subject, view) + after >= before)


def _is_set(subject: Decision | Change, view: View) -> bool:
    known = view.role_of(subject)
    return known.is_set and known.role == "rollout-controller"


def _said(about: Ref, subject: Decision, view: View) -> float:
    """The most pods that the same log gave another ReplicaSet of the rollout in the last hour."""
    return max(_grown(about, subject, view), default=0.0)


def _grown(about: Ref, subject: Decision, view: View) -> Iterator[float]:
    stem = about.name.rpartition("-")[0]
    for line in view.said(Note.ANNOUNCEMENT, subject, HOUR):
        other = line.target
        if line.source != subject.source or other is None or other.name == about.name or not stem:
            continue
        if other.name.rpartition("-")[0] == stem and other.namespace == about.namespace:
            for field in line.fields:
                if field.path == "replicas" and field.number is not None:
                    yield field.number
