"""Puts the layers of meaning together: from a message and its attributes to the actions of an entry."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning import events, moods, objects, patches, remarks, silence, values
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.meaning.programs import clouds, kubectl, requests, shell, tools
from opsconsole.decisions.meaning.prose import apart, changes, formats, grammar, sentences
from opsconsole.decisions.message import roles
from opsconsole.decisions.message.document import leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import EntryReading, FieldValue, JsonObject, Mood, Ref

_ACTION = ("action", "operation", "verb", "op", "action_type", "actionType", "decision", "command_type", "@action")
_LISTS = ("changes", "actions", "decisions", "operations", "plan", "steps", "patches", "items", "adjustments")
_ADDED = ("namespace", "ns")
_COMMANDS = frozenset({("command",), ("cmd",)})
_CLEARNESS = (EntryReading.NONE, EntryReading.UNCLEAR, EntryReading.ACTION)
"""Of two readings of one entry the later one here counts."""
_SHORT = 80
"""Characters of a message that says how a command beside it is meant, and no more."""


def read(  # noqa: PLR0917 - the layers of one entry
    message: str,
    document: JsonObject | None,
    pairs: Leaves,
    extra: Sequence[Any],
    rows: Sequence[formats.Format],
    source: str,
) -> Told:
    """Read one entry.

    Args:
        message: what is said in words.
        document: the whole document, where the entry is one.
        pairs: its attributes, as paths and leaves.
        extra: documents found in the message, such as a tool call's.
        rows: formats of the settings and plugins, before the built-in ones.
        source: the entry as it was written.
    """
    recorded = clouds.find(source, document) if document is not None else []
    if document is None or not recorded:
        return _read(message, document, pairs, extra, rows, source)
    rest = clouds.beside(document)
    if not rest:
        return Told(recorded, EntryReading.ACTION)
    told = _read(
        message or str(rest.get("message") or ""), rest, leaves(rest)[: patches.MAX_FIELDS], extra, rows, source
    )
    known = {(act.verb, act.targets) for act in told.acts}
    own = [act for act in recorded if act.targets and (act.verb, act.targets) not in known]
    return Told([*told.acts, *own] or recorded, EntryReading.ACTION, told.calls)


def _read(  # noqa: PLR0911, PLR0917 - one return for each layer
    message: str,
    document: JsonObject | None,
    pairs: Leaves,
    extra: Sequence[Any],
    rows: Sequence[formats.Format],
    source: str,
) -> Told:
    """What an entry tells by itself, whatever record of a cloud it may be as well."""
    found = tools.all_in(message, document, pairs, extra, source)
    if found:
        return _of_calls(found)
    spelled, rest = tools.spelled(message, source) if document is None and "(" in source else ([], message)
    if rest != message:
        called, beside = _of_calls(spelled), _read(rest, None, pairs, extra, rows, rest)
        reading = max(called.reading, beside.reading, key=_CLEARNESS.index)
        return Told([*called.acts, *beside.acts], reading, called.calls)
    told = _at_once(message, pairs, rows, alone=document is None and not (pairs or extra or rows))
    if told is not None:
        return told
    context = sentences.SentenceContext(pairs)
    data = ([document] if document is not None else []) + list(extra)
    texts = [
        message,
        *(text for each in data if isinstance(each, dict) for text in roles.texts_of(each) if text != message),
    ]
    texts += [leaf for path, leaf in pairs if path in _COMMANDS and isinstance(leaf, str) and leaf not in texts]
    for text in texts:
        told = _spoken(text, rows, extra)
        if told is not None:
            acts = [_with_target(act, context) for act in told.acts]
            remark = message if text is not message and len(message) < _SHORT else ""
            return told._replace(acts=[_meant(act, remark) for act in acts])
    for _, leaf in pairs:
        if isinstance(leaf, str) and leaf.startswith(("[{", "{")) and (acts := formats.find(leaf)):
            return Told(acts, EntryReading.ACTION)
    listed = _listed(document) if document is not None else []
    if listed:
        return Told(listed, EntryReading.ACTION)
    act = _structured(message, document, pairs, context) if document is not None else None
    if act is not None:
        return Told([act], EntryReading.ACTION)
    patch = next((each for each in extra if isinstance(each, dict) and "spec" in each), None)
    return _words(texts, {"patch": patch} if document is None and patch else document, pairs, context, extra)


def _at_once(message: str, pairs: Leaves, rows: Sequence[formats.Format], *, alone: bool) -> Told | None:
    """What a logged event tells, and a sentence that stands alone, of a shape that is known to name no action."""
    if message == "Event occurred":
        return events.logged(pairs, rows)
    unclear = silence.known(silence.shape(message)) if alone else None
    return None if unclear is None else Told([], EntryReading.UNCLEAR if unclear else EntryReading.NONE)


def _meant(act: Act, message: str) -> Act:
    """The action as a short message beside its command means it."""
    mood = remarks.of_call(message, act.verb)
    return act if mood is None else act._replace(mood=mood)


def _with_target(act: Act, context: sentences.SentenceContext) -> Act:
    """The action with the object that the attributes name, where the words name none."""
    if act.targets or act.verb == "query" or act.said.startswith("kubectl"):
        return act
    return act._replace(targets=objects.choose(context.found, act.verb, ""))


def _spoken(text: str, rows: Sequence[formats.Format], extra: Sequence[Any] = ()) -> Told | None:
    """Commands, requests, events and formats: what a text says in another language than English."""
    if "kubectl " in text or "oc " in text:
        acts, seen = kubectl.find(text)
        if seen and not ("'" in text and not acts):
            return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)
    acts, seen = requests.find(text, extra)
    if seen:
        return Told(acts, EntryReading.ACTION if acts else EntryReading.NONE)
    if "ObjectReference{" in text and (told := events.printed(text, rows)) is not None:
        return told
    acts = formats.find(text, rows) if rows else []
    acts = acts or formats.find(text)
    return Told(acts, EntryReading.ACTION) if acts else None


def _of_calls(found: list[tools.ToolCall]) -> Told:
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
            _wanted(call.arguments, pairs, named.verb),
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


def _wanted(document: JsonObject, pairs: Leaves, verb: str) -> tuple[FieldValue, ...]:
    found: dict[str, FieldValue] = {}
    for field in (*patches.fields_of(document), *values.in_attributes(pairs, verb)):
        known = found.get(field.path)
        if known is None or (field.before and not known.before):
            found[field.path] = field
    return tuple(found.values())


def _listed(document: JsonObject) -> list[Act]:
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
    fields = _wanted(item, own, named.verb if named else "scale")
    if named is None and not fields:
        return None
    verb = named.verb if named else "scale" if all(field.path == "replicas" for field in fields) else "patch"
    return Act(
        verb, action, _mood(own + shared, Mood.PLANNED), objects.choose(found, verb, _kind_in(action)), None, fields
    )


_TITLES = wordset("decision action plan operation")
"""Messages that say nothing but that an action follows."""


def _said(document: JsonObject, *more: str) -> str:
    for key in (*_ACTION, *more):
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _structured(message: str, document: JsonObject, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """An action that a document names by a key."""
    inner = next(
        (document[key] for key in _ACTION if isinstance(document.get(key), dict) and _said(document[key], "type")), None
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
    fields = _wanted(document, pairs, named.verb)
    mood = context.mood or remarks.of_call(message, said) or Mood.PLANNED
    return Act(
        named.verb, said, mood, targets, _count(pairs, named.verb), fields, "failed" if mood is Mood.REFUSED else ""
    )


def _forced(context: sentences.SentenceContext, kind: str) -> tuple[Ref, ...]:
    return tuple(each.ref for each in context.found[:1] if each.rank == 0 and each.ref.kind == kind)


def _placed(ref: Ref, kind: str, namespace: str) -> Ref:
    kind = ref.kind or kind
    return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace or namespace, ref.name)


def _count(pairs: Leaves, verb: str) -> int | None:
    for path, leaf in pairs:
        words = verbs.parts(path[-1]) if path and isinstance(path[-1], str) else ()
        counts = isinstance(leaf, int) and not isinstance(leaf, bool) and {"count", "total"}.intersection(words)
        if counts and any(word in verbs.WORDS and verbs.WORDS[word].verb == verb for word in words):
            return int(str(leaf))
    return None


def _words(
    texts: list[str],
    document: JsonObject | None,
    pairs: Leaves,
    context: sentences.SentenceContext,
    extra: Sequence[Any] = (),
) -> Told:
    """What plain sentences tell, with the values among the attributes."""
    unclear = False
    for each in texts:
        shape = silence.shape(each) if not pairs else ""
        told = silence.known(shape)
        if told is None:
            text = grammar.in_words(each)
            acts = sentences.read(text, context) if sentences.hints(text) else []
            if not acts and (change := changes.read(text)) is not None:
                acts = [change]
            if acts:
                return Told(
                    [_with_attributes(act, text, document, pairs, len(acts)) for act in acts], EntryReading.ACTION
                )
            told = _may_be(text)
            silence.remember(shape, told)
        unclear = unclear or told
    if document is None and any(path == (key,) for path, _ in pairs for key in _ACTION):
        said = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1}
        act = _structured(texts[0], said, pairs, context)
        if act is not None:
            return Told([act], EntryReading.ACTION)
    act = _keyed(texts[0], document, pairs, context)
    if act is None and (steps := patches.stepped(extra)):
        act = Act("patch", "patch", Mood.PLANNED, (), None, tuple(steps))
    if act is not None:
        return Told([act], EntryReading.ACTION)
    return Told([], EntryReading.UNCLEAR if unclear else EntryReading.NONE)


def _with_attributes(act: Act, message: str, document: JsonObject | None, pairs: Leaves, acts: int) -> Act:
    if acts > 1 and act.fields:
        return act
    verb = "patch" if _MEASURE.search(message) and act.verb == "scale" else act.verb
    named: Leaves = [*pairs, (("resource",), match[0])] if (match := _MEASURE.search(message)) else pairs
    about = "scale" if verb == "patch" and _SCALE.search(message) else verb
    more = _wanted(document, named, about) if document is not None else tuple(values.in_attributes(named, about))
    more += tuple(_patched(pairs))
    if act.verb == "taint":
        more = tuple(taint for path, leaf in pairs for taint in values.taints(f"{path[-1]}={leaf}"))
    elif act.verb == "rollback" and _SCALE.search(message):
        more = tuple(values.in_attributes(pairs, "scale"))
    elif act.verb in ("evict", "delete", "drain", "cordon", "restart", "disrupt", "rollback", "uncordon"):
        more = ()
    known = {field.path.rpartition(".")[2] for field in act.fields}
    more = tuple(field for field in more if field.path.rpartition(".")[2] not in known)
    fields = act.fields + more
    verb = act.verb
    if (
        verb == "patch"
        and fields
        and all(field.path == "replicas" for field in fields)
        and act.said.startswith("patch")
        and (_replicas_change(fields) or act.mood == Mood.PROPOSED)
    ):
        verb = "scale"
    if verb == "scale" and fields and not any("eplicas" in field.path for field in fields):
        verb = "patch"
    count = act.number if act.number is not None else _count(pairs, act.verb)
    return act._replace(verb=verb, fields=fields, number=count)


def _replicas_change(fields: Sequence[FieldValue]) -> bool:
    return any(field.before for field in fields)


def _patched(pairs: Leaves) -> list[FieldValue]:
    """A JSON patch in an attribute's text: ``patches="[{…}]"``."""
    found: list[FieldValue] = []
    for path, leaf in pairs:
        if isinstance(leaf, str) and leaf.startswith("[{") and path and str(path[-1]).startswith("patch"):
            try:
                found += patches.fields_of({"patch": json.loads(leaf)})
            except (ValueError, RecursionError):
                continue
    return found


