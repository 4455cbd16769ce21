"""What every screen shares: paced painting, keys for help, theme and quitting, a line for messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ScreenStackError
from textual.binding import Binding, BindingType
from textual.events import Key, Paste
from textual.screen import Screen

from opsconsole.text import clean_line
from opsconsole.ui.drawing.cell_diff import CellCompositor
from opsconsole.ui.drawing.handler_guard import Guarded
from opsconsole.ui.drawing.keys import KeyHelp, bindings_of, footer, of_bindings
from opsconsole.ui.drawing.linewidget import LineWidget
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.text.prompt import Asking

if TYPE_CHECKING:
    from opsconsole.store import Delta
    from opsconsole.ui.screens.ops import Ops


class OpsScreen(Guarded, Screen[None], inherit_bindings=False):
    """A screen of lines. Nothing in it takes the focus unless it asks for text."""

    AUTO_FOCUS = ""
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "app.help", "help", key_display="?"),
        Binding("colon,ctrl+p", "app.palette", "find an action", show=False, key_display=": Ctrl-P"),
        Binding("q", "app.leave", "quit"),
        Binding("ctrl+c", "app.leave", "quit", show=False, key_display="Ctrl-C"),
        Binding("T", "app.next_theme", "theme: dark, light, ansi", show=False),
        Binding("ctrl+l", "app.redraw", "draw the screen anew", show=False, key_display="Ctrl-L"),
        Binding("ctrl+z", "app.suspend", "suspend (fg: back)", show=False, key_display="Ctrl-Z"),
        Binding("Y", "app.copy", "copy the name (OSC 52)", show=False),
    ]
    covers = "this screen"
    """What the help calls the keys of this screen."""

    @property
    def ops(self) -> Ops:
        """The app, as screens know it."""
        return cast("Ops", self.app)

    def __init__(self) -> None:
        super().__init__()
        self._compositor = CellCompositor()
        self._asking: Asking | None = None
        self._message: Span | None = None

    # --- the line at the bottom ------------------------------------------------------------------------------------

    def bottom_line(self) -> Iterator[tuple[int, Span]]:
        """What stands at the bottom: a question, a message, or the keys."""
        if self._asking is not None:
            yield from ((0, span) for span in self._asking.spans())
        elif self._message is not None:
            yield 0, self._message
        else:
            yield from footer(self.footer_keys())

    def footer_keys(self) -> list[KeyHelp]:
        """The keys that the bottom line names, the most wanted first."""
        return of_bindings(bindings_of(type(self)), shown=True)

    def copyable(self) -> str:
        """What the copy key sends to the terminal's clipboard: the name of what is looked at; empty if nothing."""
        from opsconsole.ui.details.subject import object_of  # noqa: PLC0415 - not before it is asked for

        about = object_of(self.ops.opened, self.ops.core.store)
        return clean_line(f"{about.namespace}/{about.name}".strip("/")) if about is not None else ""

    def say(self, words: str, style: str = "notice") -> None:
        """Show a message in the place of the keys until the next key."""
        self._message = (f" {words} ", style)
        self._sync_bottom()

    def unknown_key(self, name: str) -> None:
        """Say that a key does nothing, and where those are that do."""
        self.say(f"{clean_line(name, 20)} does nothing here: ? lists the keys, : finds an action", "dim")

    def ask(self, asking: Asking) -> None:
        """Ask for a line of text; until it is answered every key goes there."""
        self._asking = asking
        self._sync_bottom()

    def take_key(self, key: Key) -> bool:
        """Take a key before bindings are looked for; true if there is nothing left to do with it."""
        self._message = None
        asking = self._asking
        if asking is not None and key.key != "ctrl+c" and asking.key(key.key, key.character):
            self._asking = None
        self._sync_bottom()
        return asking is not None and key.key != "ctrl+c"

    def on_paste(self, event: Paste) -> None:
        """What is pasted is an answer where one is asked for, and nothing anywhere else."""
        event.stop()
        if self._asking is not None:
            self._asking.paste(event.text)
            self._sync_bottom()

    def _sync_bottom(self) -> None:
        for widget in self.query("#footer").results(LineWidget):
            widget.sync()

    # --- what changes ----------------------------------------------------------------------------------------------

    def absorb(self, _delta: Delta) -> None:
        """Take over what changed in the store. Only the screen in front repaints; the others do when they are back."""
        self.sync_in_front()

    @property
    def is_current(self) -> bool:
        """Whether it is in front. Textual would also look for screens that can be looked through; none of ours can."""
        try:
            return self.app.screen is self
        except ScreenStackError:
            return False

    def sync_in_front(self) -> None:
        """Repaint what is no longer true, if there is anybody to see it."""
        if self.is_current:
            self.sync()

    def on_screen_resume(self) -> None:
        """Be up to date again after another screen was in front."""
        self.sync()

    def sync(self) -> None:
        """Repaint what is no longer true, the passing of time included."""
        for widget in self.query(LineWidget):
            widget.sync()

    def repaint(self) -> None:
        """Draw everything anew, after a change of theme."""
        for widget in self.query(LineWidget):
            widget.repaint()

    def _on_timer_update(self) -> None:
        """Paint, unless the terminal has not taken the last paint: then look again at the timer's next beat.

        What is to be painted stays marked, so that a slow terminal is sent the newest state, not every state.
        """
        if getattr(self.app._driver, "busy", False):
            return
        super()._on_timer_update()
