"""The one door for text from outside: :func:`clean` makes it safe to draw, log and store."""

from __future__ import annotations

import re

MAX_LENGTH = 4096
"""Characters kept of one string. A container log line is cut at 16 KiB by the runtime; a screen shows far less."""

# C0 without newline and tab, DEL, C1; bidi controls and isolates; zero-width and invisible format characters; line and
# paragraph separators; tag characters; lone surrogates. Each was seen to move, hide or reorder what a terminal shows.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\ud800-\udfff]"
)
_LINE_BREAKS = re.compile(r"[\n\t]")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def clean(text: str, limit: int = MAX_LENGTH) -> str:
    """Return ``text`` with everything that a terminal might obey or hide made visible, cut at ``limit`` characters.

    Newline and tab stay; C0 controls become their control pictures (``␛``), DEL ``␡``, and C1, bidi, zero-width,
    separator and surrogate code points ``<U+XXXX>``. The result encodes to UTF-8 without errors.
    """
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _HOSTILE.sub(_visible, text)


def clean_line(text: str, limit: int = MAX_LENGTH) -> str:
    """Like :func:`clean`, for a cell or a title: newline and tab become spaces too."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    return _LINE_BREAKS.sub(" ", clean(text, limit))
