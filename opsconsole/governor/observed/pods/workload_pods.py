"""Which pods belong to which workload, and how often each workload's containers were OOMKilled."""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import TypeAlias

from opsconsole.governor.observed.changes import object_key
from opsconsole.optimizer import above_in, top_owner
from opsconsole.records import Container, Pod, Ref
from opsconsole.store import Store

KILLS = 1_000
"""OOM kills remembered of one workload, the newest; a crash loop makes one in five minutes a pod."""

OOM = "OOMKilled"

_Above: TypeAlias = tuple[Ref | None, tuple[tuple[str, str], ...]]
"""All that a pod's climb depends on besides the workloads: its owner, and its labels where that can't be looked up."""


class PodIndex:
    """Kept up to date by the pods that changed."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._names: dict[str, str] = {}
        self._kills: dict[str, list[float]] = {}
        self._deaths: dict[str, dict[str, int]] = {}
        self._store = Store()

    def update(self, store: Store, keys: Iterable[str], now: float) -> set[str]:
        """Look at these pods again; returns the keys of the workloads that they belong to."""
        self._store = store
        owners = set()
        climbed: dict[_Above, Ref | None] = {}
        for key in keys:
            pod = store.pods.get(key)
            owner = self._owner.get(key)
            if pod is None:
                self._drop(key)
            else:
                owner = owner or self._add(key, pod, climbed)
                if pod.restarts or pod.status == OOM:
                    self._count(key, pod, now)
            if owner is not None:
                owners.add(owner)
        return owners

    def owner(self, pod: Pod) -> Ref | None:
        """The workload that the pod belongs to; a Deployment rather than its ReplicaSet, a CronJob than its Job."""
        return top_owner(pod, above_in(self._store.workloads))

    def workload_of(self, key: str) -> str:
        """The key of the workload that the pod with that key belongs to; empty where it is not known."""
        return self._owner.get(key, "")

    def key_of(self, name: str) -> str | None:
        """The key of a pod of that name, in whatever namespace."""
        return self._names.get(name)

    def of(self, ref: Ref) -> list[str]:
        """Keys of a workload's pods."""
        return list(self._members.get(object_key(ref), ()))

    def kills(self, ref: Ref, since: float) -> int:
        """How many containers of the workload were OOMKilled since then."""
        times = self._kills.get(object_key(ref), [])
        return len(times) - bisect_left(times, since)

    def _add(self, key: str, pod: Pod, climbed: dict[_Above, Ref | None]) -> str | None:
        self._names[pod.name] = key
        if pod.partial:
            return None
        above = pod.owner, pod.labels
        if above not in climbed:
            climbed[above] = self.owner(pod)
        owner = climbed[above]
        name = sys.intern(object_key(owner if owner is not None else pod.ref))  # the pods of one owner share it
        self._owner[key] = name
        self._members.setdefault(name, {})[key] = None
        return name

    def _drop(self, key: str) -> None:
        name = key.rpartition("/")[2]
        if self._names.get(name) == key:
            del self._names[name]
        self._deaths.pop(key, None)
        owner = self._owner.pop(key, None)
        if owner is not None:
            members = self._members[owner]
            members.pop(key, None)
            if not members:
                del self._members[owner]

    def _count(self, key: str, pod: Pod, now: float) -> None:
        for container in pod.containers:
            death, at = _oom_death(container)
            if not death:
                continue
            counted = self._deaths.setdefault(key, {})
            if counted.get(container.name, 0) < death:
                counted[container.name] = death
                times = self._kills.setdefault(self._owner.get(key, key), [])
                insort(times, now if at is None else min(at, now))
                del times[:-KILLS]


def _oom_death(container: Container) -> tuple[int, float | None]:
    """Which of the container's deaths was its newest OOM kill, and when; 0: none is known.

    The death that is the present state becomes the last state with the next restart: both count it alike.
    """
    if container.state == "terminated" and container.reason == OOM:
        return container.restarts + 1, None
    if container.last_reason == OOM:
        return max(1, container.restarts), container.last_finished_at
    return 0, None
