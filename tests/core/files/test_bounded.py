"""Files that are pipes, devices, folders: read within bounds, or refused in words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsconsole.cluster.transport.errors import AccessError
from opsconsole.cluster.transport.kubeconfig.file import _parse
from opsconsole.files import bounded
from opsconsole.files.bounded import read_bounded
from opsconsole.settings import SettingsError
from opsconsole.settings.sources import load


def test_a_pipe_that_nobody_writes_into_hangs_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="a pipe that nobody writes into"):
        read_bounded(pipe, 100)
    with pytest.raises(SettingsError, match="a pipe that nobody writes into"):
        load(str(pipe), environ={})
    with pytest.raises(AccessError, match="a pipe that nobody writes into"):
        _parse(pipe)


def test_a_pipe_in_which_nothing_comes_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 0.3)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    with pytest.raises(TimeoutError, match="nothing comes"):
        read_bounded(pipe, 100)
    os.close(writer)


def test_a_pipe_that_is_written_into_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([sys.executable, "-c", f"open({str(pipe)!r}, 'w').write('a' * 200_000)"]):
        until = os.open(pipe, os.O_RDONLY)  # the writer has it open once this returns
        found = read_bounded(pipe, 1_000_000)
        os.close(until)
    assert found == b"a" * 200_000


def test_a_device_without_an_end_fills_no_memory() -> None:
    assert len(read_bounded(Path("/dev/zero"), 1_000)) == 1_001
    with pytest.raises(SettingsError, match="has more than 4 MiB"):
        load("/dev/zero", environ={})
    with pytest.raises(AccessError, match="has more than 8 MiB"):
        _parse(Path("/dev/zero"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_bounded(tmp_path, 100)
