"""The door by OpenSSH: its client as a process, with what the user's own configuration says of keys and jump hosts.

It never asks (there is no terminal for a password), never takes a host key that is not known yet, forwards nothing,
and keeps one connection a node open for the next look.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from opsconsole.clock import Clock
from opsconsole.gpu.fleet.door import DoorError
from opsconsole.gpu.fleet.report import MOST_BYTES
from opsconsole.records import State
from opsconsole.text import clean_line

PERSIST = 60
"""Seconds that a connection stays open behind the last look: some looks, but not long after the console is gone."""

SESSIONS = 4
"""Programs at once on one node; OpenSSH's server takes ten sessions over one connection (MaxSessions)."""

ENDING = 3.0
"""Seconds in which all connections together are closed at the end."""

NO_CLIENT = 255
"""With this code ssh says that it failed itself; any other is that of what ran on the node."""

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._@:%\-]*[A-Za-z0-9])?")
_LONGEST_WORDS = 8192
_LONGEST_PLACE = 107 - len("/opsconsole-12345678/") - 40 - 17
"""A socket's path has 107 bytes at most; ssh's name for one has 40, and 17 more while it is made."""

_OPTIONS = (
    "BatchMode=yes",  # never a question
    "StrictHostKeyChecking=yes",  # never a key that nobody compared, whatever the user's configuration says
    "RequestTTY=no",
    "RemoteCommand=none",
    "ForwardAgent=no",  # whoever is root there must not use the operator's keys
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=2",
    "LogLevel=ERROR",
    "ControlMaster=auto",
    f"ControlPersist={PERSIST}",
)


