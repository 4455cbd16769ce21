"""Sweeps: one resource of many objects cut within a short time, each cut small.

A trajectory follows one field of one object. Here the same resource is followed over all objects: how many have less of
it than when the window began, how many have more, and what the cuts come to. Constant work a write.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import msgspec

from opsconsole.governor.measures import HOUR, TEN_MINUTES, Sweep
from opsconsole.governor.observed.fields import resource_of

SWEPT = 4_000
"""Fields of one resource that are followed in one window; those that were written longest ago go."""

_KINDS = frozenset({
    "", "Deployment", "StatefulSet", "DaemonSet", "Rollout", "CronJob", "HorizontalPodAutoscaler", "ScaledObject",
    "VerticalPodAutoscaler",
})  # fmt: skip
"""What stands for a service. Pods and ReplicaSets of one service are many, and are no breadth."""

_COUNTS = 0.02
"""A smaller share less, or more, is a rounding of the same value."""

_MOST_RISE = math.log(1.25)
"""One large rise must not outweigh many cuts."""


class _Held(msgspec.Struct, gc=False):
    first_at: float
    before: float
    after: float
    step: float = 0.0
    """The logarithm of what the value became a multiple of; 0 for next to nothing."""

    def become(self, after: float) -> None:
        """Take the newest value in."""
        factor = after / self.before
        self.after = after
        self.step = 0.0 if abs(factor - 1.0) < _COUNTS else math.log(factor)


class _Window:
    """One resource over one window: its fields, those that were written longest ago first, and what they add up to."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._held: OrderedDict[tuple[str, str], tuple[float, _Held]] = OrderedDict()
        self._cut: dict[str, int] = {}
        self._falls = self._rises = self._before = self._after = 0.0

    def note(self, key: tuple[str, str], before: float, after: float, at: float) -> None:
        known = self._held.get(key)
        held = known[1] if known is not None else None
        if held is not None and held.first_at > at - self.seconds and len(self._held) > 1:
            self._add(key[0], held, -1)  # the usual case: it stays, and is another value
        else:
            self.drop(key)
            if held is None or held.first_at <= at - self.seconds:
                held = _Held(at, before, after)
        held.become(after)
        self._held[key] = (at, held)
        self._held.move_to_end(key)
        self._add(key[0], held, 1)
        if len(self._held) > SWEPT:
            self.drop(next(iter(self._held)))

    def drop(self, key: tuple[str, str]) -> None:
        _, held = self._held.pop(key, (0.0, None))
        if held is not None:
            self._add(key[0], held, -1)
        if not self._held:  # what a sum of floats has drifted by must not outlive what it was the sum of
            self._falls = self._rises = self._before = self._after = 0.0

    def sweep(self, resource: str, now: float) -> Sweep | None:
        """What the last ``seconds`` came to; ``None`` where nothing was cut."""
        while self._held:
            key, (at, _) = next(iter(self._held.items()))
            if now - self.seconds < at <= now:
                break
            self.drop(key)  # a time to come is a clock that went back
        if not self._cut or self._before <= 0:
            return None
        falls, rises = max(self._falls, 0.0), max(self._rises, 0.0)
        return Sweep(resource, self.seconds, len(self._cut), self._before, self._after, falls, rises)

    def _add(self, about: str, held: _Held, sign: int) -> None:
        step = held.step
        if step < 0:
            self._falls -= sign * step
            self._before += sign * held.before
            self._after += sign * held.after
            self._cut[about] = left = self._cut.get(about, 0) + sign
            if not left:
                del self._cut[about]
        else:
            self._rises += sign * min(step, _MOST_RISE)


class Sweeps:
    """Follows each resource over ten minutes and an hour."""

    def __init__(self) -> None:
        self._resources: dict[str, tuple[_Window, ...]] = {}

    def note(self, about: str, path: str, before: float, after: float, at: float) -> None:
        """Take a write in. ``about`` is the object's key, with its kind; to or from nothing is no cut by a share."""
        resource = resource_of(path)
        if not resource or before <= 0 or after <= 0 or not math.isfinite(before):
            return
        kind, _, name = about.partition("/")
        if kind in _KINDS:
            if resource not in self._resources:
                self._resources[resource] = (_Window(TEN_MINUTES), _Window(HOUR))
            for window in self._resources[resource]:
                window.note((name, path), before, after, at)

    def forget(self, about: str, path: str) -> None:
        """Know nothing of that field: its writes are entered anew."""
        for window in self._resources.get(resource_of(path), ()):
            window.drop((about.partition("/")[2], path))

    def over(self, now: float) -> tuple[Sweep, ...]:
        """Each resource that anything has less of, the shorter window first."""
        found = (window.sweep(resource, now) for resource, windows in self._resources.items() for window in windows)
        return tuple(each for each in found if each is not None)
