"""Remembers sentences that name no action: a busy controller writes the same one all day, with other numbers in it."""

from __future__ import annotations

LONGEST = 400
"""Characters of a sentence that is remembered."""

MOST = 4_096
"""Sentences remembered; then they are forgotten, and what is still said is soon known again."""

_DIGITS = str.maketrans("123456789", "000000000")
_known: dict[str, bool] = {}


def shape(text: str) -> str:
    """The text with every digit alike: which digits they are changes no action, how many might. Empty: too long."""
    return text.translate(_DIGITS) if len(text) <= LONGEST else ""


def known(shape: str) -> bool | None:
    """Whether a sentence of this shape, which names no action, may name one after all; ``None``: not known."""
    return _known.get(shape)


def remember(shape: str, unclear: bool) -> None:
    """A sentence of this shape named no action that could be read."""
    if shape:
        if len(_known) >= MOST:
            forget()
        _known[shape] = unclear


def forget() -> None:
    """Know nothing, as at the start."""
    _known.clear()
