"""One line on a terminal while something takes more than a second; nothing at all on a pipe or in a file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from opsconsole.text import clean_line

FIRST = 1.0
"""Seconds that pass before anything is shown: what is quick needs no word."""

EVERY = 0.25
"""Seconds between two looks at it."""


class Working:
    """Says on standard error how far something is, on a line that goes again.

    Args:
        stream: where; it is left alone unless it is a terminal that has a cursor.
        monotonic: the time, in seconds.
        environ: ``TERM``.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._monotonic = monotonic
        self._draws = self._stream.isatty() and environ.get("TERM", "") not in {"", "dumb"}
        self._due = monotonic() + FIRST
        self._shown = 0

    def note(self, words: Callable[[], str]) -> None:
        """Show ``words()`` if it is time to; called as often as you like."""
        if not self._draws or self._monotonic() < self._due:
            return
        self._due = self._monotonic() + EVERY
        text = clean_line(words(), 78)
        self._stream.write(f"\r{text.ljust(self._shown)}")
        self._stream.flush()
        self._shown = len(text)

    def clear(self) -> None:
        """Take the line away, before something else is printed or at the end."""
        if self._shown:
            self._stream.write(f"\r{' ' * self._shown}\r")
            self._stream.flush()
            self._shown = 0
