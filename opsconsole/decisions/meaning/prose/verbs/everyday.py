"""Everyday verbs that name a deed only together with what else is told: ``took web from 8 replicas down to 6``."""

from __future__ import annotations

from collections.abc import Sequence

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import SpokenToken
from opsconsole.decisions.meaning.prose.forms import changes
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordlist, wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood

_TAKES = "take takes taking bring brings bringing move moves moving dial dials dialing dialling ramp ramps ramping"
_TOOK = "took taken brought moved dialed dialled ramped nudged stepped walked gave given"
_GIVES = "nudge nudges nudging step steps stepping walk walks walking give gives giving"
_WORDS = {
    **dict.fromkeys(wordlist(f"{_TAKES} {_GIVES}"), verbs.Verb("patch", Mood.PLANNED, "take", loose=True)),
    **dict.fromkeys(wordlist(_TOOK), verbs.Verb("patch", Mood.DONE, "take", loose=True)),
}
_KICKS = {
    **dict.fromkeys(
        wordlist("kick kicking boot booting chase chasing push pushing throw throwing"),
        verbs.Verb("evict", Mood.PLANNED, "kick", loose=True),
    ),
    **dict.fromkeys(
        wordlist("kicked booted chased pushed threw thrown"), verbs.Verb("evict", Mood.DONE, "kick", loose=True)
    ),
}
NAMES = _WORDS.keys() | _KICKS.keys()
"""Words that may name an action with what follows them."""

_OFF = wordset("off out")
_GIVING = wordset("give gives giving gave given")


def verb_at(tokens: list[SpokenToken], at: int) -> verbs.Verb | None:
    """The action that an everyday word at a place names, by what stands behind it; ``None``: none.

    ``took … from 8 … to 6``, ``gave … 5 replicas``, ``kicked pod … off node …``.
    """
    low = tokens[at].low
    later = tokens[at + 1 : at + 14]
    if low in _KICKS:
        pods = [each for each in range(at + 1, min(at + 4, len(tokens))) if naming.kind_at(tokens, each)[0] == "Pod"]
        return _KICKS[low] if pods and any(each.low in _OFF for each in later[:8]) else None
    if low not in _WORDS:
        return None
    if not later or later[0].low == "up":
        return None  # "gave up on web"
    if low in _GIVING:
        return _WORDS[low] if any(each.low in ("replicas", "replica", "memory", "cpu") for each in later) else None
    words = [each.low for each in later]
    return _WORDS[low] if "to" in words and ("from" in words or not _COPIES.isdisjoint(words)) else None


_COPIES = wordset("replicas replica pods pod instances instance copies")


def told(verb: verbs.Verb, fields: Sequence[FieldValue]) -> bool:
    """Is what an everyday verb needs to be one told: values, and for ``took`` those before them?"""
    return verb.stem != "take" or changes.is_whole(fields) or any(field.path == "replicas" for field in fields)


_WITH = late(r"\bwith (?=\d{1,6} (?:replica|pod|instance)s?\b)")
_GIVEN = late(
    r"(?P<gives>\b(?:give|gives|giving|gave|given)\b.{1,200}?) (?P<number>\d{1,6}) (?=(?:replica|pod|instance)s?\b)"
)


def in_clause(clause: str) -> str:
    """The clause with "to" before what is given: ``gave web to 5 replicas``, as other verbs have it."""
    clause = _WITH.sub("to ", clause) if "with " in clause else clause
    return _GIVEN.sub(r"\g<gives> to \g<number> ", clause) if "giv" in clause or "gave" in clause else clause
