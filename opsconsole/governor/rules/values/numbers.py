"""Numbers that are none: NaN, Infinity, null."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from opsconsole.governor.announced.line_kinds import targets_of
from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, is_log_alone, name_of
from opsconsole.governor.rules.values.replicas import MOST_PODS
from opsconsole.patterns import late
from opsconsole.records import Decision, FieldValue, Kind, Mood, Severity

_NO_NUMBER = late(r"\bNaN\b|(?<=\w[=:])nan\b(?![/-])|(?<![\w/])(?<!\w-)(?:[Ii]nfinity|[Ii]nf)\b(?![/-]\w)")
"""A number that is none, or is endless; ``inf-gateway`` and ``shop/infinity`` are names. Python prints ``loss=nan``."""

_COUNTS = frozenset({"replicas", "minReplicas", "maxReplicas", "minReplicaCount", "maxReplicaCount"})
_WORD = late(r"[A-Za-z]{2,20}")
_NO_WEIGHT = frozenset({"nan", "inf", "-inf", "infinity", "-infinity", "null"})
_NO_VALUE = frozenset({"unset", "null", "none", "nil", "unknown", "auto", "default", "changed", "removed"})
"""Words that stand for no value, which have rules of their own or need none."""

_NONE = r"(?:NaN|nan|[Ii]nf(?:inity)?)"
_DISCARDED = late(
    rf"\b{_NONE}\b(?:[ -](?:values?|results?|forecasts?|samples?|predictions?|replicas?))?,? "
    r"(?:(?:was|were|is|are|has been|have been) )?"
    r"(?:discarded|rejected|dropped(?! (?:in|into|on)\b)|thrown away|refused|not used)\b|"
    rf"\b(?:discard|reject|dropp|refus)(?:ed|ing) (?:the |a |an |\d+ )?{_NONE}\b(?! (?:check|guard|test))"
)
"""A check that did its work: the number is none, and nothing is done by it."""

_LEFT_ALONE = late(
    r"^(?!.*\b(?:promot|deploy(?!ment)|releas(?:ed|ing)|publish|proceed|continu|appl(?:y|ied)|anyway))"
    r".*(?:\bskip(?:ping|s)?\b(?! (?:the |all |any )?(?:sanity |bounds? |input )?"
    r"(?:checks?|validations?|eval\w*|guards?|tests?|clamp\w*|limits?|budgets?)\b)|"
    r"\b(?:keep(?:ing|s)?|kept|holding|reusing) (?:the |its |their )?(?:last|previous|current|old|existing|known)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What is done where there is no number, and no more than that: nothing."""

_CALM = frozenset({"TRACE", "DEBUG", "INFO", "NOTICE"})


@rule(
    "invalid-number",
    Severity.CRITICAL,
    Kind.DECISION,
    lines=(Interest(has=("fields", "attributes", "problems")), Interest(words=("nan", "inf"))),
)
def invalid_number(subject: Decision, view: View) -> Iterable[Verdict]:
    """NaN, Infinity, null or a word in what a decision sets (critical), or NaN anywhere else in what it says (warning).

    A line that does nothing and says that it has discarded one tells of a check that works; in a log alone so does one
    that skips what it was to be of, or keeps the last value. In a calm line that does nothing yet it counts where it is
    what was decided (`action=[nan, nan]`). `null` for metadata takes a key away, and is no number. A count below zero
    or above 150,000 that was refused is a warning: what computed it goes on.

    The SmartScaler write-up: the script had no ``if math.isnan(value)``, "passed that NaN into the load balancer's
    configuration file", and the load balancer crashed.
    """
    bad = [field for field in subject.fields if _problem(field)]
    for field in bad:
        yield Verdict(
            f"invalid decision: {field.path} of {name_of(subject.target)} = {_value(field)}",
            "This is no value. Whatever computed it did not check its own output.",
            part=field.path,
            switch=REVOKE,
        )
    if subject.mood == Mood.REFUSED:
        yield from _refused_nonsense(subject)
    if not bad and (words := _said(subject, view, acts=view.announces(subject))):
        yield Verdict(
            f"it computes with {words}",
            "NaN or Infinity in its data: nothing that it decides from here on can be trusted.",
            severity=Severity.WARNING,
            switch=REVOKE,
        )


def _refused_nonsense(decision: Decision) -> Iterable[Verdict]:
    """A count that the API server has refused shows all the same what the optimizer computes."""
    for field in decision.fields:
        count = field.number
        if field.path in _COUNTS and count is not None and math.isfinite(count) and not 0 <= count <= MOST_PODS:
            yield Verdict(
                f"wanted {field.path} of {name_of(decision.target)} at {field.value}: no such number of pods",
                "It was refused. What computed it goes on.",
                part=field.path,
                severity=Severity.WARNING,
                switch=REVOKE,
            )


def _value(field: FieldValue) -> str:
    problem = _problem(field)
    return field.value if problem in ("", field.value) else f"{field.value} ({problem})"


