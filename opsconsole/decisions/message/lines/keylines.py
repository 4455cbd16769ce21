"""Keys with their values in a text that is no JSON: one on each line, or with bars between them."""

from __future__ import annotations

import re

from opsconsole.decisions.message import pairs
from opsconsole.decisions.message.lines import own_lines
from opsconsole.patterns import late
from opsconsole.records import JsonObject

_KEY = late(r"(?P<key>[A-Za-z][\w ./-]{0,40}): *(?P<value>\S.*)")


def of_bars(text: str, first: str) -> JsonObject | None:
    """The document that ``Tool: drain_node | Args: node=n-1, force=true`` is; ``None`` where it is none.

    Args:
        text: a message.
        first: what was taken for a logger before it, and may be its first key.
    """
    parts = text.split(" | ")
    parts[0] = f"{first}: {parts[0]}" if first and not _KEY.fullmatch(parts[0].strip()) else parts[0]
    found = [_KEY.fullmatch(part.strip()) for part in parts]
    if not all(found):
        return None
    said = {each["key"].lower(): each["value"] for each in found if each is not None}
    given = {key: pairs.read(value) for key, value in said.items() if "=" in value}
    return {**said, **{key: inner for key, (rest, inner) in given.items() if inner and not rest}}


_CELL = late(r"(?P<key>[A-Za-z][\w.-]{0,40})=(?P<value>.*)", re.DOTALL)


def of_barred_pairs(text: str) -> JsonObject | None:
    """The document that ``agent=a|action=SCALE|target=deployment/web`` is; ``None`` where it is none."""
    found = [_CELL.fullmatch(cell.strip()) for cell in text.split("|")]
    if len(found) < 3 or not all(found):
        return None
    return {each["key"]: each["value"].strip() for each in found if each is not None and each["value"].strip()}


def of_lines(text: str) -> JsonObject | None:
    """The document that ``key: value`` on each line is; ``None`` where another line is among them."""
    lines = text.removesuffix("---").strip().split("\n") if text[:2] in ("ti", "ts", "da", "wh") else []
    found = [_KEY.fullmatch(line.strip()) for line in lines]
    return {each["key"]: each["value"] for each in found if each is not None} if found and all(found) else None


BOXED = late(r"[│└] {2,8}(?P<key>[A-Za-z_]\w{0,60}) = (?P<value>\S.*)|[│└]\s*$|└ @ [\w.]{1,100} \S{1,300}:\d{1,6}$")
"""A value of an entry in a box as Julia draws it, ``│   deployment = "web"``, or where it was written."""


def goes_on_box(lines: list[str], text: str) -> bool:
    """A value of a key that has none yet; one that may tell of a deed is none."""
    match = BOXED.match(text)
    if match is None or match["key"] is None:
        return match is not None
    known = {each["key"] for line in lines if (each := BOXED.match(line)) is not None}
    words = " " in match["value"] and match["key"] not in _WHY
    return match["key"] not in known and not words and not own_lines.tells(match["value"])


_WHY = ("reason", "why", "cause")
"""Keys whose values are sentences, and no entries."""


def of_box(rest: list[str]) -> dict[str, str]:
    """The values in such a box."""
    rows = [BOXED.fullmatch(line.rstrip()) for line in rest]
    return {row["key"]: pairs.unquoted(row["value"]) for row in rows if row is not None and row["key"]}
