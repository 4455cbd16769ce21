"""The JSON of pods and their controllers, as far as the switches need it, and the facts made of it. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata, Wire, annotation_pairs, pairs
from opsconsole.cluster.transport.times import seconds
from opsconsole.cluster.writes import FIELD_MANAGER
from opsconsole.records import Ref
from opsconsole.switches.target.facts import PodFact, ScalerFact, WorkFact
from opsconsole.switches.target.workloads import pod_spec
from opsconsole.switches.target.workloads.pod_spec import ActingPodSpec
from opsconsole.text import clean_line

STOPPED_LABEL = "opsconsole.io/stopped"
"""A DaemonSet can't be scaled; a node selector that no node has keeps its pods away."""

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


class _Ran(Wire):
    name: str = ""
    image_id: str = msgspec.field(default="", name="imageID")


class _PodStatus(Wire):
    phase: str = ""
    container_statuses: list[_Ran] | None = None


class PodShape(Wire):
    """A pod."""

    metadata: _Metadata
    spec: ActingPodSpec = msgspec.field(default_factory=ActingPodSpec)
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


class _Template(Wire):
    spec: ActingPodSpec = msgspec.field(default_factory=ActingPodSpec)


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
        return pod_spec.images((self.template or _Template()).spec)


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
    mirror = "kubernetes.io/config.mirror" in (meta.annotations or {})
    account = clean_line(spec.service_account_name) or ("" if mirror else "default")
    own = f"system:serviceaccount:{meta.namespace}:{account}"
    return PodFact(
        ref=Ref("Pod", clean_line(meta.namespace), clean_line(meta.name), meta.uid),
        created=seconds(meta.creation_timestamp),
        owner=owner.ref if owner else None,
        account=account,
        node=clean_line(spec.node_name),
        phase=clean_line(shape.status.phase),
        deleting=seconds(meta.deletion_timestamp),
        finalizers=tuple(clean_line(each) for each in meta.finalizers or ()),
        containers=tuple(clean_line(name) for name in names),
        mirror=mirror,
        images=pod_spec.images(spec),
        labels=pairs(meta.labels),
        secrets=tuple(dict.fromkeys(filter(None, pod_spec.secrets(spec)))),
        on_node=tuple(map(clean_line, pod_spec.reaches_node(spec))),
        config_maps=tuple(dict.fromkeys(filter(None, pod_spec.config_maps(spec)))),
        logins=tuple(dict.fromkeys(map(clean_line, pod_spec.logins(spec, own, meta.annotations or {})))),
        image_ids=_image_ids(shape.status),
        claims=tuple(dict.fromkeys(filter(None, pod_spec.claims(meta.name, spec)))),
        claims_read_only=tuple(dict.fromkeys(filter(None, pod_spec.claims_read_only(meta.name, spec)))),
        host_network=bool(spec.host_network),
        prefixes=tuple(dict.fromkeys(pod_spec.prefixes(spec))),
    )


def _image_ids(status: _PodStatus) -> tuple[tuple[str, str], ...]:
    ran = status.container_statuses or ()
    return tuple((clean_line(each.name), clean_line(each.image_id)) for each in ran if each.image_id)


def work_fact(kind: str, shape: WorkShape) -> WorkFact:
    """The fact that ``shape`` tells of a controller of this kind."""
    meta, spec = shape.metadata, shape.spec
    template = spec.job_template.spec.template if spec.job_template else spec.template or _Template()
    owner = owner_of(shape)
    replicas = None if kind in {"DaemonSet", "Job", "CronJob"} else 1 if spec.replicas is None else spec.replicas
    by, at = last_writer(meta)
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
        images=pod_spec.images(template.spec),
        written_by=by,
        written_at=at,
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


def last_writer(meta: _Metadata) -> tuple[str, float | None]:
    """The field manager that wrote last, and when: who owns the number through ``/scale``, or has the newest time.

    An entry through ``/scale`` has no time, and is gone once another writes the number. The status is nobody's wish,
    nor is what the controllers of Kubernetes and we ourselves note.
    """
    own = {"kube-controller-manager", FIELD_MANAGER}
    entries = [each for each in meta.managed_fields or () if each.subresource != "status" and each.manager not in own]
    scaled = [each for each in entries if each.subresource == "scale"]
    newest = max(scaled or entries, key=lambda each: seconds(each.time) or 0.0, default=None)
    return (clean_line(newest.manager), seconds(newest.time)) if newest else ("", None)


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
