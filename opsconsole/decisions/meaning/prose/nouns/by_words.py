"""Objects that a few words lead to: their id, whom something is for."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import SpokenObject, SpokenToken
from opsconsole.decisions.meaning.targets import references


def by_id(tokens: list[SpokenToken], at: int, kind: str, noun: str) -> SpokenObject | None:
    """``the node with id ray-7xk2p``: what is named by its id, its name or the like."""
    words = [token.low for token in tokens[at : at + 3]]
    place = at + 1 + (words[:1] in (["instance"], ["the"])) if words else at
    known = place > at and place < len(tokens) and tokens[place - 1].low in ("id", "name", "uid", "hostname")
    if not known or not naming.is_called(tokens, place):
        return None
    ref = references.reference(tokens[place].text, kind)
    return SpokenObject(kind, ref, None, place + 1, named=True, noun=noun) if ref else None


def whose(tokens: list[SpokenToken], at: int, noun: str) -> SpokenObject | None:
    """``instance for agent ci-1``: the name behind a word that says nothing of it."""
    for place in (at, at + 1):
        if place < len(tokens) and naming.is_reference(tokens[place]):
            ref = references.reference(tokens[place].text)
            return SpokenObject(ref.kind, ref, None, place + 1, named=True, noun=noun) if ref else None
    return None
