"""Bytes → lines of text: gzip, UTF-16, byte order marks, Latin-1, line breaks; in bounded memory."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

LONGEST = 256 * 1024
"""Characters of one line in one piece; a longer line comes in several."""

_BLOCK = 256 * 1024
_GZIP = b"\x1f\x8b"
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_COLOUR = re.compile(r"\x1b\[[0-9;:]*[mK]")


def lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of a log file without their line breaks.

    Raises:
        OSError: it can't be read, or is broken gzip.
    """
    blocks = _blocks(stream)
    first = next(blocks, b"")
    if first.startswith(_GZIP):
        blocks = _unpacked(first, blocks)
        first = next(blocks, b"")
    for mark, encoding in _UTF_16.items():
        if first.startswith(mark):
            yield from _wide(first[len(mark) :], blocks, encoding)
            return
    for raw in _split(first.removeprefix(codecs.BOM_UTF8), blocks):
        yield text(raw)


def text(raw: bytes) -> str:
    """One line of UTF-8; a line that is none is taken for Latin-1, in which every byte is a character."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def plain(line: str) -> str:
    """The line without colours and without a byte order mark."""
    if "\x1b" in line:
        line = _COLOUR.sub("", line)
    return line.removeprefix("\ufeff")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)
    while block := read(_BLOCK):
        yield block


def _unpacked(first: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack block by block, never more than a block at once: a small file may hold gigabytes."""
    packed = zlib.decompressobj(wbits=31)
    for block in _chain(first, blocks):
        rest = block
        while rest:
            try:
                data = packed.decompress(rest, _BLOCK)
            except zlib.error as error:
                raise OSError(f"broken gzip: {error}") from error
            if data:
                yield data
            rest = packed.unconsumed_tail
            if packed.eof and packed.unused_data:  # rotated logs are several gzip members put together
                rest, packed = packed.unused_data, zlib.decompressobj(wbits=31)


def _chain(first: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def _split(first: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in _chain(first, blocks):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield from (
                (line[at : at + LONGEST] for at in range(0, len(line), LONGEST)) if len(line) > LONGEST else (line,)
            )
        while len(rest) > LONGEST:
            yield rest[:LONGEST]
            rest = rest[LONGEST:]
    if rest:
        yield rest


def _wide(first: bytes, blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """UTF-16 becomes UTF-8, block by block, and is split as that is."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    utf_8 = (decoder.decode(block).encode("utf-8", "replace") for block in _chain(first, blocks))
    for raw in _split(b"", utf_8):
        yield text(raw)
