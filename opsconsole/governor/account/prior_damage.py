"""Damage from before the console looked: what the log says was set, and still is.

Most consoles are opened when the pager has gone off already. The log's history then tells what the optimizer set; a
field that still has that value is its damage, though the write itself was not seen. What was there before may be in the
Deployment's revision history. What was seen live wins over that history, and a value that the log announced is never
a good one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

import msgspec

from opsconsole.governor.account.damage import Damage, DamageState
from opsconsole.governor.account.revisions import REACH_SECONDS, SLACK_SECONDS, Revision, history, in_force_before
from opsconsole.governor.announced.announcements import Announcement
from opsconsole.governor.observed.changes import DELETED, object_key, ref_of
from opsconsole.governor.observed.fields import NO_TAINTS, UNSET, Value, values
from opsconsole.records import AnyRecord, ChangeField, Record, Ref, Workload

_UNKNOWN: Value = ("", None)

Field: TypeAlias = tuple[str, str]
"""An object's key and a path."""

_DESIRED = "deployment.kubernetes.io/desired-replicas"
"""Annotation of a ReplicaSet: what its Deployment wanted while it was the newest. The newest one's is the present."""


class Past(Protocol):
    """What has to be asked of the world."""

    def find(self, ref: Ref) -> AnyRecord | None: ...

    def revisions(self, ref: Ref) -> Sequence[Workload]: ...

    def log_begins(self, sources: Iterable[str]) -> float | None:
        """When the oldest line was written in that of these logs which reaches back least; ``None``: there is none."""
        ...

    def optimizer_since(self) -> float | None:
        """When the optimizer was made (epoch seconds); ``None``: unknown."""
        ...


class Good(Record, frozen=True):
    """What was in force before the optimizer's first word on an object.

    Attributes:
        fields: by path; empty where no revision is older.
        doubt: why its own doing may be among them, in words; empty where it can't be.
    """

    fields: dict[str, Value]
    doubt: str = ""


class Earlier(Record, frozen=True):
    """A field that the log's history says was set.

    Attributes:
        about: the object.
        path: of the field.
        said: what it was set to, in the newest word.
        announced: every value that any word gave it: none of them is a good one.
        now: what it is.
        history: what the revision history says it was before; unknown where that says nothing.
        doubt: why ``history`` may be the optimizer's own doing, in words; empty where it can't be.
        first_at: when it was first spoken of; ``last_at``: last.
        times: how often.
    """

    about: Ref
    path: str
    said: ChangeField
    announced: tuple[Value, ...]
    now: Value
    history: Value
    doubt: str
    first_at: float
    last_at: float
    times: int

    def is_its_own(self, value: Value) -> bool:
        """Whether the log says that the optimizer had set this value."""
        return any(_same(value, each) for each in self.announced)

    @property
    def before(self) -> Value:
        """What it was before, where that is known and beyond doubt; else unknown."""
        return _UNKNOWN if self.doubt or self.is_its_own(self.history) else self.history

    @property
    def why(self) -> str:
        """Why what was before is not known, in words; empty where it is, or where no revision tells."""
        if self.history == _UNKNOWN or self.before != _UNKNOWN:
            return ""
        return self.doubt or f"the revision from before its first word has {self.history[0]}, which its log announced"


def announced_earlier(deeds: Iterable[Announcement], past: Past) -> dict[tuple[str, str], Earlier]:
    """What the log's history says was set, by object and path."""
    objects: dict[str, tuple[Ref, AnyRecord, list[Announcement]]] = {}
    for deed in deeds:
        record = past.find(deed.about) if deed.about is not None else None
        ref = ref_of(record) if record is not None else None
        if record is not None and ref is not None:
            objects.setdefault(object_key(ref), (ref, record, []))[2].append(deed)
    found: dict[tuple[str, str], Earlier] = {}
    for key, (ref, record, said) in objects.items():
        said.sort(key=lambda deed: deed.said_at)
        good, now = _good(ref, said, past), values(record)
        for path in dict.fromkeys(field.path for deed in said for field in deed.fields):
            if path in now:
                found[key, path] = _earlier(ref, path, said, now[path], good)
    return found


class ToldDamage:
    """The account with what history alone tells: a field that was damaged stays in it when it is mended."""

    def __init__(self) -> None:
        self._rows: dict[Field, Damage] = {}

    def merged(
        self,
        rows: Iterable[Damage],
        earlier: dict[Field, Earlier],
        find: Callable[[Ref], AnyRecord | None],
    ) -> list[Damage]:
        """The damage that was seen, its last known good corrected by history, and what only history tells of."""
        seen = {(object_key(row.about), row.path): row for row in rows}
        corrected = [_corrected(row, earlier[key]) if key in earlier else row for key, row in seen.items()]
        self._rows |= {key: _damage(each) for key, each in earlier.items() if key not in seen and _still(each)}
        return corrected + [_today(row, find(row.about)) for key, row in self._rows.items() if key not in seen]


def taints_of(text: str) -> frozenset[str]:
    """``a=b:NoSchedule, c:NoExecute`` as a set."""
    return frozenset() if text in ("", NO_TAINTS) else frozenset(text.split(", "))


