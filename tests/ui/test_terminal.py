"""The app in a real pseudo-terminal: leaving, signals, a lost terminal, one that takes nothing, what is written."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.ui.terminal.driver import TerminalWriter

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l")
"""Alternate screen left, cursor shown, mouse and bracketed paste off."""


class Terminal:
    """A child on a pseudo-terminal of its own."""

    def __init__(self, *arguments: str, columns: int = 200, rows: int = 50, **environ: str) -> None:
        self.output = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            values = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environ}
            os.execve(sys.executable, [sys.executable, *arguments], os.environ | values)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, until: bytes | None = None, seconds: float = DEADLINE) -> bytes:
        """Read until a text has come, or for that long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not (until and until in self.output):
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.output += data
        assert until is None or until in self.output, f"{until!r} did not come: {self.output[-2000:]!r}"
        return self.output

    def send(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def wait(self, *, read: bool = True) -> int:
        """Wait for the end; returns the exit status as a shell would."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            if read and self.master >= 0:
                self.read(seconds=0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                code = os.waitstatus_to_exitcode(status)
                return 128 - code if code < 0 else code
            time.sleep(0.01)
        raise AssertionError(f"it did not end; last written: {self.output[-500:]!r}")

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.master >= 0:
            os.close(self.master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    one = Terminal("-m", "tests.ui.demo")
    yield one
    one.close()


def test_q_leaves_the_terminal_as_it_was(terminal):
    terminal.read(b"OOMKilled")
    terminal.send(b"q")
    assert terminal.wait() == 0
    assert all(sequence in terminal.output for sequence in RESTORED)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_the_terminal_as_it_was(terminal, number, code):
    terminal.read(b"OOMKilled")
    os.kill(terminal.pid, number)
    assert terminal.wait() == code
    assert all(sequence in terminal.output for sequence in RESTORED)
    assert b"Traceback" not in terminal.output


def test_a_lost_terminal_ends_it_in_good_order(terminal):
    terminal.read(b"OOMKilled")
    terminal.hang_up()
    assert terminal.wait() == 129


def test_keys_are_obeyed_while_the_terminal_takes_nothing(terminal):
    terminal.read(b"OOMKilled")
    for _ in range(40):
        terminal.send(b"m")  # each one a repaint of the whole screen, and nobody reads
    terminal.send(b"q")
    assert terminal.wait(read=False) == 0


def test_a_terminal_that_takes_nothing_does_not_stop_a_signal(terminal):
    terminal.read(b"OOMKilled")
    for _ in range(40):
        terminal.send(b"m")
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait(read=False) == 143


def test_after_a_stall_the_newest_state_is_painted_not_every_state(terminal):
    terminal.read(b"OOMKilled")
    terminal.output = b""
    for _ in range(60):
        terminal.send(b"m")
    terminal.send(b"/zzzz")  # typed ahead: still all of it is the filter
    terminal.read(b"nothing matches")
    one_screen = 200 * 50
    assert len(terminal.output) < 30 * one_screen


def test_bytes_that_are_no_utf8_are_no_reason_to_end(terminal):
    terminal.read(b"OOMKilled")
    terminal.send(b"\xff\xfe\x80j")
    terminal.send(b"q")
    assert terminal.wait() == 0


def test_no_color_sends_no_colour():
    terminal = Terminal("-m", "tests.ui.demo", NO_COLOR="1")
    try:
        terminal.read(b"OOMKilled")
        terminal.send(b"q")
        terminal.wait()
        colours = re.findall(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m", terminal.output)
        assert colours == []
    finally:
        terminal.close()


def test_a_terminal_of_sixteen_colours_gets_no_more():
    terminal = Terminal("-m", "tests.ui.demo", TERM="linux", COLORTERM="")
    try:
        terminal.read(b"OOMKilled")
        terminal.send(b"q")
        terminal.wait()
        assert re.search(rb"\x1b\[[0-9;]*[34]8;[25];", terminal.output) is None
        assert re.search(rb"\x1b\[[0-9;]*3[0-7]", terminal.output)
    finally:
        terminal.close()


def test_nothing_but_text_and_known_sequences_is_written(terminal):
    terminal.read(b"OOMKilled")
    for keys, shown in (
        (b"\r", b"log-shipper"),
        (b"\x7f?", b"Everywhere"),
        (b"\x7fN", b"all namespaces"),
        (b"\r/zz", b"hidden by"),
    ):
        terminal.send(keys)
        terminal.read(shown)
    terminal.send(b"\rq")
    terminal.wait()
    rest = re.sub(rb"\x1b\[[<>=?]?[0-9;$]*[a-zA-Z]|\x1b\[\?2026\$p|\x1b\[\?2048\$p", b"", terminal.output)
    assert re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", rest) is None


def test_the_writer_is_busy_until_the_terminal_has_taken_all_and_never_blocks_the_caller():
    read_end, write_end = os.pipe()
    writer = TerminalWriter(write_end)
    writer.start()
    writer.write("x" * 1_000_000)
    assert writer.busy
    got = 0
    while got < 1_000_000:
        got += len(os.read(read_end, 65536))
    deadline = time.monotonic() + DEADLINE
    while writer.busy and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    assert not writer.busy
    writer.stop()
    os.close(read_end)
    os.close(write_end)


def test_a_writer_whose_terminal_is_gone_is_never_busy_again():
    read_end, write_end = os.pipe()
    os.close(read_end)
    writer = TerminalWriter(write_end)
    writer.start()
    writer.write("x")
    deadline = time.monotonic() + DEADLINE
    while writer.busy and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    writer.write("y")
    assert not writer.busy
    writer.stop()
    os.close(write_end)
