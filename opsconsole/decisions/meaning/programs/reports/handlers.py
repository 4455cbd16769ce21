"""What frameworks for operators say of their handlers, as Kopf does: that ``scale_down`` succeeded for an object."""

from __future__ import annotations

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Mood, Ref

SIGNS = ("er '", " is processed", " is in progress", "Patching with: {'")
"""What is in these messages."""

_KEPT = late(
    r"(?:Creation|Updating|Update|Deletion|Resuming)(?: event)? is (?:processed|in progress|superseded)\b|"
    r"Patching with: \{'(?:status'|metadata': \{'(?:annotations': \{'kopf|finalizers'))"
)
"""What others did to the object, or what the framework notes in it for itself: no deed."""

_RAN = late(
    r"(?:Handler|Timer) '(?P<name>[a-z][\w-]{1,100})(?:/[\w./-]{1,200})?' "
    r"(?:(?P<done>succeeded)|failed(?: temporarily| permanently| with an exception)?)\b[^:]*"
)
_DEEDS = wordset("scale evict drain cordon uncordon restart rollback taint untaint disrupt")
"""Actions that a handler is named by. One that is called after what happened to its object (``create_fn``,
``on_update``) tells what others did."""


def told(message: str) -> list[Act] | None:
    """The deed that the name of a handler tells, once the handler has run; to whom, is told before the message.

    ``None`` where it is something else that is said, and nothing where it is known to be no deed.
    """
    if _KEPT.match(message):
        return []
    match = _RAN.fullmatch(message)
    words = verbs.parts(match["name"]) if match else ()
    named = verbs.WORDS.get(words[0]) if words else None
    if match is None or named is None:
        return None
    kind = kinds.in_words(words[1:])
    if named.verb not in _DEEDS and not kind:
        return None
    mood = Mood.DONE if match["done"] else Mood.REFUSED
    problem = "" if match["done"] else "failed"
    return [Act(named.verb, match["name"], mood, (Ref(kind, "", ""),) if kind else (), None, (), problem)]
