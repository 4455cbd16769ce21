"""Which rows a table shows and in what order. Pure: no widget, no terminal, no clock.

Rows are kept as sorted ``(sort key, row key)`` pairs, so that one changed row costs two bisections and a sort after
many changes is nearly free (the list is almost in order already).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from opsconsole.present.panes.spec import Sort

Row = TypeVar("Row")
Entry = tuple[Any, str]
"""A row's sort key and its key: what the lists are sorted by."""

Place = tuple[bool, Any]
"""Whether a row is pinned, and its sort key."""

FEW = 64
"""Up to so many moved rows are bisected in; beyond it one sort of the whole list is cheaper."""

MANY = 3
"""When more than one row in so many has changed, everything is sorted anew."""


class TableModel(Generic[Row]):
    """Rows by key, filtered and sorted, some of them pinned on top whatever the order.

    Args:
        sort: the order to begin with.
        pinned: which rows stay on top; they are filtered as all others.
    """

    def __init__(self, sort: Sort, pinned: Callable[[Row], bool] | None = None) -> None:
        self.records: dict[str, Row] = {}
        self.sort = sort
        self.reverse = sort.reverse
        self._pinned = pinned
        self._accepts: Callable[[Row], bool] | None = None
        self._entries: dict[str, Entry] = {}
        self._pins: set[str] = set()
        self._top: list[Entry] = []
        self._rest: list[Entry] = []

    def __len__(self) -> int:
        return len(self._top) + len(self._rest)

    @property
    def total(self) -> int:
        """Rows before the filter."""
        return len(self.records)

    # --- what changes it -------------------------------------------------------------------------------------------

    def replace(self, records: Mapping[str, Row]) -> None:
        """Show these rows and no others."""
        self.records = dict(records)
        self._rebuild()

    def update(self, changed: Iterable[tuple[str, Row]], gone: Iterable[str] = ()) -> None:
        """Add, replace and remove rows."""
        changed, gone = list(changed), list(gone)
        self.records.update(changed)
        for key in gone:
            self.records.pop(key, None)
        if len(changed) + len(gone) > len(self.records) // MANY:
            self._rebuild()
            return
        moved = {key: place for key, record in changed if self._differs(key, place := self._place_of(record))}
        moved |= dict.fromkeys((key for key in gone if key in self._entries), None)
        if len(moved) <= FEW:
            for key, place in moved.items():
                self._move(key, place)
        else:
            self._move_many(moved)

    def order(self, sort: Sort) -> None:
        """Sort by ``sort``, in its own direction."""
        self.sort = sort
        self.reverse = sort.reverse
        self._sort_anew()

    def turn(self) -> None:
        """Reverse the order; pinned rows stay on top."""
        self.reverse = not self.reverse

    def restrict(self, accepts: Callable[[Row], bool] | None) -> None:
        """Show only rows that ``accepts`` says yes to; ``None``: all."""
        self._accepts = accepts
        self._rebuild()

    # --- what is seen of it ----------------------------------------------------------------------------------------

    def key_at(self, index: int) -> str | None:
        """Return the key of the row that is shown at ``index``; ``None`` outside."""
        if not 0 <= index < len(self):
            return None
        return self._entry(index)[1]

    def index_of(self, key: str) -> int | None:
        """Return where the row is shown; ``None`` if it isn't."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        on_top = key in self._pins
        entries = self._top if on_top else self._rest
        index = bisect_left(entries, entry)
        if self.reverse:
            index = len(entries) - 1 - index
        return index if on_top else index + len(self._top)

    def window(self, start: int, stop: int) -> list[tuple[str, Row]]:
        """Return the rows shown from ``start`` up to ``stop``, with their keys."""
        keys = [self._entry(index)[1] for index in range(max(start, 0), min(stop, len(self)))]
        return [(key, self.records[key]) for key in keys]

    def _entry(self, index: int) -> Entry:
        entries = self._top
        if index >= len(entries):
            index -= len(entries)
            entries = self._rest
        return entries[-1 - index] if self.reverse else entries[index]

    # --- keeping order ---------------------------------------------------------------------------------------------

    def _place_of(self, record: Row) -> Place | None:
        if self._accepts is not None and not self._accepts(record):
            return None
        return self._pinned is not None and self._pinned(record), self.sort.key(record)

    def _differs(self, key: str, place: Place | None) -> bool:
        entry = self._entries.get(key)
        return place != (None if entry is None else (key in self._pins, entry[0]))

    def _move(self, key: str, place: Place | None) -> None:
        self._forget(key)
        if place is not None:
            insort(self._top if place[0] else self._rest, self._learn(key, place))

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            entries = self._top if key in self._pins else self._rest
            del entries[bisect_left(entries, entry)]
            self._pins.discard(key)

    def _learn(self, key: str, place: Place) -> Entry:
        entry = self._entries[key] = (place[1], key)
        if place[0]:
            self._pins.add(key)
        return entry

    def _move_many(self, moved: Mapping[str, Place | None]) -> None:
        self._top = [entry for entry in self._top if entry[1] not in moved]
        self._rest = [entry for entry in self._rest if entry[1] not in moved]
        self._pins.difference_update(moved)
        for key, place in moved.items():
            self._entries.pop(key, None)
            if place is not None:
                (self._top if place[0] else self._rest).append(self._learn(key, place))
        self._top.sort()
        self._rest.sort()

    def _rebuild(self) -> None:
        accepts, pinned = self._accepts, self._pinned
        shown = self.records.items() if accepts is None else [kv for kv in self.records.items() if accepts(kv[1])]
        self._pins = set() if pinned is None else {key for key, record in shown if pinned(record)}
        self._entries = dict.fromkeys((key for key, _ in shown), (None, ""))
        self._sort_anew()

    def _sort_anew(self) -> None:
        """Sort the rows that are shown; which those are, and which are pinned, is as before."""
        records, sort_key, pins = self.records, self.sort.key, self._pins
        entries = [(sort_key(records[key]), key) for key in self._entries]
        entries.sort()
        self._entries = {entry[1]: entry for entry in entries}
        self._top = [entry for entry in entries if entry[1] in pins]
        self._rest = [entry for entry in entries if entry[1] not in pins] if pins else entries
