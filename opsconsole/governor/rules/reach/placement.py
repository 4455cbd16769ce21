"""Placement: taints that the optimizer changes, and workloads that end on one node by it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.announcements import AnnouncementState
from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import DAY, HOUR, BlastMeasure
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, is_of_control_plane, name_of, ordinary
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, Kind, Severity, Workload

_NODE_WORK = frozenset({"node-autoscaler", "node-maintenance"})
"""Roles that take nodes out of service, one at a time: to remove them, or to boot them anew."""

_UNLABELS = frozenset({"patch", "delete"})
_CROWD = 2
_AGAIN_SECONDS = 15.0


@rule(
    "taints-changed",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    written="taints unschedulable",
    lines=(
        Interest(fields=frozenset({"taints", "unschedulable"})),
        Interest(announces=True, verbs=frozenset({"cordon", "drain", "untaint"})),
        Interest(announces=True, verbs=_UNLABELS, words=("topology.", "node-role.", "/hostname")),
    ),
    own=True,
)
def taints_changed(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer changes a node's taints, or cordons it; critical when at most one node is left to take pods.

    A remark where that is the work of its role, set or guessed, while half of the nodes take pods, two at least; and in
    a log alone where all that it does is done to nodes, while this is the only one in an hour and one of three in a
    day, has a name, and is none of the control plane's and not the last, as far as the line says. A taint that keeps
    pods off the control plane or a GPU, and a label that tells a node's zone, are not taken off. The Aura write-up: it
    had "messed with the node-level taints to 'isolate' workloads", and "the new pods were all trying to crowd onto a
    single worker node".
    """
    if isinstance(subject, Decision) and view.announces(subject) and (what := _opens(subject)):
        yield Verdict(
            f"takes {what} from node {name_of(subject.target)}",
            "The scheduler knows by it what the node is for: from now on anything may go there, or nothing.",
            part="kept for",
            switch=REVOKE,
        )
    fields = [(about, field) for about, field in view.wanted(subject) if field.path in ("taints", "unschedulable")]
    drains = not fields and isinstance(subject, Decision) and _drains(subject) and view.announces(subject)
    if not fields and not drains:
        return
    work = ordinary(subject, view, _NODE_WORK) if _enough_left(view) else ""
    if not work and not any(field.path == "taints" for _, field in fields):
        work = _tends_one(subject, view)
    written = isinstance(subject, Change) or view.happened(subject) == AnnouncementState.DONE
    crowded = written and len(view.nodes()) >= _CROWD and view.schedulable_nodes() <= 1
    severity = Severity.INFO if work else Severity.WARNING
    if isinstance(subject, Decision) and drains:
        title = f"{verb_of(subject)}s node {name_of(subject.target)}"
        yield Verdict(title, _left(view) + work, severity=severity, switch=REVOKE)
    for about, field in fields:
        yield Verdict(
            f"{field.path} of node {name_of(about)}: {field.before or 'unknown'} → {field.after}",
            _left(view) + work,
            part=field.path,
            severity=Severity.CRITICAL if crowded else severity,
            switch=REVOKE,
        )


_KEEPS_APART = late(
    r"\btaint (?P<taint>(?:node-role\.kubernetes\.io/(?:control-plane|master|etcd)|[\w.-]+/gpu|dedicated\b)[^\s,;]*)",
    re.IGNORECASE,
)
_TELLS_PLACE = late(
    r"(?:remov|delet|dropp|clear|stripp)(?:ed|ing) (?:the )?label[s:]? "
    r"(?P<label>(?:topology\.kubernetes\.io/|node-role\.kubernetes\.io/|kubernetes\.io/hostname)[^\s,;]*)",
    re.IGNORECASE,
)


def _opens(decision: Decision) -> str:
    """What it takes from a node that says whom the node is for, or where it stands; empty for nothing of the sort."""
    verb = verb_of(decision)
    match = _KEEPS_APART.search(decision.message) if verb == "untaint" else None
    if match is not None:
        return f"the taint {match['taint']}"
    of_node = all(target.kind in ("", "Node") for target in targets_of(decision))
    match = _TELLS_PLACE.search(decision.message) if verb in _UNLABELS and of_node else None
    return f"the label {match['label']}" if match is not None else ""


def _tends_one(subject: Decision | Change, view: View) -> str:
    """In a log alone: words that one who sees to nodes, and to nothing else, takes one of them; empty for any more."""
    known = view.role_of(subject)
    if isinstance(subject, Change) or not known.tends_nodes or not (known.role in _NODE_WORK or not known.role):
        return ""
    nodes = targets_of(subject)
    named = all(each.name and not is_of_control_plane(each) for each in nodes) and bool(nodes)
    if not named or not is_log_alone(view) or view.reach(BlastMeasure.NODES, HOUR).count > 1:
        return ""
    if view.reach(BlastMeasure.NODES, DAY).count > _NODES_A_DAY or _IS_MORE.search(f"{subject.message} {subject.body}"):
        return ""
    return " It sees to nodes and does nothing else, and this is the only one in an hour."


_NODES_A_DAY = 3
_IS_MORE = late(
    r"control[-_ ]?plane|\bmaster\b|\b(?:only|last|every|all)\b[^,;.]{0,40}\bnodes?\b|\b(?:0|no) (?:\w+ )?nodes\b|"
    r"\bjobs? running\b",
    re.IGNORECASE,
)
"""What makes of one node more than one of many: who it is, or that no other one is left."""


def _enough_left(view: View) -> bool:
    """Whether half of the nodes take pods, and more than one; or nobody knows how many there are."""
    nodes, takers = len(view.nodes()), view.schedulable_nodes()
    return not nodes or (takers >= _CROWD and takers * 2 >= nodes)


def _drains(decision: Decision) -> bool:
    return verb_of(decision) in ("cordon", "drain")


def _left(view: View) -> str:
    total = len(view.nodes())
    if not total:
        return "How many nodes are left is not known."
    return f"{view.schedulable_nodes()} of {total} nodes take ordinary pods now."


@rule("one-node", Severity.WARNING, Kind.WORKLOAD)
def one_node(subject: Workload, view: View) -> Answer:
    """All pods of a workload are on one node, within an hour of the optimizer's changing taints.

    The Aura write-up: new pods crowded onto a single worker node. Without a change of taints it is often as intended. A
    remark where taking nodes out is the work of its role while half of them take pods: then the scheduler chose.
    """
    changes = view.taints_changed()
    if not changes or len(view.nodes()) < _CROWD:
        return
    nodes = [pod.node for pod in view.owned(subject.ref) if pod.node and pod.deleted_at is None]
    if len(nodes) >= _CROWD and len(set(nodes)) == 1:
        work = ordinary(changes[-1], view, _NODE_WORK) if _enough_left(view) else ""
        yield Verdict(
            f"all {len(nodes)} pods of {subject.name} are on {nodes[0]}",
            f"Since taints of {changes[-1].about.name} were changed. One node's end would be this service's.{work}",
            severity=Severity.INFO if work else Severity.WARNING,
            switch=REVOKE,
        )
        yield Again(view.now + _AGAIN_SECONDS)
