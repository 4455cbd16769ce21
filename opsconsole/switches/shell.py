"""Commands as they are shown, to be typed elsewhere: no name in one is taken for an option or read by the shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from opsconsole.text import clean_line

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t"}


def shell(*words: str) -> str:
    """Return ``words`` as a line for a shell that hands on exactly these.

    What a terminal would obey or hide is written as an escape (``$'…'``, as bash, zsh and ksh read it).
    """
    return " ".join(_quoted(word) for word in words)


def kubectl(*words: str, names: Sequence[str], options: Sequence[str] = (), last: Sequence[str] = ()) -> str:
    """Return a kubectl command on the objects ``names``.

    RBAC takes any name, ``--all`` too: options end before one that looks like an option.

    Args:
        words: verb, kind, and options that stand before the names.
        names: what the command is about, as it is called.
        options: further options.
        last: arguments behind them.
    """
    if any(each.startswith("-") for each in names):
        return shell("kubectl", *words, *options, "--", *names, *last)
    return shell("kubectl", *words, *names, *options, *last)


def _quoted(word: str) -> str:
    if clean_line(word, len(word)) == word:
        return shlex.quote(word)
    return "$'" + "".join(_ESCAPES.get(each) or _escaped(each) for each in word) + "'"


def _escaped(character: str) -> str:
    if clean_line(character) == character:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
