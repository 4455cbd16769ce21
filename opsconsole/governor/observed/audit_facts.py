"""What the API server's audit log says of a write that was seen: whose it is, as a fact and not by a name."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable

from opsconsole.governor.observed.changes import DELETED, object_key
from opsconsole.records import AuditedWrite, Change

NEAR = 5.0
"""Seconds between a write as it was seen and as the audit log has it: whole seconds in the one, clocks in the other."""

KEPT_OBJECTS, PER_OBJECT = 10_000, 32

_REMOVES = frozenset({"delete", "deletecollection"})


class AuditFacts:
    """Audited writes by the object that they are about; bounded."""

    def __init__(self) -> None:
        self._writes: OrderedDict[str, deque[AuditedWrite]] = OrderedDict()

    def note(self, write: AuditedWrite) -> str | None:
        """Take a write in; returns the key of its object, ``None`` for one that changed nothing."""
        if write.refused or write.dry:
            return None
        key = object_key(write.about)
        self._writes.setdefault(key, deque(maxlen=PER_OBJECT)).append(write)
        self._writes.move_to_end(key)
        if len(self._writes) > KEPT_OBJECTS:
            self._writes.popitem(last=False)
        return key

    def writers(self, change: Change) -> frozenset[str]:
        """Return the users whose write ``change`` may be; empty where the audit log tells of none.

        Where the change has a manager, only a write under that name may be it: another's, seconds before or after,
        may be of anything, and the one that is meant may not be in the log yet. A deletion names no manager, and a
        status is not watched.
        """
        removed = DELETED in change.fields
        near = [each for each in self._writes.get(object_key(change.about), ()) if abs(each.at - change.at) <= NEAR]
        fitting = [each for each in near if (each.verb in _REMOVES) == removed and each.subresource != "status"]
        named = change.manager if not removed else ""
        return frozenset(each.user for each in fitting if not named or each.manager == named)


def by_optimizer(users: Iterable[str], optimizers: frozenset[str]) -> bool | None:
    """Whether a write of one of ``users`` is the optimizer's; ``None`` where some are and some are not, or none is."""
    found = {user in optimizers for user in users}
    return found.pop() if len(found) == 1 else None
