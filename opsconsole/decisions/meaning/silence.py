"""Remembers sentences that name no action: a busy controller writes the same one all day, with other numbers in it."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.forms.changes import MEASURED
from opsconsole.patterns import late

LONGEST = 400
"""Characters of a sentence that is remembered."""

MOST = 4_096
"""Sentences remembered; then they are forgotten, and what is still said is soon known again."""

_SOME = late(r"0*[1-9][0-9]*")
"""A number that is not zero: "evicted 0 pods" names no action, and "evicted 5 pods" does."""

_WITH_DIGITS = tuple(sorted(word for word in MEASURED if not word.isalpha()))
"""Words whose digits are no number and mean something: p95 is measured, p41 may be called so."""

_ONES = str.maketrans("23456789", "11111111")

_known: dict[str, bool] = {}


def shape(text: str) -> str:
    """The text with numbers alike that have as many digits and are not zero. Empty: too long.

    After it stand the known words with digits in it, which are no numbers.
    """
    if len(text) > LONGEST:
        return ""
    low = text.lower()
    return "\0".join([alike(text), *(word for word in _WITH_DIGITS if word in low)])


def alike(text: str) -> str:
    """The text with every number that is not zero as so many ones as it has digits."""
    ones = text.translate(_ONES)
    if "01" not in ones and "10" not in ones:  # no zero is part of a number that is not zero
        return ones
    return _SOME.sub(lambda number: "1" * len(number[0]), text)


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
