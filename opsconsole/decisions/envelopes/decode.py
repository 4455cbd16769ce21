"""Bytes → lines of text: gzip, UTF-16, byte order marks, Latin-1, line breaks; in bounded memory."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from opsconsole.patterns import late
from opsconsole.text import LINE_GOES_ON

LONGEST = 256 * 1024
"""Characters of one line in one piece; a longer line comes in several."""

MOST_OF_A_LINE = 1 << 20
"""Bytes read of one line, as of a container's log. 50 MB without a line break are no log, and took longer than anybody
waits; :data:`~opsconsole.text.LINE_GOES_ON` behind it makes that a finding."""

_BLOCK = 256 * 1024
_GZIP = b"\x1f\x8b"
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_COLOUR = late(r"\x1b\[[0-9;:]*[mK]")


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


class LineSplitter:
    """Blocks of bytes in, lines out. A longer line comes in pieces, and one without an end is left after 1 MiB."""

    def __init__(self) -> None:
        self._rest = b""
        self._given = 0

    def feed(self, block: bytes) -> Iterator[bytes]:
        """The lines that end in this block, and the pieces of one that has grown too long to wait for its end."""
        *whole, self._rest = (self._rest + block).split(b"\n")
        for line in whole:
            yield from self._pieces(line)
            self._given = 0
        while len(self._rest) > LONGEST:
            piece, self._rest = self._rest[:LONGEST], self._rest[LONGEST:]
            yield from self._piece(piece)

    def end(self) -> Iterator[bytes]:
        """What is left without a line break. Its line goes on where more comes."""
        rest, self._rest = self._rest, b""
        if rest:
            yield from self._piece(rest)

    def new_line(self) -> None:
        """What comes next begins a line, whatever came before."""
        self._rest, self._given = b"", 0

    def _pieces(self, line: bytes) -> Iterator[bytes]:
        if len(line) <= LONGEST and not self._given:
            yield line
            return
        for at in range(0, len(line), LONGEST):
            yield from self._piece(line[at : at + LONGEST])

    def _piece(self, piece: bytes) -> Iterator[bytes]:
        if self._given >= MOST_OF_A_LINE:
            return
        piece = piece[: MOST_OF_A_LINE - self._given]
        self._given += len(piece)
        yield piece
        if self._given >= MOST_OF_A_LINE:
            yield LINE_GOES_ON.encode()


def _split(first: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    splitter = LineSplitter()
    for block in _chain(first, blocks):
        yield from splitter.feed(block)
    yield from splitter.end()


def _wide(first: bytes, blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """UTF-16 becomes UTF-8, block by block, and is split as that is."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    utf_8 = (decoder.decode(block).encode("utf-8", "replace") for block in _chain(first, blocks))
    for raw in _split(b"", utf_8):
        yield text(raw)
