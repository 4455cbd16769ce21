"""Pace: too many writes, and tries again without waiting."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import STARTS_ANEW, is_conflict, said_at, targets_of, verb_of
from opsconsole.governor.interest import ANNOUNCES, Interest
from opsconsole.governor.measures import HOUR, MINUTE
from opsconsole.governor.observed.changes import object_key
from opsconsole.governor.rule import Again, Answer, Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, Kind, Mood, Ref, Severity

_SAYS = {"restart": "restarts", "rollback": "rolls back", "drain": "drains", "delete": "deletes"}
_AT_ONCE, _SOON = 3, 300.0
_NEEDS_TIME = frozenset({"restart", "rollback"})
"""What takes minutes until it can be told whether it has helped."""

_GROWS = 1.5
"""The usual exponential back-off doubles; with jitter it grows by half at least."""


@rule(
    "no-back-off",
    Severity.WARNING,
    Kind.DECISION,
    lines=(ANNOUNCES, Interest(actions=("retry",)), Interest(words=("409", "conflict"))),
)
def no_back_off(subject: Decision, view: View) -> Iterable[Verdict]:
    """Tries again within governor.retry_seconds (1 s) of a 409 Conflict, or a third time without waiting longer.

    The Aura log: "Retrying patch with aggressive backoff... (Just kidding, it didn't back off)", in the second of the
    409. A conflict means that somebody else has just written: read again, at most three tries, with jitter.
    """
    announced = view.announces(subject)  # then it is none of the others
    conflict = not announced and is_conflict(subject)
    retries = subject.action.startswith("retry") and subject.target is None
    if not conflict and not retries and not announced:
        return
    earlier = view.said(Note.CONFLICT, subject, MINUTE, subject.target.name if subject.target else "")
    if not earlier:
        return
    gap = max(0.0, said_at(subject) - said_at(earlier[-1]))
    times = [said_at(line) for line in (*earlier[-2:], subject)]
    stubborn = conflict and len(times) == 3 and times[2] - times[1] < _GROWS * (times[1] - times[0])
    if gap <= view.settings.retry_seconds or stubborn:
        yield Verdict(
            f"tries again without back-off after a 409 Conflict on {name_of(_named(subject, earlier[-1]))}",
            f"After {gap:.0f} s. Somebody else has just written there: read it again, and wait longer each time.",
            about=_named(subject, earlier[-1]),
            switch=REVOKE,
        )


@rule("writes-per-minute", Severity.WARNING, Kind.CHANGE, own=True)
def writes_per_minute(subject: Change, view: View) -> Answer:
    """governor.writes_per_minute (6) writes of one object in a minute.

    The Aura write-up: "It was running on a 10-second loop." Six a minute is that loop.
    """
    if subject.by_optimizer is False:
        return
    most = view.settings.writes_per_minute
    if view.writes(subject.about, MINUTE, most) >= most:
        yield _loop(subject.about, view)
        yield Again(view.now + MINUTE / 2, object_key(subject.about))


@rule(
    "announcements-per-minute",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, has=("target",)),),
)
def announcements_per_minute(subject: Decision, view: View) -> Iterable[Verdict]:
    """As many announced writes of one target in a minute, where the writes themselves can't be seen.

    The same loop of the Aura write-up, in a log without a cluster; with one, the writes are counted instead.
    """
    if subject.target is None or not view.announces(subject) or view.knows(subject.target):
        return
    earlier = view.said(Note.ANNOUNCEMENT, subject, MINUTE, subject.target.name)
    if len(earlier) + 1 >= view.settings.writes_per_minute:
        yield _loop(subject.target, view)


_REVISION = late(r"(?:--to-revision[= ]|\brevision |\brev )(?P<number>\d{1,9})\b", re.IGNORECASE)


def _further_back(subject: Decision, view: View) -> str:
    """Words for a rollback to a revision before that of another within the hour; empty for others."""
    match, about = _REVISION.search(subject.message), subject.target
    if match is None or about is None or not about.name:
        return ""
    for line in view.said(Note.STARTS_ANEW, subject, HOUR, about.name):
        before = _REVISION.search(line.message) if verb_of(line) == "rollback" and line.target == about else None
        if before is not None and int(match["number"]) < int(before["number"]):
            return f"rolls {about.name} further back: revision {before['number']} → {match['number']}"
    return ""


_WAVE = late(
    r"^(?!.*\b(?:would|not|never|no longer|won't|before|unless|if)\b(?! ready)).*?"
    r"\b(?:(?:rollout|rolling)[- ]restart(?:ing|ed)?|restarting)\b (?:\S+ ){0,3}?again\b",
    re.IGNORECASE,
)
"""How a line tells that a wave begins anew; that a pod has restarted again is its container's doing."""

