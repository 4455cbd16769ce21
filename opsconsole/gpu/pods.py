"""How the pods stand whose processes hold GPU memory, and since when: what the classification asks of Kubernetes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.records import Health, Pod, State

_TERMINAL = ("Succeeded", "Failed")


class Life(Enum):
    """What has become of a pod. ``TERMINATING``: its deletion was asked for, its containers may still run."""

    LIVE = "live"
    TERMINATING = "terminating"
    TERMINAL = "terminal"
    ABSENT = "absent"


class PodView(NamedTuple):
    """The pods asked for, by UID, as the API knows them now.

    ``complete`` is true only while a UID that is not here is one that the API server does not have: all namespaces
    are listed, the list is live, and every pod's UID is known. ``why`` says in words why it is not.
    """

    pods: Mapping[str, Pod] = {}
    complete: bool = False
    why: str = "no cluster is connected"


PodSource = Callable[[frozenset[str]], PodView]
"""Answers for the UIDs asked. Called on the feed's thread; must be quick and never raise."""


def no_cluster(_uids: frozenset[str]) -> PodView:
    """The source where there is no cluster: nothing is known, nothing is a candidate."""
    return PodView()


class StorePods:
    """The source that reads the console's store.

    Args:
        pods: the store's pods, by any key. Read with ``list()`` in one step, so the pump may write meanwhile.
        health: how the pods' feed is, and which namespaces it lists.
    """

    def __init__(self, pods: Mapping[str, Pod], health: Callable[[], Health | None]) -> None:
        self._pods = pods
        self._health = health

    def __call__(self, uids: frozenset[str]) -> PodView:
        """The pods of ``uids``, and whether one that is missing is known not to be."""
        health = self._health()
        pods = list(self._pods.values())
        found = {pod.uid: pod for pod in pods if pod.uid in uids}
        why = self._incomplete(health, pods)
        return PodView(found, complete=not why, why=why)

    def _incomplete(self, health: Health | None, pods: Iterable[Pod]) -> str:
        if health is None or health.state is not State.LIVE:
            return "the API server's pods are not known now" + (
                f" ({health.detail})" if health and health.detail else ""
            )
        if health.unread:
            return f"{health.unread} pods could not be read: a process of theirs would look like a leftover"
        if health.namespaces:
            names = ", ".join(health.namespaces)
            return f"only namespace {names} is listed: a process of another one would look like a leftover"
        if any(pod.partial or not pod.uid for pod in pods):
            return "the list of pods is still loading"
        return ""


class Standing(NamedTuple):
    """One pod's standing. ``seconds`` is how long it has been seen ``TERMINAL`` or ``ABSENT`` without a break."""

    life: Life
    name: str = ""
    seconds: float = 0.0


class Standings(NamedTuple):
    """What is known of the pods asked for. ``known`` has every UID asked while ``complete``."""

    known: Mapping[str, Standing]
    complete: bool
    why: str = ""


class PodWatch:
    """Remembers since when a pod has been absent or terminal, and which pods were the killed optimizer's.

    The time counts from our own first look, while the list stays complete: a list that was not complete in between
    could have hidden a pod that came, so the time starts again.
    """

    def __init__(self, source: PodSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._killed: frozenset[str] = frozenset()

    @property
    def killed(self) -> frozenset[str]:
        """UIDs of the pods of the optimizer that the operator has had deleted."""
        return self._killed

    def add_killed(self, uids: Iterable[str]) -> None:
        """Note the UIDs of a killed optimizer's pods: their leftovers need not wait."""
        with self._lock:
            self._killed |= {uid for uid in uids if uid}

    @property
    def over_since(self) -> dict[str, float]:
        """UID → seconds since the epoch from which on the pod has been seen gone or terminal."""
        now, ticks = self._clock.now(), self._clock.monotonic()
        with self._lock:
            return {uid: now - (ticks - since) for uid, since in self._since.items()}

    def take_over(self, over_since: Mapping[str, float]) -> None:
        """Go on from what an earlier run's :attr:`over_since` says; a time in the future counts from now."""
        now, ticks = self._clock.now(), self._clock.monotonic()
        with self._lock:
            self._since.update({uid: ticks - max(0.0, now - since) for uid, since in over_since.items()})

    def look(self, uids: Iterable[str]) -> Standings:
        """How ``uids`` stand now. UIDs no longer asked for are forgotten."""
        wanted = frozenset(uid for uid in uids if uid)
        found = self.check(wanted)
        with self._lock:
            for memory in (self._since, self._names):
                for uid in memory.keys() - wanted:
                    del memory[uid]
        return found

    def check(self, uids: Iterable[str]) -> Standings:
        """How ``uids`` stand now, with nothing forgotten over it."""
        wanted = frozenset(uid for uid in uids if uid)
        view = self._source(wanted)
        with self._lock:
            if not view.complete:
                self._since.clear()
                return Standings({}, complete=False, why=view.why)
            return Standings({uid: self._standing(uid, view.pods.get(uid)) for uid in wanted}, complete=True)

    def _standing(self, uid: str, pod: Pod | None) -> Standing:
        life = life_of(pod)
        if pod is not None:
            self._names[uid] = pod.key
        name = self._names.get(uid, "")
        if life in (Life.LIVE, Life.TERMINATING):
            self._since.pop(uid, None)
            return Standing(life, name)
        now = self._clock.monotonic()
        # Terminal, then absent: over all that time it was one of both.
        return Standing(life, name, now - self._since.setdefault(uid, now))


def life_of(pod: Pod | None) -> Life:
    """What the API says has become of a pod; ``None`` is one that it does not have."""
    if pod is None:
        return Life.ABSENT
    if pod.phase in _TERMINAL:
        return Life.TERMINAL
    return Life.TERMINATING if pod.deleted_at is not None else Life.LIVE
