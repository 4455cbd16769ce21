"""Blast radius: too many pods, services or nodes at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from opsconsole.governor.account.entries import MEASURED, measure_of
from opsconsole.governor.announced.line_kinds import targets_of, verb_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.known_role import KnownRole
from opsconsole.governor.measures import DAY, HOUR, MINUTE, BlastMeasure, Reach
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.records import Change, Decision, Kind, Severity

_FEW = 3
"""So many may be hit in a small cluster, whatever their share."""

_SORTS = {
    BlastMeasure.PODS: ("deletes or evicts", "pods"),
    BlastMeasure.SERVICES: ("changes", "services"),
    BlastMeasure.NODES: ("drains, cordons, taints, restarts or deletes", "nodes"),
}
"""What is counted, and how it is told: what the optimizer does to whom."""

_AN_HOUR = 4
_TAKES_NODES = frozenset({"delete", "drain", "cordon", "taint", "disrupt"})
_MELTED, _FAR_MELTED = 12, 1.5
_HALF = 50.0
_FAR_TOO_MANY = 2.5
_ORDINARY = {
    BlastMeasure.PODS: frozenset({"descheduler", "node-autoscaler", "node-maintenance"}),
    BlastMeasure.NODES: frozenset({"node-autoscaler", "node-maintenance"}),
    BlastMeasure.SERVICES: frozenset({"rightsizer", "horizontal", "rollout-controller"}),
}
"""Roles whose daily work it is; they may reach three times as far."""

_MAINTENANCE = "node-maintenance"
_MORE, _MORE_BY_A_GUESS = 3, 2
_EMPTIED = 10
"""Empty nodes that the cluster autoscaler removes at once (--max-empty-bulk-delete); here they are so many an hour."""

_ONE_BY_ONE, _ONE_BY_ONE_BY_A_GUESS = 30, 12
"""Nodes that maintenance boots in an hour, each back before the next goes: five minutes each, or two."""

_IN_A_MINUTE = 2
"""One comes back and the next goes; to boot a machine takes longer than to say so."""

_PODS_OF_A_NODE = 110
"""What a kubelet takes unless it is told otherwise (--max-pods): so many pods leave with a drained node."""

_SHARE, _SHARE_BY_A_GUESS = 3, 5
"""No role reaches further than to one in so many: a node autoscaler that takes half of the fleet is no ordinary one."""


@rule(
    "blast-radius",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    lines=(Interest(announces=True, verbs=MEASURED),),
    once=True,
    own=True,
)
def blast_radius(subject: Decision | Change, view: View) -> Answer:
    """More at once than a script may hit: a tenth of the pods, a third of the services, one node or a tenth of all.

    The Aura write-up: "no script should be able to kill more than a fraction of your fleet". Where it is not known how
    many there are, governor.blast_pods (8) or governor.blast_services (10) a minute, four times as many an hour. Two
    and a half times too many are critical. An optimizer whose role in the settings it is may reach three times as far,
    and to no more than a third of the pods or nodes; one whose role is guessed twice as far, and to no more than a
    fifth. In a log alone a guessed node autoscaler may reach three nodes an hour, and ten more that it says are empty,
    while it has added as many within the day. Node maintenance may boot twelve
    nodes an hour (thirty by the settings), two a minute, while each takes pods again before the next goes and is ready;
    a node's pods go too.
    """
    for sort in _sorts(subject, view):
        does, whom = _SORTS[sort]
        for reach, most in _too_far(subject, sort, view):
            share = view.fleet(sort)
            where = f", mostly in {reach.mostly}" if reach.mostly else ""
            when = "a minute" if reach.seconds == MINUTE else "an hour"
            yield Verdict(
                f"{does} {_of(reach.count, share, whom)} in {when}{where}",
                f"At most {most:,} are one script's business in {when}. Stop it first, then look what is left.",
                part=when,
                scope=sort.name,
                severity=Severity.CRITICAL if reach.count >= most * _FAR_TOO_MANY else Severity.WARNING,
                switch=REVOKE,
            )
            yield Again(view.now + reach.seconds, f"{sort.name} {when}")


@rule(
    "fleet-melts",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    written="taints unschedulable object",
    lines=(Interest(announces=True, verbs=_TAKES_NODES),),
    own=True,
)
def fleet_melts(subject: Decision | Change, view: View) -> Answer:
    """Node after node goes, each at an ordinary rate, and none comes back: a third of the fleet in a day.

    More than governor.melt_percent (33 %) of the most nodes that took pods within 24 hours, and four at least; half of
    them where the settings call it a node autoscaler, since some clusters sleep at night. In a log alone more than
    twelve, less those that came (three an hour are ordinary, not for ever). Critical at one and a half times as many.
    Nodes that take pods again are no loss. The Aura write-up: "no script should be able to kill more than a fraction of
    your fleet".
    """
    if isinstance(subject, Change):
        if subject.by_optimizer is False or subject.about.kind != "Node":
            return
    elif not view.announces(subject) or verb_of(subject) not in _TAKES_NODES:
        return
    gone, fleet = view.reach(BlastMeasure.NODES, DAY).count, view.most_nodes(view.now)
    if fleet:
        gone = min(gone, fleet - view.schedulable_nodes())
        most = max(_FEW, int(fleet * (_HALF if _is_set(view) else view.settings.melt_percent) / 100.0))
    else:
        gone, most = gone - view.reach(BlastMeasure.NODES_ADDED, DAY).count, _MELTED
    if gone > most:
        of = f" of {fleet:,}" if fleet else ""
        yield Verdict(
            f"the fleet melts: {gone:,}{of} nodes gone in a day, and no others came",
            f"Each went at an ordinary rate; together they are more than {most:,}. What is left has to carry all pods.",
            scope="fleet",
            severity=Severity.CRITICAL if gone >= most * _FAR_MELTED else Severity.WARNING,
            switch=REVOKE,
        )
        yield Again(view.now + HOUR, "fleet")


def _sorts(subject: Decision | Change, view: View) -> Collection[BlastMeasure]:
    """What a line adds to: who evicts a pod is told of pods, not of nodes. A write stands for all that came with it."""
    if isinstance(subject, Change):
        return () if subject.by_optimizer is False else _SORTS
    verb = verb_of(subject)
    if not verb or not view.announces(subject):
        return ()
    hit = {measure_of(subject, verb, target) for target in targets_of(subject) or (None,)}
    return [sort for sort in _SORTS if sort in hit]


def _of(count: int, fleet: int | None, whom: str) -> str:
    """``9 of 40 pods``; of pods that were replaced, and hit again, there are more than at one time."""
    if not fleet:
        return f"{count:,} {whom}"
    return f"{count:,} of {fleet:,} {whom}" if count <= fleet else f"{count:,} {whom} ({fleet:,} at a time)"


def _is_set(view: View) -> bool:
    """Whether the settings call it a node autoscaler, and nothing else."""
    return {each.role for each in view.optimizer.each} == {"node-autoscaler"}


def _too_far(subject: Decision | Change, sort: BlastMeasure, view: View) -> Iterator[tuple[Reach, int]]:
    """What was hit in too large a number, with the largest that would do; a minute's alarm goes before an hour's."""
    if not view.reach(sort, HOUR).count:
        return
    for seconds in (MINUTE, HOUR):
        reach = view.reach(sort, seconds)
        most = _most(sort, seconds, view)
        if reach.count > most and reach.count > (most := _of_role(subject, reach, sort, most, view)):
            yield reach, most
            return


def _of_role(subject: Decision | Change, reach: Reach, sort: BlastMeasure, most: int, view: View) -> int:
    """How many are ordinary for what it is for: more by a word of the settings, a few more by a guess."""
    known, roles = view.role_of(subject), {each.role for each in view.optimizer.each}
    ordinary = _of_ordinary(sort, most, view, is_set=bool(roles) and roles <= _ORDINARY[sort], known=known)
    if not known.counts or known.role != _MAINTENANCE or sort is BlastMeasure.SERVICES:
        return ordinary
    if sort is BlastMeasure.PODS:
        nodes = view.reach(BlastMeasure.NODES, HOUR).count
        at_once = max(_IN_A_MINUTE, _most(BlastMeasure.NODES, MINUTE, view))
        return max(ordinary, _pods_of_a_node(view) * (min(nodes, at_once) if reach.seconds == MINUTE else nodes))
    at_once = ordinary if known.is_set else most
    if view.reach(sort, DAY).count > at_once or sum(node.ready is False for node in view.nodes()) > at_once:
        return at_once
    in_turn = _ONE_BY_ONE if known.is_set else _ONE_BY_ONE_BY_A_GUESS
    return max(at_once, _IN_A_MINUTE if reach.seconds == MINUTE else in_turn)


def _of_ordinary(sort: BlastMeasure, most: int, view: View, *, is_set: bool, known: KnownRole) -> int:
    fleet, services = view.fleet(sort), sort is BlastMeasure.SERVICES
    if is_set:
        cap = fleet // _SHARE if fleet is not None and not services else most * _MORE
        return max(most, min(most * _MORE, cap))
    if not known.counts or known.role not in _ORDINARY[sort] or services:
        return most
    if fleet is None:
        return most * _MORE + _empty_again(view) if sort is BlastMeasure.NODES else most
    return max(most, min(most * _MORE_BY_A_GUESS, fleet // _SHARE_BY_A_GUESS))


def _empty_again(view: View) -> int:
    """How many nodes went that it says were empty, and that stood only as it had added as many within the day."""
    added = view.reach(BlastMeasure.NODES_ADDED, DAY).count
    return min(view.reach(BlastMeasure.NODES_EMPTY, HOUR).count, added, _EMPTIED)


def _pods_of_a_node(view: View) -> int:
    """How many pods may leave with a node: half as many again as there are on one, where that is seen."""
    pods, nodes = view.fleet(BlastMeasure.PODS), view.fleet(BlastMeasure.NODES)
    return _PODS_OF_A_NODE if pods is None or not nodes else -(-pods * 3 // (nodes * 2))


def _most(sort: BlastMeasure, seconds: float, view: View) -> int:
    settings, fleet = view.settings, view.fleet(sort)
    pods, hour = sort is BlastMeasure.PODS, _AN_HOUR if seconds == HOUR else 1
    floor = (settings.blast_pods if pods else settings.blast_services) * hour - 1
    if sort is BlastMeasure.NODES:
        return max(1, int((fleet or 0) * settings.blast_nodes_percent / 100.0))
    if fleet is None:
        return floor
    if pods:
        # A tenth of a large fleet within a minute is a massacre all the same: the share counts up to a point.
        return min(max(_FEW, int(fleet * settings.blast_pods_percent / 100.0)), floor * _AN_HOUR)
    # A rightsizer sees to every service once an hour; what it may not do is to change them all at once.
    share = int(fleet * settings.blast_services_percent / 100.0)
    return max(floor, share) if seconds == HOUR else min(max(_FEW, share), floor)
