"""Where a journal ends: its newest entry, and what lies behind it. The work grows no faster than what lies there."""

from __future__ import annotations

import hashlib
import os
from typing import NamedTuple

from opsconsole.journal.entry import GENESIS, JournalEntry, parse

CHUNK = 1 << 16

LONGEST_LINE = 64 << 20
"""Bytes of one line; a longer one is no entry."""

FARTHEST = 256 << 20
"""Bytes behind the newest entry that are searched for it."""


class JournalEnd(NamedTuple):
    """The newest entry's number and hash, the place behind it, and the end of the file; between them is junk."""

    seq: int
    hash: str
    offset: int
    size: int

    @property
    def junk(self) -> int:
        """Bytes of something else behind the newest entry."""
        return self.size - self.offset


def find_tail(descriptor: int, size: int) -> JournalEnd:
    """Look from the end of the file for the newest whole entry. Each byte is read twice at most.

    Raises:
        OSError: it can't be read, or there is more than :data:`FARTHEST` of something else.
    """
    start, end = size, None
    while start > 0:
        if size - start >= FARTHEST:
            raise OSError(None, f"its last {FARTHEST >> 20} MiB are no entries; put the file aside")
        step = min(CHUNK, start)
        start -= step
        block = os.pread(descriptor, step, start)
        at = len(block)
        while (at := block.rfind(b"\n", 0, at)) >= 0:
            if end is not None and (found := _entry_at(descriptor, start + at + 1, end, block, start)):
                return JournalEnd(found.seq, found.hash, end + 1, size)
            end = start + at
    if end is not None and (found := _entry_at(descriptor, 0, end, b"", 0)):
        return JournalEnd(found.seq, found.hash, end + 1, size)
    return JournalEnd(0, GENESIS, 0, size)


def junk_digest(descriptor: int, tail: JournalEnd) -> str:
    """SHA-256 of what lies behind the newest entry."""
    digest = hashlib.sha256()
    for at in range(tail.offset, tail.size, CHUNK):
        digest.update(os.pread(descriptor, min(CHUNK, tail.size - at), at))
    return digest.hexdigest()


def torn_entry(descriptor: int, tail: JournalEnd) -> JournalEntry | None:
    """The entry behind the newest one that lacks nothing but its end of line, if that is what lies there."""
    if not 0 < tail.junk <= LONGEST_LINE:
        return None
    found = parse(os.pread(descriptor, tail.junk, tail.offset))
    return found if found is not None and found.prev == tail.hash else None


def _entry_at(descriptor: int, begin: int, end: int, block: bytes, start: int) -> JournalEntry | None:
    """The entry on the line from ``begin`` to ``end``; ``block`` is what was read from ``start`` on."""
    if not 0 < end - begin <= LONGEST_LINE:
        return None
    inside = begin >= start and end <= start + len(block)
    line = block[begin - start : end - start] if inside else os.pread(descriptor, end - begin, begin)
    return parse(line) if line.startswith(b"{") else None
