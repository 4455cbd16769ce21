"""A door behind which nodes answer what a test says: what no honest node ever sends, too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

DEVICE = {"index": 0, "uuid": "GPU-0", "name": "A100", "memory_total": 1 << 30, "memory_used": 1 << 20}
SNAPSHOT = {"driver": "550.54.15", "cuda": 12040, "devices": [DEVICE]}


def report(**more: Any) -> dict[str, Any]:
    """A node's answer: one GPU that nobody uses."""
    return {"version": 1, "boot_id": "b", "boot_time": 1.7e9, "ticks": 100, "nvml": {"snapshot": SNAPSHOT}} | more


def with_process(pid: int = 4711, *, links: Any = None, **files: str) -> dict[str, Any]:
    """The answer of a node of which NVML lists one process; ``files`` and ``links`` are what is read of it."""
    held = {"pid": pid, "device": "GPU-0", "memory": 1 << 20}
    snapshot = SNAPSHOT | {"processes": [held]}
    read = {"stat": stat(), "cmdline": "python", "cgroup": "0::/user.slice\n", "status": "Uid:\t0\n"} | files
    sent = {"there": "yes", "files": read, "links": links or {}}
    return report(nvml={"snapshot": snapshot}, processes={str(pid): sent})


def stat(ticks: str = "5000", parent: str = "1") -> str:
    """The text of ``/proc/4711/stat``."""
    return f"4711 (python) S {parent} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {ticks} 0 0\n"


class AnsweringDoor:
    """Each node answers what ``answers`` has for it: a report, or an exception that is raised."""

    name = "ssh"

    def __init__(self, answers: Mapping[str, Mapping[str, Any] | Exception]) -> None:
        self.answers = answers
        self.closed = False

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        del seconds
        answer = self.answers[node]
        if isinstance(answer, Exception):
            raise answer
        mark = re.search(rb"opsconsole [0-9a-f]{32} ", program)
        assert mark is not None
        return mark.group() + json.dumps(answer).encode() + b"\n"

    def close(self) -> None:
        self.closed = True
