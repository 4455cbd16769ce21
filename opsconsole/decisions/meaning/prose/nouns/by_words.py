"""Objects that a few words lead to: their id, whom something is for, why nothing is done."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import SpokenObject, SpokenToken
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words.sets import wordset


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


def is_why(tokens: list[SpokenToken], at: int, kind: str) -> bool:
    """``not scaling service: cooldown``: does one word behind a colon tell why, and not whom?"""
    if at >= len(tokens) or tokens[at - 1].text != ":" or tokens[at].quoted:
        return False
    if tokens[at].low not in _WHYS or kind == "Namespace" or all(token.low not in _LEFT for token in tokens[:at]):
        return False
    return at + 1 == len(tokens) or tokens[at + 1].text in ",;.("


_LEFT = wordset(
    "not never no n't without skip skipping skipped failed failing cannot could can't won't couldn't refused refusing "
    "denied blocked delaying delayed holding postponing postponed deferring deferred rejected unable"
)
"""Words by which a deed is not done; what is done has no reason of one word behind a colon."""
_WHYS = wordset(
    "cooldown timeout maintenance quota conflict budget quorum forbidden unauthorized oom oomkilled backoff freeze "
    "throttling deadline capacity contention hysteresis stabilization policy rbac pdb eof cancelled canceled"
)
"""What a deed is not done for, or done for, told in one word; hardly anything is called so but a namespace."""


def is_own_container(tokens: list[SpokenToken], at: int) -> bool:
    """``container pdf.2.k8w0q of service pdf``: is it named after its owner, and an object itself?"""
    if not naming.is_called(tokens, at):
        return False
    owners = [token.text for token in tokens[at + 2 : at + 5]]
    if not {"service", "job", "app", "application"} & {owner.lower() for owner in owners}:
        return False  # what a StatefulSet is made of is told by its own name
    return any(tokens[at].text.startswith(f"{owner}{mark}") for owner in owners for mark in "._-")
