"""Resources that no container can have: nothing, less than nothing, more than any node; bounds and weights likewise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from opsconsole.governor.observed.fields import container_of
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, place, wanted
from opsconsole.governor.rules.values.replicas import MOST_PODS
from opsconsole.records import Change, ChangeField, Decision, Kind, Ref, Severity

_TEBIBYTE = 1 << 40
_MOST_MEMORY = 12 * _TEBIBYTE
"""Bytes; no machine that is rented today has more. What the cluster's nodes have counts where it is known."""

_MOST_CPU = 1_000.0
_LEAST_MEMORY = 4 * (1 << 20)
"""Bytes: the runtime itself needs as much; less cannot start (the API server takes it all the same)."""

_LEAST_CPU = 0.01
_MANY_REPLICAS = 1_000


@rule("resources-absurd", Severity.WARNING, Kind.DECISION, Kind.CHANGE, fields="limits requests")
def resources_absurd(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A request or limit that no container can live with: zero, next to nothing, over its limit, over any node.

    Below zero, and a memory limit of zero, are critical. The SmartScaler write-up: NaN and −1 went into configuration;
    a request of zero makes a pod the first to be evicted, one over any node makes it Pending for ever.
    """
    fields = list(wanted(subject, view))
    for about, field in fields:
        severity, why = _absurd(field, view)
        if why:
            yield Verdict(
                f"{_resource(field)} of {place(about, field.path)} to {field.after}: {why}",
                "Its pods will not start, be throttled to death, or be evicted first.",
                part=field.path,
                severity=severity,
                switch=REVOKE,
            )
    yield from _over_limits(fields)


@rule("bounds-absurd", Severity.WARNING, Kind.DECISION, Kind.CHANGE, fields="minReplicas maxReplicas")
def bounds_absurd(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """Bounds of an autoscaler that bound nothing: no replica at least, a thousand or more at most, least over most.

    The SmartScaler write-up: it scaled until the money was gone; the upper bound is what ends a runaway.
    """
    values = {field.path: (about, field) for about, field in wanted(subject, view) if field.after_number is not None}
    least, most = values.get("minReplicas"), values.get("maxReplicas")
    for path, (about, field) in values.items():
        number = field.after_number or 0.0
        if (path == "minReplicas" and number == 0) or (path == "maxReplicas" and _MANY_REPLICAS <= number <= MOST_PODS):
            yield Verdict(
                f"{path} of {name_of(about)} to {field.after}: that bounds nothing",
                "At zero nothing may be left running; at thousands nothing ends a runaway.",
                part=path,
                switch=REVOKE,
            )
    if least is not None and most is not None and (least[1].after_number or 0) > (most[1].after_number or 0):
        yield Verdict(f"minReplicas of {name_of(least[0])} is over maxReplicas", part="order", switch=REVOKE)


@rule("weights-absurd", Severity.WARNING, Kind.DECISION)
def weights_absurd(subject: Decision, view: View) -> Iterable[Verdict]:
    """Weights of traffic that add up to neither 1 nor 100, or one below zero.

    The SmartScaler write-up: a computed weight went into the load balancer's configuration unchecked, and it crashed.
    """
    weights = [field for _, field in wanted(subject, view) if field.path.partition("[")[0].endswith("weights")]
    numbers = [field.after_number for field in weights if field.after_number is not None]
    if len(numbers) < 2 or not all(math.isfinite(number) for number in numbers):
        return
    total = sum(numbers)
    if min(numbers) < 0 or not any(math.isclose(total, whole, rel_tol=0.01) for whole in (1.0, 100.0)):
        yield Verdict(
            f"weights of {name_of(subject.target)} add up to {total:g}",
            "They are shares: 1, or 100 in percent.",
            switch=REVOKE,
        )


def _absurd(field: ChangeField, view: View) -> tuple[Severity, str]:
    _, rest = container_of(field.path)
    number = field.after_number
    if not rest.startswith(("limits.", "requests.")) or number is None or not math.isfinite(number):
        return Severity.WARNING, ""
    memory = rest.endswith("memory")
    if number < 0:
        return Severity.CRITICAL, "less than nothing"
    if number == 0:
        return (Severity.CRITICAL if rest == "limits.memory" else Severity.WARNING), "nothing"
    if number < (_LEAST_MEMORY if memory else _LEAST_CPU):
        return Severity.WARNING, "next to nothing"
    largest = view.largest_node()[0 if memory else 1]
    if number > (largest or (_MOST_MEMORY if memory else _MOST_CPU)) and (rest.startswith("requests.") or not largest):
        return Severity.WARNING, "more than any node has"
    return Severity.WARNING, ""


def _over_limits(fields: list[tuple[Ref | None, ChangeField]]) -> Iterator[Verdict]:
    by_path = {field.path: field for _, field in fields}
    for about, field in fields:
        limit = by_path.get(field.path.replace("requests.", "limits.")) if "requests." in field.path else None
        if limit is None or limit.after_number is None or field.after_number is None:
            continue
        if field.after_number > limit.after_number > 0:
            yield Verdict(
                f"{_resource(field)} of {place(about, field.path)} is over its limit: {field.after} > {limit.after}",
                "The API server refuses it, and what it computed with is wrong.",
                part=f"{field.path} over",
                switch=REVOKE,
            )


def _resource(field: ChangeField) -> str:
    kind, _, resource = container_of(field.path)[1].partition(".")
    return f"{resource} {kind.removesuffix('s')}"
