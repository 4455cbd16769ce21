"""Upheavals: what an optimizer of resources has no business doing at all: deleting workloads, changing their code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.observed.changes import DELETED
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, ordinary, wanted
from opsconsole.records import Change, Decision, Kind, Ref, Severity, Workload

_OF_NODES = frozenset({"Node", "NodeClaim", "Machine"})
"""What goes one at a time is a node autoscaler's work; many at once are the blast radius' business."""

_LEFT_OVERS = frozenset({"Job", "ReplicaSet"})
_CLEANS = frozenset({"janitor", "rollout-controller"})

_WHATEVER_FITS = re.compile(r"\bdelete\b.*(?:--all\b|\s-l[\s=]|--selector\b)")


@rule("object-deleted", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE)
def object_deleted(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer deletes a workload, an autoscaler or a disruption budget, or says that it will.

    The SmartScaler write-up: "the best way to handle a slow database is to kill all the application servers". Who
    deleted something unannounced leaves no trace, so that is no finding; pods have a rule of their own. A Job or an old
    ReplicaSet of which no pod runs is a remark where cleaning up is its role's work, set or guessed.
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
        work = ordinary(subject, view, _CLEANS) if about.kind in _LEFT_OVERS and not _runs(about, view) else ""
        yield Verdict(
            f"deletes {about.kind.lower()} {about.name}",
            work.strip() or "Deleting is no tuning. Its last state is kept in the damage view.",
            severity=Severity.INFO if work else Severity.CRITICAL,
            switch=REVOKE,
        )


def _runs(about: Ref, view: View) -> bool:
    """Whether any pod of it is seen to run; a log alone does not tell."""
    record = view.find(about)
    counted = isinstance(record, Workload) and (record.ready or (about.kind == "ReplicaSet" and record.replicas))
    return bool(counted) or any(pod.is_ready for pod in view.owned(about))


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
