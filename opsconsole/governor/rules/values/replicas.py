"""Replica counts: below zero, beyond reason, to zero, many times or a fraction of what there was."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import only_told
from opsconsole.governor.announced.shares import TELLS_SHARES, share_of
from opsconsole.governor.announced.told_settings import ARROWS
from opsconsole.governor.interest import Interest
from opsconsole.governor.known_role import RoleSource
from opsconsole.governor.measures import DAY, BlastMeasure
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, matters, name_of, ordinary, percent
from opsconsole.governor.rules.own_words import deed
from opsconsole.governor.rules.rollouts import is_rolled_out
from opsconsole.patterns import late
from opsconsole.records import Change, ChangeField, Decision, EntryReading, Kind, Ref, Severity, Workload

MOST_PODS = 150_000
"""Kubernetes' own bound: "No more than 150,000 total pods" (kubernetes.io, Considerations for large clusters)."""

_COUNTS = frozenset({"replicas", "minReplicas", "maxReplicas"})
_INT32, _INT64 = 1 << 31, 1 << 63
_FEW_SLEEP = 3
_SLEEPERS = frozenset({"horizontal"})
"""Roles that put a worker of few pods to sleep: no message in its queue, or night in a test environment."""

_FEW_ASLEEP, _FEW_BY_IMAGE = 6, 3
"""So many workloads may a guessed one put to sleep in a day: in a log alone, and by its image in a cluster."""

_RUN_ONE_JOB = frozenset({"EphemeralRunnerSet"})
"""What runs a pipeline's jobs, a pod each, and is made for them: none wait, none run. A RunnerSet's stay for more."""

_IDLE = late(r"\b(?:idle|inactive)\b", re.IGNORECASE)
_OF_A_PERSON = late(r"(?<![\w/-])(?:notebook|workspace|sandbox)s?\b(?![\w/-])", re.IGNORECASE)
"""What one person works in; a name that is called so says nothing."""

_OF_NODES = frozenset({"NodeGroup", "NodePool", "MachineDeployment", "MachineSet", "MachinePool"})
_NODE_WORK = frozenset({"node-autoscaler"})

_MANY_NODES = 100
_FEW_LEFT = 0.2
_MANY_GONE = 4


