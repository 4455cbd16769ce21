"""Calls of tools as texts tell them: spelled as Python does, printed as its objects, told in a sentence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from opsconsole.decisions.meaning.moods import remarks
from opsconsole.decisions.meaning.programs.tools.tool_call import ARGUMENTS, MOST, NAMES, ToolCall
from opsconsole.decisions.meaning.programs.tools.tool_lines import command_in
from opsconsole.decisions.message.roles import nested
from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import JsonObject, Mood

_SPELLED = re.compile(
    r"\b(?:(?:tool|function|action)(?:[ _]call)?(?:: ?|\] ?)(?:[\w-]{1,40} ?[-=]> ?)?|"
    r"(?:invok|call|execut|runn?)(?:ed|ing) )"
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
        if arguments and (verbs.of_name(match["name"]) or command_in(arguments)):
            calls.append(ToolCall(match["name"], arguments, command_in(arguments)))
        # The arguments of a call that ends the message were taken for its pairs.
        rest = rest.replace(match[0], " ").removesuffix(match[0].partition("(")[0])
    return calls, rest.strip() if rest != message else message


_REPR = re.compile(r"\b[A-Z]\w{0,60}(?:Call|Request|ToolUse|Use|Block|Action)\w{0,20}\((?P<given>[^\n]{1,2000})")
_QUOTED = re.compile(
    r"(?P<key>\w{1,40})=(?:'(?P<one>(?:[^'\\]|\\.)*)'|\"(?P<two>(?:[^\"\\]|\\.)*)\"|[\w.-]+)(?:, |(?=\)))"
)


def represented(source: str) -> list[ToolCall]:
    """``FunctionCall(id='1', arguments='{"node": "n-1"}', name='cordon_node')``: calls as Python shows its objects."""
    calls: list[ToolCall] = []
    for match in itertools.islice(_REPR.finditer(source[: 16 * 1024]), MOST):
        given: dict[str, str] = {}
        at = match.start("given")
        while (each := _QUOTED.match(source, at)) is not None:
            given.setdefault(each["key"], each["one"] or each["two"] or "")
            at = each.end()
        name = next((given[key] for key in NAMES if given.get(key)), "")
        arguments = next((told for key in ARGUMENTS if key in given and (told := nested(given[key])) is not None), None)
        if name and " " not in name and arguments is not None:
            calls.append(ToolCall(name, arguments, command_in(arguments)))
    return calls


_PRINTED = re.compile(r"\s{1,4}(?P<name>[A-Za-z_][\w.-]{1,100}) \(\S{1,100}\)$")
_ARGUMENT = re.compile(r"\s{3,12}(?P<key>[A-Za-z_]\w{0,60}): ?(?P<value>.{0,2000})$")


def printed(first: str, rest: Sequence[str]) -> list[JsonObject]:
    """The calls that LangChain prints below ``Tool Calls:``, as documents of a name with arguments."""
    calls: list[JsonObject] = []
    for line in rest if first.rstrip().endswith("Tool Calls:") else ():
        if match := _PRINTED.match(line):
            calls.append({"name": match["name"], "arguments": {}})
        elif calls and (match := _ARGUMENT.match(line)):
            value = match["value"]
            calls[-1]["arguments"][match["key"]] = nested(value) or _plain(value)
    return calls[:MOST]


def _plain(text: str) -> str | int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


_SAID = re.compile(
    r"\b(?:(?:tool|function|task)(?: call)?|tools/call|action (?:event )?received|invoking(?=:? ['\"`])):? "
    r"['\"`]?(?P<name>[A-Za-z][\w.-]{2,80})(?:\[[\w-]{1,60}\])?['\"`]?(?= |$)",
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
    named = verbs.of_name(match["name"])
    if words and mood is None and named is not None and not (named.loose or _RECEIVED.isdisjoint(words)):
        mood = Mood.DONE if "succeeded" in words else Mood.PLANNED
    if words and mood is None:
        return []  # what it returned, or how it is described
    return [ToolCall(match["name"], documents[0], command_in(documents[0]), mood)]


_GIVEN = wordset(
    "with and its the args arguments input inputs parameters params kwargs invoking calling running executing"
)
"""Words between a tool and what it is called with."""
_RECEIVED = frozenset(("received", "succeeded"))
"""Words of a queue's worker on a task, of which it shows what it is given or what came of it."""
