"""Pods: from the wire's shape to the record."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from opsconsole.cluster.objects.meta import WORDS, ManagedFields, managers, owner, pairs
from opsconsole.cluster.objects.pod.status import is_true, words
from opsconsole.cluster.objects.pod.wire import (
    Amounts,
    Condition,
    ContainerStatus,
    ContainerWire,
    PodWire,
    ResourceLists,
)
from opsconsole.cluster.transport.times import seconds
from opsconsole.quantity import number
from opsconsole.records import Container, FieldManager, Pod, PodCondition, Resources
from opsconsole.text import clean, clean_line

MAX_MESSAGE = 1024
"""Characters kept of why a pod is as it is."""

MAX_CONDITION = 512
"""Characters kept of a condition's message."""

SHARED_CONDITIONS, SHARED_CHARACTERS = 16, 2048
"""Conditions of a pod that are remembered, to be shared, and their characters: a kubelet writes five. Whoever may write
a pod's status could write ten thousand, other ones with each write, and we would keep them all."""

_NO_RESOURCES = Resources()
_NO_STATUS = ContainerStatus()
_NOTHING = Amounts()


def to_record(pod: PodWire) -> Pod:
    """Return the record of ``pod``, its strings cleaned, its STATUS as kubectl prints it."""
    metadata, spec, status = pod.metadata, pod.spec, pod.status
    ready, total, word, restarts = words(pod)
    return Pod(
        namespace=WORDS[metadata.namespace],
        name=clean_line(metadata.name),
        uid=clean_line(metadata.uid),
        phase=WORDS[status.phase],
        status=WORDS[word],
        ready=ready,
        containers_total=total,
        restarts=restarts,
        created=seconds(metadata.creation_timestamp),
        node=WORDS[spec.node_name],
        ip=clean_line(status.pod_ip),
        owner=owner(metadata) if metadata.owner_references else None,
        service_account=WORDS[spec.service_account_name],
        deleted_at=seconds(metadata.deletion_timestamp),
        message=_message(pod),
        labels=pairs(metadata.labels),
        containers=_containers(pod),
        is_ready=is_true(status.conditions, "Ready"),
        conditions=_conditions(status.conditions),
        resources=_NO_RESOURCES if spec.resources is None else resources(spec.resources),
        managers=_resizers(metadata.managed_fields),
    )


def _resizers(wire: list[ManagedFields] | None) -> tuple[FieldManager, ...]:
    """Who resized it in place: next to no pod was, and the others share one empty tuple."""
    found = [each for each in wire or () if each.subresource == "resize"]
    return managers(found) if found else ()


def resources(wire: ResourceLists | None) -> Resources:
    """Return requests and limits of cpu and memory; those of one value are one object."""
    if wire is None or not (wire.requests or wire.limits):
        return _NO_RESOURCES
    requests, limits = wire.requests or _NOTHING, wire.limits or _NOTHING
    return _resources(requests.cpu, limits.cpu, requests.memory, limits.memory)


@lru_cache(maxsize=4096)
def _resources(*quantities: str | float | None) -> Resources:
    return Resources(*(None if each is None else number(str(each)) for each in quantities))


def _conditions(wire: list[Condition] | None) -> tuple[PodCondition, ...]:
    if not wire:
        return ()
    told = tuple([(each.type, each.status, each.reason, each.message[:MAX_CONDITION]) for each in wire])
    few = len(told) <= SHARED_CONDITIONS and sum(map(len, chain.from_iterable(told))) <= SHARED_CHARACTERS
    return _shared(told) if few else _unshared(told)


def _unshared(told: tuple[tuple[str, str, str, str], ...]) -> tuple[PodCondition, ...]:
    return tuple(
        PodCondition(WORDS[kind], WORDS[status], WORDS[reason], clean(message))
        for kind, status, reason, message in told
    )


_shared = lru_cache(maxsize=1024)(_unshared)
"""The records of some conditions; nearly all pods of a cluster have the same ones, and share them."""


def _containers(pod: PodWire) -> tuple[Container, ...]:
    spec, status = pod.spec, pod.status
    containers = _group(spec.containers, status.container_statuses)
    if spec.init_containers:
        containers = (*_group(spec.init_containers, status.init_container_statuses, init=True), *containers)
    if spec.ephemeral_containers:
        debug = _group(spec.ephemeral_containers, status.ephemeral_container_statuses, ephemeral=True)
        containers = (*containers, *debug)
    return containers


def _group(
    specs: list[ContainerWire] | None,
    statuses: list[ContainerStatus] | None,
    *,
    init: bool = False,
    ephemeral: bool = False,
) -> tuple[Container, ...]:
    if not specs:
        return ()
    told = {each.name: each for each in statuses} if statuses else {}
    return tuple([_container(spec, told.get(spec.name, _NO_STATUS), init, ephemeral) for spec in specs])


def _actual(wished: Resources, status: ContainerStatus) -> Resources | None:
    """What a running container has, where that is not what is wished: a resize that waits, or that can't be."""
    if status.resources is None or status.state.running is None:
        return None
    has = resources(status.resources)
    return None if has in (wished, _NO_RESOURCES) else has  # kubelets that don't tell send an empty object


def _container(spec: ContainerWire, status: ContainerStatus, init: bool, ephemeral: bool) -> Container:
    wished = _NO_RESOURCES if spec.resources is None else resources(spec.resources)
    state, last = status.state, status.last_state.terminated
    word, reason, exit_code, started_at = "unknown", "", None, None
    if state.running:
        word, started_at = "running", seconds(state.running.started_at)
    elif state.terminated:
        ended = state.terminated
        word, reason, exit_code, started_at = "terminated", ended.reason, ended.exit_code, seconds(ended.started_at)
    elif state.waiting:
        word, reason = "waiting", state.waiting.reason
    return Container(
        name=WORDS[spec.name],
        image=WORDS[spec.image],
        image_id=WORDS[status.image_id],
        init=init,
        ephemeral=ephemeral,
        ready=status.ready,
        started=status.started,
        started_at=started_at,
        restarts=status.restart_count,
        state=word,
        reason=WORDS[reason],
        exit_code=exit_code,
        last_reason=WORDS[last.reason] if last else "",
        last_exit_code=last.exit_code if last else None,
        last_finished_at=seconds(last.finished_at) if last else None,
        resources=wished,
        actual=_actual(wished, status),
    )


def _message(pod: PodWire) -> str:
    """Return the kubelet's or the scheduler's own words on why the pod is not well, the most general one first."""
    status = pod.status
    if status.message:
        return clean(status.message, MAX_MESSAGE)
    for condition in status.conditions or ():
        if condition.message and condition.type == "PodScheduled" and condition.status != "True":
            return clean(condition.message, MAX_MESSAGE)
    for containers in (status.init_container_statuses, status.container_statuses):
        for container in containers or ():
            said = container.state.waiting or container.state.terminated
            if said and said.message:
                return clean(said.message, MAX_MESSAGE)
    return ""
