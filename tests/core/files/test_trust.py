"""The folder of the state: one that others have prepared, or may change, is not used, and files follow no link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.files.faults import record_fault
from opsconsole.files.folders import make_private
from opsconsole.files.trust import UntrustedPathError, check_above, open_own, read_own, why_shared
from opsconsole.journal.entry import Who
from opsconsole.journal.evidence import EvidenceFolder, Exhibit, check
from opsconsole.journal.reader import read_entries
from opsconsole.journal.undo_store import UndoFile, UndoStore
from opsconsole.journal.writer import HEAD, Journal, JournalError
from opsconsole.records import Plan

SOMEBODY = 54321


def journal_in(folder: Path) -> Journal:
    return Journal(folder, SystemClock(), Who)


def foreign(path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(JournalError, match="may be written by others"):
        journal_in(folder).append("note", {})
    assert list(folder.glob("*.jsonl")) == []


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    foreign(folder)
    with pytest.raises(JournalError, match="belongs to somebody else"):
        journal_in(folder).append("note", {})


def test_a_folder_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to("real")
    with pytest.raises(JournalError, match="symbolic link"):
        journal_in(tmp_path / "state").append("note", {})
    assert list((tmp_path / "real").iterdir()) == []


def test_a_folder_above_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    above = tmp_path / "shared"
    above.mkdir()
    above.chmod(0o777)
    with pytest.raises(JournalError, match="may be written by others"):
        journal_in(above / "state").append("note", {})
    above.chmod(0o1777)  # as /tmp is: nobody takes away what another has put there
    journal_in(above / "state").append("note", {})


def test_a_link_above_into_what_others_may_write_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "home").mkdir()
    (tmp_path / "shared").chmod(0o777)
    (tmp_path / "home").symlink_to("shared/home")
    with pytest.raises(UntrustedPathError, match="shared may be written by others"):
        make_private(tmp_path / "home" / "state")


def test_a_link_above_that_leads_to_a_safe_place_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o755)
    (tmp_path / "home").symlink_to("disk")
    make_private(tmp_path / "home" / "state")
    assert (tmp_path / "disk" / "state").is_dir()


def test_a_folder_above_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    above = tmp_path / "theirs"
    above.mkdir()
    foreign(above)
    with pytest.raises(UntrustedPathError, match="belongs to somebody else"):
        check_above(above / "state")


@pytest.mark.parametrize("name", ["journal.jsonl", "opsconsole.log", "evidence/run/a.yaml", "undo/aa.json"])
def test_no_file_is_opened_through_a_link(tmp_path: Path, name: str) -> None:
    state, victim = tmp_path / "state", tmp_path / "victim"
    victim.write_text("as it was\n")
    make_private((state / name).parent)
    (state / name).symlink_to(victim)
    with pytest.raises(JournalError):
        journal_in(state).append("note", {}) if name == "journal.jsonl" else _use(state, name)
    assert victim.read_text() == "as it was\n"


def _use(state: Path, name: str) -> None:
    if name.startswith("evidence"):
        EvidenceFolder(state, "run").keep("a.yaml", "text")
    elif name.startswith("undo"):
        UndoStore(state).load(UndoFile("aa.json", ""))
    else:
        record_fault("something", ValueError("x"), state / name)
        raise JournalError("a log of faults never raises")


@pytest.mark.parametrize("name", ["journal.jsonl", "opsconsole.log"])
def test_a_pipe_in_the_way_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(JournalError):
        journal_in(tmp_path).append("note", {}) if name == "journal.jsonl" else _use(tmp_path, name)
    with pytest.raises(UntrustedPathError, match="no plain file"):
        read_own(tmp_path / name)


def test_evidence_behind_a_link_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    (tmp_path / "a").symlink_to("elsewhere")
    assert "can't be read" in check(tmp_path, Exhibit("a", 1, ""))


def test_every_file_and_folder_is_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    state = tmp_path / "state"
    before = os.umask(0)
    try:
        journal_in(state).append("note", {})
        EvidenceFolder(state, "run").keep("a.yaml", "text")
        UndoStore(state).keep("ab", Plan("revoke", "t", 0.0, ""), {})
        record_fault("something", ValueError("x"), state / "opsconsole.log")
    finally:
        os.umask(before)
    modes = {path.relative_to(state): stat.S_IMODE(path.lstat().st_mode) for path in state.rglob("*")}
    assert len(modes) == 8
    assert {name: mode for name, mode in modes.items() if mode not in {0o600, 0o700}} == {}


def test_a_file_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    journal_in(tmp_path).append("note", {})
    for name in ("journal.jsonl", HEAD):
        (tmp_path / name).chmod(0o644)
    journal_in(tmp_path).append("note", {})
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("journal.jsonl", HEAD)] == [0o600, 0o600]
    assert len(read_entries(tmp_path)) == 2


def test_a_file_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.touch(mode=0o600)
    foreign(path)
    if os.getuid() != 0:
        with pytest.raises(UntrustedPathError):
            os.close(open_own(path, os.O_RDONLY))


def test_what_only_this_user_may_change_is_no_remark(tmp_path: Path) -> None:
    file = tmp_path / "opsconsole.toml"
    assert why_shared(file) == ""
    file.touch(mode=0o644)
    assert why_shared(file) == ""
    (tmp_path / "link").symlink_to(file)
    assert why_shared(tmp_path / "link") == ""


@pytest.mark.parametrize("mode", [0o666, 0o602])
def test_a_file_that_others_may_write_is_a_remark_through_a_link_too(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "opsconsole.toml"
    file.touch()
    file.chmod(mode)
    (tmp_path / "link").symlink_to(file)
    for each in (file, tmp_path / "link"):
        assert why_shared(each) == f"{file} may be written by others; take that away: chmod go-w"


def test_a_file_in_a_folder_that_others_may_write_is_a_remark_through_a_link_too(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "file").touch()
    (tmp_path / "link").symlink_to(folder / "file")
    folder.chmod(0o777)
    for each in (folder / "file", tmp_path / "link"):
        assert f"{folder} may be written by others" in why_shared(each)


def test_a_file_of_somebody_else_is_a_remark(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.touch()
    foreign(file)
    assert "belongs to somebody else" in why_shared(file)


def test_a_device_that_everybody_writes_into_is_nobodys_settings() -> None:
    assert why_shared(Path(os.devnull)) == ""
