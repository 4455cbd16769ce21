"""What the cluster is: pods, events, workloads, nodes, autoscalers, disruption budgets, role bindings."""

from __future__ import annotations

import sys

from opsconsole.records.base import Record, Ref


class Resources(Record, frozen=True):
    """Requests and limits of one container. CPU in cores, memory in bytes, ``None`` where none is set."""

    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: float | None = None
    memory_limit: float | None = None


class Container(Record, frozen=True):
    """One container of a pod, its last word from the kubelet included.

    ``state`` is ``running``, ``waiting``, ``terminated`` or ``unknown``; ``reason`` and ``exit_code`` belong to it.
    ``last_*`` describe the termination before the present state (``lastState.terminated``). ``resources`` are those of
    the spec, which is what is wished; ``actual`` are those that the kubelet says the container has, ``None`` where they
    are the same or it does not say.
    """

    name: str
    image: str = ""
    image_id: str = ""
    init: bool = False
    ephemeral: bool = False
    ready: bool = False
    started: bool | None = None
    started_at: float | None = None
    restarts: int = 0
    state: str = "unknown"
    reason: str = ""
    exit_code: int | None = None
    last_reason: str = ""
    last_exit_code: int | None = None
    last_finished_at: float | None = None
    resources: Resources = Resources()
    actual: Resources | None = None


class FieldManager(Record, frozen=True):
    """One entry of ``metadata.managedFields`` without its fields."""

    manager: str
    operation: str = ""
    subresource: str = ""
    at: float | None = None


class PodCondition(Record, frozen=True):
    """One of a pod's conditions; ``reason`` and ``message`` say why, where it says so."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


class Pod(Record, frozen=True):
    """A pod as the console needs it.

    ``status`` is the word that ``kubectl get pods`` prints (``CrashLoopBackOff``, ``Terminating``, ``OOMKilled`` …).
    ``partial`` is true while only the server's Table row is known: then ``uid``, owner, limits and conditions are not.
    ``resources`` are those of the pod as a whole (``spec.resources``), which few pods have. ``managers`` are only those
    who resized it in place (subresource ``resize``).
    """

    namespace: str
    name: str
    uid: str = ""
    phase: str = ""
    status: str = ""
    ready: int = 0
    containers_total: int = 0
    restarts: int = 0
    created: float | None = None
    node: str = ""
    ip: str = ""
    owner: Ref | None = None
    service_account: str = ""
    deleted_at: float | None = None
    message: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    containers: tuple[Container, ...] = ()
    is_ready: bool = False
    conditions: tuple[PodCondition, ...] = ()
    resources: Resources = Resources()
    managers: tuple[FieldManager, ...] = ()
    partial: bool = False

    @property
    def unready(self) -> PodCondition | None:
        """Why its Ready condition does not hold; ``None`` if it holds or nobody has said.

        All its containers may be ready all the same: a readiness gate is open, or its node was lost.
        """
        return next((each for each in self.conditions if each.type == "Ready" and each.status != "True"), None)

    @property
    def key(self) -> str:
        return sys.intern(f"{self.namespace}/{self.name}")  # a handful of indexes keep it, for every pod there is

    @property
    def ref(self) -> Ref:
        return Ref(kind="Pod", namespace=self.namespace, name=self.name, uid=self.uid)


class Event(Record, frozen=True):
    """A Kubernetes event. ``count`` is how often it was seen; ``last`` is the newest sighting."""

    key: str
    namespace: str
    type: str
    reason: str
    message: str
    about: Ref
    count: int = 1
    first: float | None = None
    last: float | None = None
    source: str = ""


class ContainerSpec(Record, frozen=True):
    """One container of a workload's pod template. ``env`` holds literal values only, never a reference to a Secret."""

    name: str
    image: str = ""
    init: bool = False
    resources: Resources = Resources()
    env: tuple[tuple[str, str], ...] = ()


class Workload(Record, frozen=True):
    """A Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob. ``replicas`` is the desired number."""

    kind: str
    namespace: str
    name: str
    uid: str = ""
    generation: int = 0
    replicas: int | None = None
    ready: int | None = None
    available: int | None = None
    suspended: bool = False
    service_account: str = ""
    owner: Ref | None = None
    created: float | None = None
    selector: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    containers: tuple[ContainerSpec, ...] = ()
    managers: tuple[FieldManager, ...] = ()
    deleted_at: float | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def ref(self) -> Ref:
        return Ref(kind=self.kind, namespace=self.namespace, name=self.name, uid=self.uid)


class Taint(Record, frozen=True, order=True):
    """A node taint."""

    key: str
    value: str = ""
    effect: str = ""

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


class Node(Record, frozen=True):
    """A node: what it can hold (``allocatable``), whether it is ready, what keeps pods off it.

    ``gpus`` is how many GPUs pods may ask for, ``gpu_capacity`` how many it has; ``None``: it says nothing of GPUs.
    """

    name: str
    uid: str = ""
    ready: bool | None = None
    unschedulable: bool = False
    cpu: float | None = None
    memory: float | None = None
    gpus: float | None = None
    gpu_capacity: float | None = None
    taints: tuple[Taint, ...] = ()
    pressures: tuple[str, ...] = ()
    kubelet: str = ""
    created: float | None = None
    managers: tuple[FieldManager, ...] = ()

    @property
    def key(self) -> str:
        return self.name


class Hpa(Record, frozen=True):
    """A HorizontalPodAutoscaler. ``metric`` is the first metric in words, such as ``cpu 70 %``."""

    namespace: str
    name: str
    target: Ref
    uid: str = ""
    minimum: int = 1
    maximum: int = 0
    current: int | None = None
    desired: int | None = None
    metric: str = ""
    managers: tuple[FieldManager, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"


class Pdb(Record, frozen=True):
    """A PodDisruptionBudget. ``allowed`` is ``status.disruptionsAllowed``."""

    namespace: str
    name: str
    uid: str = ""
    selector: tuple[tuple[str, str], ...] = ()
    allowed: int | None = None
    healthy: int | None = None
    desired: int | None = None

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"


class Binding(Record, frozen=True):
    """A ClusterRoleBinding or RoleBinding. ``subjects`` are names as the API server knows them.

    A ServiceAccount reads ``system:serviceaccount:<namespace>:<name>``, a group ``system:serviceaccounts``.
    """

    kind: str
    namespace: str
    name: str
    role: Ref
    uid: str = ""
    subjects: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"

    @property
    def ref(self) -> Ref:
        return Ref(kind=self.kind, namespace=self.namespace, name=self.name, uid=self.uid)
