"""Actions that keys tell: calls of tools, lists of changes, a document or attributes with an action and its object."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning import moods, objects, patches, remarks, values
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.meaning.programs import shell, tools
from opsconsole.decisions.meaning.prose import changes, sentences
from opsconsole.decisions.message.document import leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import EntryReading, FieldValue, JsonObject, Mood, Ref

ACTION_KEYS = ("action", "operation", "verb", "op", "action_type", "actionType", "decision", "command_type", "@action")
_LISTS = ("changes", "actions", "decisions", "operations", "plan", "steps", "patches", "items", "adjustments")
_ADDED = ("namespace", "ns")


def of_calls(found: list[tools.ToolCall]) -> Told:
    """What calls of tools do. A command that is neither known to act nor only to read stays unclear."""
    acts, known = [], True
    for call in found:
        if call.command:
            told, understood = shell.find(call.command)
            acts += told
            known = known and understood
        else:
            acts += [act._replace(mood=call.mood or act.mood) for act in _called(call)]
    reading = EntryReading.ACTION if acts else EntryReading.NONE if known else EntryReading.UNCLEAR
    return Told(acts, reading, "; ".join(f"{call.name} {call.command}".strip() for call in found))


def _called(call: tools.ToolCall) -> list[Act]:
    """What a tool's call does by its name; nothing where the tool only reads."""
    pairs = leaves(call.arguments)[: patches.MAX_FIELDS]
    named = verbs.of_name(call.name)
    for key in ("action", "operation", "verb", "op"):
        value = call.arguments.get(key)
        if isinstance(value, str) and (told := verbs.of_name(value)):
            named = told
    if named is None:
        return []
    kind = _kind_in(call.name) or _kind_given(call.arguments)
    kind = "" if kind == "Rollout" and named.verb in ("restart", "rollback") else kind
    targets = objects.choose(objects.candidates(pairs, bare=3), named.verb, kind)
    return [
        Act(
            named.verb,
            call.name,
            _mood(pairs, Mood.PLANNED),
            _kinded(targets, kind, objects.namespace_of(pairs)),
            None,
            wanted(call.arguments, pairs, named.verb),
        )
    ]


def _kind_in(action: str) -> str:
    words = verbs.parts(action)
    kind = kinds.in_words(words)
    return "" if kind in ("Service", "Namespace") and "scale" in words else kind


def _kind_given(arguments: JsonObject) -> str:
    """The kind that a tool is told: ``"resource": "deployments"``."""
    said = (arguments.get(key) for key in ("kind", "resource", "resource_type", "resourceType"))
    return next((kind for each in said if isinstance(each, str) and (kind := kinds.of_word(each))), "")


def _kinded(targets: tuple[Ref, ...], kind: str, namespace: str) -> tuple[Ref, ...]:
    space = "" if kind in kinds.CLUSTER_WIDE else namespace
    return targets or ((Ref(kind, space, ""),) if kind else ())


def _mood(pairs: Leaves, mood: Mood) -> Mood:
    return moods.in_attributes(pairs) or mood


def wanted(document: JsonObject, pairs: Leaves, verb: str) -> tuple[FieldValue, ...]:
    """The values that a document and its attributes want set, each field once, with what it was where that is told."""
    found: dict[str, FieldValue] = {}
    for field in (*patches.fields_of(document), *values.in_attributes(pairs, verb)):
        known = found.get(field.path)
        if known is None or (field.before and not known.before):
            found[field.path] = field
    return tuple(found.values())


def listed(document: JsonObject) -> list[Act]:
    """Actions in a list: ``"changes": [{"target": "a", "replicas": 1}, …]``."""
    for key in _LISTS:
        items = document.get(key)
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            continue
        if all("path" in item for item in items):
            continue
        said = _said(document)
        shared: Leaves = [
            (path, leaf) for path, leaf in leaves({k: v for k, v in document.items() if k != key}) if len(path) == 1
        ]
        acts = [act for item in items[:100] if (act := _item(item, said, shared)) is not None]
        if acts:
            return acts
    return []


def _item(item: JsonObject, said: str, shared: Leaves) -> Act | None:
    own = leaves(item)[: patches.MAX_FIELDS]
    action = _said(item) or said
    named = verbs.of_name(action)
    spaces = [(path, leaf) for path, leaf in shared if path[-1] in _ADDED]
    found = objects.candidates(own + spaces)
    if not found:
        return None
    fields = wanted(item, own, named.verb if named else "scale")
    if named is None and not fields:
        return None
    verb = named.verb if named else "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(
        verb, action, _mood(own + shared, Mood.PLANNED), objects.choose(found, verb, _kind_in(action)), None, fields
    )


