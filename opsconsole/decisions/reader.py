"""The parser that opsconsole brings: head, message and attributes, meaning, one layer after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from opsconsole.decisions.entry import Entry, EventHead
from opsconsole.decisions.head import tokens
from opsconsole.decisions.meaning import events, mapped, objects, patches, read, states
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.objects import Leaves, namespace_in, reference
from opsconsole.decisions.meaning.programs import react, tools
from opsconsole.decisions.meaning.prose import formats
from opsconsole.decisions.message import argv, around, keylines, markup, pairs, printed, roles
from opsconsole.decisions.message.document import Leaf, constant, dotted, leaves, reindent, unreadable
from opsconsole.decisions.words import kinds, verbs
from opsconsole.records import UNREADABLE, Decision, EntryReading, JsonObject, Mood, Ref

MAX_PROBLEMS = 20
"""Problems listed of one document; the rest is counted."""

MAX_ATTRIBUTES = 400
"""Leaves of one document that are looked at."""

MAX_SHOWN = 40
"""Attributes kept in a record."""

_SAYS = ("action", "operation", "verb")
"""Keys of what is done; in an audit log's event the verb is the request's, and tells a deed only with what it is of."""
_CONFIDENCE = ("confidence_score", "confidence")
_QUERY = ("query", "promql", "expr")
_QUERIES = frozenset(_QUERY)
_ROLES = frozenset((*roles.TIME, *roles.LEVEL, *roles.MESSAGE))
_SOURCE = re.compile(r"\S+\.[cm]?[jt]sx?:\d+")
_INACTIVE = re.compile(
    r"\btarget (?P<kind>\w+) (?P<quote>['\"]?)(?P<name>[\w./-]+)(?P=quote) "
    r"(?P<what>appears (?:inactive|down|dead|gone))",
    re.IGNORECASE,
)


class _Parts(NamedTuple):
    """An entry in its layers."""

    message: str
    at: float | None
    level: str
    logger: str
    form: str
    attributes: Leaves
    document: JsonObject | None = None
    extra: Sequence[Any] = ()


class LayeredReader:
    """Reads every format by its layers. ``rows`` are formats of the settings, asked before the built-in ones."""

    name = "reader"

    def __init__(self, rows: Sequence[formats.Format] = ()) -> None:
        self._rows = tuple(rows)

    def parse(self, entry: Entry) -> list[Decision]:
        """The actions of an entry, one decision each; one decision without an action where it names none."""
        if entry.event is not None:
            return self._event(entry, entry.event)
        found: list[Decision] = []
        for parts in _parts(entry):
            told = read.read(parts.message, parts.document, parts.attributes, parts.extra, self._rows, entry.text)
            base = _base(entry, parts, told)
            found += [_with_act(base, act) for act in told.acts] or [base]
        return found

    def _event(self, entry: Entry, event: EventHead) -> list[Decision]:
        about = event.about
        told = events.read(event, entry.text, self._rows)
        attributes: Leaves = [(("reason",), event.reason), (("type",), event.type), (("object",), str(about))]
        base = _base(entry, _Parts(entry.text, None, "", "", "text", attributes), told)
        base = msgspec.structs.replace(base, target=base.target or about)
        return [_with_act(base, act) for act in told.acts] or [base]


def read_line(entry: Entry) -> Decision:
    """A line as far as it is understood, as one decision: the first, where it names several actions."""
    return LayeredReader().parse(entry)[0]


def _today(entry: Entry) -> float | None:
    """What tells the year of a time that has none: the envelope's time, else when it was read."""
    return entry.today if entry.logged is None else entry.logged


def _parts(entry: Entry) -> Iterator[_Parts]:
    if entry.document is not None:
        for document in roles.unwrapped(entry.document):
            yield _of_document(entry, argv.in_lines(document))
    else:
        yield _of_text(entry)


def _of_document(entry: Entry, document: JsonObject) -> _Parts:
    message = roles.message_of(document)
    inner = roles.nested(message)
    at = roles.time_of(document, _today(entry))
    attributes = _attributes(document)
    if inner is not None:
        rest = {key: value for key, value in document.items() if key != roles.message_key(document)}
        return _of_document(entry, {**rest, "message": "", **inner})
    head = tokens.read(message, _today(entry)) if message and (message[0] in "[IWEF" or message[0].isdigit()) else None
    level = roles.level_of(document)
    if head is not None and (head.klog or (head.at is not None and head.level)):
        message, at, level = head.message, at or head.at, level or head.level
        message, more = pairs.read(message)
        attributes = attributes + [((key,), value) for key, value in more.items()]
    return _Parts(message, at, level, roles.logger_of(document), "json", attributes, document)


