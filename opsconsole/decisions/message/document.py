"""JSON as optimizers print it: constants that JSON does not have, numbers kept exactly, nesting bounded."""

from __future__ import annotations

import json
import math
import re
from typing import Any, ClassVar, TypeAlias

import msgspec

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decoding import loads
from opsconsole.patterns import late
from opsconsole.records import JsonObject
from opsconsole.text import LINE_GOES_ON, clean

MAX_CHARACTERS = 256 * 1024
"""Longest document that is read. A patch of a whole Deployment is a tenth of it."""

MAX_DEPTH = 100
"""Deepest nesting. A pod template reaches about 12."""

Path: TypeAlias = tuple[str | int, ...]
Leaf: TypeAlias = str | int | float | bool | None
Leaves: TypeAlias = list[tuple[Path, Leaf]]

BLANKS = " \t\r\n"
"""White space of JSON; Python's ``strip`` takes far more, which inside a document is someone else's text."""

TOKEN = late(
    r"""[ \t\r\n]*(?:
        (?P<mark>[{}\[\]:,])
      | (?P<string>"[^"\\]*(?:\\.[^"\\]*)*")
      | (?P<value>-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity)(?![\w.])
    )[ \t\r\n]*""",
    re.VERBOSE,
)


class DocumentError(ValueError):
    """The text is no JSON object, or none of a size that an optimizer would print."""


class _Repeated(dict[str, Any]):
    """An object that gives a key more than once, or the document of one; the last value wins, as in Go and Python."""

    repeated: tuple[str, ...] = ()
    made: ClassVar[int] = 0
    """Objects that gave a key more than once so far."""


def load(text: str) -> JsonObject:
    """Read one JSON object. ``NaN``, ``Infinity`` and numbers too large for a float become floats that say so.

    Raises:
        DocumentError: not one JSON object, or larger or deeper than the bounds.
    """
    if len(text) > MAX_CHARACTERS:
        raise DocumentError(f"longer than {MAX_CHARACTERS} characters")
    levels = text.count("{") + text.count("[")
    made = _Repeated.made
    try:
        value = _decoded(text) if levels <= MAX_DEPTH else loads(text, _DECODER.decode)
    except ValueError as error:
        raise DocumentError("not JSON") from error
    if not isinstance(value, dict):
        raise DocumentError("not a JSON object")
    if made != _Repeated.made and not isinstance(value, _Repeated):
        value = _Repeated(value)
    document: JsonObject = value if levels <= MAX_DEPTH and _is_plain(text) else _cleaned(value, 0)
    return document


