"""Run every test, those of the real control plane in parts beside the others: they wait most of the time.

With arguments pytest runs once, with just these.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack

SLOWEST = "--durations=20"
"""Tells where to look once the whole takes too long."""

REST = ("-m", "not cluster", SLOWEST)
BESIDE = tuple(
    ("-m", "cluster", SLOWEST, *folders)
    for folders in (
        ("tests/switches/target", "tests/switches/delete"),
        ("tests/switches", "tests/whole", "tests/writers", "tests/governor", "tests/gpu"),
        ("tests/govern",),
        ("tests",),
    )
)
"""Of about the same time each. What one names, the next leaves out: a folder that no one names is in the last."""


def pytest(*arguments: str) -> list[str]:
    """The command that runs pytest with ``arguments``, by this interpreter."""
    return [sys.executable, "-m", "pytest", *arguments]


def parts() -> list[list[str]]:
    """The commands of :data:`BESIDE`, no test in two of them."""
    named: list[str] = []
    commands = []
    for part in BESIDE:
        folders = [each for each in part if each.startswith("tests")]
        commands.append(pytest(*part, *(f"--ignore={each}" for each in named)))
        named += folders
    return commands


def main(arguments: list[str]) -> int:
    """Run the tests, and return 0 if all of them pass; output of those beside comes when the others are over."""
    if arguments:
        return subprocess.run(pytest(*arguments), check=False).returncode
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}  # what it said is there too if it is killed
    with ExitStack() as opened:
        beside = []
        for command in parts():
            said = opened.enter_context(tempfile.TemporaryFile())
            beside.append((subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=unbuffered), said))
        try:
            codes = [subprocess.run(pytest(*REST), check=False).returncode]
        finally:
            ended = [process.wait() for process, _ in beside]
            for _, said in beside:
                said.seek(0)
                sys.stdout.buffer.write(said.read())
                sys.stdout.flush()
    return next(filter(None, codes + ended), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
