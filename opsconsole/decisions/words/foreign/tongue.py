"""What a language is here: rows of a pattern and its English words."""

from __future__ import annotations

from typing import NamedTuple


class Tongue(NamedTuple):
    """A language: words that name a deed, the other words, and which mark parts the decimals of its numbers."""

    deeds: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    comma: bool = True


def rows(text: str) -> tuple[tuple[str, str], ...]:
    """The rows of a text: a pattern, an arrow, its English words; a backslash at the end of a line joins two."""
    lines = (line.partition(" =>") for line in text.strip().replace("\\\n", "").splitlines())
    return tuple((pattern.strip(), english.strip()) for pattern, _, english in lines)
