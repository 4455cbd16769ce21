"""Decodes JSON into types. Every decoder is made once, and by one thread at a time.

msgspec keeps what it knows of a type while it is still finding it out. A second thread that uses the type, or one that
has it as a part, in that moment reads what is half made, and the interpreter crashes (msgspec 0.22). Whoever decodes
into a type of our own does it by this module; a type is known for good once its first decoder is made.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

_Shape = TypeVar("_Shape")

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
