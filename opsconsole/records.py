"""The frozen records that every part of opsconsole speaks.

No Kubernetes, NVML or Textual object crosses a boundary; what crosses is defined here and imports nothing of ours.
Times are seconds since the epoch (UTC), memory is bytes, CPU is cores. ``None`` means *unknown or not set*, never zero.
Every string has been through :func:`opsconsole.text.clean` before it is put into a record.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """Base of every record: frozen, compared by value, invisible to the garbage collector.

    ``gc=False`` is safe since records hold only strings, numbers, tuples and other records, never a cycle.
    """


class Kind(StrEnum):
    """What a record in the store is about; with a key it names one record."""

    POD = "pod"
    EVENT = "event"
    WORKLOAD = "workload"
    NODE = "node"
    HPA = "hpa"
    PDB = "pdb"
    GPU = "gpu"
    GPU_PROCESS = "gpu_process"
    DECISION = "decision"
    METRIC = "metric"
    CHANGE = "change"
    FINDING = "finding"
    BINDING = "binding"


class Ref(Record, frozen=True, order=True):
    """Names one object of the cluster (or of a host, with an empty namespace). ``uid`` is empty when unknown."""

    kind: str
    namespace: str
    name: str
    uid: str = ""

    @property
    def key(self) -> str:
        """``namespace/name``, or the bare name of a cluster-wide object: the key its record has in the store."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" + (f" -n {self.namespace}" if self.namespace else "")


# --- what the cluster is -------------------------------------------------------------------------------------------


class Resources(Record, frozen=True):
    """Requests and limits of one container. CPU in cores, memory in bytes, ``None`` where none is set."""

    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: float | None = None
    memory_limit: float | None = None


class Container(Record, frozen=True):
    """One container of a pod, its last word from the kubelet included.

    ``state`` is ``running``, ``waiting``, ``terminated`` or ``unknown``; ``reason`` and ``exit_code`` belong to it.
    ``last_*`` describe the termination before the present state (``lastState.terminated``).
    """

    name: str
    image: str = ""
    image_id: str = ""
    init: bool = False
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


class Pod(Record, frozen=True):
    """A pod as the console needs it.

    ``status`` is the word that ``kubectl get pods`` prints (``CrashLoopBackOff``, ``Terminating``, ``OOMKilled`` …).
    ``partial`` is true while only the server's Table row is known: then ``uid``, owner and limits are not.
    """

    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""
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
    partial: bool = False

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

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


class FieldManager(Record, frozen=True):
    """One entry of ``metadata.managedFields`` without its fields."""

    manager: str
    operation: str = ""
    subresource: str = ""
    at: float | None = None


class Workload(Record, frozen=True):
    """A Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob. ``replicas`` is the desired number."""

    kind: str
    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""
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
    """A node: what it can hold (``allocatable``), whether it is ready, what keeps pods off it."""

    name: str
    uid: str = ""
    resource_version: str = ""
    ready: bool | None = None
    unschedulable: bool = False
    cpu: float | None = None
    memory: float | None = None
    gpus: float | None = None
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
    resource_version: str = ""
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


# --- the graphics cards --------------------------------------------------------------------------------------------


class GpuDevice(Record, frozen=True):
    """One GPU (or MIG device) as NVML tells it. Memory in bytes, temperature in °C, utilisation in percent."""

    uuid: str
    index: int
    name: str = ""
    host: str = ""
    memory_total: int | None = None
    memory_used: int | None = None
    utilization: int | None = None
    temperature: int | None = None
    power_watts: float | None = None
    throttle: tuple[str, ...] | None = None
    driver: str = ""
    cuda: str = ""
    mig_parent: str = ""
    error: str = ""

    @property
    def key(self) -> str:
        return self.uuid


class ProcessState(StrEnum):
    """What has become of a process that NVML names; kept apart since each wants another answer (DOMAIN §4)."""

    RUNNING = "running"
    ZOMBIE = "zombie"
    ZOMBIE_LEADER = "zombie leader, live threads"
    UNINTERRUPTIBLE = "uninterruptible (D)"
    GONE = "gone"
    NO_PERMISSION = "no permission"
    OTHER_NAMESPACE = "other PID namespace"


