"""The one door for text from outside: :func:`clean` makes it safe to draw, log and store."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 4096
"""Characters kept of one string. A container log line is cut at 16 KiB by the runtime; a screen shows far less."""

LINE_GOES_ON = "--- opsconsole: the line above has no end within 1 MiB; what it says beyond that is not read ---"
"""Stands in a log behind a line that was cut, which the reader of the log and the governor must know."""

# C0 without newline and tab, DEL, C1; bidi controls and isolates; zero-width and invisible format characters; line and
# paragraph separators; tag characters; lone surrogates. Each was seen to move, hide or reorder what a terminal shows.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U000e0000-\U000e0fff\ud800-\udfff]"
)
_LINE_BREAKS = re.compile(r"[\n\t]")

MAX_MARKS = 4
"""Combining marks kept on one character. The world's scripts stack three or four; hundreds grow over their row."""

_MAYBE_MARKS = re.compile(f"[^\x00-\u02ff]{{{MAX_MARKS + 1},}}")
"""Where too many marks could be: no combining mark comes before U+0300.

Said by what it is not: a set of all the others takes longer to compile than the rest of this module, at each start.
"""


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
    if text.isascii():  # no marks, and mostly nothing but line breaks that does not print
        plain = text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()
        return text if plain else _HOSTILE.sub(_visible, text)
    return _MAYBE_MARKS.sub(_few_marks, _HOSTILE.sub(_visible, text))


def escape_json(document: str) -> str:
    """Return a JSON document with what :func:`clean` makes visible escaped: the same values, harmless to print.

    Args:
        document: JSON, in which such characters stand in strings only; controls below U+0020 are escaped already.
    """
    return document if document.isascii() and "\x7f" not in document else _HOSTILE.sub(_escaped, document)


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _few_marks(match: re.Match[str]) -> str:
    """The characters with no more than :data:`MAX_MARKS` marks on each, and ``…`` for those left out."""
    kept: list[str] = []
    marks = 0
    for character in match.group():
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= MAX_MARKS:
            kept.append(character)
        elif marks == MAX_MARKS + 1:
            kept.append("…")
    return "".join(kept)


def clean_line(text: str, limit: int = MAX_LENGTH) -> str:
    """Like :func:`clean`, for a cell or a title: newline and tab become spaces too."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    return _LINE_BREAKS.sub(" ", clean(text, limit))
