"""The keys that every screen with a pane shares: moving in it, sorting, filtering, opening what the cursor is on."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.table.pane import TablePane
from opsconsole.ui.text.filter import parse
from opsconsole.ui.text.prompt import Asking


class PaneScreen(OpsScreen):
    """A screen whose keys go to a pane."""

    covers = "panes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "app.open_details", "open", key_display="Enter"),
        Binding("d", "app.open_details", "describe", show=False),
        Binding("l", "app.open_logs(False)", "logs"),
        Binding("p", "app.open_logs(True)", "previous logs", show=False),
        Binding("y", "app.open_manifest", "YAML", show=False),
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("s", "sort", "sort"),
        Binding("S", "turn", "reverse the order", show=False),
        Binding("z", "fold", "fold or unfold a node", show=False),
        Binding("Z", "fold_all", "fold or unfold every node", show=False),
        Binding("f", "follow", "pause/follow a stream"),
        Binding("down,j", "move(1)", "down", show=False, key_display="Down j"),
        Binding("up,k", "move(-1)", "up", show=False, key_display="Up k"),
        Binding("pagedown,ctrl+d,space", "page(1)", "page down", show=False, key_display="PgDn Space Ctrl-D"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, key_display="PgUp Ctrl-U"),
        Binding("home,g", "home", "first row, and stay there", show=False, key_display="Home g"),
        Binding("end,G", "end", "last row", show=False, key_display="End G"),
    ]

    @property
    def pane(self) -> TablePane:
        """The pane that the keys go to."""
        raise NotImplementedError

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.pane.view.move(by)
        self.pane.sync()

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self.pane.view.page(by)
        self.pane.sync()

    def action_home(self) -> None:
        """Go to the top and stay there."""
        self.pane.view.home()
        self.pane.sync()

    def action_end(self) -> None:
        """Go to the last row."""
        self.pane.view.go(len(self.pane.model) - 1)
        self.pane.sync()

    def action_sort(self) -> None:
        """Go to the next order."""
        self.pane.next_sort()

    def action_turn(self) -> None:
        """Reverse the order."""
        self.pane.turn_sort()

    def action_fold(self) -> None:
        """Fold the node that the cursor is on, or show its rows again."""
        if not self.pane.fold():
            self.say("nothing is folded here: only the GPUs of several nodes are")

    def action_fold_all(self) -> None:
        """Fold every node, or show all rows again."""
        if not self.pane.fold_all():
            self.say("nothing is folded here: only the GPUs of several nodes are")

    def action_follow(self) -> None:
        """Pause a stream, or follow it again."""
        if self.pane.spec.stream:
            self.pane.pause(not self.pane.paused)
        else:
            self.say(f"{self.pane.spec.title} is a list, not a stream: it is always live")

    def action_filter(self) -> None:
        """Ask what the rows must match; it is applied while it is typed."""
        pane = self.pane

        def done(text: str | None) -> None:
            pane.set_filter(parse(text or ""))
            if pane.filter and pane.filter.problem:
                self.say(pane.filter.problem)

        hint = "text, regular expression, or !text to invert it; Enter keeps it, Esc clears it"
        changed = pane.set_filter
        self.ask(
            Asking("/", pane.filter.text if pane.filter else "", hint, done=done, changed=lambda t: changed(parse(t)))
        )
