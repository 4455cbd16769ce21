"""The graphics cards, and the processes that hold their memory."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from opsconsole.records.base import Record
from opsconsole.records.health import State

_DIGITS = re.compile("[0-9]+")
_PLACES = 10
"""Digits to which numbers in names are filled up; longer ones than that are addresses and hashes, not counts."""


class GpuDevice(Record, frozen=True):
    """One GPU (or MIG device) as NVML tells it. Memory in bytes, temperature in °C, utilisation in percent.

    ``node`` is the cluster's or the settings' name of another machine that it is in; empty: this host. ``pci`` is its
    address on the bus, ``ecc_errors`` the uncorrectable errors since the driver was loaded, ``pending`` what waits for
    a reset or a reboot.
    """

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
    node: str = ""
    pci: str = ""
    ecc_errors: int | None = None
    pending: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.node}/{self.uuid}" if self.node else self.uuid

    @property
    def place(self) -> str:
        """Sorts it among the devices of its machine: by number, MIG devices behind the GPU that they are part of."""
        return f"{self.index:06d}/{self.uuid}" if self.mig_parent else f"{self.index:06d}"


class GpuNode(Record, frozen=True):
    """A machine whose GPUs are looked at from here: how it stands, and what its driver is.

    ``state`` and ``detail`` are as of a feed's health; ``since`` is when it came to that, ``seen`` when it last
    answered. ``module`` is the version of the loaded kernel module, ``library`` that of the library on its disk,
    ``problems`` what is wrong with it in words. ``gpus`` and ``candidates`` count whole GPUs and processes;
    ``memory_used`` and ``memory_total`` are the bytes of all its GPUs, ``None`` where one of them does not say.
    """

    name: str
    state: State
    since: float
    seen: float | None = None
    detail: str = ""
    host: str = ""
    boot: str = ""
    kernel: str = ""
    driver: str = ""
    cuda: str = ""
    module: str = ""
    library: str = ""
    gpus: int | None = None
    candidates: int = 0
    memory_used: int | None = None
    memory_total: int | None = None
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.name


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
    ``once_orphaned`` is the optimizer's own that becomes a candidate when its parent ends; ``unjudged`` one of which it
    is not known whose it is. ``candidate_in`` is in how many seconds it becomes a candidate if its pod stays gone;
    ``None``: time alone changes nothing. ``node`` names another machine that it runs on, ``boot`` tells that machine's
    life from its next; both empty: this host. ``place`` is its device's.
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
    unjudged: bool = False
    candidate_in: float | None = None
    node: str = ""
    boot: str = ""
    place: str = ""


@lru_cache(maxsize=4096)
def by_number(name: str) -> str:
    """Return what to sort names of machines by: ``gpu-9`` comes before ``gpu-10``, and no two names are one."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(_PLACES), name) + "\0" + name


def gpu_order(record: GpuDevice | GpuProcess | GpuNode) -> tuple[str, int, str, int, int]:
    """Sort machines by name, under each its devices by number, under each its processes, the largest first."""
    if isinstance(record, GpuNode):
        return by_number(record.name), -1, "", 0, 0
    if isinstance(record, GpuDevice):
        return by_number(record.node), 0, record.place, 0, 0
    return by_number(record.node), 0, record.place, 1, -(record.memory or 0)
