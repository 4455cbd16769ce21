"""Upheavals: what an optimizer of resources has no business doing at all: deleting workloads, changing their code."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.observed.changes import DELETED
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, wanted
from opsconsole.records import Change, Decision, Kind, Severity


@rule("object-deleted", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE)
def object_deleted(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer deletes a workload, an autoscaler or a disruption budget, or says that it will.

    The SmartScaler write-up: "the best way to handle a slow database is to kill all the application servers". Who
    deleted something unannounced leaves no trace, so that is no finding; pods have a rule of their own.
    """
    about = view.writing(subject).about
    if about is None or about.kind == "Pod":
        return
    if isinstance(subject, Change):
        deletes = subject.by_optimizer is True and DELETED in subject.fields
    else:
        deletes = subject.action.startswith("delete") and view.announces(subject)
    if deletes:
        yield Verdict(
            f"deletes {about.kind.lower()} {about.name}",
            "Deleting is no tuning. Its last state is kept in the damage view.",
            switch=REVOKE,
        )


@rule("image-changed", Severity.WARNING, Kind.DECISION, Kind.CHANGE)
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
