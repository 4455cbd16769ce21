"""Who is a zombie: pure functions from facts to verdicts. Never a live pod's process; when in doubt, no candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from opsconsole.gpu.host.processes import Facts
from opsconsole.gpu.pods import Life, Standing, Standings
from opsconsole.records import ProcessState

PROTECTED = frozenset(
    {
        "nvidia-persistenced",
        "nv-fabricmanager",
        "nv-hostengine",
        "dcgm-exporter",
        "dcgm",
        "nvidia-cuda-mps-server",
        "nvidia-cuda-mps-control",
        "nvidia-device-plugin",
        "nvidia-imex",
        "nvidia-powerd",
        "Xorg",
        "Xwayland",
    }
)
"""Programs that are never killed: each serves every client of the GPU. Killing dcgm-exporter froze an A100 (its #84).

A process calls itself what it likes, so the name alone protects nothing: see :func:`is_protected`.
"""

_COMM = 15
"""The kernel keeps this many characters of a process's name."""


class ProcessContext(NamedTuple):
    """What a verdict depends on besides the process itself.

    ``killed`` are the UIDs of the killed optimizer's pods, ``patterns`` tell the optimizer's processes outside
    Kubernetes, ``ours`` are this console and its ancestors. ``terminal_seconds``: how long a pod must be gone.
    """

    standings: Standings
    killed: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    protected: frozenset[str] = PROTECTED
    ours: frozenset[int] = frozenset()
    terminal_seconds: float = 60.0


class CleanupVerdict(NamedTuple):
    """Whether clean-up may signal a process, and why or why not, in words.

    ``once_orphaned``: it is the optimizer's, outside Kubernetes, and nothing but its living parent keeps it from being
    a candidate. A plan that ends the optimizer first may name it; it is judged again before it is signalled.
    ``unjudged``: it is not known whose it is. It is spared, and nobody may say that nothing is left.
    ``candidate_in``: in how many seconds it becomes a candidate, if its pod stays gone; ``None``: time alone changes
    nothing. ``in_pod``: the API server's word that its pod is there, or not gone yet, is all that spares it.
    """

    candidate: bool
    why: str
    protected: bool = False
    once_orphaned: bool = False
    unjudged: bool = False
    candidate_in: float | None = None
    in_pod: bool = False


def protected_names(further: Iterable[str] = ()) -> frozenset[str]:
    """The built-in programs and the names of the settings."""
    return PROTECTED | frozenset(filter(None, further))


def verdict(facts: Facts, world: ProcessContext) -> CleanupVerdict:
    """May this process be signalled?"""
    guarded = _guarded(facts, world)
    if guarded:
        return guarded
    stopped = _STATES.get(facts.state)
    if stopped:
        return CleanupVerdict(candidate=False, why=stopped.format(facts), unjudged=_is_unjudged(facts, world))
    return _by_place(facts, world)


def _by_place(facts: Facts, world: ProcessContext) -> CleanupVerdict:
    if facts.start_ticks is None:
        return _unjudged("its start time is not known: it can't be told from a later process")
    if not world.standings.complete:
        return _unjudged(f"not judged: {world.standings.why}")
    if facts.place.kubernetes is None:
        return _unjudged("its cgroup does not tell whether it belongs to a pod")
    return _in_pod(facts, world) if facts.place.kubernetes else _outside(facts, world)


def _unjudged(why: str) -> CleanupVerdict:
    return CleanupVerdict(candidate=False, why=why, unjudged=True)


def _is_unjudged(facts: Facts, world: ProcessContext) -> bool:
    """Whether a process that its state keeps from being a candidate may be one of those that are to be ended."""
    if facts.state is ProcessState.UNINTERRUPTIBLE:
        judged = _by_place(facts, world)
        return judged.candidate or judged.once_orphaned or judged.unjudged
    return facts.state in {ProcessState.NO_PERMISSION, ProcessState.OTHER_NAMESPACE}


def is_protected(facts: Facts, protected: frozenset[str]) -> bool:
    """Whether a process is on the list, by what it runs.

    A built-in program is one whose file has that name, is root's and can be changed by nobody else. Where the file may
    not be read, the name that the process gives itself has to do: when in doubt it is spared. A name of the settings
    may be a script's, whose file is its interpreter's: it counts as the process gives it.
    """
    if _is_named(facts.names, protected - PROTECTED):
        return True
    file = facts.executable
    if file is None:
        return _is_named(facts.names, protected)
    return file.trusted and any(name in protected for name in (file.name, *file.name.strip(".").split("-wrapped")))


def _is_named(names: Iterable[str], protected: frozenset[str]) -> bool:
    """Whether one of the names is on the list. Comm is cut at 15 characters, so the list is compared cut too."""
    short = {name[:_COMM] for name in protected}
    return any(name in protected or (len(name) == _COMM and name in short) for name in names)


_STATES: Mapping[ProcessState, str] = {
    ProcessState.ZOMBIE: "a zombie: it can't be killed and holds nothing itself; its parent {0.parent} "
    "({0.parent_name}) has not reaped it",
    ProcessState.UNINTERRUPTIBLE: "in uninterruptible sleep: no signal reaches it; if it stays so, drain the node and "
    "reset the GPU",
    ProcessState.GONE: "the process is gone; if the memory stays held, drain the node and reset the GPU",
    ProcessState.NO_PERMISSION: "/proc does not show it to this user: run as root",
    ProcessState.OTHER_NAMESPACE: "NVML's PIDs are the host's and this console is in another PID namespace: run it on "
    "the host, or in a pod with hostPID",
}


def _guarded(facts: Facts, world: ProcessContext) -> CleanupVerdict | None:
    if is_protected(facts, world.protected) and not _is_left_over(facts, world):
        return CleanupVerdict(candidate=False, why="protected: it serves every client of the GPU", protected=True)
    if facts.pid in world.ours or facts.pid <= 1:
        return CleanupVerdict(candidate=False, why="protected: this console, or what it runs in", protected=True)
    return None


def _is_left_over(facts: Facts, world: ProcessContext) -> bool:
    """Whether the pod that it was started for is known to be over: it serves nobody any more, whatever it is."""
    standing = world.standings.known.get(facts.place.pod_uid) if world.standings.complete else None
    return facts.place.kubernetes is True and standing is not None and standing.life in {Life.TERMINAL, Life.ABSENT}


def _in_pod(facts: Facts, world: ProcessContext) -> CleanupVerdict:
    place = facts.place
    if place.static:
        return _unjudged("a static pod: its UID in the API is another one, so it can't be judged")
    standing = world.standings.known.get(place.pod_uid)
    if standing is None:
        return _unjudged("in a pod of which the cgroup does not tell the UID")
    what = f"pod {standing.name or place.pod_uid} is {_LIVES[standing.life]}"
    if standing.life is Life.LIVE:
        return CleanupVerdict(candidate=False, why=what, in_pod=True)
    if place.pod_uid in world.killed:
        return CleanupVerdict(candidate=True, why=f"{what}; it was the killed optimizer's")
    return _long_enough(what, standing, world.terminal_seconds)


_LIVES = {
    Life.LIVE: "alive",
    Life.TERMINATING: "terminating, not gone yet",
    Life.TERMINAL: "over (Succeeded or Failed)",
    Life.ABSENT: "not there any more",
}


def _long_enough(what: str, standing: Standing, seconds: float) -> CleanupVerdict:
    if standing.life is Life.TERMINATING:
        return CleanupVerdict(candidate=False, why=what, in_pod=True)
    if standing.seconds < seconds:
        why = f"{what}; a candidate once that has been so for {seconds:g} s"
        return CleanupVerdict(candidate=False, why=why, candidate_in=seconds - standing.seconds)
    return CleanupVerdict(candidate=True, why=f"{what}, for {seconds:g} s or more")


def _outside(facts: Facts, world: ProcessContext) -> CleanupVerdict:
    matched = next((pattern.pattern for pattern in world.patterns if pattern.search(facts.command)), None)
    if matched is None:
        return CleanupVerdict(
            candidate=False, why="outside Kubernetes, and not one of the configured optimizer's processes"
        )
    if not facts.orphan:
        parent = f"{facts.parent} ({facts.parent_name})" if facts.parent_name else str(facts.parent)
        why = f"outside Kubernetes, and no orphan: its parent is {parent}"
        return CleanupVerdict(candidate=False, why=why, once_orphaned=True)
    return CleanupVerdict(candidate=True, why=f"outside Kubernetes, orphaned, and matches the optimizer's {matched!r}")
