"""The damage: every field that the optimizer changed, what it was before its first write, and what it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from opsconsole.governor.observed.changes import DELETED, ObservedChange, object_key
from opsconsole.governor.observed.fields import UNSET, Value, values
from opsconsole.records import AnyRecord, Change, ChangeField, Record, Ref


class DamageState(StrEnum):
    """How a damaged field is now."""

    DAMAGED = "damaged"
    RESTORED = "restored"
    CHANGED_SINCE = "changed since"
    GONE = "gone"


class Damage(Record, frozen=True):
    """One field: its last known good value, the optimizer's newest one, and what it is now.

    ``before`` is what it was just before the optimizer's first write to it, empty where that is not known (it wrote
    before the console looked). ``certain`` is false when the writer can't be told from the optimizer, or was not seen.
    ``now_by`` is the manager that wrote it last. ``announced`` is what the log says was set, where the write itself was
    not seen or what was before it is not known; empty otherwise. ``doubtful`` is true when ``before`` may be the
    optimizer's own doing: its log says that it had set the field before the console looked. ``why`` says in words why
    ``before`` is not known, where there is more to say than that nobody saw it. ``its_manager`` is the manager of its
    newest write that was its for certain: where ``now_by`` is empty, the field's owner tells whether it wrote again.
    """

    about: Ref
    path: str
    before: str
    now: str
    before_number: float | None
    now_number: float | None
    standing: DamageState
    certain: bool
    first_at: float
    last_at: float
    writes: int
    now_by: str = ""
    announced: str = ""
    doubtful: bool = False
    why: str = ""
    its_manager: str = ""


class _Field(msgspec.Struct):
    """One field. ``sure`` of its ``writes`` are the optimizer's for certain, the newest of them by ``sure_by``.

    ``counted`` are the writes that are still remembered: the manager of each that is sure, ``None`` of the others.
    """

    good: Value
    first_at: float
    last_at: float
    last: str
    last_by: str
    writes: int = 0
    sure: int = 0
    by_key: str = ""
    sure_by: str = ""
    first_by: str = ""
    counted: dict[str, str | None] = {}


class _Victim(msgspec.Struct):
    about: Ref
    record: AnyRecord
    fields: dict[str, _Field] = {}


class Ledger:
    """Remembers the last known good of every object that the optimizer (or who may be it) has written."""

    def __init__(self) -> None:
        self._victims: dict[str, _Victim] = {}

    def note(self, seen: ObservedChange) -> None:
        """Take a change in. A person's and a controller's only matter for what they do to damaged fields."""
        change = seen.change
        key = object_key(change.about)
        victim = self._victims.get(key)
        if change.by_optimizer is False:
            if victim is not None:
                self._written_by_others(victim, seen)
            return
        if victim is None:
            victim = _Victim(change.about, seen.before)
            self._victims[key] = victim
        for field in change.fields:
            entry = victim.fields.get(field.path)
            if entry is None:
                good = (field.before, field.before_number)
                entry = victim.fields[field.path] = _Field(
                    good, change.at, change.at, field.after, change.manager, first_by=change.manager
                )
            _write(entry, change, field)

    def known(self, about: Ref) -> bool:
        """Whether the optimizer has written this object."""
        return object_key(about) in self._victims

    def objects(self) -> list[Ref]:
        """The objects that the optimizer has written, in the order of its first writes."""
        return [victim.about for victim in self._victims.values()]

    def last_known_good(self, about: Ref) -> AnyRecord | None:
        """The whole record from just before the optimizer's first write to it."""
        victim = self._victims.get(object_key(about))
        return victim.record if victim else None

    def rows(self, find: Callable[[Ref], AnyRecord | None]) -> list[Damage]:
        """The damage, by object, as the world is now."""
        return [row for victim in self._victims.values() for row in _rows(victim, find(victim.about))]

    def forget(self, key: str) -> None:
        """The change will not be attributed anew; it stays counted."""
        victim = self._victims.get(key.rpartition("@")[0])
        for field in victim.fields.values() if victim is not None else ():
            field.counted.pop(key, None)

    def doubt_forgotten(self) -> None:
        """Call nothing certain by writes that are forgotten: they were attributed when others were the optimizers."""
        for victim in self._victims.values():
            for field in victim.fields.values():
                field.sure = sum(manager is not None for manager in field.counted.values())
                field.sure_by = field.sure_by if field.sure else ""

    def _written_by_others(self, victim: _Victim, seen: ObservedChange) -> None:
        key = seen.change.key
        for field in seen.change.fields:
            entry = victim.fields.get(field.path)
            if entry is None:
                continue
            counted = _uncount(entry, key)  # it was taken for the optimizer's, and is known better now
            if not counted or entry.by_key == key:
                entry.last_by = seen.change.manager
            if entry.by_key == key:
                entry.last = field.before
            if counted and not entry.writes:
                del victim.fields[field.path]
        if not victim.fields:
            del self._victims[object_key(victim.about)]


def _write(entry: _Field, change: Change, field: ChangeField) -> None:
    """Take a write in that is the optimizer's, or may be. Once it is seen for sure, who can't be told is another."""
    # The same change comes again when it is attributed anew.
    sure, again = change.by_optimizer is True, _uncount(entry, change.key)
    if entry.sure and not sure and change.manager not in ("", entry.sure_by):
        entry.last_by = change.manager
        return
    if sure and not entry.sure and change.manager != entry.first_by:
        # What others did before its first write is what it found.
        entry.good, entry.first_at, entry.first_by = (field.before, field.before_number), change.at, change.manager
        entry.writes, entry.counted = 0, {}
    if sure:
        entry.sure, entry.sure_by = entry.sure + 1, change.manager
    entry.writes += 1
    entry.counted[change.key] = change.manager if sure else None
    if not again and change.at >= entry.last_at:
        entry.last_at, entry.last, entry.last_by, entry.by_key = change.at, field.after, change.manager, change.key


def _uncount(entry: _Field, key: str) -> bool:
    """Take a write back; false where it is not counted."""
    if key not in entry.counted:
        return False
    entry.writes -= 1
    if entry.counted.pop(key) is not None:
        entry.sure -= 1
        others = (manager for manager in reversed(entry.counted.values()) if manager is not None)
        entry.sure_by = next(others, entry.sure_by if entry.sure else "")
    return True


def _rows(victim: _Victim, record: AnyRecord | None) -> Iterable[Damage]:
    current = values(record) if record is not None else {}
    for path, field in victim.fields.items():
        before = field.good
        now = _now(path, record, current)
        yield Damage(
            about=victim.about,
            path=path,
            before=before[0],
            now=now[0],
            before_number=before[1],
            now_number=now[1],
            standing=_standing(field, before[0], now[0], gone=record is None),
            certain=field.sure > 0,
            first_at=field.first_at,
            last_at=field.last_at,
            writes=field.writes,
            now_by=field.last_by,
            its_manager=field.sure_by,
        )


def _now(path: str, record: AnyRecord | None, current: dict[str, Value]) -> Value:
    if record is None:
        return DELETED.after, None
    return (DELETED.before, None) if path == DELETED.path else current.get(path, (UNSET, None))


def _standing(field: _Field, before: str, now: str, *, gone: bool) -> DamageState:
    if now == before:
        return DamageState.RESTORED
    if gone:
        return DamageState.GONE
    return DamageState.DAMAGED if now == field.last else DamageState.CHANGED_SINCE
