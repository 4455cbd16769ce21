"""Evictions by their kind: every pod of one service at once, and work thrown out for ever more of another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from opsconsole.governor.announced.line_kinds import precedes, said_at, targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR, MINUTE, TEN_MINUTES
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, ordinary
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Ref, Severity

_REMOVES = frozenset({"evict", "delete"})
_AT_ONCE, _MEMBERS, _SECONDS = 3, 2, 10.0
_TURN, _TURNS = 30.0, 3
"""What follows sooner tells again of the same eviction."""

_EMPTIES = frozenset({"node-autoscaler", "node-maintenance", "janitor"})
"""Roles by which pods leave with their node, or that are done."""

_IN_ORDER = late(r"(?P<owner>.{1,200})-\d{1,3}")
_HAS_MANY_ALIKE = late(r"(?:^|-)(?:worker|exec|executor|runner|task|job|trial|agent|batch)s?(?:$|-)", re.IGNORECASE)
"""Pods that count up as well, and hold no vote: of a gang that is thrown out as one."""

_OF_A_SET = late(r"(?P<owner>.{1,200})-[a-z0-9]{5}")
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
    """Three pods of one ReplicaSet, or two of a StatefulSet, are evicted or deleted within ten seconds.

    Where no cluster is seen, by their names, and unless pods leave with their nodes by its role; three of what is
    preempted, or called a worker, or goes where nodes are drained and nothing else is done. The Aura write-up wants a
    budget: of three members of a database two are needed, and what evicts one after the other does not wait until the
    first is back. Ten seconds are less than any start. Where a cluster is seen its budgets and its ready pods tell
    more.
    """
    if verb_of(subject) not in _REMOVES or not is_log_alone(view) or not view.announces(subject):
        return
    owners = {_owner(each): each for each in targets_of(subject) if each.kind == "Pod"}
    lines = [*view.said(Note.ANNOUNCEMENT, subject, _SECONDS), subject]
    gone = {each for line in lines if verb_of(line) in _REMOVES for each in targets_of(line) if each.kind == "Pod"}
    for owner, pod in owners.items():
        alike = {object_key(each) for each in gone if owner and _owner(each) == owner}
        if len(alike) >= _enough(pod, subject, view) and not ordinary(subject, view, _EMPTIES):
            yield Verdict(
                f"{verb_of(subject)}s {len(alike)} pods of {owner} within {_SECONDS:.0f} s",
                "None of them can be back so soon: what they serve, or the vote that they hold, is gone with them.",
                about=pod,
                scope=f"{pod.namespace}/{owner}",
                switch=REVOKE,
            )


def _enough(pod: Ref, subject: Decision, view: View) -> int:
    """How many of them are too many: of what counts its pods two may hold the vote."""
    match = _IN_ORDER.fullmatch(pod.name)
    gang = match is None or _HAS_MANY_ALIKE.search(match["owner"]) or _PREEMPTS in subject.message.casefold()
    return _AT_ONCE if gang or _drains(subject, view) else _MEMBERS


def _drains(subject: Decision, view: View) -> bool:
    """Whether a node is drained by who sees to nodes and to nothing else: it may hold two of them."""
    lines = view.said(Note.STARTS_ANEW, subject, HOUR) if view.role_of(subject).tends_nodes else ()
    return any(verb_of(line) == "drain" for line in lines)


@rule(
    "evicted-again",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, verbs=frozenset({"evict"}), targets=frozenset({"Pod"})),),
)
def evicted_again(subject: Decision, view: View) -> Iterable[Verdict]:
    """One pod is evicted three times in ten minutes, or two evict each other: it comes back, and goes again.

    By its name, which only what counts its pods gives again; half a minute apart, since lines repeat, and an eviction
    that was refused before the next one counts for none. The SmartScaler write-up: load that it makes itself. What
    starts in between starts for nothing.
    """
    for pod in targets_of(subject) if verb_of(subject) == "evict" and view.announces(subject) else ():
        if pod.kind != "Pod" or not pod.name:
            continue
        lines = [line for line in view.said(Note.ANNOUNCEMENT, subject, TEN_MINUTES, pod.name) if _evicts(line, pod)]
        refused = view.said(Note.REFUSAL, subject, TEN_MINUTES, pod.name)
        times = [
            said_at(line)
            for line, later in pairwise((*lines, subject))
            if not any(precedes(line, each) and precedes(each, later) for each in refused)
        ] + [said_at(subject)]
        starts = [times[0], *(later for sooner, later in pairwise(times) if later - sooner >= _TURN)]
        other = _in_turn(pod, starts[-2], subject, view) if len(starts) == _TURNS - 1 else ""
        if len(starts) >= _TURNS or other:
            how = f"in turn with {other}" if other else f"{len(starts)} times in ten minutes"
            yield Verdict(
                f"evicts {pod.name} again and again: {how}",
                "It comes back and goes again: what it has done in between is lost each time.",
                about=pod,
                scope=object_key(pod),
                switch=REVOKE,
            )


def _evicts(line: Decision, pod: Ref) -> bool:
    return verb_of(line) == "evict" and any(
        (each.namespace, each.name) == (pod.namespace, pod.name) for each in targets_of(line)
    )


def _in_turn(pod: Ref, since: float, subject: Decision, view: View) -> str:
    """The one other pod that was evicted since this one went, half a minute from both; empty for none, or several."""
    lines = view.said(Note.ANNOUNCEMENT, subject, TEN_MINUTES)
    between = [line for line in lines if since < said_at(line) and verb_of(line) == "evict"]
    others = {each.name for line in between for each in targets_of(line)} - {pod.name}
    apart = all(said_at(line) - since >= _TURN and said_at(subject) - said_at(line) >= _TURN for line in between)
    return others.pop() if len(others) == 1 and apart else ""


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


_FOR = late(r"(?:preempting|preempted_?by|preemptor|by)_?(?:workload|pod|job)?(?:[._]?name)?|preemptor", re.IGNORECASE)
