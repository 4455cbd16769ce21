"""What limits scaling and eviction: HorizontalPodAutoscalers and PodDisruptionBudgets → records."""

from __future__ import annotations

from msgspec import field

from opsconsole.cluster.objects.meta import WORDS, FullMetadata, LabelSelector, Metadata, Wire, managers, pairs
from opsconsole.records import Hpa, Pdb, Ref
from opsconsole.text import clean_line


class _Target(Wire):
    kind: str = ""
    name: str = ""


class _Aim(Wire):
    type: str = ""
    average_utilization: int | None = None
    average_value: str | None = None
    value: str | None = None


class _Named(Wire):
    name: str = ""


class _Source(Wire):
    name: str = ""
    metric: _Named | None = None
    target: _Aim = field(default_factory=_Aim)


class _Metric(Wire):
    type: str = ""
    resource: _Source | None = None
    container_resource: _Source | None = None
    pods: _Source | None = None
    object: _Source | None = None
    external: _Source | None = None


class _HpaSpec(Wire):
    scale_target_ref: _Target = field(default_factory=_Target)
    min_replicas: int | None = None
    max_replicas: int = 0
    metrics: list[_Metric] | None = None


class _HpaStatus(Wire):
    current_replicas: int | None = None
    desired_replicas: int | None = None


class HpaWire(Wire):
    """A HorizontalPodAutoscaler, ``autoscaling/v2``."""

    metadata: FullMetadata = field(default_factory=FullMetadata)
    spec: _HpaSpec = field(default_factory=_HpaSpec)
    status: _HpaStatus = field(default_factory=_HpaStatus)


class _PdbSpec(Wire):
    selector: LabelSelector | None = None


class _PdbStatus(Wire):
    disruptions_allowed: int | None = None
    current_healthy: int | None = None
    desired_healthy: int | None = None


class PdbWire(Wire):
    """A PodDisruptionBudget, ``policy/v1``."""

    metadata: Metadata = field(default_factory=Metadata)
    spec: _PdbSpec = field(default_factory=_PdbSpec)
    status: _PdbStatus = field(default_factory=_PdbStatus)


def hpa_record(hpa: HpaWire) -> Hpa:
    """Return the record; ``metric`` is the first metric in words, such as ``cpu 70 %``."""
    metadata, spec = hpa.metadata, hpa.spec
    target = spec.scale_target_ref
    return Hpa(
        namespace=WORDS[metadata.namespace],
        name=WORDS[metadata.name],
        target=Ref(WORDS[target.kind], WORDS[metadata.namespace], WORDS[target.name]),
        uid=clean_line(metadata.uid),
        minimum=1 if spec.min_replicas is None else spec.min_replicas,
        maximum=spec.max_replicas,
        current=hpa.status.current_replicas,
        desired=hpa.status.desired_replicas,
        metric=clean_line(_in_words(spec.metrics[0]), 200) if spec.metrics else "",
        managers=managers(metadata.managed_fields),
    )


def _in_words(metric: _Metric) -> str:
    source = metric.resource or metric.container_resource or metric.pods or metric.object or metric.external
    if source is None:
        return metric.type
    name, aim = source.name or (source.metric.name if source.metric else ""), source.target
    if aim.average_utilization is not None:
        return f"{name} {aim.average_utilization} %"
    return f"{name} {aim.average_value or aim.value or ''}".strip()


def pdb_record(pdb: PdbWire) -> Pdb:
    """Return the record."""
    metadata, status = pdb.metadata, pdb.status
    return Pdb(
        namespace=WORDS[metadata.namespace],
        name=WORDS[metadata.name],
        uid=clean_line(metadata.uid),
        selector=pairs(pdb.spec.selector.match_labels) if pdb.spec.selector else (),
        allowed=status.disruptions_allowed,
        healthy=status.current_healthy,
        desired=status.desired_healthy,
    )
