"""The keys as the footer and the help list them, made from the bindings themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from textual.binding import Binding, BindingType

from opsconsole.ui.drawing.spans import Span

_NAMES = {"question_mark": "?", "slash": "/", "enter": "Enter", "escape": "Esc", "space": "Space", "tab": "Tab"}


def bindings_of(screen: type) -> list[BindingType]:
    """Return the bindings of a screen's class and of those it is built on, its own first."""
    found: dict[BindingType, None] = {}
    for kind in screen.__mro__:
        found |= dict.fromkeys(vars(kind).get("BINDINGS", ()))
    return [binding for binding in found if isinstance(binding, Binding)]


class KeyHelp(NamedTuple):
    """One key (or several with the same meaning) and what it does."""

    keys: str
    does: str


ALWAYS = ("?", "q")
"""Keys that the footer names however narrow the terminal is."""


def footer(keys: Iterable[KeyHelp]) -> Iterator[tuple[int, Span]]:
    """Return the footer's parts with their importance: help and quit always, the rest from left to right."""
    for number, key in enumerate(keys, 1):
        importance = 0 if key.keys in ALWAYS else number
        yield importance, (f" {key.keys} ", "key")
        yield importance, (f"{key.does} ", "dim")


def of_bindings(bindings: Iterable[BindingType], *, shown: bool = False) -> list[KeyHelp]:
    """Return what the bindings do; with ``shown`` only those that are meant for the footer."""
    listed = [binding for binding in bindings if isinstance(binding, Binding)]
    return [KeyHelp(key_words(binding), binding.description) for binding in listed if binding.show or not shown]


def key_words(binding: Binding) -> str:
    """Return the keys of a binding as a person calls them."""
    if binding.key_display:
        return binding.key_display
    return " ".join(_NAMES.get(key, key) for key in binding.key.split(","))
