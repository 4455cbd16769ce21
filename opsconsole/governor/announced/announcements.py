"""Words and deeds: which write a decision announced, and what became of every announcement.

A decision that sets something waits for its write: same object, same values, within ``match_seconds`` (the log may be
read later than the write is seen, by ``late_seconds``). What comes instead, a 409, a denial, or nothing, is said too.
Optimizers say things twice, before and after ("Scaled …"): the second line is the first one's echo, no second word.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import partial
from typing import Protocol

import msgspec

from opsconsole.governor.announced.announced_values import TARGETS, AnnouncedValues, same_value, values_agree
from opsconsole.governor.announced.line_kinds import (
    Refusal,
    announces,
    deletes,
    refusal,
    reports,
    said_at,
    same_work,
    verb_of,
)
from opsconsole.governor.observed.attribution import Attribution
from opsconsole.governor.observed.changes import DELETED, ObservedChange
from opsconsole.governor.observed.fields import Value, unpack, value_of, values
from opsconsole.records import AnyRecord, Change, ChangeField, Decision, Pod, Record, Ref
from opsconsole.settings import GovernorSettings

PER_TARGET = 32
"""Announcements remembered of one target; those still waiting are at most match_seconds old."""

_ROUNDED = 1.0
"""Lines of text have whole seconds, documents have fractions: the later one may look earlier, by less than this."""

_SAME_WRITE = 2.0
"""A second announcement of one write may be read this much later than the write (in seconds); more is a new turn."""

_OUT_OF_SERVICE = frozenset({"taints", "unschedulable"})

_START_SECONDS = 5.0
_FRESH_SECONDS = 120.0
"""A line this much older than its arrival is history: what the cluster is now says nothing of the time before it."""


class AnnouncementState(StrEnum):
    """What became of an announcement."""

    ANNOUNCED = "announced"
    DONE = "done"
    ALREADY = "was so already"
    CONFLICT = Refusal.CONFLICT.value
    DENIED = Refusal.DENIED.value
    FAILED = Refusal.FAILED.value
    NOT_SEEN = "no write seen"
    EARLIER = "before the console looked"
    UNKNOWN = "can't be told"


_OPEN = frozenset({AnnouncementState.ANNOUNCED, AnnouncementState.NOT_SEEN})
_REFUSED = frozenset({AnnouncementState.CONFLICT, AnnouncementState.DENIED, AnnouncementState.FAILED})
_MAYBE_DONE = _OPEN | {AnnouncementState.CONFLICT, AnnouncementState.FAILED}
"""What may have been carried out all the same: a conflict refuses an attempt and is tried again, of a timeout nobody
knows. What was denied was not done."""


class Announcement(Record, frozen=True):
    """An announcement and what became of it.

    ``change`` is the key of the write that did it; ``echo`` the decision whose write this line only tells of again.
    ``reports`` is true where the line tells of the write as done, ``source`` the log that it stands in. ``told``
    are the verbs of reports without values that told of it: the next one of the same verb tells of another deed.
    """

    decision: str
    said_at: float
    heard_at: float
    about: Ref | None
    fields: tuple[ChangeField, ...]
    state: AnnouncementState = AnnouncementState.ANNOUNCED
    detail: str = ""
    change: str = ""
    deletes: bool = False
    echo: str = ""
    reports: bool = False
    source: str = ""
    verb: str = ""
    told: frozenset[str] = frozenset()


class Surroundings(Protocol):
    """What the deeds need to know of the world."""

    since: float | None

    def find(self, ref: Ref) -> AnyRecord | None: ...

    def knows(self, ref: Ref) -> bool: ...


class Announcements:
    """Keeps an account of announcements. Methods return the keys of the decisions whose deed has changed."""

    def __init__(self, settings: GovernorSettings, attribution: Attribution) -> None:
        self._settings = settings
        self._attribution = attribution
        self._memory = AnnouncedValues()
        self._deeds: dict[str, Announcement] = {}
        self._targets: OrderedDict[str, deque[str]] = OrderedDict()
        self._waiting: deque[str] = deque()
        self._begins: OrderedDict[str, float] = OrderedDict()
        self._unnamed: set[str] = set()
        """Announcements that were heard before their object was seen: their paths may lack the container's name."""

    def get(self, decision: str) -> Announcement | None:
        """The deed of a decision; ``None`` if it announces nothing."""
        deed = self._deeds.get(decision)
        first = self._deeds.get(deed.echo) if deed is not None and deed.echo else None
        if deed is None or first is None:
            return deed
        return msgspec.structs.replace(deed, state=first.state, detail=first.detail, change=first.change)

    def forget(self, decision: str) -> None:
        """The decision is no longer in the store."""
        self._deeds.pop(decision, None)
        self._unnamed.discard(decision)

    def earlier(self, world: Surroundings) -> Iterator[Announcement]:
        """The announcements from before the console looked, oldest first."""
        return (
            deed
            for deed in [self._named(each, world) for each in self._deeds.values()]
            if deed.state is AnnouncementState.EARLIER or _is_earlier(deed, world.since) or _was_done(deed, world)
        )

    def log_begins(self, sources: Iterable[str]) -> float | None:
        """When the oldest line that was heard was written, in that of these logs which reaches back least."""
        return max((self._begins[source] for source in sources if source in self._begins), default=None)

    def say(self, decision: Decision, world: Surroundings, writes: Iterable[ObservedChange], now: float) -> set[str]:
        """Take a line in. ``writes`` are the remembered changes of its target, those nobody has announced first."""
        self._begin(decision.source, said_at(decision))
        failed = refusal(decision)
        if failed is not None:
            return self._refused(decision, AnnouncementState(failed[0].value), failed[1])
        if not announces(decision):
            return set()
        deed = self._deeds[decision.key] = self._announce(decision, world, now)
        if deed.echo:
            if not decision.fields:
                first = self._deeds[deed.echo]
                self._deeds[deed.echo] = msgspec.structs.replace(first, told=first.told | {deed.verb})
            return {decision.key, *self._came_about(deed.echo)}
        if deed.about is None:
            return {decision.key}
        if deed.fields and world.find(deed.about) is None:
            self._unnamed.add(decision.key)
        self._index(deed.about.name, decision.key)
        late = next((seen for seen in writes if self._fits(deed, seen) and _tells_of(deed, seen.change)), None)
        if late is not None:
            self._done(deed, late.change)
        elif deed.state is AnnouncementState.ANNOUNCED:
            self._waiting.append(decision.key)
        return {decision.key}

    def match(self, seen: ObservedChange, world: Surroundings) -> list[Announcement]:
        """Find the announcements of a write that was just seen and mark them done; the newest has announced it."""
        done: list[Announcement] = []
        for key in reversed(self._targets.get(seen.change.about.name, ())):
            deed = self._deeds.get(key)
            deed = self._named(deed, world) if deed is not None else None
            if deed is None or deed.state is AnnouncementState.DONE or not self._fits(deed, seen):
                continue
            if not done or (deed.state in _OPEN and done[0].said_at - deed.said_at <= _SAME_WRITE):
                done.append(self._done(deed, seen.change))
        return done

    def expire(self, world: Surroundings, now: float) -> list[str]:
        """Give up waiting for writes that should have been seen by now; in which lines they were told, in order."""
        over: dict[str, None] = {}  # in the order of the stream: which line a finding of many is about hangs on it
        while self._waiting:
            deed = self._deeds.get(self._waiting[0])
            if deed is not None and deed.heard_at + self._settings.match_seconds > now:
                break
            self._waiting.popleft()
            if deed is not None and deed.state is AnnouncementState.ANNOUNCED:
                deed = self._named(deed, world)
                state, detail = self._silence(deed, world)
                self._deeds[deed.decision] = msgspec.structs.replace(deed, state=state, detail=detail)
                over[deed.decision] = None
        return list(over)

    def next_due(self) -> float | None:
        """When :meth:`expire` has something to do next."""
        deed = self._deeds.get(self._waiting[0]) if self._waiting else None
        return deed.heard_at + self._settings.match_seconds if deed else None

    def _named(self, deed: Announcement, world: Surroundings) -> Announcement:
        """The announcement with its fields named as its object has them, once that is seen."""
        record = world.find(deed.about) if deed.about is not None and deed.decision in self._unnamed else None
        if record is None:
            return deed
        self._unnamed.discard(deed.decision)
        fields = tuple(msgspec.structs.replace(each, path=unpack(each.path, record)) for each in deed.fields)
        named = self._deeds[deed.decision] = msgspec.structs.replace(deed, fields=fields)
        return named

    def _silence(self, deed: Announcement, world: Surroundings) -> tuple[AnnouncementState, str]:
        """What it means that no write was seen. Pods have no writes that are watched, but they can be seen to go."""
        if _is_earlier(deed, world.since) or _was_done(deed, world):
            return AnnouncementState.EARLIER, ""
        if deed.about is None or not world.knows(deed.about):
            return AnnouncementState.UNKNOWN, "the console does not see such objects"
        record = world.find(deed.about)
        if deed.deletes and (record is None or (isinstance(record, Pod) and record.deleted_at is not None)):
            return AnnouncementState.DONE, ""
        return AnnouncementState.NOT_SEEN, f"no such write within {self._settings.match_seconds:g} s"

    def _announce(self, decision: Decision, world: Surroundings, now: float) -> Announcement:
        target = decision.target
        record = world.find(target) if target is not None else None
        fresh = _is_fresh(decision, world.since)
        before_look = fresh and world.since is not None and said_at(decision) < world.since
        current = partial(value_of, record) if record is not None and fresh else _unknown
        fields = self._memory.fields(decision, record, current, may_be_done=before_look)
        told = reports(decision)
        deed = Announcement(
            decision.key,
            said_at(decision),
            now,
            target,
            fields,
            deletes=deletes(decision),
            reports=told,
            source=decision.source,
            verb=verb_of(decision),
        )
        if target is None:
            return msgspec.structs.replace(deed, state=AnnouncementState.UNKNOWN, detail="it names no target")
        first = self._echoed(deed) if told else None
        if first is not None:
            return msgspec.structs.replace(deed, fields=(), echo=first.decision)
        if (not fresh and world.since is not None) or (before_look and _is_so(deed, world)):
            return msgspec.structs.replace(deed, state=AnnouncementState.EARLIER)
        same = bool(fields) and all(
            each.before and same_value(each.before, each.before_number, each) for each in fields
        )
        return msgspec.structs.replace(deed, state=AnnouncementState.ALREADY) if same else deed

    def _echoed(self, report: Announcement) -> Announcement | None:
        """The announcement that ``report`` tells of as done."""
        if report.about is None:
            return None
        wanted = {field.path: field for field in report.fields}
        for key in reversed(self._targets.get(report.about.name, ())):
            deed = self._deeds.get(key)
            if (
                deed is None
                or deed.reports
                or not -_ROUNDED < report.said_at - deed.said_at <= self._settings.match_seconds
            ):
                continue
            # What tells values that no word before it told is news: "Patching web", then "scaled web from 6 to 0".
            agrees = not wanted or values_agree(deed.fields, wanted)
            if deed.deletes == report.deletes and agrees and same_work(deed.verb, report.verb):
                return deed if wanted or report.verb not in deed.told else None
        return None

    def _came_about(self, key: str) -> set[str]:
        """A line tells as done what had failed before: an attempt after that got through."""
        deed = self._deeds[key]
        if deed.state not in _REFUSED:
            return set()
        self._deeds[key] = msgspec.structs.replace(deed, state=AnnouncementState.ANNOUNCED, detail="")
        self._waiting.append(key)
        return {key}

    def _begin(self, source: str, at: float) -> None:
        self._begins[source] = min(at, self._begins.get(source, at))
        if len(self._begins) > TARGETS:
            self._begins.popitem(last=False)

    def _index(self, name: str, key: str) -> None:
        keys = self._targets.get(name)
        if keys is None:
            keys = self._targets[name] = deque(maxlen=PER_TARGET)
        keys.append(key)
        self._targets.move_to_end(name)
        if len(self._targets) > TARGETS:
            self._targets.popitem(last=False)

    def _refused(self, decision: Decision, state: AnnouncementState, words: str) -> set[str]:
        name = decision.target.name if decision.target is not None else ""
        at, wait = said_at(decision), self._settings.match_seconds
        heard = [deed for key in reversed(self._targets.get(name, ())) if (deed := self._deeds.get(key)) is not None]
        before = [deed for deed in heard if -_ROUNDED < at - deed.said_at <= wait]
        # Of what its own log says first, then of the newest word: logs are heard in any order.
        for deed in sorted(before, key=lambda deed: (deed.source == decision.source, deed.said_at), reverse=True):
            if deed.reports:  # that one was done, it says: what failed is another attempt, of which it did not speak
                break
            if deed.state in _OPEN or (deed.state is AnnouncementState.EARLIER and state is AnnouncementState.DENIED):
                self._deeds[deed.decision] = msgspec.structs.replace(deed, state=state, detail=words)
                return {deed.decision}
        return set()

    def _done(self, deed: Announcement, change: Change) -> Announcement:
        done = {field.path: field for field in change.fields}
        rest = tuple(field for field in deed.fields if field.path not in done)
        deed = msgspec.structs.replace(
            deed, state=AnnouncementState.DONE, detail="", change=change.key, fields=(*change.fields, *rest)
        )
        self._deeds[deed.decision] = deed
        return deed

    def _fits(self, deed: Announcement, seen: ObservedChange) -> bool:
        change = seen.change
        lag = change.at - deed.said_at
        if not -self._settings.late_seconds <= lag <= self._settings.match_seconds or deed.about is None:
            return False
        if not _same_object(deed.about, change.about):
            return False
        if self._attribution.announced(change.manager, borrowed=change.borrowed) is False:
            return False
        if deed.deletes:
            return DELETED in change.fields or _takes_out(change)
        if not deed.fields:
            return self._attribution.by_optimizer(change.manager, borrowed=change.borrowed) is not False
        return values_agree(deed.fields, {field.path: field for field in change.fields})


