"""One line as tokens, and a place in it: what is copied out, and what is masked."""

from __future__ import annotations

import re

from opsconsole.masking.looks import MASK

PIECE = 1 << 16
"""Characters that one search may take before other threads have their turn: about a hundredth of a second."""

_TOKEN = re.compile(r"[\w.+~-]++|\s++|\\++[\"']?|.", re.DOTALL)
"""Runs of word characters, of blanks, a quote with its backslashes, else one character: none is looked at twice."""

_ASSIGNS = frozenset("=:>")
_ENDS_WRITTEN = frozenset(",;<}")


def _tokens(line: str) -> list[str]:
    if len(line) <= PIECE:
        return _TOKEN.findall(line)
    return [each.group() for each in _TOKEN.finditer(line)]  # slower, and others may run in between


class Cursor:
    """Goes over the tokens of a line, once. ``steps`` counts those looked at, so that tests can bound the work."""

    def __init__(self, line: str) -> None:
        self._tokens = _tokens(line)
        self._out: list[str] = []
        self._at = 0
        self.steps = 0

    def _is_masked(self) -> bool:
        return self._peek(0) == "[" and self._peek(1) == "redacted" and self._peek(2) == "]"

    def _mask_one(self) -> None:
        if not self._is_masked():
            self._skip_to(self._at + 1)

    def _skip_to(self, end: int) -> None:
        self.steps += end - self._at
        self._at = end
        self._out.append(MASK)

    def _assigned_at(self, ahead: int) -> int:
        """How far ahead what is assigned to this name begins, behind its quote; 0: nothing is."""
        ahead += is_quote(self._peek(ahead))
        ahead += is_blank(self._peek(ahead))
        if self._peek(ahead) not in _ASSIGNS:
            return 0
        ahead += 1 + is_blank(self._peek(ahead + 1))
        return ahead + is_quote(self._peek(ahead))

    def _mask_written(self, begin: int) -> None:
        """Mask a value that was written before its name was read, up to its quote or the mark behind it.

        Not what stands between the two: that is told of something else, and may be all that there is of it.
        """
        before = self._out[begin - 1]
        quote = before if is_quote(before) else ""
        end = begin
        while end < len(self._out) and not self._ends_written(end, quote, logfmt=before == "="):
            end += 1
        if end > begin:
            self._out[begin:end] = [MASK]

    def _ends_written(self, at: int, quote: str, *, logfmt: bool) -> bool:
        """Whether it ends here. A comma within a password does not end it, if more of it follows."""
        piece, behind, further = (*self._out[at : at + 3], "", "")[:3]
        if quote:
            return piece == quote
        if piece in _ENDS_WRITTEN:
            return piece == "<" or not behind[:1].isalnum() or further in _ASSIGNS
        return is_quote(piece) or (logfmt and piece.isspace())

    def _peek(self, ahead: int) -> str:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def _copy(self, count: int) -> None:
        self._out += self._tokens[self._at : self._at + count]
        self._at += count


def is_blank(piece: str) -> bool:
    """Whether a token is a run of blanks."""
    return piece.isspace()


def is_quote(piece: str) -> bool:
    """Whether a token is a quote, with or without backslashes before it."""
    return piece[-1:] in {'"', "'"}
