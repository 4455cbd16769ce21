"""A call of a tool, and the keys under which calls stand."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.records import JsonObject, Mood

MOST = 50
"""Calls of one entry."""

NAMES = ("name", "tool", "tool_name", "toolName", "function_name", "function", "action", "gen_ai.tool.name")
ARGUMENTS = (
    *("arguments", "args", "input", "tool_input", "action_input", "toolInput", "kwargs", "parameters", "params"),
    *("tool_args", "toolArgs", "tool_arguments", "inputs"),
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


RESULTS = ("result", "output", "content", "observation")
