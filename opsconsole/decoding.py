"""Decodes JSON into types. Every decoder is made once, and by one thread at a time.

msgspec keeps what it knows of a type while it is still finding it out. A second thread that uses the type, or one that
has it as a part, in that moment reads what is half made, and the interpreter crashes (msgspec 0.22). Whoever decodes
into a type of our own does it by this module; a type is known for good once its first decoder is made.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

_Shape = TypeVar("_Shape")

MAX_NESTING = 100
"""Levels of JSON that are read into values without a type.

The interpreter's own bound differs: about 1,000 levels in CPython 3.11, 10,000 and more from 3.12 on, which is far more
than what walks the value afterwards can take.
"""

_STRING_OR_BRACE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[][{}]', re.DOTALL)
"""A string, to the text's end where nothing ends it, so that nothing is looked at twice; or a brace."""

_lock = threading.RLock()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder_of(shape: type[_Shape]) -> msgspec.json.Decoder[_Shape]:
    """The decoder for a type; may be used from any thread, many times."""
    found = _decoders.get(shape)
    if found is None:
        with _lock:
            found = _decoders.get(shape)
            if found is None:
                found = _decoders[shape] = msgspec.json.Decoder(shape)
    return found


def decode_as(data: bytes | bytearray | memoryview | str | msgspec.Raw, shape: type[_Shape]) -> _Shape:
    """Read JSON as that type.

    Raises:
        msgspec.DecodeError: it is no JSON, or not of that type (``msgspec.ValidationError``).
    """
    return decoder_of(shape).decode(data)


def convert_to(value: object, shape: type[_Shape], *, strict: bool = True) -> _Shape:
    """Turn mappings, lists and the like into that type.

    Raises:
        msgspec.ValidationError: they are not of that type.
    """
    decoder_of(shape)  # the type is known from here on
    return msgspec.convert(value, shape, strict=strict)


def _read(text: str) -> Any:
    """Read JSON by msgspec, which takes a quarter of the time, and by ``json`` what only that takes for JSON.

    Where msgspec takes a text both say the same of it; only ``json`` knows ``NaN``, ``Infinity`` and half characters.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return json.loads(text)


def loads(text: str | bytes, decode: Callable[[str], Any] = _read) -> Any:
    """Read JSON from outside into plain values.

    Args:
        text: what is to be JSON; bytes that are no UTF-8 are replaced.
        decode: reads it, such as a decoder with hooks of its own, or one that reads a beginning alone.

    Raises:
        ValueError: it is no JSON, or nested deeper than :data:`MAX_NESTING`.
    """
    words = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if is_too_deep(words):
        raise ValueError(f"nested deeper than {MAX_NESTING} levels")
    return decode(words)


def is_too_deep(text: str, *, several: bool = False) -> bool:
    """Whether a text that is to be JSON is nested deeper than is read. Takes time in proportion to its length.

    Args:
        text: is to begin with a value; what stands behind that is no part of it.
        several: more values may stand behind the first, and are looked at too.
    """
    if text.count("{") + text.count("[") <= MAX_NESTING:
        return False
    depth = 0
    for match in _STRING_OR_BRACE.finditer(text):
        mark = text[match.start()]
        if mark in "{[":
            depth += 1
        elif mark in "]}" and depth:
            depth -= 1
            if not depth and not several:
                return False
        if depth > MAX_NESTING:
            return True
    return False
