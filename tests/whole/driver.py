"""A real terminal for the whole program: tmux on a server of its own, keys in, the rendered screen out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.waiting import DEADLINE


def require_tmux() -> None:
    """Skip with a reason where tmux is missing; fail where CI says that nothing may be left out."""
    if shutil.which("tmux"):
        return
    reason = "left out: tmux is not installed (it drives the whole program in a real terminal)"
    if os.environ.get("OPSCONSOLE_REQUIRE_TMUX"):
        pytest.fail(reason)
    pytest.skip(reason)


class Tmux:
    """One program in one tmux window of ``columns`` × ``rows``. The tmux server and all it started end with it."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._socket = str(folder / "tmux.socket")
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in (environment or {}).items())
        # The shell outlives a Ctrl-C that ends the program, whichever shell this is, and tells its exit code.
        program = f"trap : INT; env -u COLUMNS -u LINES {variables} {shlex.join(command)}; echo exit code $?; cat"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), program)

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server", check=False)

    def press(self, *keys: str) -> None:
        """Send keys by their tmux names (``Enter``, ``Escape``, ``1``)."""
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        """Paste as a terminal does, bracketed where the program asked for it."""
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p").stdout

    def styled(self) -> str:
        """The screen with its colours as escape sequences."""
        return self._tmux("capture-pane", "-p", "-e").stdout

    def wait_for(self, pattern: str, seconds: float = DEADLINE) -> str:
        """Return the first screen that matches ``pattern``.

        Raises:
            AssertionError: with the last screen.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            screen = self.screen()
            if re.search(pattern, screen):
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not on the screen after {seconds} s:\n{screen}")

    def settle(self, seconds: float = 1.0) -> None:
        """Wait until the screen has not changed for ``seconds``, five times that at most."""
        deadline, since, last = time.monotonic() + 5 * seconds, time.monotonic(), self.screen()
        while time.monotonic() < deadline and time.monotonic() - since < seconds:
            time.sleep(0.05)
            if (now := self.screen()) != last:
                since, last = time.monotonic(), now

    def _tmux(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, check=check)
