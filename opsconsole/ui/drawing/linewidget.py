"""The base of every widget here: lines in, changed cells out.

``lines()`` says what the widget shows now; :meth:`LineWidget.sync` compares it with what is on the screen and asks for
a repaint of the cells that differ and of nothing else (a bare ``refresh()`` would resend the whole widget).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.geometry import Region
from textual.widget import Widget

from opsconsole.files.faults import record_fault
from opsconsole.ui.drawing.handler_guard import Guarded
from opsconsole.ui.drawing.palette import PALETTES, Palette
from opsconsole.ui.drawing.spans import EMPTY, StyledLine, changed_columns, line, strip_of

if TYPE_CHECKING:
    from textual.events import Resize
    from textual.strip import Strip


class LineWidget(Guarded, Widget):
    """A widget made of lines. What goes wrong in one is shown in its place and does not end the app."""

    ALLOW_SELECT: ClassVar[bool] = False
    what = "part of the screen"
    """What this widget is called when it fails."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes, markup=False)
        self._shown: list[StyledLine] = []
        self._failed = ""

    def lines(self, width: int, height: int) -> Sequence[StyledLine]:
        """Return what is to be seen now, at most ``height`` lines of ``width`` cells."""
        raise NotImplementedError

    @property
    def palette(self) -> Palette:
        """The styles of the theme in use."""
        return cast("Palette", getattr(self.app, "palette", PALETTES["ansi"]))

    def sync(self) -> None:
        """Repaint the cells that have changed since the last paint."""
        width, height = self.size
        if not width or not height or not self.is_mounted:
            return
        before, self._shown = self._shown, self._safe_lines(width, height)
        regions = []
        for y in range(height):
            columns = changed_columns(_at(before, y), _at(self._shown, y))
            if columns is not None:
                first, last = columns[0], min(columns[1], width)
                if first < last:
                    regions.append(Region(first, y, last - first, 1))
        if regions:
            self.refresh(*regions)

    def repaint(self) -> None:
        """Draw everything anew: after a resize or a change of theme."""
        self._shown = self._safe_lines(*self.size)
        self.refresh()

    def on_resize(self, _event: Resize) -> None:
        """Fit the lines to the new size."""
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the last :meth:`sync`."""
        if not self._shown:
            self._shown = self._safe_lines(*self.size)
        try:
            return strip_of(_at(self._shown, y), self.size.width, self.palette)
        except Exception as error:  # noqa: BLE001 - as in lines(): one bad cell must not end the console
            return strip_of(self._say_failed(error), self.size.width, self.palette)

    def _safe_lines(self, width: int, height: int) -> list[StyledLine]:
        try:
            shown = list(self.lines(width, height))[:height]
        except Exception as error:  # noqa: BLE001 - a pane that can't draw must not end the console
            return [self._say_failed(error)]
        self._failed = ""
        return shown

    def _say_failed(self, error: Exception) -> StyledLine:
        words = f"this {self.what} failed: {type(error).__name__}: {error}"
        if words != self._failed:
            self._failed = words
            log_failure(words, error)
        return line((words, "bad"))


def _at(lines: Sequence[StyledLine], y: int) -> StyledLine:
    return lines[y] if y < len(lines) else EMPTY


def log_failure(words: str, error: BaseException) -> None:
    """Log what went wrong on the screen, with its traceback: it is a defect and must not be lost."""
    record_fault(words, error)
