"""Asks NVML for everything that the console's own reader asks for."""

import ctypes
import json
import os
import select
import signal
import time
from typing import Any, List, Optional, Tuple

from opsconsole.gpu.fleet.on_node.device import NvmlDevice, NvmlError, NvmlPci
from opsconsole.gpu.fleet.on_node.driver import library_version
from opsconsole.gpu.fleet.on_node.files import Json

LIBRARY = "libnvidia-ml.so.1"
LIBRARY_NOT_FOUND, MIG_ON, NOT_FOUND = 12, 1, 6
MOST_ENTRIES, MOST_DEVICES, MOST_SLICES = 8192, 64, 32


def ask_nvml(seconds: float) -> Json:
    """NVML's answer, asked by a child that is killed when it does not answer in time."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(json.dumps(answer_or_why()).encode("ascii"))
        finally:
            os._exit(0)
    os.close(writing)
    data = read_until(reading, seconds)
    os.close(reading)
    if data is None:
        os.kill(child, signal.SIGKILL)
        for _ in range(20):  # one that is stuck in the kernel is left to init
            if os.waitpid(child, os.WNOHANG)[0]:
                break
            time.sleep(0.05)
        return {"code": -1, "detail": f"NVML did not answer in {seconds:g} s"}
    _, status = os.waitpid(child, 0)
    try:
        answer: Json = json.loads(data.decode("ascii"))
    except ValueError:
        return {"code": -1, "detail": f"the process that asked NVML ended with {status}"}
    return answer


def answer_or_why() -> Json:
    """NVML's answer; where asking fails in a way that nobody foresaw, what went wrong."""
    try:
        return Nvml().answer()
    except Exception as error:  # noqa: BLE001 - a library that lacks a function, no memory: it is said, not lost
        return {"code": -1, "detail": f"asking NVML failed: {type(error).__name__}: {error}"[:512]}


def read_until(handle: int, seconds: float) -> Optional[bytes]:
    """All that comes until the other end closes; ``None`` when that takes too long."""
    until, data = time.monotonic() + seconds, b""
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([handle], [], [], left)[0]:
            return None
        chunk = os.read(handle, 1 << 16)
        if not chunk:
            return data
        data += chunk


class Nvml:
    """Asks the library for everything that the console's own reader asks for."""

    def __init__(self) -> None:
        self.library: Any = None

    def answer(self) -> Json:
        """A snapshot, or why there is none; and which library gave it."""
        try:
            self.library = ctypes.CDLL(LIBRARY)
        except OSError as error:
            missing = str(error).startswith(f"{LIBRARY}: cannot open shared object file: No such file")
            return {"code": LIBRARY_NOT_FOUND, "detail": "" if missing else str(error)[:512]}
        version = library_version()
        try:
            self.check("nvmlInit_v2")
            return {"snapshot": self.snapshot(), "library": version or self.told("nvmlSystemGetNVMLVersion")}
        except NvmlError as error:
            return {"code": error.args[0], "call": error.args[1], "library": version}

    def check(self, name: str, *arguments: Any) -> None:
        """Call a function without which nothing can be read."""
        code = getattr(self.library, name)(*arguments)
        if code:
            raise NvmlError(code, name)

    def told(self, name: str) -> str:
        """A text about the whole system."""
        function, value = getattr(self.library, name, None), ctypes.create_string_buffer(96)
        return value.value.decode("utf-8", "replace") if function is not None and not function(value, 96) else ""

    def snapshot(self) -> Json:
        """All devices and who holds their memory."""
        count, cuda = ctypes.c_uint(), ctypes.c_int()
        self.check("nvmlDeviceGetCount_v2", ctypes.byref(count))
        devices: List[Json] = []
        processes: List[Json] = []
        for index in range(min(count.value, MOST_DEVICES)):
            for device, held in self.card(index):
                devices.append(device)
                processes += held
        known = getattr(self.library, "nvmlSystemGetCudaDriverVersion_v2", lambda _: 1)(ctypes.byref(cuda)) == 0
        return {
            "driver": self.told("nvmlSystemGetDriverVersion"),
            "cuda": cuda.value if known else None,
            "devices": devices,
            "processes": processes[:MOST_ENTRIES],
        }

    def card(self, index: int) -> List[Tuple[Json, List[Json]]]:
        """A GPU and its MIG devices, each with its processes."""
        handle = ctypes.c_void_p()
        code = self.library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle))
        if code:
            return [({"index": index, "code": code, "call": "nvmlDeviceGetHandleByIndex_v2"}, [])]
        one = NvmlDevice(self.library, handle)
        uuid = one.word("nvmlDeviceGetUUID")
        mode = one.pair("nvmlDeviceGetMigMode")
        slices = self.slices(one, index, uuid) if mode and mode[0] == MIG_ON else None
        held = one.processes(uuid) if slices is None else []
        total, used = one.memory()
        rates, pci = (ctypes.c_uint * 2)(), NvmlPci()
        known = one.ask("nvmlDeviceGetUtilizationRates", rates)
        power = one.number("nvmlDeviceGetPowerUsage")
        reasons = "nvmlDeviceGetCurrentClocksEventReasons|nvmlDeviceGetCurrentClocksThrottleReasons"
        found: Json = {
            "index": index,
            "uuid": uuid,
            "name": one.word("nvmlDeviceGetName"),
            "memory_total": total,
            "memory_used": used,
            "utilization": rates[0] if known else None,
            "temperature": one.number("nvmlDeviceGetTemperature", ctypes.c_uint, 0),
            "power_watts": None if power is None else power / 1000.0,
            "throttle": one.number(reasons, ctypes.c_ulonglong),
            "minor": one.number("nvmlDeviceGetMinorNumber"),
            "pci": pci.bus.decode("ascii", "replace") if one.ask("nvmlDeviceGetPciInfo_v3", ctypes.byref(pci)) else "",
            "ecc_errors": one.number("nvmlDeviceGetTotalEccErrors", ctypes.c_ulonglong, 1, 0),
            "pending": one.pending(),
        }
        found.update(code=one.code, call=one.call)
        return [(found, held)] + (slices or [])

    def slices(self, card: NvmlDevice, index: int, parent: str) -> List[Tuple[Json, List[Json]]]:
        """The MIG devices of a GPU; an empty slot answers NOT_FOUND, which is no failure."""
        found = []
        for number in range(min(card.number("nvmlDeviceGetMaxMigDeviceCount") or 0, MOST_SLICES)):
            handle = ctypes.c_void_p()
            if not card.ask("nvmlDeviceGetMigDeviceHandleByIndex", number, ctypes.byref(handle), but=NOT_FOUND):
                continue
            one = NvmlDevice(self.library, handle)
            uuid = one.word("nvmlDeviceGetUUID") or f"{parent or index}/mig-{number}"
            total, used = one.memory()
            held = one.processes(uuid)
            device: Json = {"index": index, "uuid": uuid, "name": one.word("nvmlDeviceGetName")}
            device.update(memory_total=total, memory_used=used, mig_parent=parent or str(index))
            device.update(code=one.code, call=one.call)
            found.append((device, held))
        return found
