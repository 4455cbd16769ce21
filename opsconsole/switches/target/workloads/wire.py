"""The JSON of pods and their controllers, as far as the switches need it, and the facts made of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata, Wire, annotation_pairs, pairs
from opsconsole.cluster.transport.times import seconds
from opsconsole.cluster.writes import FIELD_MANAGER
from opsconsole.records import Ref
from opsconsole.switches.target.facts import PodFact, ScalerFact, WorkFact
from opsconsole.text import clean_line

STOPPED_LABEL = "opsconsole.io/stopped"
"""A DaemonSet can't be scaled; a node selector that no node has keeps its pods away."""

_TOKEN_KEY = "token"  # noqa: S105 - the name of a key
"""The key under which a Secret of type ``kubernetes.io/service-account-token`` has the token."""

KEDA_PAUSED = "autoscaling.keda.sh/paused-replicas"

CONTROLLERS = {
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("", "ReplicationController"),
}
"""Group and kind: a custom ``Job`` of another group is another thing."""


class Owner(NamedTuple):
    """A controlling owner. ``known`` tells whether it is one of :data:`CONTROLLERS`."""

    ref: Ref
    group: str
    version: str = ""

    @property
    def known(self) -> bool:
        return (self.group, self.ref.kind) in CONTROLLERS

    def __str__(self) -> str:
        kind = f"{self.ref.kind}.{self.group}" if self.group else self.ref.kind
        return f"{kind}/{self.ref.name}"


class _OwnerReference(Wire):
    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class _Metadata(FullMetadata):
    owner_references: list[_OwnerReference] | None = None  # type: ignore[assignment]
    finalizers: list[str] | None = None


class _SecretKey(Wire):
    name: str = ""
    key: str = ""


class _Item(Wire):
    key: str = ""


class _ValueFrom(Wire):
    secret_key_ref: _SecretKey | None = None


class _Variable(Wire):
    value_from: _ValueFrom | None = None


class _Variables(Wire):
    secret_ref: _SecretKey | None = None


class _Named(Wire):
    name: str = ""
    image: str = ""
    env: list[_Variable] | None = None
    env_from: list[_Variables] | None = None


class _SecretVolume(Wire):
    secret_name: str = ""
    items: list[_Item] | None = None


class _SecretFiles(Wire):
    name: str = ""
    items: list[_Item] | None = None


class _Projection(Wire):
    secret: _SecretFiles | None = None


class _Projected(Wire):
    sources: list[_Projection] | None = None


class _Volume(Wire):
    secret: _SecretVolume | None = None
    projected: _Projected | None = None


class _PodSpec(Wire):
    service_account_name: str = ""
    node_name: str = ""
    node_selector: dict[str, str] | None = None
    containers: list[_Named] | None = None
    init_containers: list[_Named] | None = None
    volumes: list[_Volume] | None = None


class _PodStatus(Wire):
    phase: str = ""


class PodShape(Wire):
    """A pod."""

    metadata: _Metadata
    spec: _PodSpec = msgspec.field(default_factory=_PodSpec)
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


class _Template(Wire):
    spec: _PodSpec = msgspec.field(default_factory=_PodSpec)


class TemplateSpec(Wire):
    """What a custom resource may hold: a pod template where a Deployment has its own."""

    template: _Template | None = None

    @property
    def account(self) -> str:
        """The account of its pods: ``default`` where its template names none; empty where it has no template."""
        if self.template is None:
            return ""
        return clean_line(self.template.spec.service_account_name) or "default"

    @property
    def images(self) -> tuple[tuple[str, str], ...]:
        """The image of each container by its name."""
        return _images((self.template or _Template()).spec)


class _JobSpec(Wire):
    template: _Template = msgspec.field(default_factory=_Template)


class _JobTemplate(Wire):
    spec: _JobSpec = msgspec.field(default_factory=_JobSpec)


class _Retention(Wire):
    when_scaled: str = ""


