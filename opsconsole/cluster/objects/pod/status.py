"""The words of ``kubectl get pods``: READY, STATUS and RESTARTS of a pod, as the API server's printer says them (1.36).

The server computes them for Tables only, so they are computed here again for whole objects; a test on a real server
holds the two against each other.
"""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.cluster.objects.pod.wire import Condition, ContainerStatus, PodStatus, PodWire, Terminated


class Words(NamedTuple):
    """READY as two numbers, the STATUS word, RESTARTS."""

    ready: int
    total: int
    status: str
    restarts: int


class _Progress(NamedTuple):
    """What init containers make of a pod: sidecars that are ready, restarts, and the word if it still initialises."""

    ready: int
    restarts: int
    sidecar_restarts: int
    word: str


def words(pod: PodWire) -> Words:
    """Return what kubectl would print for ``pod``."""
    spec, status = pod.spec, pod.status
    word = status.reason or status.phase
    for condition in status.conditions or ():
        if condition.reason == "SchedulingGated" and condition.type == "PodScheduled":
            word = "SchedulingGated"
    total = len(spec.containers) if spec.containers else 0
    ready = restarts = 0
    if spec.init_containers:
        sidecars = {each.name for each in spec.init_containers if each.restart_policy == "Always"}
        total += len(sidecars)
        init = _initialising(status.init_container_statuses or [], sidecars, len(spec.init_containers))
        ready, restarts, word = init.ready, init.restarts, init.word or word
        if init.word and not is_true(status.conditions, "Initialized"):
            return Words(ready, total, _leaving(pod, word), restarts)
        restarts = init.sidecar_restarts
    own_ready, own_restarts, word = _running(status, word)
    if pod.metadata.deletion_timestamp:
        word = _leaving(pod, word)
    return Words(ready + own_ready, total, word, restarts + own_restarts)


def is_true(conditions: list[Condition] | None, kind: str) -> bool:
    """Whether the condition ``kind`` is there and ``True``."""
    for condition in conditions or ():  # noqa: SIM110 - a generator costs more than the loop, for every pod there is
        if condition.type == kind and condition.status == "True":
            return True
    return False


def _initialising(statuses: list[ContainerStatus], sidecars: set[str], total: int) -> _Progress:
    ready = restarts = sidecar_restarts = 0
    for index, container in enumerate(statuses):
        restarts += container.restart_count
        sidecar = container.name in sidecars
        sidecar_restarts += container.restart_count if sidecar else 0
        ended = container.state.terminated
        if ended and ended.exit_code == 0:
            continue
        if sidecar and container.started:
            ready += container.ready
            continue
        waiting = container.state.waiting
        if ended:
            word = f"Init:{ended.reason or _ending(ended)}"
        elif waiting and waiting.reason and waiting.reason != "PodInitializing":
            word = f"Init:{waiting.reason}"
        else:
            word = f"Init:{index}/{total}"
        return _Progress(ready, restarts, sidecar_restarts, word)
    return _Progress(ready, restarts, sidecar_restarts, "")


def _running(status: PodStatus, word: str) -> tuple[int, int, str]:
    ready = restarts = 0
    failure = ""
    for container in reversed(status.container_statuses or ()):
        restarts += container.restart_count
        state = container.state
        if state.waiting and state.waiting.reason:
            word = state.waiting.reason
        elif state.terminated:
            word = state.terminated.reason or _ending(state.terminated)
            failure = word if state.terminated.exit_code else failure
        elif container.ready and state.running:
            ready += 1
    if word == "Completed":
        if ready and is_true(status.conditions, "Ready"):
            word = "Running"
        else:
            word = failure or ("NotReady" if ready else word)
    return ready, restarts, word


def _ending(ended: Terminated) -> str:
    return f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}"


def _leaving(pod: PodWire, word: str) -> str:
    if not pod.metadata.deletion_timestamp:
        return word
    if pod.status.reason == "NodeLost":
        return "Unknown"
    return word if pod.status.phase in {"Succeeded", "Failed"} else "Terminating"
