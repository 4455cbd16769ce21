"""Panels that an agent draws around what it says: ``╭─ Tool Input ─╮``, ``│ … │``, ``╰───╯``, as CrewAI prints them."""

from __future__ import annotations

import json

from opsconsole.decisions.message.lines import own_lines
from opsconsole.decisions.message.roles import nested
from opsconsole.patterns import late
from opsconsole.records import JsonObject

BEGINS = late(r"╭─|┌─[^┬]*$")
"""The top of a panel; that of a table parts its columns: ``┌──┬──┐``."""
GOES_ON = late(r"│|╰─|└─|╭─+ Tool Input ")
"""A tool's input stands in a panel of its own."""

_TOOL = late(r"(?:(?:Using )?Tool(?: Name)?|Function|name|tool|function): *(?P<name>[A-Za-z][\w.-]{1,200})$")
_GIVEN = late(r"(?:(?:Tool |Function )?(?:Input|Args|Arguments|Parameters)|args|arguments|input): *(?=[{\"]|$)")
"""What stands before a tool's input in a panel."""
_TITLE = late(r"(?P<title>Agent|Task|Name|ID|Status|Tool Args|Tool):(?: |$)")
_ON = late(r"(?:is|are|was|were|has|have|because|due to|of|as|since|which)\b")
"""How a line begins that goes on with the sentence above it, however short that one is."""
_SAID = late(r"(?:Output|Thought|Final Answer):(?: |$)")


def read(lines: list[str]) -> tuple[list[str], JsonObject | None]:
    """The sentences of a panel, and the tool that it calls with its input; ``None`` where it calls none."""
    rows = [line for line in lines if line.startswith("│") and line.strip("│ \t")]
    inside = [line.strip("│ \t") for line in rows]
    at = next((place for place, line in enumerate(inside) if _TOOL.match(line)), -1)
    match = _TOOL.match(inside[at]) if at >= 0 else None
    given = _document(_GIVEN.sub("", "".join(inside[at + 1 :]), count=1)) if match is not None else None
    width = max(map(len, rows), default=0)
    if match is not None and given is not None:
        return _said(rows[:at], width), {"name": match["name"], "arguments": given}
    return _said(rows, width), None


def _said(rows: list[str], width: int) -> list[str]:
    """The sentences of a panel without its titles. Each line is a sentence; one that was full goes on in the next."""
    found: list[str] = []
    inside = [row.strip("│ \t") for row in rows]
    last = max((at for at, line in enumerate(inside) if _TITLE.match(line) or _SAID.match(line)), default=-1)
    full = False
    for at, line in enumerate(inside):
        title = _TITLE.match(line)
        head = title or _SAID.match(line)
        words = line[head.end() :].strip() if head is not None else line
        kept = bool(words) and (title is None or _tells(title["title"], words, is_last=at == last))
        goes_on = kept and full and head is None
        if goes_on and (_ON.match(words) or not _fits(rows[at - 1], words, width)):
            found[-1] += f" {words}"
        elif kept:
            found.append(words)
        full = kept
    return found


def _tells(title: str, words: str, *, is_last: bool) -> bool:
    """May a deed stand behind a title? A task is what the agent was asked for, if more is said below it."""
    return own_lines.done(words) or (is_last and " " in words) or (title != "Task" and own_lines.tells(words))


def _fits(row: str, words: str, width: int) -> bool:
    """Is there room for the first of some words at the end of the row above them, or is that one of its own width?"""
    if len(row) < width - _WIDE:
        return True
    text = row.lstrip("│").rstrip("│ \t")
    margin = len(text) - len(text.lstrip())
    return 1 + len(text) + 1 + len(words.partition(" ")[0]) + margin + 1 <= width


_WIDE = 2
"""Cells by which rows differ that hold wide characters."""


def _document(text: str) -> JsonObject | None:
    """A tool's input, a document or one as a string of JSON."""
    text = text.strip()
    if text.startswith('"'):
        try:
            text = json.loads(text)
        except ValueError:
            return None
    return nested(text) if isinstance(text, str) else None
