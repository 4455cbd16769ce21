"""Deeds that a sentence refuses by more than a word beside them."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods.unwanted import FORCED
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


def hides(refused: Act, other: Act) -> bool:
    """Is another deed than the refused one beside it told: ``pod a/b will not be evicted, namespace prod deleted``?"""
    if refused.mood is not Mood.REFUSED or other.mood not in (Mood.DONE, Mood.PLANNED) or refused.verb == other.verb:
        return False
    named = {ref.name for ref in other.targets if ref.name}
    return bool(named) and named.isdisjoint(ref.name for ref in refused.targets)


def is_declined(message: str, start: int, end: int, *, strict: bool) -> bool:
    """Is what somebody wanted to do to a named object not done: ``will not scale web down: only 1 replica is ready``?

    Args:
        message: the whole sentence.
        start: where the verb begins.
        end: where it ends.
        strict: is the verb one of the cluster's alone: what has "not changed" is a state, and no refusal.
    """
    before = message[max(0, start - 80) : start]
    if _WILL_NOT.search(before):
        return True
    passive = strict and message.endswith("ed", start, end) and _WAS_NOT.search(before)
    return bool(passive) and _ENDS.match(message, end) is not None


_WILL_NOT = re.compile(
    r"\b(?:(?:will not|won't|not going to)|(?:i|we) (?:would not|wouldn't|will not|won't|am not|are not) (?:yet )?) ?$",
    re.IGNORECASE,
)
_WAS_NOT = re.compile(
    r"^(?!.*\b(?:if|unless|until|because|since|when|while|why|whether|that|which)\b)"
    r".*(?<!may )\b(?:(?:was|were|is|has been|have been|will|can|could) )?(?:not|never) (?:yet )?(?:be |been )?$|"
    r".*\b(?:won't|wasn't|hasn't been|can't) (?:be )?$",
    re.IGNORECASE | re.DOTALL,
)
"""What stands before a participle of what has not been done: ``node n-1 was not ``."""
_ENDS = re.compile(
    r"(?:\W*$|(?: now| yet)?(?:[.,;:]| -| \()|(?: now)? (?:because|due to|by|as)\b)"
    r"(?!.*\b(?:already|no (?:change|need)|unchanged|up[ -]to[ -]date|nothing|not found|does not exist)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""What may follow it."""


def forbids(message: str, end: int) -> bool:
    """Does what follows a deed that was asked for forbid it: ``asked to remove a/b; the policy does not permit it``?"""
    match = _FORBIDS.search(message, end, end + 400)
    return match is not None and FORCED.search(message, match.end(), match.end() + 200) is None


_FORBIDS = re.compile(
    r"(?:[;,.:]| -| –) (?:but |however,? |and )?(?:"
    r"(?:(?:the|our|a|its|this|no) )?[\w-]{2,30}(?: [\w-]{2,30}){0,3}? (?:"
    r"(?:do|does|will|would|can)(?: not|n't|not) (?:permit|allow|accept|approve|let)|"
    r"forbids?|forbade|rejects?|rejected|den(?:y|ies|ied)|blocks?|blocked|veto(?:es|ed)|refused?s?|disallows?|"
    r"prevents?|prevented) (?:that|this|it|such a \w+)\b|"
    r"(?:this|that|it) (?:is|was) (?:not (?:allowed|permitted)|forbidden|denied|rejected|blocked|vetoed|refused)\b)",
    re.IGNORECASE,
)
