"""Who has a GPU's device file open without being on NVML's lists.

A forked worker whose parent died keeps the parent's handle on ``/dev/nvidia0``, and with it the memory, while NVML
lists nobody, or a PID that is gone (pytorch#1085). ``fuser -v /dev/nvidia*`` finds it, and so does this.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from opsconsole.clock import Clock
from opsconsole.gpu.host.processes import parse_stat
from opsconsole.text import clean_line

SCAN_SECONDS = 30.0
"""How often all open files of a host are looked through: 13 µs each, so most of a second on a full node."""


def why_blind(*, root: bool, hidden: Sequence[str] = ()) -> str:
    """Why the kernel does not show who has a file open.

    Args:
        root: whether we are root, whom a security module, or the lack of a capability, may keep from it all the same.
        hidden: the processes, as far as they are known.
    """
    if not root:
        return "only root can see who else has /dev/nvidia* open"
    named = ", ".join(hidden[:3]) + (f" and {len(hidden) - 3} more" if len(hidden) > 3 else "")
    return f"the kernel hides even from root which files are open in {named or 'some processes'}"


class Holder(NamedTuple):
    """A process with an open device file. ``minors`` are the numbers of the files: 0 for ``/dev/nvidia0``."""

    pid: int
    start_ticks: int
    minors: frozenset[int]


class HolderSource(Protocol):
    """Where holders come from. ``blind``: why some processes could not be looked into; empty: all were."""

    @property
    def blind(self) -> str: ...

    def scan(self) -> tuple[Holder, ...]:
        """The holders, from the last scan if that is young enough."""
        ...


class Holders:
    """Looks through the open files of every process that this user may look into, but our own and our children's.

    Args:
        clock: a scan younger than ``SCAN_SECONDS`` is not made again.
        root: where procfs is mounted.
        device: path of the device files, without their number.
    """

    def __init__(self, clock: Clock, root: str = "/proc", device: str = "/dev/nvidia") -> None:
        self._clock = clock
        self._root = root
        self._pattern = re.compile(re.escape(device) + r"([0-9]+)")
        self._found: tuple[Holder, ...] = ()
        self._next = 0.0
        self._hidden: list[str] = []
        self.blind = ""
        """Why the last scan could not look into some processes; empty: it looked into all."""

    def scan(self) -> tuple[Holder, ...]:
        """The holders, from the last scan if that is young enough."""
        now = self._clock.monotonic()
        if now >= self._next:
            self._hidden = []
            self._found = tuple(self._scan())
            self.blind = why_blind(root=os.geteuid() == 0, hidden=self._hidden) if self._hidden else ""
            self._next = now + SCAN_SECONDS
        return self._found

    def _scan(self) -> Iterator[Holder]:
        for entry in os.scandir(self._root):
            if not entry.name.isdecimal():
                continue
            try:
                # Identity first: if the PID changes hands during the scan, its new owner has another start time.
                stat = parse_stat(Path(entry.path, "stat").read_text("utf-8", "replace"))
                ours = os.getpid() in (stat.parent, int(entry.name))
                minors = frozenset[int]() if ours else frozenset(self._all_minors(entry.path, stat.state))
            except PermissionError:
                # The links of a process that ends meanwhile answer so too, even to root.
                if Path(entry.path).exists():
                    self._hidden.append(f"{entry.name} ({clean_line(stat.comm, 32)})")
            except (OSError, ValueError):
                continue
            else:
                if minors:
                    yield Holder(int(entry.name), stat.start_ticks, minors)

    def _all_minors(self, folder: str, state: str) -> Iterator[int]:
        """Those of a process; the open files of one whose leader is dead are told by its other threads alone."""
        for thread in os.scandir(f"{folder}/task") if state == "Z" else ():
            yield from self._minors(thread.path)
        yield from self._minors(folder)

    def _minors(self, folder: str) -> Iterator[int]:
        for file in os.scandir(f"{folder}/fd"):
            try:
                match = self._pattern.fullmatch(os.readlink(file.path))  # noqa: PTH115 - a hundred thousand times
            except FileNotFoundError:
                continue
            if match:
                yield int(match.group(1))
