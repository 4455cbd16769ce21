"""Replica counts: below zero, beyond reason, to zero, many times or a fraction of what there was."""

from __future__ import annotations

import math
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, percent, wanted
from opsconsole.governor.rules.rollouts import is_rolled_out
from opsconsole.records import Change, Decision, Kind, Severity

MOST_PODS = 150_000
"""Kubernetes' own bound: "No more than 150,000 total pods" (kubernetes.io, Considerations for large clusters)."""

_COUNTS = frozenset({"replicas", "minReplicas", "maxReplicas"})
_INT32, _INT64 = 1 << 31, 1 << 63
_FEW_LEFT = 0.2
_MANY_GONE = 4


@rule("replicas-absurd", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, fields="replicas minReplicas maxReplicas")
def replicas_absurd(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A replica count below zero, or above the 150,000 pods that a cluster can have at all.

    The SmartScaler write-up: "Scale to -1 servers", cast to an unsigned integer: 18,446,744,073,709,551,615. As a
    strategic merge patch (``kubectl patch``) the API server takes that number and sets 0: it keeps the low 32 bits.
    """
    for about, field in wanted(subject, view):
        count = field.after_number
        if field.path not in _COUNTS or count is None or math.isnan(count) or 0 <= count <= MOST_PODS:
            continue
        yield Verdict(
            f"{field.path} of {name_of(about)} to {field.after}: no such number of pods",
            "A number below zero, or one that a whole cluster can't hold, is a computing error and no decision."
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


@rule("replicas-zero", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, fields="replicas")
def replicas_zero(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A workload that runs is scaled to zero.

    Both write-ups: no pods, no errors ("if it reduced the number of pods to zero, the number of errors would also drop
    to zero"). A warning only where it is not known whether any pod runs. A rollout's old ReplicaSet ends at
    zero: that is no finding where a Deployment that is there, the role in the settings, or its successor's ready pods
    show the rollout; in a log alone what the log says of the successor does, and fewer than four pods are none.
    """
    for about, field in wanted(subject, view):
        if field.path != "replicas" or field.after_number != 0 or field.before_number == 0:
            continue
        if is_rolled_out(about, field.before_number, 0.0, subject, view):  # the old one goes to zero each time
            continue
        yield Verdict(
            f"{name_of(about)} scaled to zero" + (f" (was {field.before})" if field.before else ""),
            "No replicas, no errors: a service that is off has a perfect error rate.",
            part=field.path,
            severity=Severity.WARNING if field.before_number is None else Severity.CRITICAL,
            switch=REVOKE,
        )


@rule("replicas-factor", Severity.CRITICAL, Kind.DECISION, Kind.CHANGE, fields="replicas minReplicas maxReplicas")
def replicas_factor(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """More than governor.max_scale_factor (10) times the replicas there were.

    The SmartScaler write-up: an overfitted model took "a slight breeze" for an attack. Ten times at once is our bound
    for what still may be a plan.
    """
    for about, field in wanted(subject, view):
        before, after = field.before_number, field.after_number
        if field.path not in _COUNTS or before is None or after is None or not before > 0:
            continue
        if before * view.settings.max_scale_factor < after <= MOST_PODS:
            yield Verdict(
                f"{field.path} of {name_of(about)} {field.before} → {field.after}: {after / before:.0f} times as many",
                f"More than {view.settings.max_scale_factor:g} times at once.",
                part=field.path,
                switch=REVOKE,
            )


@rule("replicas-cut", Severity.WARNING, Kind.DECISION, Kind.CHANGE, fields="replicas minReplicas maxReplicas")
def replicas_cut(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """Most of the replicas are taken away at once: four fifths, and four pods at least.

    Critical where governor.max_scale_factor (10) times as many were there: what is too much upwards in one step is so
    downwards. Zero has a rule of its own. The Aura write-up: "no script should be able to kill more than a fraction of
    your fleet". Four fifths are our bound: an HPA that halves each minute stays under it.
    """
    for about, field in wanted(subject, view):
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