def _attributes(document: JsonObject) -> Leaves:
    return leaves(
        {key: value for key, value in document.items() if key not in _ROLES or not isinstance(value, str)},
        MAX_ATTRIBUTES,
    )


def _of_text(entry: Entry) -> _Parts:
    if "\n" in entry.text:
        return _of_traceback(entry)
    if entry.text.startswith("<") and (element := markup.document(entry.text)) is not None:
        return _of_document(entry, element)
    head = tokens.read(argv.joined(entry.text), _today(entry))
    if head.message.count(" | ") > 1 and (document := keylines.of_bars(head.message, head.logger)) is not None:
        return _within(head, _of_document(entry, document)._replace(extra=[document]), form="text")
    if ("Action Input" in head.message or "Tool Input" in head.message) and (
        called := react.CALL.fullmatch(head.message)
    ):
        return _of_call(head, called)
    message, extra = pairs.trailing(head.message)
    inner = extra[0] if extra and not message and isinstance(extra[0], dict) else None
    if inner is not None:
        return _within(head, _of_document(entry, roles.unwrapped(inner)[0]))
    record = _printed(message) if not extra else None
    return _of_message(entry, head, message, extra) if record is None else _of_record(head, record)


def _within(head: tokens.LineHead, parts: _Parts, form: str = "json") -> _Parts:
    """What a document tells, with what the head of its line does."""
    return parts._replace(
        at=parts.at or head.at, level=parts.level or head.level, logger=parts.logger or head.logger, form=form
    )


def _of_message(entry: Entry, head: tokens.LineHead, message: str, extra: list[Any]) -> _Parts:
    """A line whose message may have pairs around it, and ``extra`` documents behind it."""
    if not extra and "{'" in message:
        extra = pairs.literals(message)
    message, context = around.before(message)
    message, found = _paired(message)
    message, behind = (message, {}) if found or extra else around.behind(message)
    if message.startswith('"') and message.endswith('"') and message.count('"') == 2:
        message = message[1:-1]
    attributes: Leaves = [((key,), value) for key, value in (found or behind).items()]
    for each in extra:
        attributes += leaves(each, MAX_ATTRIBUTES)
    if context:
        alone = not objects.candidates(attributes)
        attributes += [((key,), value) for key, value in context.items() if alone or states.tells_dry((key,))]
    if found and (not message or _is_prefix(message, found)):
        return _of_pairs(entry, head, found, attributes)
    form = "text" if head.named or attributes or extra else "plain"
    return _Parts(message, head.at, head.level, head.logger, form, attributes, None, extra)


_VERSION = re.compile(r"V\d+(?:(?:Alpha|Beta|alpha|beta)\d+)?(?=[A-Z])")
_DOES = re.compile(
    r"^(?!.*(?:\b(?:not|never|would|should|could|can|may|might|without|instead|if|unless)\b|n't\b)).*"
    r"\b(?:execut|perform|issu|submitt|enact)(?:ed|ing)$",
    re.IGNORECASE | re.DOTALL,
)
"""What stands before a record that is carried out."""
_RETURNED = frozenset({"return", "result", "response", "output"})
"""Words in the types of what tools return: ``ToolReturnPart``."""
_NAMED = frozenset({"kind", "target", "deployment", "statefulset", "node", "pod", "resource", "workload"})
"""Keys of a record whose name is told of a kind, or that name another object."""
_SPOKEN = ("Interrupt(value=", "ObjectReference{", "message=", "content='", 'content="')
"""What is in records that have readers of their own."""


_OF_ERROR = re.compile(r"[\s,](?:err|error|cause)=[^\s\"'{\[]")
"""What stands before a record that is an error's: ``error=ApiError: forbidden (Response { code: 403 })``."""


def _printed(message: str) -> printed.Printed | None:
    """The record that a message has in it, as a language prints its objects."""
    record = printed.find(message) if message[:1] != '"' else None
    if record is None or any(word in message for word in _SPOKEN):
        return None
    known = record.fields.keys() & {"message", "msg"} or _OF_ERROR.search(record.before)
    return None if known else record


