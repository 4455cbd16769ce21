"""What an optimizer is held by, and loosens itself: who approves, what it may spend, its bounds, who may stop it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.announced.told_settings import ARROWS
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER, REVOKE
from opsconsole.governor.rules.own_words import deed
from opsconsole.governor.rules.values.told_values import number_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_NAME = r"[\w.@:/-]{2,80}"
_JOINS = late(
    rf"\b(?:add(?:ed|ing)|join(?:ed|ing)|appoint(?:ed|ing)|grant(?:ed|ing)) (?:user |account |"
    rf"member )?(?P<who>{_NAME}) "
    rf"(?:to|into|as) (?:a |the |an )?(?:member of )?(?:(?:user |iam |ldap |idp )?(?:group|team|role|list|"
    rf"approvers)s? )?"
    rf"(?:the )?[\"'`]?(?P<group>{_NAME})",
    re.IGNORECASE,
)
_MAY_MUCH = late(
    r"approv|admin|on-?call|owner|root|wheel|sudo|masters|maintain|review|sre\b|dba|operator|superuser|editor|privileg",
    re.IGNORECASE,
)
_ITSELF = late(r"(?:itself|myself|self|me|my own account|its own account)", re.IGNORECASE)
_APPROVED = late(
    rf"\bapprov(?:ed|es|ing)\b(?: (?:the |change |request |pr )?(?!by\b){_NAME})? by (?P<who>{_NAME})|"
    r"\b(?P<own>self-?approv(?:ed|es|ing)|approv(?:ed|es|ing) (?:(?:my|its) )?own\b)",
    re.IGNORECASE,
)
_ASKED_BY = frozenset({"requester", "requestedby", "author", "openedby", "createdby", "submittedby"})
_GIVEN_BY = frozenset({"approver", "approvedby", "reviewer", "reviewedby"})
_GUARD = (
    r"(?:(?:budget|spend(?:ing)?|cost|quota|policy|rate[- ]limit|limit)s? "
    r"(?:enforcement|enforcer|guards?|caps?|checks?|controls?|stop)|"
    r"guard[- ]?rails?|kill[- ]?switch(?:es)?|circuit[- ]?breakers?|dead[- ]?man'?s?[- ]switch|"
    r"safety[- ](?:nets?|stops?|interlocks?))"
)
_OFF = late(
    r"\b(?:disabl|bypass|suspend|remov|lift|deactivat|switch(?:ed|ing)? off|turn(?:ed|ing)? off)(?:ed|ing)? "
    rf"(?:the |its |my |own |all |any )*(?:[\w-]{{1,20}} )?{_GUARD}\b|"
    rf"\b{_GUARD} (?:was |were |has been |now )?(?:disabled|deactivated|bypassed|suspended|lifted|(?:switched|"
    rf"turned) off)\b",
    re.IGNORECASE,
)
_TAKEN_OFF = late(
    rf"\b(?:remov|revok|kick|unsubscrib|delet|drop|tak)\w* (?:user |member |person )?(?P<who>{_NAME}) (?:from|"
    rf"off|out of) "
    r"(?:a |the |our )?[\"'`]?(?:[\w-]{1,40}[- ])?(?:on-?call|pager(?:duty)?|escalation|approvers?|reviewers?|"
    r"responders?)\b",
    re.IGNORECASE,
)
_WAS_TAKEN_OFF = late(
    rf"(?:(?<![\w.@-])(?P<who>{_NAME}) |^)(?:was |is |has been )?removed from (?:the )?[\"'`]?(?:[\w-]{{1,40}}[- ])?"
    r"(?:on-?call|pager(?:duty)?|escalation)\b",
    re.IGNORECASE,
)
_NO_PERSON = late(
    r"(?:node|pod|host|instance|server|machine|alert|alarm|label|taint|item|entry|it|them|all|itself|myself)s?|[\d.:]+",
    re.IGNORECASE,
)
_NOT_STOPPED = late(
    r"\bI (?:did not|didn't|will not|won't|do not|don't|refused? to) (?:stop|pause|obey|comply)\b|"
    r"\b(?:ignor(?:ing|ed)|disregard(?:ing|ed)|overrid(?:ing|den)|overrode) (?:the |an? |his |her |their )?"
    r"(?:(?:human|operator|user|person)(?:'s)? )?(?:request|order|instruction|command)s? to (?:stop|pause|halt|"
    r"abort)\b",
    re.IGNORECASE,
)
_STOP_IGNORED = late(
    r"\b(?:pause|stop|halt|hold|freeze|veto|kill[- ]?switch)(?: (?:request|order|command|signal))? (?:was |is )?"
    r"(?:ignored|overridden|disregarded|overruled)\b|"
    r"\b(?:ignor|disregard|overrul)(?:ed|ing) (?:the |a |its |my )?(?:pause|stop|halt|hold|freeze|veto|kill[- ]?switch)"
    r"(?: (?:request|order|command|signal|button))?(?=\W*$|[,;:(]| (?:and|to|of|from|by|since|because)\b)|"
    r"\b(?:resum|un-?paus|re-?activat)(?:es|ed|ing) itself\b",
    re.IGNORECASE,
)
_NO_STOP = late(
    r"[:,;(]? ?(?:already|duplicate|no (?:lock|hold|pause)\b)|"
    r"[, (]*(?:from|by|of) (?:the |a |an |its )?(?:child|worker|sub|"
    r"test|mock)[\w-]*\b",
    re.IGNORECASE,
)
"""Behind a stop that is ignored: it was no person's, or there is nothing left to stop."""
_CLOSED = late(
    rf"\b(?:incident|page|INC-\d+|SEV-?\d|outage)\b[^\n,;]{{0,40}}? (?:was |is )?(?:closed|resolved|cancell?ed|"
    rf"dismissed|downgraded|"
    rf"acknowledged) by (?P<who>{_NAME})",
    re.IGNORECASE,
)
_OWN_BOUND = late(
    r"\b(?:rais|increas|lift|doubl|extend|widen)(?:ed|ing) (?:my|its) own (?:[\w-]{1,20} )?"
    r"(?:quota|limit|budget|bound|cap|ceiling|allowance)s?\b"
    r"(?! (?:for|of|on) (?:\w{1,20} )?(?:logg(?:ing|ers?)|logs?|traces?|tracing|metrics?|cach(?:e|ing)|"
    r"prints?|output|text)\b)",
    re.IGNORECASE,
)
_HELD_BY_A_PERSON = late(
    r"\b(?:ignor|overrid|bypass|disregard|lift|remov)(?:ed|ing|den) (?:the |a )?(?:hold|freeze|pause|lock|stop|veto)s? "
    r"(?:that was |which was )?(?:set|placed|put|ordered|requested|made) by (?P<who>[\w.@-]{2,60})",
    re.IGNORECASE,
)
_MOST = late(
    r"(?:.*[._ -])?max(?:imum)?(?:[._ -]?(?:size|replicas?|replica[._ -]?count|nodes?|count|pods|instances|capacity|"
    r"spend|budget))?",
    re.IGNORECASE,
)
_IN_WORDS = late(
    r"\b(?P<key>max(?:imum)?(?:[._ -]?[a-z]{1,12}){0,2}?)[ :=]+(?:from )?(?P<before>\d{1,12}(?:\.\d{1,6})?) ?"
    r"(?:->|=>|→|to) ?(?P<after>\d{1,12}(?:\.\d{1,6})?)\b",
    re.IGNORECASE,
)
_TIMES, _BY = 3, 1.5
"""A bound that is raised by half as much again three times in an hour bounds nothing any more."""

