"""Patterns that are compiled when they are first used.

Two thousand patterns know what optimizers' logs say, and one log is written in the words of a few of them. Compiled at
import, those of the reader alone took 0.2 s of every start, and all of them 4 MB of every guard.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _LatePattern:
    """Has what a compiled pattern has, from the first time on that it is asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self.pattern = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying and pickling ask for what no pattern has
            raise AttributeError(name)
        # Kept in the object itself: the next time costs no more than with a compiled one.
        found = self.__dict__[name] = getattr(re.compile(self.pattern, self._flags), name)
        return found

    def __repr__(self) -> str:
        return f"late({self.pattern!r})"


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern whose methods are used as ever; the functions of :mod:`re` do not take it.

    What is no regular expression is found at its first use: it is for texts that the tests compile, not for people's.
    """
    return cast("re.Pattern[str]", _LatePattern(text, flags))


def found_by(match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """Whether ``pattern`` is the one that ``match`` is of; ``match.re`` is another object than a late pattern."""
    return match.re.pattern == pattern.pattern
