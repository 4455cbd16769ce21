"""Puts the layers of meaning together: from a message and its attributes to the actions of an entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.key_memory import SentenceMemory
from opsconsole.decisions.meaning import events, failures, repeats, silence
from opsconsole.decisions.meaning.attributes import asked, besides, denied, held_back, idle, keyed, recorded, saying
from opsconsole.decisions.meaning.attributes.calls import called, manifests, results
from opsconsole.decisions.meaning.attributes.changes import (
    field_changes,
    mapped,
    plain_changes,
    settings_beside,
    still_to_do,
    untold,
)
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.moods import approvals, remarks
from opsconsole.decisions.meaning.objects_beside import with_target
from opsconsole.decisions.meaning.programs import foreign
from opsconsole.decisions.meaning.programs.commands import ran, requests
from opsconsole.decisions.meaning.programs.reports import clouds
from opsconsole.decisions.meaning.programs.tools import tool_objects, tool_texts, tools, unread
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.prose.basics import chat, grammar, phrases, tongues
from opsconsole.decisions.meaning.prose.forms import (
    by_format,
    changes,
    counts_told,
    formats,
    left,
    properties,
    settings,
    several,
)
from opsconsole.decisions.meaning.prose.verbs import apart
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.message import around
from opsconsole.decisions.message import pairs as message_pairs
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.message.lines import frames
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import EntryReading, JsonObject, Mood, Ref

_MOST_SAID = 2
"""Deeds that a text of several sentences tells at most; the lines that a command printed may be more."""
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
    if document is not None and not recorded and (reading := clouds.tells_no_deed(document)) is not None:
        return Told([], reading)
    if document is None or not recorded:
        told = _read(message, document, pairs, extra, rows, source)
        if told.reading is EntryReading.NONE and (
            unread.verb_of_call(source) or unread.verb_named(message) or untold.tells_change(pairs)
        ):
            return told._replace(reading=EntryReading.UNCLEAR)
        caused = clouds.by_cause(document) if document is not None and told.acts and "Cause" in document else []
        return told._replace(acts=[*told.acts, *caused]) if caused else told
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
    message = tongues.english(message)
    may_call = document is None and ("(" in source or "{" in source)
    asked = _of_objects(message, document, rows, source) or _asked(message, document, pairs, extra, source)
    if asked is not None:
        return failures.told_by_server(asked, document, extra)
    spelled, rest = tool_texts.spelled(message, source) if may_call else ([], message)
    if rest != message:
        return _with_beside(called.of_calls(spelled), _read(rest, None, pairs, extra, rows, rest))
    told = _at_once(message, pairs, rows, document, alone=document is None and not (pairs or extra or rows))
    if told is not None:
        return told
    context = sentences.SentenceContext(pairs)
    if pairs and (act := settings_beside.read(message, pairs, context)) is not None:
        return Told([act], EntryReading.ACTION)
    texts = saying.texts(message, document, pairs, extra, source)
    alone = document is None and not pairs
    for text in texts:
        told = foreign.told(text, rows, extra, alone=alone)
        if told is not None:
            acts = manifests.applied(told.acts, text, extra) or [with_target(act, context, text) for act in told.acts]
            remark = message if text is not message and len(message) < _SHORT else ""
            said = approvals.asked_of_somebody(pairs, text)
            acts = [act._replace(mood=said) if said else _meant(act, remark) for act in acts]
            acts += _apart_from_form(acts, message, document, pairs, context) if pairs and acts else []
            return told._replace(acts=ran.came_of(acts, text, pairs))
    for _, leaf in pairs:
        if isinstance(leaf, str) and leaf.startswith(("[{", "{")) and (acts := by_format.find(leaf)):
            return Told(acts, EntryReading.ACTION)
    if document is not None and (acts := _by_keys(message, document, pairs, context)):
        return still_to_do.added(Told(acts, EntryReading.ACTION), message, document, context)
    patch = next((each for each in extra if isinstance(each, dict) and _is_patch(each, message)), None)
    told = _words(texts, {"patch": patch} if document is None and patch else document, pairs, context, extra)
    listing = document if document is not None else next((each for each in extra if isinstance(each, dict)), None)
    told = _completed(failures.told_by_server(told, document, extra), message, listing, pairs, context)
    return told if document is None else still_to_do.added(told, message, document, context)


def _of_objects(message: str, document: JsonObject | None, rows: Sequence[formats.Format], source: str) -> Told | None:
    """What calls do that a line shows as objects of a language, and what the words beside them tell."""
    shown, rest = tool_objects.told(message, source) if document is None else ([], message)
    if not shown:
        return None
    if not rest:
        return called.of_calls(shown)
    words, extra = message_pairs.trailing(rest)
    extra = extra or (message_pairs.literals(words) if "{'" in words else [])
    words, found = message_pairs.read(words)
    words, before = around.before(words)
    told: Leaves = [((key,), value) for key, value in (before | found).items()]
    told += [each for document in extra for each in leaves(document)[: patches.MAX_FIELDS]]
    return _with_beside(called.of_calls(shown), _read(words, None, told, extra, rows, rest))


def _with_beside(calls: Told, beside: Told) -> Told:
    """What calls tell, with what the words beside them do."""
    reading = max(calls.reading, beside.reading, key=_CLEARNESS.index)
    return Told([*calls.acts, *beside.acts], reading, calls.calls)


def _apart_from_form(
    acts: list[Act], message: str, document: JsonObject | None, pairs: Leaves, context: sentences.SentenceContext
) -> list[Act]:
    """What the attributes tell of another object than a form in words: ``no metrics available action=delete …``."""
    asks = all(act.verb == "query" for act in acts)
    if not asks and not any(path[-1:] == (key,) for path, _ in pairs for key in keyed.ACTION_KEYS):
        return []
    found = _by_keys(message, document, pairs, context) if document is not None else []
    if not found and document is None and (act := _named_beside(message, pairs, context)) is not None:
        found = [act]
    if not found and asks and (act := keyed.keyed(grammar.in_words(message), document, pairs, context)) is not None:
        found = [act]
    known = {ref.name for act in acts for ref in act.targets}
    return [act for act in found if any(ref.name and ref.name not in known for ref in act.targets)]


def _completed(
    told: Told, message: str, listing: JsonObject | None, pairs: Leaves, context: sentences.SentenceContext
) -> Told:
    """What words tell, with what only lists and errors beside them do."""
    if not told.acts and listing is not None and (acts := mapped.done_to(message, listing, context)):
        return Told(acts, EntryReading.ACTION)
    if not told.acts:
        printed = foreign.of_command(message)
        last = Told([with_target(act, context) for act in printed], EntryReading.ACTION) if printed else told
        return (failures.read(message, pairs, context) if pairs else None) or _in_vain(last, message, pairs)
    if len(told.acts) != 1:
        cut = len(told.acts) == _MOST_SAID and saying.tells_of_output(message)
        return told._replace(acts=ran.every_line(told.acts, pairs)) if cut else told
    return told._replace(acts=[failures.completed(told.acts[0], pairs)])


def _in_vain(told: Told, message: str, pairs: Leaves) -> Told:
    """What no layer tells of, or else the metrics that were asked for in vain, where nothing beside them changes."""
    act = asked.in_vain(message, pairs) if pairs and not told.acts and not untold.tells_change(pairs) else None
    return told if act is None else Told([act], EntryReading.ACTION)


def _by_keys(message: str, document: JsonObject, pairs: Leaves, context: sentences.SentenceContext) -> list[Act]:
    """The actions that the keys of a document tell: its lists, values by their objects, an action that it names."""
    if listed := keyed.listed(document, message) or mapped.read(message, document, context):
        return listed
    act = keyed.structured(message, document, pairs, context)
    return [act] if act is not None else []


def _is_patch(document: JsonObject, message: str) -> bool:
    """Is it a patch? A whole object is none, unless the message tells of a deed: ``Processing vpa``."""
    meta = document.get("metadata")
    return "spec" in document and (not isinstance(meta, dict) or "name" not in meta or sentences.hints(message))


def _asked(message: str, document: JsonObject | None, pairs: Leaves, extra: Sequence[Any], source: str) -> Told | None:
    """What a tool or the API server is asked for by the shape of an entry."""
    if found := tools.all_in(message, document, pairs, extra, source):
        return called.of_calls(found)
    if (document is not None or extra) and (acts := mapped.outcomes(pairs, message)):
        return Told(acts, EntryReading.ACTION)
    if "unchanged" in source and mapped.left_alone(pairs, message):
        return Told([], EntryReading.NONE)
    if document is None and "http.url" in source and (asked := requests.in_pairs(pairs)):
        return Told(asked, EntryReading.ACTION)
    if acts := results.in_document(document, source) if document is not None else _printed(message, extra, source):
        return Told(acts, EntryReading.ACTION)
    sent = requests.sent(document) if document is not None and "/api" in source else []
    return Told(sent, EntryReading.ACTION) if sent else None


def _printed(message: str, extra: Sequence[Any], source: str) -> list[Act]:
    """What a tool has returned, by an object of Python's or by a document behind a word for it."""
    if extra and (acts := results.returned(message, extra) or results.of_task(message, extra)):
        return acts
    return results.printed(source) if "(content=" in source or ", content=" in source else []


