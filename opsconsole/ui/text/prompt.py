"""A line of text asked for at the bottom of the screen: a filter, what to search. Pure.

It is no widget with the focus: keys reach it in the order they were typed, so that what is typed ahead after ``/`` can
never be taken for commands.
"""

from __future__ import annotations

from collections.abc import Callable

from opsconsole.text import clean_line
from opsconsole.ui.drawing.spans import Span
from opsconsole.ui.text.filter import LONGEST


class Asking:
    """One question and what has been typed so far.

    Args:
        sign: stands before the text, such as ``/``.
        text: to begin with.
        hint: shown behind the text.
        changed: called with the text whenever it changes.
        done: called with the text on Enter, with ``None`` on Esc.
    """

    def __init__(
        self,
        sign: str,
        text: str,
        hint: str,
        *,
        done: Callable[[str | None], None],
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._sign = sign
        self._hint = hint
        self._changed = changed
        self._done = done
        self.text = text
        self.at = len(text)

    def key(self, name: str, character: str | None) -> bool:
        """Take a key; true once the question is answered."""
        if name in ("enter", "escape"):
            self._done(self.text if name == "enter" else None)
            return True
        before = self.text
        if name in _EDITS:
            _EDITS[name](self)
        elif character is not None and character.isprintable():
            self.insert(character)
        if self.text != before:
            self._changed(self.text)
        return False

    def paste(self, text: str) -> None:
        """Take the first line of what was pasted, as text and nothing else."""
        self.insert(clean_line(text.strip().split("\n", 1)[0], LONGEST))
        self._changed(self.text)

    def insert(self, text: str) -> None:
        """Put text in where the cursor is."""
        room = LONGEST - len(self.text)
        text = text[: max(room, 0)]
        self.text = self.text[: self.at] + text + self.text[self.at :]
        self.at += len(text)

    def spans(self) -> list[Span]:
        """Return the line as it is drawn, the cursor reversed."""
        here = self.text[self.at : self.at + 1] or " "
        return [
            (f" {self._sign}", "key"),
            (self.text[: self.at], "strong"),
            (here, "focus"),
            (self.text[self.at + 1 :], "strong"),
            (f"   {self._hint}", "dim"),
        ]

    def _cut(self, start: int, end: int) -> None:
        start = max(start, 0)
        self.text = self.text[:start] + self.text[end:]
        self.at = start

    def _move(self, to: int) -> None:
        self.at = min(max(to, 0), len(self.text))

    def _word(self) -> int:
        return len(self.text[: self.at].rstrip().rpartition(" ")[0])


_EDITS: dict[str, Callable[[Asking], None]] = {
    "backspace": lambda ask: ask._cut(ask.at - 1, ask.at) if ask.at else None,
    "delete": lambda ask: ask._cut(ask.at, ask.at + 1),
    "left": lambda ask: ask._move(ask.at - 1),
    "right": lambda ask: ask._move(ask.at + 1),
    "home": lambda ask: ask._move(0),
    "end": lambda ask: ask._move(len(ask.text)),
    "ctrl+e": lambda ask: ask._move(len(ask.text)),
    "ctrl+u": lambda ask: ask._cut(0, ask.at),
    "ctrl+w": lambda ask: ask._cut(ask._word(), ask.at),
}
