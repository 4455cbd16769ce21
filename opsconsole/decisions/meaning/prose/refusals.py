"""Deeds that a sentence refuses by more than a word beside them."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.words import verbs
from opsconsole.records import Mood

_CHAINED = re.compile(r", (?:cannot|failed to|unable to|could not|couldn't) (?P<verb>[a-z]+)", re.IGNORECASE)


def in_chain(message: str, acts: list[Act]) -> list[Act]:
    """The actions of a chain of errors, which ends in why: ``deleting node, evicting pods, Cannot evict pod as …``."""
    match = _CHAINED.search(message) if acts and all(act.mood == Mood.PLANNED for act in acts) else None
    verb = verbs.WORDS.get(match["verb"].lower()) if match else None
    if match is None or verb is None or verb.verb not in [act.verb for act in acts]:
        return []
    return [act._replace(mood=Mood.REFUSED, problem=f"failed: {message[match.start() + 2 :]}") for act in acts]


def is_declined(message: str, place: int) -> bool:
    """``will not scale web down: only 1 replica is ready``: what somebody wanted is not done."""
    return _WILL_NOT.search(message[max(0, place - 20) : place]) is not None


_WILL_NOT = re.compile(r"\b(?:will not|won't|not going to) $", re.IGNORECASE)
