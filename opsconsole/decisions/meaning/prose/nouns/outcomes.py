"""Whom a deed was to be done to, told behind how it went and why: ``eviction blocked by 429 (a budget?): web-1``."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import NOT_NAMES, SpokenObject, SpokenToken
from opsconsole.decisions.meaning.prose.nouns.beside import after
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import verbs
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
    if found is None or found.end != len(tokens):
        return None
    if found.ref is None or found.kind:
        return found
    why = tokens[colon - 1].low.endswith("ed")  # "consolidation blocked: cluster/policy"
    return None if why or not _HINDRANCES.isdisjoint(found.ref.name.split("-")) else found


_HINDRANCES = wordset(
    "pdb budget poddisruptionbudget webhook policy quota controller hook rule guard gate error reason"
)


def left_alone(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``(drainNode) machine "a" has no node. Skipping drain.``: whom a deed is not done to, told a sentence before."""
    if at + 1 < len(tokens) and tokens[at + 1].text not in ".,;:(" and tokens[at + 1].low not in _WHY_NOT:
        return None  # "node n-1 drained; not deleting namespace prod"
    if at < 4 or tokens[at - 1].low not in ("skipping", "not") or tokens[at - 2].text not in ".,;":
        return None
    if tokens[at - 2].text == ",":
        return _absent(tokens, at)
    first = 3 if (tokens[0].text, tokens[2].text) == ("(", ")") else 0
    kind, length = naming.kind_at(tokens, first)
    place = first + length
    if not kind or place >= at - 2 or not naming.is_called(tokens, place):
        return None
    return SpokenObject(kind, references.reference(tokens[place].text, kind), None, at, named=True)


_WHY_NOT = wordset("because since as until while due it them for now down up in out")


def _absent(tokens: list[SpokenToken], at: int) -> SpokenObject | None:
    """``Deployment reports not found, skipping restart``: whom a deed is not done to."""
    kind, place = naming.kind_at(tokens, 0)
    behind = [token.low for token in tokens[place + 1 : place + 4]]
    absent = behind[:2] == ["not", "found"] or behind == ["does", "not", "exist"]
    ends = at + 1 == len(tokens) or tokens[at + 1].text in ".;:"
    if not kind or not absent or not ends or tokens[place].low in NOT_NAMES or tokens[place].low in verbs.WORDS:
        return None
    return SpokenObject(kind, references.reference(tokens[place].text, kind), None, at, named=True)
