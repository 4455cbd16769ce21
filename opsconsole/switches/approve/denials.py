"""What was denied: it is asked for no more."""

from __future__ import annotations

import threading

from opsconsole.journal.reader import read_entries
from opsconsole.journal.writer import Journal, JournalError

ENTRY = "approval-denied"
"""Kind of the journal's entry; its body has ``id``, ``what`` and ``why``."""


class Denials:
    """Reads the ids of denied requests from the journal, anew when that has grown.

    Args:
        journal: where they are written.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int], frozenset[str]] = ((-1, -1), frozenset())

    def __call__(self) -> frozenset[str]:
        """The ids. A journal that can't be read denies nothing: what is asked for is shown again."""
        try:
            stat = self._journal.path.stat()
            version = (stat.st_size, stat.st_mtime_ns)
            with self._lock:
                if self._read[0] != version:
                    entries = read_entries(self._journal.folder)
                    self._read = (version, frozenset(str(e.body.get("id")) for e in entries if e.kind == ENTRY))
                return self._read[1]
        except (OSError, JournalError):
            return frozenset()

    def deny(self, request: str, what: str, why: str) -> None:
        """Write that a request is denied.

        Raises:
            JournalError: the journal can't be written.
        """
        self._journal.append(ENTRY, {"id": request, "what": what, "why": why})
