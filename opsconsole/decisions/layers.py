"""An entry in its layers: its head, its message, the attributes around that, the documents in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from opsconsole.decisions.entry import Entry
from opsconsole.decisions.head import tokens
from opsconsole.decisions.meaning.attributes.changes import mapped
from opsconsole.decisions.meaning.moods import states
from opsconsole.decisions.meaning.programs.tools import react, tool_texts
from opsconsole.decisions.meaning.prose.basics.grammar import tokens_of
from opsconsole.decisions.meaning.prose.forms import changes, settings
from opsconsole.decisions.meaning.prose.other_deeds import told_beside
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.message import around, pairs, roles
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.message.lines import blocks, bodies, frames, keylines, panels
from opsconsole.decisions.message.notations import argv, markup, old_and_new, printed
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject

MAX_ATTRIBUTES = 400
"""Leaves of one document that are looked at."""

_ROLES = frozenset((*roles.TIME, *roles.LEVEL, *roles.MESSAGE))
_SOURCE = late(r"\S+\.[cm]?[jt]sx?:\d+")


class EntryParts(NamedTuple):
    """An entry in its layers."""

    message: str
    at: float | None
    level: str
    logger: str
    form: str
    attributes: Leaves
    document: JsonObject | None = None
    extra: Sequence[Any] = ()


def _today(entry: Entry) -> float | None:
    """What tells the year of a time that has none: the envelope's time, else when it was read."""
    return entry.today if entry.logged is None else entry.logged


def parts_of(entry: Entry) -> Iterator[EntryParts]:
    """The parts of an entry: one, or one for each record that its document wraps."""
    if entry.document is not None:
        for document in roles.unwrapped(entry.document):
            yield _of_document(entry, argv.in_lines(document))
    elif entry.text.startswith(("╭", "┌─")) and "\n" in entry.text:
        yield from _of_panel(entry)
    else:
        block = blocks.read(entry.text) if "\n" in entry.text else None
        yield _of_text(entry) if block is None else _of_block(entry, block)
        for line in block.more if block is not None else ():
            yield _of_text(msgspec.structs.replace(entry, text=line))


def _of_document(entry: Entry, document: JsonObject) -> EntryParts:
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
    return EntryParts(message, at, level, roles.logger_of(document), "json", attributes, document)


def _attributes(document: JsonObject) -> Leaves:
    return leaves(
        {key: value for key, value in document.items() if key not in _ROLES or not isinstance(value, str)},
        MAX_ATTRIBUTES,
    )


def _of_text(entry: Entry) -> EntryParts:
    if "\n" in entry.text:
        return _of_box(entry) if entry.text[0] == "┌" else _of_traceback(entry)
    if entry.text.startswith("<") and (element := markup.document(entry.text)) is not None:
        return _of_document(entry, element)
    head = tokens.read(argv.joined(entry.text), _today(entry))
    if (shaped := _of_shape(entry, head)) is not None:
        return shaped
    sides = old_and_new.find(head.message)
    return _of_rest(entry, head) if sides is None else _of_message(entry, head, sides[0], [sides[1]])


def _of_rest(entry: Entry, head: tokens.LineHead) -> EntryParts:
    """A line with no shape of its own, but perhaps with a document or a record in its message."""
    message, extra = pairs.trailing(head.message)
    inner = extra[0] if extra and isinstance(extra[0], dict) and (not message or "jsonrpc" in extra[0]) else None
    if inner is not None:
        return _within(head, _of_document(entry, roles.unwrapped(inner)[0]))
    record = _printed(message) if not extra else None
    if record is not None and record.before.count('"') % 2 == 0:
        return _of_record(head, record)
    parts = _of_message(entry, head, message, extra)
    return parts if record is None else _of_quoted(parts)


def _of_quoted(told: EntryParts) -> EntryParts:
    """A line of pairs with such a record in the quotes of its message: ``level=info msg="Deleting Pod(name=web)"``."""
    record = _printed(told.message)
    if record is None:
        return told
    meant = states.in_attributes(leaves(record.fields, MAX_ATTRIBUTES))
    if meant and not kinds.of_word(record.type) and told_beside(record.before, record.behind):
        return told  # "deleted namespace prod {id: 1, dry: true}": what a record says of itself is not said of the deed
    parts = _of_record(tokens.LineHead(told.message, told.at, told.level, told.logger), record)
    beside = {str(path[0]): leaf for path, leaf in told.attributes if len(path) == 1}
    return parts._replace(
        attributes=[*parts.attributes, *told.attributes], document={**beside, **(parts.document or {})}
    )


