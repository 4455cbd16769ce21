"""Semantic styles: what a text means, and how each theme draws it. Words and symbols carry the meaning too."""

from __future__ import annotations

from rich.style import Style


class Palette(dict[str, Style]):
    """Styles by name. ``palette["bad cursor"]`` is both, the later on top; mixtures are made once."""

    def __missing__(self, names: str) -> Style:
        parts = names.split()
        if parts == [names]:
            raise KeyError(names)
        style = Style.combine([self[part] for part in parts]) if parts else Style.null()
        self[names] = style
        return style


def _palette(definitions: dict[str, str]) -> Palette:
    return Palette({"": Style.null()} | {name: Style.parse(text) for name, text in definitions.items()})


_DARK = {
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

NAMES = tuple(_DARK)
"""Every style there is; each theme defines them all."""

THEMES = ("dark", "light", "ansi")
"""In the order that ``T`` goes through them."""

PALETTES = {"dark": _palette(_DARK), "light": _palette(_LIGHT), "ansi": _palette(_ANSI)}

TEXTUAL_THEMES = {"dark": "textual-dark", "light": "textual-light", "ansi": "ansi-dark"}
"""Textual's own theme under each: only its background and foreground are seen."""
