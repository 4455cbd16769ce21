"""A line that says itself that what it sets is beyond a bound: ``scaled to 50000 exceeding maxReplicas 10``. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.patterns import late
from opsconsole.quantity import number
from opsconsole.records import Decision

SIGNS = ("xceed", "bove", "eyond", " over ", "elow", "under", "violat", "breach", "in excess", " past ")
"""A text without any of them tells of no bound that is passed; most have none."""

_AMOUNT = r"\d(?:[\d,_]*\d)?(?:\.\d+)?(?:[eE]\d+)?(?:[KMGTPE]i?|m)?(?![\w.%])"
_MORE = r"exceed(?:s|ing|ed)|(?:far |well |way )?(?:above|over|beyond|past)|in excess of|more than"
_LESS = r"(?:far |well |way )?(?:below|under)|less than|undercutting"
_AGAINST = r"violat(?:es|ing)|breach(?:es|ing)|outside(?: of)?"
_BOUND = (
    r"(?:max(?:imum)?|min(?:imum)?)(?:[ _-]?(?:replica[ _-]?count|replicas?|count|size|capacity|pods|nodes|memory|cpu|"
    r"limit|bound|allowed|available|unavailable))?|limits?|caps?|ceiling|floor|quota|bounds?"
)
_MEASURED = (
    r"(?:observed|measured|seen|recorded|recent|historical|hourly|daily|weekly|last|next|past|peak|us(?:ed?|age)|actual|"
    r"current|average|window|demand|load|rss|working|requests?|p\d\d)"
)
"""What was looked at, and is no bound: a limit over the most that was used is how it should be."""

_SETS = late(
    rf"\bto (?P<set>{_AMOUNT})(?: (?:replicas?|pods|instances|nodes|cores|cpus?))?,? \(?"
    rf"(?:(?:which|that|this|and) )?(?:(?:is|was|are) )?"
    rf"(?:(?P<more>{_MORE})|(?P<less>{_LESS})|{_AGAINST}) (?:the |its |a |an |his |their |our )?"
    rf"(?:(?!(?:of|for|per|in|{_MEASURED})\b)[a-z][\w'/-]{{0,40}} ){{0,2}}?(?P<bound>{_BOUND})\b"
    rf"(?! {_MEASURED}\b| (?:of |is |at |was )?{_AMOUNT} {_MEASURED}\b)"
    rf"(?:[ =:(]{{1,2}}(?:of |is |at |was )?(?P<at>{_AMOUNT}))?",
    re.IGNORECASE,
)
"""What is set, and next to it that it is beyond a bound: of what was measured it would not be told there."""

_DISRUPTS = late(
    r"(?<!\bnot )(?<!\bwithout )(?<!\bnever )(?<!\bavoid )(?<!\bof )\b(?:exceeding|violating|breaching|beyond|over) "
    r"(?:the |its |a |their )?(?P<bound>max[ _-]?unavailable|min[ _-]?available|(?:pod )?disruption[ _-]?"
    r"(?:limit|budget|allowance)|pdb)\b(?:[ =:(]{1,2}(?:of |is |at )?(?P<at>\d{1,6}%?))?",
    re.IGNORECASE,
)
_KEPT = late(
    r"[^.;]*?\b(?:(?:capp|clamp|limit|bound|truncat|reject|refus|skipp|block)(?:ed|ing)|denied|cut back)\b",
    re.IGNORECASE,
)
"""What is held back to its bound all the same."""

_ONLY_THOUGHT = late(r"\b(?:would|could|might|if|unless|cannot|can't|not|never|no)\b", re.IGNORECASE)
_LOWER = ("min", "floor")

FAR = 10.0
"""So many times a bound is no rounding of it, as for replicas-factor."""


class Passed(NamedTuple):
    """The bound's own words, and whether it is passed by far."""

    words: str
    far: bool


def passed_bound(subject: Decision) -> Passed | None:
    """Which bound a deed passes, as its line says; ``None`` where it says none, or its own numbers say otherwise."""
    text = subject.body if "\n" not in subject.body and subject.body else subject.message
    if not any(sign in text for sign in SIGNS):
        return None
    if (match := _SETS.search(text)) is not None:
        told = None if _is_kept(text, match) else _of_numbers(match)
        return None if told is not None and not told.far and _is_itself(text, match) else told
    match = _DISRUPTS.search(text)
    return Passed(match[0], far=False) if match is not None and not _is_kept(text, match) else None


def _of_numbers(match: re.Match[str]) -> Passed | None:
    """What the numbers beside the words come to: over a minimum and under a maximum is how it should be."""
    lower = match["bound"].lower().startswith(_LOWER)
    sets, bound = _number(match["set"]), _number(match["at"])
    if (match["more"] and lower) or (match["less"] and not lower):
        return None
    if sets is None or bound is None:
        return Passed(match[0], far=False)
    if (match["more"] and sets <= bound) or (match["less"] and sets >= bound):
        return None
    return Passed(match[0], far=bool(match["more"]) and 0 < bound * FAR <= sets)


def _is_itself(text: str, match: re.Match[str]) -> bool:
    """Whether the bound is that which is set: the limit of a program's memory is above what it was."""
    return match["bound"].casefold() == "limit" and _OF_MEMORY.search(text, 0, match.start()) is not None


_OF_MEMORY = late(r"\b(?:memory|cpu)(?: limits?)?\b[^.;]{0,80}$", re.IGNORECASE)


def _is_kept(text: str, match: re.Match[str]) -> bool:
    begin = max((text.rfind(each, 0, match.start()) + 1 for each in (";", ". ")), default=0)
    return _ONLY_THOUGHT.search(text, begin, match.start()) is not None or _KEPT.match(text, match.end()) is not None


def _number(text: str | None) -> float | None:
    try:
        return number(text.replace(",", "").replace("_", "")) if text else None
    except ValueError:
        return None