def _of_record(head: tokens.LineHead, record: printed.Printed) -> _Parts:
    """A line with such a record: what its type is called, too, is a part of the message."""
    values = mapped.is_map(record.fields)
    words = (record.before, "" if values else record.name, " ".join(verbs.parts(record.type)), record.behind)
    message, context = around.before(" ".join(word for word in words if word))
    fields = {record.name or "values": record.fields} if values else record.fields
    kind = kinds.of_word(_VERSION.sub("", record.type))
    if kind and (name := printed.own_name(fields)):  # "cordoned Node(name=worker-7)"
        message = message.replace(" ".join(verbs.parts(record.type)), kind)
        fields = {kind.lower(): name, **{key: fields[key] for key in fields if key not in kinds.GENERIC}}
    elif _RETURNED & {*verbs.parts(record.type)} and isinstance(answer := fields.get("content"), dict):
        fields = {**fields, "args": answer, "result": answer}
    if _DOES.search(record.before) and verbs.of_name(record.type) and not kind:
        if "name" in fields and not _NAMED & fields.keys():
            fields = {**{key: value for key, value in fields.items() if key != "name"}, "target": fields["name"]}
        fields = {"action": record.type, **fields}  # "executed ScaleDecision(name='web', replicas=3)"
    document = {**context, **fields, "message": message}
    return _Parts(message, head.at, head.level, head.logger, "text", _attributes(document), document, [record.fields])


def _paired(message: str) -> tuple[str, dict[str, str]]:
    """A message and the pairs behind it; ``--scaling-config minSize=0,desiredSize=1`` is an option of a command."""
    words, found = pairs.read(message)
    return (message, {}) if found and words.rpartition(" ")[2].startswith("--") else (words, found)


def _is_prefix(message: str, found: dict[str, str]) -> bool:
    """Is what stands before the pairs a name in brackets, and the message one of the pairs?"""
    return "msg" in found and "level" in found and message[0] == "[" and message[-1] == "]" and " " not in message


def _of_pairs(entry: Entry, head: tokens.LineHead, found: dict[str, str], attributes: Leaves) -> _Parts:
    """A line of logfmt: its time, level and message are pairs too."""
    document: JsonObject = dict(found)
    attributes = [(path, leaf) for path, leaf in attributes if path[0] not in _ROLES]
    at = roles.time_of(document, _today(entry))
    logger = roles.logger_of(document)
    message = roles.message_of(document)
    known = bool(message) or at is not None
    return _Parts(
        message,
        head.at if at is None else at,
        roles.level_of(document) or head.level,
        logger,
        "text" if known or head.named else "plain",
        attributes,
    )


def _of_call(head: tokens.LineHead, called: re.Match[str]) -> _Parts:
    """What an agent writes that it calls, and with what."""
    call = react.call(called)
    return _Parts(head.message, head.at, head.level, head.logger, "text", [], None, [call])


def _of_traceback(entry: Entry) -> _Parts:
    """Of a traceback: the head of its first line, and the error as its message."""
    first, *rest = entry.text.split("\n")
    head = tokens.read(first, _today(entry))
    if rest and "Action Input:" in rest[0]:
        rest[0] = tokens.read(rest[0], _today(entry)).message  # each of its lines may have a head
    if called := react.CALL.fullmatch(head.message + "\n" + "\n".join(rest)):
        return _of_call(head, called)
    if (keys := keylines.of_lines(entry.text)) is not None:
        return _of_document(entry, keys)
    if calls := tools.printed(first, rest):
        return _Parts(
            " ".join(call["name"] for call in calls), head.at, head.level, head.logger, "text", [], None, calls
        )
    last = next((line for line in reversed(rest) if line and not line[0].isspace()), "")
    python = head.message.startswith(("Traceback", "Exception Group"))
    message = last if python and last else head.message
    if _SOURCE.fullmatch(message):  # Node prints first where it happened
        message = next((line for line in rest if "Error" in line and not line[0].isspace()), message)
    return _Parts(message, head.at, head.level, head.logger, "text" if head.named else "plain", [])