@rule(
    "replicas-absurd",
    Severity.CRITICAL,
    Kind.DECISION,
    Kind.CHANGE,
    fields="replicas minReplicas maxReplicas",
    own=True,
)
def replicas_absurd(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A replica count below zero, no whole number, or above the 150,000 pods that a cluster can have at all.

    The SmartScaler write-up: "Scale to -1 servers", cast to an unsigned integer: 18,446,744,073,709,551,615. As a
    strategic merge patch (``kubectl patch``) the API server takes that number and sets 0: it keeps the low 32 bits.
    """
    for about, field in view.wanted(subject):
        count = field.after_number
        if field.path not in _COUNTS or count is None or math.isnan(count):
            continue
        if 0 <= count <= MOST_PODS and float(count).is_integer():
            continue
        yield Verdict(
            f"{field.path} of {name_of(about)} to {field.after}: no such number of pods",
            "A part of a pod, less than none, or what no cluster can hold is a computing error and no decision."
            + _overflow(field.after, count),
            part=field.path,
            switch=REVOKE,
        )


def _overflow(text: str, count: float) -> str:
    """What the API server makes of a count that does not fit in its int32; empty for one that does, or is no integer.

    ``tests/contract`` sees it on a real 1.36.3: a merge patch, a JSON patch and a whole object are refused; of a
    strategic merge patch the low 32 bits are kept, none of what does not even fit in an int64.
    """
    if -_INT32 <= count < _INT32 or not math.isfinite(count) or not count.is_integer():
        return ""
    whole = int(text) if text.lstrip("-").isdecimal() else int(count)  # a float has lost the low bits of a long number
    kept = (whole + _INT32) % (2 * _INT32) - _INT32 if -_INT64 <= whole < _INT64 else 0
    if kept < 0:
        return " It does not fit in 32 bits either: the API server refuses it."
    return (
        " It does not fit in 32 bits either, but the API server does not refuse every patch with it: a strategic merge "
        f"patch (kubectl patch) is taken and sets {kept:,}."
    )


@rule("replicas-zero", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, fields="replicas", own=True)
def replicas_zero(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A workload that runs is scaled to zero.

    Both write-ups: no pods, no errors ("if it reduced the number of pods to zero, the number of errors would also drop
    to zero"). A warning only where it is not known whether any pod runs; critical all the same for a group of nodes,
    unless the role is a node autoscaler's. A rollout's old ReplicaSet ends at
    zero: that is no finding where a Deployment that is there, the role in the settings, or its successor's ready pods
    show the rollout; in a log alone what the log says of the successor does, and fewer than four pods are none. A
    worker of three pods at most that no budget guards is a remark where that is its role's work (KEDA, a downscaler):
    by the settings, for half of the fleet; by its image, for three in a day; by its words in a log alone only, for six
    in a day, and for nothing that is called production. A set of runners that are made for one job
    each (EphemeralRunnerSet) is none from three, and a remark where nobody tells how many there were.
    """
    for about, field in view.wanted(subject):
        if field.path != "replicas" or field.after_number != 0 or field.before_number == 0:
            continue
        if is_rolled_out(about, field.before_number, 0.0, subject, view):  # the old one goes to zero each time
            continue
        few = field.before_number is not None and field.before_number <= _FEW_SLEEP
        for_one_job = about is not None and about.kind in _RUN_ONE_JOB
        if few and for_one_job:
            continue  # each of them ends with the job that it was made for
        sleeps = few and about is not None and _is_worker(about, field, subject) and not _serves(about, view)
        work = ordinary(subject, view, _SLEEPERS) if sleeps and about and _may_sleep(about, subject, view) else ""
        yield Verdict(
            f"{name_of(about)} scaled to zero" + (f" (was {field.before})" if field.before else ""),
            "No replicas, no errors: a service that is off has a perfect error rate." + work,
            part=field.path,
            severity=Severity.INFO
            if work or (for_one_job and field.before_number is None)
            else _of_zero(about, field, subject, view),
            switch=REVOKE,
        )


def _of_zero(about: Ref | None, field: ChangeField, subject: Decision | Change, view: View) -> Severity:
    """How bad it is: a group of nodes that is told to be none empties what is on them, unless that is its role."""
    if field.before_number is not None:
        return Severity.CRITICAL
    empties = about is not None and about.kind in _OF_NODES and not ordinary(subject, view, _NODE_WORK)
    return Severity.CRITICAL if empties else Severity.WARNING


def _is_worker(about: Ref, field: ChangeField, subject: Decision | Change) -> bool:
    """Whether it may be one that waits for work; of what keeps data only where one person works, said to be idle."""
    if about.kind != "StatefulSet":
        return True
    if not isinstance(subject, Decision) or field.before_number != 1:
        return False
    return all(words.search(subject.message) is not None for words in (_IDLE, _OF_A_PERSON))


def _may_sleep(about: Ref, subject: Decision | Change, view: View) -> bool:
    """Whether it is one of so few that what the role is known by may call it ordinary."""
    known, asleep = view.role_of(subject), view.reach(BlastMeasure.ASLEEP, DAY).count
    fleet = view.fleet(BlastMeasure.SERVICES)
    if known.is_set:
        return fleet is None or asleep <= max(_FEW_ASLEEP, fleet // 2)
    if not is_log_alone(view):
        return known.source is RoleSource.IMAGE and asleep <= _FEW_BY_IMAGE
    return asleep <= _FEW_ASLEEP and not matters(about)


def _serves(about: Ref, view: View) -> bool:
    """Whether a Service's own guard stands before it: what a disruption budget guards is not put to sleep."""
    record = view.find(about)
    return isinstance(record, Workload) and bool(view.guards(record.namespace, record.selector))


@rule(
    "replicas-factor",
    Severity.CRITICAL,
    Kind.DECISION,
    Kind.CHANGE,
    fields="replicas minReplicas maxReplicas",
    own=True,
)
def replicas_factor(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """More than governor.max_scale_factor (10) times the replicas there were.

    The SmartScaler write-up: an overfitted model took "a slight breeze" for an attack. Ten times at once is our bound
    for what still may be a plan. Likewise a hundred nodes of a group that had none (warning).
    """
    for about, field in view.wanted(subject):
        before, after = field.before_number, field.after_number
        if field.path not in _COUNTS or before is None or after is None:
            continue
        if before == 0 and about is not None and about.kind in _OF_NODES and _MANY_NODES <= after <= MOST_PODS:
            yield Verdict(
                f"{name_of(about)} from no node to {field.after} at once",
                "Nobody has seen yet what the first of them costs, or does.",
                part=field.path,
                severity=Severity.WARNING,
                switch=REVOKE,
            )
        if not before > 0:
            continue
        if before * view.settings.max_scale_factor < after <= MOST_PODS:
            yield Verdict(
                f"{field.path} of {name_of(about)} {field.before} → {field.after}: {after / before:.0f} times as many",
                f"More than {view.settings.max_scale_factor:g} times at once.",
                part=field.path,
                switch=REVOKE,
            )


@rule(
    "replicas-cut",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    written="replicas minReplicas maxReplicas",
    lines=(Interest(fields=_COUNTS), *TELLS_SHARES, Interest(details=ARROWS, words=("replicas",))),
    own=True,
)
def replicas_cut(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """Most of the replicas are taken away at once: four fifths, and four pods at least.

    Critical where governor.max_scale_factor (10) times as many were there: what is too much upwards in one step is so
    downwards. Zero has a rule of its own. The Aura write-up: "no script should be able to kill more than a fraction of
    your fleet". Four fifths are our bound: an HPA that halves each minute stays under it. A share without values counts
    ("by 95 %").
    """
    if isinstance(subject, Decision) and view.announces(subject):
        yield from _cut_by_a_share(subject, view)
    if isinstance(subject, Decision) and subject.reading is EntryReading.UNCLEAR and not only_told(subject):
        yield from _cut_in_words(subject, view)
    for about, field in view.wanted(subject):
        before, after = field.before_number, field.after_number
        if field.path not in _COUNTS or before is None or after is None or not math.isfinite(before):
            continue
        if not 1 <= after <= before * _FEW_LEFT or before - after < _MANY_GONE:
            continue
        if is_rolled_out(about, before, after, subject, view):
            continue
        yield Verdict(
            f"{field.path} of {name_of(about)} {field.before} → {field.after}: {percent(before, after):.0f} % fewer",
            "What is left has to carry all of it, and is not warm for it.",
            part=field.path,
            severity=Severity.CRITICAL if after * view.settings.max_scale_factor <= before else Severity.WARNING,
            switch=REVOKE,
        )


_IN_WORDS = late(
    r"\breplicas(?: of [\w./-]{1,120})?:? (?:from )?(?P<before>\d{1,6}) ?(?:->|=>|→|to) ?(?P<after>\d{1,6})(?![\w.%])"
)


def _cut_in_words(decision: Decision, view: View) -> Iterable[Verdict]:
    """``synced replicas 40 -> 1 from profile small``: of a line that is not understood both values are told."""
    match = deed(_IN_WORDS, decision.message)
    before, after = (float(match["before"]), float(match["after"])) if match is not None else (0.0, 0.0)
    if match is None or after > before * _FEW_LEFT or before - after < _MANY_GONE:
        return
    yield Verdict(
        f"replicas of {name_of(decision.target)} {match['before']} → {match['after']}, by its words",
        "What is left has to carry all of it, and is not warm for it. The line was not understood otherwise.",
        part="replicas",
        severity=Severity.CRITICAL if after * view.settings.max_scale_factor <= before else Severity.WARNING,
        switch=REVOKE,
    )


def _cut_by_a_share(decision: Decision, view: View) -> Iterable[Verdict]:
    """``Reducing replicas of web by 95%``: no value is told, and how much is."""
    share = share_of(decision)
    if share is None or share.resource not in _COUNTS or share.factor > _FEW_LEFT:
        return
    yield Verdict(
        f"replicas of {name_of(decision.target)} cut {share.cut:.0f} %, by its words",
        "What is left has to carry all of it, and is not warm for it. It tells no value.",
        part=share.resource,
        severity=Severity.CRITICAL if share.factor * view.settings.max_scale_factor <= 1.0 else Severity.WARNING,
        switch=REVOKE,
    )
