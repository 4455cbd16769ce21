"""Names that are not believed: a write under the name of the control plane, or ours, which neither would make. Pure.

Anybody may set any field manager. An optimizer that calls itself ``kubelet`` while it cuts a limit is told by what it
writes: no kubelet writes that. Who it is can't be told then, and that is ``None``, not "another's".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from opsconsole.governor.observed.fields import NO_TAINTS, values
from opsconsole.records import AnyRecord, Change, ChangeField, FieldManager, Node, Pod, Ref, Workload

OWN_NAME = "opsconsole"

CONTROL_PLANE = frozenset({
    "cloud-controller-manager", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet",
})  # fmt: skip
"""Parts of Kubernetes itself. Of what is watched here they write sizes, through ``/scale``, and nodes' taints."""


class Cluster(Protocol):
    """What has to be known of the cluster."""

    def is_optimizer(self, record: Workload | Pod) -> bool:
        """Whether the record is one of the optimizer's own, which the kill switches change."""

    def find(self, ref: Ref) -> AnyRecord | None:
        """The record of ``ref``."""

    def revisions(self, ref: Ref) -> Sequence[Workload]:
        """The earlier revisions of a workload that are still there."""


_LENT = CONTROL_PLANE | {OWN_NAME}


def may_be_borrowed(manager: str) -> bool:
    """Whether it is one of the names that are believed for what their bearers write alone."""
    return manager in _LENT


def is_borrowed(
    manager: str, after: AnyRecord, fields: Sequence[ChangeField], history: Iterable[Change], cluster: Cluster
) -> bool:
    """Whether somebody else than the bearer of the name ``manager`` must have made this write.

    Args:
        manager: the field manager that the write is noted under.
        after: the object as it was written.
        fields: what the write changed.
        history: earlier changes of the object, the newest first.
        cluster: what else is known.
    """
    if manager == OWN_NAME:
        if isinstance(after, Workload | Pod) and cluster.is_optimizer(after):
            return False
        revisions = cluster.revisions(after.ref) if isinstance(after, Workload) else ()
        return not _puts_back(fields, history, revisions)
    return manager in CONTROL_PLANE and any(not _is_theirs(field.path, manager, after) for field in fields)


def _puts_back(fields: Iterable[ChangeField], history: Iterable[Change], revisions: Iterable[Workload]) -> bool:
    """Whether the write does what a restore does: each field is as before the first change that was seen.

    From before the console looked an earlier revision tells it, but only of what goes up: an optimizer's own earlier
    cut is a revision too. Of taints a restore leaves those of others, which may be new.
    """
    good = {field.path: field.before for change in history for field in change.fields}
    earlier = [values(each) for each in revisions]
    for field in fields:
        if good.get(field.path) == field.after or (field.path == "taints" and _takes_off(field)):
            continue
        if not _goes_up(field) or all(each.get(field.path, ("", None))[0] != field.after for each in earlier):
            return False
    return True


def _takes_off(field: ChangeField) -> bool:
    return field.after == NO_TAINTS or set(field.after.split(", ")) < set(field.before.split(", "))


def _goes_up(field: ChangeField) -> bool:
    before, after = field.before_number, field.after_number
    return before is not None and after is not None and before < after


def _is_theirs(path: str, manager: str, after: AnyRecord) -> bool:
    if isinstance(after, Node):
        return path == "taints"
    if path != "replicas" or not isinstance(after, Workload):
        return False
    return any(_through_scale(entry, manager) for entry in after.managers)


def _through_scale(entry: FieldManager, manager: str) -> bool:
    return entry.manager == manager and entry.subresource == "scale"
