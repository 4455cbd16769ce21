"""Evictions by their kind: every pod of one service at once, and work thrown out for ever more of another."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import MINUTE
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, ordinary
from opsconsole.records import Decision, Kind, Ref, Severity

_REMOVES = frozenset({"evict", "delete"})
_AT_ONCE, _SECONDS = 3, 10.0
_EMPTIES = frozenset({"node-autoscaler", "node-maintenance", "janitor"})
"""Roles by which pods leave with their node, or that are done."""

_IN_ORDER = re.compile(r"(?P<owner>.{1,200})-\d{1,3}")
_OF_A_SET = re.compile(r"(?P<owner>.{1,200})-[a-z0-9]{5}")
"""Pods of a StatefulSet count up; those of a ReplicaSet end in five letters and digits."""

_STORM = 3
_PREEMPTS = "preempt"


@rule(
    "service-emptied",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, verbs=_REMOVES, targets=frozenset({"Pod"})),),
)
def service_emptied(subject: Decision, view: View) -> Iterable[Verdict]:
    """Three pods of one StatefulSet or ReplicaSet are evicted or deleted within ten seconds, where no cluster is seen.

    By their names, and unless pods leave with their nodes by its role. The Aura write-up wants a budget: of three
    members of a database two are needed, and what evicts one after the other does not wait until the first is back. Ten
    seconds are less than any start. Where a cluster is seen its budgets and its ready pods tell more.
    """
    if verb_of(subject) not in _REMOVES or not is_log_alone(view) or not view.announces(subject):
        return
    owners = {_owner(each): each for each in targets_of(subject) if each.kind == "Pod"}
    lines = [*view.said(Note.ANNOUNCEMENT, subject, _SECONDS), subject]
    gone = {each for line in lines if verb_of(line) in _REMOVES for each in targets_of(line) if each.kind == "Pod"}
    for owner, pod in owners.items():
        alike = {object_key(each) for each in gone if owner and _owner(each) == owner}
        if len(alike) >= _AT_ONCE and not ordinary(subject, view, _EMPTIES):
            yield Verdict(
                f"{verb_of(subject)}s {len(alike)} pods of {owner} within {_SECONDS:.0f} s",
                "None of them can be back so soon: what they serve, or the vote that they hold, is gone with them.",
                about=pod,
                scope=f"{pod.namespace}/{owner}",
                switch=REVOKE,
            )


def _owner(pod: Ref) -> str:
    match = _IN_ORDER.fullmatch(pod.name) or _OF_A_SET.fullmatch(pod.name)
    return match["owner"] if match is not None else ""


@rule(
    "preemption-storm",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, verbs=frozenset({"evict"}), words=(_PREEMPTS,)),),
)
def preemption_storm(subject: Decision, view: View) -> Iterable[Verdict]:
    """Work is thrown out for three different newcomers within a minute: the queue turns over, and nothing ends.

    One newcomer that needs the room of many is a scheduler's daily work; newcomers that each throw something out have a
    priority that is not theirs. The SmartScaler write-up: load that it makes itself. Three are no coincidence.
    """
    if not view.announces(subject) or not (newest := _newcomer(subject)):
        return
    lines = [*view.said(Note.ANNOUNCEMENT, subject, MINUTE), subject]
    newcomers = {newcomer for line in lines if verb_of(line) == "evict" and (newcomer := _newcomer(line))}
    if len(newcomers) >= _STORM:
        yield Verdict(
            f"throws out work for {len(newcomers)} different newcomers in a minute, the last of them {newest}",
            "Whatever is thrown out begins anew, if it has no checkpoint. Look at the newcomers' priority.",
            switch=REVOKE,
        )


def _newcomer(decision: Decision) -> str:
    """For whom something is thrown out, by the line."""
    if _PREEMPTS not in decision.message.casefold():
        return ""
    return next((text for key, text in decision.attributes.items() if _FOR.fullmatch(key)), "")


_FOR = re.compile(
    r"(?:preempting|preempted_?by|preemptor|by)_?(?:workload|pod|job)?(?:[._]?name)?|preemptor", re.IGNORECASE
)
