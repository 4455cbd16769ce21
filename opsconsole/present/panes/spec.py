"""What a pane is made of: kinds of records, columns, orders. A pane is data; one widget shows them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from opsconsole.present.lines import Span
from opsconsole.present.panes.context import RowContext
from opsconsole.records import Kind

Row = TypeVar("Row")

Cell: TypeAlias = Callable[[Any, RowContext], Span]
"""What a column shows of a record."""

Whole: TypeAlias = tuple[tuple[str, Cell], ...]
"""Columns, each by its title, where width does not matter: what a command prints of a pane."""


class Column(NamedTuple):
    """One column. ``cell`` makes a span of a record and the :class:`~opsconsole.present.panes.context.RowContext`.

    ``width`` is the least it needs; ``flex`` its share of what is left over, up to ``most`` cells. When the table is
    too narrow, columns go in order of ``drop``, the highest first; 0 stays always. A ``name`` is cut in its
    middle.
    """

    title: str
    width: int
    cell: Cell
    flex: int = 0
    most: int = 1000
    right: bool = False
    drop: int = 0
    name: bool = False


class Sort(NamedTuple):
    """One order of rows. ``key`` must return values that compare with each other for every row.

    A number or a string sorts several times faster than a tuple; rows of the same value are in the order of their keys.
    """

    name: str
    key: Callable[[Any], Any]
    reverse: bool = False


class PaneSpec(NamedTuple, Generic[Row]):
    """One pane.

    ``kinds`` are the records that it shows (their keys must not clash), ``feeds`` the feeds whose health is the pane's,
    ``haystack`` the text that ``/`` searches, ``namespace`` what ``N`` goes by (``None``: rows without one, shown in
    every namespace), ``pinned`` which rows stay on top, ``accepts`` which of the records are its rows at all (``None``:
    every one), ``counted`` which of them the title counts where there are several sorts (``None``: every one).
    ``stream`` panes can be paused. ``group`` names the row that a row is folded below; empty: none.
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
    counted: Callable[[Any], bool] | None = None
    stream: bool = False
    group: Callable[[Any], str] | None = None
    old: Callable[[Any, RowContext], bool] | None = None
    about: str = ""
