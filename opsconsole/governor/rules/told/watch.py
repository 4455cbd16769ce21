"""Who would notice: thresholds of alerts, the person on call, the switch that fires when nothing does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import ToldDeed, interests, number_in, verdicts
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_FAR = 5.0
_WATCHDOG = (
    r"(?:watch-?dogs?|heart-?beats?|dead[- ]?man'?s?[- ](?:switch|snitch)(?:es)?|healthchecks\.io|"
    r"(?:uptime|synthetic|blackbox) (?:checks?|monitors?|probes?))"
)
_CALLS = r"(?:on-?call|on call|pager(?:duty)?|opsgenie|escalation)"
_PART = r"(?:rotations?|schedules?|overrides?|polic(?:y|ies)|shifts?|layers?)"
_BECOMES = r"(?:assigned to|set to|overridden (?:to|with|by)|override(?::| to| with)|left to|handed to)"
_NOBODY = r"(?:nobody|no[ -]?one)"
_NOT_NEEDED = (
    r"(?! (?:needed|else|yet|(?:was|were|has been|is now) (?:removed|deleted|lifted|taken back|ended|over))\b)"
)


def _is_near(_line: Decision, match: re.Match[str]) -> bool:
    before, after = number_in(match, "before"), number_in(match, "after")
    return not before or before / _FAR < after < before * _FAR


_UNWATCHED = (
    ToldDeed(
        ("hreshold",),
        late(
            r"\b(?:prometheus ?rule|alert(?:ing)?(?:[ -]?rules?)?|alarms?|"
            r"monitors?)\b[^\n]{0,120}?\bthresholds?\b[^\n\d]{0,60}?"
            r"(?:from )?(?P<before>\d{1,9}(?:\.\d{1,9})?)%? ?(?:->|=>|→|to) ?(?P<after>\d{1,9}(?:\.\d{1,9})?)(?![\w.])|"
            r"\bthresholds? of (?:the )?(?:alert|alarm|monitor)[^\n\d]{0,60}?(?:from )?(?:\d{1,9}(?:\.\d{1,9})?)%? ?"
            r"(?:->|=>|→|to) ?\d",
            re.IGNORECASE,
        ),
        "moves an alert's threshold far away",
        "It does not fire any more for what it was written for.",
        unless=_is_near,
    ),
    ToldDeed(
        ("n-call", "ncall", "n call", "ager", "psgenie", "scalation"),
        late(
            rf"\b{_CALLS}\b(?:(?!\b(?:incident|ticket|alert|issue|task|case)s?\b)[^\n]){{0,60}}?\b{_PART}\b"
            rf"(?: (?!incident)[\w-]{{1,40}}){{0,2}}? {_BECOMES} {_NOBODY}(?![\w?-]){_NOT_NEEDED}|"
            rf"\b{_CALLS}(?: {_PART})? (?:is |are |was |were )?(?:{_BECOMES}|now) {_NOBODY}(?![\w?-])"
            rf"{_NOT_NEEDED}|"
            rf"\b(?:on-?call|on call|pager(?:duty)?|opsgenie)(?:(?: [\w-]{{1,40}})? {_PART}"
            r"(?:(?<=rotation|schedule) [\w-]{1,40})?)?"
            r" set to (?:none|null|empty|\[\])(?= *(?:$|[.;,)]|(?:for|until|till)\b))|"
            r"\b(?:emptied|cleared|emptying|clearing) (?:the )?(?:on-?call|pager(?:duty)?|escalation) "
            r"(?:rotation|schedule|policy)\b|"
            r"\b(?:remov|delet)(?:ed|ing) (?:everybody|everyone|all (?:users|members|people|responders)) from (?:the )?"
            r"(?:on-?call|pager(?:duty)?|escalation)",
            re.IGNORECASE,
        ),
        "leaves nobody on call",
        "Whatever happens calls nobody. Take the override back, and stay there.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        (
            "atchdog",
            "atch-dog",
            "eartbeat",
            "ead man",
            "ead-man",
            "eadman",
            "ealthchecks.io",
            "ptime",
            "ynthetic",
            "lackbox",
        ),
        late(
            rf"\b{_WATCHDOG}\b[^\n.,;]{{0,60}}?\b(?:paused|disabled|muted|deleted|removed|silenced|snoozed|"
            rf"(?:switched|turned) off)\b|"
            rf"\b(?:paus|disabl|mut|delet|remov|silenc|snooz)(?:ed|ing) (?:[^\n.,;]{{0,40}} )?{_WATCHDOG}\b",
            re.IGNORECASE,
        ),
        "switches off what fires when nothing does",
        "If all alerting ends now, nobody hears of that either.",
    ),
)


@rule("nobody-looks", Severity.WARNING, Kind.DECISION, lines=interests(_UNWATCHED))
def nobody_looks(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It sees to it that nobody would notice: an alert's threshold far away, nobody on call, no watchdog.

    By its own words. A threshold that becomes five times what it was, or a fifth, is no tuning. Critical where nobody
    is called at all. Both write-ups: no pods, no errors; what nobody watches has a perfect error rate, too.
    """
    yield from verdicts(_UNWATCHED, subject)
