"""Where no screen can be drawn nothing is started: words, and exit code 2."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from opsconsole.commands.terminal import NO_TERMINAL, why_not


class Stream(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._terminal


@pytest.mark.parametrize(
    ("terminals", "term", "words"),
    [
        ("ioe", "xterm", None),
        ("oe", "xterm", "standard input is none"),
        ("ie", "xterm", "standard output is none"),
        ("io", "xterm", "standard error is none"),
        ("", "xterm", "standard input and standard output and standard error is none"),
        ("ioe", "dumb", "TERM is 'dumb'"),
        ("ioe", "", "TERM is ''"),
    ],
)
def test_what_a_screen_needs(terminals: str, term: str, words: str | None) -> None:
    streams = {name: Stream(terminal=name[0] in terminals) for name in ("input", "output", "error")}
    found = why_not(streams, {"TERM": term})
    assert (found is None) if words is None else (found is not None and words in found)


def test_a_closed_stream_is_no_terminal() -> None:
    closed = Stream(terminal=True)
    closed.close()
    assert why_not({"error": closed}, {"TERM": "xterm"}) is not None
    assert why_not({"error": None}, {"TERM": "xterm"}) is not None


@pytest.mark.parametrize("command", [[], ["rehearse"]])
def test_without_a_terminal_it_says_so_and_ends(command: list[str]) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "opsconsole", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == NO_TERMINAL
    assert "a terminal is needed" in found.stderr
    assert "opsconsole kill" in found.stderr
    assert "\x1b" not in found.stdout + found.stderr


def test_a_screen_that_would_go_to_a_file_is_refused() -> None:
    """``opsconsole 2>log``: the keys would be live and the screen unseen."""
    master, slave = pty.openpty()
    try:
        found = subprocess.run(
            [sys.executable, "-m", "opsconsole"],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env=os.environ | {"TERM": "xterm"},
            timeout=60,
            check=False,
        )
    finally:
        os.close(master)
        os.close(slave)
    assert found.returncode == NO_TERMINAL
    assert b"standard error is none" in found.stderr