def _good(ref: Ref, said: Sequence[Announcement], past: Past) -> Good:
    """The fields of the revision that was in force before the first word."""
    first_word = said[0].said_at
    announced = [(field.path, (field.after, field.after_number)) for deed in said for field in deed.fields]

    def is_cut(template: Workload) -> bool:
        found = values(template)
        return any(path in found and path != "replicas" and _same(found[path], value) for path, value in announced)

    revisions = history(past.revisions(ref))
    good = in_force_before(revisions, first_word, is_cut)
    if good is None:
        return Good({})
    template = values(good.template).items()
    found = {path: value for path, value in template if path.startswith(("containers[", "initContainers["))}
    desired = dict(good.template.annotations).get(_DESIRED, "")
    if not good.newest and desired.isdecimal():
        found["replicas"] = (desired, float(desired))
    return Good(found, _doubt(good, revisions, said, past))


def _doubt(good: Revision, revisions: Sequence[Revision], said: Sequence[Announcement], past: Past) -> str:
    """Why the revision may be the optimizer's own doing: made while it ran, and before its log (rotated) can tell.

    An optimizer has several logs (a container each), and of each only the end is read: the one that reaches back least
    tells from when on none of its words is missing.
    """
    begins, since = past.log_begins({deed.source for deed in said}), past.optimizer_since()
    first_word = said[0].said_at
    if begins is None or since is None:
        return ""
    at = revisions.index(good)
    made = [each.made for each in revisions[at + 1 :] if each.made is not None]
    earliest = good.made if good.made is not None else max((each.made or 0.0 for each in revisions[:at]), default=0.0)
    latest = good.made if good.made is not None else min([*made, first_word])
    if latest <= since + SLACK_SECONDS or earliest >= begins + REACH_SECONDS:
        return ""
    return (
        f"its log reaches back to {_clock(begins)} only, and revision {good.number} is from before that or from its "
        "first minute, while it was there: it may be its own cut"
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _earlier(ref: Ref, path: str, said: Sequence[Announcement], now: Value, good: Good) -> Earlier:
    told = [(deed.said_at, field) for deed in said for field in deed.fields if field.path == path]
    return Earlier(
        about=ref,
        path=path,
        said=told[-1][1],
        announced=tuple(dict.fromkeys((field.after, field.after_number) for _, field in told)),
        now=now,
        history=good.fields.get(path, _UNKNOWN),
        doubt=good.doubt,
        first_at=told[0][0],
        last_at=told[-1][0],
        times=len(told),
    )


def _same(value: Value, other: Value) -> bool:
    """Whether two values mean the same; a number says more than its text."""
    if value[1] is None or other[1] is None:
        return bool(value[0]) and value[0] == other[0]
    return value[1] == other[1]


def _still(earlier: Earlier) -> bool:
    """Whether the field has the value that was announced, and not because it always had."""
    text, number = earlier.now
    wanted = earlier.said
    if earlier.path == "taints":  # a node may have others besides
        return bool(taints_of(wanted.after)) and taints_of(wanted.after) <= taints_of(text)
    same = _same(earlier.now, (wanted.after, wanted.after_number))
    if not same or (not earlier.doubt and earlier.history != _UNKNOWN):
        return same and not _same(earlier.history, earlier.now)
    return earlier.path != "replicas" or number == 0  # three replicas again may be all well; none is not


def _damage(earlier: Earlier) -> Damage:
    return Damage(
        about=earlier.about,
        path=earlier.path,
        before=earlier.before[0],
        now=earlier.now[0],
        before_number=earlier.before[1],
        now_number=earlier.now[1],
        standing=DamageState.DAMAGED,
        certain=False,
        first_at=earlier.first_at,
        last_at=earlier.last_at,
        writes=earlier.times,
        announced=earlier.said.after,
        why=earlier.why,
    )


def _today(row: Damage, record: AnyRecord | None) -> Damage:
    """A row that only history tells of, as the world is now."""
    if record is None:
        return msgspec.structs.replace(row, now=DELETED.after, now_number=None, standing=DamageState.GONE)
    now, number = values(record).get(row.path, (UNSET, None))
    standing = DamageState.DAMAGED if now == row.now else DamageState.CHANGED_SINCE
    if row.path == "taints":
        standing = DamageState.DAMAGED if taints_of(row.announced) & taints_of(now) else DamageState.RESTORED
    elif row.before == now:
        standing = DamageState.RESTORED
    return msgspec.structs.replace(row, now=now, now_number=number, standing=standing)


def _corrected(row: Damage, earlier: Earlier) -> Damage:
    """A row that was seen live. It stays as it was seen, unless what was first seen was the optimizer's own doing."""
    if earlier.path == "taints":
        return _corrected_taints(row, earlier)
    if not earlier.is_its_own((row.before, row.before_number)):
        return row
    text, number = earlier.before
    if earlier.path == "replicas" and not text:
        # Numbers come and go: the first one that was seen is the best there is.
        return msgspec.structs.replace(row, doubtful=True)
    standing = row.standing
    if standing is DamageState.RESTORED and text != row.now:
        standing = DamageState.DAMAGED
    elif text == row.now:
        standing = DamageState.RESTORED
    return msgspec.structs.replace(
        row,
        before=text,
        before_number=number,
        standing=standing,
        first_at=min(row.first_at, earlier.first_at),
        announced="" if text else earlier.said.after,
        why=earlier.why,
    )


def _corrected_taints(row: Damage, earlier: Earlier) -> Damage:
    its_own = taints_of(earlier.said.after)
    if not its_own & taints_of(row.before):
        return row  # somebody had taken it off before the console saw the optimizer write
    return msgspec.structs.replace(
        row,
        before="",
        before_number=None,
        standing=DamageState.DAMAGED if its_own & taints_of(row.now) else DamageState.RESTORED,
        first_at=min(row.first_at, earlier.first_at),
        announced=earlier.said.after,
    )
