"""Tables of words as text: a row of words reads better than a column of quotes."""

from __future__ import annotations


def wordset(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def wordlist(text: str) -> tuple[str, ...]:
    """The words of a text, in their order."""
    return tuple(text.split())