class GpuProcess(Record, frozen=True):
    """A process that holds GPU memory.

    ``memory`` is bytes, ``None`` where NVML does not say (MIG, vGPU). ``start_ticks`` is field 22 of ``/proc/PID/stat``
    and, with the pid, identifies the process. ``candidate`` is true when clean-up may signal it; ``why`` says why or
    why not; ``protected`` is a process that must never be killed (nvidia-persistenced, dcgm-exporter …);
    ``once_orphaned`` is the optimizer's own that becomes a candidate when its parent ends.
    """

    key: str
    pid: int
    device: str
    kind: str = "compute"
    memory: int | None = None
    name: str = ""
    command: str = ""
    user: str = ""
    state: ProcessState = ProcessState.RUNNING
    start_ticks: int | None = None
    started: float | None = None
    parent: int | None = None
    cgroup: str = ""
    pod_uid: str = ""
    pod: str = ""
    container: str = ""
    candidate: bool = False
    protected: bool = False
    why: str = ""
    once_orphaned: bool = False


# --- what the optimizer says and does ------------------------------------------------------------------------------


class FieldValue(Record, frozen=True):
    """One field that a decision wants to set, e.g. ``containers[auth].resources.limits.memory`` → ``64Mi``.

    ``number`` is the value in base units (bytes, cores, replicas) when it is one, else ``None``. It may be NaN or
    infinite:
    then the decision is mad, and ``problem`` says so.
    """

    path: str
    value: str
    number: float | None = None
    problem: str = ""


class Decision(Record, frozen=True):
    """One line (or JSON document) of the optimizer's log.

    ``form`` is ``json``, ``text`` or ``plain`` (neither: kept as it came). ``at`` is the line's own time and may be
    missing;
    ``received`` is ours. ``confidence`` is shown and never counted for anything. ``problems`` lists NaN, Infinity and
    the like
    with their place. ``body`` is the JSON document, pretty-printed, or the line.
    """

    key: str
    seq: int
    received: float
    at: float | None = None
    source: str = ""
    form: str = "plain"
    level: str = ""
    module: str = ""
    message: str = ""
    action: str = ""
    target: Ref | None = None
    fields: tuple[FieldValue, ...] = ()
    confidence: float | None = None
    problems: tuple[str, ...] = ()
    query: str = ""
    body: str = ""


class ChangeField(Record, frozen=True):
    """Before and after of one field. The numbers are in base units where the field is a quantity or a count."""

    path: str
    before: str
    after: str
    before_number: float | None = None
    after_number: float | None = None


class Change(Record, frozen=True):
    """A write that was seen on the cluster: which fields of which object, by which field manager, when.

    ``by_optimizer`` is ``None`` where the writer can't be told. ``decision`` is the key of the decision that
    announced it.
    """

    key: str
    at: float
    about: Ref
    fields: tuple[ChangeField, ...]
    manager: str = ""
    by_optimizer: bool | None = None
    generation: int = 0
    decision: str = ""


class Metric(Record, frozen=True):
    """One query's newest answer. ``value`` is ``None`` when it is empty, NaN or failed: ``problem`` tells which.

    ``state`` is the value in a word (``ok``, ``burning``, ``no traffic``, ``empty``, ``nan``, ``stale``, ``failed``,
    ``unknown``), empty where there is nothing to judge; ``hints`` are label matchers that a query which found nothing
    may have meant.
    """

    key: str
    title: str
    query: str
    value: float | None = None
    unit: str = ""
    at: float | None = None
    history: tuple[float | None, ...] = ()
    problem: str = ""
    state: str = ""
    hints: tuple[str, ...] = ()


# --- what we think -------------------------------------------------------------------------------------------------


