"""Cutting lines to a width, and marking matches in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import chop_cells

from opsconsole.text import clean
from opsconsole.ui.drawing.spans import Span, StyledLine, plain, width_of

TAB = 4


def split_lines(text: str) -> list[str]:
    """Return the lines of ``text``, cleaned, with tabs spread out to cells."""
    return [line.expandtabs(TAB) for line in clean(text, len(text)).split("\n")]


def wrap(content: StyledLine, width: int) -> list[StyledLine]:
    """Return ``content`` in as many lines of at most ``width`` cells as it takes; an empty line is one line."""
    if width <= 0 or sum(width_of(text) for text, _ in content.spans) <= width:
        return [content]
    rows: list[list[Span]] = [[]]
    left = width
    for text, style in content.spans:
        for piece in _pieces(text, left, width):
            if width_of(piece) > left:
                rows.append([])
                left = width
            rows[-1].append((piece, style))
            left -= width_of(piece)
    return [StyledLine(tuple(row), content.row) for row in rows]


def _pieces(text: str, first: int, width: int) -> list[str]:
    """Cut ``text`` so that the first piece fills what is left of the line and each other at most a whole one."""
    if width_of(text) <= first:
        return [text]
    head = chop_cells(text, first)[0] if first > 0 else ""
    rest = text[len(head) :]
    return ([head] if head else []) + (chop_cells(rest, width) if rest else [])


_WORDS = re.compile(r"\s+|\S+")
_WIDEST = 2
"""Cells of the widest character: a piece of a word holds one at least."""


def wrap_words(content: StyledLine, width: int, hang: int | None = None) -> list[StyledLine]:
    """Like :func:`wrap`, but broken between words; a word that is wider than a line is broken all the same.

    Args:
        content: the line.
        width: cells.
        hang: cells by which what follows on further lines is indented; by default what the line itself is, and two
            more, so that it stands out from the next line.
    """
    text = plain(content)
    if width <= 0 or width_of(text) <= width:
        return [content]
    if hang is None:
        hang = len(text) - len(text.lstrip()) + 2
    hang = min(hang, width // 3)
    rows = _rows(text, width, hang)
    return [_slice(content, first, last, hang if number else 0) for number, (first, last) in enumerate(rows)]


def _rows(text: str, width: int, hang: int) -> list[tuple[int, int]]:
    """The characters ``(first, past the last)`` of each row; the blanks at a break belong to none."""
    rows: list[tuple[int, int]] = []
    start = end = used = 0
    room = width
    for match in _WORDS.finditer(text):
        word, at = match.group(), match.start()
        if word.isspace():
            used += width_of(word)
            continue
        if used + width_of(word) > room and text[start:end].strip():
            rows.append((start, end))
            start, used, room = at, 0, width - hang
        elif used + width_of(word) > room and used > room - _WIDEST:  # nothing but blanks so far, too many to keep
            start, used = at, 0
        while used + width_of(word) > room > 0:
            at += len(chop_cells(word, max(room - used, _WIDEST))[0])
            rows.append((start, at))
            word = text[at : match.end()]
            start, used, room = at, 0, width - hang
        used += width_of(word)
        end = at + len(word)
    return [*rows, (start, end)]


def _slice(content: StyledLine, first: int, last: int, indent: int) -> StyledLine:
    spans: list[Span] = [(" " * indent, "")] if indent else []
    at = 0
    for text, style in content.spans:
        piece = text[max(first - at, 0) : max(last - at, 0)]
        if piece:
            spans.append((piece, style))
        at += len(text)
    return StyledLine(tuple(spans), content.row)


def shift(content: StyledLine, by: int) -> StyledLine:
    """Return ``content`` without its first ``by`` cells, for scrolling sideways."""
    if by <= 0:
        return content
    spans: list[Span] = []
    left = by
    for text, style in content.spans:
        size = width_of(text)
        if left >= size:
            left -= size
            continue
        spans.append((text[len(chop_cells(text, left)[0]) :] if left else text, style))
        left = 0
    return StyledLine(tuple(spans), content.row)


def mark(content: StyledLine, wanted: re.Pattern[str], style: str = "match") -> StyledLine:
    """Return ``content`` with every match drawn in ``style``."""
    ranges = [match.span() for match in wanted.finditer(plain(content)) if match.end() > match.start()]
    return _restyle(content, ranges, style) if ranges else content


def _restyle(content: StyledLine, ranges: Sequence[tuple[int, int]], style: str) -> StyledLine:
    spans: list[Span] = []
    start = 0
    for text, own in content.spans:
        end, at = start + len(text), start
        for first, last in ranges:
            if last <= at or first >= end:
                continue
            if first > at:
                spans.append((text[at - start : first - start], own))
            spans.append((text[max(first, at) - start : min(last, end) - start], style))
            at = min(last, end)
        if at < end:
            spans.append((text[at - start :], own))
        start = end
    return StyledLine(tuple(spans), content.row)
