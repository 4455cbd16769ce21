"""One container in the hands of a kubelet: start, readiness, OOM kill, crash, back-off. No API, no clock of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from rehearsal.world import behaviour as nature
from rehearsal.world.behaviour import Behaviour

FIRST_BACKOFF, LONGEST_BACKOFF, FORGIVEN_AFTER = 10.0, 300.0, 600.0
"""The kubelet's crash back-off: it doubles from 10 s to 5 min and is forgotten after 10 min of running."""

SEEN_DEAD = 3.0
"""How long the end shows as ``terminated`` before the next state, at the kubelet's pace of syncing."""


class State(StrEnum):
    """Where a container is."""

    CREATING = "creating"
    RUNNING = "running"
    ENDED = "ended"
    BACKING_OFF = "backing off"
    STOPPED = "stopped"


class What(StrEnum):
    """Something that happened to a container."""

    STARTED = "started"
    READY = "ready"
    OOM_KILLED = "oom killed"
    FAILED = "failed"
    COMPLETED = "completed"
    BACK_OFF = "back off"


class End(NamedTuple):
    """How a run ended."""

    reason: str
    code: int
    started: float
    finished: float


class Limits(NamedTuple):
    """A container's limits: memory in bytes, CPU in cores; ``None``: none."""

    memory: float | None
    cpu: float | None


class Container:
    """A state machine that :meth:`step` moves on.

    Args:
        behaviour: how it behaves.
        limits: what it may use.
        now: when the kubelet took it on.
        restarts: whether it is started again after its end (``Always``, or ``OnFailure`` for a failure).
    """

    def __init__(self, behaviour: Behaviour, limits: Limits, now: float, restarts: str = "Always") -> None:
        self.behaviour = behaviour
        self.limits = limits
        self.policy = restarts
        self.state = State.CREATING
        self.since = now
        self.started_at = now
        self.restart_count = 0
        self.ready = False
        self.memory = 0.0
        self.end: End | None = None
        self.last: End | None = None
        self.backoff = 0.0

    def step(self, now: float, rate: float) -> list[What]:
        """Move on to ``now``, serving ``rate`` requests a second. Returns what happened, in order."""
        match self.state:
            case State.CREATING if now - self.since >= self.behaviour.pull:
                return [self._start(now)]
            case State.RUNNING:
                return self._run(now, rate)
            case State.ENDED if now - self.since >= SEEN_DEAD:
                return self._after_end(now)
            case State.BACKING_OFF if now - self.since >= self.backoff:
                self.last = self.end
                self.restart_count += 1
                return [self._start(now)]
            case _:
                return []

    @property
    def signature(self) -> tuple[State, bool, int]:
        """Changes whenever what a kubelet reports of it does."""
        return self.state, self.ready, self.restart_count

    def stop(self, now: float, code: int = 143, reason: str = "Error") -> None:
        """It is ended from outside (SIGTERM and then SIGKILL); it is not started again."""
        if self.state is State.RUNNING:
            self.end = End(reason if code else "Completed", code, self.started_at, now)
        self.state, self.since, self.ready, self.memory = State.STOPPED, now, False, 0.0

    def _start(self, now: float) -> What:
        self.state, self.since, self.started_at = State.RUNNING, now, now
        self.ready, self.end = False, None
        return What.STARTED

    def _run(self, now: float, rate: float) -> list[What]:
        running = (now - self.started_at) * nature.speed(self.behaviour, self.limits.cpu)
        self.memory = nature.memory(self.behaviour, running, rate)
        if self.limits.memory is not None and self.memory > self.limits.memory:
            return [self._end(now, "OOMKilled", 137, What.OOM_KILLED)]
        if self._starved(now, rate):
            return [self._end(now, "Error", 1, What.FAILED)]
        if self.behaviour.runs and running >= self.behaviour.runs:
            return [self._end(now, "Completed", 0, What.COMPLETED)]
        if not self.ready and running >= self.behaviour.warm_up:
            self.ready = True
            return [What.READY]
        return []

    def _starved(self, now: float, rate: float) -> bool:
        least, cpu = self.behaviour.fails_below_cpu, self.limits.cpu
        return cpu is not None and cpu < least and rate > 0 and now - self.started_at >= self.behaviour.fails_after

    def _end(self, now: float, reason: str, code: int, what: What) -> What:
        self.end = End(reason, code, self.started_at, now)
        if now - self.started_at >= FORGIVEN_AFTER:
            self.backoff = 0.0
        self.state, self.since, self.ready, self.memory = State.ENDED, now, False, 0.0
        return what

    def _after_end(self, now: float) -> list[What]:
        failed = self.end is not None and self.end.code != 0
        if self.policy == "Never" or (self.policy == "OnFailure" and not failed):
            self.state = State.STOPPED
            return []
        if not self.backoff:
            self.backoff = FIRST_BACKOFF
            self.last = self.end
            self.restart_count += 1
            return [self._start(now)]
        if self.restart_count > 1:
            self.backoff = min(self.backoff * 2, LONGEST_BACKOFF)
        self.state, self.since = State.BACKING_OFF, now
        return [What.BACK_OFF]
