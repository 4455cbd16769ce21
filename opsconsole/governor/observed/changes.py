"""Every write that was seen on the cluster, as Change records, remembered for as long as rules look back."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import NamedTuple

from opsconsole.governor.observed.attribution import GENERIC, NOBODY, Attribution, Author, author, newest
from opsconsole.governor.observed.borrowed import Cluster, is_borrowed, may_be_borrowed
from opsconsole.governor.observed.fields import diff
from opsconsole.governor.observed.following import follows, names_a_leader
from opsconsole.records import AnyRecord, Autoscaler, Change, ChangeField, Hpa, Kind, Node, Pdb, Pod, Ref, Workload
from opsconsole.store import Transition

KEPT = 20_000
"""Changes that are remembered; at a thousand a second this is twenty seconds, at a 10 s loop two days."""

PER_OBJECT = 128
"""Changes of one object that rules look back on: ten minutes of two writers in a 10 s loop."""

SAME_SECOND = 2.0
"""Two writes may be received this far apart (in seconds) and have been made within one second."""

FRESH = 5.0
"""A write that is said to be this old (in seconds) or less was seen as it came; clocks differ by as much."""

GRAVES = 1_000
"""Deleted objects that are remembered, so that delete and create anew is seen as the change that it is."""

DELETED = ChangeField("object", "there", "deleted")
RECREATED = ChangeField("object", "deleted", "there")


class ObservedChange(NamedTuple):
    """A change with the two states of the object that it lies between."""

    change: Change
    before: AnyRecord
    after: AnyRecord | None
    received: float


def ref_of(record: AnyRecord) -> Ref | None:
    """The reference of an object whose writes are watched, ``None`` for other records."""
    if isinstance(record, (Workload, Pod, Autoscaler)):
        return record.ref
    if isinstance(record, Node):
        return Ref("Node", "", record.name, record.uid)
    if isinstance(record, Hpa):
        return Ref("HorizontalPodAutoscaler", record.namespace, record.name, record.uid)
    return Ref("PodDisruptionBudget", record.namespace, record.name, record.uid) if isinstance(record, Pdb) else None


def object_key(ref: Ref) -> str:
    """``Deployment/production/auth-service``: one object whatever its uid."""
    # Ref.key's own words: every write asks a dozen times.
    return f"{ref.kind}/{ref.namespace}/{ref.name}" if ref.namespace else f"{ref.kind}/{ref.name}"


def plain(ref: Ref) -> Ref:
    """The reference without its uid: the object of that name, whichever it is."""
    return Ref(ref.kind, ref.namespace, ref.name)


def _time(last: ObservedChange | None, written: float | None, now: float) -> float:
    """When it was written: as we saw it come, unless the API server says that it is old (a relist).

    The server keeps whole seconds, and none for some writes: taken as they are, an earlier write could look later.
    """
    at = now if written is None or abs(now - written) <= FRESH else min(written, now)
    return at if last is None else max(at, last.change.at)


def _is_led(record: AnyRecord) -> bool:
    return isinstance(record, Workload) and names_a_leader(record)


class Changes:
    """Turns the store's transitions into changes and remembers them, newest last."""

    def __init__(self, attribution: Attribution, cluster: Cluster) -> None:
        self.attribution = attribution
        self._cluster = cluster
        self._recent: OrderedDict[str, ObservedChange] = OrderedDict()
        self._objects: dict[str, deque[str]] = {}
        self._names: dict[str, dict[Ref, None]] = {}
        self._graves: OrderedDict[tuple[Kind, str], AnyRecord] = OrderedDict()
        self._count = 0
        self.forgotten: list[str] = []
        """Keys of changes that were dropped since the governor last looked."""

    def __len__(self) -> int:
        return len(self._recent)

    def observe(self, transition: Transition, now: float) -> ObservedChange | None:
        """Take one transition in; ``None`` when nothing that counts differs."""
        before, after = transition.before, transition.after
        if before is None or after is None:
            return self._came_or_went(transition, now)
        if isinstance(after, Workload) and self._only_follows(before, after):
            return None
        fields = diff(before, after)
        return self._remember(before, after, fields, now) if fields else None

    def get(self, key: str) -> Change | None:
        """The change with that key, as it is attributed now."""
        seen = self._recent.get(key)
        return seen.change if seen else None

    def seen(self, key: str) -> ObservedChange | None:
        """Like :meth:`get`, with the states before and after."""
        return self._recent.get(key)

    def replace(self, change: Change) -> ObservedChange | None:
        """Put a better attributed change in place of the one with its key; ``None`` if that is forgotten."""
        seen = self._recent.get(change.key)
        if seen is None:
            return None
        self._recent[change.key] = seen = seen._replace(change=change)
        return seen

    def buried(self, about: Ref) -> AnyRecord | None:
        """The last state of a workload that was deleted; ``None``: it was not seen to be, or long ago."""
        return self._graves.get((Kind.WORKLOAD, object_key(about)))

    def history(self, about: Ref, since: float) -> Iterator[Change]:
        """The remembered changes of one object since then, the newest first; at most :data:`PER_OBJECT`."""
        for key in reversed(self._objects.get(object_key(about), ())):
            seen = self._recent.get(key)
            if seen is None or seen.change.at < since:
                return
            yield seen.change

    def writes(self, about: Ref, since: float, most: int) -> int:
        """How many changes :meth:`history` gives, up to ``most``, that are the optimizer's or may be."""
        count, recent = 0, self._recent
        for key in reversed(self._objects.get(object_key(about), ())):
            seen = recent.get(key)
            if count >= most or seen is None or seen.change.at < since:
                break
            count += seen.change.by_optimizer is not False
        return count

    def keys_of(self, object_key: str) -> tuple[str, ...]:
        """Keys of the remembered changes of one object, the oldest first."""
        return tuple(self._objects.get(object_key, ()))

    def named(self, name: str, since: float) -> list[ObservedChange]:
        """The changes of objects of that name since then, those that no decision has announced first."""
        changes = [change for about in self._names.get(name, ()) for change in self.history(about, since)]
        changes.sort(key=lambda change: bool(change.decision))
        return [self._recent[change.key] for change in changes]

    def newest(self, limit: int = KEPT) -> list[Change]:
        """The newest changes, newest first."""
        keys = list(self._recent)[-limit:]
        return [self._recent[key].change for key in reversed(keys)]

    def by_manager(self, manager: str) -> list[ObservedChange]:
        """The remembered changes that ``manager`` made."""
        return [seen for seen in self._recent.values() if seen.change.manager == manager]

    def _came_or_went(self, transition: Transition, now: float) -> ObservedChange | None:
        kind, key, before, after = transition
        if after is None:
            if before is None:
                return None
            self._graves[kind, key] = before
            if len(self._graves) > GRAVES:
                self._graves.popitem(last=False)
            return None if _is_led(before) else self._remember(before, None, (DELETED,), now)
        grave = self._graves.pop((kind, key), None)
        if grave is None or _is_led(grave):
            return None
        return self._remember(grave, after, (RECREATED, *diff(grave, after)), now)

    def _only_follows(self, before: AnyRecord, after: Workload) -> bool:
        """Whether its owner's controller sizes it.

        An owner that is not seen is believed only where a writer has a name, and none of the optimizer's.
        """
        if after.owner is None or follows(after, self._cluster.find):
            return after.owner is not None
        fields = diff(before, after)
        scaled = any(field.path == "replicas" for field in fields)
        manager = author(before, after, scaled=scaled).manager
        theirs = manager not in GENERIC and self.attribution.by_optimizer(manager) is not True
        return names_a_leader(after) and theirs

    def _remember(
        self, before: AnyRecord, after: AnyRecord | None, fields: tuple[ChangeField, ...], now: float
    ) -> ObservedChange | None:
        about = ref_of(before if after is None else after)
        if about is None:
            return None
        of_object = object_key(about)
        keys = self._objects.get(of_object)
        if keys is None:
            keys = self._objects[of_object] = deque(maxlen=PER_OBJECT)
            self._names.setdefault(about.name, {})[plain(about)] = None
        last = self._recent.get(keys[-1]) if keys else None
        manager, written = self._author(last, before, after, fields, now)
        borrowed = after is not None and self._is_borrowed(manager, about, after, fields)
        self._count += 1
        change = Change(
            key=f"{of_object}@{self._count}",
            at=_time(last, written, now),
            about=about,
            fields=fields,
            manager=manager,
            by_optimizer=self.attribution.by_optimizer(manager, borrowed=borrowed),
            generation=after.generation if isinstance(after, Workload) else 0,
            borrowed=borrowed,
        )
        seen = ObservedChange(change, before, after, now)
        self._recent[change.key] = seen
        keys.append(change.key)
        if len(self._recent) > KEPT:
            self._forget()
        return seen

    def _is_borrowed(self, manager: str, about: Ref, after: AnyRecord, fields: tuple[ChangeField, ...]) -> bool:
        if not may_be_borrowed(manager):
            return False
        return is_borrowed(manager, after, fields, self.history(about, float("-inf")), self._cluster)

    def _author(
        self,
        last: ObservedChange | None,
        before: AnyRecord,
        after: AnyRecord | None,
        fields: tuple[ChangeField, ...],
        now: float,
    ) -> Author:
        """Who wrote; a deletion leaves no trace.

        A second write within one second changes no entry: then it is the writer of the one just before, if that is
        still the newest.
        """
        if after is None:
            return NOBODY
        found = author(before, after, scaled=any(field.path == "replicas" for field in fields))
        if found.manager or found.at is not None:
            return found
        if last is None or now - last.received > SAME_SECOND:
            return NOBODY
        again = newest(after)
        return again if again.manager == last.change.manager else NOBODY

    def _forget(self) -> None:
        key, seen = self._recent.popitem(last=False)
        self.forgotten.append(key)
        about = seen.change.about
        keys = self._objects.get(object_key(about))
        if keys and keys[0] == key:
            keys.popleft()
        if not keys:
            self._objects.pop(object_key(about), None)
            names = self._names.get(about.name, {})
            names.pop(plain(about), None)
            if not names:
                self._names.pop(about.name, None)
