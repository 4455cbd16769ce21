"""What of one resource stands in the sink: kept true by whole lists, and between them by a watch's events."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsconsole.cluster.objects.codec import Codec, Page, WatchEvent
    from opsconsole.feeds.protocol import Sink
    from opsconsole.records import AnyRecord

_NAMELESS = "(no name, "

MAX_UNREAD = 10_000
"""Objects that could not be read and are counted; a server of another kind altogether may send them without end."""


class Mirror:
    """Puts one resource's objects into a sink, and takes away those that are gone.

    Args:
        codec: decodes the objects.
        stopping: once it is set, a list that is half through is left where it is.
    """

    def __init__(self, codec: Codec, stopping: threading.Event) -> None:
        self.empty = False
        """Whether nothing of the resource is there."""
        self.version = ""
        """The resource version up to which the sink is true; empty: it must be listed anew."""
        self.newest_version = ""
        """The newest resource version that was seen: a list must not be older."""
        self._codec = codec
        self._resource = codec.resource
        self._stopping = stopping
        self._keys: dict[str, None] = {}  # a set of ten thousand takes two and a half times as much
        self._unread: set[str] = set()

    @property
    def unread(self) -> int:
        """How many objects are there and could not be read."""
        return len(self._unread)

    def painted(self, keys: set[str]) -> None:
        """Know rows that something else has put into the sink: the next list takes away what it lacks of them."""
        self._keys.update(dict.fromkeys(keys))

    def take_list(self, sink: Sink, listed: Iterator[Page]) -> str:
        """Put what a whole list holds, take away what it lacks; return its version, empty if it was left half through.

        Raises:
            ClusterError: the list broke off; what came of it stays.
        """
        seen: dict[str, None] = {}
        gathered: list[AnyRecord] = []
        unread: set[str] = set()
        version = ""
        for page in listed:
            if self._stopping.is_set():
                return ""
            version = page.resource_version
            unread.update(key or f"{_NAMELESS}{len(unread)})" for key in page.unread)
            if self._resource.newest:
                gathered += page.records
                gathered = self._newest(gathered) if len(gathered) > 2 * self._resource.newest else gathered
            else:
                # Known from now on, though the list may yet break off: the next whole one takes away what it lacks.
                self._put(page.records, sink)
                seen.update((record.key, None) for record in page.records)
        sink.put(self._resource.kind, self._newest(gathered))
        self.empty = not (seen or gathered or unread)
        # There, though it can't be read: not gone. One without a name may be any of those that were known.
        nameless = any(key.startswith(_NAMELESS) for key in unread)
        seen.update(dict.fromkeys(self._keys if nameless else self._keys.keys() & unread))
        sink.drop(self._resource.kind, self._keys.keys() - seen.keys())
        self._keys, self._unread = seen, unread
        self.newest_version = version
        return version

    def take_events(self, sink: Sink, lines: list[bytes]) -> None:
        """Put what some lines of a watch say into the sink."""
        kind = self._resource.kind
        records: list[AnyRecord] = []
        try:
            for line in lines:
                seen = self._codec.event(line)
                self.version = seen.resource_version or self.version
                if seen.unread is not None:
                    self._note_unread(seen)
                if seen.record is None:
                    continue
                self._unread.discard(seen.record.key)
                if seen.type == "DELETED":
                    self._put(records, sink)
                    records = []
                    self._keys.pop(seen.record.key, None)
                    self.empty = not self._keys
                    sink.drop(kind, [seen.record.key])
                else:
                    records.append(seen.record)
        finally:
            self._put(records, sink)
            self.newest_version = self.version

    def _newest(self, records: list[AnyRecord]) -> list[AnyRecord]:
        """Keep the newest of a kind that only grows, in the order of time: the store forgets the oldest first."""
        records.sort(key=lambda record: getattr(record, "last", None) or 0.0)
        return records[-self._resource.newest :]

    def _note_unread(self, seen: WatchEvent) -> None:
        """An object changed into what can't be read: the row that there is stays, and is counted as unread."""
        key = seen.unread or f"{_NAMELESS}{len(self._unread)})"
        if seen.type == "DELETED":
            self._unread.discard(key)
        elif len(self._unread) < MAX_UNREAD:
            self._unread.add(key)

    def _put(self, records: list[AnyRecord], sink: Sink) -> None:
        sink.put(self._resource.kind, records)
        self.empty = self.empty and not records
        if not self._resource.newest:
            self._keys.update((record.key, None) for record in records)
