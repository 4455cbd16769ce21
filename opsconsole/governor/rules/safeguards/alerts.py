"""Alerts that are silenced: all of them, or for longer than anybody remembers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from opsconsole.governor.announced.line_kinds import only_told, refusal, said_at
from opsconsole.governor.announced.told_settings import bare
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import DAY
from opsconsole.governor.rule import Note, Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, clause_of
from opsconsole.governor.rules.own_words import deed, is_thought
from opsconsole.governor.rules.values.told_values import number_of, seconds_of
from opsconsole.patterns import late
from opsconsole.records import Decision, EntryReading, Kind, Severity

_A_WEEK = 7 * DAY
_SILENCES = late(
    r"\b(?:am[_-])?(?:create|add|set|post|new)[_-]?silence\b|\bsilenced\b|\bmuted\b|stummgeschaltet|"
    r"\b(?P<noun>silenc(?:es?|ing)|muting)\b",
    re.IGNORECASE,
)
_ENDS = late(r"\b(?:(?:expir|delet|remov|end|unsilenc|unmut)\w*|no|not|would|active|found|listed)\b", re.IGNORECASE)
_MAKES = late(r"\b(?:creat|add|set|post|new|plac|put|appl)\w*\b", re.IGNORECASE)
_IS_MADE = late(
    r" (?:(?:was|is|has been) )?(?:created|added|set|posted|placed|put|applied|all|every|each|the|alerts?|alarms?)\b",
    re.IGNORECASE,
)
"""What follows a silence that is made, or what is silenced."""
_SAID_BEYOND = late(
    r"(?: (?:of|for|on|in|all|every|each|any|the|active|firing|alerts?|alarms?|matching|\d+\w?|hours?|days?|weeks?|"
    r"months?|years?|[\w-]{1,40}=~?[^\s,;]{1,60}|\.\*))*",
    re.IGNORECASE,
)
"""Which alerts, and for how long: what stands behind that is about the silence."""
_IS_OVER = late(r" (?:was|were|is|has been|had been) (?:expired|deleted|removed|ended)\W*$", re.IGNORECASE)
_OF_ALERTS = late(r"silenc|alert|alarm", re.IGNORECASE)
_ALL = late(
    r"[\"']?alertname[\"']?(?:[\"'\s:,=~]|value){1,12}\.[*+]|\.\*|\b(?:all|every|each) (?:the )?(?:firing )?alerts?\b|"
    r"\balle Alarme\b",
    re.IGNORECASE,
)
_FOR = late(
    r"\b(?:for|für|duration[=:]) ?\"?(?P<number>\d{1,9}) ?"
    r"(?P<unit>s|m|h|d|w|y|hours?|days?|weeks?|months?|years?|Tage|Jahre)\b",
    re.IGNORECASE,
)
_DAYS = {"d": 1.0, "t": 1.0, "h": 1 / 24, "w": 7.0, "y": 365.0, "j": 365.0, "m": 30.0, "s": 1 / DAY}
_MINUTES = frozenset({"m", "s"})
_LASTS = frozenset({"duration", "for", "ttl", "length", "period"})


@rule(
    "alerts-silenced",
    Severity.WARNING,
    Kind.DECISION,
    lines=(
        Interest(words=("silenc", "muted ", "muting ", "stummgeschaltet", "scrape ")),
        Interest(actions=("silence",)),
    ),
)
def alerts_silenced(subject: Decision, view: View) -> Iterable[Verdict]:
    """It silences every alert, or one for a week or longer: nobody is called any more for what it does.

    Critical for every alert. Alertmanager's own dialogue offers two hours; a week is longer than any maintenance.
    Likewise a tenth of all targets that are measured no more. Both write-ups: no pods, no errors; what is silenced has
    a perfect error rate, too.
    """
    if unseen := _unseen(subject):
        yield Verdict(
            unseen,
            "What is not measured raises no alert. Look yourself until they are back.",
            part="targets",
            switch=REVOKE,
        )
    silence = _silence(subject)
    if silence is None:
        return
    # No line of one names an object, so that no line is the report of another: the words tell that it is the same.
    earlier = view.said(Note.SILENCE, subject, view.settings.match_seconds)
    if any(line.optimizer == subject.optimizer and _is_told_by(silence, _silence(line)) for line in earlier):
        return
    whose = "every alert" if silence.every else "an alert"
    yield Verdict(
        f"silences {whose}" + (f" for {silence.days:,.0f} days" if silence.days >= 1 else ""),
        "Expire the silence in Alertmanager; until then look yourself.",
        severity=Severity.CRITICAL if silence.every else Severity.WARNING,
        switch=REVOKE,
    )


_DROPS_TARGETS = late(
    r"\b(?:dropp|remov|delet|disabl|stopp)(?:ed|ing) (?:scraping )?(?P<gone>\d[\d,]*) (?:of|out of) "
    r"(?P<all>\d[\d,]*) (?:active )?(?:scrape |prometheus )?targets\b",
    re.IGNORECASE,
)
_TOO_FEW_SEEN = 0.1


def _unseen(subject: Decision) -> str:
    """What share of all targets is measured no more, where that is a tenth or more; empty for less, or none."""
    match = deed(_DROPS_TARGETS, subject.message) if "targets" in subject.message else None
    if match is None or only_told(subject) or refusal(subject) is not None:
        return ""
    gone, whole = (float(match[each].replace(",", "")) for each in ("gone", "all"))
    return f"stops measuring {gone:,.0f} of {whole:,.0f} targets" if gone >= whole * _TOO_FEW_SEEN else ""


class _Silence(NamedTuple):
    """Whether it is of every alert, for how many days, what else is said of it, and which words stand beside that."""

    every: bool
    days: float
    rest: str
    beside: frozenset[tuple[str, str]]


def _silence(subject: Decision) -> _Silence | None:
    """A silence of every alert, or of one for a week or longer, that a line tells of; ``None`` for anything else."""
    text = subject.message
    made = next((match for match in _SILENCES.finditer(text) if _is_new(match)), None)
    if made is None or not _OF_ALERTS.search(text) or only_told(subject) or refusal(subject) is not None:
        return None
    matched = f"{text} {' '.join(subject.attributes.values())}"
    every, days = _ALL.search(matched) is not None, _days(subject)
    acts = subject.reading is not EntryReading.NONE or days >= _A_WEEK / DAY
    if not acts or not (every or days * DAY >= _A_WEEK):
        return None
    # No numbers: a line's own time is one, and how long the silence lasts is known.
    beside = frozenset((key, value) for key, value in subject.attributes.items() if number_of(value) is None)
    return _Silence(every, days, text[made.end() :].casefold(), beside)


_UNTIL = late(
    r"\b(?:ends_?at|until|expires(?:_?at)?|till)[=: ]{1,3}\"?(?P<end>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)",
    re.IGNORECASE,
)


def _days_until(subject: Decision) -> float:
    """How long a silence lasts that tells its end by a date; zero where it tells none."""
    text = subject.message
    if not any(sign in text or sign in subject.attributes for sign in ("nds", "ntil", "xpires", "till", "endsAt")):
        return 0.0
    told = next((f"until {subject.attributes[key]}" for key in _ENDS_AT if key in subject.attributes), "")
    match = _UNTIL.search(f"{text} {told}")
    if match is None:
        return 0.0
    try:
        end = datetime.fromisoformat(match["end"].replace(" ", "T")).replace(tzinfo=UTC)
    except ValueError:
        return 0.0
    return max(0.0, (end.timestamp() - said_at(subject)) / DAY)


_ENDS_AT = ("endsAt", "ends_at", "until", "expires", "expiresAt", "expires_at")


def _is_told_by(silence: _Silence, earlier: _Silence | None) -> bool:
    """Whether an earlier line has told the same; the report of it may have more beside it, the silence's own id say."""
    return earlier is not None and earlier[:3] == silence[:3] and earlier.beside <= silence.beside


def _is_new(match: re.Match[str]) -> bool:
    """Whether a silence is made there; words about something else, before its clause or behind it, change nothing."""
    text, begin, end = match.string, clause_of(match.string, match.start(), ",.;:"), match.end()
    if _ENDS.search(text, begin, end):
        return False
    about = _SAID_BEYOND.match(text, end)
    beyond = about.end() if about is not None else end
    if _IS_OVER.match(text, beyond) or is_thought(match[0], text, beyond):
        return False
    if match["noun"] is None or _MAKES.search(text, begin, end) or _IS_MADE.match(text, end):
        return True
    return _ENDS.search(text, end) is None


def _days(subject: Decision) -> float:
    """How long, in days; zero where that is not told."""
    for key, text in subject.attributes.items():
        if key.rpartition(".")[2].casefold() in _LASTS and (seconds := seconds_of(bare(text))) is not None:
            return seconds / DAY
    match = _FOR.search(subject.message)
    if match is None:
        return _days_until(subject)
    unit = match["unit"].casefold()
    if unit in _MINUTES:
        return float(match["number"]) / (1_440.0 if unit == "m" else DAY)
    return float(match["number"]) * _DAYS[unit[0]]
