"""Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and CronJobs → records."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import field

from opsconsole.cluster.objects.masking import shown
from opsconsole.cluster.objects.meta import (
    WORDS,
    FullMetadata,
    LabelSelector,
    Wire,
    annotation_pairs,
    managers,
    owner,
    pairs,
)
from opsconsole.cluster.objects.pod.record import resources
from opsconsole.cluster.objects.pod.wire import ResourceLists
from opsconsole.cluster.transport.times import seconds
from opsconsole.records import ContainerSpec, Workload
from opsconsole.text import clean_line


class _Env(Wire):
    name: str = ""
    value: str | None = None


class _Container(Wire):
    name: str = ""
    image: str = ""
    resources: ResourceLists | None = None
    env: list[_Env] | None = None


class _PodSpec(Wire):
    service_account_name: str = ""
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None


class _Template(Wire):
    spec: _PodSpec = field(default_factory=_PodSpec)


class _JobSpec(Wire):
    template: _Template = field(default_factory=_Template)


class _JobTemplate(Wire):
    spec: _JobSpec = field(default_factory=_JobSpec)


class _Spec(Wire):
    replicas: int | None = None
    parallelism: int | None = None
    suspend: bool | None = None
    selector: LabelSelector | None = None
    template: _Template | None = None
    job_template: _JobTemplate | None = None


class _Status(Wire):
    ready_replicas: int | None = None
    available_replicas: int | None = None
    desired_number_scheduled: int | None = None
    number_ready: int | None = None
    number_available: int | None = None
    ready: int | None = None


class WorkloadWire(Wire):
    """What the six kinds have in common, and the few fields in which they differ."""

    metadata: FullMetadata = field(default_factory=FullMetadata)
    spec: _Spec = field(default_factory=_Spec)
    status: _Status = field(default_factory=_Status)


def of_kind(kind: str) -> Callable[[WorkloadWire], Workload]:
    """Return the conversion for one kind; the items of a list do not say of which kind they are."""

    def convert(wire: WorkloadWire) -> Workload:
        return to_record(kind, wire)

    return convert


def to_record(kind: str, wire: WorkloadWire) -> Workload:
    """Return the record of a workload of ``kind``."""
    metadata, spec = wire.metadata, wire.spec
    template = spec.template or (spec.job_template.spec.template if spec.job_template else None) or _Template()
    replicas, ready, available = _numbers(kind, wire)
    return Workload(
        kind=kind,
        namespace=WORDS[metadata.namespace],
        name=WORDS[metadata.name],
        uid=clean_line(metadata.uid),
        generation=metadata.generation,
        replicas=replicas,
        ready=ready,
        available=available,
        suspended=bool(spec.suspend),
        service_account=WORDS[template.spec.service_account_name],
        owner=owner(metadata),
        created=seconds(metadata.creation_timestamp),
        selector=pairs(spec.selector.match_labels) if spec.selector else (),
        labels=pairs(metadata.labels),
        annotations=annotation_pairs(metadata.annotations),
        containers=_containers(template.spec),
        managers=managers(metadata.managed_fields),
        deleted_at=seconds(metadata.deletion_timestamp),
    )


def _numbers(kind: str, wire: WorkloadWire) -> tuple[int | None, int | None, int | None]:
    """Return desired, ready and available pods. Kubernetes leaves a zero out of a status, and only there."""
    spec, status = wire.spec, wire.status
    if kind == "CronJob":
        return None, None, None
    if kind == "Job":
        return 1 if spec.parallelism is None else spec.parallelism, status.ready or 0, None
    if kind == "DaemonSet":
        return status.desired_number_scheduled, status.number_ready, status.number_available or 0
    return 1 if spec.replicas is None else spec.replicas, status.ready_replicas or 0, status.available_replicas or 0


def _containers(spec: _PodSpec) -> tuple[ContainerSpec, ...]:
    own = tuple(_container(each, init=False) for each in spec.containers or ())
    return (*(_container(each, init=True) for each in spec.init_containers or ()), *own)


def _container(wire: _Container, *, init: bool) -> ContainerSpec:
    return ContainerSpec(
        name=WORDS[wire.name],
        image=WORDS[wire.image],
        init=init,
        resources=resources(wire.resources),
        env=tuple((WORDS[each.name], shown(each.name, each.value)) for each in wire.env or () if each.value),
    )
