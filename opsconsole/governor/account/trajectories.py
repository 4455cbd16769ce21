"""Trajectories: what the optimizer's writes of one field come to over ten minutes, an hour and a day.

Each write alone may be small: thirty cuts of ten percent leave four percent. What counts is the value before its first
write in the window against the value after its newest one. What other people did in between is not its doing: of the
change from end to end and the product of its own steps the milder one is told.

Memory is bounded: a window is sixty slots, each with the first value in it; a flood of writes fills no more of them.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from opsconsole.governor.account.sweeps import Sweeps
from opsconsole.governor.measures import DAY, HOUR, TEN_MINUTES, Trajectory
from opsconsole.records import ChangeField

WINDOWS = (TEN_MINUTES, HOUR, DAY)
"""Seconds: ten minutes, an hour, a day."""

FIELDS = 4_000
"""Fields that are followed; those that were written longest ago go."""

_SLOTS = 60
_TURNS = 64
_TOLD_AGAIN = 5.0
"""Seconds in which the same share is the same write: it is planned, begun and reported. Who cuts faster has a loop."""

_MOST_TIMES = 1e9
"""So many times the first value, and what is told by shares alone counts from one again."""


class _Slot(msgspec.Struct, gc=False):
    number: int
    at: float
    before: str
    before_number: float
    writes: int
    steps: float


class _Window(msgspec.Struct):
    """The slots of one window, the oldest first, and what their writes and steps add up to."""

    seconds: float
    slots: deque[_Slot]
    writes: int = 0
    steps: float = 0.0

    def expire(self, now: float) -> None:
        """Forget what was written before the window."""
        slots, earliest = self.slots, now - self.seconds
        if slots and slots[0].at > now:  # the clock went back: it would stand before the others for ever
            slots[0].at = now
        while slots and slots[0].at <= earliest:
            self.drop()

    def drop(self) -> None:
        slot = self.slots.popleft()
        self.writes -= slot.writes
        # What a sum of floats has drifted by must not outlive what it was the sum of.
        self.steps = self.steps - slot.steps if self.slots else 0.0


class _Field(msgspec.Struct):
    windows: tuple[_Window, ...]
    turns: deque[float]
    last_at: float
    after: str
    after_number: float
    rises: bool | None = None
    share: float = 0.0


class Trend(NamedTuple):
    """What the writes of one field come to, as of when it was looked at; ``least`` and ``most`` of its factors."""

    field: _Field
    least: float
    most: float

    def trajectories(self) -> Iterator[Trajectory]:
        """The windows in which the field was written more than once, the shortest first."""
        return (_trajectory(window, self.field) for window in self.field.windows if window.writes > 1)


class Trajectories:
    """Follows the newest fields that the optimizer writes, as numbers in base units."""

    def __init__(self) -> None:
        self._fields: OrderedDict[tuple[str, str], _Field] = OrderedDict()
        self.sweeps = Sweeps()
        """What the same writes come to over all objects."""

    def note(self, about: str, field: ChangeField, at: float) -> None:
        """Take a write of a number in; others are not followed. ``about`` names the object whatever its UID."""
        after = field.after_number
        if after is None or not math.isfinite(after) or after < 0:
            return
        key = (about, field.path)
        known = self._fields.get(key)
        if known is None:
            known = self._fields[key] = _new(field, after, at)
            if len(self._fields) > FIELDS:
                self._fields.popitem(last=False)
        self._fields.move_to_end(key)
        before = field.before_number
        first = before is None and not known.windows[-1].slots  # it sets, and nobody knows from what
        if before is None or not math.isfinite(before):
            before = known.after_number
        self.sweeps.note(about, field.path, before, after, at)
        _write(known, at, (field.before or known.after, before), (field.after, after), writes=0 if first else 1)

    def note_share(self, about: str, path: str, factor: float, at: float) -> None:
        """Take in that a field became that multiple of itself, where nobody tells of what."""
        known = self._fields.get((about, path))
        if known is not None and known.share == factor and abs(at - known.last_at) < _TOLD_AGAIN:
            return
        # Of nothing, and of more than there can be, every part is the same: it is reckoned anew.
        before = known.after_number if known is not None and 0.0 < known.after_number < _MOST_TIMES else 1.0
        after = before * factor
        self.note(about, ChangeField(path, f"{before:.0%}", f"{after:.0%}", before, after), at)
        self._fields[about, path].share = factor

    def forget(self, about: str, path: str) -> None:
        """Know nothing of that field: its writes are entered anew."""
        self._fields.pop((about, path), None)
        self.sweeps.forget(about, path)

    def trend(self, about: str, path: str, now: float) -> Trend | None:
        """What its writes come to; ``None`` where none is remembered. Where no window has two its factors are 1."""
        known = self._fields.get((about, path))
        if known is None:
            return None
        factors, told = list[float](), (0.0, 0.0)
        for window in known.windows:
            window.expire(now)
            if window.writes > 1:
                since = window.slots[0].before_number, window.steps
                if not factors or since != told:  # all begin alike, until the first of them is over
                    factors.append(_factor(*since, known.after_number))
                    told = since
        return Trend(known, min(factors, default=1.0), max(factors, default=1.0))

    def turns(self, about: str, path: str, since: float) -> int:
        """How often the field changed its direction since then; at most a few dozen are remembered."""
        known = self._fields.get((about, path))
        turns = known.turns if known is not None else None
        if not turns:
            return 0
        return len(turns) if min(turns) >= since else sum([at >= since for at in turns])


def _new(field: ChangeField, after: float, at: float) -> _Field:
    windows = tuple(_Window(seconds, deque()) for seconds in WINDOWS)
    return _Field(windows, deque(maxlen=_TURNS), at, field.after, after)


def _write(known: _Field, at: float, before: tuple[str, float], after: tuple[str, float], *, writes: int) -> None:
    step = math.log(after[1] / before[1]) if after[1] > 0 and before[1] > 0 else 0.0
    for window in known.windows:
        slots, number = window.slots, int(at // (window.seconds / _SLOTS))
        if not slots or slots[-1].number != number:
            slots.append(_Slot(number, at, before[0], before[1], 0, 0.0))
            if len(slots) > _SLOTS + 1:
                window.drop()
        newest = slots[-1]
        newest.writes += writes
        newest.steps += step
        window.writes += writes
        window.steps += step
    if after[1] != before[1]:
        rises = after[1] > before[1]
        if known.rises is not None and known.rises != rises:
            known.turns.append(at)
        known.rises = rises
    known.last_at, known.after, known.after_number = at, after[0], after[1]


def _factor(before: float, steps: float, after: float) -> float:
    """What the field became a multiple of: from end to end, or by its own steps, whichever is milder."""
    whole = after / before if before > 0 else 1.0
    own = whole if after == 0 else math.exp(min(steps, 700.0))
    return min(max(whole, own), 1.0) if whole < 1.0 else min(whole, max(own, 1.0))


def _trajectory(window: _Window, known: _Field) -> Trajectory:
    first = window.slots[0]
    return Trajectory(
        seconds=window.seconds,
        before=first.before,
        after=known.after,
        factor=_factor(first.before_number, window.steps, known.after_number),
        writes=window.writes,
        first_at=first.at,
        last_at=known.last_at,
        after_number=known.after_number,
    )
