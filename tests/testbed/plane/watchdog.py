"""Run as a script by :class:`tests.testbed.plane.processes.Watchdog`: kills what is left when its parent is gone.

Its argument is the cluster's folder; its standard input has lines ``+PID`` and ``-PID``. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path


def start_time(pid: int) -> str:
    """Return the kernel's start time of ``pid`` (clock ticks), or nothing if it is gone."""
    try:
        # The command's name, in brackets, may itself hold spaces and brackets: read behind the last one.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def main() -> None:
    """Remember pids until standard input closes, then kill them and remove the folder."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, str] = {}
    for line in sys.stdin:
        pid = int(line[1:])
        if line.startswith("+"):
            watched[pid] = start_time(pid)
        else:
            watched.pop(pid, None)
    for pid, started in watched.items():
        # A number used again by a stranger has another start time.
        if started and start_time(pid) == started:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
