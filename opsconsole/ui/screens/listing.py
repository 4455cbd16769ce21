"""One pane on a screen of its own: how plugins' panes are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from opsconsole.present.panes.spec import Column, PaneSpec, Sort
from opsconsole.ui.screens.panes import PaneScreen
from opsconsole.ui.status.bars import Bar
from opsconsole.ui.table.pane import TablePane

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from opsconsole.plugin import Pane, PaneColumn
    from opsconsole.store import Delta


class ListingScreen(PaneScreen):
    """A pane, live.

    Args:
        spec: what it shows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "clear filter, back", key_display="Esc"),
    ]

    def __init__(self, spec: PaneSpec[Any]) -> None:
        super().__init__()
        self._spec = spec
        self._pane: TablePane | None = None

    @property
    def pane(self) -> TablePane:
        if self._pane is None:
            self._pane = TablePane(self._spec, self.ops.look)
            self._pane.current = True
        return self._pane

    def compose(self) -> ComposeResult:
        """The pane and the keys."""
        yield self.pane
        yield Bar("footer", self.bottom_line)

    def on_mount(self) -> None:
        """Show what is known already."""
        self.pane.load()

    def absorb(self, delta: Delta) -> None:
        """Take over what changed and repaint."""
        self.pane.absorb(delta)
        self.sync_in_front()

    def action_back(self) -> None:
        """Clear the filter; without one, leave."""
        if self.pane.filter is not None:
            self.pane.set_filter(None)
        else:
            self.dismiss()


def of_plugin(pane: Pane, now: Callable[[], float]) -> PaneSpec[Any]:
    """Return the spec of a plugin's pane. It is sorted by any of its columns, and searched in all of them."""

    def text(column: PaneColumn) -> Callable[[Any], str]:
        return lambda record: column.cell(record, now())

    return PaneSpec(
        name=f"plugin-{abs(hash(pane.name))}",
        title=pane.title,
        kinds=pane.kinds,
        feeds=pane.feeds,
        columns=tuple(_column(column, drop=number) for number, column in enumerate(pane.columns)),
        sorts=(Sort("by key", lambda _: 0), *(Sort(column.title, text(column)) for column in pane.columns)),
        haystack=lambda record: " ".join(column.cell(record, now()) for column in pane.columns),
        nothing=pane.nothing,
        accepts=pane.accepts,
    )


def _column(column: PaneColumn, drop: int) -> Column:
    return Column(
        title=column.title,
        width=max(column.width, 1),
        cell=lambda record, look: (column.cell(record, look.now), column.tone(record)),
        flex=column.flex,
        right=column.right,
        drop=drop,
    )
