"""Puts real processes into cgroups of pods, as every reader of ``/proc`` sees them: a file is mounted over theirs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class Cgroups:
    """Mounts and unmounts; needs root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mounted: list[str] = []

    def put(self, pid: int, uid: str) -> None:
        """Make ``/proc/PID/cgroup`` tell of a container in the pod ``uid``."""
        self.write(pid, f"0::/kubepods/burstable/pod{uid}/{'ab' * 32}\n")

    def write(self, pid: int, text: str) -> None:
        """Make ``/proc/PID/cgroup`` this text, whatever it was."""
        file, target = self._folder / f"cgroup-{pid}", f"/proc/{pid}/cgroup"
        file.write_text(text)
        if target in self._mounted:
            return
        done = subprocess.run(["mount", "--bind", str(file), target], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"no mount over /proc here: {done.stderr.decode().strip()}")
        self._mounted.append(target)

    def undo(self) -> None:
        """Take all of them away."""
        for target in self._mounted:
            subprocess.run(["umount", "--lazy", target], capture_output=True, check=False)


@pytest.fixture
def cgroups(tmp_path: Path) -> Iterator[Cgroups]:
    """Places for real processes; taken away behind the test."""
    found = Cgroups(tmp_path)
    yield found
    found.undo()
