"""Words and deeds: which write a decision announced, and what became of every announcement.

A decision that sets something waits for its write: same object, same values, within ``match_seconds`` (the log may be
read later than the write is seen, by ``late_seconds``). What comes instead, a 409, a denial, or nothing, is said too.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from opsconsole.governor.changes import DELETED, Seen
from opsconsole.governor.fields import Value, unpack, values
from opsconsole.governor.writers import Attribution
from opsconsole.records import AnyRecord, Change, ChangeField, Decision, Pod, Record, Ref
from opsconsole.settings import GovernorSettings

TARGETS = 2_000
"""Targets whose announcements are remembered; more are a broken log, and the oldest go."""

PER_TARGET = 32
"""Announcements remembered of one target; those still waiting are at most match_seconds old."""

_ROUNDED = 1.0
"""Lines of text have whole seconds, documents have fractions: the later one may look earlier."""

_START_SECONDS = 5.0
_FRESH_SECONDS = 120.0
"""A line this much older than its arrival is history: what the cluster is now says nothing of the time before it."""

_WRITES = re.compile(
    r"(?<![a-z])(?:patch|scale|update|set|apply|delete|evict|taint|untaint|cordon|uncordon|drain|restart|replace|resize|"
    r"reduce|increase|rollout)(?![a-z])"
)
_DELETES = re.compile(r"(?<![a-z])(?:delete|evict)(?![a-z])")
_FAILED = re.compile(r"\b(?:fail(?:ed|ure)?|refused|rejected|denied|forbidden|conflict|timed out)\b", re.IGNORECASE)
_CONFLICT = re.compile(r"\b409\b|\bconflict\b", re.IGNORECASE)
_DENIED = re.compile(r"\b40[13]\b|\bforbidden\b|\bdenied\b|\bunauthorized\b|\badmission\b", re.IGNORECASE)


class DeedState(StrEnum):
    """What became of an announcement."""

    ANNOUNCED = "announced"
    DONE = "done"
    ALREADY = "was so already"
    CONFLICT = "refused: 409 Conflict"
    DENIED = "denied"
    FAILED = "failed"
    NOT_SEEN = "no write seen"
    UNKNOWN = "can't be told"


class Deed(Record, frozen=True):
    """An announcement and what became of it. ``change`` is the key of the write that did it."""

    decision: str
    said_at: float
    heard_at: float
    about: Ref | None
    fields: tuple[ChangeField, ...]
    state: DeedState = DeedState.ANNOUNCED
    detail: str = ""
    change: str = ""
    deletes: bool = False


class Surroundings(Protocol):
    """What the deeds need to know of the world."""

    since: float | None

    def find(self, ref: Ref) -> AnyRecord | None: ...

    def knows(self, ref: Ref) -> bool: ...


def said_at(decision: Decision) -> float:
    """The line's own time, else ours."""
    return decision.received if decision.at is None else decision.at


def refusal(decision: Decision) -> tuple[DeedState, str] | None:
    """The state and words of a line that reports a failed write; ``None`` for any other line."""
    if decision.fields or decision.action == "query":
        return None
    words = next((each for each in decision.problems if each.startswith("failed")), "")
    if not words and (decision.target is None or not _FAILED.search(decision.message)):
        return None
    text = words or decision.message
    if _CONFLICT.search(text):
        return DeedState.CONFLICT, text
    return (DeedState.DENIED if _DENIED.search(text) else DeedState.FAILED), text


def announces(decision: Decision) -> bool:
    """Whether the decision is a word about a write to come (or just made), and not a report or a thought."""
    if refusal(decision) is not None or decision.action.startswith(("query", "retry")):
        return False
    return bool(decision.fields) or (decision.target is not None and bool(_WRITES.search(decision.action.lower())))


