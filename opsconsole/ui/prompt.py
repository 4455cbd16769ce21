"""The line that asks for text: a filter or what to search. Imported only when it is first asked for."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from opsconsole.ui.guard import Guarded
from opsconsole.ui.table.filter import LONGEST


class Prompt(Guarded, Input):
    """Asks for a line of text. What is typed or pasted is text and nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "abandon", "leave", show=False)]

    class Done(Message):
        """Enter or Esc was pressed. ``text`` is ``None`` after Esc."""

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text, placeholder=hint, id="prompt", max_length=LONGEST, select_on_focus=False)
        self.cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed."""
        event.stop()
        self.post_message(self.Done(event.value))

    def action_abandon(self) -> None:
        """Leave without an answer."""
        self.post_message(self.Done(None))
