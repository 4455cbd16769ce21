"""The journal as the gate uses it: what was begun goes on though an entry can't be written just now."""

from __future__ import annotations

import threading

from opsconsole.journal.entry import JournalEntry
from opsconsole.journal.writer import NOTHING, Journal, JournalError
from opsconsole.records import JsonObject


class GateJournal:
    """The journal as the gate uses it: what could not be written is kept, and written as soon as that works again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._late: list[tuple[str, JsonObject, JsonObject]] = []
        self.trouble = ""

    def must(self, kind: str, body: JsonObject, masked: JsonObject = NOTHING) -> JournalEntry:
        """Write an entry that an effect waits for, or raise :class:`JournalError` and keep nothing."""
        with self._lock:
            self._catch_up()
            return self._journal.append(kind, body, masked, head_follows=True)

    def may(self, kind: str, body: JsonObject, masked: JsonObject = NOTHING) -> JournalEntry | None:
        """Write an entry; keep it for later (and return ``None``) if that fails: what was begun has to go on."""
        with self._lock:
            try:
                self._catch_up()
                entry = self._journal.append(kind, body, masked)
            except JournalError as error:
                self.trouble = str(error)
                self._late.append((kind, body | {"late": True}, masked))
                return None
            self.trouble = ""
            return entry

    def _catch_up(self) -> None:
        while self._late:
            self._journal.append(*self._late[0])
            self._late.pop(0)
