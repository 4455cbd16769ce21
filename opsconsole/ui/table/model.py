"""Which rows a table shows and in what order. Pure: no widget, no terminal, no clock.

Rows are kept as sorted ``(sort key, row key)`` pairs, so that one changed row costs two bisections and a sort after
many changes is nearly free (the list is almost in order already).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

Row = TypeVar("Row")
Entry = tuple[Any, str]

FEW = 64
"""Up to so many moved rows are bisected in; beyond it one sort of the whole list is cheaper."""

MANY = 3
"""When more than one row in so many has changed, everything is sorted anew."""


class Sort(NamedTuple):
    """One order of rows. ``key`` must return values that compare with each other for every row.

    A number or a string sorts several times faster than a tuple; rows of the same value are in the order of their keys.
    """

    name: str
    key: Callable[[Any], Any]
    reverse: bool = False


class TableModel(Generic[Row]):
    """Rows by key, filtered and sorted, some of them pinned on top whatever the order.

    Args:
        sort: the order to begin with.
        pinned: which rows stay on top; they are filtered as all others.
    """

    def __init__(self, sort: Sort, pinned: Callable[[Row], bool] = lambda _: False) -> None:
        self.records: dict[str, Row] = {}
        self.sort = sort
        self.reverse = sort.reverse
        self._pinned = pinned
        self._accepts: Callable[[Row], bool] | None = None
        self._place: dict[str, tuple[bool, Any]] = {}
        self._top: list[Entry] = []
        self._rest: list[Entry] = []

    def __len__(self) -> int:
        return len(self._top) + len(self._rest)

    @property
    def total(self) -> int:
        """Rows before the filter."""
        return len(self.records)

    @property
    def pinned_rows(self) -> int:
        """Rows shown that are pinned."""
        return len(self._top)

    def replace(self, records: Mapping[str, Row]) -> None:
        """Show these rows and no others."""
        self.records = dict(records)
        self._rebuild()

    def update(self, changed: Iterable[tuple[str, Row]], gone: Iterable[str] = ()) -> None:
        """Add, replace and remove rows."""
        changed, gone = list(changed), list(gone)
        if len(changed) + len(gone) > len(self.records) // MANY:
            self.records.update(changed)
            for key in gone:
                self.records.pop(key, None)
            self._rebuild()
            return
        moved: list[tuple[str, tuple[bool, Any] | None]] = []
        for key, record in changed:
            self.records[key] = record
            place = self._place_of(record)
            if self._place.get(key) != place:
                moved.append((key, place))
        for key in gone:
            self.records.pop(key, None)
            if key in self._place:
                moved.append((key, None))
        if len(moved) <= FEW:
            for key, place in moved:
                self._move(key, place)
        else:
            self._move_many(dict(moved))

    def order(self, sort: Sort, *, reverse: bool | None = None) -> None:
        """Sort by ``sort``, in its own direction or the one given."""
        self.sort = sort
        self.reverse = sort.reverse if reverse is None else reverse
        self._rebuild()

    def turn(self) -> None:
        """Reverse the order; pinned rows stay on top."""
        self.reverse = not self.reverse

    def restrict(self, accepts: Callable[[Row], bool] | None) -> None:
        """Show only rows that ``accepts`` says yes to; ``None``: all."""
        self._accepts = accepts
        self._rebuild()

    def repin(self, pinned: Callable[[Row], bool]) -> None:
        """Pin other rows."""
        self._pinned = pinned
        self._rebuild()

    def key_at(self, index: int) -> str | None:
        """Return the key of the row that is shown at ``index``; ``None`` outside."""
        if not 0 <= index < len(self):
            return None
        return self._entry(index)[1]

    def index_of(self, key: str) -> int | None:
        """Return where the row is shown; ``None`` if it isn't."""
        place = self._place.get(key)
        if place is None:
            return None
        on_top, sort_key = place
        entries = self._top if on_top else self._rest
        index = bisect_left(entries, (sort_key, key))
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

    def _place_of(self, record: Row) -> tuple[bool, Any] | None:
        if self._accepts is not None and not self._accepts(record):
            return None
        return self._pinned(record), self.sort.key(record)

    def _move(self, key: str, place: tuple[bool, Any] | None) -> None:
        before = self._place.pop(key, None)
        if before is not None:
            entries = self._top if before[0] else self._rest
            del entries[bisect_left(entries, (before[1], key))]
        if place is not None:
            self._place[key] = place
            insort(self._top if place[0] else self._rest, (place[1], key))

    def _move_many(self, moved: dict[str, tuple[bool, Any] | None]) -> None:
        self._top = [entry for entry in self._top if entry[1] not in moved]
        self._rest = [entry for entry in self._rest if entry[1] not in moved]
        for key, place in moved.items():
            self._place.pop(key, None)
            if place is not None:
                self._place[key] = place
                (self._top if place[0] else self._rest).append((place[1], key))
        self._top.sort()
        self._rest.sort()

    def _rebuild(self) -> None:
        accepts, pinned, sort_key = self._accepts, self._pinned, self.sort.key
        place: dict[str, tuple[bool, Any]] = {}
        top: list[Entry] = []
        rest: list[Entry] = []
        for key, record in self.records.items():
            if accepts is not None and not accepts(record):
                continue
            entry = (sort_key(record), key)
            on_top = pinned(record)
            (top if on_top else rest).append(entry)
            place[key] = (on_top, entry[0])
        top.sort()
        rest.sort()
        self._top, self._rest, self._place = top, rest, place
