"""Alarms put together, for the screen and for commands alike: a loop's log is one alarm, not a thousand. Pure.

Findings of one rule on one object with one title and one severity are one group, so that no warning hides a critical
finding. What grows is one group whatever its title counts by now (a sweep's nodes, a cut's percent). In a storm there
are thousands of findings and some change with every paint; only the groups that they are in are made anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from opsconsole.records import Finding, Record, Ref, Severity

_LATER = frozenset({"acts-on-no-data", "empty-metric", "input-health", "target-missing", "budget"})
"""Rules that tell why an optimizer errs, or what it comes to. Who is woken needs first what it does to whom."""

_SUMS = frozenset({"blast-radius", "fleet-melts", "cut-across"})
"""Rules that say in one line what many findings of single objects come to: a sweep, and not its newest pod."""

_GOES_ON = 60.0
"""Seconds: a sum that was renewed longer before the newest finding of its severity is over, and waits its turn."""

GroupKey: TypeAlias = tuple[str, Ref | None, str, Severity]
"""Rule, object, title and severity: what findings of one group have in common. Of one that is renewed, its key stands
for object and title, which change with it."""


class Group(Record, frozen=True):
    """Findings that say the same: the newest of them, how many there are, and since when (seconds since the epoch).

    ``about`` is the object that all of them are about; ``None`` where they are about several.
    """

    finding: Finding
    count: int
    since: float
    about: Ref | None


def group_key(finding: Finding) -> GroupKey:
    """Return what stays the same of a finding's group while others join it."""
    if finding.scope:
        return finding.rule, None, finding.key, finding.severity
    return finding.rule, finding.about, finding.title, finding.severity


MOST_GROUPS = 10_000
"""Groups of a log that are told apart: the worst, then the newest. A log may name another object in each line."""


class Groups:
    """Groups of findings, counted and not kept: for a log of any length. ``left_out`` counts the findings of others."""

    def __init__(self) -> None:
        self.left_out = 0
        self._groups: dict[GroupKey, Group] = {}

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        key = group_key(finding)
        known = self._groups.get(key)
        if known is None:
            self._groups[key] = Group(finding, 1, finding.at, finding.about)
            if len(self._groups) >= 2 * MOST_GROUPS:
                self._leave_out()
        else:
            newest = max(known.finding, finding, key=_at)
            about = known.about if known.about == finding.about else None
            self._groups[key] = Group(newest, known.count + 1, min(known.since, finding.at), about)

    def worst_first(self) -> list[Group]:
        """The groups, by severity, then the newest first."""
        return _ordered(self._groups.values())

    def _leave_out(self) -> None:
        groups = self.worst_first()
        self.left_out += sum(each.count for each in groups[MOST_GROUPS:])
        self._groups = {group_key(each.finding): each for each in groups[:MOST_GROUPS]}


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """The findings put together, worst first."""
    groups = Groups()
    for finding in findings:
        groups.add(finding)
    return groups.worst_first()


class _Members:
    """The findings of one group, and the groups made of them: of all, and of those since a time."""

    __slots__ = ("all", "findings", "news")

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.all: Group | None = None
        self.news: tuple[float, Group | None] | None = None

    def changed(self) -> None:
        self.all = self.news = None


class Alarms:
    """Every finding that wants a person, in groups, the worst first."""

    def __init__(self) -> None:
        self._members: dict[GroupKey, _Members] = {}
        self._came: dict[str, float] = {}
        self._groups: list[Group] | None = None
        self._news: tuple[float, list[Group]] | None = None

    def learn(self, finding: Finding) -> None:
        """Take a finding in. Remarks are no alarms."""
        if finding.severity is Severity.INFO:
            return
        self._came.setdefault(finding.key, finding.at)
        member = self._members.setdefault(group_key(finding), _Members())
        member.findings[finding.key] = finding
        self._touch(member)

    def forget(self, finding: Finding, *, over: bool) -> None:
        """Take a finding out: it is over, or comes back at once with other words."""
        if over:
            self._came.pop(finding.key, None)
        member = self._members.get(group_key(finding))
        if member is None or member.findings.pop(finding.key, None) is None:
            return
        if not member.findings:
            del self._members[group_key(finding)]
        self._touch(member)

    def groups(self) -> list[Group]:
        """Return the groups."""
        if self._groups is None:
            self._groups = _ordered([_all(member) for member in self._members.values()])
        return self._groups

    def since(self, at: float) -> list[Group]:
        """Return the groups of what came after ``at`` (seconds since the epoch).

        What was said or written has its own time. A finding on how things are changes its words while it holds (a share
        that falls), and is no older or newer for it: it came when it was first found.
        """
        if self._news is None or self._news[0] != at:
            found = [self._of_member(member, at) for member in self._members.values()]
            self._news = at, _ordered([group for group in found if group is not None])
        return self._news[1]

    def _of_member(self, member: _Members, at: float) -> Group | None:
        if member.news is None or member.news[0] != at:
            came = [each for each in member.findings.values() if self._time(each) > at]
            member.news = at, _group(came) if came else None
        return member.news[1]

    def _time(self, finding: Finding) -> float:
        return finding.at if finding.decision or finding.change else self._came[finding.key]

    def _touch(self, member: _Members) -> None:
        member.changed()
        self._groups = self._news = None


def _all(member: _Members) -> Group:
    if member.all is None:
        member.all = _group(member.findings.values())
    return member.all


def _group(findings: Collection[Finding]) -> Group:
    newest = max(findings, key=_at)
    about = newest.about if all(each.about == newest.about for each in findings) else None
    return Group(newest, len(findings), min(each.at for each in findings), about)


def _at(finding: Finding) -> tuple[float, str]:
    return finding.at, finding.key


def whole(groups: Sequence[Group]) -> Group | None:
    """Return what sums up others, and goes on beside findings that are worse each by itself.

    Of a sweep of forty services, one of which was scaled to zero, the sweep is to be told too: who reads of the one
    alone repairs that and leaves the rest to go on. ``None`` where a sum comes first anyway, or none goes on.

    Args:
        groups: the worst first.
    """
    if not groups or groups[0].finding.rule in _SUMS:
        return None
    worst = groups[0].finding.severity
    newest = max(group.finding.at for group in groups if group.finding.severity is worst)
    sums = (group for group in groups if group.finding.rule in _SUMS and newest - group.finding.at <= _GOES_ON)
    return next(sums, None)


def _ordered(groups: Iterable[Group]) -> list[Group]:
    every = list(groups)
    newest: dict[Severity, float] = {}
    for group in every:
        newest[group.finding.severity] = max(group.finding.at, newest.get(group.finding.severity, 0.0))
    return sorted(every, key=lambda group: _urgency(group, newest[group.finding.severity]))


def _urgency(group: Group, newest: float) -> tuple[int, bool, bool, float, str]:
    """The worst first, then what sums up others while it goes on, then the newest."""
    finding = group.finding
    sums = finding.rule in _SUMS and newest - finding.at <= _GOES_ON
    return finding.severity.rank, finding.rule in _LATER, not sums, -finding.at, finding.key
