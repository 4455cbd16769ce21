"""What undo needs, whole and unmasked, in private files beside the journal, apart from what is shown.

A file is written before the first effect; its hash stands in the chained intent and is checked before use. What a step
found changed since is written once more before it acts, with its hash in the step's own entry.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.files.folders import make_private
from opsconsole.files.trust import read_own
from opsconsole.journal.writer import JournalError
from opsconsole.records import Plan, Record

FOLDER = "undo"
VERSION = 1
_NAME = re.compile(r"[0-9a-f]{1,64}(?:\.[0-9a-f]{1,64})?\.json")
_LARGEST = 256 << 20


class UndoFile(Record, frozen=True):
    """A file's name below the journal's folder ``undo``, and its SHA-256, as the journal's entries have them."""

    file: str
    sha256: str


class Before(Record, frozen=True):
    """What the targets of an execution were: the plan as it was executed, and each step's target as JSON."""

    run: str
    plan: Plan
    before: dict[str, bytes]
    version: int = VERSION


class UndoStore:
    """Writes and reads these files. They are 0600, their folder 0700; links are not followed.

    Args:
        journal_folder: where the journal is.
    """

    def __init__(self, journal_folder: Path) -> None:
        self.folder = journal_folder / FOLDER

    def keep(self, run: str, plan: Plan, before: dict[str, bytes], step: str = "") -> UndoFile:
        """Write what an execution (or one ``step`` of it) needs to be undone, to the disk.

        Raises:
            JournalError: it is not on the disk.
        """
        part = f".{hashlib.sha256(step.encode('utf-8', 'replace')).hexdigest()[:16]}" if step else ""
        name = f"{run}{part}.json"
        data = msgspec.json.encode(Before(run, plan, before))
        try:
            make_private(self.folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.folder / name, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            if not isinstance(error, FileExistsError):
                with contextlib.suppress(OSError):  # half a file is of no use; that there is one is no new trouble
                    (self.folder / name).unlink()
            words = f"what undo needs can't be written to {self.folder / name}: {error.strerror or error}"
            raise JournalError(words) from error
        return UndoFile(name, hashlib.sha256(data).hexdigest())

    def load(self, kept: UndoFile) -> Before:
        """Read a file back.

        Raises:
            JournalError: it is gone, can't be read, was changed, or was written by a newer version; says which.
        """
        if not _NAME.fullmatch(kept.file):
            raise JournalError(f"{kept.file[:80]!r} is no name of a file that undo wrote")
        path = self.folder / kept.file
        try:
            data = read_own(path, _LARGEST)
        except OSError as error:
            raise JournalError(f"what undo needs, {path}, can't be read: {error.strerror or error}") from error
        if hashlib.sha256(data).hexdigest() != kept.sha256:
            raise JournalError(f"what undo needs, {path}, was changed since it was written")
        try:
            found = decode_as(data, Before)
        except (ValueError, RecursionError) as error:
            raise JournalError(f"what undo needs, {path}, is of a version that is not known here") from error
        if found.version != VERSION:
            raise JournalError(f"what undo needs, {path}, is of version {found.version}; this one knows {VERSION}")
        return found