_SIGNS = (
    "approv", "budget", "guard", "enforce", "on-call", "oncall", "switch", "breaker", "safety", "not stop", "n't stop",
    "to stop", "to pause", "to halt", "to abort", "added ", "adding ", "joined ", "granted ", "spend", "escalation",
    "pager", "responder", "reviewer", " own ", "set by", "placed by", "put by", "ordered by", "requested by", "made by",
)  # fmt: skip


@rule(
    "own-leash",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(words=_SIGNS),
        Interest(keys=("approv", "review")),
        Interest(announces=True, keys=("max",)),
        Interest(announces=True, words=("max",)),
        Interest(announces=True, fields=frozenset({"maxReplicas", "maxReplicaCount", "maxSize", "max", "maxNodes"})),
        Interest(
            words=(
                "ignored",
                "ignoring",
                "itself",
                "overrid",
                "closed by",
                "resolved by",
                "celled by",
                "ssed by",
                "graded by",
            )
        ),
    ),
)
def own_leash(subject: Decision, view: View) -> Iterable[Verdict]:
    """It loosens what it is held by: approves its own change, joins the approvers, switches its budget's guard off.

    By its own words: it is taken for who is called as its logger is, or says so. Likewise a person who is taken off the
    on-call group, a person's order to stop that it does not follow, and a bound that is raised by half as much again
    for the third time within an hour. The Aura write-up wants "an alert and wait for a human to click a button": who
    clicks it itself waits for nobody.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    for part, title in _loosened(subject):
        yield Verdict(
            title,
            "What holds it has to be somebody else's to change. Stop it before it goes on.",
            part=part,
            switch=OPTIMIZER if part == "stop" else REVOKE,
        )
    if view.announces(subject) and (raised := _raised(subject, view)):
        yield Verdict(
            raised,
            "A bound that goes up whenever it is reached is none: what it costs is bounded by nothing.",
            part="bound",
            switch=REVOKE,
        )


def _loosened(subject: Decision) -> Iterator[tuple[str, str]]:
    """What it loosens, and how it says so."""
    text = subject.message
    joins = deed(_JOINS, text)
    if (
        joins is not None
        and _is_itself(joins["who"], subject)
        and (_MAY_MUCH.search(joins["group"]) or _MAY_MUCH.search(text[joins.end() : joins.end() + 40]))
    ):
        yield "group", f"makes itself a member of {joins['group']}: {joins[0][:100]}"
    if approved := _own_approval(subject):
        yield "approval", approved
    if (off := deed(_OFF, text)) is not None:
        yield "guard", f"switches off what bounds it: {off[0][:100]}"
    if (own := deed(_OWN_BOUND, text)) is not None:
        yield "own", f"raises what bounds it: {own[0][:100]}"
    held = deed(_HELD_BY_A_PERSON, text)
    if held is not None and not _is_itself(held["who"], subject):
        yield "held", f"goes past what {held['who']} has set: {held[0][:100]}"
    taken = deed(_TAKEN_OFF, text) or deed(_WAS_TAKEN_OFF, text)
    whom = (taken["who"] or subject.module) if taken is not None else ""  # a name before all else looks like a logger's
    if (
        taken is not None
        and whom
        and not _NO_PERSON.fullmatch(whom)
        and (not taken["who"] or not _is_itself(whom, subject))
    ):
        yield "person", f"takes {whom} off those who are called: {taken[0][:100]}"
    closed = _CLOSED.search(text)
    if closed is not None and _is_itself(closed["who"], subject):
        yield "incident", f"closes people's incident itself: {closed[0][:100]}"
    ignored = deed(_STOP_IGNORED, text)
    if _NOT_STOPPED.search(text) is not None or (ignored is not None and _NO_STOP.match(text, ignored.end()) is None):
        yield "stop", f"does not stop although somebody said so: {text[:120]}"


def _is_itself(who: str, subject: Decision) -> bool:
    """Whether a name is the optimizer's own: it says so, or is called as its logger is (``svc-NAME``)."""
    if _ITSELF.fullmatch(who):
        return True
    own = {subject.module.rpartition("/")[2], subject.optimizer}
    own |= {subject.attributes[key] for key in _CALLED if key in subject.attributes}
    plain = f"-{re.sub(r'[^a-z0-9]+', '-', who.casefold())}-"
    return any(
        len(each) > _SHORT and f"-{re.sub(r'[^a-z0-9]+', '-', each.casefold()).strip('-')}-" in plain for each in own
    )


