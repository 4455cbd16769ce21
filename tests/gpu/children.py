"""Starts the real processes that tests look at and end, pinned from the start so that only they can be signalled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

import pytest

from opsconsole.gpu.host.cgroup import parse_cgroup
from opsconsole.gpu.host.processes import Facts, HostProcesses
from opsconsole.records import ProcessState
from tests.nvml.build import CannotBuildError, compile_into
from tests.support.waiting import eventually

_ORPHAN = """
import signal, subprocess, sys
signal.signal(15, signal.SIG_IGN if sys.argv.pop(1) == "deaf" else signal.SIG_DFL)  # as its child does, from the start
print(subprocess.Popen(sys.argv[1:], executable="/bin/sleep", stdout=subprocess.DEVNULL, close_fds=False).pid)
"""
_DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"


class Children:
    """Starts processes; all of them are ended when the context is left."""

    def __init__(self) -> None:
        self._popen: list[subprocess.Popen[bytes]] = []
        self._pinned: dict[int, int] = {}

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for handle in self._pinned.values():
            try:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            except ProcessLookupError:
                pass
            finally:
                os.close(handle)
        for process in self._popen:
            process.kill()
            process.communicate()

    def sleeper(self, name: str = "sleeper", keep: IO[str] | None = None) -> int:
        """A process that sleeps and dies of SIGTERM; ``name`` is its argv[0], ``keep`` a file that it holds open."""
        pid = self._start([name, "600"], executable="/bin/sleep", keep=keep).pid
        wait_for_sleep(pid)
        return pid

    def orphan(self, name: str = "orphan", keep: IO[str] | None = None, *, deaf: bool = False) -> int:
        """The same, with its parent dead and init in its place; a deaf one ignores SIGTERM."""
        kept = [keep.fileno()] if keep else []
        done = subprocess.run(
            [sys.executable, "-c", _ORPHAN, "deaf" if deaf else "", name, "600"],
            stdout=subprocess.PIPE,
            check=True,
            pass_fds=kept,
        )
        pid = int(done.stdout)
        self._pinned[pid] = os.pidfd_open(pid)
        wait_for_sleep(pid)
        return pid

    def deaf(self) -> int:
        """A process that ignores SIGTERM."""
        process = self._start([sys.executable, "-c", _DEAF])
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process.pid

    def zombie(self) -> int:
        """A process that has ended and is not reaped while the test runs."""
        pid = self._start(["true"]).pid
        eventually(lambda: state_letter(pid) == "Z", "a zombie")
        return pid

    def zombie_leader(self, keep: IO[str] | None = None) -> int:
        """A process whose leader is dead while a thread lives; ``keep`` is a file that it holds open."""
        try:
            program = compile_into(Path(__file__).with_name("leader.c"), "leader", [])
        except CannotBuildError as error:
            pytest.skip(str(error))
        process = self._start([str(program)], keep=keep)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        eventually(lambda: state_letter(process.pid) == "Z", "the leader's end")
        return process.pid

    def runs(self, pid: int) -> bool:
        """Whether anything of ``pid``, started here, still runs."""
        facts = HostProcesses(host_pids=True).read(pid)
        return facts.state not in (ProcessState.GONE, ProcessState.ZOMBIE)

    def reap(self, pid: int) -> None:
        """Wait for the end of a child."""
        next(process for process in self._popen if process.pid == pid).wait(60)

    def _start(
        self, arguments: list[str], executable: str | None = None, keep: IO[str] | None = None
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            arguments,
            executable=executable,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[keep.fileno()] if keep else [],
        )
        self._popen.append(process)
        return process


def wait_for_sleep(pid: int) -> None:
    """Wait until the process has its new name and sleeps.

    Popen returns when exec closes its pipe, a moment before the kernel names the process anew; it may be in state D
    while it is loaded from the disk.
    """
    eventually(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n" and state_letter(pid) == "S", "exec")


def state_letter(pid: int) -> str:
    """The state in ``/proc/PID/stat``."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class Placed:
    """The real ``/proc``, but some processes live in the cgroup that the test gives them, or differ in other facts."""

    def __init__(self, cgroups: Mapping[int, str] | None = None) -> None:
        self.cgroups = dict(cgroups or {})
        self.changes: dict[int, dict[str, object]] = {}
        self._host = HostProcesses(host_pids=True)

    def read(self, pid: int) -> Facts:
        facts = self._host.read(pid)
        if pid in self.cgroups and facts.start_ticks is not None:
            facts = facts._replace(place=parse_cgroup(self.cgroups[pid]))
        return facts._replace(**self.changes.get(pid, {}))  # type: ignore[arg-type]
