"""Puts the layers of meaning together: from a message and its attributes to the actions of an entry."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning import events, keyed, objects, patches, remarks, silence, values
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.meaning.programs import clouds, kubectl, requests, tools
from opsconsole.decisions.meaning.prose import apart, changes, formats, grammar, sentences
from opsconsole.decisions.message import roles
from opsconsole.decisions.message.document import leaves
from opsconsole.records import EntryReading, FieldValue, JsonObject, Mood

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
        return keyed.of_calls(found)
    spelled, rest = tools.spelled(message, source) if document is None and "(" in source else ([], message)
    if rest != message:
        called, beside = keyed.of_calls(spelled), _read(rest, None, pairs, extra, rows, rest)
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
    listed = keyed.listed(document) if document is not None else []
    if listed:
        return Told(listed, EntryReading.ACTION)
    act = keyed.structured(message, document, pairs, context) if document is not None else None
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
    if document is None and any(path == (key,) for path, _ in pairs for key in keyed.ACTION_KEYS):
        said = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1}
        act = keyed.structured(texts[0], said, pairs, context)
        if act is not None:
            return Told([act], EntryReading.ACTION)
    act = keyed.keyed(texts[0], document, pairs, context)
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
    more = keyed.wanted(document, named, about) if document is not None else tuple(values.in_attributes(named, about))
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
    count = act.number if act.number is not None else keyed.count_of(pairs, act.verb)
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
_NEGATIVE = re.compile(r"\b(?:not|no|nothing|never|without)\b|\bcache\b|\bqueue\b|\block\b|\blease\b", re.IGNORECASE)


def _may_be(text: str) -> bool:
    """Does a text that no action was read from look as if it named one?"""
    return not _NEGATIVE.search(text) and apart.looks_like_one(text, sentences.LONGEST)
