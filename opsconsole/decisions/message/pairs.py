"""Keys and values in a line of text: logfmt, klog's structured lines, structlog's console, JSON at the end."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

MOST = 200
"""Pairs read of one line."""

_LITERAL = 16 * 1024
"""Characters of a Python literal that are read."""

_PAIR = re.compile(
    r"(?P<key>[A-Za-z_@][\w.@/-]*(?: point)?|[A-Z]\w{0,40} [A-Z]\w{0,40})="
    r'(?P<value>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\[[^\]]*\]|\{[^{}]*\}|[^\s]*)'
    r"(?:\s+|,\s*|$)"
)
_FIRST = re.compile(r"(?:^|(?<=[\s(]))[A-Za-z_@][\w.@/-]*=")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_KLOG = re.compile(r'"(?P<message>(?:[^"\\]|\\.)*)"(?:\s+|$)')
_DECODER = json.JSONDecoder(strict=False)


def unquoted(text: str) -> str:
    """A value without its quotes and escapes."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
        if "\\" in text:
            return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)
    return text


def read(text: str) -> tuple[str, dict[str, str]]:
    """Split a message from the pairs after it; they are pairs only if nothing else comes between or after them.

    Returns:
        The message, and the pairs in their order; no pairs where the text is a sentence with a ``=`` in it.
    """
    if "=" not in text:
        return text, {}
    if text.startswith('"') and (match := _KLOG.match(text)):
        pairs, end = _pairs(text, match.end())
        return (unquoted(f'"{match["message"]}"'), pairs) if end == len(text) else (text, {})
    first = _FIRST.search(text)
    tries = 0
    while first is not None and tries < 3:
        start, tries = first.start(), tries + 1
        pairs, end = _pairs(text, start)
        if pairs and end == len(text):
            bracket = start > 0 and text[start - 1] == "(" and text.count("(", start) < text.count(")", start)
            if bracket:  # "restarted web-1 (namespace=shop) reason=x"
                pairs = {key: value.rstrip(")") if "(" not in value else value for key, value in pairs.items()}
            return text[: start - bracket].rstrip(" \t:-|"), pairs
        first = _FIRST.search(text, max(end, start + 1))
    return text, {}


def _pairs(text: str, start: int) -> tuple[dict[str, str], int]:
    pairs: dict[str, str] = {}
    while (match := _PAIR.match(text, start)) and len(pairs) < MOST:
        pairs.setdefault(match["key"], unquoted(match["value"]).removesuffix(","))
        start = match.end()
    return pairs, start


def trailing(text: str) -> tuple[str, list[Any]]:
    """Split a message from the JSON after it: ``msg {"k": 1}``, ``msg {"k": 1} []``."""
    end = text.rstrip()
    if not end.endswith(("}", "]")):
        return text, []
    place, tries = text.find('{"'), 0
    while place >= 0 and tries < 3:
        tries += 1
        found = _documents(end, place)
        if found:
            return text[:place].rstrip(" \t:-|"), found
        place = text.find('{"', place + 2)
    return text, []


def _documents(text: str, place: int) -> list[Any]:
    found: list[Any] = []
    while place < len(text):
        try:
            value, place = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            return []
        found.append(value)
        while place < len(text) and text[place].isspace():
            place += 1
    return [each for each in found if isinstance(each, dict)]


def literals(text: str) -> list[Any]:
    """Python dictionaries and lists that a repr holds: ``tool_calls=[{'name': 'evict_pod', 'args': {…}}]``."""
    for start in ("[{'", "{'"):
        place = text.find(start)
        if place >= 0 and (end := _closing(text, place)):
            try:
                return [ast.literal_eval(text[place:end])]
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                return []
    return []


def _closing(text: str, start: int) -> int:
    """Where the bracket at ``start`` is closed, 0 where it is not; quotes are stepped over."""
    depth, quote, at = 0, "", start
    last = min(len(text), start + _LITERAL)
    while at < last:
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[{(":
            depth += 1
            if depth > 50:
                return 0
        elif char in "]})":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return 0
