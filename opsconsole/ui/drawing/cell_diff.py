"""Sends to the terminal the cells that changed, and no others.

Textual's own partial update sends each changed line from the widget's left edge up to the changed cell. This one begins
at the cell, which halves the bytes of a live table: they may have to go over a thin SSH line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.control import Control
from textual._compositor import ChopsUpdate, Compositor

if TYPE_CHECKING:
    from rich.console import Console


class CellUpdate(ChopsUpdate):
    """Sends exactly the spans that changed."""

    def render_segments(self, console: Console) -> str:
        """Return the bytes for the terminal: for each span a cursor movement and its cells."""
        sequences: list[str] = []
        for y, first, last in self.spans:
            for end, (start, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(start, first), min(end, last)
                if strip is None or left >= right:
                    continue
                cells = strip if (left, right) == (start, end) else strip.crop(left - start, right - start)
                sequences += (Control.move_to(left, y).segment.text, cells.render(console))
        return "".join(sequences)


class CellCompositor(Compositor):
    """Textual's compositor with our partial update."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return the update of what is dirty; ``None`` if nothing is."""
        update = super().render_partial_update()
        return None if update is None else CellUpdate(update.chops, update.spans, update.chop_ends)
