"""Remembers what a function says of a key or of a sentence: an optimizer writes the same ones all day.

It writes what it likes, too. So a memory holds no long key, and it is emptied when it is full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

MOST = 4_096
"""Entries of one memory."""

LONGEST = 200
"""Characters of a key that is remembered, those of all its parts together: a memory holds 0.8 MB of them at most."""

Key = TypeVar("Key", bound="str | tuple[str | int, ...]")
Value = TypeVar("Value")


class KeyMemory(dict[Key, Value], Generic[Key, Value]):
    """A pure function of one key that remembers what it said; ``function[key]`` is the short way to call it.

    Safe for threads: at worst two of them ask the same. Use it as a decorator.
    """

    characters: ClassVar[int] = MOST * LONGEST
    """Characters of all keys together: then the memory is emptied, as it is at :data:`MOST` keys."""

    def __init__(self, function: Callable[[Key], Value]) -> None:
        super().__init__()
        self.__doc__ = function.__doc__
        self._function = function
        self._characters = 0

    def __call__(self, key: Key) -> Value:
        """What the function says of the key."""
        return self[key]

    def __missing__(self, key: Key) -> Value:
        value = self._function(key)
        parts = (key,) if isinstance(key, str) else key
        size = sum(len(part) if isinstance(part, str) else 1 for part in parts)
        if size <= LONGEST:
            if len(self) >= MOST or self._characters + size > self.characters:
                self.clear()
            self._characters += size
            self[key] = value
        return value

    def clear(self) -> None:
        """Know nothing, as at the start."""
        super().clear()
        self._characters = 0


class SentenceMemory(KeyMemory[Key, Value]):
    """Remembers what a function says of a sentence, or of one and something short.

    What is said of a sentence grows with it: up to some 200 bytes for each of its characters, its tokens among them.
    """

    characters: ClassVar[int] = 32 * 1024
