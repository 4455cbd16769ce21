"""What a file and the webhook share: events in, each once, what can't be read counted."""

from __future__ import annotations

import threading
from collections import OrderedDict

from opsconsole.feeds.protocol import Sink
from opsconsole.records import Kind
from opsconsole.writers.audit.event import NoAuditEvent, parse

KEPT_IDS = 20_000
"""Ids of events that are remembered, so that a line read twice or sent again counts once."""


class AuditIntake:
    """Parses events and hands the writes on. May be called from any thread.

    Args:
        sink: takes the writes.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.read = 0
        """Events that were understood, reads and questions among them."""
        self.unread = 0
        """Pieces that were no event."""

    def take(self, text: str | bytes) -> bool:
        """Take one event in; false if it is none."""
        try:
            write = parse(text)
        except NoAuditEvent:
            return False
        with self._lock:
            self.read += 1
            if write is None or (write.id and write.id in self._seen):
                return True
            self._seen[write.id] = None
            if len(self._seen) > KEPT_IDS:
                self._seen.popitem(last=False)
        self._sink.put(Kind.AUDIT, [write])
        return True

    def lost(self) -> None:
        """Count a piece that was no event."""
        with self._lock:
            self.unread += 1
