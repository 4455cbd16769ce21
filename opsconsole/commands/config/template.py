"""The file that ``opsconsole config init`` writes: every setting with its default and its words, commented out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from opsconsole.commands.config.reference import Key, Table, tables

_HEAD = """\
# Settings of opsconsole. Every line is commented out and shows the default.
# `opsconsole config validate` checks this file, `opsconsole config show` says what is in effect and why.
"""
_WIDTH = 100


def template() -> str:
    """The whole file, valid TOML before and after any of its settings is uncommented."""
    return _HEAD + "".join(_table(table) for table in tables())


def _table(table: Table) -> str:
    lines = []
    if table.name:
        title = f"[[{table.name}]]" if table.repeated else f"[{table.name}]"
        # An empty table of a list would be an optimizer without a name; an empty section is nothing.
        lines += ["", *_words(table.words), f"# {title}" if table.repeated else title]
    for key in table.keys:
        lines += [*_words(key.words), f"# {key.name} = {_toml(key)}"]
    return "\n".join(lines) + "\n"


def _words(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(text.replace("``", "`"), _WIDTH - 2, break_on_hyphens=False))


def _toml(key: Key) -> str:
    return "{}" if isinstance(key.default, dict) else json.dumps(key.default, ensure_ascii=False)
