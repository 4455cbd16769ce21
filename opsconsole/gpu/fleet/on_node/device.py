"""One GPU while it is read, through the C library."""

import ctypes
from typing import Any, List, Optional, Tuple

from opsconsole.gpu.fleet.on_node.files import Json

TOO_SMALL = 7
UNKNOWN_HERE = {3, 13, 21}  # not supported, function not found, no data


class NvmlError(Exception):
    """NVML as a whole answered with an error: its number, and the call."""


class NvmlMemory(ctypes.Structure):
    """``nvmlMemory_t``."""

    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


class NvmlMemory2(ctypes.Structure):
    """``nvmlMemory_v2_t``: tells what is used from what the driver reserves."""

    _fields_ = [("version", ctypes.c_uint)] + [(n, ctypes.c_ulonglong) for n in ("total", "reserved", "free", "used")]


class NvmlProcess(ctypes.Structure):
    """``nvmlProcessInfo_v2_t``."""

    _fields_ = [
        ("pid", ctypes.c_uint),
        ("memory", ctypes.c_ulonglong),
        ("instance", ctypes.c_uint),
        ("compute", ctypes.c_uint),
    ]


class NvmlPci(ctypes.Structure):
    """``nvmlPciInfo_t``."""

    _fields_ = [("legacy", ctypes.c_char * 16), ("numbers", ctypes.c_uint * 5), ("bus", ctypes.c_char * 32)]


class NvmlDevice:
    """One device while it is read: what could not be read is left out, the first real error is kept."""

    def __init__(self, library: Any, handle: Any) -> None:
        self.library = library
        self.handle = handle
        self.code = 0
        self.call = ""

    def ask(self, names: str, *arguments: Any, but: int = 0) -> bool:
        """Call the first of ``names`` (separated by ``|``) that the library has; whether it answered."""
        for name in names.split("|"):
            function = getattr(self.library, name, None)
            if function is None:
                continue
            code = function(self.handle, *arguments)
            if code == 0:
                return True
            if code not in UNKNOWN_HERE:
                if code != but and not self.code:
                    self.code, self.call = code, name
                return False
        return False

    def number(self, names: str, kind: Any = ctypes.c_uint, *before: Any, but: int = 0) -> Optional[int]:
        """One number, or ``None``."""
        value = kind()
        return int(value.value) if self.ask(names, *before, ctypes.byref(value), but=but) else None

    def word(self, name: str) -> str:
        """One text, or nothing."""
        value = ctypes.create_string_buffer(96)
        return value.value.decode("utf-8", "replace") if self.ask(name, value, 96) else ""

    def pair(self, name: str) -> Optional[Tuple[int, int]]:
        """A current and a pending mode."""
        now, later = ctypes.c_uint(), ctypes.c_uint()
        return (now.value, later.value) if self.ask(name, ctypes.byref(now), ctypes.byref(later)) else None

    def memory(self) -> Tuple[Optional[int], Optional[int]]:
        """Total and used bytes."""
        newer = NvmlMemory2(version=ctypes.sizeof(NvmlMemory2) | 2 << 24)
        if self.ask("nvmlDeviceGetMemoryInfo_v2", ctypes.byref(newer)):
            return newer.total, newer.used
        older = NvmlMemory()
        found = self.ask("nvmlDeviceGetMemoryInfo", ctypes.byref(older))
        return (older.total, older.used) if found else (None, None)

    def processes(self, uuid: str) -> List[Json]:
        """The entries of its three lists."""
        found = []
        for kind, call in (("compute", "Compute"), ("graphics", "Graphics"), ("mps", "MPSCompute")):
            names = f"nvmlDeviceGet{call}RunningProcesses"
            for entry in self.entries(f"{names}_v3|{names}_v2"):
                memory = None if entry.memory == 2**64 - 1 else entry.memory
                found.append({"pid": entry.pid, "device": uuid, "kind": kind, "memory": memory})
        return found

    def entries(self, names: str) -> List[Any]:
        """One list, asked for again with more room while it grows."""
        room = 0
        for _ in range(4):
            count, entries = ctypes.c_uint(room), (NvmlProcess * max(room, 1))()
            if self.ask(names, ctypes.byref(count), entries if room else None, but=TOO_SMALL):
                return list(entries[: min(count.value, room)])
            if not count.value or count.value <= room:
                return []
            room = count.value * 2 + 5
        if not self.code:  # it grew at every look: who is on it is not known, which is not nobody
            self.code, self.call = TOO_SMALL, names.split("|", maxsplit=1)[0]
        return []

    def pending(self) -> List[str]:
        """What waits for a reset or a reboot."""
        found = []
        for name, words in (("nvmlDeviceGetEccMode", "ECC mode"), ("nvmlDeviceGetMigMode", "MIG mode")):
            modes = self.pair(name)
            if modes and modes[0] != modes[1]:
                found.append(words)
        if self.number("nvmlDeviceGetRetiredPagesPendingStatus"):
            found.append("page retirement")
        rows = [ctypes.c_uint() for _ in range(4)]
        if self.ask("nvmlDeviceGetRemappedRows", *map(ctypes.byref, rows)):
            found += ["row remapping"] if rows[2].value else []
            found += ["row remapping FAILED"] if rows[3].value else []
        return found
