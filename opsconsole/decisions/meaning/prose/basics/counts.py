"""Numbers that a sentence writes out: ``forty pods``, ``a dozen nodes``, ``from ten to zero replicas``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.basics.grammar import words_of
from opsconsole.patterns import late

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: number for number, word in enumerate(_ONES)}
_NUMBERS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
_GREAT = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000}

_COUNTED = (
    r"(?:pods?|nodes?|replicas?|instances?|deployments?|statefulsets?|daemonsets?|services?|workloads?|jobs?|"
    r"cronjobs?|hpas?|containers?|machines?|nodeclaims?|namespaces?|pvcs?|volumes?|secrets?|copies|workers?|servers?)"
)
_WORD = rf"(?:{'|'.join([*_NUMBERS, *_GREAT])})"
_WRITTEN = rf"(?:a |half a |several )?{_WORD}(?:(?:[- ]| and ){_WORD}){{0,6}}s?"
"""No number has more words than seven, and a line of number words must not hold up the stream."""
_NUMBER = late(
    rf"\b{_WRITTEN}\b(?:(?= (?:of (?:the )?)?(?:[a-z-]+ )?{_COUNTED}\b)"  # of what it is a number
    rf"|(?= to (?:{_WRITTEN}|\d+) {_COUNTED}\b)"  # "from ten to one replica"
    r"|(?=\W*$))",
    re.IGNORECASE,
)
_BEFORE_BARE = late(r"\b(?:to|from|count|replicas)(?: of)?[ =:]+$", re.IGNORECASE)
"""What must stand before a number that ends a sentence: ``scaled web to zero``; "a new one" is none."""

_NO_COUNT = late(r"\b(?:no|this|that|which|any|every|each|another|new|last|only|the) $", re.IGNORECASE)
_MAY_HOLD = frozenset(word + end for word in (*_NUMBERS, *_GREAT) for end in ("", "s")) | {"single"}
_SINGLE = late(
    r"\b(?:(?:just |only )?a single|(?:just|only|exactly) one)(?= (?:replica|pod|instance|copy|node|server)\b)",
    re.IGNORECASE,
)
"""``down to a single replica``."""


def in_digits(text: str) -> str:
    """The text with its written-out counts of objects as digits; "one" of "this one" stays a word."""
    words = words_of(text)
    if "total" in words:
        text = _TOTAL.sub("", text)
    if _MAY_HOLD.isdisjoint(words):
        return text
    text = _SINGLE.sub("1", text) if "single" in text or " one " in text else text
    text = _MULTIPLIED.sub(_product, text)
    return _NUMBER.sub(lambda match: _digits(match, text), text)


_TOTAL = late(rf"\b(?:a (?:grand )?total of|in total) (?=(?:\d{{1,6}}|{_WRITTEN}) )", re.IGNORECASE)
"""Words before a number that add nothing to it: ``tainted a total of 3 nodes``."""
_MULTIPLIED = late(
    rf"(?<![\w.-])(?P<number>\d{{1,6}}(?:\.\d{{1,3}})?)[ -](?P<great>{'|'.join(_GREAT)})s?\b", re.IGNORECASE
)
"""``900 thousand``: not 900 of them."""


def _product(match: re.Match[str]) -> str:
    return str(int(float(match["number"]) * _GREAT[match["great"].lower()]))


def _digits(match: re.Match[str], text: str) -> str:
    before, written = text[max(0, match.start() - 24) : match.start()], match[0].lower()
    bare = not text[match.end() :].strip(" .!)")
    if (bare and not _BEFORE_BARE.search(before)) or (written == "one" and _NO_COUNT.search(before)):
        return match[0]
    return str(_value(written))


def _value(written: str) -> int:
    """``two hundred and forty``: 240; ``half a dozen``: 6; ``dozens`` and ``several hundred``: two of them at least."""
    words = re.split(r"[- ]", written)
    many = words[0] == "several" or words[-1].removesuffix("s") in _GREAT.keys() - {words[-1]}
    total = part = 0
    for word in words:
        great = _GREAT.get(word.removesuffix("s"), 0)
        part = max(part, 1) * great if great else part + _NUMBERS.get(word, 0)
        if great >= _GREAT["thousand"]:
            total, part = total + part, 0
    total += part
    return total // 2 if words[0] == "half" else total * 2 if many else total
