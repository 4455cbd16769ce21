"""A GPU worker of a rehearsed optimizer: a real process that holds simulated GPU memory and does nothing else.

It ends when the rehearsal's lifeline closes (also when the rehearsal was killed), or by a signal that it heeds.
"""

from __future__ import annotations

import ctypes
import os
import platform
import select
import signal
import sys
import threading
from pathlib import Path

from opsconsole.decoding import decode_as
from rehearsal.gpu import Held, register, start_ticks
from rehearsal.scenario import Worker

_EXIT_THREAD = {"x86_64": 60, "aarch64": 93, "riscv64": 93}
"""Number of the system call ``exit``, which ends one thread (``exit_group`` ends the process)."""

_SET_NAME = 15


def main() -> None:
    """Hold the memory until the end."""
    worker = decode_as(sys.argv[-1], Worker)
    lifeline = int(_option("--lifeline"))
    if worker.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _rename(f"pt_{worker.name}")
    for _ in range(worker.children):
        if os.fork() == 0:
            os._exit(1)
    parent = os.getppid()
    held = Held(os.getpid(), start_ticks(os.getpid()) or 0, parent, worker.device, worker.memory * 2**20)
    register(Path(_option("--gpus")), held)
    number = _EXIT_THREAD.get(platform.machine())
    if worker.leaderless and number is not None:
        threading.Thread(target=_wait, args=(lifeline,)).start()
        ctypes.CDLL(None).syscall(number, 0)
    _wait(lifeline)


def _option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def _rename(name: str) -> None:
    ctypes.CDLL(None).prctl(_SET_NAME, name.encode()[:15], 0, 0, 0)


def _wait(lifeline: int) -> None:
    """Until the other end of the lifeline is closed: nothing is ever written to it."""
    poll = select.poll()
    poll.register(lifeline, 0)
    poll.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
