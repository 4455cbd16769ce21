"""From what is named up to what makes it. Each owner is looked up, and believed only where it makes the child."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from opsconsole.cluster.objects.meta import Metadata, Wire, annotation_pairs, pairs
from opsconsole.cluster.questions.about.discovery import Scalable, scalable, served_kind
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, NotFound, ServerError
from opsconsole.cluster.transport.times import seconds
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import convert_to
from opsconsole.names import makes
from opsconsole.optimizer import HASH_LABEL
from opsconsole.records import Ref
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target.facts import PodFact, WorkFact
from opsconsole.switches.target.workloads import wire as shapes
from opsconsole.switches.target.workloads.kinship import why_not
from opsconsole.switches.target.workloads.wire import Owner, WorkShape
from opsconsole.text import clean_line

_DEEPEST = 8


class _Identified(Wire):
    metadata: Metadata


class _ScaleSpec(Wire):
    replicas: int = 0


class _ScaleStatus(Wire):
    selector: str = ""


class _Scale(Wire):
    spec: _ScaleSpec = msgspec.field(default_factory=_ScaleSpec)
    status: _ScaleStatus = msgspec.field(default_factory=_ScaleStatus)


class Found(NamedTuple):
    """A controller as it was read, and who owns it."""

    fact: WorkFact
    owner: Owner | None


class Climbed(NamedTuple):
    """Where a climb ended.

    Attributes:
        root: the topmost controller that makes what is below; ``None`` where there is none.
        chain: from the start to the root.
        above: an owner that was not followed, and may bring back what is below; ``None`` where there is none.
        gaps: why an owner was not followed, in words.
    """

    root: WorkFact | None
    chain: tuple[Ref, ...]
    above: Owner | None
    gaps: tuple[str, ...] = ()


class Controllers:
    """Reads controllers of pods, of Kubernetes' own kinds and of any that has ``/scale``.

    Args:
        api: the connection.
        timeout: seconds without a byte.
    """

    def __init__(self, api: Api, timeout: float) -> None:
        self._api = api
        self._timeout = timeout
        self._kinds: dict[tuple[str, str], Scalable | None] = {}

    def read(self, ref: Ref) -> Found | None:
        """The controller of that kind and name, whatever its UID; ``None`` if there is none.

        Raises:
            ClusterError: it can't be read.
        """
        path = paths.item(*api_of(ref.kind), ref.namespace, ref.name)
        try:
            body = self._api.request("GET", path, timeout=self._timeout)
            if "." not in ref.kind:
                shape = decode(body, WorkShape)
                return Found(shapes.work_fact(ref.kind, shape), shapes.owner_of(shape))
            return _custom(ref, decode(body, dict), decode(self._scale(path), _Scale))
        except NotFound:
            return None

    def kind_of(self, owner: Owner) -> str:
        """The kind by which :meth:`read` knows an owner; empty where it can't be scaled.

        Raises:
            ClusterError: discovery can't be read.
        """
        if owner.known:
            return owner.ref.kind
        key = (owner.group, owner.ref.kind)
        if key not in self._kinds and owner.group and owner.version:
            self._kinds[key] = scalable(self._api, owner.ref.kind, owner.group, owner.version, self._timeout)
        found = self._kinds.get(key)
        return str(found) if found else ""

    def whole(self, owner: Owner) -> Ref:
        """The owner by the kind that kubectl takes, where discovery tells it; else by kind and group of the reference.

        The kind alone would be another: a Job of Volcano's is none of Kubernetes' own, which is not there.
        """
        if owner.ref.kind == "Node" and not owner.group:
            return Ref("Node", "", owner.ref.name, owner.ref.uid)
        if owner.known or not owner.group:
            return owner.ref
        try:
            found = owner.version and served_kind(self._api, owner.ref.kind, owner.group, owner.version, self._timeout)
        except ClusterError:
            found = None
        if not found:
            return msgspec.structs.replace(owner.ref, kind=f"{owner.ref.kind}.{owner.group}")
        return Ref(found.resource, owner.ref.namespace if found.namespaced else "", owner.ref.name, owner.ref.uid)

    def is_gone(self, ref: Ref) -> bool:
        """Whether the object of this kind, name and UID is not there.

        Raises:
            ClusterError: that can't be told: it may not be read, or is of a kind that is not served.
        """
        try:
            path = paths.item(*api_of(ref.kind), ref.namespace, ref.name)
        except KeyError as error:
            raise ClusterError(f"{ref} can't be looked up: no such kind is served") from error
        try:
            found = decode(self._api.request("GET", path, timeout=self._timeout), _Identified)
        except NotFound:
            return True
        return found.metadata.uid != ref.uid

    def _scale(self, path: str) -> bytes:
        return self._api.request("GET", f"{path}/scale", timeout=self._timeout)


def climb(start: PodFact | WorkFact, owner: Owner | None, controllers: Controllers) -> Climbed:
    """Follow the controlling owners up from ``start`` as far as they are there and really make what is below.

    Raises:
        ClusterError: the API server can't be asked. An owner that may not be read ends the climb, and is said.
    """
    child: PodFact | WorkFact = start
    root = start if isinstance(start, WorkFact) else None
    chain = [start.ref]
    while owner is not None and len(chain) < _DEEPEST:
        step = _above(owner, child, controllers)
        if step.found is None:
            return Climbed(root, tuple(chain), owner if step.may_bring_back else None, tuple(filter(None, [step.why])))
        root = child = step.found.fact
        chain.append(root.ref)
        owner = step.found.owner
    return Climbed(root, tuple(chain), None)


class _Step(NamedTuple):
    """One owner: as it was found, or why it is not followed and whether it may bring back what is below."""

    found: Found | None = None
    why: str = ""
    may_bring_back: bool = False


def _above(owner: Owner, child: PodFact | WorkFact, controllers: Controllers) -> _Step:
    if owner.known and not makes(owner.ref.kind, child.ref.kind):
        return _Step(None, _claim(owner, child, f"a {owner.ref.kind} makes no {child.ref.kind}"))
    if not owner.known and not owner.group and owner.ref.kind != "Node":  # a kubelet makes static pods
        return _Step(None, _claim(owner, child, f"a {owner.ref.kind} makes nothing"))
    try:
        kind = controllers.kind_of(owner)
        found = controllers.read(Ref(kind, owner.ref.namespace, owner.ref.name)) if kind else None
    except ServerError as error:  # refused, or an API group that is down: what is below can be stopped all the same
        guessed = _deployment_of(owner, child, controllers)
        why = f"{child.ref}: its owner {owner} can't be read ({error}), and will bring it back"
        return _Step(guessed) if guessed else _Step(None, why, may_bring_back=True)
    return _judged(owner, child, kind, found) if kind else _unstoppable(owner, child, controllers)


def _unstoppable(owner: Owner, child: PodFact | WorkFact, controllers: Controllers) -> _Step:
    """An owner that can't be scaled: it may bring back what is below, if it is there."""
    try:
        gone = controllers.is_gone(controllers.whole(owner))
    except ClusterError:
        gone = False
    return _Step(None, _claim(owner, child, "no such object is there")) if gone else _Step(may_bring_back=True)


