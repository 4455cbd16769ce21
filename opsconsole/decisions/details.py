"""What the details of an entry tell besides its actions: a query, how sure it was, what is wrong with the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opsconsole.decisions.entry import Entry
from opsconsole.decisions.layers import MAX_ATTRIBUTES
from opsconsole.decisions.message import roles
from opsconsole.decisions.message.document import Leaf, Leaves, constant, dotted, leaves
from opsconsole.patterns import late
from opsconsole.records import JsonObject

MAX_PROBLEMS = 20
"""Problems listed of one document; the rest is counted."""

MAX_SHOWN = 40
"""Attributes kept in a record."""
_CONFIDENCE = ("confidence_score", "confidence")
QUERY = ("query", "promql", "expr")
"""Keys under which a query stands; the first that is there counts."""

_QUERIES = frozenset(QUERY)


def shown(attributes: Leaves) -> dict[str, str]:
    """The attributes that a record keeps, by their dotted paths."""
    return {
        dotted[path]: (leaf if isinstance(leaf, str) else roles.text(leaf))[:500]
        for path, leaf in attributes[:MAX_SHOWN]
        if path
    }


def query(attributes: Leaves) -> str:
    """The query that an attribute tells; empty where none does."""
    for path, leaf in attributes:
        if path[-1] in _QUERIES and isinstance(leaf, str):
            return leaf
    return ""


def string(document: JsonObject, keys: tuple[str, ...]) -> str:
    """The first of these keys that has a text; empty where none has."""
    for key in keys:
        value = document.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def confidence(document: JsonObject) -> float | None:
    """How sure it was, as it says itself; ``None`` where it does not."""
    for key in _CONFIDENCE:
        if key not in document:
            continue
        value = document[key]
        if isinstance(value, int | float) and not isinstance(value, bool) and not constant(value):
            return float(value) if abs(value) < _ABSURD else None
        if isinstance(value, str) and (share := _PERCENT.fullmatch(value.strip())):
            return float(share["number"]) / 100.0
    return None


_ABSURD = 1e9
"""A number from which on it is no confidence, and perhaps no float."""
_PERCENT = late(r"(?P<number>-?\d{1,6}(?:\.\d{1,6})?) ?%")


def problems(entry: Entry, document: JsonObject, attributes: Leaves) -> Iterator[str]:
    """What is wrong with a document: constants that are no values, keys that are given more than once."""
    # The attributes are all leaves but for texts that have a role, unless they are too many.
    found: list[tuple[Any, Leaf]] = attributes if len(attributes) < MAX_ATTRIBUTES else leaves(document)
    bad = [
        f"{word} at {dotted(path)}"
        for path, leaf in found
        if (leaf is None or isinstance(leaf, float)) and (word := constant(leaf))
    ]
    bad += [f"{path} is given more than once" for path in entry.duplicates]
    yield from bad[:MAX_PROBLEMS]
    if len(bad) > MAX_PROBLEMS:
        yield f"and {len(bad) - MAX_PROBLEMS} more of these"
