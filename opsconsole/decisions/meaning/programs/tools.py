"""Tool calls by their shape, a name with arguments: OpenAI, Anthropic, Gemini, Bedrock, LangChain, MCP."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from opsconsole.decisions.meaning import moods, remarks
from opsconsole.decisions.meaning.objects import Leaves
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import JsonObject, Mood

MOST = 50
"""Calls of one entry."""

_NAMES = ("name", "tool", "tool_name", "toolName", "function_name", "function", "action", "gen_ai.tool.name")
_ARGUMENTS = (
    *("arguments", "args", "input", "tool_input", "action_input", "toolInput", "kwargs", "parameters", "params"),
    "gen_ai.tool.call.arguments",
)
_TOOLS = ("tool", "tool_name", "toolName", "function_name")
"""Keys that name nothing but a tool."""
_NOT_CALLED = wordset(
    "tools functions available_tools tool_definitions toolDefinitions toolConfig tool_specs declarations"
)
"""Keys under which tools are described, not called."""


_SIGNS = re.compile("|".join(_ARGUMENTS))


def may_be_in(source: str) -> bool:
    """Does an entry hold a word that every call has?"""
    return _SIGNS.search(source) is not None


_SHORT = 80
"""Characters of a message that says how a call is meant, and no more."""


class ToolCall(NamedTuple):
    """A tool and what it is called with; ``command`` where it is called with a line for a shell.

    ``mood`` where what stands around it tells how it is meant: a person is asked first, or it was refused.
    """

    name: str
    arguments: JsonObject
    command: str = ""
    mood: Mood | None = None


def all_in(
    message: str, document: JsonObject | None, pairs: Leaves, extra: Sequence[Any], source: str
) -> list[ToolCall]:
    """Every call that an entry tells: in its documents, in a sentence before one, in its pairs."""
    data = ([document] if document is not None else []) + list(extra)
    found = find(data) if data and (extra or may_be_in(source)) else []
    if found:
        told = document is not None and _call(document) is not None and len(message) < _SHORT
        refused = Mood.REFUSED if told and moods.in_attributes(pairs) is Mood.REFUSED else None
        moods_of = [(remarks.of_call(message, each.name) if told else None) or refused for each in found]
        return [each if mood is None else each._replace(mood=mood) for each, mood in zip(found, moods_of, strict=True)]
    found = said(message, extra) if extra else []
    return found or (_paired(message, pairs, extra) if document is None and pairs else [])


def _paired(message: str, pairs: Leaves, extra: Sequence[Any]) -> list[ToolCall]:
    """``tool_result name=drain_node status=error args={…}``: a call in the pairs of a line."""
    given = {str(path[0]): leaf for path, leaf in pairs if len(path) == 1}
    keys = (*_TOOLS, "name") if "tool" in message.lower() or given.keys() & {"args", "arguments"} else _TOOLS
    name = next((leaf for key in keys if isinstance(leaf := given.get(key), str) and "_" in leaf), "")
    if not name or verbs.of_name(name) is None:
        return []
    arguments = next((each for each in extra if isinstance(each, dict)), None)
    for key in _ARGUMENTS:
        if arguments is None and isinstance(leaf := given.get(key), str):
            arguments = nested(leaf)
    arguments = {key: leaf for key, leaf in given.items() if key not in keys} if arguments is None else arguments
    mood = moods.in_attributes(pairs) or remarks.of_call(message, name)
    return [ToolCall(name, arguments, _command(arguments), mood)]


_SPELLED = re.compile(
    r"\b(?:(?:tool|function|action)(?: call)?: ?|(?:invok|call|execut|runn?)(?:ed|ing) )"
    r"['\"`]?(?P<name>[a-z]\w{2,80})\((?P<given>[^()]{1,500})\)",
    re.IGNORECASE,
)
_KEYWORD = re.compile(r"(?P<key>\w{1,60})=(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<bare>[\w./-]+))(?:, *|$)")


def spelled(message: str, source: str) -> tuple[list[ToolCall], str]:
    """``Tool call: cordon_node(node_name='n-1')``: the calls as Python spells them that may act, and the other words.

    A call that only looks (``running check(a='b') and deleting deployment web``) must not hide what stands beside it.
    """
    calls, rest = [], message
    for match in itertools.islice(_SPELLED.finditer(source[:2000]), MOST):
        given = _KEYWORD.finditer(match["given"])
        arguments: JsonObject = {
            each["key"]: each["one"] or each["two"] or _plain(each["bare"] or "") for each in given
        }
        if arguments and (verbs.of_name(match["name"]) or _command(arguments)):
            calls.append(ToolCall(match["name"], arguments, _command(arguments)))
        # The arguments of a call that ends the message were taken for its pairs.
        rest = rest.replace(match[0], " ").removesuffix(match[0].partition("(")[0])
    return calls, rest.strip() if rest != message else message


def _plain(text: str) -> str | int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


def find(value: Any) -> list[ToolCall]:
    """Every call in a document, in its order."""
    found: list[ToolCall] = []
    _gather(value, found, 0)
    return found


def _gather(value: Any, found: list[ToolCall], depth: int) -> None:
    if depth > 20 or len(found) >= MOST:
        return
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                _gather(item, found, depth + 1)
    elif isinstance(value, dict):
        call = _call(value)
        if call is not None:
            asked = _asks(str(value.get("type", "")))
            found.append(call._replace(mood=Mood.PROPOSED) if asked else call)
            return
        for key, item in value.items():
            if isinstance(item, dict | list) and key not in _NOT_CALLED:
                first = len(found)
                _gather(item, found, depth + 1)
                if key in _ASKED:
                    found[first:] = [each._replace(mood=Mood.PROPOSED) for each in found[first:]]


_ASKS = re.compile(
    r"(?:^|[._-])approval[._-]?(?:requests?|requested|required|needed|pending)$|"
    r"(?:^|[._-])(?:pending|awaiting|needs|request|requires)[._-]?approval$",
    re.IGNORECASE,
)
"""Types of a document that asks a person first, as ``mcp_approval_request``; ``approval_granted`` asks nobody."""
_NEVER_ASKS = re.compile(r"(?:^|[._-])(?:no|not|without|never|auto)[._-]", re.IGNORECASE)


def _asks(sort: str) -> bool:
    return _ASKS.search(sort) is not None and _NEVER_ASKS.search(sort) is None


_SAID = re.compile(
    r"\b(?:(?:tool|function)(?: call)?|tools/call|action (?:event )?received):? "
    r"['\"`]?(?P<name>[A-Za-z]\w{2,80})['\"`]?(?= |$)",
    re.IGNORECASE,
)


def said(message: str, documents: Sequence[Any]) -> list[ToolCall]:
    """The call that a sentence tells: ``Executing tool 'scale' with args`` and a document of arguments after it."""
    match = _SAID.search(message[:500])
    if match is None or len(documents) != 1 or not isinstance(documents[0], dict):
        return []
    mood = remarks.of_call(message[:500], match["name"])
    between = message[match.end() : 500].partition("{")[0].lower()
    words = {word for word in re.findall(r"[a-z]+", between) if word not in _GIVEN}
    if words and mood is None:
        return []  # what it returned, or how it is described
    return [ToolCall(match["name"], documents[0], _command(documents[0]), mood)]


_GIVEN = wordset("with and its the args arguments input inputs parameters params kwargs")
"""Words between a tool and what it is called with."""
_ASKED = wordset("action_request action_requests actionRequest approval_request approvalRequest pending_approval")
"""Keys under which calls wait for a person."""


def _call(value: JsonObject) -> ToolCall | None:
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str) and value[key]), "")
    if not name or len(name) > 200 or " " in name:
        return None
    data = value.get("data")
    if value.get("event") == "on_tool_start" and isinstance(data, dict):  # LangChain's stream of events
        value = {**value, **data}
    for key in _ARGUMENTS:
        given = value.get(key)
        arguments = nested(given) if isinstance(given, str) else given
        if key == "params" and not any(tool in value for tool in _TOOLS):
            continue
        if isinstance(arguments, dict) and not (key == "parameters" and _describes(value, arguments)):
            return ToolCall(name, arguments, _command(arguments))
        if isinstance(given, str) and "kubectl" in given:
            return ToolCall(name, {}, given)
    return None


def _describes(value: JsonObject, arguments: JsonObject) -> bool:
    """Is it a tool's description, whose parameters are types, or no call at all?"""
    return "description" in value or "properties" in arguments or "name" not in value


def _command(arguments: JsonObject) -> str:
    for key in ("command", "cmd", "query", "code", "script", "args"):
        value = arguments.get(key)
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            value = " ".join(value)
        if isinstance(value, str) and ("kubectl" in value or key in ("command", "cmd")):
            return value
    return ""
