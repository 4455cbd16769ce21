"""A line as data: spans of text, each with the name of a style. The screen draws them, a command prints their text."""

from __future__ import annotations

from typing import TypeAlias

from opsconsole.text import clean_line

Span: TypeAlias = tuple[str, str]
"""Text and the name of its style; the name is empty for the plain one. Nothing in the text is markup."""
Spans: TypeAlias = tuple[Span, ...]
"""One line from left to right."""

EMPTY: Spans = ()


def plain(spans: Spans) -> str:
    """Return a line without its styles, cleaned, for a pipe or a terminal that is not drawn on."""
    return clean_line("".join(text for text, _style in spans)).rstrip()