class Severity(StrEnum):
    """How bad a finding is. Order: ``CRITICAL`` before ``WARNING`` before ``INFO``."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return ("critical", "warning", "info").index(self.value)


class Finding(Record, frozen=True):
    """What a rule has to say about one object or decision. ``switch`` names the kill switch that would help, if any."""

    key: str
    rule: str
    severity: Severity
    title: str
    detail: str = ""
    about: Ref | None = None
    decision: str = ""
    change: str = ""
    at: float = 0.0
    switch: str = ""


# --- what we do ----------------------------------------------------------------------------------------------------


class Step(Record, frozen=True):
    """One step of a plan.

    ``effect`` names the effect in its registry and ``arguments`` is the JSON it takes. ``command`` is the kubectl (or
    shell)
    command that it equals. ``refused`` is why RBAC (or a precondition) would refuse it, empty if it would not.
    """

    key: str
    title: str
    effect: str
    target: Ref
    arguments: bytes = b"{}"
    command: str = ""
    refused: str = ""
    undoes: str = ""


class Target(Record, frozen=True):
    """An object that a plan is about, as the screen lists it. ``detail`` says what it is or what it holds."""

    ref: Ref
    created: float | None = None
    detail: str = ""


class Plan(Record, frozen=True):
    """What a switch would do, ready to be shown and confirmed. Plans are data: making one changes nothing.

    ``facts`` is a digest of what the plan was made from; a plan whose facts have changed is made anew. ``warnings``
    say who
    else is hit and what could undo it again; ``blocked`` says why there is nothing to execute (empty otherwise).
    """

    switch: str
    title: str
    made_at: float
    facts: str
    steps: tuple[Step, ...] = ()
    targets: tuple[Ref, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blocked: str = ""
    shows: tuple[Target, ...] = ()
    """The targets with their ages and what they hold."""
    checks: bytes = b"{}"
    """What verification needs to know, as JSON, so that a plan read from the journal can be verified too."""


class StepState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepOutcome(Record, frozen=True):
    """What became of one step: state, the words for the screen, before and after as JSON for undo and the journal."""

    step: str
    state: StepState
    detail: str = ""
    before: bytes = b""
    after: bytes = b""
    seconds: float = 0.0


class Proof(Record, frozen=True):
    """One thing that verification looked at. ``holds`` is ``None`` while it is not known yet."""

    claim: str
    holds: bool | None = None
    detail: str = ""


class Outcome(Record, frozen=True):
    """What became of a plan. ``contained`` is true only when it is finished and every proof holds.

    ``run`` is its name in the journal, ``head`` the hash of the journal's newest entry after it: note it elsewhere.
    """

    switch: str
    started: float
    finished: float | None = None
    steps: tuple[StepOutcome, ...] = ()
    proofs: tuple[Proof, ...] = ()
    error: str = ""
    run: str = ""
    head: str = ""
    notes: tuple[str, ...] = ()

    @property
    def contained(self) -> bool:
        return (
            self.finished is not None
            and not self.error
            and bool(self.proofs)
            and all(proof.holds for proof in self.proofs)
        )


# --- how we are doing ----------------------------------------------------------------------------------------------


class State(StrEnum):
    """State of a feed, as its pane shows it."""

    STARTING = "starting"
    LIVE = "live"
    STALE = "stale"
    DENIED = "denied"
    DOWN = "down"
    ABSENT = "absent"


class Health(Record, frozen=True):
    """How a feed is. ``since`` is when it entered this state; ``seen`` when it last heard from its source.

    ``ABSENT`` is calm and complete (no GPU on this host, no Prometheus configured); ``detail`` says which.
    """

    feed: str
    state: State
    since: float
    seen: float | None = None
    detail: str = ""


class Identity(Record, frozen=True):
    """Who the API server says we are, and where we speak to it."""

    user: str = ""
    groups: tuple[str, ...] = ()
    context: str = ""
    cluster: str = ""
    server: str = ""
    version: str = ""
    namespace: str = ""


AnyRecord: TypeAlias = (
    Pod | Event | Workload | Node | Hpa | Pdb | GpuDevice | GpuProcess | Decision | Metric | Change | Finding | Binding
)
JsonObject: TypeAlias = dict[str, Any]
