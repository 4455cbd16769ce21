"""The arithmetic of a rolling update, as the deployment controller does it. Pure functions."""

from __future__ import annotations

import math
from typing import NamedTuple


class Limits(NamedTuple):
    """How far a rollout may go over and under the wanted number of pods."""

    surge: int
    unavailable: int


class Counts(NamedTuple):
    """One ReplicaSet: wanted pods, and how many of them are ready."""

    wanted: int
    ready: int


def limits(replicas: int, surge: int | str, unavailable: int | str) -> Limits:
    """Resolve ``maxSurge`` (rounded up) and ``maxUnavailable`` (rounded down); never both 0."""
    up, down = _resolve(surge, replicas, math.ceil), _resolve(unavailable, replicas, math.floor)
    return Limits(up, 1 if not up and not down else down)


def _resolve(value: int | str, replicas: int, rounded: type[int] | object) -> int:
    if isinstance(value, int):
        return value
    share = replicas * float(str(value).rstrip("%")) / 100
    return math.ceil(share) if rounded is math.ceil else math.floor(share)


def new_size(replicas: int, bounds: Limits, new: Counts, old: list[Counts]) -> int:
    """How many pods the new ReplicaSet should want now."""
    if new.wanted >= replicas:
        return replicas
    total = new.wanted + sum(each.wanted for each in old)
    room = replicas + bounds.surge - total
    return new.wanted if room <= 0 else min(new.wanted + room, replicas)


def old_sizes(replicas: int, bounds: Limits, new: Counts, old: list[Counts]) -> list[int]:
    """How many pods each old ReplicaSet should want now: those that aren't ready go first."""
    sizes = [each.wanted for each in old]
    total = new.wanted + sum(sizes)
    least = replicas - bounds.unavailable
    spare = total - least - max(new.wanted - new.ready, 0)
    if spare <= 0:
        return sizes
    for index, each in enumerate(old):
        broken = min(max(each.wanted - each.ready, 0), spare)
        sizes[index] -= broken
        spare -= broken
    healthy = new.ready + sum(min(each.ready, size) for each, size in zip(old, sizes, strict=True)) - least
    for index, size in enumerate(sizes):
        gone = max(min(size, healthy), 0)
        sizes[index] -= gone
        healthy -= gone
    return sizes
