"""Whether a console can be drawn here at all: refused in words, before anything is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import IO, NoReturn

from opsconsole.commands.output import print_line

NO_TERMINAL = 2
"""Exit code where no screen can be drawn; as for wrong usage, since nothing was tried."""

INSTEAD = "Without a terminal use `opsconsole show`, `opsconsole kill` or `opsconsole check`."


def why_not(streams: Mapping[str, IO[str] | None] | None = None, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return why no screen can be drawn, or ``None`` where it can.

    Keys are read from standard input and the screen is drawn on standard error, as Textual does. If only one of the two
    is a terminal, keys would act on a screen that nobody sees.

    Args:
        streams: the three standard streams by their names; ``None``: this process's own.
        environ: where ``TERM`` is read from.
    """
    if streams is None:
        streams = {"input": sys.__stdin__, "output": sys.__stdout__, "error": sys.__stderr__}
    missing = [name for name, stream in streams.items() if not _is_terminal(stream)]
    if missing:
        return f"a terminal is needed, and standard {' and standard '.join(missing)} is none"
    term = environ.get("TERM", "")
    if term in {"", "dumb"}:
        return f"a terminal with a cursor is needed, and TERM is {term!r}; try TERM=xterm"
    return None


def require() -> None:
    """End the program with words where no screen can be drawn."""
    words = why_not()
    if words is not None:
        _refuse(words)


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it was closed
        return False


def _refuse(words: str) -> NoReturn:
    print_line(f"opsconsole: {words}. {INSTEAD}", err=True)
    sys.exit(NO_TERMINAL)
