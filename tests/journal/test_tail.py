"""A trashed journal: appending stays possible and its work linear, and nobody is told that nothing was done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.cli import main
from opsconsole.clock import SystemClock
from opsconsole.journal import tail as tail_module
from opsconsole.journal.entry import MAX_BODY, Who, canonical, within
from opsconsole.journal.reader import read_checked, read_entries, verify
from opsconsole.journal.tail import find_tail
from opsconsole.journal.writer import FILE, Journal, JournalError
from opsconsole.switches.aftermath import aftermath

JUNK = {
    "short lines": b"x\n" * 400_000,
    "empty lines": b"\n" * 800_000,
    "one line": b"x" * 800_000,
    "lines like entries": b'{"seq":1}\n' * 80_000,
    "no line at all": b"\xff" * 800_000 + b"\n",
}


class Counting:
    """Counts the bytes that are read and the lines that are parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read = self.parsed = 0
        pread, parse = os.pread, tail_module.parse

        def counted_pread(descriptor: int, count: int, at: int) -> bytes:
            self.read += count
            return pread(descriptor, count, at)

        def counted_parse(line: bytes) -> object:
            self.parsed += len(line)
            return parse(line)

        monkeypatch.setattr(tail_module.os, "pread", counted_pread)
        monkeypatch.setattr(tail_module, "parse", counted_parse)


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_junk_behind_the_end_is_read_a_fixed_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, junk: bytes
) -> None:
    Journal(tmp_path, SystemClock(), Who).append("note", {"text": "before"})
    with (tmp_path / FILE).open("ab") as file:
        file.write(junk)
    counting = Counting(monkeypatch)
    Journal(tmp_path, SystemClock(), Who).append("note", {"text": "after"})
    assert counting.read <= 4 * len(junk) + (1 << 18)
    assert counting.parsed <= 2 * len(junk) + (1 << 18)
    assert [entry.kind for entry in read_entries(tmp_path)] == ["note", "recovered", "note"]
    assert verify(tmp_path).status == "torn"


def test_an_end_that_is_too_far_is_said_and_not_searched_for(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.touch(0o600)
    os.truncate(path, tail_module.FARTHEST + (1 << 20))  # a hole: nothing is on the disk
    with pytest.raises(JournalError, match="are no entries; put the file aside"):
        Journal(tmp_path, SystemClock(), Who).append("note", {})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=90_000).map(lambda line: line.replace(b"\n", b" ")), max_size=5), st.booleans())
def test_the_newest_entry_is_found_whatever_lies_behind_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], ended: bool
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    entry = Journal(folder, SystemClock(), Who).append("note", {"text": "x" * 70_000})
    size = (folder / FILE).stat().st_size
    with (folder / FILE).open("ab") as file:
        file.write(b"\n".join(lines) + b"\n" * ended)
    with (folder / FILE).open("rb") as file:
        found = find_tail(file.fileno(), (folder / FILE).stat().st_size)
    assert (found.seq, found.hash, found.offset) == (1, entry.hash, size)


@pytest.mark.parametrize(
    "junk",
    [b"[" * 100_000, os.urandom(300_000), b"\n\n\n", b"{}\n"],
    ids=["brackets", "noise", "empty lines", "no entry"],
)
def test_a_journal_in_which_nothing_can_be_read_is_no_journal_of_nothing(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / FILE).write_bytes(junk)
    (tmp_path / FILE).chmod(0o600)
    for command in (["status"], ["journal", "show"]):
        result = CliRunner().invoke(main, command, env={"OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path)})
        assert result.exit_code == 2
        assert "is an entry" in result.output
        assert "othing was done" not in result.output
    assert "is not known" in aftermath(Journal(tmp_path, SystemClock(), Who), 1.0).words


def test_what_was_trashed_in_the_middle_or_cut_off_is_said_with_what_is_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SystemClock(), Who)
    for _ in range(3):
        journal.append("note", {"text": "x"})
    lines = (tmp_path / FILE).read_bytes().splitlines(keepends=True)
    for kept in ([lines[0], b"trashed\n", lines[2]], lines[:2]):
        (tmp_path / FILE).write_bytes(b"".join(kept))
        entries, doubted = read_checked(tmp_path)
        assert len(entries) == 2
        assert doubted
        result = CliRunner().invoke(main, ["journal", "show"], env={"OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path)})
        assert "edited" in result.output or "cut" in result.output


def test_a_pipe_as_a_journal_hangs_no_command(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    for command in (["status"], ["journal", "show"], ["journal", "verify"]):
        result = CliRunner().invoke(main, command, env={"OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path)})
        assert result.exit_code == 2
        assert "no plain file" in result.output


@pytest.mark.parametrize("how", ["open", "link"])
def test_a_folder_in_other_hands_is_not_read(tmp_path: Path, how: str) -> None:
    Journal(tmp_path / "real", SystemClock(), Who).append("note", {"text": "planted"})
    (tmp_path / "link").symlink_to("real")
    if how == "open":
        (tmp_path / "real").chmod(0o777)
    folder = tmp_path / ("real" if how == "open" else "link")
    for command in (["status"], ["journal", "show"], ["journal", "verify"]):
        result = CliRunner().invoke(main, command, env={"OPSCONSOLE_JOURNAL_FOLDER": str(folder)})
        assert result.exit_code == 2
        assert "planted" not in result.output


@pytest.mark.parametrize(
    "body",
    [
        {"run": "r", "text": "x" * (MAX_BODY + 1)},
        {"run": "r", "texts": ["x" * 5000] * 5000},
        {"run": "r", "numbers": list(range(3_000_000))},
        {"run": "r", "y" * (MAX_BODY + 1): 1},
    ],
)
def test_an_entry_that_is_too_large_is_cut_and_says_so(body: dict[str, object]) -> None:
    cut = within(body)
    assert len(canonical(cut)) <= MAX_BODY
    assert cut["run"] == "r"
    assert b"cut" in canonical(cut)


def test_a_large_entry_is_written_and_found_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SystemClock(), Who)
    journal.append("note", {"run": "r", "texts": ["x" * 5000] * 5000})
    assert Journal(tmp_path, SystemClock(), Who).append("note", {}).seq == 2
    assert verify(tmp_path).status == "intact"
