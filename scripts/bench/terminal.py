"""A terminal program under a pty, watched as a person would: its rendered screen, its bytes, its process tree."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import queue
import re
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil
import pyte

ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "OPSCONSOLE_UI_REMEMBER": "false"}
"""Every console starts as if it were the first: what the one before was sorted by is nothing to it."""
_QUERIES = {b"\x1b[c": b"\x1b[?62;c", b"\x1b[6n": b"\x1b[1;1R", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}


@dataclass
class Usage:
    """What the process tree used between two samples: CPU seconds, bytes written to the terminal, wall seconds."""

    cpu: float
    bytes: int
    wall: float

    @property
    def cpu_percent(self) -> float:
        return 100 * self.cpu / self.wall

    @property
    def bytes_per_second(self) -> float:
        return self.bytes / self.wall


@dataclass
class Terminal:
    """Runs ``command`` in a pty of ``columns`` × ``rows``.

    ``rate`` limits how many bytes a second the terminal takes (0: no limit), as a thin SSH line does.
    """

    command: Sequence[str]
    columns: int = 200
    rows: int = 50
    rate: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    peak_rss: int = 0
    written: int = 0

    def __enter__(self) -> Terminal:
        self.screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self.screen)
        self._cpu: dict[int, float] = {}
        self._sampled = 0.0
        self._read: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._drawn = 0.0
        self._lines = dict.fromkeys(range(self.rows), "")
        self.started = time.perf_counter()
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ.update(ENVIRONMENT | self.environment)
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
            os.execvp(self.command[0], list(self.command))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self.process = psutil.Process(pid)
        threading.Thread(target=self._take, name="terminal", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(psutil.Error):
                self.process.send_signal(number)
                self.process.wait(2)
        os.close(self.fd)

    def send(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def text(self) -> str:
        """Return what is on the screen; only lines that were drawn on since the last call are looked at."""
        for y in self.screen.dirty:
            row = self.screen.buffer[y]
            self._lines[y] = "".join(row[x].data for x in range(self.columns)) if y < self.rows else ""
        self.screen.dirty.clear()
        return "\n".join(self._lines.values())

    def wait_for(self, pattern: str, seconds: float) -> float:
        """Seconds from the start to the first screen that matches ``pattern``.

        Raises:
            TimeoutError: with the last screen in its text.
        """
        return self._seen(pattern, seconds) - self.started

    def after(self, act: Callable[[], object], pattern: str, seconds: float = 30.0) -> float:
        """Do something; seconds from its beginning to the first screen that matches ``pattern``.

        Raises:
            TimeoutError: as for :meth:`wait_for`.
        """
        begun = time.perf_counter()
        act()
        return self._seen(pattern, seconds) - begun

    def _seen(self, pattern: str, seconds: float) -> float:
        matches = re.compile(pattern, re.MULTILINE).search
        stamp = self._pump(seconds, lambda: matches(self.text()) is not None)
        if stamp is None:
            raise TimeoutError(f"{pattern!r} was not on the screen after {seconds} s:\n{self.text()}")
        return stamp

    def use(self, seconds: float) -> Usage:
        """Let it run for ``seconds`` and say what it used."""
        cpu, written, begun = self.sample(), self.written, time.perf_counter()
        self._pump(seconds, lambda: False)
        return Usage(self.sample() - cpu, self.written - written, time.perf_counter() - begun)

    def sample(self) -> float:
        """CPU seconds of the tree so far; keeps the peak of its resident memory."""
        resident = 0
        with contextlib.suppress(psutil.Error):
            for process in [self.process, *self.process.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    resident += process.memory_info().rss
                    times = process.cpu_times()
                    self._cpu[process.pid] = times.user + times.system
        self.peak_rss = max(self.peak_rss, resident)
        return sum(self._cpu.values())

    def _pump(self, seconds: float, done: Callable[[], bool]) -> float | None:
        """Draw what comes for ``seconds``; the time at which what made ``done`` true was read, if it became true."""
        end = time.perf_counter() + seconds
        if done():
            return self._drawn
        while (now := time.perf_counter()) < end:
            with contextlib.suppress(queue.Empty):
                self._drawn, data = self._read.get(timeout=0.02)
                self.written += len(data)
                with contextlib.suppress(Exception):  # pyte stumbles over sequences it does not know
                    self._stream.feed(data)
                if done():
                    return self._drawn
            if now - self._sampled > 0.1:
                self._sampled = now
                self.sample()
        return None

    def _take(self) -> None:
        """Read all there is, at once or at the terminal's rate: drawing is slower than a real terminal's."""
        size = max(1, self.rate // 50) if self.rate else 65536
        while True:
            if self.rate:
                time.sleep(0.02)
            try:
                data = os.read(self.fd, size)
            except OSError:
                return
            self._read.put((time.perf_counter(), data))
            for question, answer in _QUERIES.items():
                if question in data:
                    os.write(self.fd, answer)