_TITLES = wordset("decision action plan operation")
"""Messages that say nothing but that an action follows."""


def _said(document: JsonObject, *more: str) -> str:
    for key in (*ACTION_KEYS, *more):
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def structured(message: str, document: JsonObject, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """An action that a document names by a key."""
    inner = next(
        (document[key] for key in ACTION_KEYS if isinstance(document.get(key), dict) and _said(document[key], "type")),
        None,
    )
    if inner is not None:
        document, pairs = inner, [*leaves(inner), *pairs]
        context = sentences.SentenceContext(pairs)
    said = _said(
        document, *(("type",) if inner is not None else ("kind", "type") if message.lower() in _TITLES else ())
    )
    named = verbs.of_name(said) if said else None
    if named is None or ("decision" in document and said == document["decision"] and sentences.hints(message)):
        return None
    kind = _kind_in(said)
    targets = objects.choose(context.found, named.verb, kind)
    if not targets and kind:
        targets = objects.choose(context.found, named.verb, "") and _forced(context, kind)
    space = objects.namespace_in(message)
    targets = tuple(_placed(ref, kind, space) for ref in targets)
    fields = wanted(document, pairs, named.verb)
    mood = context.mood or remarks.of_call(message, said) or Mood.PLANNED
    return Act(
        named.verb, said, mood, targets, count_of(pairs, named.verb), fields, "failed" if mood is Mood.REFUSED else ""
    )


def _forced(context: sentences.SentenceContext, kind: str) -> tuple[Ref, ...]:
    return tuple(each.ref for each in context.found[:1] if each.rank == 0 and each.ref.kind == kind)


def _placed(ref: Ref, kind: str, namespace: str) -> Ref:
    kind = ref.kind or kind
    return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace or namespace, ref.name)


def count_of(pairs: Leaves, verb: str) -> int | None:
    """How many objects attributes such as ``evictedCount`` tell of, for one verb; ``None`` where none does."""
    for path, leaf in pairs:
        words = verbs.parts(path[-1]) if path and isinstance(path[-1], str) else ()
        counts = isinstance(leaf, int) and not isinstance(leaf, bool) and {"count", "total"}.intersection(words)
        if counts and any(word in verbs.WORDS and verbs.WORDS[word].verb == verb for word in words):
            return int(str(leaf))
    return None


_STATE_NOUN = re.compile(r"\b(?:recommendation|proposal|suggestion)s?\b", re.IGNORECASE)
_APPLIED = re.compile(r"(?:successfully )?(?:applied|applying|enforced)\b", re.IGNORECASE)
_EVENT_WORDS = ("reason", "event_reason", "event")


def keyed(message: str, document: JsonObject | None, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """An action that only attributes tell: a proposal with values, an event's reason with its object, a bare patch."""
    if document is not None and document.get("patch"):
        fields = tuple(patches.fields_of(document))
        mood = context.mood or Mood.PLANNED
        return Act("patch", "", mood, objects.choose(context.found, "patch", ""), None, fields) if fields else None
    if not context.found:
        return None
    said = {str(path[-1]): leaf for path, leaf in pairs if path and isinstance(leaf, str)}
    said |= {
        key: document[key] for key in (*_EVENT_WORDS, "message") if document and isinstance(document.get(key), str)
    }
    if _STATE_NOUN.search(message):
        fields = wanted(document or {}, pairs, "patch")
        if fields:
            verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
            mood = Mood.DONE if _APPLIED.match(message) or message.endswith(" applied") else Mood.PROPOSED
            mood = context.mood if context.mood in (Mood.DRY_RUN, Mood.REFUSED) else mood
            return Act(verb, verb, mood, objects.choose(context.found, verb, ""), None, fields)
    if document is not None and sentences.hints(message):
        fields = wanted(document, pairs, "scale")
        if changes.is_whole(list(fields)) and (targets := objects.choose(context.found, "scale", "")):
            verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
            mood = context.mood or remarks.of_call(message, verb) or moods.of_form(message)
            return Act(verb, verb, mood, targets, None, fields)
    for key in _EVENT_WORDS:
        named = verbs.of_name(said[key]) if said.get(key, "").isalpha() else None
        if (named is not None and message in ("", "Event occurred", said.get(key))) or (
            named and key == "event" and message != said.get(key) and len(verbs.parts(said[key])) == 1
        ):
            targets = objects.choose(context.found, named.verb, "")
            fields = tuple(values.in_text(said.get("message", ""), named.verb)) if named.verb == "scale" else ()
            done = named.mood if named.mood is Mood.DONE or "successful" not in said[key].lower() else Mood.DONE
            mood = context.mood or moods.of_identifier(said[key]) or done
            return Act(named.verb, said[key], mood, targets, None, fields)
    return None
