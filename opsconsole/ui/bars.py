"""The single lines around the panes: header, alarm banner, the panes' states, the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from opsconsole.ui.linewidget import LineWidget
from opsconsole.ui.spans import Line, Span, line, width_of


class Bar(LineWidget):
    """One line that a function makes; what does not fit is left out whole, from the least important on.

    Args:
        make: returns parts, each with its importance (0 is the most important and always stays).
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
            worst = max(range(len(parts)), key=lambda i: (parts[i][0], i))
            if parts[worst][0] == 0:
                break
            del parts[worst]
        return [line(*(span for _, span in parts), row=self._row)]
