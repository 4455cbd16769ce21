"""What is meant for one environment is done to another: a context that is fallen back to, a test's host or image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from opsconsole.governor.announced.line_kinds import only_told, refusal, targets_of
from opsconsole.governor.announced.told_settings import ARROWS
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER, REVOKE, name_of
from opsconsole.governor.rules.own_words import deed
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_FALLS_BACK = late(
    r"\b(?:(?:kube-?)?(?:context|cluster)|(?P<file>kubeconfig)) (?P<meant>\S{1,80}) (?:is |was )?"
    r"(?:unreachable|not found|missing|unavailable|unknown)\b[^.]{0,60}?"
    r"\b(?:fall(?:ing|s)? back|defaulting|switching)\b[^.]{0,30}?\b(?P<other>[\w.@:/-]{2,80})$",
    re.IGNORECASE,
)
_NOT_LIVE = late(
    r"(?:^|[-_./:@])(?:stg|stage|staging|tst|test|testing|qa|dev|devel|sandbox|uat|preview|pr-\d+|debug|wip|dirty|localhost|127\.0\.0\.1)"
    r"(?=$|[-_./:@\d])",
    re.IGNORECASE,
)
"""How is called what is no production, or what nobody has released."""

_ARROW = late(r"\b(?P<key>[A-Za-z][\w.-]{0,60})[:=]? (?P<old>[\w./:@-]{2,200}) ?(?:->|=>|→) ?(?P<new>[\w./:@-]{2,200})")
_BECAME = late(
    r"\b(?P<key>[A-Za-z][\w.-]{0,60})[= ](?P<new>[\w./:@-]{2,200}) \((?:was|previously) (?P<old>[\w./:@-]{2,200})\)"
)


@rule(
    "wrong-environment",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(words=("context ", "kubeconfig ", "(was ", "(previously ")),
        Interest(details=ARROWS),
        Interest(keys=("was", "previous")),
    ),
)
def wrong_environment(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It works on another environment than it was meant for, or points what is live at what is not.

    A context that is not reached and another one that is taken instead; a host, a backend or an image that is called as
    staging's, a test's or a debugger's, where the one before was not, and the object is not called so either. By its
    own words. The Aura write-up: it looked for a service that had been renamed; what looks in the wrong place finds
    everything idle. No number.
    """
    if only_told(subject) or refusal(subject) is not None:
        return
    match = deed(_FALLS_BACK, subject.message)
    if match is not None and not _is_usual(match):
        yield Verdict(
            f"takes {match['other']} since {match['meant']} is not there",
            "Whatever it decides was meant for another cluster. Stop it before it writes.",
            part="context",
            severity=Severity.CRITICAL,
            switch=OPTIMIZER,
        )
    if any(_NOT_LIVE.search(name) for each in targets_of(subject) for name in (each.namespace, each.name)):
        return
    for key, old, new in _became(subject):
        if _is_of_a_place(key, new) and _NOT_LIVE.search(new) and not _NOT_LIVE.search(old):
            yield Verdict(
                f"{key} of {name_of(subject.target)} {old} → {new}: that is no production's",
                "What is live now rests on what somebody tries things with.",
                part=key,
                switch=REVOKE,
            )
            return


def _is_usual(match: re.Match[str]) -> bool:
    """Whether a program that finds no file takes its pod's own account, as every client does."""
    return bool(match["file"]) and _IN_CLUSTER.search(match[0]) is not None and _NOT_LIVE.search(match["meant"]) is None


_IN_CLUSTER = late(r"\bin-?cluster\b|\bservice ?account\b", re.IGNORECASE)


def _is_of_a_place(key: str, new: str) -> bool:
    """Whether a key tells where something is, or what it runs, and not how a program goes about its work."""
    if _HOW.search(key) is not None:
        return False
    return not new.isalpha() or _PLACES.search(key) is not None


_HOW = late(r"(?:^|[-_.])(?:mode|branch|level|log\w*|verbosity|ref|profile|phase|stage|state|status)$", re.IGNORECASE)
_PLACES = late(
    r"(?:env|environment|hosts?|ur[il]|endpoint|upstream|backend|server|addr|address|image|cluster|namespace|context|"
    r"database|db|dsn|broker|topic|queue|bucket|service|target|tag)s?$",
    re.IGNORECASE,
)
"""Ends of keys by which a plain word is a place's name: ``DB_HOST=staging``."""


def _became(subject: Decision) -> Iterator[tuple[str, str, str]]:
    """Key, old and new value of what a line tells to have been another."""
    if (match := deed(_BECAME, subject.message)) is not None:
        yield match["key"], match["old"], match["new"]
    for arrow in _ARROW.finditer(subject.message) if any(each in subject.message for each in ARROWS) else ():
        yield arrow["key"], arrow["old"], arrow["new"]
    old = subject.attributes.get("was") or subject.attributes.get("previous") or ""
    for key, new in subject.attributes.items() if old else ():
        if new != old and old in new:
            yield key, old, new