def _base(entry: Entry, parts: _Parts, told: Told) -> Decision:
    """The decision without its action."""
    document = parts.document
    problems = tuple(_problems(entry, document, parts.attributes)) if document is not None else ()
    if why := unreadable(entry.text, read=document is not None):
        problems += (f"{UNREADABLE}: {why}",)
    belief = _INACTIVE.search(parts.message) if "appears" in parts.message.lower() else None
    target: Ref | None = None
    if belief:
        target = reference(belief["name"], kinds.of_word(belief["kind"]), namespace_in(parts.message))
        problems += (belief["what"],)
    elif document is not None and (not told.acts or told.acts[0].verb == "query"):
        target = _told_target(parts)
    message = parts.message
    if document is not None and not message:
        message = told.calls or _string(document, ("action", "operation", "type")) or " ".join(entry.text.split())
    return Decision(
        key="",
        seq=0,
        received=entry.received,
        at=entry.logged if parts.at is None else parts.at,
        form="text" if belief and parts.form == "plain" else parts.form,
        level=parts.level or entry.level,
        module=parts.logger,
        message=message or entry.text.strip(),
        action=_string(document, _SAYS) if document is not None and "objectRef" not in document else "",
        target=target,
        confidence=_confidence(document) if document is not None else None,
        problems=problems,
        query=_string(document, _QUERY) if document is not None else _query(parts.attributes),
        body=reindent(entry.text) if entry.document is not None else entry.text,
        attributes=_shown(parts.attributes),
        reading=told.reading,
    )


def _told_target(parts: _Parts) -> Ref | None:
    """Whom a document without an action is about."""
    found = objects.candidates(parts.attributes)
    space = namespace_in(parts.message)
    chosen = objects.choose(found, "", "")
    if not chosen:
        return None
    ref = chosen[0]
    return Ref(ref.kind, ref.namespace or ("" if ref.kind in kinds.CLUSTER_WIDE else space), ref.name)


def _with_act(base: Decision, act: Act) -> Decision:
    problems = base.problems
    if act.problem:
        problems += (act.problem,)
    return Decision(
        key="",
        seq=0,
        received=base.received,
        at=base.at,
        form="text" if base.form == "plain" else base.form,
        level=base.level,
        module=base.module,
        message=base.message,
        action=act.said,
        target=next((ref for ref in act.targets if ref.name), None) or (base.target if act.verb == "query" else None),
        fields=act.fields[: patches.MAX_FIELDS],
        confidence=base.confidence,
        problems=problems + _cut(act),
        query=act.query or base.query,
        body=base.body,
        verb=act.verb,
        mood=act.mood if act.verb != "query" else Mood.OBSERVED,
        targets=act.targets,
        count=act.number,
        attributes=base.attributes,
        reading=EntryReading.ACTION,
    )


def _cut(act: Act) -> tuple[str, ...]:
    most = patches.MAX_FIELDS
    return (f"more than {most} fields; the rest is in the document",) if len(act.fields) > most else ()


def _shown(attributes: Leaves) -> dict[str, str]:
    return {
        dotted[path]: (leaf if isinstance(leaf, str) else roles.text(leaf))[:500]
        for path, leaf in attributes[:MAX_SHOWN]
        if path
    }


def _query(attributes: Leaves) -> str:
    for path, leaf in attributes:
        if path[-1] in _QUERIES and isinstance(leaf, str):
            return leaf
    return ""


def _string(document: JsonObject, keys: tuple[str, ...]) -> str:
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _confidence(document: JsonObject) -> float | None:
    for key in _CONFIDENCE:
        if key not in document:
            continue
        value = document[key]
        if isinstance(value, int | float) and not isinstance(value, bool) and not constant(value):
            return float(value) if abs(value) < _ABSURD else None
        if isinstance(value, str) and (share := _PERCENT.fullmatch(value.strip())):
            return float(share["number"]) / 100.0
    return None


_ABSURD = 1e9
"""A number from which on it is no confidence, and perhaps no float."""
_PERCENT = re.compile(r"(?P<number>-?\d{1,6}(?:\.\d{1,6})?) ?%")


def _problems(entry: Entry, document: JsonObject, attributes: Leaves) -> Iterator[str]:
    # The attributes are all leaves but for texts that have a role, unless they are too many.
    found: list[tuple[Any, Leaf]] = attributes if len(attributes) < MAX_ATTRIBUTES else leaves(document)
    bad = [
        f"{word} at {dotted(path)}"
        for path, leaf in found
        if (leaf is None or isinstance(leaf, float)) and (word := constant(leaf))
    ]
    bad += [f"{path} is given more than once" for path in entry.duplicates]
    yield from bad[:MAX_PROBLEMS]
    if len(bad) > MAX_PROBLEMS:
        yield f"and {len(bad) - MAX_PROBLEMS} more of these"
