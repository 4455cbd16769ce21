"""Whether a line may be an entry of its own: such a line is never taken for a part of the entry above it."""

from __future__ import annotations

from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import Mood

_WORD = late(r"[A-Za-z][\w./-]{0,200}")
_FEW = 3
"""Words of a line that tells something; a key with a value of one word has fewer."""


def tells(text: str) -> bool:
    """May a line tell of a deed: by a word that says so, or by any verb of the cluster's among several words?"""
    words = _WORD.findall(text)
    return done(text) or (len(words) >= _FEW and any(_verb(word) is not None for word in words))


def done(text: str, *, but: str = "") -> bool:
    """Does a line hold a word for a deed that is done, of another verb than ``but``?"""
    found = (verbs.WORDS.get(word.lower().strip("./-")) for word in _WORD.findall(text))
    return any(verb is not None and verb.mood is Mood.DONE and verb.verb != but for verb in found)


def _verb(word: str) -> verbs.Verb | None:
    return verbs.of_name(word) if "_" in word else verbs.WORDS.get(word.lower().strip("./-"))
