"""Workloads that are put to sleep and woken: ``woke up deployment`` beside ``name=web replicas=2``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.basics import grammar
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.vocabulary import with_before
from opsconsole.decisions.message.document import Leaves
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, Mood

_SIZED = wordset("Deployment StatefulSet ReplicaSet")
_FAILED = late(
    r"(?:failed to|cannot|could not|unable to|error while) "
    r"(?P<how>hibernat(?:e|ing)|wak(?:e|ing)(?: up)?|(?:un)?park(?:ing)?|(?:un)?idl(?:e|ing)|put(?:ting)?)"
    r"(?: (?P<kind>[a-z]{3,12}))?(?: to sleep)?",
    re.IGNORECASE,
)
_WAKES = late(r"\b(?:wak|wok|unpark|unidl|awake)", re.IGNORECASE)
_LONGEST = 60
"""Characters of a message that tells no more than that."""


def read(message: str, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """What is put to sleep or woken, by the message beside its name; ``None`` where that tells something else."""
    slept, failed = remarks.of_sleep(message), _FAILED.fullmatch(message[:_LONGEST])
    if slept is None and failed is None:
        return None
    kind = next((found for word in grammar.words_of(message) if (found := kinds.of_word(word))), "")
    if kind and kind not in _SIZED:
        return None
    targets = choice.choose(context.found, "scale", kind)
    if not targets or not targets[0].name or (targets[0].kind or kind) not in _SIZED:
        return None
    if failed is not None:
        return Act("scale", "scale", Mood.REFUSED, targets, None, (), "failed")
    return Act("scale", "scale", context.mood or slept or Mood.PLANNED, targets, None, _replicas(message, pairs))


def _replicas(message: str, pairs: Leaves) -> tuple[FieldValue, ...]:
    """The replicas that it is to have: what sleeps had some, or has none now."""
    told = _number(pairs, ("replicas",))
    if told and (target := _number(pairs, ("target", "to", "desired", "wanted"))):
        return (with_before(patches.field("replicas", target), told),)
    return (patches.field("replicas", told),) if told and (_WAKES.search(message) or told == "0") else ()


def _number(pairs: Leaves, keys: tuple[str, ...]) -> str:
    """The number at one of some keys; empty where there is none."""
    return next((str(leaf) for path, leaf in pairs if path and path[0] in keys and str(leaf).isdecimal()), "")
