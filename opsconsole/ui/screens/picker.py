"""Picks one of many names by typing a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from opsconsole.ui.drawing.keys import KeyHelp, footer, of_bindings
from opsconsole.ui.drawing.linewidget import LineWidget
from opsconsole.ui.drawing.spans import StyledLine, line
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.status.bars import Bar
from opsconsole.ui.status.header import Part

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Click, Key

LONGEST = 64
"""Letters that narrow a list."""

Choice = tuple[str, str]
"""A value and how it is shown."""

TypedChoice = Callable[[str], Choice | None]
"""Makes a further choice of what was typed, if it can be one."""


class PickList(LineWidget):
    """The choices that match what was typed."""

    what = "list"

    def __init__(self, choices: Sequence[Choice], typed_choice: TypedChoice) -> None:
        super().__init__(id="choices")
        self._choices = choices
        self._typed_choice = typed_choice
        self.typed = ""
        self.index = 0
        self._top = 0

    @property
    def matching(self) -> list[Choice]:
        """The choices that are shown."""
        wanted = self.typed.lower()
        further = self._typed_choice(self.typed)
        known = any(value == further[0] for value, _ in self._choices) if further else True
        found = [choice for choice in self._choices if wanted in choice[1].lower()]
        return found if further is None or known else [*found, further]

    @property
    def chosen(self) -> str | None:
        """The value under the cursor; ``None`` if nothing matches."""
        matching = self.matching
        return matching[self.index][0] if matching else None

    def lines(self, width: int, height: int) -> Sequence[StyledLine]:
        """Return the visible choices."""
        matching = self.matching
        self._top = min(max(self._top, self.index - height + 1), self.index)
        if not matching:
            return [line((f"   nothing matches {self.typed}", "dim"))]
        visible = enumerate(matching[self._top : self._top + height], self._top)
        return [_choice(shown, here=number == self.index) for number, (_, shown) in visible]

    def move(self, by: int) -> None:
        """Move the cursor."""
        self.index = min(max(self.index + by, 0), max(len(self.matching) - 1, 0))

    def type(self, text: str) -> None:
        """Show only what matches ``text``."""
        self.typed, self.index = text, 0

    def on_click(self, event: Click) -> None:
        """Go to the choice that was clicked."""
        event.stop()
        self.move(self._top + event.y - self.index)
        self.sync()


def _choice(shown: str, *, here: bool) -> StyledLine:
    return line((" > " if here else "   ", "strong"), (shown, ""), row="cursor" if here else "")


class PickerScreen(OpsScreen, inherit_bindings=False):
    """A list to pick from. Every letter narrows it; so no letter is a command here.

    Args:
        title: what is picked.
        choices: all there are.
        picked: called with the value.
        typed_choice: see :data:`TypedChoice`.
    """

    covers = "lists to pick from"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "take it", key_display="Enter"),
        Binding("escape", "back", "leave", key_display="Esc"),
        Binding("down,tab", "move(1)", "down", show=False, key_display="Down"),
        Binding("up,shift+tab", "move(-1)", "up", show=False, key_display="Up"),
        Binding("pagedown", "move(10)", "page down", show=False, key_display="PgDn"),
        Binding("pageup", "move(-10)", "page up", show=False, key_display="PgUp"),
        Binding("ctrl+c", "app.leave", "quit", show=False, key_display="Ctrl-C"),
        Binding("backspace", "erase", "erase a letter", show=False, key_display="Backspace"),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        picked: Callable[[str], None],
        typed_choice: TypedChoice = lambda _: None,
    ) -> None:
        super().__init__()
        self._title = title
        self._list = PickList(choices, typed_choice)
        self._picked = picked

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        yield Bar("title", self._heading, row="focus")
        yield self._list
        yield Bar("footer", self.bottom_line)

    def _heading(self) -> Iterator[Part]:
        yield 0, (f" {self._title}", "")

    def bottom_line(self) -> Iterator[Part]:
        """What was typed, how many match, and only these keys: every letter narrows the list."""
        yield 0, (f" {self._list.typed}_  {len(self._list.matching)} match ", "strong")
        yield from footer((KeyHelp("type", "narrow"), *of_bindings(self.BINDINGS, shown=True)))

    def take_key(self, key: Key) -> bool:
        """A letter narrows the list."""
        if not key.is_printable or not key.character:
            return False
        self._list.type((self._list.typed + key.character)[:LONGEST])
        self.sync()
        return True

    def action_erase(self) -> None:
        """Take the last letter away."""
        self._list.type(self._list.typed[:-1])
        self.sync()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._list.move(by)
        self.sync()

    def action_pick(self) -> None:
        """Take what the cursor is on."""
        chosen = self._list.chosen
        if chosen is not None:
            self.dismiss()
            self._picked(chosen)

    def action_back(self) -> None:
        """Leave everything as it is."""
        self.dismiss()
