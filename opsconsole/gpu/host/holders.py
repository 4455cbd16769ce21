"""Who has a GPU's device file open without being on NVML's lists.

A forked worker whose parent died keeps the parent's handle on ``/dev/nvidia0``, and with it the memory, while NVML
lists nobody, or a PID that is gone (pytorch#1085). ``fuser -v /dev/nvidia*`` finds it, and so does this.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from opsconsole.clock import Clock
from opsconsole.gpu.host.processes import parse_stat

SCAN_SECONDS = 30.0
"""How often all open files of a host are looked through: 13 µs each, so most of a second on a full node."""


class Holder(NamedTuple):
    """A process with an open device file. ``minors`` are the numbers of the files: 0 for ``/dev/nvidia0``."""

    pid: int
    start_ticks: int
    minors: frozenset[int]


class HolderSource(Protocol):
    """Where holders come from. ``blind``: there are processes that could not be looked into."""

    @property
    def blind(self) -> bool: ...

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
        self.blind = False
        """Whether the last scan met processes that this user may not look into."""

    def scan(self) -> tuple[Holder, ...]:
        """The holders, from the last scan if that is young enough."""
        now = self._clock.monotonic()
        if now >= self._next:
            self.blind = False
            self._found = tuple(self._scan())
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
                minors = frozenset[int]() if ours else frozenset(self._minors(entry.path))
            except PermissionError:
                # The links of a process that ends meanwhile answer so too, even to root.
                self.blind = self.blind or Path(entry.path).exists()
            except (OSError, ValueError):
                continue
            else:
                if minors:
                    yield Holder(int(entry.name), stat.start_ticks, minors)

    def _minors(self, folder: str) -> Iterator[int]:
        for file in os.scandir(f"{folder}/fd"):
            try:
                match = self._pattern.fullmatch(os.readlink(file.path))  # noqa: PTH115 - a hundred thousand times
            except FileNotFoundError:
                continue
            if match:
                yield int(match.group(1))
