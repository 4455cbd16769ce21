"""What is known of the driver besides NVML's own word."""

import os
import re
import time
from typing import List, Optional

from opsconsole.gpu.fleet.on_node.files import Json, text

MOST_LOG_LINES = 64


def machine_facts(library: str, kernel_log: str) -> Json:
    """What is known of the driver besides NVML's own word, and of what the machine waits for."""
    version = re.search(r"Kernel Module(?: for \S+)?\s+([0-9][0-9.]*)", text("/proc/driver/nvidia/version", 4096))
    loaded = version.group(1) if version else text("/sys/module/nvidia/version", 64).strip()
    return {
        "module": loaded,
        "library": library,
        "kernel_log": kernel_lines(kernel_log),
        "reboot": any(map(os.path.exists, ("/run/reboot-required", "/var/run/reboot-required"))),
    }


def kernel_lines(path: str) -> Optional[List[str]]:
    """The driver's last words on faults of the GPUs; ``None`` where the kernel's log is not ours to read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    found: List[str] = []
    until = time.monotonic() + 1.0
    try:
        while time.monotonic() < until:
            try:
                record = os.read(handle, 1 << 16)
            except BrokenPipeError:
                continue  # what we were about to read was overwritten by newer records
            if not record:
                break
            found += [line[:512] for line in record.decode("utf-8", "replace").split("\n") if "NVRM: Xid" in line]
    except OSError:
        pass  # nothing more to read now
    finally:
        os.close(handle)
    return found[-MOST_LOG_LINES:]


def library_version() -> str:
    """The version in the name of the file that was loaded, such as ``libnvidia-ml.so.550.54.15``."""
    match = re.search(r"libnvidia-ml\.so\.([0-9]+\.[0-9.]+)$", text("/proc/self/maps", 1 << 20), re.M)
    return match.group(1) if match else ""
