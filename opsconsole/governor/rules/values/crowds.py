"""More pods at once than anybody has seen work: jobs by the thousand, a count of replicas that follows on nothing."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.governor.rules.values.replicas import MOST_PODS
from opsconsole.records import Decision, Kind, Severity

_PODS_OF_A_NAMESPACE = 3_000
"""What Kubernetes is tested with: "#Pods … 3000" a namespace (sig-scalability, Kubernetes Scalability thresholds)."""

_MADE_AT_ONCE = 1_000
"""Ten times as many Jobs as KEDA starts for one queue unless it is told otherwise (``maxReplicaCount``: 100)."""

_MADE = frozenset({"Job", "Pod", "Node", "NodeClaim", "Machine"})
_COUNTS = frozenset({"replicas", "minReplicas"})


@rule(
    "crowd",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, verbs=frozenset({"create"})), Interest(fields=_COUNTS)),
)
def crowd(subject: Decision, view: View) -> Iterable[Verdict]:
    """A thousand Jobs, pods or nodes are made at once, or replicas set to 3,000 and more from nobody knows how many.

    The SmartScaler write-up: an overfitted model took "a slight breeze" for an attack. Kubernetes is tested with 3,000
    pods in a namespace; KEDA starts a hundred Jobs for a queue unless it is told otherwise, and ten times as many is
    our bound for what still may be a plan. Where the count before is known, replicas-factor decides instead.
    """
    kind = next((target.kind for target in targets_of(subject)), "")
    if verb_of(subject) == "create" and view.announces(subject) and kind in _MADE:
        if subject.count is not None and subject.count >= _MADE_AT_ONCE:
            yield Verdict(
                f"creates {subject.count:,} {kind.lower()}s at once",
                "So many fill a cluster, and what serves has to wait behind them.",
                switch=REVOKE,
            )
        return
    for about, field in view.wanted(subject):
        count = field.after_number
        if field.path not in _COUNTS or field.before_number is not None or count is None:
            continue
        if _PODS_OF_A_NAMESPACE <= count <= MOST_PODS:
            yield Verdict(
                f"{field.path} of {name_of(about)} to {field.after}; how many there were is not known",
                f"Kubernetes is tested with {_PODS_OF_A_NAMESPACE:,} pods in a namespace.",
                part=field.path,
                about=about,
                switch=REVOKE,
            )
