"""The app in a real pseudo-terminal: leaving, signals, a lost terminal, one that takes nothing, what is written."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from opsconsole.endings import ENDINGS
from tests.support.waiting import DEADLINE, eventually

ROOT = Path(__file__).parents[3]
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l")
"""Alternate screen left, cursor shown, mouse and bracketed paste off."""


class Terminal:
    """A child on a pseudo-terminal of its own."""

    def __init__(self, *arguments: str, columns: int = 200, rows: int = 50, **environ: str) -> None:
        self.output = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # what runs in a background ignores them
                signal.signal(number, signal.SIG_DFL)
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

    def has_taken_all(self) -> bool:
        """Whether it has read every key and does nothing more: at ten looks in a row all of its threads sleep."""
        end = os.open(psutil.Process(self.pid).terminal(), os.O_RDONLY | os.O_NOCTTY)
        try:
            (unread,) = struct.unpack("I", fcntl.ioctl(end, termios.FIONREAD, bytes(4)))
        finally:
            os.close(end)
        return not unread and all(self._sleeps() for _ in range(10))

    def _sleeps(self) -> bool:
        time.sleep(0.02)
        states = set()
        for stat in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):  # a thread that has ended
                states.add(stat.read_text().rpartition(")")[2].split()[0])
        return states == {"S"}

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def wait(self, *, read: bool = True) -> int:
        """Wait for the end; returns the exit status as a shell would."""
        return self._ended(read=read, press=b"")

    def leave(self) -> int:
        """Press ``q`` until it has ended: a key right behind an unfinished sequence is a part of that."""
        return self._ended(read=True, press=b"q")

    def _ended(self, *, read: bool, press: bytes) -> int:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # it has ended, and its terminal with it
                self.send(press)
            if read and self.master >= 0:
                self.read(seconds=0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                if read and self.master >= 0:
                    self.read(seconds=10)  # to the end: what it wrote last may have come since
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


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_leaves_the_terminal_as_it_was(terminal, number):
    terminal.read(b"OOMKilled")
    os.kill(terminal.pid, number)
    assert terminal.wait() == 128 + number
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


TAMPERED = """
import os, runpy, signal, sys
{before}
runpy.run_module("tests.ui.demo", run_name="__main__")
"""


def test_a_terminal_that_another_program_made_non_blocking_still_shows_all():
    terminal = Terminal("-c", TAMPERED.format(before="os.set_blocking(2, False)"))
    try:
        terminal.read(b"OOMKilled")
        for _ in range(40):
            terminal.send(b"m")  # more than the terminal's buffer holds, and nobody reads
        terminal.read(seconds=1.0)
        terminal.output = b""
        terminal.send(b"\x0c")
        terminal.read(b"OOMKilled")
        terminal.send(b"q")
        assert terminal.wait() == 0
    finally:
        terminal.close()


@pytest.mark.parametrize("how", ["os.close(2)", "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)"])
def test_without_a_picture_there_are_no_keys(how):
    handler = f"signal.signal(signal.SIGURG, lambda *_: {how})"
    terminal = Terminal("-c", TAMPERED.format(before=handler))
    try:
        terminal.read(b"OOMKilled")
        os.kill(terminal.pid, signal.SIGURG)
        assert terminal.wait() == 129
    finally:
        terminal.close()


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
    eventually(terminal.has_taken_all)  # and nobody has read meanwhile
    terminal.read(b"nothing matches")
    one_screen = 200 * 50
    assert len(terminal.output) < 30 * one_screen


def test_bytes_that_are_no_utf8_are_no_reason_to_end(terminal):
    terminal.read(b"OOMKilled")
    terminal.send(b"\xff\xfe\x80j")
    terminal.send(b"q")
    assert terminal.wait() == 0


@pytest.mark.parametrize(
    "noise",
    [
        b"\x1b[<0;x;yM",
        b"\x1b[<9999999999999999999999;1;1M",
        b"\x1b[M\x00\x00\x00",
        b"\x1b[?2026;9$y\x1b[?2048;7$y",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[99999999999u",
        b"\x1b]52;c;!!!\x07",
        b"\x1b[0;0R\x1b[;R",
        b"\x1bP>|xterm(1)\x1b\\",
    ],
)
def test_broken_reports_and_unknown_sequences_end_nothing(terminal, noise):
    terminal.read(b"OOMKilled")
    terminal.send(noise)
    assert terminal.leave() == 0
    assert b"Traceback" not in terminal.output


def test_ctrl_l_draws_the_whole_screen_anew(terminal):
    terminal.read(b"OOMKilled")
    terminal.read(seconds=1)
    terminal.output = b""
    terminal.send(b"\x0c")
    terminal.read(b"\x1b[2J")
    terminal.read(b"OOMKilled")
    terminal.send(b"q")
    assert terminal.wait() == 0


def test_ctrl_z_suspends_with_the_terminal_in_order_and_fg_draws_it_anew(terminal):
    terminal.read(b"OOMKilled")
    terminal.output = b""
    terminal.send(b"\x1a")
    deadline = time.monotonic() + DEADLINE
    stopped = 0
    while time.monotonic() < deadline and not stopped:
        terminal.read(seconds=0.05)
        stopped, status = os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)
    assert stopped
    assert os.WIFSTOPPED(status)
    for sequence in RESTORED:
        terminal.read(sequence)
    terminal.output = b""
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.read(b"\x1b[?1049h")
    terminal.read(b"OOMKilled")
    terminal.send(b"q")
    assert terminal.wait() == 0


def test_the_copy_key_sends_a_name_to_the_terminals_clipboard(terminal):
    terminal.read(b"OOMKilled")
    terminal.send(b"Y")
    terminal.read(b"clipboard: ")
    sent = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", terminal.output)
    assert sent is not None
    name = base64.b64decode(sent[1])
    assert re.fullmatch(rb"[a-z0-9-]+/[a-z0-9.-]+", name)
    assert b"clipboard: " + name in terminal.output


def test_a_mouse_that_is_switched_off_is_left_to_the_terminal(tmp_path):
    file = tmp_path / "opsconsole.toml"
    file.write_text("[ui]\nmouse = false\n")
    terminal = Terminal("-m", "opsconsole", "--config", str(file), KUBECONFIG="/nonexistent", HOME=str(tmp_path))
    try:
        terminal.read(b"no kubeconfig")
        terminal.send(b"q")
        assert terminal.wait() == 0
        assert b"\x1b[?1003h" not in terminal.output
    finally:
        terminal.close()


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
        (b"\x7f?", b"Here, in"),
        (b"\x7fN", b"all namespaces"),
        (b"\r/zz", b"hidden by"),
    ):
        terminal.send(keys)
        terminal.read(shown)
    terminal.send(b"\rq")
    terminal.wait()
    # Leaving breaks a paint off that the terminal has not taken yet, and puts the terminal in order.
    output = re.sub(rb"(\x1b(\[[<>=?]?[0-9;$]*)?)?\x18\x1b\\", b"", terminal.output)
    rest = re.sub(rb"\x1b\[[<>=?]?[0-9;$]*[a-zA-Z]|\x1b\[\?2026\$p|\x1b\[\?2048\$p", b"", output)
    assert re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", rest) is None
