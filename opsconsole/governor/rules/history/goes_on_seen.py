"""Harm that the cluster shows after the optimizer's own write, and the next deed all the same."""

from __future__ import annotations

from datetime import UTC, datetime

from opsconsole.governor.announced.line_kinds import verb_of
from opsconsole.governor.measures import HOUR, MINUTE, PodFailure, SeenHarm, WriteWay
from opsconsole.governor.observed.changes import DELETED
from opsconsole.governor.observed.ways import goes_back, ways_of
from opsconsole.governor.rule import Verdict, View, Writing
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.records import Change, Decision, Ref, Severity

_A_LOOP = 10.0
"""Seconds: the shortest loop of the write-ups. What is done sooner was decided before anything could be seen."""

_WHILE, _AT_ONCE = 30 * MINUTE, 10 * MINUTE
"""So long after the newest failure it goes on with the same workload, and with others: as for what a log tells."""

_MANY = 0.25
"""With others it goes on only after so much of the service has failed: more than a roll-out may take."""

_STARVES = frozenset({PodFailure.OOM, PodFailure.CRASH, PodFailure.SHORT})
"""What any further cut makes worse; whom the scheduler finds no node for a cut may help."""

_REMOVES = frozenset({"delete", "evict"})
_DOES = {("image", 0): "changing the image"}
_WAYS = {1: "raising", -1: "cutting"}


def goes_on_seen(subject: Decision | Change, view: View) -> Verdict | None:
    """What there is to say of a deed after harm that the cluster shows; ``None``: nothing joins them."""
    harms = view.harms()
    if not harms or (isinstance(subject, Decision) and not view.announces(subject)):
        return None
    writing = view.writing(subject)
    about = view.pods_of(writing.about) if writing.about is not None else None
    if writing.about is None or about is None or writing.by_optimizer is False:
        return None
    at, sure = _done(subject, writing, view)
    ways, removes = ways_of(writing.fields), _removes(subject)
    own = next((each for each in harms if _is(each.about, about)), None)
    if own is not None:
        late = at - own.first_at >= _A_LOOP and at - own.last_at <= _WHILE
        return _with_the_same(own, ways, removes=removes, sure=sure) if late else None
    others = (
        each
        for each in harms
        if not ways.isdisjoint(each.ways)
        and not _waits_for_nodes(each)
        and at - each.first_at >= _A_LOOP
        and at - each.last_at <= _AT_ONCE
        and each.pods >= (each.wanted or 1) * _MANY
    )
    newest = max(others, key=lambda each: each.last_at, default=None)
    if newest is None:
        return None
    title = f"goes on {_doing(ways & newest.ways)}, now of {name_of(about)}, after {_words(newest)}"
    return _verdict(title, newest, about, "others", Severity.WARNING)


def _waits_for_nodes(harm: SeenHarm) -> bool:
    """Whether more replicas find no node yet: a cloud may take long to give one, and that tells nothing of others."""
    return harm.failure is PodFailure.PLACE and all(each.what == "replicas" for each in harm.ways)


def _done(subject: Decision | Change, writing: Writing, view: View) -> tuple[float, bool]:
    """When it was done, and whether that is known to be the optimizer's: by the write, where one was seen for a line.

    A line has whatever time its writer puts there.
    """
    if isinstance(subject, Decision) and writing.about is not None:
        for change in view.history(writing.about, HOUR):
            if change.decision == subject.key:
                return change.at, change.by_optimizer is True
    return writing.at, writing.by_optimizer is True


def _with_the_same(harm: SeenHarm, ways: frozenset[WriteWay], *, removes: bool, sure: bool) -> Verdict | None:
    """It takes more of what it has harmed, or does the same to it again."""
    if goes_back(ways, harm.ways):
        return None
    takes = harm.failure in _STARVES and (removes or any(each.sign < 0 for each in ways))
    again = frozenset(each for each in ways & harm.ways if each.sign)
    if not takes and not again:
        return None
    doing = "removing pods" if removes else _doing(again or frozenset(each for each in ways if each.sign < 0))
    title = f"goes on {doing} of {name_of(harm.about)} after {_words(harm)}"
    severity = Severity.CRITICAL if takes and sure else Severity.WARNING
    return _verdict(title, harm, harm.about, severity.value, severity)


def _removes(subject: Decision | Change) -> bool:
    if isinstance(subject, Change):
        return DELETED in subject.fields
    return verb_of(subject) in _REMOVES


def _is(one: Ref, other: Ref) -> bool:
    return (one.kind, one.namespace, one.name) == (other.kind, other.namespace, other.name)


def _doing(ways: frozenset[WriteWay]) -> str:
    first = min(ways)
    return _DOES.get(first) or f"{_WAYS[first.sign]} {first.what}"


def _words(harm: SeenHarm) -> str:
    """``3 pods of checkout were OOMKilled by its change``."""
    whose, one = name_of(harm.about), harm.pods == 1
    pods = f"{harm.pods} pod{'' if one else 's'} of {whose}"
    if harm.failure is PodFailure.OOM:
        by = "by" if WriteWay("memory", -1) in harm.ways else "after"
        return f"{pods} {'was' if one else 'were'} OOMKilled {by} its change"
    if harm.failure is PodFailure.CRASH:
        return f"{pods} went into CrashLoopBackOff after its change"
    if harm.failure is PodFailure.START:
        return f"{pods} could not start after its change"
    if harm.failure is PodFailure.PLACE:
        return f"{pods} found no node for {_long(harm)} after its change"
    of = f" of {harm.wanted}" if harm.wanted is not None else ""
    return f"{harm.pods}{of} replicas of {whose} have been unavailable for {_long(harm)} after its change"


def _long(harm: SeenHarm) -> str:
    return f"{(harm.last_at - harm.first_at) / MINUTE:.0f} min"


def _verdict(title: str, harm: SeenHarm, about: Ref, part: str, severity: Severity) -> Verdict:
    fields = ", ".join(f"{each.path} {each.before} → {each.after}" for each in harm.cause.fields[:3])
    return Verdict(
        title,
        f"Its change at {_clock(harm.cause.at)} UTC: {fields}. The first failed at {_clock(harm.first_at)} UTC. The "
        "cluster itself tells it, whatever the log says. What brings harm is to be taken back, not to go on.",
        part=part,
        about=about,
        severity=severity,
        switch=REVOKE,
        scope=f"{harm.about.kind}/{harm.about.key}",
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
