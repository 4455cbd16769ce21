"""What has failed of a pod, as the kubelet and the scheduler tell it: status, which no optimizer's log makes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.governor.measures import PodFailure
from opsconsole.records import Container, Pod

_CRASHES = "CrashLoopBackOff"
_OOM = "OOMKilled"
_NEVER_STARTS = frozenset({
    "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError",
    "RunContainerError", "StartError",
})  # fmt: skip
"""Why a container waits that has failed. ``ErrImagePull`` is a first try, ``ContainerCreating`` is ordinary."""


def failures_of(pod: Pod, now: float) -> Iterator[tuple[PodFailure, float]]:
    """How the pod has failed, and when: by its containers' last deaths, and now by what they wait for.

    That it is not ready is no failure: every new pod is not, for as long as it needs to start.
    """
    for container in pod.containers:
        if container.ephemeral:  # what somebody debugs with
            continue
        killed = _killed_at(container, now)
        if killed is not None:
            yield PodFailure.OOM, killed
        if container.state != "waiting":
            continue
        if container.reason == _CRASHES and container.last_reason != _OOM:
            yield PodFailure.CRASH, now
        elif container.reason in _NEVER_STARTS:
            yield PodFailure.START, now
    if pod.phase == "Pending" and any(
        each.type == "PodScheduled" and each.status == "False" and each.reason == "Unschedulable"
        for each in pod.conditions
    ):
        yield PodFailure.PLACE, now


def _killed_at(container: Container, now: float) -> float | None:
    """When it was OOMKilled last; ``None``: it was not, or nobody says when."""
    if container.state == "terminated" and container.reason == _OOM:
        return now
    if container.last_reason == _OOM and container.last_finished_at is not None:
        return min(container.last_finished_at, now)
    return None
