"""The widget that shows long text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.ui.drawing.linewidget import LineWidget
from opsconsole.ui.drawing.spans import StyledLine
from opsconsole.ui.text.buffer import TextBuffer

if TYPE_CHECKING:
    from textual.events import MouseScrollDown, MouseScrollUp

WHEEL = 3


class TextView(LineWidget):
    """Shows the visible part of a buffer."""

    what = "text"

    def __init__(self, buffer: TextBuffer) -> None:
        super().__init__(id="text")
        self.buffer = buffer

    def lines(self, width: int, height: int) -> Sequence[StyledLine]:
        """Return the visible rows."""
        return self.buffer.visible(width, height)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down."""
        event.stop()
        self.buffer.scroll(WHEEL)
        self.sync()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up."""
        event.stop()
        self.buffer.scroll(-WHEEL)
        self.sync()
