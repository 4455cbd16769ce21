"""The evidence beside the journal: manifests and logs of what is about to be deleted, with their hashes chained in."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from pathlib import Path

from opsconsole.files.folders import make_private
from opsconsole.files.trust import open_own, read_own
from opsconsole.journal.writer import JournalError
from opsconsole.masking import mask_text
from opsconsole.records import Record

FOLDER = "evidence"
_LONGEST = 160
"""Characters of a file's name; file systems take 255 bytes."""


class Exhibit(Record, frozen=True):
    """One file of evidence: its name below the journal's folder, its size in bytes and its SHA-256."""

    file: str
    bytes: int
    sha256: str


class EvidenceFolder:
    """Where one execution keeps its evidence. Safe to use from several threads; files are 0600, the folder 0700."""

    def __init__(self, journal_folder: Path, run: str) -> None:
        self._base = journal_folder
        self.path = journal_folder / FOLDER / run
        self._lock = threading.Lock()
        self._exhibits: list[Exhibit] = []
        self._closed = False

    def keep(self, name: str, text: str, *, masked: bool = False) -> Exhibit | None:
        """Write ``text`` to the file ``name``; what comes after :meth:`close` is dropped.

        Its secrets are masked, unless it was put together from what is ``masked`` already.

        Raises:
            JournalError: it can't be written.
        """
        data = (text if masked else mask_text(text)).encode("utf-8", "replace")
        target = self.path / _file_name(name)
        with self._lock:
            if self._closed:
                return None
            try:
                make_private(self.path)
                descriptor = open_own(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(descriptor)
            except OSError as error:
                raise JournalError(f"the evidence {target} can't be written: {error.strerror or error}") from error
            exhibit = Exhibit(str(target.relative_to(self._base)), len(data), hashlib.sha256(data).hexdigest())
            self._exhibits.append(exhibit)
            return exhibit

    def close(self) -> tuple[Exhibit, ...]:
        """Take nothing more (the time is up) and say what there is."""
        with self._lock:
            self._closed = True
            return tuple(self._exhibits)


def _file_name(name: str) -> str:
    """A name that no other ``name`` gets: one that is cut or cleaned carries the hash of the whole."""
    clean = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    if clean == name and len(name) <= _LONGEST and not name.startswith("."):
        return name
    stem, dot, ending = clean[-_LONGEST:].lstrip(".").partition(".")
    whole = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{stem}-{whole}{dot}{ending}"


def check(journal_folder: Path, exhibit: Exhibit) -> str:
    """What is wrong with a file of evidence, in words; empty if it is as it was kept."""
    try:
        data = read_own(journal_folder / exhibit.file)
    except FileNotFoundError:
        return f"{exhibit.file} is gone"
    except OSError as error:
        return f"{exhibit.file} can't be read: {error.strerror or error}"
    if hashlib.sha256(data).hexdigest() != exhibit.sha256:
        return f"{exhibit.file} was changed"
    return ""
