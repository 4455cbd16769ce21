"""Whether a chart is Helm's, and none that somebody draws."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.basics.grammar import SpokenToken
from opsconsole.decisions.words.sets import wordset


def is_of_helm(tokens: list[SpokenToken], at: int) -> bool:
    """``upgrading chart web in namespace shop``: dashboards have charts too, but in no namespace."""
    placed = [token.low for token in tokens[at + 2 : at + 4]] == ["in", "namespace"]
    return placed and is_handled(tokens, at)


def is_handled(tokens: list[SpokenToken], at: int) -> bool:
    """``upgrading chart``: is a chart what is installed, upgraded or taken away?"""
    drawn = at + 1 < len(tokens) and tokens[at + 1].low in _OF_DRAWINGS
    return at > 0 and not drawn and tokens[at - 1].low.startswith(("upgrad", "install", "uninstall", "deploy"))


_OF_DRAWINGS = wordset("library component widget package plugin")
