"""The graphics cards, and the processes that hold their memory."""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records.base import Record


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