class _WorkSpec(Wire):
    replicas: int | None = None
    suspend: bool | None = None
    selector: Any = None
    template: _Template | None = None
    job_template: _JobTemplate | None = None
    persistent_volume_claim_retention_policy: _Retention | None = None


class _Condition(Wire):
    type: str = ""
    status: str = ""


class _WorkStatus(Wire):
    active: Any = None
    conditions: list[_Condition] | None = None


class WorkShape(Wire):
    """A Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job or CronJob."""

    metadata: _Metadata
    spec: _WorkSpec = msgspec.field(default_factory=_WorkSpec)
    status: _WorkStatus = msgspec.field(default_factory=_WorkStatus)


class _TargetRef(Wire):
    kind: str = ""
    name: str = ""


class _ScalerSpec(Wire):
    scale_target_ref: _TargetRef = msgspec.field(default_factory=_TargetRef)
    min_replicas: int | None = None
    min_replica_count: int | None = None


class ScalerShape(Wire):
    """A HorizontalPodAutoscaler or a KEDA ScaledObject."""

    metadata: FullMetadata
    spec: _ScalerSpec = msgspec.field(default_factory=_ScalerSpec)


def owner_of(shape: PodShape | WorkShape) -> Owner | None:
    """The owner that controls an object; one that merely keeps it from being collected does not count."""
    for each in shape.metadata.owner_references or ():
        if each.controller:
            group, slash, version = each.api_version.partition("/")
            ref = Ref(clean_line(each.kind), clean_line(shape.metadata.namespace), clean_line(each.name), each.uid)
            return Owner(ref, clean_line(group), clean_line(version)) if slash else Owner(ref, "", clean_line(group))
    return None


def pod_fact(shape: PodShape) -> PodFact:
    """The fact that ``shape`` tells."""
    meta, spec = shape.metadata, shape.spec
    owner = owner_of(shape)
    names = [each.name for each in [*(spec.init_containers or ()), *(spec.containers or ())]]
    return PodFact(
        ref=Ref("Pod", clean_line(meta.namespace), clean_line(meta.name), meta.uid),
        created=seconds(meta.creation_timestamp),
        owner=owner.ref if owner else None,
        account=clean_line(spec.service_account_name) or "default",
        node=clean_line(spec.node_name),
        phase=clean_line(shape.status.phase),
        deleting=seconds(meta.deletion_timestamp),
        finalizers=tuple(clean_line(each) for each in meta.finalizers or ()),
        containers=tuple(clean_line(name) for name in names),
        mirror="kubernetes.io/config.mirror" in (meta.annotations or {}),
        images=_images(spec),
        labels=pairs(meta.labels),
        secrets=tuple(dict.fromkeys(filter(None, _secrets(spec)))),
    )


def _secrets(spec: _PodSpec) -> Iterator[str]:
    """The Secrets of which a pod has the key that an account's token is under, as a file or as a variable."""
    for volume in spec.volumes or ():
        if volume.secret is not None and _has_token(volume.secret.items):
            yield volume.secret.secret_name
        for source in (volume.projected.sources or ()) if volume.projected else ():
            yield source.secret.name if source.secret and _has_token(source.secret.items) else ""
    for container in [*(spec.init_containers or ()), *(spec.containers or ())]:
        given = [each.value_from.secret_key_ref for each in container.env or () if each.value_from is not None]
        yield from (key.name for key in given if key is not None and key.key == _TOKEN_KEY)
        for whole in container.env_from or ():
            yield whole.secret_ref.name if whole.secret_ref else ""


def _has_token(items: list[_Item] | None) -> bool:
    """Whether a volume shows that key: without a choice of its own it shows all of them."""
    return not items or any(each.key == _TOKEN_KEY for each in items)


