"""What a write, or a line that announces one, adds to the trajectories and to the blast radius."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opsconsole.governor.account.blast_radius import BlastRadius
from opsconsole.governor.account.trajectories import Trajectories
from opsconsole.governor.announced.line_kinds import said_at, targets_of, verb_of
from opsconsole.governor.announced.shares import share_of
from opsconsole.governor.measures import MINUTE, BlastMeasure
from opsconsole.governor.observed.changes import DELETED, object_key
from opsconsole.patterns import late
from opsconsole.records import Change, ChangeField, Decision, Mood, Ref

_REMOVES = frozenset({"delete", "evict"})
_UNSEEN = frozenset({BlastMeasure.PODS, BlastMeasure.OBJECTS, BlastMeasure.JOBS})
"""What is counted by its words: who removed it is never seen."""

_NODE_VERBS = frozenset({"drain", "cordon", "taint", "disrupt"})
_SCALES = frozenset({"scale", "patch", "rollback", "restart"})
_CLAIMS = frozenset({"NodeClaim", "Machine"})
"""They stand for nodes, which are counted themselves; but where only their number is told."""

_SERVICES = frozenset({
    "", "Deployment", "StatefulSet", "DaemonSet", "Service", "Rollout", "CronJob", "HorizontalPodAutoscaler",
    "ScaledObject",
})  # fmt: skip
"""What a service is, and what sets its bounds: an autoscaler is called as what it scales, and both are one service."""

MEASURED = _NODE_VERBS | _REMOVES | _SCALES
"""Verbs of what counts for anything; see :func:`measure_of`."""

MOST_ADDED = 10_000
"""Nodes that one line can tell of as added; more is no number of nodes."""

_NODE_KINDS = frozenset({"Node", *_CLAIMS})
_GROUPS = frozenset({"NodeGroup", "NodePool", "MachineDeployment", "MachineSet", "MachinePool"})

_EMPTY = late(r"\bempty node\b|\bnode (?:is|was) empty\b", re.IGNORECASE)

_OF_A_CACHE = late(
    r"\bevict(?:ed|ing|s)? [\d,._]{1,15}k? (?:(?!running|live|active|healthy|serving)[a-z-]{1,20} ){0,3}?"
    r"(?:(?:entries|keys|pages|blocks|rows|chunks|segments)\b|"
    r"(?:objects|items|values|records|documents|files|connections|sessions|trials|results|images|layers)"
    r" (?:from|of|in) (?:the |its |our |an? )?(?:[a-z-]{1,20} ){0,2}?(?:cache|lru)\b|"
    r"(?<=\d )(?:cold|stale|unused|idle|old|least-recently-used) (?:objects|items) "
    r"(?:by |\()(?:lru|lfu)\)?, freed \d[\d.]{0,9} ?[kmgt]i?b\W*$)"
)
"""What a cache lets go; what may be a word for pods only where the cache is named, or what it frees is told: the words
for how it chooses are no cache, and pods may be chosen so."""

_HAVE_ENDED = late(
    r"(?:deleted|removed|cleaned up|deleting|removing|cleaning up) (?P<count>\d{1,4}) (?:"
    r"pods (?:in phase |with status\.phase[= ])(?:Succeeded|Failed|(?:Succeeded|Failed)(?: or |,)(?:Succeeded|Failed))|"
    r"(?:completed|finished|succeeded) pods)"
    r"(?: older than \d{1,4} ?[a-z]{1,7})?(?: (?:in|from) (?:the )?(?:namespace )?[a-z0-9][a-z0-9-]{0,62}(?: "
    r"namespace)?)?\.?",
    re.IGNORECASE,
)
"""What is done to pods that run no more, by their phase, where the line says nothing else."""

_ENDED_FOR_ONE = 50
"""So many pods that are said to have ended count for one that runs: by that word alone nobody deletes without end."""

_RUNS = frozenset({"running", "active", "serving", "ready", "pending"})
"""What is said beside of pods that have not ended."""

_NODE_FIELDS = frozenset({"taints", "unschedulable"})


def enter_change(change: Change, trajectories: Trajectories, blast: BlastRadius) -> None:
    """Enter a write that was seen, once."""
    about = object_key(change.about)
    for field in change.fields:
        trajectories.note(about, field, change.at)
    if change.about.kind == "Node":
        if DELETED in change.fields or any(field.path in _NODE_FIELDS for field in change.fields):
            blast.hit(BlastMeasure.NODES, change.about.name, change.at)
        if any(field.path == "unschedulable" and field.after == "false" for field in change.fields):
            blast.back(change.about.name)
    elif change.about.kind in _SERVICES:
        kind, group = change.about.kind, change.about.namespace
        blast.hit(BlastMeasure.SERVICES, _service(change.about), change.at, kind=kind, group=group)
    enter_sleep(change.about, change.fields, change.at, blast)


def enter_sleep(about: Ref, fields: tuple[ChangeField, ...], at: float, blast: BlastRadius) -> None:
    """Enter that a workload goes to zero: each counts once a day, whatever is said of its waking."""
    for field in fields:
        if field.path == "replicas" and field.after_number == 0 and field.before_number != 0:
            blast.hit(BlastMeasure.ASLEEP, _service(about), at)
            return


def enter_again(history: Sequence[Change], trajectories: Trajectories, blast: BlastRadius) -> None:
    """Enter an object's writes anew, since one of them proved to be another's. ``history`` has the oldest first."""
    for change in history:
        _forget(change.about, blast)
        for field in change.fields:
            trajectories.forget(object_key(change.about), field.path)
    for change in history:
        if change.by_optimizer is not False:
            enter_change(change, trajectories, blast)


def _forget(about: Ref, blast: BlastRadius) -> None:
    if about.kind == "Node":
        blast.forget(about.name)
    else:
        blast.forget(_service(about), about.kind)


def enter_said(
    about: Ref, decision: Decision, fields: tuple[ChangeField, ...], at: float, trajectories: Trajectories
) -> None:
    """Enter what a line says was set, by values or by shares: what many such lines come to."""
    for field in fields:
        trajectories.note(object_key(about), field, at)
    share = share_of(decision)
    if share is not None:
        trajectories.note_share(object_key(about), share.field.path, share.factor, at)


def enter_word(
    decision: Decision,
    fields: tuple[ChangeField, ...],
    trajectories: Trajectories,
    blast: BlastRadius,
    *,
    at: float,
    seen: bool,
) -> None:
    """Enter an announcement.

    Args:
        decision: what is announced.
        fields: what it sets, with the values before.
        trajectories: what its writes come to.
        blast: what they hit.
        at: when it was said, seconds since the epoch, and not after now: what is to come would never be over.
        seen: whether the write itself would be seen; then it is entered with that. Who removes a pod is never seen.
    """
    verb, targets = verb_of(decision), targets_of(decision)
    if not seen and targets:
        enter_said(targets[0], decision, fields, at, trajectories)
    for each in targets:
        if each.kind == "Secret" and verb in _SCALES | {"create"}:
            blast.hit(BlastMeasure.SECRETS, each.key, at)
        if not seen:  # of a fleet that is seen no word takes back what went
            _enter_nodes(each, verb, fields, at, blast)
    for target in targets or (None,):
        sort = measure_of(decision, verb, target)
        if sort is not None and (not seen or sort in _UNSEEN):
            name = _name(sort, target, decision)
            count = decision.count if decision.count is not None and len(targets) < 2 else 1
            if sort is BlastMeasure.PODS and _have_ended(decision):
                count //= _ENDED_FOR_ONE
            if sort is BlastMeasure.NODES and (target is None or not target.name):
                blast.hit_unnamed(verb, decision.key, at, max(count, 1))
                continue
            if sort is BlastMeasure.NODES and verb in _REMOVES and _EMPTY.search(decision.message):
                blast.hit(BlastMeasure.NODES_EMPTY, name, at)
            blast.hit(sort, name, at, group=target.namespace if target is not None else "", count=max(count, 1))


def enter_seen(decision: Decision, blast: BlastRadius) -> None:
    """A node of which an event tells that it takes pods again, whoever saw to that, is not gone for the day.

    What comes right behind the drain is no node that has been seen to: whoever drains could write that line as well.
    """
    if decision.mood is Mood.OBSERVED and decision.action == "NodeSchedulable":
        for each in targets_of(decision):
            at = blast.hit_at(each.key)
            if at is not None and said_at(decision) - at >= _SEEN_TO:
                blast.back(each.key)


_SEEN_TO = 2 * MINUTE
"""A node that is upgraded or started anew is not back earlier."""


def _enter_nodes(target: Ref, verb: str, fields: tuple[ChangeField, ...], at: float, blast: BlastRadius) -> None:
    """Nodes that come, or come back."""
    if verb in ("uncordon", "untaint"):
        blast.back(target.key)
    elif verb == "create" and target.kind in _NODE_KINDS:
        blast.hit(BlastMeasure.NODES_ADDED, target.key or f"at {at}", at)
    elif target.kind in _GROUPS:
        for field in fields:
            more = (field.after_number or 0.0) - (field.before_number or 0.0)
            if field.path in ("size", "replicas") and field.before_number is not None and 0 < more < MOST_ADDED:
                blast.hit(BlastMeasure.NODES_ADDED, f"{target.key} at {at}", at, count=int(more))


def _name(sort: BlastMeasure, target: Ref | None, decision: Decision) -> str:
    if target is None:
        return decision.key
    return _service(target) if sort is BlastMeasure.SERVICES else target.key


def _service(about: Ref) -> str:
    return f"{about.namespace}/{about.name}"


def _is_of_a_cache(decision: Decision) -> bool:
    said = decision.message.lower()
    return _OF_A_CACHE.search(said) is not None and "pod" not in said and "node" not in said


def _have_ended(decision: Decision) -> bool:
    """Whether the pods that it counts are deleted by a phase in which none of them runs."""
    named = any(target.name for target in targets_of(decision))
    runs = any(value.strip().casefold() in _RUNS for value in decision.attributes.values())
    return _HAVE_ENDED.fullmatch(decision.message) is not None and not named and not runs


def measure_of(decision: Decision, verb: str, target: Ref | None) -> BlastMeasure | None:
    """What the deed counts for, done to that target; ``None`` where it counts for nothing."""
    kind = target.kind if target is not None else ""
    action = decision.action.lower()
    if kind in _CLAIMS and not (target is not None and not target.name and (decision.count or 0) > 1):
        return None
    if (
        verb in _NODE_VERBS
        or (kind == "Node" and verb == "restart")
        or (verb in _REMOVES and (kind in _NODE_KINDS or (not kind and "node" in action)))
    ):
        return BlastMeasure.NODES
    if verb in _REMOVES and (kind == "Pod" or (not kind and ("pod" in action or verb == "evict"))):
        return None if target is None and verb == "evict" and _is_of_a_cache(decision) else BlastMeasure.PODS
    if verb == "delete" and kind:
        return BlastMeasure.JOBS if kind == "Job" else BlastMeasure.OBJECTS
    return BlastMeasure.SERVICES if verb in _SCALES and kind in _SERVICES and target is not None else None