def _of_shape(entry: Entry, head: tokens.LineHead) -> EntryParts | None:
    """A line whose message has a shape of its own: bars between its keys, keys in quotes, an agent's input."""
    if "|" in head.message and (barred := _of_bars(entry, head)) is not None:
        return barred
    if ("Action Input" in head.message or "Tool Input" in head.message) and (called := react.call(head.message)):
        return _of_call(head, called)
    if '"=' in head.message and (told := pairs.of_quoted_keys(head.message)) is not None:
        return _of_keys(entry, head, *told)
    return None


def _of_keys(entry: Entry, head: tokens.LineHead, before: str, told: JsonObject) -> EntryParts:
    """A line of klog's with quoted keys; their ``level`` is how much was asked to be logged, as a number."""
    document = {key: value for key, value in told.items() if key != "level" or isinstance(value, str)}
    if "msg" not in document and before:
        document, before = {"msg": before, **document}, ""
    parts = _of_document(entry, document)
    return _within(head, parts._replace(logger=parts.logger or before), form="text")


def _of_bars(entry: Entry, head: tokens.LineHead) -> EntryParts | None:
    """A line of keys and values with bars between them; ``None`` where it is none."""
    if (document := keylines.of_barred_pairs(head.message)) is not None:
        return _within(head, _of_document(entry, document), form="text")
    document = keylines.of_bars(head.message, head.logger) if head.message.count(" | ") > 1 else None
    if document is None:
        return None
    return _within(head, _of_document(entry, document)._replace(extra=[document]), form="text")


def _within(head: tokens.LineHead, parts: EntryParts, form: str = "json") -> EntryParts:
    """What a document tells, with what the head of its line does."""
    return parts._replace(
        at=parts.at or head.at, level=parts.level or head.level, logger=parts.logger or head.logger, form=form
    )


def _of_message(entry: Entry, head: tokens.LineHead, message: str, extra: list[Any]) -> EntryParts:
    """A line whose message may have pairs around it, and ``extra`` documents behind it."""
    if not extra and "{'" in message:
        extra = pairs.literals(message)
    message, context = around.before(message)
    message, found = _paired(message)
    message, behind = (message, {}) if found or extra else around.behind(message)
    if message.startswith('"') and message.endswith('"') and message.count('"') == 2:
        message = message[1:-1]
    attributes: Leaves = [each for key, value in (found or behind).items() for each in _items(key, value)]
    for each in extra:
        attributes += leaves(each, MAX_ATTRIBUTES)
    if context:
        alone = not choice.candidates(attributes)
        attributes += [((key,), value) for key, value in context.items() if alone or states.tells_dry((key,))]
    if found and (not message or _is_prefix(message, found)):
        within = [each for each in extra if isinstance(each, list)]  # "node=agent tool_calls=[{'name': …}]"
        return _of_pairs(entry, head, found, attributes)._replace(extra=within)
    form = "text" if head.named or attributes or extra else "plain"
    return EntryParts(message, head.at, head.level, head.logger, form, attributes, None, extra)


def _items(key: str, value: str) -> Leaves:
    """A pair; one for each of the names in ``pods=["shop/web-1","shop/web-2"]``, as klog writes several objects.

    ``pods="[web-1 web-2]"`` is a list of Go's, which is one of objects where its key names their kind.
    """
    if value[:1] == "[" and " " in value and _GO_NAMES.fullmatch(value) and kinds.in_words(verbs.parts(key)):
        return [((key, at), name) for at, name in enumerate(value[1:-1].split()[:MAX_ATTRIBUTES])]
    if value[:2] != '["' or not _NAMES.fullmatch(value):
        return [((key,), value)]
    names = _NAME.findall(value)[:MAX_ATTRIBUTES]
    return [((key, at), name) for at, name in enumerate(names)]


