"""The single lines around the panes: header, alarm banner, the panes' states, the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from opsconsole.ui.linewidget import LineWidget
from opsconsole.ui.spans import Line, Span, line, width_of


class Bar(LineWidget):
    """One line that a function makes; what does not fit is left out, from the least important on.

    Args:
        make: returns parts, each with its importance (0 always stays); parts of one importance stay or go together.
        row: style laid under the whole line.
    """

    what = "bar"

    def __init__(self, id: str, make: Callable[[], Iterable[tuple[int, Span]]], row: str = "") -> None:  # noqa: A002
        super().__init__(id=id, classes="one-line")
        self._make = make
        self._row = row

    def lines(self, width: int, _height: int) -> Sequence[Line]:
        """Return the line."""
        parts = list(self._make())
        while len(parts) > 1 and sum(width_of(text) for _, (text, _) in parts) > width:
            least = max(importance for importance, _ in parts)
            if least == 0:
                break
            parts = [part for part in parts if part[0] < least]
        return [line(*(span for _, span in parts), row=self._row)]
