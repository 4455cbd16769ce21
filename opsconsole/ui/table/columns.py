"""Columns: what a cell shows and how the width is shared out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opsconsole.present.panes.spec import Column
from opsconsole.ui.drawing.spans import Span, StyledLine, fit, fit_name

Layout = tuple[tuple[Column, int], ...]
GAP = 1


def lay_out(columns: Sequence[Column], width: int) -> Layout:
    """Return the columns that fit into ``width`` cells, each with its width."""
    chosen = list(columns)
    while len(chosen) > 1 and _needed(chosen) > width:
        victim = max(chosen, key=lambda column: column.drop)
        if not victim.drop:
            break
        chosen.remove(victim)
    widths = [column.width for column in chosen]
    spare = width - _needed(chosen)
    while spare > 0:
        growing = [i for i, column in enumerate(chosen) if column.flex and widths[i] < column.most]
        if not growing:
            break
        shares = sum(chosen[i].flex for i in growing)
        before = spare
        for i in growing:
            more = min(max(before * chosen[i].flex // shares, 1), chosen[i].most - widths[i], spare)
            widths[i] += more
            spare -= more
    return tuple(zip(chosen, widths, strict=True))


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


def header_line(layout: Layout, width: int) -> StyledLine:
    """Return the line of column titles."""
    titles = " ".join(fit(column.title, size, right=column.right) for column, size in layout)
    return StyledLine(((fit(titles, width), "header"),))


def row_line(record: Any, look: Any, layout: Layout, more: str) -> StyledLine:
    """Return one row. Each cell is padded to its column, the gap included, so that a change is one span."""
    spans: list[Span] = []
    for column, size in layout:
        text, style = column.cell(record, look)
        cell = fit_name(text, size, more) if column.name else fit(text, size, right=column.right, more=more)
        spans.append((cell + " ", style))
    return StyledLine(tuple(spans))