def _at_once(
    message: str, pairs: Leaves, rows: Sequence[formats.Format], document: JsonObject | None, *, alone: bool
) -> Told | None:
    """What a logged event tells, a frame of a stack, and a sentence alone, where one like it has been read."""
    if message.startswith("at ") and frames.of_stack(message):
        return Told([], EntryReading.NONE)
    if pairs and idle.is_chosen(message, pairs):
        return Told([], EntryReading.NONE)
    if message == "Event occurred":
        return events.logged(pairs if document is None else leaves(document), rows)
    if not alone:
        return None
    unclear = silence.known(silence.shape(message))
    if unclear is not None:
        return Told([], EntryReading.UNCLEAR if unclear else EntryReading.NONE)
    acts = repeats.told(message)
    return None if acts is None else Told(acts, EntryReading.ACTION)


def _meant(act: Act, message: str) -> Act:
    """The action as a short message beside its command means it."""
    mood = remarks.of_call(message, act.verb)
    over = act.mood is Mood.DONE and remarks.is_of_what_comes(message)
    return act if mood is None or over else act._replace(mood=mood)


def _words(
    texts: list[str],
    document: JsonObject | None,
    pairs: Leaves,
    context: sentences.SentenceContext,
    extra: Sequence[Any] = (),
) -> Told:
    """What plain sentences tell, with the values among the attributes."""
    if document is None and pairs and _OF_ACTION.match(texts[0]) and (act := _named_beside(texts[0], pairs, context)):
        return Told([act], EntryReading.ACTION)
    unclear = False
    for each in texts:
        shape = silence.shape(each) if not pairs else ""
        told = silence.known(shape)
        if told is None:
            text = phrases.plain(grammar.in_words(chat.plain(each)))
            set_to = [with_target(act, context) for act in settings.read(text)]
            acts = set_to or _of_each(several.each_of(text), context)
            spoken = bool(acts) and sentences.hints(text)
            acts = properties.added(acts, text)
            if acts and pairs and document is None and all(act.mood is Mood.REFUSED for act in acts):
                acts = acts + _other_beside(acts, each, pairs, context)
            if acts:
                acts = [besides.of_texts(besides.with_values(act, text, document, pairs, len(acts))) for act in acts]
                if spoken and document is None and not (pairs or extra):
                    repeats.remember(each, acts)
                return Told(besides.with_patch(_remarked(acts, each, texts[0]), extra), EntryReading.ACTION)
            told = _may_be(text)
            silence.remember(shape, told)
        unclear = unclear or told
    if document is None and (act := _named_beside(texts[0], pairs, context)) is not None:
        return Told([act], EntryReading.ACTION)
    act = keyed.keyed(grammar.in_words(texts[0]), document, pairs, context) or (
        (
            recorded.read(texts[0], pairs, context)
            or denied.read(texts[0], pairs)
            or held_back.read(texts[0], pairs)
            or asked.read(texts[0], pairs)
            or field_changes.read(texts[0], pairs, context)
        )
        if pairs
        else None
    )
    if act is None and (steps := patches.stepped(extra)):
        act = Act("patch", "patch", Mood.PLANNED, (), None, tuple(steps))
    if act is not None:
        return Told([act], EntryReading.ACTION)
    return Told([], EntryReading.UNCLEAR if unclear else EntryReading.NONE)