def work_fact(kind: str, shape: WorkShape) -> WorkFact:
    """The fact that ``shape`` tells of a controller of this kind."""
    meta, spec = shape.metadata, shape.spec
    template = spec.job_template.spec.template if spec.job_template else spec.template or _Template()
    owner = owner_of(shape)
    replicas = None if kind in {"DaemonSet", "Job", "CronJob"} else 1 if spec.replicas is None else spec.replicas
    return WorkFact(
        ref=Ref(kind, clean_line(meta.namespace), clean_line(meta.name), meta.uid),
        created=seconds(meta.creation_timestamp),
        replicas=replicas,
        suspended=bool(spec.suspend),
        stopped=_is_stopped(kind, replicas, shape),
        active=shape.status.active if isinstance(shape.status.active, int) else 0,
        account=clean_line(template.spec.service_account_name) or "default",
        selector=_selector(spec.selector),
        owner=owner.ref if owner else None,
        labels=pairs(meta.labels),
        annotations=annotation_pairs(meta.annotations),
        finalizers=tuple(clean_line(each) for each in meta.finalizers or ()),
        images=_images(template.spec),
        written_by=written_by(meta),
        drops_volumes=(spec.persistent_volume_claim_retention_policy or _Retention()).when_scaled == "Delete",
    )


def scaler_fact(kind: str, shape: ScalerShape) -> ScalerFact:
    """The fact that ``shape`` tells of a HorizontalPodAutoscaler or ScaledObject."""
    meta, spec = shape.metadata, shape.spec
    low = spec.min_replicas if kind == "HorizontalPodAutoscaler" else spec.min_replica_count
    paused = (meta.annotations or {}).get(KEDA_PAUSED)
    ref = Ref(kind, clean_line(meta.namespace), clean_line(meta.name), meta.uid)
    return ScalerFact(ref, low, None if paused is None else clean_line(paused))


def scales(shape: ScalerShape, root: Ref) -> bool:
    """Whether the autoscaler's target is ``root``. KEDA's default kind is Deployment."""
    target = shape.spec.scale_target_ref
    kind = target.kind or "Deployment"
    return target.name == root.name and (kind == root.kind or root.kind.startswith(f"{kind.lower()}s."))


def _images(spec: _PodSpec) -> tuple[tuple[str, str], ...]:
    """The image of each container by its name."""
    return tuple((clean_line(each.name), clean_line(each.image)) for each in spec.containers or ())


def written_by(meta: _Metadata) -> str:
    """The field manager with the newest time. An entry through ``/scale`` has none.

    The status is nobody's wish, nor is what the controllers of Kubernetes and we ourselves note.
    """
    own = {"kube-controller-manager", FIELD_MANAGER}
    entries = [each for each in meta.managed_fields or () if each.subresource != "status" and each.manager not in own]
    newest = max(entries, key=lambda each: seconds(each.time) or 0.0, default=None)
    return clean_line(newest.manager) if newest else ""


def _is_stopped(kind: str, replicas: int | None, shape: WorkShape) -> bool:
    spec = shape.spec
    if kind == "DaemonSet":
        selector = (spec.template or _Template()).spec.node_selector
        return STOPPED_LABEL in (selector or {})
    if kind == "Job":
        conditions = shape.status.conditions or ()
        return bool(spec.suspend) or any(c.type in {"Complete", "Failed"} and c.status == "True" for c in conditions)
    return bool(spec.suspend) if kind == "CronJob" else replicas == 0


def _selector(selector: Any) -> str:
    """A selector in the query's form. A ReplicationController's is the labels alone."""
    if not isinstance(selector, dict):
        return ""
    labels = selector.get("matchLabels")
    expressions = selector.get("matchExpressions")
    if labels is None and expressions is None:
        labels = selector
    found = [f"{key}={value}" for key, value in (labels or {}).items()]
    return ",".join([*found, *(_expression(each) for each in expressions or ())])


def _expression(each: dict[str, Any]) -> str:
    key, values = each.get("key", ""), ",".join(each.get("values") or ())
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "DoesNotExist": f"!{key}"}
    return forms.get(str(each.get("operator")), str(key))
