"""Child processes of a test cluster: started with a log file, stopped by pid, never left behind."""

from __future__ import annotations

import contextlib
import os
import random
import signal as signals
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Below the range from which Linux gives out local ports: a client that keeps dialling a killed server's port
# could else be given that very port for its own end, connect to itself, and hold the port against the server.
_PORTS = range(20_000, 32_000)
_given: set[int] = set()
"""Ports that this process was given: nobody listens on one until what it is for has started."""


class StartError(RuntimeError):
    """A component did not come up; the text has the end of its log."""


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on, and that the kernel won't give to a client."""
    for port in random.sample(sorted(set(_PORTS) - _given), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
    raise StartError("no free loopback port between 20000 and 32000")


class Watchdog:
    """A tiny process that kills the cluster's children and removes its folder when this process is gone.

    It notices by its standard input closing, which the kernel does even after SIGKILL. (Linux's parent-death
    signal would not do: it comes when the *thread* that started a child ends.)
    """

    def __init__(self, directory: Path) -> None:
        script = Path(__file__).with_name("watchdog.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script), str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, pid: int) -> None:
        """Kill ``pid`` when this process ends."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """``pid`` has ended: its number may be another's soon."""
        self._tell(f"-{pid}")

    def dismiss(self) -> None:
        """End the watchdog; it removes the folder."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


def _thread_states(pid: int) -> set[str]:
    states = set()
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        # A thread may end while we look.
        with contextlib.suppress(OSError):
            states.add(stat.read_text().rpartition(")")[2].split()[0])
    return states


class Child:
    """One component: a command line, its log file, and its running process if there is one."""

    def __init__(
        self, name: str, command: Sequence[str], directory: Path, watchdog: Watchdog, variables: Mapping[str, str]
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = directory / f"{name}.log"
        self._watchdog = watchdog
        self._variables = dict(variables)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id.

        Raises:
            StartError: it is not running.
        """
        if self._process is None:
            raise StartError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start the process in a session of its own, so that a terminal's Ctrl-C leaves it to us."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | self._variables,
                start_new_session=True,
            )
        self._watchdog.watch(self._process.pid)

    def running(self) -> bool:
        """Say whether it runs (a stopped process, SIGSTOP, counts as running)."""
        return self._process is not None and self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float = 180.0) -> None:
        """Ask ``ready`` until it says yes.

        Raises:
            StartError: the process ended, or ``seconds`` passed; with the end of its log.
        """

        def ready_or_dead() -> bool:
            return not self.running() or ready()

        try:
            eventually(ready_or_dead, f"{self.name} ready", seconds)
        except TimeoutError as error:
            raise StartError(f"{error}\n{self.log_tail()}") from error
        if not self.running():
            raise StartError(f"{self.name} ended while starting\n{self.log_tail()}")

    def pause(self) -> None:
        """Stop it (SIGSTOP) and wait until none of its threads runs any more."""
        os.kill(self.pid, signals.SIGSTOP)
        eventually(lambda: _thread_states(self.pid) == {"T"}, f"{self.name} has stopped")

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        os.kill(self.pid, signals.SIGCONT)

    def kill(self) -> None:
        """Kill it at once (SIGKILL) and wait until it is gone. Not running is no error."""
        self._end(signals.SIGKILL, 10.0)

    def stop(self, grace_seconds: float = 5.0) -> None:
        """Ask it to end (SIGTERM), kill it after ``grace_seconds``. Not running is no error."""
        self._end(signals.SIGTERM, grace_seconds)

    def _end(self, number: signals.Signals, seconds: float) -> None:
        process = self._process
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)
        self._watchdog.forget(process.pid)
        self._process = None

    def log_tail(self, size: int = 4000) -> str:
        """Return the last ``size`` characters that it printed."""
        try:
            return self.log.read_text(errors="replace")[-size:]
        except OSError as error:
            return f"(no log: {error})"
