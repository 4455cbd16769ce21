"""How a container behaves: what it needs, how long it takes, what breaks it. Pure; the numbers are the scenario's."""

from __future__ import annotations

import msgspec

MEBIBYTE = 2**20


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One container's nature.

    Memory is MiB, CPU cores, times seconds, ``capacity`` requests a second of one pod with all the CPU it wants.
    A JVM reads a large ``warm_up`` and a ``memory_ready`` far above ``memory_start``.
    """

    pull: float = 1.5
    """From being scheduled to running."""
    warm_up: float = 2.0
    """From running to ready."""
    stop: float = 1.0
    """From SIGTERM to the end."""
    memory_start: float = 20.0
    memory_ready: float = 60.0
    memory_per_request: float = 0.0
    """MiB more for each request a second that the pod serves."""
    cpu_idle: float = 0.01
    cpu_per_request: float = 0.0
    capacity: float = 0.0
    """0: it serves no requests."""
    latency_ms: float = 5.0
    fails_below_cpu: float = 0.0
    """With a CPU limit under this and traffic on, it exits with code 1 after :attr:`fails_after`."""
    fails_after: float = 20.0
    runs: float = 0.0
    """Seconds until it ends by itself with code 0 (a batch job); 0: never."""
    says: tuple[str, ...] = ()
    """Lines it logs when it starts."""
    says_ready: tuple[str, ...] = ()
    says_failing: tuple[str, ...] = ()
    """Lines it logs while requests fail, one every few seconds."""


def memory(behaviour: Behaviour, running: float, rate: float) -> float:
    """Working set in bytes after ``running`` seconds while serving ``rate`` requests a second.

    It grows evenly to ``memory_ready`` in the first two thirds of the warm-up: class loading and heap come first.
    """
    grown = min(running / max(behaviour.warm_up * 2 / 3, 0.5), 1.0)
    own = behaviour.memory_start + (behaviour.memory_ready - behaviour.memory_start) * grown
    return (own + behaviour.memory_per_request * rate) * MEBIBYTE


def speed(behaviour: Behaviour, cpu_limit: float | None) -> float:
    """What part of its full capacity a CPU limit leaves it, 0 to 1. Throttled start-up takes that much longer too."""
    needed = behaviour.cpu_idle + behaviour.cpu_per_request * behaviour.capacity
    return 1.0 if cpu_limit is None or needed <= 0 else min(cpu_limit / needed, 1.0)
