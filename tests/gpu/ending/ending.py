"""A cleaner on this host with a mint of its own, and records of the processes that it is to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsconsole.clock import SystemClock
from opsconsole.gpu.classify import CleanupVerdict
from opsconsole.gpu.host.processes import Facts
from opsconsole.gpu.nvml.snapshot import ProcessReading
from opsconsole.gpu.observe import process_record
from opsconsole.gpu.pods import Standings
from opsconsole.gpu.signals import Cleaner, clean_step
from opsconsole.permit import Mint, Permit
from opsconsole.records import GpuProcess
from tests.gpu.children import Placed
from tests.gpu.worlds import UID

IN_POD = f"0::/kubepods/burstable/pod{UID}/{'ab' * 32}\n"


def record(one: Facts, judged: CleanupVerdict | None = None) -> GpuProcess:
    """The record that a plan would hold of ``one``."""
    reading = ProcessReading(pid=one.pid, device="GPU-0", memory=1 << 30)
    judged = judged or CleanupVerdict(candidate=True, why="its pod is gone")
    return process_record(reading, one, judged, Standings({}, True))  # noqa: FBT003


def yes(_facts: Facts) -> CleanupVerdict:
    return CleanupVerdict(candidate=True, why="its pod is gone")


class Bench:
    """A cleaner on this host, and the mint that it trusts."""

    def __init__(self, judge: Callable[[Facts], CleanupVerdict] = yes, **options: Any) -> None:
        self.mint = Mint()
        self.reader = Placed()
        self.cleaner = Cleaner(
            self.mint, SystemClock(), self.reader, judge, **({"term_seconds": 20.0, "kill_seconds": 20.0} | options)
        )

    def place(self, pid: int, cgroup: str = IN_POD) -> GpuProcess:
        self.reader.cgroups[pid] = cgroup
        return record(self.reader.read(pid))

    def permit(self, target: GpuProcess) -> Permit:
        return self.mint.issue(clean_step(target, 10))

    def end(self, target: GpuProcess) -> Any:
        return self.cleaner.terminate(self.permit(target), target)
