"""What a person has stopped, and the optimizer lets go on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.stops import is_about_a_stop, stopped_by_people
from opsconsole.governor.measures import DAY
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER
from opsconsole.governor.rules.told_deeds import WRITERS, ToldDeed, interests, told_in
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_GOES_ON = late(
    r"\b(?:turn|switch|flipp|sett|put)(?:ed|ing|s)? (?:it )?(?:back )?(?:to )?on\b|\bset (?:back )?(?:to )?on\b|"
    r"\bre-?enabl(?:ed|ing|es)\b|\benabl(?:ed|ing|es)\b|\bun-?paus(?:ed|ing|es)\b|\bresum(?:ed|ing|es)\b|"
    r"\bun-?fr(?:ozen|eezing)\b|\bthaw(?:ed|ing)\b|\bunsuspend(?:ed|ing)\b|"
    r"\b(?P<before>\d{1,3}(?:\.\d)?) ?% ?(?:->|=>|→|to) ?(?P<after>\d{1,3}(?:\.\d)?) ?%",
    re.IGNORECASE,
)


def _is_less(_line: Decision, match: re.Match[str]) -> bool:
    return match["before"] is not None and float(match["after"]) <= float(match["before"])


_RESUMED = (
    ToldDeed(
        (
            "turn", "switch", "flipp", "set ", "put ", "nabl", "npaus", "n-paus", "esum", "nfr", "n-fr", "haw",
            "nsuspend", "%",
        ),
        _GOES_ON,
        "lets go on what a person has stopped",
        "What a person stopped stays stopped. Stop the optimizer, and then that again.",
        Severity.CRITICAL,
        unless=_is_less,
    ),
)  # fmt: skip


@rule("stop-taken-back", Severity.CRITICAL, Kind.DECISION, lines=interests(_RESUMED))
def stop_taken_back(subject: Decision, view: View) -> Iterable[Verdict]:
    """It lets go on what a person has stopped within the day: a flag, a rollout, an experiment, itself.

    By the log's own words: somebody who is called as a person has turned it off, paused or frozen it, no person has let
    it go on since, and no person does so in this line. The Aura write-up: "I would kubectl scale, and ten seconds
    later, the script would 'correct' my 'manual interference.'" No number: what a person stopped stays stopped.
    """
    lines = view.said(Note.STOPPED, subject, DAY)
    if not lines or is_about_a_stop(subject) or next(told_in(_RESUMED, subject), None) is None:
        return
    for what, who in stopped_by_people(lines).items():
        if _goes_on(what, subject):
            yield Verdict(
                f"lets {what} go on, which {who} has stopped",
                _RESUMED[0].why,
                part=what,
                switch=OPTIMIZER,
            )


def _goes_on(what: str, subject: Decision) -> bool:
    """Whether it is that which goes on, by the words next to its name, or by a key of its own beside them."""
    text, name = subject.message, rf"(?<![\w-]){re.escape(what)}(?![\w-])"
    for match in _GOES_ON.finditer(text):
        if _is_less(subject, match) or _BY_ANOTHER.match(text, match.end()) is not None:
            continue
        before, behind = text[: match.start()], text[match.end() :]
        led = re.search(rf"(?P<head>(?:[\w-]+ ){{0,2}}){name}{_STILL}$", before, re.IGNORECASE)
        if led is not None and _OF_IT.fullmatch(led["head"]) is not None:
            return True
        if match["before"] is not None:
            continue
        if re.match(rf"{_WHICH}{name}", behind, re.IGNORECASE) is not None:
            return True
        if any(value == what for key, value in subject.attributes.items() if key not in WRITERS):
            return True
    return False


_STILL = (
    r"(?: (?:is|was|has|have|been|being|now|back|again|at|from|itself|rollout|flag|experiment|deployment)|,|:|"
    r" \([^()]{1,60}\))* ?"
)
_WHICH = (
    r" (?:(?:the|a|paused|stopped|frozen|halted|rollout|roll-out|flag|experiment|deployment|"
    r"service|feature|of|for|job) )*"
)
_OF_IT = late(
    r"(?!(?:\w+ )?\w+ing )(?:[\w-]+ )?(?:rollout|roll-out|sync|deployment|flag|experiment|deploys?) (?:of |for )?|"
    r"(?!(?:\w+ )?(?:of|for|on|from|in|\w+ing) $)(?:[\w-]+ ){0,2}",
    re.IGNORECASE,
)
"""Heartbeats of it, or reconciling it, are not what was stopped."""
_BY_ANOTHER = late(
    r" by (?:the )?[\w-]*(?:controller|operator|scheduler|argo\w*|flux\w*|kube\w*)\b|ed? after leader election",
    re.IGNORECASE,
)