def _of_each(parts: list[str], context: sentences.SentenceContext) -> list[Act]:
    """What some sentences tell, each deed once: a list with values behind it is read part by part, and as a whole."""
    acts: list[Act] = []
    for act in (act for part in parts for act in _told_in(part, context)):
        if len(parts) == 1 or not any(
            (act.verb, act.targets, act.fields) == (a.verb, a.targets, a.fields) for a in acts
        ):
            acts.append(act)
    return acts


def _told_in(text: str, context: sentences.SentenceContext) -> list[Act]:
    """What a sentence tells by its verb, else by a change between two values."""
    text = changes.without_answer(text)
    acts = sentences.read(text, context) if sentences.hints(text) else []
    change = None if acts else changes.read(text) or plain_changes.read(text, context) or _apart_from_verbs(text)
    acts = acts if change is None else [change]
    acts += _beside_the_undone(acts, text)
    return [act._replace(mood=Mood.OBSERVED) if changes.is_of_another(text, act) else act for act in acts]


def _beside_the_undone(acts: list[Act], text: str) -> list[Act]:
    """The changes without a verb that clauses tell beside deeds of which none is done: ``web 12 -> 0; not doing …``."""
    if not acts or any(act.mood in (Mood.DONE, Mood.PLANNED) for act in acts):
        return []
    parts = _CLAUSE.split(text) if any(sign in text for sign in ("->", "=>", "→")) and _CLAUSE.search(text) else []
    parts = [part for part in parts if not sentences.read(part, sentences.SentenceContext([]))]
    found = [act for part in parts if (act := changes.read(part)) is not None and act.targets]
    return [act for act in found if act.mood in (Mood.DONE, Mood.PLANNED)]


