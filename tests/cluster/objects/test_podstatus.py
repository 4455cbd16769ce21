"""The STATUS word, READY and RESTARTS: a table of what kubectl prints."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.cluster.objects.pod.status import Words, words
from opsconsole.cluster.objects.pod.wire import PodWire

NOW = "2026-11-21T22:36:49Z"


def container(state: str = "running", *, ready: bool = False, restarts: int = 0, **detail: Any) -> dict[str, Any]:
    """A container's status; the name follows its place."""
    return {"ready": ready, "restartCount": restarts, "state": {state: detail} if state else {}}


RUNNING = container(ready=True)
DONE = container("terminated", exitCode=0, reason="Completed")
SIDECAR_UP = container(ready=True) | {"started": True}


def pod(
    containers: list[dict[str, Any]],
    phase: str = "Running",
    *,
    init: list[dict[str, Any]] | None = None,
    sidecars: tuple[int, ...] = (),
    deleted: bool = False,
    reason: str = "",
    conditions: dict[str, str] | None = None,
    gate: bool = False,
) -> PodWire:
    def named(prefix: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"name": f"{prefix}{index}", **each} for index, each in enumerate(found)]

    init = init or []
    told = [{"type": kind, "status": value} for kind, value in (conditions or {}).items()]
    if gate:
        told.append({"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"})
    document = {
        "metadata": {"name": "p", **({"deletionTimestamp": NOW} if deleted else {})},
        "spec": {
            "containers": [{"name": f"c{index}"} for index in range(len(containers))],
            "initContainers": [
                {"name": f"i{index}", **({"restartPolicy": "Always"} if index in sidecars else {})}
                for index in range(len(init))
            ],
        },
        "status": {
            "phase": phase,
            "reason": reason,
            "conditions": told,
            "containerStatuses": named("c", [each for each in containers if each is not None]),
            "initContainerStatuses": named("i", init),
        },
    }
    return msgspec.convert(document, PodWire)


