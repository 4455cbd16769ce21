"""Which writes lie between two looks at an object's ``managedFields``, and which fields changed hands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from opsconsole.records import OwnedFields, Ownership

SAME_SECOND = 2.0
"""Seconds: the API server keeps whole ones, so that a second write within one changes no entry."""

_Place = tuple[str, str, str]


class SeenWrite(NamedTuple):
    """One write: by whom, when (seconds since the epoch, ``None`` where the API server keeps no time for it).

    ``gained`` are fields that were not its own before; ``taken`` those of them that another manager lost by it, each
    with that manager's name. An empty ``manager``: the object changed and nothing tells by whom.
    """

    manager: str
    operation: str = ""
    subresource: str = ""
    at: float | None = None
    gained: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()

    @property
    def verb(self) -> str:
        """``apply``, ``update``, ``update status`` …: as the API server names the operation."""
        return f"{self.operation.lower() or 'write'} {self.subresource}".rstrip()


def writes_between(before: Ownership, after: Ownership, now: float) -> list[SeenWrite]:
    """Return the writes that made ``after`` of ``before``, as far as the entries tell.

    An entry whose time is new, or that has fields which it had not, is a write. One that only lost fields is not:
    they were taken. Where no entry moved, a write of the same second by the newest writer is told from one that left
    no trace (a manager that the API server has folded away, a change of what nobody owns).
    """
    if before.resource_version == after.resource_version:
        return []
    old = {_place(entry): entry for entry in before.entries}
    lost = _lost(old, {_place(entry): entry for entry in after.entries})
    found = [write for entry in after.entries if (write := _write(entry, old.get(_place(entry)), lost)) is not None]
    return found or [_untraced(before, after, now)]


def first_writes(seen: Ownership, since: float) -> Iterator[SeenWrite]:
    """Yield the writes to an object that is seen for the first time, those of ``since`` or later."""
    for entry in seen.entries:
        if entry.at is not None and entry.at >= since:
            yield SeenWrite(entry.manager, entry.operation, entry.subresource, entry.at, entry.fields)


def _place(entry: OwnedFields) -> _Place:
    return entry.manager, entry.operation, entry.subresource


def _lost(old: Mapping[_Place, OwnedFields], new: Mapping[_Place, OwnedFields]) -> dict[str, str]:
    """Return each field that somebody no longer owns, with that manager's name."""
    lost: dict[str, str] = {}
    for place, entry in old.items():
        kept = new.get(place)
        if kept is None or kept.fields is not entry.fields:
            held = frozenset(kept.fields if kept is not None else ())
            lost.update((path, entry.manager) for path in entry.fields if path not in held)
    return lost


def _write(entry: OwnedFields, before: OwnedFields | None, lost: Mapping[str, str]) -> SeenWrite | None:
    held = frozenset(before.fields if before is not None else ())
    gained = tuple(path for path in entry.fields if path not in held)
    if not gained and before is not None and before.at == entry.at:
        return None
    taken = tuple((path, lost[path]) for path in gained if lost.get(path, entry.manager) != entry.manager)
    return SeenWrite(entry.manager, entry.operation, entry.subresource, entry.at, gained, taken)


def _untraced(before: Ownership, after: Ownership, now: float) -> SeenWrite:
    """Whose a write is that moved no entry: the newest writer's, where that is one alone and within its second.

    One that leaves the generation as it is changed no spec: of several newest writers it is the one of the status.
    """
    newest = max((entry.at for entry in after.entries if entry.at is not None), default=None)
    if newest is None or now - newest > SAME_SECOND:
        return SeenWrite("")
    names = {_place(entry) for entry in after.entries if entry.at == newest}
    if before.generation == after.generation:
        names = {place for place in names if place[2] == "status"} or names
    return SeenWrite(*names.pop(), newest) if len(names) == 1 else SeenWrite("")