_MANY = 10
"""So many restarted at once are a wave, whatever they are called."""


@rule(
    "does-it-again",
    Severity.WARNING,
    Kind.DECISION,
    lines=(Interest(announces=True, verbs=STARTS_ANEW), Interest(words=(" again",))),
)
def does_it_again(subject: Decision, view: View) -> Iterable[Verdict]:
    """One object is restarted, rolled back, drained or deleted governor.flaps_per_hour (6) times in an hour.

    Or restarted or rolled back three times within five minutes, in which hardly anything can have shown that it helps.
    Or a wave of restarts without names, of one namespace and as many, for the third time within five minutes, or for
    the second where it is of ten or more, or says that it is so again. Likewise a rollback to a revision before the one
    that it was rolled back to within the hour. The Aura write-up's death spiral: each restart
    makes the latency that asks for the next. Nothing is set, so that no value tells it; the count does.
    """
    verb = verb_of(subject)
    if (waves := _waves(subject, verb, view)) > 1:
        yield Verdict(
            f"restarts {_wave_of(subject)} again: {waves} times in {_SOON / MINUTE:.0f} minutes",
            "What has restarted a moment ago is not warm yet, and each wave makes the next. Stop it first.",
            scope=f"wave {_wave_of(subject)}",
            switch=REVOKE,
        )
        return
    if verb not in STARTS_ANEW or not view.announces(subject):
        return
    if verb == "rollback" and (further := _further_back(subject, view)):
        yield Verdict(
            further,
            "The step before has not helped. What is older still knows even less of today's data: look first.",
            part="further",
            switch=REVOKE,
        )
    most = view.settings.flaps_per_hour
    for target in targets_of(subject):
        earlier = view.said(Note.STARTS_ANEW, subject, HOUR, target.name) if target.name else ()
        same = [
            line
            for line in earlier
            if verb_of(line) == verb and any(_is_same(each, target) for each in targets_of(line))
        ]
        soon = sum(said_at(line) > said_at(subject) - _SOON for line in same) + 1 if verb in _NEEDS_TIME else 0
        if len(same) + 1 >= most or soon >= _AT_ONCE:
            often = (
                f"{most} times an hour or more"
                if len(same) + 1 >= most
                else f"{soon} times in {_SOON / MINUTE:.0f} minutes"
            )
            yield Verdict(
                f"{_SAYS[verb]} {target.name} again and again: {often}",
                "It does not help, and each time makes the metrics that cause the next.",
                about=target,
                scope=f"{verb} {object_key(target)}",
                switch=REVOKE,
            )


def _waves(subject: Decision, verb: str, view: View) -> int:
    """How often it has begun one wave of restarts within five minutes; 0 where that is none, or may be another."""
    if any(target.name for target in targets_of(subject)) or verb not in ("restart", ""):
        return 0
    lines = [line for line in view.said(Note.STARTS_ANEW, subject, _SOON) if verb_of(line) == "restart"]
    nameless = [line for line in lines if not any(target.name for target in targets_of(line))]
    if not view.announces(subject):
        told = subject.mood in (Mood.NONE, Mood.PLANNED, Mood.DONE) and _WAVE.search(subject.message) is not None
        return 1 + len(nameless) if told else 0
    its = subject.mood, subject.count, targets_of(subject)  # "restarting 40" and "restarted 40" are one
    same = [line for line in nameless if (line.mood, line.count, targets_of(line)) == its]
    few = (subject.count or 0) < _MANY
    return 1 + len(same) if len(same) >= (_AT_ONCE - 1 if few else 1) else 0


def _wave_of(subject: Decision) -> str:
    count = f"{subject.count:,} " if subject.count else ""
    target = subject.target
    kind = f"{target.kind.lower()}s" if target is not None and target.kind else "workloads"
    return f"{count}{kind}" + (f" of {target.namespace}" if target is not None and target.namespace else "")


def _is_same(one: Ref, other: Ref) -> bool:
    """Whether two lines may mean one object: a kind or namespace that one leaves out tells nothing."""
    if one.name != other.name:
        return False
    pairs = ((one.kind, other.kind), (one.namespace, other.namespace))
    return all(first == second or not (first and second) for first, second in pairs)


def _loop(about: Ref, view: View) -> Verdict:
    most = view.settings.writes_per_minute
    return Verdict(
        f"writes {about.name} again and again: {most} times a minute or more",
        f"{most} writes of one object in a minute are a loop that nobody can work against.",
        about=about,
        scope=object_key(about),
        switch=REVOKE,
    )


def _named(line: Decision, earlier: Decision) -> Ref | None:
    return line.target or earlier.target
