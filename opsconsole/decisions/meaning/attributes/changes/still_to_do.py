"""What the keys of a document tell that is still to be done: ``"workers_to_delete": {"a": ["a-1", "a-2"]}``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import EntryReading, JsonObject, Mood, Ref

_MOST = 100
_LONGEST = 200
"""Objects of one key, and characters of a message that no more than announces them."""
_NAME = late(r"[a-z0-9][a-z0-9.-]{0,200}|[A-Za-z0-9][\w.-]{0,200}(?:/[\w.-]{1,200}){1,3}")
_TO_DO = late(
    r"(?P<what>[A-Za-z]{3,20}?)(?:_to_(?P<verb>delete|remove|terminate|evict|drain|restart)|"
    r"To(?P<camel>Delete|Remove|Terminate|Evict|Drain|Restart))"
)
_WORKERS = ("workers", "instances", "replicas", "machines", "members")
_BEGINS = late(
    r"(?:now |about to )?(?:(?:submitting|sending|executing) .*|(?P<verb>[a-z]{4,20})\b.*)", re.IGNORECASE | re.DOTALL
)
_ENDS = late(
    r"n't\b|\b(?:no|not|none|nothing|never|cannot|without|would|could|should|can|may|is|are|was|were|if|unless|check\w*|"
    r"skipp\w+|disabled|paused|stopp\w+|refus\w+|reject\w+|denied|block\w+|fail\w+|candidates?|consider\w*)\b",
    re.IGNORECASE,
)
"""Words of a message that announces no deed, or none alone: ``deletion check finished``, ``delete is disabled``."""


def added(told: Told, message: str, document: JsonObject, context: sentences.SentenceContext) -> Told:
    """What an entry tells, with what its keys list as still to be done: both are judged.

    The message must announce a deed, ``deleting idle workers``: what is only looked at has such keys too.
    """
    if len(message) > _LONGEST or not _announces(message) or context.mood in _UNDONE:
        return told
    acts = list(_listed(message, document, context))
    if not acts:
        return told
    verbs_told = {act.verb for act in acts}
    own = [act for act in told.acts if act.verb not in verbs_told or _tells_more(act)]
    return Told([*own, *acts], EntryReading.ACTION, told.calls)


_UNDONE = (Mood.REFUSED, Mood.NONE)


def _announces(message: str) -> bool:
    would = message[:6].lower() == "would "
    said = message[6:] if would else message
    begins = _BEGINS.fullmatch(said)
    if begins is None or _ENDS.search(said):
        return False
    word = (begins["verb"] or "").lower()
    return not word or (word in verbs.WORDS and (would or word.endswith("ing")))


def _tells_more(act: Act) -> bool:
    """Does an action name an object, a value or a number of its own, and not only the deed that the keys tell?"""
    return bool(act.fields or act.number or act.problem) or any(ref.name for ref in act.targets)


def _listed(message: str, document: JsonObject, context: sentences.SentenceContext) -> Iterator[Act]:
    for key, held in document.items():
        match = _TO_DO.fullmatch(key) if held and isinstance(held, dict | list) else None
        named = verbs.WORDS.get((match["verb"] or match["camel"]).lower()) if match else None
        kind = kinds.of_word(match["what"].lower()) if match else ""
        if match is None or named is None or not (kind or match["what"].lower() in _WORKERS):
            continue
        targets = _targets(held, kind, context.namespace)
        if targets:
            mood = context.mood or remarks.of_call(message, named.verb) or Mood.PLANNED
            yield Act(named.verb, key, mood, targets)


def _targets(held: JsonObject | list[object], kind: str, namespace: str) -> tuple[Ref, ...]:
    """The objects of one key, be they listed by their groups; none where anything else is among them."""
    parts = [each for each in held.values() if isinstance(each, list)] if isinstance(held, dict) else [held]
    names = [name for part in parts for name in part]
    if not 0 < len(names) <= _MOST:
        return ()
    known = [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]
    refs = (references.reference(name, kind, namespace) for name in known)
    return tuple(ref for ref in refs if ref is not None) if len(known) == len(names) else ()
