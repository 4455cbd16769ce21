"""The journal's one writer: append, flush to the disk, chain. Consoles that share a journal take turns."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from opsconsole.clock import Clock
from opsconsole.files.folders import make_private
from opsconsole.files.trust import open_own, read_own
from opsconsole.journal.entry import JournalEntry, Who, canonical, seal, within
from opsconsole.journal.tail import CHUNK, JournalEnd, find_tail, junk_digest, torn_entry
from opsconsole.masking import mask
from opsconsole.records import JsonObject

FILE = "journal.jsonl"
HEAD = "journal.head"
"""Number and hash of the newest entry, so that a cut end is noticed. It is written after the entry is on the disk."""


NOTHING: JsonObject = {}


class JournalError(Exception):
    """The journal can't be written (or read); the text says which file and why."""


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
        self._known: JournalEnd | None = None

    def append(
        self, kind: str, body: JsonObject, masked: JsonObject = NOTHING, *, head_follows: bool = False
    ) -> JournalEntry:
        """Write one entry and flush it to the disk. Secrets in ``body`` are masked first; what is too large is cut.

        Args:
            kind: of the entry.
            body: what it says.
            masked: what it says besides, which was masked beforehand: that takes longer than all the rest.
            head_follows: something waits for this entry and another one comes soon: that one notes the newest hash.
                Until then a cut of this entry alone would go unnoticed. The first entry of all notes its own.

        Raises:
            JournalError: it is not on the disk: full, read-only, not ours, or held by another process.
        """
        with self._mutex:
            try:
                with self._locked() as descriptor:
                    tail = self._recover(descriptor, self._tail(descriptor))
                    kept = within({**mask(body), **masked})
                    entry = seal(tail.seq + 1, self._clock.now(), kind, who=self._who(), body=kept, prev=tail.hash)
                    self._write(descriptor, tail.size, entry, head=not head_follows or not tail.seq)
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

    def _tail(self, descriptor: int) -> JournalEnd:
        size = os.fstat(descriptor).st_size
        if self._known is not None and self._known.size == size:
            return self._known
        return find_tail(descriptor, size)

    def _recover(self, descriptor: int, tail: JournalEnd) -> JournalEnd:
        """Say in an entry of its own what a crash, a full disk or a hand left behind the newest good entry."""
        whole = torn_entry(descriptor, tail)
        if whole is not None:
            _write_all(descriptor, b"\n", tail.size)
            tail = JournalEnd(whole.seq, whole.hash, tail.size + 1, tail.size + 1)
        lost = self._lost(tail)
        if not tail.junk and not lost:
            return tail
        body: JsonObject = {"bytes": tail.junk, "sha256": junk_digest(descriptor, tail)} | lost
        end = tail.size
        if tail.junk and os.pread(descriptor, 1, end - 1) != b"\n":
            _write_all(descriptor, b"\n", end)
            end += 1
        entry = seal(tail.seq + 1, self._clock.now(), "recovered", who=self._who(), body=body, prev=tail.hash)
        return self._write(descriptor, end, entry)

    def _lost(self, tail: JournalEnd) -> JsonObject:
        head = read_head(self.folder)
        if head is None or head[0] <= tail.seq:
            return {}
        return {"lost_up_to": head[0], "lost_hash": head[1]}

    def _write(self, descriptor: int, offset: int, entry: JournalEntry, *, head: bool = True) -> JournalEnd:
        line = canonical(entry) + b"\n"
        _write_all(descriptor, line, offset)
        os.fsync(descriptor)
        end = offset + len(line)
        self._known = JournalEnd(entry.seq, entry.hash, end, end)
        # The entry is safe by now; without the head only a later cut of the end would go unnoticed.
        with contextlib.suppress(OSError):
            if head:
                write_head(self.folder, entry.seq, entry.hash)
        return self._known


def read_head(folder: Path) -> tuple[int, str] | None:
    """Number and hash of the newest entry as the head file has it; ``None`` if it has none that can be read."""
    try:
        number, _, value = read_own(folder / HEAD, CHUNK).decode("ascii").strip().partition(" ")
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
