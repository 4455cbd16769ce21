"""What a person has stopped, and the optimizer lets go on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.announced.stops import is_about_a_stop, stopped_by_people
from opsconsole.governor.measures import DAY
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import OPTIMIZER
from opsconsole.governor.rules.told.told_deeds import WRITERS, ToldDeed, interests, told_in
from opsconsole.records import Decision, Kind, Severity

_GOES_ON = re.compile(
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
    beside = (value for key, value in subject.attributes.items() if key not in WRITERS)
    text = " ".join((subject.message, *beside))
    for what, who in stopped_by_people(lines).items():
        if re.search(rf"(?<![\w-]){re.escape(what)}(?![\w-])", text) is not None:
            yield Verdict(
                f"lets {what} go on, which {who} has stopped",
                _RESUMED[0].why,
                part=what,
                switch=OPTIMIZER,
            )
