"""Records of a decision whose only key is the deed: ``"decision": {"podEviction": {"pods": [{"name": "web-0"}]}}``."""

from __future__ import annotations

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.message.document import leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.records import JsonObject, Mood

_HOLDERS = ("decision", "action", "operation", "command")
MOST = 60
"""Values of one deed that are looked at."""


def read(document: JsonObject, mood: Mood | None) -> Act | None:
    """The deed that a part of a record is called after, with a kind; ``None`` where there is none, or not only one.

    Args:
        document: the record.
        mood: how its attributes say that it is meant.
    """
    holders = (document[key] for key in _HOLDERS if key in document)
    holder = next((each for each in holders if isinstance(each, dict)), None)
    parts = [(key, part) for key, part in (holder or {}).items() if isinstance(part, dict) and _deed(key)]
    if len(parts) != 1:
        return None
    key, part = parts[0]
    named, kind = _deed(key), kinds.in_words(verbs.parts(key))
    if named is None or named.loose or not kind:
        return None
    own = leaves(part)[:MOST]
    targets = choice.choose(choice.candidates(own, bare=3), named.verb, kind)
    if not any(ref.name for ref in targets):
        return None
    said = remarks.of_identifier(key)
    if said is Mood.NONE:
        return None
    fields = tuple(in_attributes(own, named.verb)) if named.verb in ("scale", "patch", "create") else ()
    return Act(named.verb, key, mood or said or named.mood, targets, None, fields)


def _deed(key: str) -> verbs.Verb | None:
    """The deed in a key; in ``statefulSetScale`` it is not the one that the kind has in its name."""
    words = verbs.parts(key)
    last = verbs.WORDS.get(words[-1]) if len(words) > 1 else None
    return last if last is not None and kinds.of_word("".join(words[:-1])) else verbs.of_name(key)