_NAME = late(r"[\w./-]+")
_NAMES = late(r"\[\"[\w./-]{1,253}\"(?:,? ?\"[\w./-]{1,253}\")*\]")
_GO_NAME = r"(?=[^ \]]*[-/\d])(?=[^ \]]*[a-z])[a-z0-9][\w./-]{0,252}"
_GO_NAMES = late(rf"\[{_GO_NAME}(?: {_GO_NAME}){{1,99}}\]")
"""No numbers alone: ``nodes="[1 2 3]"`` tells how many, ``deployments="[5/5 3/3]"`` how many are ready."""
_VERSION = late(r"V\d+(?:(?:Alpha|Beta|alpha|beta)\d+)?(?=[A-Z])")
_DOES = late(
    r"^(?!.*(?:\b(?:not|never|would|should|could|can|may|might|without|instead|if|unless)\b|n't\b)).*"
    r"\b(?:execut|perform|issu|submitt|enact)(?:ed|ing)$",
    re.IGNORECASE | re.DOTALL,
)
"""What stands before a record that is carried out."""
_DECIDES = late(r"(?:[A-Z]\w{0,40} )?(?:decision|action|verdict|plan) (?:for|on) [^:]{1,300}$", re.IGNORECASE)
"""What stands before a record of what was decided, and of whom."""
_DECISION = late(r"[a-z](?:Decision|Action|Command|Operation|Op|Step|Plan|Intent|Choice)$")
"""The types of what is decided: ``decision=ScaleDecision(name='web', replicas=3)``."""
_RETURNED = frozenset({"return", "result", "response", "output"})
"""Words in the types of what tools return: ``ToolReturnPart``."""
_NAMED = frozenset({"kind", "target", "deployment", "statefulset", "node", "pod", "resource", "workload"})
"""Keys of a record whose name is told of a kind, or that name another object."""
_SPOKEN = ("Interrupt(value=", "ObjectReference{", "message=", "content='", 'content="', "arguments='")
"""What is in records that have readers of their own."""


_OF_ERROR = late(r"[\s,](?:err|error|cause)=[^\s\"'{\[]")
"""What stands before a record that is an error's: ``error=ApiError: forbidden (Response { code: 403 })``."""


_AN_ERROR = late(r"(?:Error|ErrorResponse|Exception)\s*$")
"""The type of such a record: ``Forbidden (ErrorResponse { code: 403 })``."""


def _printed(message: str) -> printed.Printed | None:
    """The record that a message has in it, as a language prints its objects."""
    between = "} -> {" in message  # "selector {app: web} -> {app: web, slot: b}": a change of one map
    record = printed.find(message) if message[:1] != '"' and not between else None
    if record is None or any(word in message for word in _SPOKEN) or settings.read(message):
        return None
    if "[{'" in record.before:
        return None  # what a list of Python's holds, which is read whole
    known = record.fields.keys() & {"message", "msg"} or _OF_ERROR.search(record.before)
    if known or _AN_ERROR.search(f"{record.before} {record.type}"):
        return None
    held = record.name in printed.CARRIERS and record.type
    return None if held and told_beside(record.before, record.behind) else record


def _of_record(head: tokens.LineHead, record: printed.Printed) -> EntryParts:
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
    elif _DECIDES.match(record.before) and verbs.of_name(record.type) and "action" not in fields:
        about = changes.named(tokens_of(record.before))
        target = (
            {"target": "/".join(part for part in (about.kind, about.namespace, about.name) if part)} if about else {}
        )
        fields = {"action": record.type, **target, **fields}  # "Decision for web: ScaleOut { From = 3, To = 5 }"
    elif _is_decision(record, kind):
        fields = {"action": record.type, **fields}
    document = {**context, **fields, "message": message}
    return EntryParts(
        message, head.at, head.level, head.logger, "text", _attributes(document), document, [record.fields]
    )


def _is_decision(record: printed.Printed, kind: str) -> bool:
    """Is it by its type what a program has decided to do, and all that its line tells?"""
    if not (record.name or not record.before) or not _DECISION.search(record.type) or "action" in record.fields:
        return False
    return not kind and verbs.of_name(record.type) is not None and not told_beside(record.before, record.behind)


def _paired(message: str) -> tuple[str, dict[str, str]]:
    """A message and the pairs behind it; ``--scaling-config minSize=0,desiredSize=1`` is an option of a command."""
    words, found = pairs.read(message)
    if "=" in words and _ARROW.search(words) and (parted := pairs.before_change(words)) is not None:
        return parted[0], {**parted[1], **found}
    of_command = found and (words.rpartition(" ")[2].startswith("--") or _GIVEN_PAIRS.search(words))
    return (message, {}) if of_command else (words, found)


_ARROW = late(r"[\dKMGTim] ?(?:[-=]>|→) ?\d")
_GIVEN_PAIRS = late(r"(?:^|[\s'\"`$])(?:kubectl|oc) (?:\S+ ){0,6}?(?:set|annotate|label|taint) ")
"""A command whose last words are pairs: ``kubectl set image deploy/web app=acme/web:2``."""


def _is_prefix(message: str, found: dict[str, str]) -> bool:
    """Is what stands before the pairs a name in brackets, and the message one of the pairs?"""
    return "msg" in found and "level" in found and message[0] == "[" and message[-1] == "]" and " " not in message


