"""Calls of tools as languages show their objects: ``part=ToolCallPart(tool_name='drain', args={'node': 'n-1'})``."""

from __future__ import annotations

import itertools
import re
from typing import Any

from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.programs.tools.tool_call import ARGUMENTS, MOST, NAMES, ToolCall, only_asks
from opsconsole.decisions.meaning.programs.tools.tool_lines import command_in
from opsconsole.decisions.meaning.prose import other_deeds
from opsconsole.decisions.message.notations import printed
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject, Mood

_SIGNS = ("Call", "Request", "Use", "Block", "Action", "Selection")
"""What is in the names of all types whose objects are calls."""
_GIVEN = ("args", "rguments", "nput", "arams")
"""What is in the names of all fields with a tool's arguments."""
_OBJECT = late(
    rf"\b(?P<type>[A-Z]\w{{0,60}}(?:{'|'.join(_SIGNS)})\w{{0,20}})(?P<open>\(| ?[{{\[]) ?(?=\w{{1,40}} ?[=:](?![=:]))"
)
_HELD = ("function", "call", "tool_call", "toolCall", "function_call", "functionCall")
"""Fields of a call that hold an object with its name and arguments."""
_LONGEST = 16 * 1024


def told(message: str, source: str) -> tuple[list[ToolCall], str]:
    """The calls that may act of those objects, and the words beside them, which may tell deeds of their own.

    A call that only looks hides nothing: without one that may act, all of the message is left.
    """
    if not any(sign in source for sign in _SIGNS) or not any(given in source for given in _GIVEN):
        return [], message
    calls: list[ToolCall] = []
    beside: list[str] = []
    text = _HEAD.sub("", source[:_LONGEST])
    at = 0
    for match in itertools.islice(_OBJECT.finditer(text), MOST):
        if match.start() < at:
            continue
        found = printed.record_at(text, match.end(), match["open"].strip())
        call = _call(found[0]) if found is not None else None
        if found is None or call is None:
            continue
        beside.append(text[at : match.start()])
        at = found[1]
        if verbs.of_name(call.name) or call.command:
            calls.append(call._replace(mood=_mood(match["type"], text[: match.start()], call)))
    if not calls:
        return [], message
    beside = [_KEY.sub("", words).strip(" ,;") for words in (*beside, text[at:]) if other_deeds.told_beside(words)]
    return calls, "; ".join(beside)


_HEAD = late(r"^\[?\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?\]?:? (?:\[?[A-Z]{4,8}\]?:? )?")
"""The time and the level at the head of a line."""


def _call(record: JsonObject) -> ToolCall | None:
    """The call that an object is, or that it holds."""
    inner = next((held for key in _HELD if isinstance(held := record.get(key), dict)), None)
    record = record if inner is None else {**record, **inner}
    name = next((name for key in NAMES if isinstance(name := record.get(key), str) and name), "")
    given = next((told for key in (*ARGUMENTS, *_MORE) if (told := _document(record.get(key))) is not None), None)
    if not name or " " in name or given is None:
        return None
    return ToolCall(name, given, command_in(given, name))


_MORE = ("args_json", "args_dict", "arguments_json", "partial_json")
"""Further names of what a tool is given, which stand in objects alone."""


def _document(given: Any) -> JsonObject | None:
    """What a tool is given: a record, JSON in a string, or one of these in an object that holds nothing else."""
    if isinstance(given, str):
        return nested(given)
    if not isinstance(given, dict):
        return None
    (only, *more) = given.values() if given else ({},)
    inner = _document(only) if not more and {*given} & {*_MORE, "value", "fields"} else None
    return given if inner is None else inner


_ASKED = late(r"(?:approv(?!ed)|confirm(?!ed)|interrupt|review(?!ed)|permission)\w*$", re.IGNORECASE)
_LIST = late(r"(?P<key>\w{1,60}) ?[=:] ?\[[^\[\]]*$")
_KEY = late(r"\b\w{1,60} ?= ?[(\[]{0,3}$")


def _mood(kind: str, before: str, call: ToolCall) -> Mood | None:
    """How a call is meant by its type, the list in which it stands, and the words before it."""
    held = _LIST.search(before[-400:])
    if _ASKED.search(kind.removesuffix("Request")) or (held is not None and _ASKED.search(held["key"])):
        return Mood.PROPOSED
    words = _KEY.sub("", before[-200:]).rstrip(" :=[('\"`")
    return None if only_asks(call.name) else remarks.of_call(words, call.name)
