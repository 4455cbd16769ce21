"""What an agent that reasons in words gives a tool without a document: ``Action Input: gpu-3``."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.programs.tools.tool_lines import program_of
from opsconsole.decisions.message import pairs
from opsconsole.decisions.words import kinds, verbs
from opsconsole.patterns import late
from opsconsole.records import JsonObject

_CALL = late(
    r"(?:(?:Thought|(?:#+ )?Agent): .*\s)?"
    r"(?:(?:#+ )?(?:Action|Using tool)|\*+ Suggested (?:function|tool) call(?: \([^)]*\))?): *"
    r"(?P<name>[\w.-]{1,200}(?: [\w.-]{1,40}){0,5}?)[ *]*\s+"
    r"(?:(?:Action Input|(?:#+ )?Tool Input|Arguments):\s*\"?(?P<arguments>\{.*)|"
    r"Action Input: *(?P<quote>['\"`]?)(?P<bare>[^\s'\"`{][^\n'\"`{]{0,300}?)(?P=quote)|"
    r"Action Input: *(?P<line>[^\s'\"`{][^\n]{0,4000}))",
    re.DOTALL,
)
"""What an agent writes that it calls, and with what."""

_EXECUTES = late(
    r">+ EXECUT(?:ING|ED) (?:ASYNC )?FUNCTION (?P<name>[\w-]{1,200}(?:\.[\w-]{1,200}){0,3})\.{3}\s+"
    r"(?:Call ID: \S{1,200}\s+)?Input arguments: *(?P<arguments>\{[^\n]{0,4000}\})(?:\s+Output:\s*(?P<output>.*))?",
    re.DOTALL,
)
"""What AutoGen prints as it calls a function."""

_NAME = r"[a-z0-9][\w.-]*(?:/[\w.-]+){0,2}"
_PAIR = late(r"(?P<key>[A-Za-z_]\w{0,40}) ?[=:] ?(?P<value>[^\s,;]{1,253})")
_PAIRS = late(rf"{_PAIR.pattern.replace('?P<key>', '?:').replace('?P<value>', '?:')}(?:[,;]? (?=\w)|$)")
_PLACED = late(
    rf"(?P<name>{_NAME})(?:(?: in|,) (?:the )?(?:namespace )?(?P<namespace>[a-z][a-z0-9-]{{0,62}})(?: namespace)?)?"
    r"(?:(?:,| to|) (?P<number>\d{1,6})(?: replicas?)?)?"
)


def call(text: str) -> JsonObject | None:
    """The call that is written, as a document of a name with arguments; ``None`` where none is."""
    if text[:1] == ">":
        return _executed(text)
    text, _, output = text.partition("Tool Output:")
    # What may stand behind the arguments is taken off here: a pattern would try each end of a long run of it.
    text = text.rstrip(' \t\n#*"' if "{" in text else " \t\n")
    match = _CALL.fullmatch(text)
    if match is None:
        return None
    given = match["arguments"]
    if match["line"]:
        told: JsonObject | str = match["line"]  # a command with quotes in it
    else:
        told = arguments(match["name"], match["bare"]) if given is None else _document(given)
    call: JsonObject = {"name": match["name"], "arguments": told}
    if " " in match["name"]:
        call = {"tool": match["name"], "arguments": told}  # a title, as CrewAI's tools have
    return {**call, "output": output.strip()} if output.strip() else call


def _document(given: str) -> JsonObject | str:
    """What a tool is given, as Python prints it, else as it is written."""
    printed = pairs.literals(given) if given[:2] == "{'" else []
    return printed[0] if printed and isinstance(printed[0], dict) else given.replace('\\"', '"')


def _executed(text: str) -> JsonObject | None:
    """The call that AutoGen prints, with what it returned where that stands behind it."""
    run = _EXECUTES.fullmatch(text.rstrip())
    if run is None:
        return None
    given = pairs.literals(run["arguments"]) or [run["arguments"]]
    call: JsonObject = {"name": run["name"], "arguments": given[0]}
    return {**call, "output": run["output"]} if run["output"] else call


def arguments(tool: str, given: str) -> JsonObject | str:
    """What a tool is given, as a document: its name under the kind that the tool's name tells; a program's own line."""
    given = given.strip()
    if given.lower() in ("none", "null", "n/a", "-"):
        return {}
    words = verbs.parts(tool)
    if program_of(tool):
        return given
    told = {each["key"]: _value(each["value"]) for each in _PAIR.finditer(given)}
    if told and not _PAIRS.sub("", given):
        return told
    match = _PLACED.fullmatch(given)
    if match is None:
        return {"input": given}
    kind = kinds.in_words(tuple(word for word in words if word not in verbs.WORDS))
    document: JsonObject = {kind.lower() or "target": match["name"]}
    if match["namespace"]:
        document["namespace"] = match["namespace"]
    if match["number"] and "scale" in words:
        document["replicas"] = int(match["number"])
    return document


def _value(text: str) -> str | int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text.strip("'\"")
