"""Keys and values in a line of text: logfmt, klog's structured lines, structlog's console, JSON at the end."""

from __future__ import annotations

import ast
import json
from typing import Any

from opsconsole.decoding import is_too_deep
from opsconsole.patterns import late
from opsconsole.records import JsonObject

MOST = 200
"""Pairs read of one line."""

_LITERAL = 16 * 1024
"""Characters of a Python literal that are read."""

_PAIR = late(
    r"(?P<key>[A-Za-z_@][\w.@/-]*(?: point)?|[A-Z]\w{0,40} [A-Z]\w{0,40})"
    r"(?:=|:(?=[\d.]+\w*(?:[-=]>|→)\d))"  # "ns=shop replicas:3->4"
    r'(?P<value>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\[[^\]]*\]|'
    r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}|"
    r"[^\s,]*(?:,(?![A-Za-z_][\w.-]*=)[^\s,]*)*)"
    r"(?:\s+|,\s*|$)"
)
_FIRST = late(r"(?:^|(?<=[\s(]))[A-Za-z_@][\w.@/-]*=")
_SEMICOLON = late(r"(?<=[\w\"'\])]);(?= [A-Za-z_][\w.-]{0,40}=)")
"""What separates pairs: ``op=scale; ns=shop``."""
_ESCAPE = late(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_KLOG = late(r'"(?P<message>(?:[^"\\]|\\.)*)"(?:\s+|$)')
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
    if "; " in text:
        text = _SEMICOLON.sub(",", text)
    if text.startswith('"') and (match := _KLOG.match(text)):
        pairs, end = _pairs(text, match.end())
        return (unquoted(f'"{match["message"]}"'), pairs) if end == len(text) else (text, {})
    first = _FIRST.search(text)
    tries = 0
    while first is not None and tries < 3:
        start, tries = first.start(), tries + 1
        pairs, end = _pairs(text, start)
        whole = _with_rest(text, start, pairs) if pairs and end < len(text) else end
        if pairs and whole == len(text):
            bracket = start > 0 and text[start - 1] == "(" and text.count("(", start) < text.count(")", start)
            if bracket:  # "restarted web-1 (namespace=shop) reason=x"
                pairs = {key: value.rstrip(")") if "(" not in value else value for key, value in pairs.items()}
            return text[: start - bracket].rstrip(" \t:-|"), pairs
        if start == 0 and len(pairs) > 1 and not _ACTING.isdisjoint(pairs) and "=" not in text[end:]:
            return text[end:], pairs
        first = _FIRST.search(text, max(whole, start + 1))
    return text, {}


_QUOTED_KEY = late(r'(?:^|(?<=\s))"(?P<key>[A-Za-z_][\w.@/ -]{0,60})"=')
_BARE = late(r"[^\s\"]{1,300}(?=\s|$)")


def of_quoted_keys(text: str) -> tuple[str, JsonObject] | None:
    """What stands before ``"msg"="deleting pod" "name"="web-1"``, as klog wrote its pairs once, and these pairs.

    Their values are JSON. ``None`` where a text is no such line.
    """
    start = _QUOTED_KEY.search(text, 0, 200) if '"=' in text else None
    if start is None or is_too_deep(text, several=True):
        return None
    found: JsonObject = {}
    end, match = start.start(), _QUOTED_KEY.match(text, start.start())
    while match is not None and len(found) < MOST:
        value, end = _json_at(text, match.end())
        if end < 0:
            return None
        found.setdefault(match["key"], value)
        while end < len(text) and text[end].isspace():
            end += 1
        match = _QUOTED_KEY.match(text, end)
    return (text[: start.start()].strip(" :"), found) if end == len(text) else None


def _json_at(text: str, place: int) -> tuple[Any, int]:
    """The value at a place and where it ends; -1 where there is none."""
    try:
        return _DECODER.raw_decode(text, place)
    except ValueError:
        bare = _BARE.match(text, place)
        return (bare[0], bare.end()) if bare is not None else (None, -1)


_ACTING = frozenset(("action", "op", "verb", "operation", "decision"))
"""Keys of an action: what stands behind the pairs says how it went, ``op=scale name=web replicas=3 skipped: hold``."""
_REST = late(r"[\s,](?P<key>err|error|reason|cause|exception)=(?=[^\s\"'{\[][^=]*? )")
"""The last key of a line whose value is a text without quotes, as Rust's tracing writes an error."""


_BEFORE_CHANGE = late(
    r"(?P<said>[^=]{0,120}?)(?P<given>(?:(?<![\w.-])[A-Za-z_][\w.-]{0,40}=[^\s,=\"'\[{(]{1,253},? ){2,8})"
    r"(?P<change>[+-]?\d[\w.]{0,20} ?(?:[-=]>|→) ?[+-]?\d[\w.]{0,20})(?P<rest>[^=]{0,200}?)"
    r"(?P<more>(?: [A-Za-z_][\w.-]{0,40}=[^\s=]{1,253}){0,8})"
)


def before_change(text: str) -> tuple[str, dict[str, str]] | None:
    """``ACT scale_down deployment=web ns=shop 9 -> 7 (guard)``: the words, and the pairs that stand among them."""
    match = _BEFORE_CHANGE.fullmatch(text)
    if match is None:
        return None
    found = _pairs(match["given"], 0)[0] | _pairs(match["more"].strip(), 0)[0]
    action = next((found.pop(key) for key in ("action", "op", "act", "decision") if key in found), "")
    said = _NAMED.sub(lambda name: name[0].replace("_", " "), f"{action} " if action else match["said"])
    return f"{said}{match['change']}{match['rest']}", found


_NAMED = late(r"\b[a-z]{2,20}(?:_[a-z]{2,20}){1,3}\b")


def _with_rest(text: str, start: int, pairs: dict[str, str]) -> int:
    """Where the pairs end that began at ``start``: at the end of the text, where the last one is an unquoted text."""
    last = next(reversed(pairs))
    match = next((each for each in _REST.finditer(text, start) if each["key"] == last), None)
    if match is None:
        return 0
    pairs[last] = text[match.end() :].strip()
    return len(text)


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
        found = _documents(end, place - (place > 0 and text[place - 1] == "["))
        if found:
            return text[:place].rstrip(" \t:-|["), found
        place = text.find('{"', place + 2)
    return text, []


def _documents(text: str, place: int) -> list[Any]:
    found: list[Any] = []
    if is_too_deep(text[place:], several=True):
        return []
    while place < len(text):
        try:
            value, place = _DECODER.raw_decode(text, place)
        except ValueError:
            if found and _INSPECTED.fullmatch(text, place):
                break
            return []
        found.append(value)
        while place < len(text) and text[place].isspace():
            place += 1
    return [each for each in found if isinstance(each, dict) or _is_patch(each)]


_INSPECTED = late(r"\{ \w{1,40}: [^{}]{0,200} \}")
"""What Node's console prints behind a document: ``{…} { metadata: undefined }``."""


def _is_patch(value: Any) -> bool:
    """``[{"op": "replace", "path": "/spec/replicas", …}]``."""
    return isinstance(value, list) and bool(value) and all(isinstance(step, dict) and "op" in step for step in value)


_INTERRUPT = late(r"\bInterrupt\(value=(?=[\[{])")
"""What LangGraph prints around what it asks a person."""


def literals(text: str) -> list[Any]:
    """Python dictionaries and lists that a repr holds: ``tool_calls=[{'name': 'evict_pod', 'args': {…}}]``."""
    if (asked := _INTERRUPT.search(text)) is not None:
        return [{"interrupt": each} for each in literals(text[asked.end() :])]
    for start in ("[{'", "{'"):
        place = text.find(start)
        if place >= 0 and (end := _closing(text, place)):
            try:
                return [_literal(text[place:end])]
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                return []
    return []


def document_at(text: str, place: int) -> tuple[JsonObject | None, int]:
    """The document at a place, as JSON or as Python prints it, and where it ends; ``None`` where there is none."""
    if is_too_deep(text[place:], several=True):
        return None, place
    try:
        value, end = _DECODER.raw_decode(text, place)
    except ValueError:
        end = _closing(text, place)
        try:
            value = _literal(text[place:end]) if end else None
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            value = None
    return (value, end) if isinstance(value, dict) else (None, place)


def _literal(text: str) -> Any:
    tree = ast.parse(text, mode="eval")
    value = ast.literal_eval(tree)
    # Sets are seldom, and reading the tree once more takes as long as reading it.
    return _as_json(ast.literal_eval(_IN_ORDER.visit(tree)) if _holds_a_set(value) else value)


def _holds_a_set(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_a_set, value.values()))
    return isinstance(value, set) or (isinstance(value, list | tuple) and any(map(_holds_a_set, value)))


class _SetsAsLists(ast.NodeTransformer):
    """Reads a set as a list of what it holds, each once: a set itself has the order of its hashes, another each run."""

    def visit_Set(self, node: ast.Set) -> ast.AST:
        self.generic_visit(node)
        return ast.List([*{ast.dump(each): each for each in node.elts}.values()], ast.Load())


_IN_ORDER = _SetsAsLists()


def _as_json(value: Any) -> Any:
    """A literal of Python by what JSON has: a tuple or a set is a list, bytes are a text, and every key is one."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_as_json(item) for item in value]
    return value if isinstance(value, str | int | float | None) else str(value)


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