def _judged(owner: Owner, child: PodFact | WorkFact, kind: str, found: Found | None) -> _Step:
    """The owner that was found, if it makes the child. One whose kind we don't know may bring it back all the same."""
    if found is None or found.fact.ref.uid != owner.ref.uid:
        return _Step(None, _claim(owner, child, "no such object is there"))
    why = why_not(found.fact, child)
    if not why:
        return _Step(found)
    if owner.known:
        return _Step(None, _claim(owner, child, why))
    stop = kubectl("scale", names=[f"{kind}/{owner.ref.name}"], options=["-n", owner.ref.namespace, "--replicas=0"])
    return _Step(None, f"{_claim(owner, child, why)}; if it brings that back: {stop}", may_bring_back=True)


def _claim(owner: Owner, child: PodFact | WorkFact, why: str) -> str:
    return f"{child.ref} says that {owner} owns it, but {why}: not believed, not touched"


def _deployment_of(owner: Owner, child: PodFact | WorkFact, controllers: Controllers) -> Found | None:
    """The Deployment above a ReplicaSet that may not be read, by the name of that and by the pod's own labels."""
    labels = dict(child.labels)
    suffix = f"-{labels.get(HASH_LABEL, '')}"
    if owner.ref.kind != "ReplicaSet" or len(suffix) < 2 or not owner.ref.name.endswith(suffix):
        return None
    try:
        found = controllers.read(Ref("Deployment", owner.ref.namespace, owner.ref.name.removesuffix(suffix)))
    except ClusterError:
        return None
    stand_in = found and WorkFact(owner.ref, labels=child.labels, images=child.images)
    return found if found and stand_in and not why_not(found.fact, stand_in) else None


def _custom(ref: Ref, found: dict[str, Any], scale: _Scale) -> Found:
    """What a custom resource and its ``/scale`` tell. A template, if it has one, is where a Deployment has its own."""
    shape = convert_to({"metadata": found.get("metadata") or {}}, WorkShape, strict=False)
    meta = shape.metadata
    try:
        spec = convert_to({"template": (found.get("spec") or {}).get("template")}, shapes.TemplateSpec)
    except (msgspec.ValidationError, AttributeError):
        spec = shapes.TemplateSpec()
    owner = shapes.owner_of(shape)
    by, at = shapes.last_writer(meta)
    fact = WorkFact(
        ref=Ref(ref.kind, clean_line(meta.namespace), clean_line(meta.name), meta.uid),
        created=seconds(meta.creation_timestamp),
        replicas=scale.spec.replicas,
        stopped=scale.spec.replicas == 0,
        account=spec.account,
        selector=scale.status.selector,
        owner=owner.ref if owner else None,
        labels=pairs(meta.labels),
        annotations=annotation_pairs(meta.annotations),
        finalizers=tuple(clean_line(each) for each in meta.finalizers or ()),
        images=spec.images,
        written_by=by,
        written_at=at,
    )
    return Found(fact, owner)
