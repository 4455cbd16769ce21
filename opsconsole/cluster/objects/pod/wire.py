"""The shape of a pod's JSON, as far as the console needs it."""

from __future__ import annotations

from msgspec import field

from opsconsole.cluster.objects.meta import ManagedFields, Metadata, Wire


class Amounts(Wire):
    """The quantities of one list that the console compares."""

    cpu: str | int | float | None = None
    memory: str | int | float | None = None


class ResourceLists(Wire):
    """``resources`` of a container."""

    requests: Amounts | None = None
    limits: Amounts | None = None


class ContainerWire(Wire):
    """``spec.containers[]``."""

    name: str = ""
    image: str = ""
    resources: ResourceLists | None = None
    restart_policy: str = ""


class Running(Wire):
    """``state.running``."""

    started_at: str | None = None


class Waiting(Wire):
    """``state.waiting``."""

    reason: str = ""
    message: str = ""


class Terminated(Wire):
    """``state.terminated``."""

    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: str | None = None
    finished_at: str | None = None


class ContainerState(Wire):
    """``state`` and ``lastState``; one of the three is set, or none."""

    running: Running | None = None
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Wire):
    """``status.containerStatuses[]``."""

    name: str = ""
    image: str = ""
    image_id: str = field(default="", name="imageID")
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    resources: ResourceLists | None = None
    state: ContainerState = field(default_factory=ContainerState)
    last_state: ContainerState = field(default_factory=ContainerState)


class Condition(Wire):
    """``status.conditions[]``."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class PodSpec(Wire):
    """``spec``."""

    node_name: str = ""
    service_account_name: str = ""
    containers: list[ContainerWire] | None = None
    init_containers: list[ContainerWire] | None = None
    ephemeral_containers: list[ContainerWire] | None = None
    resources: ResourceLists | None = None


class PodStatus(Wire):
    """``status``."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    pod_ip: str = field(default="", name="podIP")
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    container_statuses: list[ContainerStatus] | None = None
    ephemeral_container_statuses: list[ContainerStatus] | None = None


class ManagedMetadata(Metadata):
    """``metadata`` with who manages its fields: nothing else tells who resized a running pod."""

    managed_fields: list[ManagedFields] | None = None


class PodWire(Wire):
    """A pod."""

    metadata: ManagedMetadata = field(default_factory=ManagedMetadata)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)
