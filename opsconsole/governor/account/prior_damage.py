"""Damage from before the console looked: what the log says was set, and still is.

Most consoles are opened when the pager has gone off already. The log's history then tells what the optimizer set; a
field that still has that value is its damage, though the write itself was not seen. What was there before may be in the
Deployment's revision history: the newest ReplicaSet that is older than the optimizer's first word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from opsconsole.governor.account.damage import Damage, Standing
from opsconsole.governor.announced.announcements import Deed
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


class Earlier(Record, frozen=True):
    """A field that the log's history says was set: what to, how often, and what it was before if that can be found."""

    about: Ref
    path: str
    said: ChangeField
    now: Value
    before: Value
    first_at: float
    last_at: float
    times: int


def announced_earlier(deeds: Iterable[Deed], past: Past) -> dict[tuple[str, str], Earlier]:
    """What the log's history says was set, by object and path."""
    objects: dict[str, tuple[Ref, AnyRecord, list[Deed]]] = {}
    for deed in deeds:
        record = past.find(deed.about) if deed.about is not None else None
        ref = ref_of(record) if record is not None else None
        if record is not None and ref is not None:
            objects.setdefault(object_key(ref), (ref, record, []))[2].append(deed)
    found: dict[tuple[str, str], Earlier] = {}
    for key, (ref, record, said) in objects.items():
        said.sort(key=lambda deed: deed.said_at)
        good, now = _good(ref, said[0].said_at, past), values(record)
        for path in dict.fromkeys(field.path for deed in said for field in deed.fields):
            if path in now:
                found[key, path] = _earlier(ref, path, said, now[path], good.get(path, _UNKNOWN))
    return found


class Told:
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


def _good(ref: Ref, first_word: float, past: Past) -> dict[str, Value]:
    """The fields in the newest revision from before the first word; empty if none is kept."""
    revisions = sorted(past.revisions(ref), key=lambda each: each.created or 0.0)
    older = [each for each in revisions if each.created is not None and each.created < first_word]
    if not older:
        return {}
    template = values(older[-1]).items()
    found = {path: value for path, value in template if path.startswith(("containers[", "initContainers["))}
    if older[-1] is not revisions[-1] and (replicas := dict(older[-1].annotations).get(_DESIRED, "")).isdecimal():
        found["replicas"] = (replicas, float(replicas))
    return found


def _earlier(ref: Ref, path: str, said: Sequence[Deed], now: Value, before: Value) -> Earlier:
    told = [(deed.said_at, field) for deed in said for field in deed.fields if field.path == path]
    return Earlier(ref, path, told[-1][1], now, before, told[0][0], told[-1][0], len(told))


def _still(earlier: Earlier) -> bool:
    """Whether the field has the value that was announced, and not because it always had."""
    text, number = earlier.now
    wanted = earlier.said
    if earlier.path == "taints":  # a node may have others besides
        return bool(taints_of(wanted.after)) and taints_of(wanted.after) <= taints_of(text)
    same = text == wanted.after if number is None or wanted.after_number is None else number == wanted.after_number
    if earlier.before == _UNKNOWN:  # three replicas again may be all well; none is not
        return same and (earlier.path != "replicas" or number == 0)
    return same and earlier.before != earlier.now


def _damage(earlier: Earlier) -> Damage:
    return Damage(
        about=earlier.about,
        path=earlier.path,
        before=earlier.before[0],
        now=earlier.now[0],
        before_number=earlier.before[1],
        now_number=earlier.now[1],
        standing=Standing.DAMAGED,
        certain=False,
        first_at=earlier.first_at,
        last_at=earlier.last_at,
        writes=earlier.times,
        announced=earlier.said.after,
    )


def _today(row: Damage, record: AnyRecord | None) -> Damage:
    """A row that only history tells of, as the world is now."""
    if record is None:
        return msgspec.structs.replace(row, now=DELETED.after, now_number=None, standing=Standing.GONE)
    now, number = values(record).get(row.path, (UNSET, None))
    standing = Standing.DAMAGED if now == row.now else Standing.CHANGED_SINCE
    if row.path == "taints":
        standing = Standing.DAMAGED if taints_of(row.announced) & taints_of(now) else Standing.RESTORED
    elif row.before == now:
        standing = Standing.RESTORED
    return msgspec.structs.replace(row, now=now, now_number=number, standing=standing)


def _corrected(row: Damage, earlier: Earlier) -> Damage:
    """What was first seen was the optimizer's own doing: it is no last known good."""
    text, number = earlier.before
    standing = row.standing
    if earlier.path == "replicas" and earlier.before == _UNKNOWN:
        # Numbers come and go: the first one that was seen is the best there is.
        return msgspec.structs.replace(row, doubtful=True)
    if earlier.path == "taints" and not taints_of(earlier.said.after) & taints_of(row.before):
        return row  # somebody had taken it off before the console saw the optimizer write
    if earlier.path == "taints":
        standing = Standing.DAMAGED if taints_of(earlier.said.after) & taints_of(row.now) else Standing.RESTORED
    elif standing is Standing.RESTORED and text != row.now:
        standing = Standing.DAMAGED
    elif text == row.now:
        standing = Standing.RESTORED
    return msgspec.structs.replace(
        row,
        before=text,
        before_number=number,
        standing=standing,
        first_at=min(row.first_at, earlier.first_at),
        announced="" if text else earlier.said.after,
    )
