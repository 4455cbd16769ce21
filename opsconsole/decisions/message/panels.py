"""Panels that an agent draws around what it says: ``╭─ Tool Input ─╮``, ``│ … │``, ``╰───╯``, as CrewAI prints them."""

from __future__ import annotations

import json
import re

from opsconsole.decisions.message.roles import nested
from opsconsole.records import JsonObject

BEGINS = re.compile(r"╭─")
GOES_ON = re.compile(r"│|╰─|╭─+ Tool Input ")
"""A tool's input stands in a panel of its own."""

_TOOL = re.compile(r"Using Tool: *(?P<name>[\w.-]{1,200})$")
_TITLE = re.compile(r"(?:Agent|Task|Name|ID|Status|Tool|Tool Args):(?: |$)")
_SAID = re.compile(r"^(?:Output|Thought|Final Answer):(?: |$)")


def read(lines: list[str]) -> tuple[str, JsonObject | None]:
    """What is said in a panel, and the tool that it calls with its input; ``None`` where it calls none."""
    inside = [line.strip("│ \t") for line in lines if line.startswith("│")]
    inside = [line for line in inside if line]
    at = next((place for place, line in enumerate(inside) if _TOOL.match(line)), -1)
    match = _TOOL.match(inside[at]) if at >= 0 else None
    given = _document("".join(inside[at + 1 :])) if match is not None else None
    if match is not None and given is not None:
        return " ".join(inside[:at]), {"name": match["name"], "arguments": given}
    return _said(inside), None


def _said(inside: list[str]) -> str:
    """The words of a panel without its titles, on one line."""
    return " ".join(_SAID.sub("", line, count=1).strip() for line in inside if not _TITLE.match(line))


def _document(text: str) -> JsonObject | None:
    """A tool's input, a document or one as a string of JSON."""
    text = text.strip()
    if text.startswith('"'):
        try:
            text = json.loads(text)
        except ValueError:
            return None
    return nested(text) if isinstance(text, str) else None
