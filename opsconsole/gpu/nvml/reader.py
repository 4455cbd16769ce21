"""Asks NVML through pynvml. Runs only in the worker process."""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import msgspec
import pynvml

from opsconsole.gpu.nvml.snapshot import Answer, DeviceReading, ProcessReading, Snapshot

_UNSUPPORTED = {
    pynvml.NVML_ERROR_NOT_SUPPORTED,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    pynvml.NVML_ERROR_NO_DATA,
}
"""Errors that mean "this is not known here", which is None and no failure."""

_LISTS = (("compute", "Compute"), ("graphics", "Graphics"), ("mps", "MPSCompute"))
_Found = tuple[DeviceReading, list[ProcessReading]]


def serve(requests: Iterable[bytes], answers: BinaryIO, seconds: float) -> None:
    """Answer each line of ``requests`` with one line; the kernel ends us if one takes longer than ``seconds``."""
    reader = Reader()
    for _ in requests:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        line = msgspec.json.encode(reader.answer()) + b"\n"
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(line)


class Reader:
    """Makes snapshots. One device that fails does not hide the others."""

    def __init__(self) -> None:
        self._ready = False
        self._seen: dict[int, tuple[str, str]] = {}

    def answer(self) -> Answer:
        """A snapshot, or why there is none."""
        try:
            if not self._ready:
                pynvml.nvmlInit()
                self._ready = True
            return Answer(snapshot=self._snapshot())
        except pynvml.NVMLError as error:
            return Answer(code=error.value, detail=_load_error(error.value))

    def _snapshot(self) -> Snapshot:
        found = [one for index in range(pynvml.nvmlDeviceGetCount()) for one in self._device(index)]
        ask = Asker()
        return Snapshot(
            driver=ask("nvmlSystemGetDriverVersion") or "",
            cuda=ask("nvmlSystemGetCudaDriverVersion_v2"),
            devices=tuple(device for device, _ in found),
            processes=tuple(process for _, held in found for process in held),
        )

    def _device(self, index: int) -> list[_Found]:
        """The GPU at ``index`` and its MIG devices, each with the processes on it."""
        ask = Asker()
        uuid, name = self._seen.get(index, ("", ""))
        handle = ask("nvmlDeviceGetHandleByIndex", index)
        if handle is None:
            return [(DeviceReading(index=index, uuid=uuid, name=name, code=ask.code, call=ask.call), [])]
        uuid, name = ask("nvmlDeviceGetUUID", handle) or uuid, ask("nvmlDeviceGetName", handle) or name
        self._seen[index] = uuid, name
        slices = _mig_devices(ask, handle, index, uuid)
        held = _processes(ask, handle, uuid) if slices is None else []
        return [(_card(ask, handle, index, uuid, name), held), *(slices or [])]


class Asker:
    """Calls NVML functions for one device: what is not supported is ``None``, and the first real error is kept."""

    def __init__(self) -> None:
        self.code = 0
        self.call = ""

    def __call__(self, name: str, *arguments: Any, older: str = "", but: int = 0) -> Any:
        """``pynvml.name(*arguments)``; where the driver lacks it ``older``; the error ``but`` is no failure."""
        function: Callable[..., Any] = getattr(pynvml, name)
        try:
            return function(*arguments)
        except UnicodeDecodeError:
            return None
        except pynvml.NVMLError as error:
            if older and error.value == pynvml.NVML_ERROR_FUNCTION_NOT_FOUND:
                return self(older, *arguments, but=but)
            if not (self.code or error.value == but or error.value in _UNSUPPORTED):
                self.code, self.call = error.value, name
            return None


def _card(ask: Asker, handle: Any, index: int, uuid: str, name: str) -> DeviceReading:
    total, used = _memory(ask, handle)
    load = ask("nvmlDeviceGetUtilizationRates", handle)
    milliwatts = ask("nvmlDeviceGetPowerUsage", handle)
    temperature = _temperature(ask, handle)
    throttle = _throttle(ask, handle)
    minor = ask("nvmlDeviceGetMinorNumber", handle)
    pci = ask("nvmlDeviceGetPciInfo", handle)
    ecc = ask(
        "nvmlDeviceGetTotalEccErrors", handle, pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, pynvml.NVML_VOLATILE_ECC
    )
    pending = _pending(ask, handle)
    return DeviceReading(
        index=index,
        uuid=uuid,
        name=name,
        memory_total=total,
        memory_used=used,
        utilization=None if load is None else load.gpu,
        temperature=temperature,
        power_watts=None if milliwatts is None else milliwatts / 1000,
        throttle=throttle,
        minor=minor,
        pci="" if pci is None else _text(pci.busId),
        ecc_errors=ecc,
        pending=pending,
        code=ask.code,
        call=ask.call,
    )