_SCALE = re.compile(r"\b(?:scale|replicas?)\b", re.IGNORECASE)
_MEASURE = re.compile(r"\b(?:memory|cpu)\b", re.IGNORECASE)
_STATE_NOUN = re.compile(r"\b(?:recommendation|proposal|suggestion)s?\b", re.IGNORECASE)
_APPLIED = re.compile(r"(?:successfully )?(?:applied|applying|enforced)\b", re.IGNORECASE)
_EVENT_WORDS = ("reason", "event_reason", "event")


def _keyed(message: str, document: JsonObject | None, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
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
        fields = _wanted(document or {}, pairs, "patch")
        if fields:
            verb = "scale" if all(field.path == "replicas" for field in fields) else "patch"
            mood = Mood.DONE if _APPLIED.match(message) or message.endswith(" applied") else Mood.PROPOSED
            mood = context.mood if context.mood in (Mood.DRY_RUN, Mood.REFUSED) else mood
            return Act(verb, verb, mood, objects.choose(context.found, verb, ""), None, fields)
    if document is not None and sentences.hints(message):
        fields = _wanted(document, pairs, "scale")
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


_NEGATIVE = re.compile(r"\b(?:not|no|nothing|never|without)\b|\bcache\b|\bqueue\b|\block\b|\blease\b", re.IGNORECASE)


def _may_be(text: str) -> bool:
    """Does a text that no action was read from look as if it named one?"""
    return not _NEGATIVE.search(text) and apart.looks_like_one(text, sentences.LONGEST)
