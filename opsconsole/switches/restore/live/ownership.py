"""Who wrote one field of a live object last, as far as ``managedFields`` tell. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from opsconsole.cluster.transport.times import seconds
from opsconsole.records import JsonObject
from opsconsole.switches.restore.fields import Pointer, place, present
from opsconsole.text import clean_line


class FieldWriter(NamedTuple):
    """A field manager and when it wrote (epoch seconds; 0 where that is not noted). Empty: nobody is noted."""

    manager: str
    at: float


def owner_of(kind: str, path: str, found: JsonObject) -> str:
    """The field manager that wrote the field last; empty if nobody is noted. A name is evidence, never proof.

    Raises:
        UnfitError: there is no such field.
    """
    return last_writer(kind, path, found).manager


def last_writer(kind: str, path: str, found: JsonObject) -> FieldWriter:
    """Who wrote the field last, and when. The time is that of the manager's newest write to the object.

    Raises:
        UnfitError: there is no such field.
    """
    pointer = place(kind, path, found)
    entries = present(found, ["metadata", "managedFields"])
    owning = [
        FieldWriter(clean_line(str(entry.get("manager") or "")), seconds(str(entry.get("time") or "")) or 0.0)
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and _owns(entry.get("fieldsV1"), pointer, found)
    ]
    return max(owning, key=lambda each: (each.at, each.manager), default=FieldWriter("", 0.0))


def _owns(fields: Any, pointer: Pointer, found: JsonObject) -> bool:
    """Whether a field set names the place. A list's items go by the keys that make them what they are."""
    at: Any = found
    for part in pointer:
        at = present(at, [part])
        fields = _item(fields, at) if isinstance(part, int) else _member(fields, part)
        if fields is None:
            return False
    return True


def _member(fields: Any, name: str) -> Any:
    return fields.get(f"f:{name}") if isinstance(fields, dict) else None


def _item(fields: Any, item: Any) -> Any:
    for key, below in (fields or {}).items() if isinstance(fields, dict) else ():
        if key.startswith("k:") and _is(key[2:], item):
            return below
    return None


def _is(key: str, item: Any) -> bool:
    try:
        named = msgspec.json.decode(key)
    except msgspec.DecodeError:
        return False
    return isinstance(named, dict) and isinstance(item, dict) and all(item.get(k) == v for k, v in named.items())