def _takes_out(change: Change) -> bool:
    """Whether a write takes a node out of service: whoever deletes one cordons or taints it first."""
    paths = {field.path for field in change.fields}
    return change.about.kind == "Node" and bool(paths) and paths <= _OUT_OF_SERVICE


def _tells_of(deed: Announcement, change: Change) -> bool:
    """Whether a line that was read after the write is about it: the first to be, or a second one at the same time."""
    return not change.decision or (
        deed.state is AnnouncementState.ANNOUNCED and deed.said_at - change.at <= _SAME_WRITE
    )


def _unknown(_path: str) -> Value | None:
    return None


def _is_fresh(decision: Decision, since: float | None) -> bool:
    """Whether what the cluster was when the line came is what it was when the line was written."""
    if since is None:
        return False
    at = said_at(decision)
    return at >= since - _START_SECONDS and decision.received - at < _FRESH_SECONDS


def _is_earlier(deed: Announcement, since: float | None) -> bool:
    """Whether a line that was heard before the cluster was seen turns out to be from before that."""
    if since is None or deed.said_at >= since - _START_SECONDS:
        return False
    # "Already" was then told by what the log itself had said before, not by the cluster.
    return deed.state in _OPEN or (deed.state is AnnouncementState.ALREADY and deed.heard_at < since)


def _was_done(deed: Announcement, world: Surroundings) -> bool:
    """Whether a line from just before the cluster was seen was carried out by then: what it wants was so already.

    One that was heard before the cluster was seen waits for a write that nobody will see any more. One whose attempt
    failed has got through since, where its object has the values.
    """
    if world.since is None or deed.said_at >= world.since:
        return False
    return deed.state is AnnouncementState.ALREADY or (deed.state in _MAYBE_DONE and _is_so(deed, world))


def _is_so(deed: Announcement, world: Surroundings) -> bool:
    """Whether its object is now as the line wants it."""
    record = world.find(deed.about) if deed.about is not None else None
    now = values(record) if record is not None else {}
    return bool(deed.fields) and all(
        field.path in now and (field.path == "taints" or same_value(*now[field.path], field)) for field in deed.fields
    )


def _same_object(named: Ref, real: Ref) -> bool:
    return (
        named.name == real.name and named.namespace in ("", real.namespace) and named.kind in ("", "Service", real.kind)
    )
