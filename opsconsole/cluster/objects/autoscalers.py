"""VerticalPodAutoscalers (``autoscaling.k8s.io/v1``) and ScaledObjects (``keda.sh/v1alpha1``) → records."""

from __future__ import annotations

from msgspec import field

from opsconsole.cluster.objects.meta import WORDS, FullMetadata, Wire, managers
from opsconsole.cluster.objects.pod.wire import Amounts
from opsconsole.quantity import number
from opsconsole.records import Advice, Autoscaler, Ref
from opsconsole.text import clean_line

_PAUSED = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas")
"""Annotations that stop KEDA; see its documentation, "Pausing autoscaling"."""

MAX_ADVICE = 64
"""Containers of one recommendation that are kept."""


class _TargetRef(Wire):
    kind: str = ""
    name: str = ""


class _UpdatePolicy(Wire):
    update_mode: str = ""


class _ContainerAdvice(Wire):
    container_name: str = ""
    target: Amounts | None = None
    lower_bound: Amounts | None = None
    upper_bound: Amounts | None = None


class _Recommendation(Wire):
    container_recommendations: list[_ContainerAdvice] | None = None


class _VpaSpec(Wire):
    target_ref: _TargetRef | None = None
    update_policy: _UpdatePolicy | None = None


class _VpaStatus(Wire):
    recommendation: _Recommendation | None = None


class VpaWire(Wire):
    """A VerticalPodAutoscaler."""

    metadata: FullMetadata = field(default_factory=FullMetadata)
    spec: _VpaSpec = field(default_factory=_VpaSpec)
    status: _VpaStatus = field(default_factory=_VpaStatus)


class _Trigger(Wire):
    type: str = ""


class _ScaledSpec(Wire):
    scale_target_ref: _TargetRef | None = None
    min_replica_count: int | None = None
    max_replica_count: int | None = None
    triggers: list[_Trigger] | None = None


class ScaledObjectWire(Wire):
    """A ScaledObject."""

    metadata: FullMetadata = field(default_factory=FullMetadata)
    spec: _ScaledSpec = field(default_factory=_ScaledSpec)


def vpa_record(vpa: VpaWire) -> Autoscaler:
    """Return the record of a VPA, its recommendations with it; without an update mode it is ``Auto``."""
    metadata, policy, said = vpa.metadata, vpa.spec.update_policy, vpa.status.recommendation
    advice = (said.container_recommendations or ())[:MAX_ADVICE] if said else ()
    return Autoscaler(
        kind="VerticalPodAutoscaler",
        namespace=WORDS[metadata.namespace],
        name=WORDS[metadata.name],
        target=_target(metadata.namespace, vpa.spec.target_ref),
        uid=clean_line(metadata.uid),
        mode=WORDS[policy.update_mode] if policy and policy.update_mode else "Auto",
        advice=tuple(map(_advice, advice)),
        managers=managers(metadata.managed_fields),
    )


def scaled_object_record(scaled: ScaledObjectWire) -> Autoscaler:
    """Return the record of a ScaledObject. What it does not say is KEDA's own: 0 to 100 replicas of a Deployment."""
    metadata, spec = scaled.metadata, scaled.spec
    paused = any(name in _PAUSED and value.lower() != "false" for name, value in (metadata.annotations or {}).items())
    return Autoscaler(
        kind="ScaledObject",
        namespace=WORDS[metadata.namespace],
        name=WORDS[metadata.name],
        target=_target(metadata.namespace, spec.scale_target_ref),
        uid=clean_line(metadata.uid),
        mode="paused" if paused else "",
        minimum=0 if spec.min_replica_count is None else spec.min_replica_count,
        maximum=100 if spec.max_replica_count is None else spec.max_replica_count,
        metric=clean_line(", ".join(each.type for each in (spec.triggers or ())[:8]), 200),
        managers=managers(metadata.managed_fields),
    )


def _target(namespace: str, wire: _TargetRef | None) -> Ref:
    found = wire or _TargetRef()
    return Ref(WORDS[found.kind or "Deployment"], WORDS[namespace], WORDS[found.name])


def _advice(wire: _ContainerAdvice) -> Advice:
    target, low, high = wire.target or Amounts(), wire.lower_bound or Amounts(), wire.upper_bound or Amounts()
    return Advice(
        WORDS[wire.container_name],
        _number(target.cpu),
        _number(target.memory),
        _number(low.memory),
        _number(high.memory),
    )


def _number(quantity: str | float | None) -> float | None:
    return None if quantity is None else number(str(quantity))
