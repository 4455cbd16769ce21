"""Whom a deed was to be done to, told behind how it went and why: ``eviction blocked by 429 (a budget?): web-1``."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import SpokenObject, SpokenToken
from opsconsole.decisions.meaning.prose.nouns.beside import after
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words.sets import wordset


def last_behind_colon(tokens: list[SpokenToken], colon: int, verb: str) -> SpokenObject | None:
    """The name that ends a sentence behind a colon, and is not that of what stood in the way."""
    if colon + 1 < len(tokens) and tokens[colon].text == "(":
        colon = next((place for place in range(colon, len(tokens)) if tokens[place].text == ":"), colon)
    if colon + 1 >= len(tokens) or tokens[colon].text != ":" or tokens[colon - 1].low in _HINDRANCES:
        return None
    found = after(tokens, colon + 1, verb)
    ref = references.reference(tokens[colon + 1].text)
    if found is None and ref is not None and colon + 2 == len(tokens) and naming.is_reference(tokens[colon + 1]):
        found = SpokenObject(ref.kind, ref, None, colon + 2, named=True)
    return found if found is not None and found.end == len(tokens) else None


_HINDRANCES = wordset(
    "pdb budget poddisruptionbudget webhook policy quota controller hook rule guard gate error reason"
)