TABLE = {
    "running": (pod([RUNNING]), Words(1, 1, "Running", 0)),
    "two of two, restarts are summed": (
        pod([container(ready=True, restarts=2), container(ready=True, restarts=3)]),
        Words(2, 2, "Running", 5),
    ),
    "running, not ready": (pod([container(restarts=1)]), Words(0, 1, "Running", 1)),
    "pending, no status yet": (pod([], "Pending"), Words(0, 0, "Pending", 0)),
    "waiting without a reason keeps the phase": (pod([container("waiting")], "Pending"), Words(0, 1, "Pending", 0)),
    "creating": (
        pod([container("waiting", reason="ContainerCreating")], "Pending"),
        Words(0, 1, "ContainerCreating", 0),
    ),
    "crash loop": (
        pod([container("waiting", reason="CrashLoopBackOff", restarts=12)]),
        Words(0, 1, "CrashLoopBackOff", 12),
    ),
    "OOMKilled": (
        pod([container("terminated", reason="OOMKilled", exitCode=137, restarts=5)]),
        Words(0, 1, "OOMKilled", 5),
    ),
    "error": (pod([container("terminated", reason="Error", exitCode=1)], "Failed"), Words(0, 1, "Error", 0)),
    "exit code without a reason": (pod([container("terminated", exitCode=3)]), Words(0, 1, "ExitCode:3", 0)),
    "signal without a reason": (pod([container("terminated", exitCode=137, signal=9)]), Words(0, 1, "Signal:9", 0)),
    "completed": (pod([DONE], "Succeeded"), Words(0, 1, "Completed", 0)),
    "one done, one ready": (pod([DONE, RUNNING], conditions={"Ready": "True"}), Words(1, 2, "Running", 0)),
    "one done, one running, pod not ready": (
        pod([DONE, RUNNING], conditions={"Ready": "False"}),
        Words(1, 2, "NotReady", 0),
    ),
    "one done, one failed: the failure is said": (
        pod([DONE, container("terminated", reason="Error", exitCode=1)]),
        Words(0, 2, "Error", 0),
    ),
    "the first container's word wins": (
        pod([container("waiting", reason="ImagePullBackOff"), container("waiting", reason="CrashLoopBackOff")]),
        Words(0, 2, "ImagePullBackOff", 0),
    ),
    "evicted": (pod([], "Failed", reason="Evicted"), Words(0, 0, "Evicted", 0)),
    "scheduling gate": (pod([], "Pending", gate=True), Words(0, 0, "SchedulingGated", 0)),
    "terminating": (pod([RUNNING], deleted=True), Words(1, 1, "Terminating", 0)),
    "deleted when over keeps its end": (pod([DONE], "Succeeded", deleted=True), Words(0, 1, "Completed", 0)),
    "deleted when failed keeps its end": (
        pod([container("terminated", reason="Error", exitCode=1)], "Failed", deleted=True),
        Words(0, 1, "Error", 0),
    ),
    "node lost": (pod([RUNNING], deleted=True, reason="NodeLost"), Words(1, 1, "Unknown", 0)),
    "node lost, not deleted": (pod([RUNNING], reason="NodeLost"), Words(1, 1, "NodeLost", 0)),
    "init: first of two": (
        pod([container("waiting", reason="PodInitializing")], "Pending", init=[container(), container("waiting")]),
        Words(0, 1, "Init:0/2", 0),
    ),
    "init: second of two": (
        pod([container("waiting", reason="PodInitializing")], "Pending", init=[DONE, container()]),
        Words(0, 1, "Init:1/2", 0),
    ),
    "init: waits for the pod": (
        pod([], "Pending", init=[container("waiting", reason="PodInitializing")]),
        Words(0, 0, "Init:0/1", 0),
    ),
    "init: crash loop, its restarts count": (
        pod([], "Pending", init=[container("waiting", reason="CrashLoopBackOff", restarts=4)]),
        Words(0, 0, "Init:CrashLoopBackOff", 4),
    ),
    "init: error": (
        pod([], "Pending", init=[container("terminated", reason="Error", exitCode=1)]),
        Words(0, 0, "Init:Error", 0),
    ),
    "init: exit code": (
        pod([], "Pending", init=[container("terminated", exitCode=7)]),
        Words(0, 0, "Init:ExitCode:7", 0),
    ),
    "init: signal": (
        pod([], "Pending", init=[container("terminated", exitCode=137, signal=9)]),
        Words(0, 0, "Init:Signal:9", 0),
    ),
    "init done: its restarts are forgotten": (
        pod([container(ready=True, restarts=1)], init=[DONE | {"restartCount": 6}]),
        Words(1, 1, "Running", 1),
    ),
    "sidecar counts as a container": (pod([RUNNING], init=[SIDECAR_UP], sidecars=(0,)), Words(2, 2, "Running", 0)),
    "sidecar restarts count": (
        pod([container(ready=True, restarts=1)], init=[SIDECAR_UP | {"restartCount": 3}], sidecars=(0,)),
        Words(2, 2, "Running", 4),
    ),
    "sidecar started, not ready": (
        pod([RUNNING], init=[SIDECAR_UP | {"ready": False}], sidecars=(0,)),
        Words(1, 2, "Running", 0),
    ),
    "sidecar not started holds the pod": (
        pod([container("waiting", reason="PodInitializing")], "Pending", init=[container()], sidecars=(0,)),
        Words(0, 2, "Init:0/1", 0),
    ),
    "sidecar fails in an initialised pod: the containers speak": (
        pod(
            [RUNNING],
            init=[container("waiting", reason="CrashLoopBackOff", restarts=2)],
            sidecars=(0,),
            conditions={"Initialized": "True"},
        ),
        Words(1, 2, "Init:CrashLoopBackOff", 2),
    ),
    "terminating while initialising": (
        pod([], "Pending", init=[container()], deleted=True),
        Words(0, 0, "Terminating", 0),
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_as_kubectl_prints_it(case: str) -> None:
    found, expected = TABLE[case]
    assert words(found) == expected