def _decoded(text: str) -> Any:
    """Read JSON at the speed of msgspec, where it is printed as msgspec prints it: then no key is given twice in it.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        data = text.encode()
        value = msgspec.json.decode(data)
        if msgspec.json.encode(value) == msgspec.json.format(data, indent=-1):
            return value
    except (msgspec.MsgspecError, UnicodeError):
        pass  # NaN, Infinity, control characters and halves of characters are no JSON to msgspec
    return _DECODER.decode(text)


def unreadable(text: str, *, read: bool) -> str:
    """Why a text can't be read, where that is the depth or the length of its JSON, or its line was cut; else empty.

    Braces within strings count too: a patch may come as a string.

    Args:
        text: an entry, or the piece of it that a line may have.
        read: it was read as a document.
    """
    if text == LINE_GOES_ON:
        return "a line of the log has no end within 1 MiB, and what it says beyond that is not read"
    if not read and text.lstrip().startswith("{") and _is_cut(text):
        return f"it has no end within {MAX_CHARACTERS} characters"
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return ""
    depth = 0
    for match in _BRACES.finditer(text):
        if match.group() in "]}":
            depth = max(depth - 1, 0)
        elif depth or match.group() == "{":  # a bracket of prose opens nothing
            depth += 1
        if depth > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
    return ""


def _is_cut(text: str) -> bool:
    """Whether a text is so long that it may be a piece, and does not end as a whole object does."""
    return len(text) >= _CUT_AT or (len(text) >= _LONG_PIECE and not text.rstrip().endswith("}"))


_LONG_PIECE = 8 * 1024
"""Characters of a piece that is no document by itself though it begins as one."""

_CUT_AT = 16 * 1024
"""Characters at which runtimes cut a line, and we a plain one: whatever such a piece ends in, it may go on."""

_BRACES = late(r"[][{}]")


def _is_plain(text: str) -> bool:
    """Is there nothing in a document that needs cleaning?"""
    escaped = "\\" in text and _ESCAPES.search(text)
    return text.isascii() and not escaped and (text.isprintable() or not _CONTROLS.search(text))


_ESCAPES = late(r"\\[ubfr]")
_CONTROLS = late(r"[^\x20-\x7e\n\t]")


def _integer(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:  # more digits than Python reads at once: thousands
        return float(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    twice = dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    repeated = _Repeated(plain)
    repeated.repeated = tuple(twice)
    _Repeated.made += 1
    return repeated


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_object, parse_int=_integer)


def _cleaned(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise DocumentError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        return clean(value, MAX_CHARACTERS)
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    copy: dict[str, Any] = {clean(key): _cleaned(item, depth + 1) for key, item in value.items()}
    if isinstance(value, _Repeated):
        marked = _Repeated(copy)
        marked.repeated = tuple(clean(key) for key in value.repeated)
        return marked
    return copy


def leaves(value: Any, most: int = 100_000) -> list[tuple[Path, Leaf]]:
    """Every scalar in ``value`` with the keys and indexes that lead to it, in the document's order; at most ``most``.

    An empty object or list counts as a scalar ``{}`` or ``[]``: in a patch it empties what is there.
    """
    found: list[tuple[Path, Leaf]] = []
    _gather(value, (), found, most)
    return found


def _gather(value: Any, path: Path, found: list[tuple[Path, Leaf]], most: int) -> None:
    nested = isinstance(value, (dict, list))
    if not nested or not value:
        if len(found) < most:
            found.append((path, str(value) if nested else value))
        return
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, (dict, list)):
            _gather(item, (*path, key), found, most)
        elif len(found) < most:
            found.append(((*path, key), item))


def duplicates(document: JsonObject) -> list[Path]:
    """The places of keys that were given more than once in a document that was loaded here."""
    return _duplicates(document, ()) if isinstance(document, _Repeated) else []


def _duplicates(value: Any, path: Path) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(*path, key) for key in value.repeated] if isinstance(value, _Repeated) else []
    for key, item in items:
        if isinstance(item, dict | list):
            found += _duplicates(item, (*path, key))
    return found


def constant(leaf: Leaf) -> str:
    """``NaN``, ``Infinity``, ``-Infinity`` or ``null`` when ``leaf`` is one of them, else an empty string."""
    if leaf is None:
        return "null"
    if not isinstance(leaf, float) or math.isfinite(leaf):
        return ""
    return "NaN" if math.isnan(leaf) else "Infinity" if leaf > 0 else "-Infinity"


@KeyMemory
def dotted(path: Path) -> str:
    """``patch.spec.containers[0].name`` for a path."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


def reindent(text: str) -> str:
    """Print a document two spaces deep without touching a single number, string or repeated key in it."""
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _reindent(text)  # NaN and Infinity are no JSON to msgspec


def _reindent(text: str) -> str:
    pieces: list[str] = []
    depth, position, opened = 0, 0, False
    while match := TOKEN.match(text, position):
        lexeme, position = match.group().strip(BLANKS), match.end()
        closing = lexeme in ("}", "]")
        depth -= closing
        if (opened and not closing) or (closing and not opened):
            pieces.append("\n" + "  " * depth)
        opened = lexeme in ("{", "[")
        depth += opened
        pieces.append(lexeme + (" " if lexeme == ":" else ""))
        if lexeme == ",":
            pieces.append("\n" + "  " * depth)
    return "".join(pieces) if position == len(text) else text
