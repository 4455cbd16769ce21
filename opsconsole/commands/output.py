"""How commands print: a row is one line that no terminal obeys, and JSON escapes what would hurt one.

Every command prints through here, so that what an object is called, or a log says, can't draw, move or hide anything.
"""

from __future__ import annotations

import json
from typing import Any

import click
import msgspec

from opsconsole.text import clean_line, escape_json


def print_line(text: str, *, err: bool = False) -> None:
    """Print ``text`` as exactly one line, whatever stands in it."""
    click.echo(clean_line(text), err=err)


def print_lines(text: str, *, err: bool = False) -> None:
    """Print a text of ours that has several lines; what else is hostile in them is made visible."""
    for line in text.split("\n"):
        print_line(line, err=err)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print ``value`` (records, and what JSON knows) as JSON: on one line, or indented.

    Controls beyond ASCII, and what reorders or hides text, are escaped: the value is the same for every
    parser, and harmless to a terminal.
    """
    click.echo(json_text(value, indent=indent))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """The JSON that :func:`print_json` prints."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a surrogate pair is no UTF-8; as an escape it is JSON
        return json.dumps(msgspec.to_builtins(value), indent=indent)
    return escape_json((data if indent is None else msgspec.json.format(data, indent=indent)).decode())
