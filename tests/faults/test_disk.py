"""The table of faults of a disk: what the file system answers is said in words, and nothing is left half-written."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.files.faults import record_fault
from opsconsole.journal.entry import Who
from opsconsole.journal.evidence import EvidenceFolder
from opsconsole.journal.reader import read_entries, verify
from opsconsole.journal.undo_store import UndoStore
from opsconsole.journal.writer import Journal, JournalError
from opsconsole.records import Plan

ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EROFS", "EDQUOT", "EMFILE", "EACCES", "ESTALE")}
CALLS = ("open", "write", "fsync", "pread")


def append(folder: Path) -> None:
    Journal(folder, SystemClock(), Who).append("note", {"text": "x" * 5000})


def keep_evidence(folder: Path) -> None:
    EvidenceFolder(folder, "run").keep("a.yaml", "text")


def keep_undo(folder: Path) -> None:
    UndoStore(folder).keep("ab", Plan("revoke", "t", 0.0, ""), {})


@pytest.mark.parametrize("deed", [append, keep_evidence, keep_undo])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_of_the_disk_is_said_and_the_next_entry_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str, deed: Callable[[Path], None]
) -> None:
    append(tmp_path)
    _fail(monkeypatch, call, code)
    if _needs(deed, call):
        with pytest.raises(JournalError, match=os.strerror(code)):
            deed(tmp_path)
    else:
        deed(tmp_path)
    monkeypatch.undo()
    append(tmp_path)
    assert verify(tmp_path).status in {"intact", "torn"}
    assert read_entries(tmp_path)[-1].kind == "note"


def _fail(monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
    def fails(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fails)


def _needs(deed: Callable[[Path], None], call: str) -> bool:
    """Whether a deed can't be done without this call; evidence and undo are written by a file's own methods."""
    return deed is append or call in {"open", "fsync"}


@pytest.mark.parametrize("code", ERRORS.values(), ids=ERRORS.keys())
def test_the_log_of_faults_never_adds_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    _fail(monkeypatch, "open", code)
    record_fault("something failed", ValueError("x"), tmp_path / "opsconsole.log")


FULL = """
import resource, sys
from pathlib import Path
from tests.faults.test_disk import append
from opsconsole.journal.writer import JournalError
folder = Path(sys.argv[1])
append(folder)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    append(folder)
except JournalError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
append(folder)
"""


@pytest.mark.parametrize("room", [5_600, 7_000, 9_999])
def test_a_file_that_may_grow_no_further_is_cut_back_to_whole_entries(tmp_path: Path, room: int) -> None:
    assert resource.RLIMIT_FSIZE is not None
    command = [sys.executable, "-c", FULL, str(tmp_path), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "can't be written: File too large" in done.stdout
    assert verify(tmp_path).status == "intact"
    assert len(read_entries(tmp_path)) == 2
