"""An entry as one element of XML: its attributes and its children are the keys of a document."""

from __future__ import annotations

import html
import re
from typing import Any

from opsconsole.patterns import late
from opsconsole.records import JsonObject

LONGEST = 64 * 1024
"""Characters of such an entry."""
MOST_PARTS = 500
"""Tags and texts of one entry."""
_DEEPEST = 20

_PART = late(
    r"<(?P<closes>/)?(?P<name>[A-Za-z_][\w.:-]{0,80})(?P<given>(?:\s+[\w.:-]{1,80}\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*"
    r"(?P<empty>/)?>|<!\[CDATA\[(?P<data>.*?)\]\]>|(?P<text>[^<]+)",
    re.DOTALL,
)
_GIVEN = late(r"(?P<key>[\w.:-]{1,80})\s*=\s*(?:\"(?P<one>[^\"]*)\"|'(?P<two>[^']*)')")


class _Element:
    """An element that is open: what its attributes and its children say so far."""

    __slots__ = ("keys", "name", "text")

    def __init__(self, name: str, given: str) -> None:
        self.name = name
        self.keys: JsonObject = {}
        self.text = ""
        for match in _GIVEN.finditer(given):
            self.keys[_local(match["key"])] = html.unescape(match["one"] or match["two"] or "")

    def value(self) -> Any:
        if not self.keys:
            return self.text.strip()
        return self.keys | ({"text": self.text.strip()} if self.text.strip() else {})


def document(text: str) -> JsonObject | None:
    """The document in ``<entry ts="…"><action>Evict</action><object kind="Pod" name="a"/></entry>``.

    ``None`` where the text is no single element.
    """
    text = text.strip()
    if not text.startswith("<") or not text.endswith(">") or len(text) > LONGEST or not text[1:2].isalpha():
        return None
    opened: list[_Element] = []
    at = parts = 0
    while at < len(text) and parts < MOST_PARTS and len(opened) <= _DEEPEST:
        match = _PART.match(text, at)
        if match is None:
            return None
        at, parts = match.end(), parts + 1
        whole = _take(opened, match)
        if whole is not None:
            value = whole.value()
            return value if at == len(text) and isinstance(value, dict) else None
        if not opened:
            return None
    return None


def _take(opened: list[_Element], match: re.Match[str]) -> _Element | None:
    """Go on by one part; the outermost element where it is whole now."""
    name = match["name"]
    if name is None:
        if opened:
            opened[-1].text += match["data"] or html.unescape(match["text"] or "")
        return None
    if not match["closes"]:
        opened.append(_Element(_local(name), match["given"]))
        if not match["empty"]:
            return None
    if not opened or opened[-1].name != _local(name):
        opened.clear()
        return None
    closed = opened.pop()
    if not opened:
        return closed
    opened[-1].keys.setdefault(closed.name, closed.value())
    return None


def _local(name: str) -> str:
    return name.rpartition(":")[2]
