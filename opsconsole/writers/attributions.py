"""Joins the two sources: which user made a write that ``managedFields`` tells of. Pure, bounded."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from opsconsole.records import AuditedWrite, Ref

KEPT = 20_000
"""Pairs of a manager and an object whose last audited writer is remembered."""

KEPT_USERS = 16
"""Users remembered of one manager. What more there are changes no answer: the name is not one user's alone."""

NEAR = 5.0
"""Seconds between the API server's two notes of one write: whole seconds in the one, clocks in the other."""


class _LastWrite(NamedTuple):
    user: str
    at: float


class Attributions:
    """Remembers who, by the audit log, wrote an object under which manager."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, str, str, str], _LastWrite] = OrderedDict()
        self._users: dict[str, set[str]] = {}

    def note(self, write: AuditedWrite) -> None:
        """Take an audited write in."""
        place = _place(write.manager, write.about)
        self._last.pop(place, None)
        self._last[place] = _LastWrite(write.user, write.at)
        if len(self._last) > KEPT:
            self._last.popitem(last=False)
        if write.manager in self._users or len(self._users) < KEPT:
            users = self._users.setdefault(write.manager, set())
            if len(users) < KEPT_USERS:
                users.add(write.user)

    def user(self, manager: str, about: Ref, at: float | None) -> str:
        """Return who wrote ``about`` as ``manager`` at about that time; empty where the audit log tells of none."""
        last = self._last.get(_place(manager, about))
        if last is None or (at is not None and abs(at - last.at) > NEAR):
            return ""
        return last.user

    def owner(self, manager: str, about: Ref) -> str:
        """Return who last wrote ``about`` as ``manager``, whenever that was; else the only user of that name."""
        found = self.user(manager, about, None)
        users = self._users.get(manager, set())
        return found or (next(iter(users)) if len(users) == 1 else "")

    def users(self, manager: str) -> frozenset[str]:
        """Return who called itself so: everybody, or the first :data:`KEPT_USERS`."""
        return frozenset(self._users.get(manager, ()))


def _place(manager: str, about: Ref) -> tuple[str, str, str, str]:
    return manager, about.kind, about.namespace, about.name