class SshDoor:
    """Runs programs through ``ssh``.

    Args:
        clock: for time-outs.
        hosts: node → what ssh is told to connect to, for nodes that are not reached by ``host``.
        host: the same for all others; ``{node}`` stands for the node's name.
        python: the interpreter there.
        sudo: run it as root by ``sudo -n``.
        config: a configuration file for ssh; empty: the user's own.
        connect_seconds: until a node that does not answer is given up.
    """

    name = "ssh"

    def __init__(
        self,
        clock: Clock,
        *,
        hosts: Mapping[str, str] | None = None,
        host: str = "{node}",
        python: str = "python3",
        sudo: bool = False,
        config: str = "",
        connect_seconds: float = 5.0,
    ) -> None:
        self._clock = clock
        self._hosts = dict(hosts or {})
        self._host = host
        # The one text that a shell there reads. -I and -S: no variables, no working directory, no site packages.
        self._command = shlex.join([*(("sudo", "-n", "--") if sudo else ()), python, "-I", "-S", "-"])
        self._config = config
        self._connect_seconds = connect_seconds
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._busy: dict[str, threading.BoundedSemaphore] = {}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def run(self, node: str, program: bytes, seconds: float) -> bytes:
        host = self._host_of(node)
        with self._lock:
            busy = self._busy.setdefault(node, threading.BoundedSemaphore(SESSIONS))
        limit = self._connect_seconds + seconds
        if not busy.acquire(timeout=limit):
            raise DoorError(State.DOWN, f"ssh {host}: earlier questions are not answered yet")
        try:
            return self._run(host, program, limit)
        finally:
            busy.release()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            folder, self._folder = self._folder, None
            for process in self._running:
                process.kill()
        if folder is not None:
            self._end_connections(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def command(self, host: str) -> list[str]:
        """The command line that reaches ``host``."""
        options = [*_OPTIONS, f"ConnectTimeout={max(1, round(self._connect_seconds))}"]
        config = ["-F", self._config] if self._config else []
        flags = [part for option in options for part in ("-o", option)]
        return ["ssh", *config, *flags, "-S", f"{self._sockets()}/%C", "-T", "--", host, self._command]

    def _host_of(self, node: str) -> str:
        host = self._hosts.get(node) or self._host.replace("{node}", node)
        if not _HOST.fullmatch(host):
            raise DoorError(State.DOWN, f"{clean_line(host, 80)!r} is no host's name: see gpu.node_host")
        return host

    def _sockets(self) -> Path:
        """The private folder of the connections' sockets, with a short path: a socket's may have 107 characters."""
        with self._lock:
            if self._closed:
                raise DoorError(State.DOWN, "closed")
            if self._folder is None:
                self._folder = _private_folder()
            return self._folder

    def _run(self, host: str, program: bytes, limit: float) -> bytes:
        with _file_of(program) as given, tempfile.TemporaryFile() as said:
            process = self._start(self.command(host), given, said)
            try:
                data = self._read(process, limit)
            finally:
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()
                with self._lock:
                    self._running.discard(process)
            said.seek(0)
            words = said.read(_LONGEST_WORDS).decode("utf-8", "replace")
        if data is None:
            raise DoorError(State.DOWN, f"ssh {host}: no answer in {limit:g} s")
        if process.returncode not in (0, -9):
            raise _failed(host, process.returncode, words)
        return data

    def _start(self, command: Sequence[str], given: BinaryIO, said: BinaryIO) -> subprocess.Popen[bytes]:
        # What ssh says goes to a file, not a pipe: the connection that it leaves open in the background keeps its
        # standard error, and a pipe would not end before that does.
        try:
            process = subprocess.Popen(
                command,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
                env={**os.environ, "SSH_ASKPASS_REQUIRE": "never"},
            )
        except OSError as error:
            raise DoorError(State.DOWN, f"ssh can't be started: {error.strerror}") from error
        with self._lock:
            self._running.add(process)
            if self._closed:
                process.kill()
        return process

    def _read(self, process: subprocess.Popen[bytes], limit: float) -> bytes | None:
        """All that it prints, cut; ``None`` when that takes too long."""
        assert process.stdout is not None  # noqa: S101 - a pipe
        deadline = self._clock.monotonic() + limit
        ready = select.poll()
        ready.register(process.stdout, select.POLLIN)
        parts, size = [], 0
        while size < MOST_BYTES:
            left = deadline - self._clock.monotonic()
            if left <= 0 or not ready.poll(left * 1000):
                return None
            part = os.read(process.stdout.fileno(), 1 << 16)
            if not part:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - self._clock.monotonic()))
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def _end_connections(self, folder: Path) -> None:
        """Tell the connections in the background to end; those that don't listen end by themselves in a minute."""
        ending, until = [], self._clock.monotonic() + ENDING
        for socket in folder.iterdir():
            command = ["ssh", "-F", "none", "-S", str(socket), "-O", "exit", "--", "nobody"]
            with contextlib.suppress(OSError):
                quiet = subprocess.DEVNULL
                ending.append(subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet))
        for process in ending:
            try:
                process.wait(max(0.0, until - self._clock.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _private_folder() -> Path:
    """A new folder, below the first of the usual places whose path is short enough for a socket of ssh's in it."""
    places = (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp")  # noqa: S108 - mkdtemp makes it private
    for place in dict.fromkeys(filter(None, places)):
        if len(os.fsencode(place)) <= _LONGEST_PLACE:
            with contextlib.suppress(OSError):
                return Path(tempfile.mkdtemp(prefix="opsconsole-", dir=place))
    raise DoorError(State.DOWN, f"ssh: no folder with a short path for its sockets: set TMPDIR ({', '.join(places)})")


def _file_of(program: bytes) -> BinaryIO:
    """The program as a file without a name, to be read from its start."""
    file = os.fdopen(os.memfd_create("opsconsole"), "w+b")
    file.write(program)
    file.flush()
    file.seek(0)
    return file


def _failed(host: str, code: int, words: str) -> DoorError:
    """What ssh, or what ran on the node, said about its failure."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    last = clean_line(lines[-1], 160) if lines else ""
    if code != NO_CLIENT:
        return DoorError(State.DOWN, f"ssh {host}: {_ran_badly(code, last)}")
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in words:
        return DoorError(State.DENIED, f"ssh {host}: HOST KEY CHANGED: not connected; find out why first")
    if "Host key verification failed" in words or "host key is known" in words:
        return DoorError(State.DENIED, f"ssh {host}: host key not known: connect by hand once and compare it")
    if "Permission denied" in words:
        return DoorError(State.DENIED, f"ssh {host}: {last or 'permission denied'}")
    return DoorError(State.DOWN, f"ssh {host}: {last or 'the connection failed'}")


def _ran_badly(code: int, last: str) -> str:
    if code == 127:
        return f"python3 is not there ({last})" if last else "python3 is not there"
    return f"what ran there ended with {code}" + (f": {last}" if last else "")
