"""The journal's one writer: append, flush to the disk, chain. Consoles that share a journal take turns."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.folders import make_private
from opsconsole.journal.entry import GENESIS, JournalEntry, Who, canonical, parse, seal
from opsconsole.masking import mask
from opsconsole.records import JsonObject
from opsconsole.trust import open_own, read_own

FILE = "journal.jsonl"
HEAD = "journal.head"
"""Number and hash of the newest entry, so that a cut end is noticed. It is written after the entry is on the disk."""

_CHUNK = 1 << 16


class JournalError(Exception):
    """The journal can't be written (or read); the text says which file and why."""


class _Tail(NamedTuple):
    """Where the journal ends: its newest entry, and how many bytes of something else lie behind it."""

    seq: int
    hash: str
    offset: int
    junk: bytes


class Journal:
    """Appends entries; each is on the disk (fsync) when :meth:`append` returns. Safe to use from several threads.

    Args:
        folder: where the journal is kept; made (0700) when the first entry is written.
        clock: where the entries' time comes from.
        who: asked for each entry, since the Kubernetes identity is only known a moment after the start.
        lock_seconds: how long to wait for another console that writes at this moment.
    """

    def __init__(self, folder: Path, clock: Clock, who: Callable[[], Who], lock_seconds: float = 2.0) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._clock = clock
        self._who = who
        self._lock_seconds = lock_seconds
        self._mutex = threading.Lock()
        self._known: _Tail | None = None

    def append(self, kind: str, body: JsonObject) -> JournalEntry:
        """Write one entry and flush it to the disk. Secrets in ``body`` are masked first.

        Raises:
            JournalError: it is not on the disk: full, read-only, not ours, or held by another process.
        """
        with self._mutex:
            try:
                with self._locked() as descriptor:
                    tail = self._recover(descriptor, self._tail(descriptor))
                    entry = seal(
                        tail.seq + 1, self._clock.now(), kind, who=self._who(), body=mask(body), prev=tail.hash
                    )
                    self._write(descriptor, tail.offset, entry)
                    return entry
            except OSError as error:
                self._known = None
                raise JournalError(f"the journal {self.path} can't be written: {error.strerror or error}") from error
            except (ValueError, TypeError, RecursionError) as error:
                raise JournalError(f"the journal can't hold this entry ({kind}): {type(error).__name__}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        make_private(self.folder)
        created = not self.path.exists()
        descriptor = open_own(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            _lock(descriptor, self._lock_seconds)
            if created:
                _sync_folder(self.folder)
            yield descriptor
        finally:
            os.close(descriptor)

    def _tail(self, descriptor: int) -> _Tail:
        size = os.fstat(descriptor).st_size
        if self._known is not None and self._known.offset == size:
            return self._known
        return find_tail(descriptor, size)

    def _recover(self, descriptor: int, tail: _Tail) -> _Tail:
        """Say in an entry of its own what a crash, a full disk or a hand left behind the newest good entry."""
        whole = parse(tail.junk)
        if whole is not None and whole.prev == tail.hash:
            _write_all(descriptor, b"\n", tail.offset)
            tail = _Tail(whole.seq, whole.hash, tail.offset + 1, b"")
        lost = self._lost(tail)
        if not tail.junk and not lost:
            return tail
        body: JsonObject = {"bytes": len(tail.junk), "sha256": hashlib.sha256(tail.junk).hexdigest()} | lost
        end = tail.offset
        if tail.junk and not tail.junk.endswith(b"\n"):
            _write_all(descriptor, b"\n", end)
            end += 1
        entry = seal(tail.seq + 1, self._clock.now(), "recovered", who=self._who(), body=body, prev=tail.hash)
        return self._write(descriptor, end, entry)

    def _lost(self, tail: _Tail) -> JsonObject:
        head = read_head(self.folder)
        if head is None or head[0] <= tail.seq:
            return {}
        return {"lost_up_to": head[0], "lost_hash": head[1]}

    def _write(self, descriptor: int, offset: int, entry: JournalEntry) -> _Tail:
        line = canonical(entry) + b"\n"
        _write_all(descriptor, line, offset)
        os.fsync(descriptor)
        self._known = _Tail(entry.seq, entry.hash, offset + len(line), b"")
        # The entry is safe by now; without the head only a later cut of the end would go unnoticed.
        with contextlib.suppress(OSError):
            write_head(self.folder, entry.seq, entry.hash)
        return self._known


def find_tail(descriptor: int, size: int) -> _Tail:
    """Look from the end of the file for the newest whole entry."""
    start, block = size, b""
    while start > 0:
        step = min(_CHUNK, start)
        start -= step
        block = os.pread(descriptor, step, start) + block
        found = _newest(block, start)
        if found is not None:
            return found._replace(offset=size)
    return _Tail(0, GENESIS, size, block)


def _newest(block: bytes, start: int) -> _Tail | None:
    """The newest entry in ``block`` whose line begins in it (or at the start of the file), and what follows it."""
    end = block.rfind(b"\n")
    while end >= 0:
        begin = block.rfind(b"\n", 0, end) + 1
        if begin == 0 and start > 0:
            return None
        entry = parse(block[begin:end])
        if entry is not None:
            return _Tail(entry.seq, entry.hash, start + end + 1, block[end + 1 :])
        end = begin - 1
    return None


def read_head(folder: Path) -> tuple[int, str] | None:
    """Number and hash of the newest entry as the head file has it; ``None`` if it has none that can be read."""
    try:
        number, _, value = read_own(folder / HEAD, _CHUNK).decode("ascii").strip().partition(" ")
        return int(number), value
    except (OSError, ValueError):
        return None


def write_head(folder: Path, seq: int, value: str) -> None:
    """Replace the head file in one go."""
    draft = folder / f"{HEAD}.{os.getpid()}"
    descriptor = open_own(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{seq} {value}\n")
    draft.replace(folder / HEAD)


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    """Write ``data`` at the end (``offset``); on failure take back what a full disk let through."""
    written = 0
    try:
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, offset)
        raise


def _lock(descriptor: int, seconds: float) -> None:
    """Take the file's lock, waiting at most ``seconds``.

    Raises:
        OSError: another process holds it.
    """
    waited = threading.Event()
    for _ in range(max(1, int(seconds / 0.01))):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited.wait(0.01)
        else:
            return
    raise OSError(None, f"another process has held its lock for {seconds:g} s")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
