"""Resources that no container can have: nothing, less than nothing, more than any node; bounds and weights likewise."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from opsconsole.governor.announced.line_kinds import targets_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import TEN_MINUTES
from opsconsole.governor.observed.fields import container_of
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of, place
from opsconsole.governor.rules.values.one_way import one_way
from opsconsole.governor.rules.values.replicas import MOST_PODS
from opsconsole.patterns import late
from opsconsole.records import Change, ChangeField, Decision, Kind, Ref, Severity

_TEBIBYTE = 1 << 40
_MOST_MEMORY = 12 * _TEBIBYTE
"""Bytes; no machine that is rented today has more. What the cluster's nodes have counts where it is known."""

_MOST_CPU = 1_000.0
_LEAST_MEMORY = 6 * (1 << 20)
"""Bytes: Docker refuses a limit of less, CRI-O one of twice as much; the API server takes it all the same."""

_LEAST_CPU = 0.01
_UNITS_APART = 500.0
"""Units are a thousand apart: cores and millicores, Mi and Gi. Nothing needs so much more from one look to the next."""

_LEAST_TARGET = 10.0
"""Percent of its request at which an autoscaler may want a pod busy; less makes it add pods for nothing."""

_WEIGHT = late(
    r"(?:.*\.)?(?P<group>weights)(?:\[[^\]]*\]|\.[^.]+)(?:\.weight)?|(?P<route>.*(?:route|backendRefs))\[[^\]]*\]\.weight"
)
_SHARE = late(r"[=:] ?(-?\d+(?:\.\d+)?)\b")
_SHARES = late(
    r"\b(?:traffic|routing|canary|backends?|route)\b[^:=]{0,60}\bweights?\b[^:=]{0,40}?:? "
    r"(?P<shares>[\w.-]+ ?[=:] ?-?\d+(?:\.\d+)?%?(?:[,; ]+(?:and )?[\w.-]+ ?[=:] ?-?\d+(?:\.\d+)?%?)+)",
    re.IGNORECASE,
)
"""``routing weights for web: v1=0.9 v2=0.3``: a class or a feature has weights too, and they are no traffic."""
_OF_A_ROUTE = late(
    r"\bweights?:? (?P<shares>[\w.-]+ ?[=:] ?-?\d+(?:\.\d+)?%?(?:[,; ]+(?:and )?[\w.-]+ ?[=:] ?-?\d+(?:\.\d+)?%?)+)",
    re.I,
)
_WEIGHT_ALONE = ("weight", "/canary-weight]", "/canary-weight")
_SETS_WEIGHTS = late(
    r"(?:set|setting|updated|updating|patched|patching|applied|applying|shifted|shifting) (?:the )?"
    r"(?:route|traffic|backend|canary|upstream)s?(?:'s)? weights?$",
    re.IGNORECASE,
)
"""All that is said, beside ``canary.weight=…``, ``primary.weight=…``."""
_END_IN_WEIGHTS = late(r"\bweights?:?$", re.IGNORECASE)
"""What the pairs beside such a message are."""

_COUNTED = late(r"generation|revision|version|step|attempt|duration|epoch|iteration|line|pid|took", re.IGNORECASE)
_ROUTES = frozenset({"VirtualService", "TrafficSplit", "Rollout", "Canary", "Ingress", "TraefikService"})
"""Kinds whose weights are shares of traffic, whatever else the line says."""

_ALL = 100.0
"""Percent: no share is more."""

_FALLS, _A_FIFTH_LESS = 3, 0.8
_MANY_REPLICAS = 1_000


