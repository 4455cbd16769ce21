"""Records as languages print their objects: Go's ``%+v``, Java's ``toString``, Python's repr, Rust's, protobuf's text.

``scaling {Namespace:shop Name:web Replicas:3}``, ``executed ScaleDecision(target='web', replicas=3)``,
``Executing ScaleCommand[deployment=web, replicas=3]``, ``plan: name: "web" replicas { current: 4 desired: 2 }``.
"""

from __future__ import annotations

import itertools
import re
from typing import Any, NamedTuple

from opsconsole.decisions.message import pairs
from opsconsole.decisions.words import kinds
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import JsonObject

LONGEST = 16 * 1024
"""Characters of a record that are read."""

MOST = 400
"""Items of a record that are read."""

DEEPEST = 20
"""Levels of records within records."""

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TYPE = r"(?:(?:map|\[\])\[?[\w.]{0,100}\]?[\w.]{0,100}|[A-Za-z_][\w.$]{0,100})"
_KEY = r":?(?:\"[\w./-]{1,100}\"|'[\w./-]{1,100}'|[A-Za-z_][\w.$/-]{0,100})"
_BEGIN = late(
    rf"(?:(?<=[\s:,])|^)(?:(?P<name>[A-Za-z_]\w{{0,60}})=(?={{'|[A-Z]\w{{1,60}}\())?[&*%#]?"
    rf"(?:(?P<type>[A-Za-z_][\w.$]{{0,100}})[ ]?)?"
    rf"(?P<open>[{{(\[])[ ]?(?={_KEY} ?(?:=>|[=:])[^=/])"
)
_OPEN = late(rf"[&*%#]?(?P<type>{_TYPE})? ?(?P<open>[{{(\[])")
_NAMED = late(rf"(?P<key>{_KEY}) ?(?:=>|=(?!=)|:(?!//))(?P<gap> ?)")
_QUOTED = late(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_WORDS = late(r"[^,;(){}\[\]\"']+")
_SPACED = late(r"(?:(?!\s{1,9}[A-Za-z_][\w./-]{0,100}:)[^{}\[\]()])+")
"""A value that goes on until the next key of Go's."""
_TOKEN = late(r"[^\s,;(){}\[\]]+")
_FIELD = late(r"(?P<key>[a-z_]\w{0,100})(?:: ?| (?=\{))")
_FIELDS = late(
    r"(?:^|(?<=[:\s]))(?=[a-z_]\w*: ?(?:\"[^\"]*\"|[A-Z][A-Z_]+|\d+) [a-z_]\w*(?::| \{))(?=[^{]*\")(?!.*\", )"
)
_ENUM = late(r"<[\w.]+: (?P<value>'[^']*'|\d+)>")
_MADE_BY = late(r"<class '(?P<value>[\w.]{1,60})'>")
"""What makes a missing value of a map of Python's: ``defaultdict(<class 'int'>, {'a': 2})``."""
_MAPS = ("defaultdict", "OrderedDict", "Counter", "dict", "frozendict", "immutabledict", "mappingproxy")
"""Types of Python's that hold one map."""
_ARGUMENTS = wordset(
    "args arguments kwargs input inputs params parameters tool_input tool_args headers labels env extra"
)
"""Keys of what a tool is given, or of what is no record."""
CARRIERS = wordset(
    "decision action plan step change operation op proposal intent command cmd request choice chosen selected event"
)
"""Keys under which a program shows what it does: ``decision=ScaleDecision(name='web', replicas=3)``."""
_HOLDERS = ("Optional", "Option", "Just")
"""Types that hold one thing."""
_CONSTANTS = {"true": True, "false": False, "nil": None, "none": None, "null": None, "<nil>": None, "undefined": None}
_NUMBER = late(r"-?\d{1,15}")
_DECIMAL = late(r"-?\d{1,15}\.\d{1,9}")


class Printed(NamedTuple):
    """A record in a message: what it holds, its type, the words before and behind it, and the key that it has there."""

    fields: JsonObject
    type: str
    before: str
    behind: str
    name: str = ""


def find(message: str) -> Printed | None:
    """The record that a message ends with, or that is followed by a few words; ``None`` where it has none."""
    text = message.rstrip()
    if len(text) > LONGEST:
        return None
    if "{:" in text and "=>" not in text:
        text = _EDN.sub(r"\1\2: ", text)
    if text[-1:] == "}" or "(" in text or "[" in text or "{" in text:
        given = _documents_of_keys(text) if '={"' in text else []
        for begin in itertools.islice(_BEGIN.finditer(text), _TRIES):
            if begin["name"] in _ARGUMENTS and not any(first < begin.start() < end for first, end in given):
                inner = record_at(text, begin.end("open"), begin["open"])
                if inner is None:
                    break
                given.append((begin.start(), inner[1]))  # what a tool is given, and the records in that
                continue
            if any(first < begin.start() < end for first, end in given):
                continue
            found = _record(text, begin)
            if found is not None:
                return found
    return _proto(text) if ': "' in text or '" ' in text else None


def _documents_of_keys(text: str) -> list[tuple[int, int]]:
    """Where documents begin and end that are the values of keys: ``args={"name": "web", "limits": {…}} turn=3``."""
    places: list[tuple[int, int]] = []
    place = text.find('={"')
    while place >= 0 and len(places) < _TRIES:
        document, end = pairs.document_at(text, place + 1)
        end = end if document is not None else place + 2
        places.append((place, end))
        place = text.find('={"', end)
    return places


def _record(text: str, begin: re.Match[str]) -> Printed | None:
    of_type, start = begin["type"] or "", begin.start()
    if of_type == "map":
        of_type = ""
    elif of_type and not _is_type(of_type, apart=text[begin.end("type")] == " "):
        of_type, start = "", begin.end("type")
        if text[start : start + 1] != " ":
            return None
    if begin["name"] and ("=" in text[:start] if not of_type else begin["name"] not in CARRIERS):
        return None
    if begin["open"] != "{" and not of_type and begin["type"] != "map":
        return None
    reader = _Reader(text, begin.end("open"))
    try:
        fields = reader.items(_CLOSING[begin["open"]], 0)
    except _UnreadableError:
        return None
    fields = fields if isinstance(fields, dict) else {}
    whole = bool(own_name(fields)) and bool(kinds.of_word(of_type))  # "Scaling Pod(name=.a.) …"
    held = bool(of_type) and any(isinstance(each, dict) and each for each in fields.values())
    if len(fields) < 2 - (whole or held) or len(text) - reader.at > (_BEHIND_OBJECTS if whole else _BEHIND):
        return None
    return Printed(
        fields,
        of_type.rpartition(".")[2],
        text[:start].rstrip(" :-|,&%"),
        text[reader.at :].strip(),
        begin["name"] or "",
    )


def record_at(text: str, at: int, opened: str) -> tuple[JsonObject, int] | None:
    """The record whose bracket has been opened before a place, and where it ends; ``None`` where it is none."""
    reader = _Reader(text, at)
    try:
        fields = reader.items(_CLOSING[opened], 0)
    except _UnreadableError:
        return None
    return (fields, reader.at) if isinstance(fields, dict) else None


_EDN = late(r"(\{|, ?| ):([a-z][\w-]{0,60}) (?=[:\"\d\[{]|nil|true|false)")
"""A key as Clojure writes it: ``{:op :scale, :ns "shop"}``."""

_TRIES = 4
"""Places of a message at which a record is looked for."""

_BEHIND = 80
"""Characters of the words that may follow a record."""
_BEHIND_OBJECTS = 300
"""The same where it is an object of the cluster: what is done to it, and why."""


def _is_type(name: str, *, apart: bool) -> bool:
    """Is it spelt as a class is: ``ScaleAction``, ``api.ScaleAction``? A word of a sentence stands apart."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper() and not (apart and last[1:].islower())


def own_name(fields: JsonObject) -> str:
    """``shop/web``: the name that an object of the cluster has in itself, with its namespace where it has one."""
    meta = next((part for key in ("metadata", "objectMeta") if isinstance(part := fields.get(key), dict)), fields)
    name, space = meta.get("name"), meta.get("namespace")
    if not isinstance(name, str) or not _OWN.fullmatch(name):
        return ""
    return f"{space}/{name}" if isinstance(space, str) and space else name


_OWN = late(r"[A-Za-z0-9][\w.-]{0,252}")


def _proto(text: str) -> Printed | None:
    """``name: "web" kind: DEPLOYMENT replicas { current: 4 }``: a message of protobuf as text."""
    begin = _FIELDS.search(text)
    if begin is None:
        return None
    reader = _Reader(text, begin.start())
    try:
        fields = reader.fields("", 0)
    except _UnreadableError:
        return None
    return Printed(fields, "", text[: begin.start()].rstrip(" :"), "") if len(fields) > 1 else None


class _UnreadableError(ValueError):
    """It is no record."""


class _Reader:
    """Goes through a text from ``at`` on."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at, self.left = text, at, MOST

    def items(self, closing: str, depth: int, of_type: str = "") -> Any:
        """The items up to a bracket: a record where they have keys, else a list, or the one item that there is."""
        named: JsonObject = {}
        plain: list[Any] = []
        spaced = False
        while not self._ends(closing, depth):
            key = _NAMED.match(self.text, self.at)
            if key is None:
                plain.append(self._value(closing, depth, spaced=spaced))
                continue
            self.at = key.end()
            spaced = closing != ")" and not key["gap"] and self.text[key.end() - 1] == ":"
            named.setdefault(_plain_key(key["key"]), self._value(closing, depth, spaced=spaced))
        if named:
            return named
        if of_type in _MAPS:
            return next((each for each in plain if isinstance(each, dict)), {})
        return plain[0] if len(plain) == 1 and (closing == ")" or of_type in _HOLDERS) else plain

    def fields(self, closing: str, depth: int) -> JsonObject:
        """The fields of a protobuf message up to a bracket, or to the end of the text."""
        found: JsonObject = {}
        while not self._ends(closing, depth):
            key = _FIELD.match(self.text, self.at)
            if key is None:
                raise _UnreadableError
            self.at = key.end()
            if self.text[self.at : self.at + 1] == "{":
                self.at += 1
                value: Any = self.fields("}", depth + 1)
            else:
                value = self._quoted() if self.text[self.at : self.at + 1] in "\"'" else self._bare(_TOKEN)
            known = found.get(key["key"])
            if known is None:
                found[key["key"]] = value
            else:
                found[key["key"]] = [*known, value] if isinstance(known, list) else [known, value]
        return found

    def _ends(self, closing: str, depth: int) -> bool:
        """Step over what separates items; has the bracket been closed?"""
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise _UnreadableError
        while self.at < len(self.text) and self.text[self.at] in " ,;\t":
            self.at += 1
        if self.at >= len(self.text):
            if closing:
                raise _UnreadableError
            return True
        if self.text[self.at] == closing:
            self.at += 1
            return True
        return False

    def _value(self, closing: str, depth: int, *, spaced: bool) -> Any:
        text, at = self.text, self.at
        if text[at : at + 1] in ("", closing, ","):
            return ""
        if text[at] in "\"'":
            return self._quoted()
        if text[at] == "<" and (shown := _ENUM.match(text, at) or _MADE_BY.match(text, at)):
            self.at = shown.end()
            return _scalar(shown["value"].strip("'"))
        if opened := _OPEN.match(text, at):
            self.at = opened.end()
            return self.items(_CLOSING[opened["open"]], depth + 1, opened["type"] or "")
        return self._bare(_SPACED if spaced else _WORDS)

    def _quoted(self) -> str:
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            raise _UnreadableError
        self.at = match.end()
        return re.sub(r"\\(.)", r"\1", match[0][1:-1])

    def _bare(self, shape: re.Pattern[str]) -> Any:
        match = shape.match(self.text, self.at)
        if match is None:
            raise _UnreadableError
        if '"' in match[0]:
            raise _UnreadableError  # a part of JSON, which has a reader of its own
        self.at = match.end()
        return _scalar(match[0].strip(" ,").removeprefix(":"))


def _plain_key(key: str) -> str:
    """A key without its quotes, and as JSON spells it: ``DryRun`` → ``dryRun``."""
    key = key.lstrip(":").strip("\"'")
    return key.lower() if key.isupper() else key[:1].lower() + key[1:]


def _scalar(text: str) -> Any:
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if _NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
