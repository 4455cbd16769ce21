"""Every setting with its default and its words, read from the source of :mod:`opsconsole.settings`.

The page of the documentation and the file that ``opsconsole config init`` writes are both made of this.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from opsconsole import settings

_TOP = "Only read: what could write is not built at all."


class Key(NamedTuple):
    """One setting: its name, its default as JSON knows it, and what it is for (may be empty)."""

    name: str
    default: Any
    words: str


class Table(NamedTuple):
    """One table of the file: its name, whether there may be several of it, what it is for, and its keys."""

    name: str
    repeated: bool
    words: str
    keys: tuple[Key, ...]


def tables() -> Iterator[Table]:
    """Every table of ``opsconsole.toml`` in its order; the first has no name and holds what stands above the others."""
    yield Table(name="", repeated=False, words="", keys=(Key(name="read_only", default=False, words=_TOP),))
    for field in msgspec.structs.fields(settings.Settings):
        if field.name == "read_only":
            continue
        repeated = isinstance(field.default, tuple)
        section = settings.OptimizerEntry if repeated else type(field.default)
        words = _words(section)
        keys = tuple(Key(key.name, _default(key), words.get(key.name, "")) for key in msgspec.structs.fields(section))
        yield Table(field.name, repeated, " ".join((section.__doc__ or "").split()), keys)


def _default(key: msgspec.structs.FieldInfo) -> Any:
    made = key.default if key.default is not msgspec.NODEFAULT else key.default_factory()
    return msgspec.to_builtins(made)


def _words(section: type) -> dict[str, str]:
    """The docstring below each field of a section, by the field's name."""
    found, field = {}, ""
    (tree,) = ast.parse(inspect.getsource(section)).body
    for node in tree.body if isinstance(tree, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and field:
            found[field] = " ".join(str(node.value.value).split())
    return found
