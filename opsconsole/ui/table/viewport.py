"""Which part of a table is seen and which row the cursor is on. Pure.

The cursor belongs to a row, not to a line: when rows come, go or change places, it stays with its row and the row stays
on its line of the screen, so that Enter opens what was looked at. Only on the first line, untouched, it sticks to the
top and new rows push in under it.
"""

from __future__ import annotations

from typing import Any

from opsconsole.ui.table.model import TableModel


class Viewport:
    """The visible window over a model and the cursor in it."""

    def __init__(self, model: TableModel[Any]) -> None:
        self._model = model
        self._key: str | None = None
        self.index = 0
        self.top = 0
        self.height = 1

    @property
    def at_home(self) -> bool:
        """Whether the cursor sticks to the top."""
        return self._key is None

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor; ``None`` if there are no rows."""
        return self._model.key_at(self.index)

    def resize(self, height: int) -> None:
        """Show ``height`` rows."""
        self.height = max(height, 1)
        self.settle()

    def settle(self) -> None:
        """Follow the cursor's row to where it is now; a row that is gone leaves the cursor on its neighbour."""
        rows = len(self._model)
        if self._key is None or not rows:
            self._key, self.index, self.top = None, 0, 0
            return
        found = self._model.index_of(self._key)
        if found is None:
            self.index = min(self.index, rows - 1)
            self._key = self._model.key_at(self.index)
        else:
            self.top += found - self.index
            self.index = found
        self._reveal(rows)

    def move(self, by: int) -> None:
        """Move the cursor ``by`` rows; it stops at the ends."""
        self.go(self.index + by)

    def go(self, index: int) -> None:
        """Put the cursor on row ``index``, or the nearest there is."""
        rows = len(self._model)
        if not rows:
            return
        self.index = min(max(index, 0), rows - 1)
        self._key = self._model.key_at(self.index)
        self._reveal(rows)

    def page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.move(by * max(self.height - 1, 1))

    def home(self) -> None:
        """Put the cursor on the first row and let it stick there."""
        self._key, self.index, self.top = None, 0, 0

    def find(self, key: str) -> bool:
        """Put the cursor on the row with this key; false if it isn't shown."""
        index = self._model.index_of(key)
        if index is None:
            return False
        self.go(index)
        return True

    def _reveal(self, rows: int) -> None:
        self.top = min(max(self.top, self.index - self.height + 1), self.index)
        self.top = max(min(self.top, rows - self.height), 0)
