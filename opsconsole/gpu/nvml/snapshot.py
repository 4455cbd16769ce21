"""What one look at NVML found: the words between the worker process (or a simulation's file) and the console.

``None`` means that NVML does not say, never zero. Memory is bytes, temperature °C, power watts, utilisation percent.
All is bounded, since another machine may send it: what no record can hold or no screen can draw is no answer.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

MOST_DEVICES = 64 * 33
"""64 GPUs, each with 32 MIG devices."""

MOST_ENTRIES = 8192

Count = Annotated[int, Meta(ge=0, lt=1 << 48)]
"""256 TiB, in bytes: the sum over all devices is still a number that a record can hold."""

Code = Annotated[int, Meta(ge=-1, le=(1 << 31) - 1)]
Watts = Annotated[float, Meta(ge=0, lt=1e9)]


class DeviceReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One GPU or MIG device.

    ``minor`` is the number of its device file, ``throttle`` NVML's bit mask of clock-event reasons. ``code`` and
    ``call`` are the first NVML error that kept something of this device from being read, and the function that gave
    it; 0 when there was none. ``pci`` is its address on the bus, ``ecc_errors`` the uncorrectable errors since the
    driver was loaded, ``pending`` what waits for a reset or a reboot, in words.
    """

    index: Count
    uuid: str = ""
    name: str = ""
    memory_total: Count | None = None
    memory_used: Count | None = None
    utilization: Count | None = None
    temperature: Count | None = None
    power_watts: Watts | None = None
    throttle: int | None = None
    mig_parent: str = ""
    minor: Count | None = None
    pci: str = ""
    ecc_errors: Count | None = None
    pending: Annotated[tuple[str, ...], Meta(max_length=32)] = ()
    code: Code = 0
    call: str = ""


class ProcessReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a device's process lists. ``kind`` is ``compute``, ``graphics`` or ``mps``, ``pid`` a host PID."""

    pid: Count
    device: str
    kind: str = "compute"
    memory: Count | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that one look found. ``cuda`` is NVML's number (12040 is CUDA 12.4)."""

    driver: str = ""
    cuda: Count | None = None
    devices: Annotated[tuple[DeviceReading, ...], Meta(max_length=MOST_DEVICES)] = ()
    processes: Annotated[tuple[ProcessReading, ...], Meta(max_length=MOST_ENTRIES)] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the worker: a snapshot, or the NVML error that kept it from making one."""

    snapshot: Snapshot | None = None
    code: Code = 0
    call: str = ""
    detail: str = ""