def _mig_devices(ask: Asker, handle: Any, index: int, parent: str) -> list[_Found] | None:
    """Its MIG devices, or ``None`` when it is not in MIG mode. Their processes are asked of them, not of the GPU."""
    mode = ask("nvmlDeviceGetMigMode", handle)
    if not mode or mode[0] != pynvml.NVML_DEVICE_MIG_ENABLE:
        return None
    found = []
    for number in range(ask("nvmlDeviceGetMaxMigDeviceCount", handle) or 0):
        # An empty slot answers NOT_FOUND: there is no MIG device there, which is no failure.
        one = ask("nvmlDeviceGetMigDeviceHandleByIndex", handle, number, but=pynvml.NVML_ERROR_NOT_FOUND)
        if one is not None:
            found.append(_mig_device(one, index, number, parent))
    return found


def _mig_device(handle: Any, index: int, number: int, parent: str) -> _Found:
    ask = Asker()
    uuid = ask("nvmlDeviceGetUUID", handle) or f"{parent or index}/mig-{number}"
    name = ask("nvmlDeviceGetName", handle) or ""
    total, used = _memory(ask, handle)
    held = _processes(ask, handle, uuid)
    device = DeviceReading(
        index=index,
        uuid=uuid,
        name=name,
        memory_total=total,
        memory_used=used,
        mig_parent=parent or str(index),
        code=ask.code,
        call=ask.call,
    )
    return device, held


def _processes(ask: Asker, handle: Any, device: str) -> list[ProcessReading]:
    found = []
    for kind, call in _LISTS:
        older = f"nvmlDeviceGet{call}RunningProcesses_v2"
        for entry in ask(f"nvmlDeviceGet{call}RunningProcesses_v3", handle, older=older) or ():
            found.append(ProcessReading(pid=entry.pid, device=device, kind=kind, memory=entry.usedGpuMemory))  # noqa: PERF401 - a comprehension over two loops and a call reads worse
    return found


def _memory(ask: Asker, handle: Any) -> tuple[int | None, int | None]:
    """Total and used bytes. Version 2 tells used from reserved, as nvidia-smi does; drivers before 510 lack it."""
    memory = ask("nvmlDeviceGetMemoryInfo", handle, pynvml.nvmlMemory_v2)
    if memory is None:
        memory = ask("nvmlDeviceGetMemoryInfo", handle)
    return (None, None) if memory is None else (memory.total, memory.used)


def _temperature(ask: Asker, handle: Any) -> int | None:
    found: int | None = ask("nvmlDeviceGetTemperatureV", handle, pynvml.NVML_TEMPERATURE_GPU)
    return found if found is not None else ask("nvmlDeviceGetTemperature", handle, pynvml.NVML_TEMPERATURE_GPU)


def _throttle(ask: Asker, handle: Any) -> int | None:
    older = "nvmlDeviceGetCurrentClocksThrottleReasons"
    mask: int | None = ask("nvmlDeviceGetCurrentClocksEventReasons", handle, older=older)
    return mask


def _pending(ask: Asker, handle: Any) -> tuple[str, ...]:
    """What waits for a reset or a reboot, in the words that a node's report has for it too."""
    ecc, mig = ask("nvmlDeviceGetEccMode", handle), ask("nvmlDeviceGetMigMode", handle)
    rows = ask("nvmlDeviceGetRemappedRows", handle) or (0, 0, 0, 0)
    waiting = {
        "ECC mode": ecc and ecc[0] != ecc[1],
        "MIG mode": mig and mig[0] != mig[1],
        "page retirement": ask("nvmlDeviceGetRetiredPagesPendingStatus", handle),
        "row remapping": rows[2],
        "row remapping FAILED": rows[3],
    }
    return tuple(words for words, holds in waiting.items() if holds)


def _text(value: bytes | str) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else value


def _load_error(code: int) -> str:
    """Why the dynamic linker refuses a library that is there, when pynvml says that it found none."""
    if code != pynvml.NVML_ERROR_LIBRARY_NOT_FOUND:
        return ""
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError as error:
        return str(error)
    return ""
