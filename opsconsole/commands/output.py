"""How commands print: a row is one line that no terminal obeys, and JSON escapes what would hurt one.

Every command prints through here, so that what an object is called, or a log says, can't draw, move or hide anything.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec

from opsconsole.text import clean_line, escape_json


class OutputError(click.ClickException):
    """Standard output or error can't be written to, and nothing was begun that has to go on without it."""

    exit_code = 5


class _Output:
    """Whether a command goes on when nobody can read any more what it prints."""

    outlasted = False


def outlast_output() -> None:
    """From now on a full disk or a closed pipe behind the output stops nothing: what was confirmed is executed."""
    _Output.outlasted = True


def print_line(text: str, *, err: bool = False) -> None:
    """Print ``text`` as exactly one line, whatever stands in it.

    Raises:
        OutputError: it can't be written, and :func:`outlast_output` was not called.
        BrokenPipeError: likewise, and it is a pipe whose reader has gone.
    """
    _echo(clean_line(text), err=err)


def _echo(text: str, *, err: bool = False) -> None:
    try:
        click.echo(text, err=err)
    except OSError as error:
        if isinstance(error, BrokenPipeError) and not _Output.outlasted:
            raise
        _let_go(2 if err else 1)
        if not _Output.outlasted:
            raise OutputError(f"the output can't be written: {error.strerror}") from error
        if not err:
            _echo(f"opsconsole: standard output can't be written: {error.strerror}; going on without it", err=True)


def _let_go(descriptor: int) -> None:
    """Let what is written there from now on go nowhere: the rest in the buffer must not fail at the end once more."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def print_lines(text: str, *, err: bool = False) -> None:
    """Print a text of ours that has several lines; what else is hostile in them is made visible."""
    for line in text.split("\n"):
        print_line(line, err=err)


def print_table(rows: Iterable[Sequence[str]], *, widest: int = 60) -> None:
    """Print ``rows`` with their columns aligned; a cell of more than ``widest`` letters moves its own row alone."""
    cleaned = [[clean_line(cell) for cell in row] for row in rows]
    widths = [min(widest, max(map(len, column))) for column in zip(*cleaned, strict=True)]
    for row in cleaned:
        print_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print ``value`` (records, and what JSON knows) as JSON: on one line, or indented.

    Controls beyond ASCII, and what reorders or hides text, are escaped: the value is the same for every
    parser, and harmless to a terminal.
    """
    _echo(json_text(value, indent=indent))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """The JSON that :func:`print_json` prints."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair is no UTF-8; as an escape it is JSON
        return json.dumps(msgspec.to_builtins(value), indent=indent)
    return escape_json((data if indent is None else msgspec.json.format(data, indent=indent)).decode())