def _of_pairs(entry: Entry, head: tokens.LineHead, found: dict[str, str], attributes: Leaves) -> EntryParts:
    """A line of logfmt: its time, level and message are pairs too."""
    document: JsonObject = dict(found)
    message = roles.message_of(document)
    spoken = "text" if found.get("text", message) != message else ""  # "assistant message" text="I did not …"
    attributes = [(path, leaf) for path, leaf in attributes if path[0] not in _ROLES or path[0] == spoken]
    at = roles.time_of(document, _today(entry))
    logger = roles.logger_of(document)
    known = bool(message) or at is not None
    return EntryParts(
        message,
        head.at if at is None else at,
        roles.level_of(document) or head.level,
        logger,
        "text" if known or head.named else "plain",
        attributes,
    )


def _of_call(head: tokens.LineHead, called: JsonObject) -> EntryParts:
    """What an agent writes that it calls, and with what."""
    return EntryParts(head.message, head.at, head.level, head.logger, "text", [], None, [called])


def _plain(sentence: str) -> EntryParts:
    return EntryParts(sentence, None, "", "", "plain", [])


def _of_panel(entry: Entry) -> Iterator[EntryParts]:
    """What an agent says in a panel that it draws, sentence by sentence, and what it calls there."""
    sentences, called = panels.read(entry.text.split("\n"))
    for sentence in sentences or ([] if called is not None else [""]):
        whole = "{" in sentence  # "Calling tool: 'x' with arguments: {…}"
        yield _of_text(msgspec.structs.replace(entry, text=sentence)) if whole else _plain(sentence)
    if called is not None:
        yield EntryParts("", None, "", "", "plain", [], None, [called])


_ENDS = late(r"\b(?:terminating|raised an exception|crashed|exited)\W*$|^(?:Task|Process|GenServer) \S+ ")
"""What heads an error of Elixir's, which is told below it."""
_RAISED = late(r"\*\* \([A-Z][\w.]{0,120}\) (?P<text>\S.*)")


def _of_box(entry: Entry) -> EntryParts:
    """An entry in a box: its message, and the values below it as attributes."""
    first, *rest = entry.text.split("\n")
    head = tokens.read(first.removeprefix("┌ "), _today(entry))
    attributes: Leaves = [((key,), value) for key, value in keylines.of_box(rest).items()]
    return EntryParts(head.message, head.at, head.level, head.logger, "text", attributes[:MAX_ATTRIBUTES])


def _body(first: str, message: str, rest: list[str]) -> tuple[str, list[Any]] | None:
    """A message with what is written below it: a manifest, a patch, a diff; ``None`` where that is something else."""
    if "<<" in first and rest and rest[-1].rstrip() == first.rstrip().rpartition("<<")[2].strip("- '\""):
        return message, [{"manifest": "\n".join(rest[:-1])}]
    return bodies.below(message, rest)


def _of_block(entry: Entry, block: blocks.PrintedBlock) -> EntryParts:
    """What a program prints on several lines, as the one line that says the same."""
    if "\n" in block.text:
        return EntryParts(block.text, None, "", "", "plain", [])
    parts = _of_text(msgspec.structs.replace(entry, text=block.text))
    extra = [{"plan": block.changes}] if block.changes else parts.extra
    return parts._replace(level=block.level or parts.level, logger=block.logger or parts.logger, extra=extra)


def _of_traceback(entry: Entry) -> EntryParts:
    """Of a traceback: the head of its first line, and the error as its message."""
    first, *rest = entry.text.split("\n")
    head = tokens.read(first, _today(entry))
    if rest and "Action Input:" in rest[0]:
        rest[0] = tokens.read(rest[0], _today(entry)).message  # each of its lines may have a head
    if called := react.call(head.message + "\n" + "\n".join(rest)):
        return _of_call(head, called)
    if (told := _body(first, head.message, rest)) is not None:
        return EntryParts(told[0], head.at, head.level, head.logger, "text", [], None, told[1])
    if (keys := keylines.of_lines(entry.text)) is not None:
        return _of_document(entry, keys)
    if calls := tool_texts.printed(first, rest):
        return EntryParts(
            " ".join(call["name"] for call in calls), head.at, head.level, head.logger, "text", [], None, calls
        )
    last = frames.error_of(rest)
    python = head.message.startswith(("Traceback", "Exception Group"))
    message = last if python and last else head.message
    if python and (tried := frames.called(rest, last)) is not None:
        return EntryParts(message, head.at, head.level, head.logger, "text", [], None, [tried])
    if rest and (raised := _RAISED.match(rest[0])) is not None and _ENDS.search(head.message):
        message = raised["text"]
    if _SOURCE.fullmatch(message):  # Node prints first where it happened
        message = next((line for line in rest if "Error" in line and not line[0].isspace()), message)
    return EntryParts(message, head.at, head.level, head.logger, "text" if head.named else "plain", [])