class Deeds:
    """Keeps an account of announcements. Every method returns the keys of decisions whose deed has changed."""

    def __init__(self, settings: GovernorSettings, attribution: Attribution) -> None:
        self._settings = settings
        self._attribution = attribution
        self._deeds: dict[str, Deed] = {}
        self._targets: OrderedDict[str, deque[str]] = OrderedDict()
        self._said: OrderedDict[str, dict[str, Value]] = OrderedDict()
        self._waiting: deque[str] = deque()

    def get(self, decision: str) -> Deed | None:
        """The deed of a decision; ``None`` if it announces nothing."""
        return self._deeds.get(decision)

    def forget(self, decision: str) -> None:
        """The decision is no longer in the store."""
        self._deeds.pop(decision, None)

    def say(self, decision: Decision, world: Surroundings, writes: Iterable[Seen], now: float) -> set[str]:
        """Take a line in. ``writes`` are the remembered changes of its target that nobody has announced yet."""
        failed = refusal(decision)
        if failed is not None:
            return self._refused(decision, *failed)
        if not announces(decision):
            return set()
        deed = self._announce(decision, world, now)
        self._deeds[decision.key] = deed
        if deed.about is None:
            return {decision.key}
        self._index(deed.about.name, decision.key)
        late = next((seen for seen in writes if self._fits(deed, seen)), None)
        if late is not None:
            self._done(deed, late.change)
        elif deed.state is DeedState.ANNOUNCED:
            self._waiting.append(decision.key)
        return {decision.key}

    def match(self, seen: Seen) -> Deed | None:
        """Find the announcement of a write that was just seen and mark it done."""
        for key in reversed(self._targets.get(seen.change.about.name, ())):
            deed = self._deeds.get(key)
            if deed is not None and deed.state is not DeedState.DONE and self._fits(deed, seen):
                return self._done(deed, seen.change)
        return None

    def expire(self, world: Surroundings, now: float) -> set[str]:
        """Give up waiting for writes that should have been seen by now."""
        over: set[str] = set()
        while self._waiting:
            deed = self._deeds.get(self._waiting[0])
            if deed is not None and deed.heard_at + self._settings.match_seconds > now:
                break
            self._waiting.popleft()
            if deed is not None and deed.state is DeedState.ANNOUNCED:
                state, detail = self._silence(deed, world)
                self._deeds[deed.decision] = msgspec.structs.replace(deed, state=state, detail=detail)
                over.add(deed.decision)
        return over

    def _silence(self, deed: Deed, world: Surroundings) -> tuple[DeedState, str]:
        """What it means that no write was seen. Pods have no writes that are watched, but they can be seen to go."""
        if deed.about is None or not world.knows(deed.about):
            return DeedState.UNKNOWN, "the console does not see such objects"
        record = world.find(deed.about)
        if deed.deletes and (record is None or (isinstance(record, Pod) and record.deleted_at is not None)):
            return DeedState.DONE, ""
        return DeedState.NOT_SEEN, f"no such write within {self._settings.match_seconds:g} s"

    def next_due(self) -> float | None:
        """When :meth:`expire` has something to do next."""
        deed = self._deeds.get(self._waiting[0]) if self._waiting else None
        return deed.heard_at + self._settings.match_seconds if deed else None

    def _announce(self, decision: Decision, world: Surroundings, now: float) -> Deed:
        target = decision.target
        record = world.find(target) if target is not None else None
        fresh = _is_fresh(decision, world.since)
        fields = self._fields(decision, record, values(record) if record is not None and fresh else {})
        same = bool(fields) and all(
            field.before and _same(field.before, field.before_number, field) for field in fields
        )
        state, detail = DeedState.ANNOUNCED, ""
        if target is None:
            state, detail = DeedState.UNKNOWN, "it names no target"
        elif not fresh and world.since is not None:
            state, detail = DeedState.UNKNOWN, "from before the console looked"
        elif same:
            state = DeedState.ALREADY
        return Deed(
            decision=decision.key,
            said_at=said_at(decision),
            heard_at=now,
            about=target,
            fields=fields,
            state=state,
            detail=detail,
            deletes=bool(_DELETES.search(decision.action.lower())),
        )

    def _fields(
        self, decision: Decision, record: AnyRecord | None, current: Mapping[str, Value]
    ) -> tuple[ChangeField, ...]:
        name = decision.target.name if decision.target is not None else ""
        said = self._said.setdefault(name, {})
        self._said.move_to_end(name)
        if len(self._said) > TARGETS:
            self._said.popitem(last=False)
        fields = []
        for wanted in decision.fields:
            path = unpack(wanted.path, record)
            before = current.get(path) or said.get(path, ("", None))
            fields.append(ChangeField(path, before[0], wanted.value, before[1], wanted.number))
            if name and not wanted.problem:
                said[path] = (wanted.value, wanted.number)
        return tuple(fields)

    def _index(self, name: str, key: str) -> None:
        self._targets.setdefault(name, deque(maxlen=PER_TARGET)).append(key)
        self._targets.move_to_end(name)
        if len(self._targets) > TARGETS:
            self._targets.popitem(last=False)

    def _refused(self, decision: Decision, state: DeedState, words: str) -> set[str]:
        name = decision.target.name if decision.target is not None else ""
        for key in reversed(self._targets.get(name, ())):
            deed = self._deeds.get(key)
            if deed is None or not -_ROUNDED <= said_at(decision) - deed.said_at <= self._settings.match_seconds:
                continue
            if deed.state in (DeedState.ANNOUNCED, DeedState.NOT_SEEN):
                self._deeds[key] = msgspec.structs.replace(deed, state=state, detail=words)
                return {key}
        return set()

    def _done(self, deed: Deed, change: Change) -> Deed:
        done = {field.path: field for field in change.fields}
        rest = tuple(field for field in deed.fields if field.path not in done)
        deed = msgspec.structs.replace(
            deed, state=DeedState.DONE, detail="", change=change.key, fields=(*change.fields, *rest)
        )
        self._deeds[deed.decision] = deed
        return deed

    def _fits(self, deed: Deed, seen: Seen) -> bool:
        change = seen.change
        lag = change.at - deed.said_at
        if not -self._settings.late_seconds <= lag <= self._settings.match_seconds or deed.about is None:
            return False
        if not _same_object(deed.about, change.about) or self._attribution.announced(change.manager) is False:
            return False
        if deed.deletes:
            return DELETED in change.fields
        if not deed.fields:
            return self._attribution.by_optimizer(change.manager) is not False
        return _values_agree(deed.fields, {field.path: field for field in change.fields})


def _is_fresh(decision: Decision, since: float | None) -> bool:
    """Whether what the cluster was when the line came is what it was when the line was written."""
    if since is None:
        return False
    at = said_at(decision)
    return at >= since - _START_SECONDS and decision.received - at < _FRESH_SECONDS


def _same_object(named: Ref, real: Ref) -> bool:
    return (
        named.name == real.name and named.namespace in ("", real.namespace) and named.kind in ("", "Service", real.kind)
    )


def _values_agree(wanted: Iterable[ChangeField], done: Mapping[str, ChangeField]) -> bool:
    agreed = 0
    for field in wanted:
        real = done.get(field.path)
        if real is None:
            continue
        if field.path != "taints" and not _same(real.after, real.after_number, field):
            return False
        agreed += 1
    return agreed > 0


def _same(text: str, number: float | None, wanted: ChangeField) -> bool:
    if number is None or wanted.after_number is None:
        return text == wanted.after
    return abs(number - wanted.after_number) <= 1e-9 * max(abs(number), abs(wanted.after_number), 1e-9)
