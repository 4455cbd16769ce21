"""The base of every screen of long text: scrolling, searching, wrapping, and going on to a record's other sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from opsconsole.present.units import plural
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.status.bars import Bar
from opsconsole.ui.status.header import Part
from opsconsole.ui.text.buffer import TextBuffer
from opsconsole.ui.text.prompt import Asking
from opsconsole.ui.text.view import TextView

if TYPE_CHECKING:
    from textual.app import ComposeResult


class TextScreen(OpsScreen):
    """A title, long text, the keys.

    Args:
        buffer: the text.
        record: what was opened; its other sides (logs, YAML, details) are a key away. ``None``: there are none.
    """

    covers = "texts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "back", key_display="Esc"),
        Binding("slash", "search", "search", key_display="/"),
        Binding("n", "match(1)", "next match", show=False),
        Binding("N", "match(-1)", "match before", show=False),
        Binding("w", "wrap", "wrap long lines"),
        Binding("down,j", "scroll(1)", "down", show=False, key_display="Down j"),
        Binding("up,k", "scroll(-1)", "up", show=False, key_display="Up k"),
        Binding("pagedown,ctrl+d,space", "page(1)", "page down", show=False, key_display="PgDn Space Ctrl-D"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, key_display="PgUp Ctrl-U"),
        Binding("home,g", "home", "to the beginning", show=False, key_display="Home g"),
        Binding("end,G", "end", "to the end", show=False, key_display="End G"),
        Binding("left,h", "sideways(-1)", "to the left", show=False, key_display="Left h"),
        Binding("right", "sideways(1)", "to the right", show=False, key_display="Right"),
    ]

    def __init__(self, buffer: TextBuffer, record: Any = None) -> None:
        super().__init__()
        self.buffer = buffer
        self.record = record

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        yield Bar("title", self._title, row="focus")
        yield TextView(self.buffer)
        yield Bar("footer", self.bottom_line)

    @property
    def heading(self) -> str:
        """What the title says."""
        raise NotImplementedError

    @property
    def state(self) -> str:
        """What the title says of how the text is; empty: nothing."""
        return ""

    def _title(self) -> Iterator[Part]:
        yield 0, (f" {self.heading}", "")
        if self.state:
            yield 1, (f"  {self.state}", "")
        buffer = self.buffer
        yield 3, (f"  line {min(buffer.top + 1, len(buffer.lines)):,} of {plural(len(buffer.lines), 'line')}", "")
        if buffer.dropped:
            yield 2, (f"  ({plural(buffer.dropped, 'older line')} left out)", "")
        if buffer.searched:
            found = "" if buffer.match is not None else ": not found"
            yield 1, (f"  /{buffer.searched}{found}{': ' + buffer.problem if buffer.problem else ''}", "")
        if not buffer.wrapped:
            yield 2, (f"  cut, not wrapped{f', from column {buffer.left + 1}' if buffer.left else ''}", "")

    # --- keys ------------------------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Go back to where this was opened."""
        self.dismiss()

    def action_scroll(self, by: int) -> None:
        """Move by rows."""
        self.buffer.scroll(by)
        self.sync()

    def action_page(self, by: int) -> None:
        """Move by screenfuls."""
        self.buffer.page(by)
        self.sync()

    def action_home(self) -> None:
        """Go to the beginning."""
        self.buffer.home()
        self.sync()

    def action_end(self) -> None:
        """Go to the end."""
        self.buffer.end()
        self.sync()

    def action_sideways(self, by: int) -> None:
        """Move to the side; wrapped text has none."""
        self.buffer.sideways(by)
        self.sync()

    def action_wrap(self) -> None:
        """Wrap long lines or cut them."""
        self.buffer.toggle_wrap()
        self.sync()

    def action_match(self, by: int) -> None:
        """Go to the next match or the one before."""
        if not self.buffer.searched:
            self.say("nothing searched yet: / asks what for")
        elif not self.buffer.next_match(by):
            self.say(f"no match for {self.buffer.searched}")
        self.sync()

    def action_search(self) -> None:
        """Ask what to search."""
        hint = "text or regular expression; Enter finds it, Esc searches nothing"
        self.ask(Asking("/", self.buffer.searched, hint, done=self._search))

    def _search(self, text: str | None) -> None:
        self.buffer.search(text or "")
        self.sync()


class SideScreen(TextScreen):
    """Long text about a record that has other sides."""

    covers = "a thing's details, logs and YAML"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "app.open_details", "details"),
        Binding("l", "app.open_logs(False)", "logs"),
        Binding("p", "app.open_logs(True)", "previous logs"),
        Binding("y", "app.open_manifest", "YAML"),
    ]
