"""The control plane's own machines: of three two are needed, or nothing is decided any more."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, is_of_control_plane, ordinary
from opsconsole.records import Decision, Kind, Ref, Severity

_MACHINES = frozenset({"Node", "NodeClaim", "Machine"})
_TAKES = frozenset({"delete", "drain"})
_MAKES = frozenset({"create"})
_SECONDS = 300.0
"""No machine is made, joins and copies etcd's data in less."""

_SEES_TO_NODES = frozenset({"node-maintenance", "node-autoscaler"})
_SAYS_SO = re.compile(r"\b(?:control[ -]?plane|etcd member|master) (?:machine|node|member)?", re.IGNORECASE)


@rule(
    "quorum-at-risk",
    Severity.CRITICAL,
    Kind.DECISION,
    lines=(Interest(announces=True, verbs=_TAKES, targets=_MACHINES),),
)
def quorum_at_risk(subject: Decision, view: View) -> Iterable[Verdict]:
    """It deletes a machine of the control plane (warning), or takes a second one within five minutes.

    By their names, or as the line says. The first is a remark for who sees to nodes, or, in a log alone, where that log
    tells of more that were made within the hour than of others that went: an upgrade takes one after the other, and
    waits. The Aura write-up: "no script should be able to kill more than a fraction of your fleet": of three members of
    etcd two are needed, and without them nobody can put anything back. No machine joins in five minutes.
    """
    if verb_of(subject) not in _TAKES or not view.announces(subject):
        return
    for machine in _machines(subject):
        earlier = [line for line in view.said(Note.STARTS_ANEW, subject, _SECONDS) if verb_of(line) in _TAKES]
        taken = {each.name for line in earlier for each in _machines(line)} - {machine.name}
        if not taken and verb_of(subject) != "delete":
            continue  # to drain the first is told by another rule
        work = "" if taken else ordinary(subject, view, _SEES_TO_NODES) or _replaced(subject, view)
        calm = Severity.INFO if work else Severity.WARNING
        yield Verdict(
            f"{verb_of(subject)}s {machine.name} of the control plane" + (f", after {min(taken)}" if taken else ""),
            work.strip() or "Without most of its members etcd takes no write: nobody can put anything back.",
            about=machine,
            severity=Severity.CRITICAL if taken else calm,
            switch=REVOKE,
        )


def _replaced(subject: Decision, view: View) -> str:
    """In a log alone: words for its telling of more such machines made than gone; empty where it tells of no more."""
    if not is_log_alone(view):
        return ""
    lines = view.said(Note.ANNOUNCEMENT, subject, HOUR)
    made, gone = (
        {each.name for line in lines if verb_of(line) in verbs for each in _machines(line)}
        for verbs in (_MAKES, _TAKES)
    )
    gone -= {each.name for each in targets_of(subject)}
    return "It says that it made another one before." if len(made) > len(gone) else ""


def _machines(line: Decision) -> list[Ref]:
    """The control plane's machines that a line names."""
    said = _SAYS_SO.search(line.message) is not None
    return [
        each
        for each in targets_of(line)
        if each.kind in _MACHINES and each.name and (said or is_of_control_plane(each))
    ]
