"""The single lines around the panes: header, alarm banner, the panes' states, the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from opsconsole.ui.drawing.linewidget import LineWidget
from opsconsole.ui.drawing.spans import Span, StyledLine, fit, line, width_of
from opsconsole.ui.text.wrap import wrap_words


class Bar(LineWidget):
    """One line that a function makes; what does not fit is left out, from the least important on.

    Args:
        make: returns parts, each with its importance (0 always stays); parts of one importance stay or go together.
        row: style laid under the whole line.
        squeeze: cut the widest of the parts that stay, not the last: there the key to press may stand.
    """

    what = "bar"

    def __init__(
        self,
        id: str,  # noqa: A002 - Textual's name
        make: Callable[[], Iterable[tuple[int, Span]]],
        row: str = "",
        *,
        squeeze: bool = False,
    ) -> None:
        super().__init__(id=id, classes="one-line")
        self._make = make
        self._row = row
        self._squeeze = squeeze

    def lines(self, width: int, _height: int) -> Sequence[StyledLine]:
        """Return the line."""
        parts = list(self._make())
        while len(parts) > 1 and sum(width_of(text) for _, (text, _) in parts) > width:
            least = max(importance for importance, _ in parts)
            if least == 0:
                break
            parts = [part for part in parts if part[0] < least]
        spans = [span for _, span in parts]
        return [line(*(_squeezed(spans, width) if self._squeeze else spans), row=self._row)]


def _squeezed(spans: list[Span], width: int) -> list[Span]:
    over = sum(width_of(text) for text, _ in spans) - width
    if over > 0:
        at = max(range(len(spans)), key=lambda number: width_of(spans[number][0]))
        text, style = spans[at]
        spans[at] = fit(text, max(width_of(text) - over, 1)), style
    return spans


class BarNote(LineWidget):
    """A sentence that may take several lines, broken between words; no line at all where there is none.

    Args:
        make: the sentence and its style, or ``None``.
        most: lines that it may take; what is left over is cut.
    """

    what = "note"

    def __init__(self, id: str, make: Callable[[], Span | None], most: int) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._make = make
        self._most = most
        self._height = 0

    def lines(self, width: int, _height: int) -> Sequence[StyledLine]:
        """Return the sentence in lines of ``width`` cells."""
        note = self._make()
        if note is None:
            return []
        rows = wrap_words(line((f" {note[0]} ", note[1])), width, hang=1)
        return [StyledLine(row.spans, note[1]) for row in rows[: self._most]]

    def sync(self) -> None:
        """Take as many lines as there are now, and repaint what has changed."""
        wanted = len(self.lines(self.app.size.width, 0))
        self.set_class(wanted > 0, "on")
        if wanted and self._height != wanted:
            self.styles.height = self._height = wanted
        super().sync()
