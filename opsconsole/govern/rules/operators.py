"""The rule about custom resources of whatever operator: by them it is made to stop what it runs, or to shrink it. Pure.

Nobody knows all kinds that there are, but what their fields are called is much the same. Three levels of a spec are
looked at, and the objects in lists on the first two.
"""

from __future__ import annotations

import json

from opsconsole.govern.kept import MACHINES
from opsconsole.govern.names import CUSTOM_WORKLOADS, KEDA
from opsconsole.govern.rules.admission_rule import AdmissionRule, on

_COUNTS = ("replicas", "instances", "size", "count", "nodes", "nodeCount", "replicaCount", "numReplicas", "minReplicas",
           "desiredReplicas", "targetReplicas", "targetSize", "workers", "shards", "members")  # fmt: skip
"""How many there are, or are to be: of an operator's pods, or of those of an autoscaler's target."""

_STOPS = ("suspend", "suspended", "paused", "stop", "stopped", "halted", "hibernate", "hibernated", "hibernation",
          "shutdown", "scaleToZero")  # fmt: skip

_JUDGED_ELSEWHERE = (*((group, plural) for group, plurals in CUSTOM_WORKLOADS.items() for plural in plurals),
                     (KEDA, "scaledobjects"),
                     *((MACHINES, plural) for plural in ("machinesets", "machinedeployments", "machinepools")),
                     )  # fmt: skip
"""What rule ``replicas`` knows, where a person may approve it."""


def _held(low: int) -> str:
    """CEL: of ``p``, an object and what it was before, no count falls under the bound, and nothing is told to stop.

    What was not said before is another figure that nobody knows: then one is enough.
    """
    number = "(type({0}[f]) == int || type({0}[f]) == double)"
    counts = (
        f"!{number.format('p[0]')} || p[0][f] >= (f in p[1] ? {low} : {min(low, 1)})"
        f" || f in p[1] && {number.format('p[1]')} && p[1][f] <= p[0][f]"
    )
    stops = "p[0][f] != true || f in p[1] && p[1][f] == true"
    return f"p[0].all(f, f in variables.counts ? {counts} : f in variables.stops ? {stops} : true)"


def _names(of: tuple[str, ...]) -> str:
    """CEL: a map with these keys. Whether a key is in it costs as much as one step, of a list one for each name."""
    return json.dumps(dict.fromkeys(of, True))


_FIRST = (
    "object.spec.filter(k, type(object.spec[k]) == map && !(k in variables.was && object.spec[k] == variables.was[k]))"
    ".map(k, [object.spec[k],"
    " k in variables.was && type(variables.was[k]) == map ? variables.was[k] : dyn({})])"
)
_SECOND = (
    "variables.first.map(p, p[0].filter(k, type(p[0][k]) == map).map(k, [p[0][k],"
    " k in p[1] && type(p[1][k]) == map ? p[1][k] : dyn({})]))"
)
_LISTED = (
    "([[object.spec, variables.was]] + variables.first).map(p, p[0].filter(k, type(p[0][k]) == list).map(k,"
    " p[0][k].filter(e, type(e) == map && !(k in p[1] && type(p[1][k]) == list && e in p[1][k])).map(e, [e, dyn({})])))"
)
"""CEL: pairs of a changed object and what it was before, by level; of lists the objects that did not stand in them."""


NAME = "operators"


def is_custom(group: str) -> bool:
    """Whether an API group is no part of Kubernetes itself, as the rule's own expression asks it."""
    return "." in group and (not group.endswith(".k8s.io") or group.endswith(".x-k8s.io"))


def operators(low: int) -> AdmissionRule:
    """The rule, with the fewest replicas that there may be."""
    held, group = _held(low), "request.resource.group"
    elsewhere = json.dumps([f"{plural}.{its_group}" for its_group, plural in _JUDGED_ELSEWHERE])
    return AdmissionRule(
        NAME,
        f"shrinks what an operator runs to under {low}, or tells it to stop that, by a custom resource",
        f"it may not have an operator stop what it runs, or shrink it to under {low}",
        (on("*", "CREATE UPDATE", "*"),),
        f"([[object.spec, variables.was]] + variables.first).all(p, {held})"
        f" && variables.second.all(q, q.all(p, {held}))"
        f" && variables.listed.all(r, r.all(q, q.all(p, {held})))",
        (
            (
                "was",
                "oldObject != null && has(oldObject.spec) && type(oldObject.spec) == map ? oldObject.spec : dyn({})",
            ),
            ("counts", _names(_COUNTS)),
            ("stops", _names(_STOPS)),
            ("first", _FIRST),
            ("second", _SECOND),
            ("listed", _LISTED),
        ),
        # Groups of Kubernetes itself have rules of their own.
        touches=f"({group}.contains('.') && (!{group}.endsWith('.k8s.io') || {group}.endsWith('.x-k8s.io'))"
        f" && !(request.resource.resource + '.' + {group} in {elsewhere})"
        " && has(object.spec) && type(object.spec) == map"
        " && (oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec))",
    )