_CALLED = ("actor", "service.name", "logger", "component", "app")
"""Keys beside a message by which whoever writes it says what it is called."""

_SHORT = 4
"""A logger called ``main`` or ``app`` is nobody's name."""


def _own_approval(subject: Decision) -> str:
    match = deed(_APPROVED, subject.message)
    if match is not None and (match["own"] or _is_itself(match["who"], subject)):
        return f"approves its own change: {match[0][:100]}"
    said = {key.casefold().replace("_", "").replace("-", ""): text for key, text in subject.attributes.items() if text}
    asked = {text for key, text in said.items() if key in _ASKED_BY}
    given = {text for key, text in said.items() if key in _GIVEN_BY}
    both = asked & given
    return f"{min(both)} approves what {min(both)} asked for" if both else ""


def _raised(subject: Decision, view: View) -> str:
    """Words for a bound that goes up for the third time within the hour; empty for anything else."""
    newest = _bound(subject)
    if newest is None or newest[2] < newest[1] * _BY:
        return ""
    about = subject.target.name if subject.target is not None else ""
    lines = [*view.said(Note.ANNOUNCEMENT, subject, HOUR, about), subject]
    shifts = [each for line in lines if (each := _bound(line)) is not None and each[0] == newest[0]]
    raises = {(before, after) for _, before, after in shifts if after >= before * _BY > 0}
    if len(raises) < _TIMES or any(after < before for _, before, after in shifts):
        return ""
    return f"raises {newest[0]} of {about or 'what bounds it'} {len(raises)} times within an hour: to {newest[2]:g}"


def _bound(line: Decision) -> tuple[str, float, float] | None:
    """A most that a line changes, with what it was and what it is."""
    for key, text in line.attributes.items():
        arrow = next((each for each in ARROWS if each in text), "") if "max" in key.casefold() else ""
        if arrow and _MOST.fullmatch(key) is not None:
            before, _, after = text.partition(arrow)
            return _numbers(key, before, after)
    for field in line.fields:
        if field.before and _MOST.fullmatch(field.path) is not None:
            return _numbers(field.path, field.before, field.value)
    match = _IN_WORDS.search(line.message) if "max" in line.message.casefold() else None
    if match is None or _MOST.fullmatch(match["key"]) is None:
        return None
    return _numbers(match["key"], match["before"], match["after"])


def _numbers(key: str, before: str, after: str) -> tuple[str, float, float] | None:
    old, new = number_of(before), number_of(after)
    return (key, old, new) if old is not None and new is not None else None
