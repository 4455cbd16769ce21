"""Long text: a bounded number of lines, the part of it that is seen, and what is searched in it. Pure.

Lines are wrapped only where they are seen, so that a log of any length costs no more than a screenful.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from itertools import islice

from opsconsole.ui.drawing.spans import StyledLine, plain
from opsconsole.ui.text.filter import LONGEST
from opsconsole.ui.text.wrap import mark, shift, wrap, wrap_words

KEPT = 20_000
"""Lines kept of one text; of a log that is longer the oldest go first, and the title says how many."""

KEPT_CHARACTERS = 32 << 20
"""Characters kept of one text: of lines that are long, as a runtime lets them be, twenty thousand are 320 MB."""

SIDEWAYS = 8


class TextBuffer:
    """Lines, a place in them, and a search.

    Args:
        kept: lines kept; the oldest go first.
        wrapped: whether long lines continue on the next row.
        follow: whether the end stays in view as lines come.
        words: whether lines are wrapped between words, as prose wants it; logs and manifests are cut where they end.
    """

    def __init__(self, kept: int = KEPT, *, wrapped: bool = True, follow: bool = False, words: bool = False) -> None:
        self.lines: deque[StyledLine] = deque()
        self.dropped = 0
        self._kept = kept
        self._characters = 0
        self.wrapped = wrapped
        self.follow = follow
        self._wrap = wrap_words if words else wrap
        self.width, self.height = 80, 24
        self.top, self.row, self.left = 0, 0, 0
        self.wanted: re.Pattern[str] | None = None
        self.searched = ""
        self.problem = ""
        self.match: int | None = None

    # --- content ---------------------------------------------------------------------------------------------------

    def extend(self, lines: Iterable[StyledLine]) -> None:
        """Add lines at the end. Whoever is reading further up stays where he is."""
        dropped = 0
        for each in lines:
            self.lines.append(each)
            self._characters += _length(each)
            while len(self.lines) > self._kept or (self._characters > KEPT_CHARACTERS and len(self.lines) > 1):
                self._characters -= _length(self.lines.popleft())
                dropped += 1
        if dropped:
            self.dropped += dropped
            self.top = max(self.top - dropped, 0)
            self.match = None if self.match is None or self.match < dropped else self.match - dropped
        if self.follow:
            self.end()

    def replace(self, lines: Iterable[StyledLine]) -> None:
        """Show other lines, from about the same place."""
        self.lines = deque(lines, self._kept)
        self._characters = sum(map(_length, self.lines))
        self._clamp()

    # --- the visible part ------------------------------------------------------------------------------------------

    def visible(self, width: int, height: int) -> list[StyledLine]:
        """Return the rows that are seen in a window of this size."""
        if (width, height) != (self.width, self.height):
            self.width, self.height = max(width, 1), max(height, 1)
            self.row = 0
            if self.follow:
                self.end()
            self._clamp()
        rows: list[StyledLine] = []
        for number, content in enumerate(islice(self.lines, self.top, self.top + self.height), self.top):
            rows += self._rows(self._marked(number, content))
            if len(rows) >= self.height + self.row:
                break
        return rows[self.row : self.row + self.height]

    def _rows(self, content: StyledLine) -> list[StyledLine]:
        return self._wrap(content, self.width) if self.wrapped else [shift(content, self.left)]

    def _marked(self, number: int, content: StyledLine) -> StyledLine:
        if self.wanted is None:
            return content
        content = mark(content, self.wanted)
        return content._replace(row="cursor") if number == self.match else content

    def _height_of(self, number: int) -> int:
        return len(self._rows(self.lines[number]))

    # --- moving ----------------------------------------------------------------------------------------------------

    def scroll(self, by: int) -> None:
        """Move by rows of the screen. Moving up lets go of the end."""
        if by < 0:
            self.follow = False
        for _ in range(abs(by) if self.lines else 0):
            if not (self._down() if by > 0 else self._up()):
                break
        self._clamp()

    def page(self, by: int) -> None:
        """Move by screenfuls."""
        self.scroll(by * max(self.height - 1, 1))

    def sideways(self, by: int) -> None:
        """Move to the side, where lines are not wrapped."""
        if not self.wrapped:
            self.left = max(self.left + by * SIDEWAYS, 0)

    def home(self) -> None:
        """Go to the first line."""
        self.follow = False
        self.top = self.row = self.left = 0

    def end(self) -> None:
        """Go to the last line."""
        self.top, self.row = self._last_place()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.wrapped = not self.wrapped
        self.row = self.left = 0
        self._clamp()

    def toggle_follow(self) -> None:
        """Stay at the end as lines come, or stay here."""
        self.follow = not self.follow
        if self.follow:
            self.end()

    def _down(self) -> bool:
        if self.row + 1 < self._height_of(self.top):
            self.row += 1
        elif self.top + 1 < len(self.lines):
            self.top, self.row = self.top + 1, 0
        else:
            return False
        return (self.top, self.row) < self._last_place()

    def _up(self) -> bool:
        if self.row:
            self.row -= 1
        elif self.top:
            self.top -= 1
            self.row = self._height_of(self.top) - 1
        else:
            return False
        return True

    def _last_place(self) -> tuple[int, int]:
        """Return the line and row at the top of the window when the end of the text is at its bottom."""
        room = self.height
        for number in range(len(self.lines) - 1, -1, -1):
            size = self._height_of(number)
            if size >= room:
                return number, size - room
            room -= size
        return 0, 0

    def _clamp(self) -> None:
        if not self.lines:
            self.top = self.row = 0
            return
        self.top = min(self.top, len(self.lines) - 1)
        self.top, self.row = min((self.top, self.row), self._last_place())

    # --- searching -------------------------------------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Look for ``text`` (a regular expression if it is one) and go to the first match from here on."""
        self.searched, self.problem, self.match = text[:LONGEST], "", None
        self.wanted = None
        if not text:
            return
        try:
            self.wanted = re.compile(self.searched, re.IGNORECASE)
        except (re.error, RecursionError, OverflowError) as error:
            self.problem = f"not a regular expression ({error}): taken as plain text"
            self.wanted = re.compile(re.escape(self.searched), re.IGNORECASE)
        self.next_match(1, from_line=self.top)

    def next_match(self, by: int, from_line: int | None = None) -> bool:
        """Go to the next match (``by`` 1) or the one before (-1), round the end; false if there is none."""
        if self.wanted is None or not self.lines:
            return False
        count = len(self.lines)
        start = from_line if from_line is not None else (self.top if self.match is None else self.match) + by
        lines = list(self.lines)
        for step in range(count):
            number = (start + step * by) % count
            if self.wanted.search(plain(lines[number])):
                self.match, self.follow = number, False
                self._show(number)
                return True
        self.match = None
        return False

    def _show(self, number: int) -> None:
        last = self.top + max(self.height - 2, 0)
        if not self.top <= number <= last:
            self.top, self.row = max(number - self.height // 3, 0), 0
        self._clamp()


def _length(content: StyledLine) -> int:
    return sum(len(text) for text, _ in content.spans)
