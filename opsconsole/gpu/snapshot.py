"""What one look at NVML found: the words between the worker process (or a simulation's file) and the console.

``None`` means that NVML does not say, never zero. Memory is bytes, temperature °C, power watts, utilisation percent.
"""

from __future__ import annotations

import msgspec


class DeviceReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One GPU or MIG device.

    ``minor`` is the number of its device file, ``throttle`` NVML's bit mask of clock-event reasons. ``code`` and
    ``call`` are the first NVML error that kept something of this device from being read, and the function that gave
    it; 0 when there was none. ``pci`` is its address on the bus, ``ecc_errors`` the uncorrectable errors since the
    driver was loaded, ``pending`` what waits for a reset or a reboot, in words.
    """

    index: int
    uuid: str = ""
    name: str = ""
    memory_total: int | None = None
    memory_used: int | None = None
    utilization: int | None = None
    temperature: int | None = None
    power_watts: float | None = None
    throttle: int | None = None
    mig_parent: str = ""
    minor: int | None = None
    pci: str = ""
    ecc_errors: int | None = None
    pending: tuple[str, ...] = ()
    code: int = 0
    call: str = ""


class ProcessReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a device's process lists. ``kind`` is ``compute``, ``graphics`` or ``mps``, ``pid`` a host PID."""

    pid: int
    device: str
    kind: str = "compute"
    memory: int | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that one look found. ``cuda`` is NVML's number (12040 is CUDA 12.4)."""

    driver: str = ""
    cuda: int | None = None
    devices: tuple[DeviceReading, ...] = ()
    processes: tuple[ProcessReading, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the worker: a snapshot, or the NVML error that kept it from making one."""

    snapshot: Snapshot | None = None
    code: int = 0
    call: str = ""
    detail: str = ""
