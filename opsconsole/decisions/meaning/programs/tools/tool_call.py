"""A call of a tool, and the keys under which calls stand."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.decisions.words import verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.records import JsonObject, Mood

MOST = 50
"""Calls of one entry."""

NAMES = ("name", "tool", "tool_name", "toolName", "function_name", "function", "action", "gen_ai.tool.name")
ARGUMENTS = (
    *("arguments", "args", "input", "tool_input", "action_input", "toolInput", "kwargs", "parameters", "params"),
    *("tool_args", "toolArgs", "tool_arguments", "tool_kwargs", "inputs"),
    "gen_ai.tool.call.arguments",
)


class ToolCall(NamedTuple):
    """A tool and what it is called with; ``command`` where it is called with a line for a shell.

    ``mood`` where what stands around it tells how it is meant: a person is asked first, it was refused, or it has
    returned; ``answer`` is what it returned.
    """

    name: str
    arguments: JsonObject
    command: str = ""
    mood: Mood | None = None
    answer: JsonObject | None = None


_ASKS = wordset("is can may should validate validates check checks verify simulate plan preview propose estimate audit")
"""Words with which the name of a tool begins that only asks what a deed would do: ``validate_delete_namespace``."""


def only_asks(name: str) -> bool:
    """Does a tool of that name only ask whether something is allowed, or what would come of it?"""
    words = verbs.parts(name)
    return bool(words) and (words[0] in _ASKS or words[-1] in ("allowed", "permitted", "possible"))


RESULTS = ("result", "output", "content", "observation")
