from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from opsconsole.files.faults import log_file
from opsconsole.files.folders import make_private, state_folder
from opsconsole.journal.folder import journal_folder
from opsconsole.settings import JournalSettings


def test_state_is_where_the_xdg_specification_has_it() -> None:
    assert state_folder({"XDG_STATE_HOME": "/s", "HOME": "/h"}) == Path("/s/opsconsole")
    assert state_folder({"HOME": "/h"}) == Path("/h/.local/state/opsconsole")
    assert state_folder({"XDG_STATE_HOME": "", "HOME": "/h"}) == Path("/h/.local/state/opsconsole")


@pytest.mark.parametrize("relative", ["state", ".", "./state", "../state", "~/state"])
def test_a_relative_state_home_does_not_put_the_journal_into_the_working_directory(relative: str) -> None:
    environ = {"XDG_STATE_HOME": relative, "HOME": "/h"}
    for place in (state_folder(environ), journal_folder(JournalSettings(), environ), log_file(environ).parent):
        assert place == Path("/h/.local/state/opsconsole")


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "somewhere"}])
def test_without_a_home_the_user_database_is_asked(environ: dict[str, str]) -> None:
    assert state_folder(environ) == Path(pwd.getpwuid(os.getuid()).pw_dir, ".local/state/opsconsole")


def test_a_user_in_no_database_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: (1 << 31) - 7)
    assert state_folder({}) == Path("/.local/state/opsconsole")


def test_the_journals_own_folder_goes_before() -> None:
    assert journal_folder(JournalSettings(folder="/j"), {"XDG_STATE_HOME": "/s"}) == Path("/j")


def test_every_folder_that_is_made_is_private_and_none_that_was_there_is_changed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path / "state" / "opsconsole" / "rehearsals")
    modes = [
        (tmp_path / each).stat().st_mode & 0o777
        for each in (".", "state", "state/opsconsole", "state/opsconsole/rehearsals")
    ]
    assert modes == [0o755, 0o700, 0o700, 0o700]
    make_private(tmp_path / "state")


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        make_private(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "file" / "below")
