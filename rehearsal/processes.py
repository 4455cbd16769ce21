"""The optimizer's real processes: started with its pod, ended with its pod, and none left when the rehearsal is over.

Its GPU workers are not ended with the pod: that they stay behind is the story. They hold the other end of a pipe that
only the rehearsal's process has, so the kernel tells them when that is gone, even after ``kill -9``.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

import msgspec

from rehearsal.optimizers.child import WORKER, Orders, Turn
from rehearsal.server.objects.resources import Object

CYCLE_SECONDS = 3.0
"""How long (of the host's time) the world waits for a cycle: a process that hangs must not stop the world."""

_MODULES = "rehearsal.optimizers."

Said = Callable[[str, str, str], None]
"""Takes what a process said: pod UID, ``text`` or ``documents``, the line(s)."""


def worker_pattern(run: str) -> str:
    """A regular expression that matches the command lines of one run's GPU workers, and no others."""
    return rf"{re.escape(WORKER)} --run {run}\b"


class Lifeline:
    """A pipe whose writing end only this process has. Whoever watches the other end hears of our end."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def cut(self) -> None:
        """Let everything that watches it end."""
        for end in (self.reader, self._writer):
            with contextlib.suppress(OSError):
                os.close(end)


class OptimizerProcess:
    """One run of the optimizer: the process behind one pod."""

    def __init__(self, uid: str, module: str, orders: Orders, said: Said) -> None:
        self.uid = uid
        self._said = said
        documents, documents_end = os.pipe()
        self._reports, reports_end = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULES + module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[documents_end, reports_end, orders.lifeline],
            start_new_session=True,
        )
        os.close(documents_end)
        os.close(reports_end)
        orders = msgspec.structs.replace(orders, documents=documents_end, reports=reports_end)
        self._send(msgspec.json.encode(orders))
        self._cycle = 0
        self._readers = [
            self._read("text", self._process.stdout),
            self._read("documents", os.fdopen(documents, "rb")),
        ]

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def cycle(self, elapsed: float, now: float) -> bool:
        """Let it run one cycle and wait until it is done. False if it did not finish in time, or is gone."""
        self._cycle += 1
        if not self._send(msgspec.json.encode(Turn(self._cycle, elapsed, now))):
            return False
        deadline = time.monotonic() + CYCLE_SECONDS
        told = b""
        while not told.endswith(b"%d\n" % self._cycle):
            if not self.alive or not self._readable(deadline):
                return False
            told += os.read(self._reports, 4096)
        return True

    def terminate(self) -> None:
        """SIGTERM. It has an opinion about that."""
        if self.alive:
            self._process.terminate()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone. Its GPU workers stay."""
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(1.0)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(OSError):
            os.close(self._reports)

    def _readable(self, deadline: float) -> bool:
        with contextlib.suppress(OSError, ValueError):
            while (left := deadline - time.monotonic()) > 0 and self.alive:
                if select.select([self._reports], [], [], min(left, 0.1))[0]:
                    return True
        return False

    def _send(self, line: bytes) -> bool:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def _read(self, kind: str, stream: IO[bytes] | None) -> threading.Thread:
        assert stream is not None  # noqa: S101 - it is a pipe

        def run() -> None:
            with stream:
                for line in stream:
                    self._said(self.uid, kind, line.decode("utf-8", "replace").rstrip("\n"))

        thread = threading.Thread(target=run, name=f"optimizer-{kind}", daemon=True)
        thread.start()
        return thread


class Processes:
    """The processes behind all of the optimizer's pods; a :class:`~rehearsal.world.kubelet.kubelet.PodProcess`.

    Args:
        module: which optimizer.
        orders_for: what the process of a pod is told.
        said: takes what it says.
    """

    def __init__(self, module: str, orders_for: Callable[[Object], Orders], said: Said) -> None:
        self._module = module
        self._orders_for = orders_for
        self._said = said
        self._lock = threading.Lock()
        self._running: dict[str, OptimizerProcess] = {}

    def start(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        self.kill(uid)
        process = OptimizerProcess(uid, self._module, self._orders_for(pod), self._said)
        with self._lock:
            self._running[uid] = process

    def terminate(self, uid: str) -> None:
        with self._lock:
            process = self._running.get(uid)
        if process is not None:
            process.terminate()

    def kill(self, uid: str) -> None:
        with self._lock:
            process = self._running.pop(uid, None)
        if process is not None:
            process.kill()

    def cycle(self, elapsed: float, now: float) -> None:
        """One cycle of every one of them."""
        for process in self.running():
            process.cycle(elapsed, now)

    def running(self) -> list[OptimizerProcess]:
        """Those that live."""
        with self._lock:
            return [process for process in self._running.values() if process.alive]

    def kill_all(self) -> None:
        """End all of them."""
        for uid in list(self._running):
            self.kill(uid)
