"""What a pane is made of: kinds of records, columns, orders. A pane is data; one widget shows them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from opsconsole.records import Kind
from opsconsole.ui.rows.context import RowContext
from opsconsole.ui.table.columns import Column
from opsconsole.ui.table.model import Sort

Row = TypeVar("Row")


class PaneSpec(NamedTuple, Generic[Row]):
    """One pane.

    ``kinds`` are the records that it shows (their keys must not clash), ``feeds`` the feeds whose health is the pane's,
    ``haystack`` the text that ``/`` searches, ``namespace`` what ``N`` goes by (``None``: rows without one, shown in
    every namespace), ``pinned`` which rows stay on top, ``accepts`` which of the records are its rows at all (``None``:
    every one). ``stream`` panes can be paused. ``group`` names the row that a row is folded below; empty: none.
    ``old`` says of which rows it is known that they may not be true any more, though the pane's feeds are well;
    ``about`` in the help what the pane shows.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    feeds: tuple[str, ...]
    columns: tuple[Column, ...]
    sorts: tuple[Sort, ...]
    haystack: Callable[[Any], str]
    nothing: str
    namespace: Callable[[Any], str] | None = None
    pinned: Callable[[RowContext], Callable[[Any], bool]] | None = None
    accepts: Callable[[Any], bool] | None = None
    stream: bool = False
    group: Callable[[Any], str] | None = None
    old: Callable[[Any, RowContext], bool] | None = None
    about: str = ""
