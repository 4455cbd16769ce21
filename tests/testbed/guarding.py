"""A guard as a process of its own: what it said, and where its vitals are."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.testbed.plane.processes import free_port

_OTHER_CLOCK = "import time; real = time.time; time.time = lambda: real() + {}; from opsconsole.cli import main; main()"
"""The program on a host whose clock is wrong."""


class Guarding:
    """A running guard.

    Args:
        folder: for its output and its journal.
        settings: its settings file.
        ahead: seconds by which the clock of its host is ahead of the API server's.
    """

    def __init__(self, folder: Path, settings: Path, ahead: float = 0.0) -> None:
        self.port = free_port()
        self.settings = settings
        self._out = folder / "out"
        self._file = self._out.open("wb")
        environment = {**os.environ, "XDG_STATE_HOME": str(folder)}
        program = ["-c", _OTHER_CLOCK.format(ahead)] if ahead else ["-m", "opsconsole"]
        command = [*program, "--config", str(settings), "guard", "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            [sys.executable, *command], stdout=self._file, stderr=subprocess.STDOUT, env=environment
        )

    def said(self, kind: str) -> list[str]:
        """The texts of what it told, of one kind of event."""
        found = []
        for line in self._out.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):
                word = json.loads(line)
                found += [word["text"]] if word.get("event") == kind else []
        return found

    @property
    def output(self) -> str:
        """Everything that it printed."""
        return self._out.read_text(encoding="utf-8")

    def get(self, path: str) -> str:
        """What its server answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())

    def status(self, path: str) -> int:
        """The HTTP status of one of its addresses."""
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def metric(self, name: str) -> float | None:
        """The first metric that begins so; ``None`` while there is none."""
        try:
            lines = self.get("/metrics").splitlines()
        except OSError:
            return None
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), None)

    @property
    def watches(self) -> bool:
        """Whether it has everything that it judges by."""
        return self.metric('opsconsole_guard_feed_live{feed="deployments"}') == 1.0

    def close(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        self._file.close()


@contextlib.contextmanager
def guard_of(folder: Path, kubeconfig: Path, namespace: str, optimizer: str) -> Iterator[Guarding]:
    """A guard with the rights of ``kubeconfig``: its Lease and the Deployment ``optimizer`` are in ``namespace``."""
    file = folder / "opsconsole.toml"
    file.write_text(
        f'[cluster]\nkubeconfig = "{kubeconfig}"\n[govern]\nnamespace = "{namespace}"\n'
        f'[optimizer]\nname = "Deployment/{namespace}/{optimizer}"\n',
        encoding="utf-8",
    )
    guard = Guarding(folder, file)
    try:
        yield guard
    finally:
        guard.close()