_CLAUSE = late(r"[;,.] ")


def _apart_from_verbs(text: str) -> Act | None:
    """What a sentence of a form of its own tells: counts that have come about, and what is left, with why."""
    return counts_told.read(text) or left.read(text)


def _other_beside(acts: list[Act], text: str, pairs: Leaves, context: sentences.SentenceContext) -> list[Act]:
    """The action that pairs name of another object than what words say is not done."""
    act = _named_beside(text, pairs, context)
    return [act] if act is not None and all(act.verb != each.verb for each in acts) else []


_OF_ACTION = late(
    r"(?:the )?(?:change|action|operation|mutation|step|decision|request|proposal) (?:was |is )?"
    r"(?:vetoed|rejected|denied|blocked|refused|declined|skipped|approved|applied|executed|awaiting|pending)\b",
    re.IGNORECASE,
)
"""A message that tells what became of the action that stands beside it."""


def _named_beside(message: str, pairs: Leaves, context: sentences.SentenceContext) -> Act | None:
    """The action that a pair of a line names: ``change vetoed action=scale deployment=web``."""
    if not any(path == (key,) for path, _ in pairs for key in keyed.ACTION_KEYS):
        return None
    said = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1}
    act = keyed.structured(message, said, pairs, context)
    if act is None or any(ref.name for ref in act.targets):
        return act
    ref = changes.named(grammar.tokens_of(message[: grammar.LONGEST]))  # "action=delete_pod score=0.9 pod shop/web-1"
    if ref is None:
        return act
    space = "" if ref.kind in kinds.CLUSTER_WIDE else ref.namespace or context.namespace
    return act._replace(targets=(Ref(ref.kind, space, ref.name),))


def _remarked(acts: list[Act], text: str, message: str) -> list[Act]:
    """The actions that another text than the message tells, as the message means them: ``remediation suggested``."""
    return acts if text is message or len(message) >= _SHORT else [_meant(act, message) for act in acts]


_NEGATIVE = late(r"\bcache\b|\bqueue\b|\block\b|\blease\b", re.IGNORECASE)


@SentenceMemory
def _may_be(text: str) -> bool:
    """Does a text that no action was read from look as if it named one?"""
    looks = apart.looks_like_one(text, grammar.LONGEST) or apart.changes_what_is_not_told(text[: grammar.LONGEST])
    return looks and not _NEGATIVE.search(text)
