"""One container in the hands of a kubelet: start, readiness, OOM kill, crash, back-off. No API, no clock of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from rehearsal import behaviour as nature
from rehearsal.behaviour import Behaviour

FIRST_BACKOFF, LONGEST_BACKOFF, FORGIVEN_AFTER = 10.0, 300.0, 600.0
"""The kubelet's crash back-off: it doubles from 10 s to 5 min and is forgotten after 10 min of running."""

SEEN_DEAD = 3.0
"""How long the end shows as ``terminated`` before the next state, at the kubelet's pace of syncing."""


class ContainerPhase(StrEnum):
    """Where a container is."""

    CREATING = "creating"
    RUNNING = "running"
    ENDED = "ended"
    BACKING_OFF = "backing off"
    STOPPED = "stopped"


class ContainerEvent(StrEnum):
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


class ContainerLimits(NamedTuple):
    """A container's limits: memory in bytes, CPU in cores; ``None``: none."""

    memory: float | None
    cpu: float | None


class SimulatedContainer:
    """A state machine that :meth:`step` moves on.

    Args:
        behaviour: how it behaves.
        limits: what it may use.
        now: when the kubelet took it on.
        restarts: whether it is started again after its end (``Always``, or ``OnFailure`` for a failure).
    """

    def __init__(self, behaviour: Behaviour, limits: ContainerLimits, now: float, restarts: str = "Always") -> None:
        self.behaviour = behaviour
        self.limits = limits
        self.policy = restarts
        self.state = ContainerPhase.CREATING
        self.since = now
        self.started_at = now
        self.restart_count = 0
        self.ready = False
        self.memory = 0.0
        self.end: End | None = None
        self.last: End | None = None
        self.backoff = 0.0

    def step(self, now: float, rate: float) -> list[ContainerEvent]:
        """Move on to ``now``, serving ``rate`` requests a second. Returns what happened, in order."""
        match self.state:
            case ContainerPhase.CREATING if now - self.since >= self.behaviour.pull:
                return [self._start(now)]
            case ContainerPhase.RUNNING:
                return self._run(now, rate)
            case ContainerPhase.ENDED if now - self.since >= SEEN_DEAD:
                return self._after_end(now)
            case ContainerPhase.BACKING_OFF if now - self.since >= self.backoff:
                self.last = self.end
                self.restart_count += 1
                return [self._start(now)]
            case _:
                return []

    @property
    def signature(self) -> tuple[ContainerPhase, bool, int]:
        """Changes whenever what a kubelet reports of it does."""
        return self.state, self.ready, self.restart_count

    def stop(self, now: float, code: int = 143, reason: str = "Error") -> None:
        """It is ended from outside (SIGTERM and then SIGKILL); it is not started again."""
        if self.state is ContainerPhase.RUNNING:
            self.end = End(reason if code else "Completed", code, self.started_at, now)
        self.state, self.since, self.ready, self.memory = ContainerPhase.STOPPED, now, False, 0.0

    def _start(self, now: float) -> ContainerEvent:
        self.state, self.since, self.started_at = ContainerPhase.RUNNING, now, now
        self.ready, self.end = False, None
        return ContainerEvent.STARTED

    def _run(self, now: float, rate: float) -> list[ContainerEvent]:
        running = (now - self.started_at) * nature.speed(self.behaviour, self.limits.cpu)
        self.memory = nature.memory(self.behaviour, running, rate)
        if self.limits.memory is not None and self.memory > self.limits.memory:
            return [self._end(now, "OOMKilled", 137, ContainerEvent.OOM_KILLED)]
        if self._starved(now, rate):
            return [self._end(now, "Error", 1, ContainerEvent.FAILED)]
        if self.behaviour.runs and running >= self.behaviour.runs:
            return [self._end(now, "Completed", 0, ContainerEvent.COMPLETED)]
        if not self.ready and running >= self.behaviour.warm_up:
            self.ready = True
            return [ContainerEvent.READY]
        return []

    def _starved(self, now: float, rate: float) -> bool:
        least, cpu = self.behaviour.fails_below_cpu, self.limits.cpu
        return cpu is not None and cpu < least and rate > 0 and now - self.started_at >= self.behaviour.fails_after

    def _end(self, now: float, reason: str, code: int, what: ContainerEvent) -> ContainerEvent:
        self.end = End(reason, code, self.started_at, now)
        if now - self.started_at >= FORGIVEN_AFTER:
            self.backoff = 0.0
        self.state, self.since, self.ready, self.memory = ContainerPhase.ENDED, now, False, 0.0
        return what

    def _after_end(self, now: float) -> list[ContainerEvent]:
        failed = self.end is not None and self.end.code != 0
        if self.policy == "Never" or (self.policy == "OnFailure" and not failed):
            self.state = ContainerPhase.STOPPED
            return []
        if not self.backoff:
            self.backoff = FIRST_BACKOFF
            self.last = self.end
            self.restart_count += 1
            return [self._start(now)]
        if self.restart_count > 1:
            self.backoff = min(self.backoff * 2, LONGEST_BACKOFF)
        self.state, self.since = ContainerPhase.BACKING_OFF, now
        return [ContainerEvent.BACK_OFF]
