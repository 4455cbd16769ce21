"""What the cells of a pane print where there is no screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from opsconsole.commands.output import print_table
from opsconsole.optimizer import OptimizerMatch, Optimizers
from opsconsole.present.marks import ASCII
from opsconsole.present.panes.context import FindingIndex, RowContext

if TYPE_CHECKING:
    from opsconsole.console import Console
    from opsconsole.present.panes.spec import Whole
    from opsconsole.records import AnyRecord


def context(console: Console) -> RowContext:
    """What the cells depend on besides their record, now: the same as on the screen."""
    store = console.store
    optimizer = OptimizerMatch(Optimizers.of(console.settings), store.workloads)
    return RowContext(console.clock.now(), FindingIndex.of(store), optimizer, store, ASCII, console.governor)


def print_cells(columns: Whole, records: Iterable[AnyRecord], look: RowContext, *, header: bool) -> None:
    """Print a row for each of ``records``, under the columns' titles if ``header``."""
    rows = [[cell(record, look)[0] for _, cell in columns] for record in records]
    print_table([[title for title, _ in columns], *rows] if header else rows)