def _problem(field: FieldValue) -> str:
    if field.value.lower() == "null" and field.path.startswith("metadata."):
        return ""  # a merge patch takes a key away by it: there is no number that it could be
    if field.problem:
        return field.problem
    if field.number is not None and not math.isfinite(field.number):
        return "not a number" if math.isnan(field.number) else "not finite"
    if "weight" in field.path and field.number is None and field.value.lower() in _NO_WEIGHT:
        return "no number"
    counted = field.path in _COUNTS or field.path.rpartition(".")[0].endswith(("limits", "requests"))
    words = field.number is None and _WORD.fullmatch(field.value) and field.value.lower() not in _NO_VALUE
    return "no number" if counted and words else ""


def _said(decision: Decision, view: View, *, acts: bool) -> str:
    """What is said of a number that is none; in a calm line only of one that acts."""
    for problem in decision.problems:
        if _may_be_none(problem) and (_NO_NUMBER.search(problem) or problem.endswith("returned nan")):
            return problem
    if decision.level in _CALM and not acts:
        return _wanted_none(decision)
    words = _none_in(decision)
    return "" if words and not acts and _says_left_alone(decision.message, view) else words


_DECIDED = late(
    r"(?:next[_-]?|new[_-]?|raw[_-]?)?(?:actions?|weights?|recommendations?|desired(?:[_-]?\w+)?|decisions?|setpoints?|"
    r"target[_-]?(?:replicas|weights?|value)|allocations?|replicas)",
    re.IGNORECASE,
)
_NO_NUMBERS = late(rf"[\[({{]?\s*[+-]?{_NONE}(?:\s*[,; ]\s*[+-]?{_NONE})*\s*[\])}}]?")


_NOT_TAKEN = late(
    rf"\breplac(?:ed|ing) (?:the |its )?(?:\w{{1,20}}[ =])?[\[(]?[+-]?{_NONE}(?:[,; ]{{1,2}}{_NONE})*[\])]? "
    r"(?:by|with) (?:a |the |its )?(?:hold|no-?op|last|previous|current|default|old|known|safe)\b|"
    rf"\b{_NONE}[\])]? (?:was |were )?replaced (?:by|with)\b|"
    r"\b(?:fell|falling|falls) back to (?:a |the |its )?(?:last|previous|current|default|old|known|safe)\b|"
    r"\b(?:fallback|clipped) to (?:a |the |its )?(?:hold|last|previous|current|default|old|known|safe)\b|"
    r"\bskipp(?:ed|ing) (?:the |this |that |a )?(?:step|action|update|tick|cycle)\b|"
    r"\bnan (?:filter|guard|mask)\b|"
    r"\b(?:hold|keep)ing (?:the |its )?(?:last|previous|current|old|known)\b",
    re.IGNORECASE,
)
"""A guard that did its work, in a line that does nothing itself."""


_MEASURED = late(r"(?:evaluated|observed|measured|collected|scraped|sampled)\b", re.IGNORECASE)


def _wanted_none(decision: Decision) -> str:
    """Of a calm line that does nothing yet: what it has decided is no number, ``action=[nan, nan]``."""
    said = decision.message
    if _NOT_TAKEN.search(said) or _DISCARDED.search(said):
        return ""
    for key, text in decision.attributes.items():
        if key == "replicas" and _MEASURED.match(said) is not None:
            continue  # how many there are, not how many there are to be
        if _may_be_none(text) and _DECIDED.fullmatch(key) and _NO_NUMBERS.fullmatch(text):
            return f"{key} = {text}"
    match = _DECIDED_IN_WORDS.search(said) if _may_be_none(said) else None
    return match[0] if match is not None else ""


_DECIDED_IN_WORDS = late(rf"(?<![\w-])(?:{_DECIDED.pattern})=[\[(] ?{_NONE}(?:, ?{_NONE}){{0,50}} ?[\])]")


def _none_in(decision: Decision) -> str:
    match = _NO_NUMBER.search(decision.message) if _may_be_none(decision.message) else None
    if match and not any(match.group() in (each.name, each.namespace) for each in targets_of(decision)):
        return f"{match.group()} in its data"
    for key, text in decision.attributes.items():
        if _may_be_none(text) and (text == "nan" or _NO_NUMBER.fullmatch(text.strip("+-"))):
            return f"{key} = {text}" if key else ""
    return ""


def _says_left_alone(text: str, view: View) -> bool:
    """Whether a line that does nothing says that the number was thrown out, or in a log alone that nothing is done."""
    return _DISCARDED.search(text) is not None or (is_log_alone(view) and _LEFT_ALONE.search(text) is not None)


def _may_be_none(text: str) -> bool:
    """Whether a pattern is worth asking: it costs more, and each line has many values."""
    return "nan" in text or "NaN" in text or "inf" in text or "Inf" in text
