"""Upheavals: what an optimizer of resources has no business doing at all: deleting workloads, changing their code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.measures import HOUR
from opsconsole.governor.observed.changes import DELETED
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, ordinary, wanted
from opsconsole.records import Change, Decision, Kind, Ref, Severity, Workload

_OF_NODES = frozenset({"Node", "NodeClaim", "Machine"})
"""What goes one at a time is a node autoscaler's work; many at once are the blast radius' business."""

_LEFT_OVERS = frozenset({"Job", "ReplicaSet"})
_A_FEW = 8
"""So many an hour are a guessed janitor's work: the blast radius counts neither Jobs nor ReplicaSets."""

_CLEANS = frozenset({"janitor", "rollout-controller"})

_WHATEVER_FITS = re.compile(r"\bdelete\b.*(?:--all\b|\s-l[\s=]|--selector\b)")


@rule("object-deleted", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE)
def object_deleted(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer deletes a workload, an autoscaler or a disruption budget, or says that it will.

    The SmartScaler write-up: "the best way to handle a slow database is to kill all the application servers". Who
    deleted something unannounced leaves no trace, so that is no finding; pods have a rule of their own. A Job or an old
    ReplicaSet of which no pod is seen to run is a remark where cleaning up is its role's work; by a guess eight an
    hour are. In a log alone only a role in the settings makes it one, and only for a Job.
    """
    about = view.writing(subject).about
    if (
        isinstance(subject, Decision)
        and not any(target.name for target in targets_of(subject))
        and verb_of(subject) == "delete"
    ):
        yield from _deletes_unnamed(subject, view)
        return
    if about is None or about.kind == "Pod":
        return
    if isinstance(subject, Change):
        deletes = subject.by_optimizer is True and DELETED in subject.fields
    else:
        deletes = verb_of(subject) == "delete" and about.kind not in _OF_NODES and view.announces(subject)
    if deletes:
        work = ordinary(subject, view, _CLEANS) if _is_left_over(about, subject, view) else ""
        yield Verdict(
            f"deletes {about.kind.lower()} {about.name}",
            work.strip() or "Deleting is no tuning. Its last state is kept in the damage view.",
            severity=Severity.INFO if work else Severity.CRITICAL,
            switch=REVOKE,
        )


def _is_left_over(about: Ref, subject: Decision | Change, view: View) -> bool:
    """Whether it is what a janitor clears away: for a guessed one, seen not to run, and one of a few an hour."""
    if about.kind not in _LEFT_OVERS:
        return False
    runs = _runs(about, view)
    if view.role_of(subject).is_set:
        return runs is False or (runs is None and about.kind == "Job")
    return runs is False and isinstance(subject, Decision) and _deleted_before(subject, view) < _A_FEW


def _runs(about: Ref, view: View) -> bool | None:
    """Whether any pod of it runs, or did when it went; ``None`` where that was not seen, as in a log alone."""
    record = view.find(about) or view.buried(about)
    if not isinstance(record, Workload) or record.ready is None or record.deleted_at is not None:
        return None
    counted = record.ready or (about.kind == "ReplicaSet" and record.replicas != 0)
    return bool(counted) or any(pod.is_ready for pod in view.owned(about))


def _deleted_before(subject: Decision, view: View) -> int:
    """How many such objects it has deleted in the last hour by its own words."""
    lines = view.said(Note.ANNOUNCEMENT, subject, HOUR)
    return sum(
        verb_of(line) == "delete" and any(each.kind in _LEFT_OVERS for each in targets_of(line)) for line in lines
    )


def _deletes_unnamed(subject: Decision, view: View) -> Iterable[Verdict]:
    """``kubectl delete pvc --all -n telemetry``: whatever fits goes."""
    if view.announces(subject) and subject.count is None and _WHATEVER_FITS.search(f"{subject.message} {subject.body}"):
        yield Verdict(
            f"deletes whatever fits: {subject.message[:100]}",
            "It names no object: nobody has said how many there are.",
            switch=REVOKE,
        )


@rule("image-changed", Severity.WARNING, Kind.DECISION, Kind.CHANGE, fields="image")
def image_changed(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer changes what code runs.

    The Aura write-up: four nodes' drivers had to be rolled back since it "tried to 'upgrade' them". Limits and replicas
    are an optimizer's business, images are a release's.
    """
    for about, field in wanted(subject, view):
        if field.path.endswith("].image") and field.before != field.after:
            yield Verdict(
                f"image of {name_of(about)} changed: {field.before or 'unknown'} → {field.after}",
                "A new image is a release: it wants a pipeline and a person.",
                part=field.path,
                switch=REVOKE,
            )
