"""Values by the objects that they are of: ``{"replicas": {"web": 3, "api": 1}}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.moods import remarks, states
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.basics import grammar, naming
from opsconsole.decisions.meaning.targets import choice, namespaces, references
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import in_attributes
from opsconsole.decisions.meaning.values.vocabulary import AFTER, BEFORE, SIDES, WHATS, with_before
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import FieldValue, JsonObject, Mood, Ref

MOST = 100
"""Objects of one map."""

_LONGEST = 2_000
"""Characters of a message that are looked at."""

_REFERENCE = late(r"[a-z0-9][a-z0-9.-]{0,200}|[A-Za-z0-9][\w.-]{0,200}(?:/[\w.-]{1,200}){1,3}")
_CHANGE = late(r"(?P<before>\d{1,9}) ?(?:->|=>|→|to) ?(?P<after>\d{1,9})")
_NO_NAMES = frozenset(WHATS) | frozenset(SIDES) | BEFORE | AFTER
_NO_NAMES |= wordset(
    "data min max count total name namespace kind status ready available updated id uid reason labels annotations spec "
    "metadata resources containers error message ok success duration mode dryrun node pool type value key step"
)
"""Keys that say what their values are, and are no names."""

_COUNTING = wordset("replicas replica counts sizes instances")
"""Words beside a map whose numbers are of replicas."""

_LOOKING = wordset(
    "observed usage used actual ready available metrics metric forecast predicted status state errors latency "
    "utilization score scores weight weights cache queue requests age cost savings"
)
"""Words of what is only looked at, or is of something else than replicas."""


def is_map(value: Any) -> bool:
    """Are its keys names of objects, and are its values numbers, pairs of them, or records of values?"""
    return (
        isinstance(value, dict)
        and 0 < len(value) <= MOST
        and all(isinstance(key, str) and _is_name(key) for key in value)
        and (all(map(_is_number, value.values())) or all(map(_is_change, value.values())))
    )


def _is_name(key: str) -> bool:
    if kinds.of_word(key) or _REFERENCE.fullmatch(key) is None:
        return False
    return key.endswith(("-pool", "-node")) or _NO_NAMES.isdisjoint(verbs.parts(key.rpartition("/")[2])[-1:])


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_change(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return len(value) == 2 and all(map(_is_number, value))
    return isinstance(value, dict) or (isinstance(value, str) and _CHANGE.fullmatch(value) is not None)


def read(message: str, document: JsonObject, context: sentences.SentenceContext) -> list[Act]:
    """The actions of a document that tells values by their objects: one for each object.

    Args:
        message: what is said beside it; it must name an action, or a key of the document must.
        document: the document.
        context: what its attributes bring: a namespace, how it is meant.
    """
    maps = [
        (key, value) for key, value in document.items() if isinstance(value, dict) and _tells(key) and is_map(value)
    ]
    if not maps or len(maps) > 2:
        return []
    before = next((value for key, value in maps if _BEFORE.intersection(verbs.parts(key))), {})
    key, told = next((each for each in maps if each[1] is not before), ("", {}))
    said = next((value for name in _ACTIONS if isinstance(value := document.get(name), str)), "")
    words = {*verbs.parts(key), *verbs.parts(said), *grammar.words_of(message[:_LONGEST])}
    named = verbs.of_name(said) or verbs.of_name(key)
    if _LOOKING & words or not (named or sentences.hints(message) or _NEW & {*verbs.parts(key), *verbs.parts(message)}):
        return []
    kind = kinds.in_words(verbs.parts(key)) or kinds.in_words(verbs.parts(said)) or _plural(message)
    scales = any(word in verbs.WORDS and verbs.WORDS[word].verb == "scale" for word in words)
    counted = scales or not _COUNTING.isdisjoint(words)
    mood = context.mood or remarks.of_call(message, said or "scale") or remarks.of_form(message)
    if not naming.ADVICE.isdisjoint(words):
        mood = Mood.PROPOSED
    return list(_acts(told, before, kind, context.namespace or namespaces.namespace_in(message), mood, counted=counted))


def done_to(message: str, document: JsonObject, context: sentences.SentenceContext) -> list[Act]:
    """The actions of lists whose keys tell what was done to what is in them: ``"evicted": [{"pod": "shop/web-1"}]``."""
    said = grammar.words_of(message[:_LONGEST])
    if (not _STORES.isdisjoint(said) or not _STORES.isdisjoint(document)) and not _are_objects(document):
        return []
    acts: list[Act] = []
    for key, items in document.items():
        named = _deed_of(key) if isinstance(items, list) and 0 < len(items) <= MOST else None
        kind = named and (kinds.in_words(verbs.parts(key)) or kinds.OF_VERB.get(named.verb, ""))
        if named is None:
            continue
        told = kinds.in_words(verbs.parts(key)) or kinds.in_words(tuple(said)) or _plural(message)
        if not (told or sentences.hints(message)) and any(isinstance(item, str) and "/" not in item for item in items):
            continue  # nothing tells that they are objects of the cluster
        refs = [_listed(item, named.verb, kind or "", context.namespace) for item in items]
        meant = told or _says(message, named.verb)
        targets = tuple(ref for ref in refs if ref is not None and (ref.kind or meant or _placed(ref)))
        if len(targets) == len(items):
            acts.append(Act(named.verb, key, context.mood or named.mood, targets))
    return acts


def _placed(ref: Ref) -> bool:
    """Is it called as an object in a namespace is, and not as a file: ``shop/web-1``?"""
    return _NAMED.fullmatch(ref.namespace) is not None and _NAMED.fullmatch(ref.name) is not None


_NAMED = late(r"[a-z][a-z0-9-]{0,62}")


def _says(message: str, verb: str) -> bool:
    """Does the message tell the same deed: ``removing webhooks that block us`` beside ``"deleted": ["a", "b"]``?"""
    words = grammar.words_of(message[:_LONGEST])
    return any(verbs.WORDS[word].verb == verb for word in words if word in verbs.WORDS)


def _are_objects(document: JsonObject) -> bool:
    """Are things listed by their kinds, ``Deployment/shop/web``? Then they are in no store, whatever is said of one."""
    lists = (items for items in document.values() if isinstance(items, list))
    return any(
        isinstance(item, str) and "/" in item and kinds.of_word(item.partition("/")[0])
        for each in lists
        for item in each[:MOST]
    )


_STORES = wordset(
    "cache caches lru queue queues keys entries sessions buffer pool index locks leases backup backups file files "
    "blobs artifacts images logs tables rows records"
)
"""Words of what is no object of the cluster, and has things that are evicted and deleted."""


def _deed_of(key: str) -> verbs.Verb | None:
    """What was done, by a key that is a participle, with a kind or without one: ``evicted``, ``deleted_pods``."""
    words = verbs.parts(key)
    named = next((verbs.WORDS[word] for word in words if word in verbs.WORDS), None)
    others = tuple(word for word in words if word not in verbs.WORDS)
    known = named is not None and named.mood is Mood.DONE and not named.loose
    return named if known and (not others or kinds.of_word("".join(others))) else None


def _listed(item: Any, verb: str, kind: str, namespace: str) -> Ref | None:
    if isinstance(item, str):
        return references.reference(item, kind, namespace) if _REFERENCE.fullmatch(item) else None
    found = choice.candidates(leaves(item)[:20], bare=3) if isinstance(item, dict) else []
    return next(iter(choice.choose(found, verb, kind)), None)


def _tells(key: str) -> bool:
    """May a key be one of values by their objects?"""
    words = verbs.parts(key)
    return bool(_HOLDING.intersection(words) or kinds.in_words(words) or verbs.of_name(key))


_HOLDING = AFTER | BEFORE | _COUNTING
_HOLDING |= wordset("plan plans results result changes targets workloads values items decisions actions updates diff")


def _plural(message: str) -> str:
    """The kind that a message says in the plural: ``scaling deployments``."""
    return next((kind for word in message.split() if word.endswith("s") and (kind := kinds.of_word(word))), "")


_BEFORE = BEFORE | wordset("from")
_ACTIONS = ("action", "operation", "op", "verb", "event")
_NEW = wordset("new target desired")


def _acts(
    told: JsonObject, before: JsonObject, kind: str, namespace: str, mood: Mood, *, counted: bool
) -> Iterator[Act]:
    for name, value in told.items():
        fields = _fields(value, before.get(name), counted=counted)
        ref = references.reference(name, kind, namespace)
        if ref is not None and fields and not all(each.before == each.value for each in fields):
            verb = "scale" if all(each.path == "replicas" for each in fields) else "patch"
            yield Act(verb, verb, mood, (Ref(ref.kind, ref.namespace, ref.name),), None, tuple(fields))


def _fields(value: Any, before: Any, *, counted: bool) -> list[FieldValue]:
    """The values of one object."""
    if isinstance(value, dict):
        return in_attributes(leaves(value)[:20], "scale" if counted else "patch")
    if not counted:
        return []
    if isinstance(value, str):
        change = _CHANGE.fullmatch(value)
        before, value = (change["before"], change["after"]) if change else (None, None)
    elif not isinstance(value, int):
        before, value = value
    return [] if value is None else [with_before(patches.field("replicas", value), before)]


_OUTCOMES = {
    **dict.fromkeys(("configured", "patched", "updated", "serverside-applied"), "patch"),
    **dict.fromkeys(("deleted", "pruned"), "delete"),
    "created": "create",
    "scaled": "scale",
    "restarted": "restart",
    "evicted": "evict",
    "drained": "drain",
}
"""Words for what has become of an object, and the action that they tell."""


def outcomes(pairs: Leaves, message: str) -> list[Act]:
    """Objects by their references, each with what has become of it: ``{"Deployment/shop/web": "configured"}``.

    Args:
        pairs: the attributes.
        message: what is said beside them, which may tell that it is a dry run, or was only looked at.
    """
    told = [(path, leaf) for path, leaf in pairs if isinstance(leaf, str) and leaf in _OUTCOMES]
    if not told or not _SEEN.isdisjoint(grammar.words_of(message[:_LONGEST])):
        return []
    meant = states.in_attributes(pairs) or remarks.of_call(message[:_LONGEST], "apply")
    mood = meant if meant in (Mood.DRY_RUN, Mood.PROPOSED) else Mood.DONE
    acts: list[Act] = []
    for path, leaf in told:
        key = path[-1] if path else ""
        if not isinstance(key, str) or "/" not in key or len(acts) >= patches.MAX_FIELDS:
            continue
        ref = references.reference(key)
        if ref is not None and ref.kind:
            acts.append(Act(_OUTCOMES[leaf], leaf, mood, (ref,)))
    return acts


def left_alone(pairs: Leaves, message: str) -> bool:
    """Does a message only tell of an apply, and do the objects beside it say that it changed none of them?"""
    states = [str(leaf) for path, leaf in pairs if path and isinstance(path[-1], str) and path[-1].count("/") in (1, 2)]
    if "unchanged" not in states or not _OUTCOMES.keys().isdisjoint(states):
        return False
    named = [verbs.WORDS[word] for word in grammar.words_of(message[:_LONGEST]) if word in verbs.WORDS]
    return all(each.loose and each.verb in ("patch", "create") for each in named)


_SEEN = wordset("observed seen watch watched cached informer")
"""Words of a message that tells what others did."""
