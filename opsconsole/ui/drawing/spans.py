"""Lines as data: a line is spans of text with a style's name. The one place where text becomes terminal cells.

No markup is ever parsed: a span becomes a :class:`rich.segment.Segment` as it is. Text was cleaned at the feed's door;
it is cleaned once more here, so that nothing reaches the terminal raw even if a feed or a plugin forgot to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from opsconsole.text import clean_line
from opsconsole.ui.drawing.palette import Palette

Span: TypeAlias = tuple[str, str]
"""Text and the name of its style."""


class StyledLine(NamedTuple):
    """Spans from left to right; ``row`` is a style laid over the whole line, such as the cursor's."""

    spans: tuple[Span, ...] = ()
    row: str = ""


EMPTY = StyledLine()


def line(*spans: Span | str, row: str = "") -> StyledLine:
    """Make a line of spans; a bare string is a span in the plain style."""
    return StyledLine(tuple((span, "") if isinstance(span, str) else span for span in spans), row)


def width_of(text: str) -> int:
    """Return how many cells ``text`` takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, *, right: bool = False, more: str = "~") -> str:
    """Return ``text`` cleaned and in exactly ``width`` cells, cut with ``more`` or padded."""
    if width <= 0:
        return ""
    text = clean_line(text)
    size = width_of(text)
    if size > width:
        return set_cell_size(text, width - 1) + more
    padding = " " * (width - size)
    return padding + text if right else text + padding


TAIL = 7
"""Cells kept of a name's end when it is cut in the middle: a dash, a pod's random suffix, one to spare."""


def fit_name(text: str, width: int, more: str = "~") -> str:
    """Like :func:`fit`, but cut in the middle: pods of one owner differ in their last letters."""
    text = clean_line(text)
    if width <= 2 * TAIL or width_of(text) <= width:
        return fit(text, width, more=more)
    tail = set_cell_size(text[-TAIL:], TAIL).rstrip()
    return fit(set_cell_size(text, width - width_of(tail) - 1) + more + tail, width, more=more)


def strip_of(content: StyledLine, width: int, palette: Palette) -> Strip:
    """Draw a line into exactly ``width`` cells."""
    segments: list[Segment] = []
    left = width
    for raw, style in content.spans:
        if left <= 0:
            break
        text = clean_line(raw)
        size = width_of(text)
        if size > left:
            text = set_cell_size(text, left)
            size = left
        _add(segments, text, palette[f"{style} {content.row}" if content.row else style])
        left -= size
    if left > 0:
        _add(segments, " " * left, palette[content.row])
    return Strip(segments, width)


def _add(segments: list[Segment], text: str, style: Style) -> None:
    """Add text; next to text of the same style it is one segment, for each costs its bytes on the line."""
    if segments and segments[-1].style is style:
        segments[-1] = Segment(segments[-1].text + text, style)
    elif text:
        segments.append(Segment(text, style))


def plain(content: StyledLine) -> str:
    """Return a line's text alone."""
    return "".join(text for text, _ in content.spans)


def changed_columns(before: StyledLine, after: StyledLine) -> tuple[int, int] | None:
    """Return the cells ``(first, past the last)`` in which two lines differ; ``None`` if they are the same.

    Spans keep their widths from paint to paint (cells are padded), so the first and the last span that differ bound
    the change; a line whose shape changed counts from the first difference to the end.
    """
    if before == after:
        return None
    if before.row != after.row or len(before.spans) != len(after.spans):
        return 0, 1 << 16
    return _bounds(before.spans, after.spans)


def _bounds(before: Sequence[Span], after: Sequence[Span]) -> tuple[int, int]:
    x, first, last, shifted = 0, -1, 0, False
    for old, new in zip(before, after, strict=True):
        size = width_of(new[0])
        if old != new:
            first = x if first < 0 else first
            last = x + size
            shifted = shifted or width_of(old[0]) != size
        x += size
    return max(first, 0), 1 << 16 if shifted else last