@rule("resources-absurd", Severity.WARNING, Kind.DECISION, Kind.CHANGE, fields="limits requests", own=True)
def resources_absurd(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """A request or limit that no container can live with: zero, next to nothing, over its limit, over any node.

    Below zero, and a memory limit with which no container starts (under 6 MiB), are critical. The SmartScaler write-up:
    NaN and −1 went into configuration; a request of zero makes a pod the first to be evicted, one over any node makes
    it Pending for ever. Five hundred times as much at once is a mistake of the unit.
    """
    fields = view.wanted(subject)
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
    if len(fields) > 1:
        yield from _over_limits(fields)


@rule(
    "bounds-absurd",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    fields="minReplicas maxReplicas minReplicaCount maxReplicaCount minAllowed maxAllowed averageUtilization",
    own=True,
)
def bounds_absurd(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """Bounds of an autoscaler that bound nothing: no replica at least, none or a thousand at most, least over most.

    Of an HPA, of KEDA (whose least may be zero) and of a VPA. Nor is a target under 10 % of a request any bound. The
    SmartScaler write-up: it scaled until the money was gone; the upper bound is what ends a runaway.
    """
    values = {field.path: (about, field) for about, field in view.wanted(subject) if field.after_number is not None}
    for path, (about, field) in values.items():
        number, last = field.after_number or 0.0, path.rpartition(".")[2]
        why = _unbound(last, number)
        if why:
            yield Verdict(f"{last} of {name_of(about)} to {field.after}: {why}", _UNBOUND, part=path, switch=REVOKE)
        upper = values.get(path.replace("min", "max")) if "min" in path else None
        if upper is not None and number > (upper[1].after_number or 0.0) >= 0:
            yield Verdict(
                f"sets {_bound(path)} of {name_of(about)} above its {_bound(path).replace('min', 'max')}",
                "Nothing fits between the two: the API server refuses it, or the autoscaler stands still.",
                part="order" if last == "minReplicas" else f"{path} order",
                switch=REVOKE,
            )


_UNBOUND = "At zero nothing may be left running; at thousands nothing ends a runaway."


def _bound(path: str) -> str:
    """The bound that a path names: ``minAllowed.memory`` of a VPA, ``minReplicas``."""
    return path[path.rfind("min") :]


def _unbound(last: str, number: float) -> str:
    if last == "averageUtilization":
        return "any load at all is too much then" if number < _LEAST_TARGET else ""
    nothing = (last == "minReplicas" and number == 0) or (last.startswith("maxReplica") and number <= 0)
    endless = last.startswith("maxReplica") and _MANY_REPLICAS <= number <= MOST_PODS
    return "that bounds nothing" if nothing or endless else ""


@rule(
    "weights-absurd",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(fields=frozenset({"weight", "weights"})),
        Interest(announces=True, keys=("weight",)),
        Interest(words=("weight",)),
    ),
)
def weights_absurd(subject: Decision, view: View) -> Iterable[Verdict]:
    """Weights of traffic that add up to neither 1 nor 100, one below zero or over 100, or nothing but zeroes.

    The SmartScaler write-up: a computed weight went into the load balancer's configuration unchecked, and it crashed.
    Backends of a Gateway's route share by any numbers: of those only zeroes and what is below are wrong. Likewise
    weights of two backends of one route that are cut three times within ten minutes, by a fifth at least, while none
    rises: somebody has to take what they gave.
    """
    if (one := one_way(subject)) and not view.announces(subject):
        yield Verdict(one, "What stands elsewhere is idle, and what is left has to carry all of it.", switch=REVOKE)
        return
    yield from _only_falls(subject, view)
    for group, numbers in _weights(subject, view).items():
        total = sum(numbers)
        shares = not group.endswith("backendRefs")
        if len(numbers) == 1 and not (total < 0 or (shares and total > _ALL)):
            continue  # the others' are not told
        whole = any(math.isclose(total, each, rel_tol=0.01) for each in (1.0, 100.0))
        if min(numbers) < 0 or not any(numbers) or (shares and not whole):
            yield Verdict(
                f"traffic weights of {name_of(subject.target)} add up to {total:g}, not to 1 or 100 %",
                "They are shares: 1, or 100 in percent." if any(numbers) else "Nothing gets any traffic.",
                part="" if group == "weights" else group,
                switch=REVOKE,
            )
            return


def _only_falls(subject: Decision, view: View) -> Iterator[Verdict]:
    """Weights of one route that fall one after the other, and nothing that rises for them."""
    route = next((each for each in targets_of(subject) if each.name), None)
    newest = _shift(subject)
    if route is None or newest is None or newest[0] <= newest[1] or not view.announces(subject):
        return
    lines = [*view.said(Note.ANNOUNCEMENT, subject, TEN_MINUTES, route.name), subject]
    shifts = [shift for line in lines if (shift := _shift(line)) is not None]
    falls = [(before, after) for before, after in shifts if after <= before * _A_FIFTH_LESS]
    ends = [after for _, after in shifts]
    backends = sum(before not in ends[:at] for at, (before, _) in enumerate(shifts))
    if len(falls) >= _FALLS and backends > 1 and all(after <= before for before, after in shifts):
        yield Verdict(
            f"weights of {route.name} only fall: {len(falls)} times in ten minutes, and none rises",
            "What these backends no longer take falls on the one that is left, or on nobody.",
            part="falls",
            about=route,
            switch=REVOKE,
        )


def _shift(line: Decision) -> tuple[float, float] | None:
    field = next((each for each in line.fields if each.path == "weight"), None)
    before, after = (_share(field.before), _share(field.value)) if field is not None else (None, None)
    return (before, after) if before is not None and after is not None else None


def _weights(subject: Decision, view: View) -> dict[str, list[float]]:
    """The weights that a line sets, by what they are the shares of."""
    groups = _grouped([(field.path, field.after) for _, field in view.wanted(subject)])
    if not groups and _SETS_WEIGHTS.match(subject.message if isinstance(subject, Decision) else "") is not None:
        said = [_share(text) for key, text in subject.attributes.items() if key.endswith((".weight", "_weight"))]
        shares = [share for share in said if share is not None]
        return {"weights": shares} if len(shares) == len(said) > 1 and all(map(math.isfinite, shares)) else {}
    if not groups and view.announces(subject):
        groups = _grouped(subject.attributes.items())
        if not groups and "eight" in subject.message and (told := _shares_told(subject)):
            groups["weights"] = [float(number) for number in _SHARE.findall(told["shares"])]
        elif not groups and (beside := _shares_beside(subject)):
            groups["weights"] = beside
    return {group: numbers for group, numbers in groups.items() if all(map(math.isfinite, numbers))}


def _shares_told(subject: Decision) -> re.Match[str] | None:
    told = _SHARES.search(subject.message)
    return _OF_A_ROUTE.search(subject.message) if told is None and _is_of_a_route(subject) else told


def _shares_beside(subject: Decision) -> list[float]:
    """``weights v1=90 v2=10`` where the pairs were taken for what stands beside the message; empty for less."""
    if not _is_of_a_route(subject) or _END_IN_WEIGHTS.search(subject.message) is None:
        return []
    said = [_share(text) for key, text in subject.attributes.items() if not _COUNTED.search(key)]
    shares = [share for share in said if share is not None]
    return shares if len(shares) == len(said) > 1 else []


def _is_of_a_route(subject: Decision) -> bool:
    return any(each.kind in _ROUTES for each in targets_of(subject))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = {}
    for path, text in pairs:
        match = _WEIGHT.fullmatch(path) if "weight" in path else None
        if path.endswith(_WEIGHT_ALONE) and (share := _share(text)) is not None and not 0 <= share <= _ALL:
            groups.setdefault("weights", []).append(share)
        if match is not None and (share := _share(text)) is not None:
            groups.setdefault(match["group"] or match["route"], []).append(share)
    return groups


def _share(text: str) -> float | None:
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        return None


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
        return (Severity.CRITICAL if rest == "limits.memory" else Severity.WARNING), "next to nothing"
    largest = view.largest_node()[0 if memory else 1]
    if number > (largest or (_MOST_MEMORY if memory else _MOST_CPU)) and (rest.startswith("requests.") or not largest):
        return Severity.WARNING, "more than any node has"
    another = _of_another_unit(field.before_number, number, _LEAST_MEMORY if memory else _LEAST_CPU)
    return (Severity.CRITICAL if another and rest.startswith("requests.") else Severity.WARNING), another


def _of_another_unit(before: float | None, after: float, least: float) -> str:
    """Words for so many times as much that only the unit explains it; empty for less, and from what was no value."""
    if before is None or not least <= before <= after / _UNITS_APART:
        return ""
    return f"{after / before:,.0f} times as much at once, as of another unit"


def _over_limits(fields: Sequence[tuple[Ref | None, ChangeField]]) -> Iterator[Verdict]:
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
