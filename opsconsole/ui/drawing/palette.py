"""Semantic styles: what a text means, and how each theme draws it. Words and symbols carry the meaning too."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style


class Palette(dict[str, Style]):
    """Styles by name. ``palette["bad cursor"]`` is both, the later on top; mixtures are made once.

    Args:
        definitions: Rich's words for each name; the empty name lies under every other.
    """

    def __init__(self, definitions: Mapping[str, str]) -> None:
        super().__init__()
        self._parts = {name: Style.parse(text) for name, text in definitions.items()}

    def __missing__(self, names: str) -> Style:
        style = self[names] = Style.combine([self._parts[""], *(self._parts[part] for part in names.split())])
        return style


_DARK = {
    "": "#d5d9e0 on #121212",
    "dim": "#8a8f98",
    "good": "#7fc97f",
    "warn": "bold #e8c15a",
    "bad": "bold #ff6b6b",
    "info": "#7fb7e6",
    "strong": "bold",
    "title": "#b8bcc4 on #2b2f36",
    "focus": "bold #ffffff on #3b5f8a",
    "header": "#8a8f98 underline",
    "cursor": "on #2f4a6b",
    "rest": "on #26292f",
    "optimizer": "bold #d7a3ff",
    "stale": "dim #8a8f98",
    "banner": "bold #ffffff on #a01c1c",
    "notice": "bold #101010 on #e8c15a",
    "key": "bold #9cd0ff",
    "match": "bold #101010 on #e8c15a",
    "rail": "#4a4f58",
    "prod": "bold #ffffff on #a01c1c",
    "safe": "bold #101010 on #7fc97f",
}
_LIGHT = _DARK | {
    "": "#1c1f24 on #f4f4f2",
    "dim": "#5c626b",
    "good": "#1b6e2c",
    "warn": "bold #7a5200",
    "bad": "bold #b00020",
    "info": "#0b5394",
    "title": "#2b2f36 on #d3d7de",
    "focus": "bold #ffffff on #2f5c92",
    "header": "#5c626b underline",
    "cursor": "on #c2d8f0",
    "rest": "on #e4e7ec",
    "optimizer": "bold #6a1b9a",
    "stale": "dim #5c626b",
    "key": "bold #0b5394",
    "rail": "#b4b9c2",
}
_ANSI = {
    "": "none",
    "dim": "dim",
    "good": "green",
    "warn": "bold yellow",
    "bad": "bold red",
    "info": "cyan",
    "strong": "bold",
    "title": "reverse dim",
    "focus": "bold reverse",
    "header": "underline",
    "cursor": "reverse",
    "rest": "underline",
    "optimizer": "bold magenta",
    "stale": "dim",
    "banner": "bold reverse red",
    "notice": "bold reverse yellow",
    "key": "bold",
    "match": "bold reverse yellow",
    "rail": "dim",
    "prod": "bold reverse red",
    "safe": "bold reverse green",
}

NAMES = tuple(name for name in _DARK if name)
"""Every style there is; each theme defines them all."""

THEMES = ("dark", "light", "ansi")
"""In the order that ``T`` goes through them."""

PALETTES = {"dark": Palette(_DARK), "light": Palette(_LIGHT), "ansi": Palette(_ANSI)}

TEXTUAL_THEMES = {"dark": "textual-dark", "light": "textual-light", "ansi": "ansi-dark"}
"""Textual's own theme under each: only its background and foreground are seen."""
