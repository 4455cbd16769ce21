"""What every screen shares: paced painting, keys for help, theme and quitting, a line for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from opsconsole.ui.guard import Guarded
from opsconsole.ui.linewidget import LineWidget

if TYPE_CHECKING:
    from opsconsole.store import Delta
    from opsconsole.ui.app import OpsConsoleApp


class OpsScreen(Guarded, Screen[None], inherit_bindings=False):
    """A screen of lines. Nothing in it takes the focus unless it asks for text."""

    AUTO_FOCUS = ""
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "help", key_display="?"),
        Binding("q", "app.leave", "quit"),
        Binding("ctrl+c", "app.leave", "quit", show=False, key_display="Ctrl-C"),
        Binding("T", "app.next_theme", "theme: dark, light, ansi", show=False),
    ]
    covers = "this screen"
    """What the help calls the keys of this screen."""

    @property
    def ops(self) -> OpsConsoleApp:
        """The app, by its own type."""
        return cast("OpsConsoleApp", self.app)

    def absorb(self, _delta: Delta) -> None:
        """Take over what changed in the store."""
        self.sync()

    def sync(self) -> None:
        """Repaint what is no longer true, the passing of time included."""
        for widget in self.query(LineWidget):
            widget.sync()

    def repaint(self) -> None:
        """Draw everything anew, after a change of theme."""
        for widget in self.query(LineWidget):
            widget.repaint()

    def say(self, words: str, style: str = "notice") -> None:
        """Show a message until the next key; screens without a line for it log nothing and show nothing."""

    def _on_timer_update(self) -> None:
        """Paint, unless the terminal has not taken the last paint: then look again at the timer's next beat.

        What is to be painted stays marked, so that a slow terminal is sent the newest state, not every state.
        """
        if getattr(self.app._driver, "busy", False):
            return
        super()._on_timer_update()
