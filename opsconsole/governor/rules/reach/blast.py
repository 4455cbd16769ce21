"""Blast radius: too many pods, services or nodes at once."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.governor.announced.line_kinds import verb_of
from opsconsole.governor.measures import HOUR, MINUTE, BlastMeasure, Reach
from opsconsole.governor.rule import Again, Answer, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.records import Change, Decision, Kind, Severity

_FEW = 3
"""So many may be hit in a small cluster, whatever their share."""

_SORTS = tuple(BlastMeasure)
_AN_HOUR = 4
_FAR_TOO_MANY = 2.5
_ORDINARY = {
    BlastMeasure.PODS: frozenset({"descheduler", "node-autoscaler"}),
    BlastMeasure.NODES: frozenset({"node-autoscaler"}),
    BlastMeasure.SERVICES: frozenset({"rightsizer", "horizontal", "rollout-controller"}),
}
"""Roles whose daily work it is; they may reach three times as far."""

_MORE, _MORE_BY_A_GUESS = 3, 2
_SHARE, _SHARE_BY_A_GUESS = 3, 5
"""No role reaches further than to one in so many: a node autoscaler that takes half of the fleet is no ordinary one."""


@rule("blast-radius", Severity.WARNING, Kind.DECISION, Kind.CHANGE)
def blast_radius(subject: Decision | Change, view: View) -> Answer:
    """More at once than a script may hit: a tenth of the pods, a third of the services, one node or a tenth of all.

    The Aura write-up: "no script should be able to kill more than a fraction of your fleet". Where it is not known how
    many there are, governor.blast_pods (8) or governor.blast_services (10) a minute, four times as many an hour. Two
    and a half times too many are critical. An optimizer whose role in the settings it is may reach three times as far,
    and to no more than a third of the pods or nodes; one whose role is guessed twice as far, and to no more than a
    fifth. In a log alone a guessed node autoscaler may reach three nodes an hour.
    """
    if isinstance(subject, Change):
        if subject.by_optimizer is False:
            return
    elif not view.announces(subject) or not verb_of(subject):
        return
    for sort in _SORTS:
        for reach, most in _too_far(subject, sort, view):
            share = view.fleet(sort)
            of = f" of {share:,}" if share else ""
            where = f", mostly in {reach.mostly}" if reach.mostly else ""
            when = "a minute" if reach.seconds == MINUTE else "an hour"
            yield Verdict(
                f"{reach.count:,}{of} {sort.value} in {when}{where}",
                f"At most {most:,} are one script's business in {when}. Stop it first, then look what is left.",
                part=when,
                scope=sort.name,
                severity=Severity.CRITICAL if reach.count >= most * _FAR_TOO_MANY else Severity.WARNING,
                switch=REVOKE,
            )
            yield Again(view.now + reach.seconds, f"{sort.name} {when}")


def _too_far(subject: Decision | Change, sort: BlastMeasure, view: View) -> Iterator[tuple[Reach, int]]:
    """What was hit in too large a number, with the largest that would do; a minute's alarm goes before an hour's."""
    if not view.reach(sort, HOUR).count:
        return
    for seconds in (MINUTE, HOUR):
        reach = view.reach(sort, seconds)
        most = _most(sort, seconds, view)
        if reach.count > most and reach.count > (most := _of_role(subject, sort, most, view)):
            yield reach, most
            return


def _of_role(subject: Decision | Change, sort: BlastMeasure, most: int, view: View) -> int:
    """How many are ordinary for what it is for: more by a word of the settings, a few more by a guess."""
    fleet, services = view.fleet(sort), sort is BlastMeasure.SERVICES
    roles = {each.role for each in view.optimizer.each}
    if roles and roles <= _ORDINARY[sort]:
        cap = fleet // _SHARE if fleet is not None and not services else most * _MORE
        return max(most, min(most * _MORE, cap))
    known = view.role_of(subject)
    if not known.counts or known.role not in _ORDINARY[sort] or services:
        return most
    if fleet is None:
        return most * _MORE if sort is BlastMeasure.NODES else most
    return max(most, min(most * _MORE_BY_A_GUESS, fleet // _SHARE_BY_A_GUESS))


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
