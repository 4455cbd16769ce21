"""The journal tells of every edit, cut and reordering, and survives a write that was cut short."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.journal import writer
from opsconsole.journal.reader import read_entries, verify
from opsconsole.journal.writer import FILE, HEAD, Journal, JournalError
from tests.journal.conftest import WHO
from tests.support.clock import ManualClock

LINES = 6


def written(folder: Path, count: int = LINES) -> bytes:
    journal = Journal(folder, ManualClock(), lambda: WHO)
    for number in range(count):
        journal.append("note", {"text": f"step {number} — ü", "number": number, "part": 0.1 * number})
    return (folder / FILE).read_bytes()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    folder = tmp_path_factory.mktemp("original")
    return written(folder), (folder / HEAD).read_bytes()


def test_an_untouched_journal_is_intact(journal: Journal, folder: Path) -> None:
    data = written(folder)
    report = verify(folder)
    assert (report.status, report.entries, report.seq) == ("intact", LINES, LINES)
    assert data.count(b"\n") == LINES
    assert report.head == read_entries(folder)[-1].hash


def test_no_journal_is_an_empty_intact_one(folder: Path) -> None:
    assert verify(folder).status == "intact"
    assert read_entries(folder) == []


def test_files_are_for_their_owner_alone(journal: Journal, folder: Path) -> None:
    journal.append("note", {})
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600


@given(data=st.data())
def test_tampering_anywhere_is_detected(
    original: tuple[bytes, bytes], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines, head = original
    changed = data.draw(tampered(lines))
    if changed == lines:
        return
    folder = tmp_path_factory.mktemp("tampered")
    (folder / FILE).write_bytes(changed)
    (folder / HEAD).write_bytes(head)
    report = verify(folder)
    assert report.problems
    if not lines.startswith(changed) or len(lines) - len(changed) > 1:
        assert report.status == "broken"


@st.composite
def tampered(draw: st.DrawFn, data: bytes) -> bytes:
    """``data`` with a byte changed, added or taken, a stretch cut, or its lines moved, doubled or dropped."""
    how = draw(st.sampled_from(["flip", "insert", "cut", "truncate", "swap", "double", "drop"]))
    place = draw(st.integers(0, len(data) - 1))
    if how == "flip":
        return data[:place] + bytes([data[place] ^ draw(st.integers(1, 255))]) + data[place + 1 :]
    if how == "insert":
        return data[:place] + draw(st.binary(min_size=1, max_size=40)) + data[place:]
    if how == "cut":
        return data[:place] + data[place + draw(st.integers(1, 400)) :]
    if how == "truncate":
        return data[:place]
    lines = data.splitlines(keepends=True)
    first, second = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    if how == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    elif how == "double":
        lines.insert(second, lines[first])
    else:
        del lines[first]
    return b"".join(lines)


def test_an_exchanged_head_is_detected(folder: Path) -> None:
    written(folder)
    (folder / HEAD).write_text("6 " + "0" * 64)
    assert verify(folder).status == "broken"
    (folder / HEAD).unlink()
    assert "missing" in str(verify(folder).problems[0])


def test_a_chain_made_anew_is_detected_by_the_noted_hash(folder: Path, tmp_path: Path) -> None:
    written(folder)
    noted = read_entries(folder)[2].hash
    assert verify(folder, noted).status == "intact"
    forged = tmp_path / "forged"
    Journal(forged, ManualClock(2.0), lambda: WHO).append("note", {"text": "nothing happened"})
    assert verify(forged).status == "intact"
    assert "written anew" in str(verify(forged, noted).problems[0])


@pytest.mark.parametrize("kept", [1, 57, -2])
def test_a_torn_last_line_is_told_and_survived(folder: Path, journal: Journal, kept: int) -> None:
    written(folder)
    path = folder / FILE
    whole = path.read_bytes()
    torn = whole.splitlines(keepends=True)[-1].replace(b'"seq":6', b'"seq":7')[:kept]
    path.write_bytes(whole + torn)
    assert verify(folder).status == "torn"
    entry = journal.append("note", {"text": "after the crash"})
    kinds = [each.kind for each in read_entries(folder)]
    assert kinds[-2:] == ["recovered", "note"]
    assert entry.seq == LINES + 2
    report = verify(folder)
    assert report.status == "torn"
    assert "torn line" in str(report.problems[0])


def test_a_whole_line_without_its_end_is_kept(folder: Path, journal: Journal) -> None:
    written(folder)
    path = folder / FILE
    path.write_bytes(path.read_bytes()[:-1])
    assert verify(folder).status == "torn"
    journal.append("note", {})
    assert [entry.seq for entry in read_entries(folder)] == list(range(1, LINES + 2))
    assert verify(folder).status == "intact"


def test_an_edit_hidden_behind_a_recovery_is_still_detected(folder: Path, journal: Journal) -> None:
    data = written(folder)
    (folder / FILE).write_bytes(data[:-200])
    journal.append("note", {"text": "as if nothing were"})
    assert verify(folder).status == "broken"
    assert any("cut off" in str(problem) for problem in verify(folder).problems)


def test_a_torn_line_changed_later_is_detected(folder: Path, journal: Journal) -> None:
    written(folder)
    path = folder / FILE
    path.write_bytes(path.read_bytes() + b'{"at":17')
    journal.append("note", {})
    path.write_bytes(
        path.read_bytes().replace(b'{"at":17{"at"', b'{"at":18{"at"').replace(b'{"at":17\n', b'{"at":18\n')
    )
    assert verify(folder).status == "broken"


def test_a_full_disk_is_an_error_and_leaves_no_torn_line(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(folder)
    real = os.write
    calls: list[int] = []

    def full(descriptor: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) == 1:
            return real(descriptor, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer.os, "write", full)
    with pytest.raises(JournalError, match="No space left"):
        journal.append("note", {"text": "x"})
    monkeypatch.undo()
    assert (folder / FILE).read_bytes() == before
    journal.append("note", {"text": "there is room again"})
    assert verify(folder).status == "intact"


def test_a_real_full_disk_is_told_in_words(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to("/dev/full")
    with pytest.raises(JournalError, match=r"No space left|can't be written"):
        Journal(tmp_path, clock, lambda: WHO).append("note", {})


def test_a_folder_that_is_a_file_is_told_in_words(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(JournalError, match="can't be written"):
        Journal(tmp_path / "x" / "journal", clock, lambda: WHO).append("note", {})


def test_two_writers_take_turns(folder: Path, clock: ManualClock) -> None:
    writers = [Journal(folder, clock, lambda: WHO, lock_seconds=60) for _ in range(4)]
    threads = [threading.Thread(target=lambda j=j: [j.append("note", {"n": n}) for n in range(10)]) for j in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(folder).status == "intact"
    assert len(read_entries(folder)) == 40


def test_a_lock_that_is_never_given_back_does_not_hang_the_console(folder: Path, clock: ManualClock) -> None:
    import fcntl

    Journal(folder, clock, lambda: WHO).append("note", {})
    with (folder / FILE).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(JournalError, match="another process"):
            Journal(folder, clock, lambda: WHO, lock_seconds=0.05).append("note", {})


_WRITER = """
import sys
from pathlib import Path
from opsconsole.clock import SystemClock
from opsconsole.journal.entry import Who
from opsconsole.journal.writer import Journal
journal = Journal(Path(sys.argv[1]), SystemClock(), Who)
for number in range(100000):
    journal.append("note", {"number": number, "text": "x" * 2000})
    if number % 5 == 0:
        print(number, flush=True)
"""


def test_kill_9_in_the_middle_keeps_every_entry_that_was_promised(folder: Path, journal: Journal) -> None:
    writing = subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert writing.stdout is not None
        promised = [int(writing.stdout.readline()) for _ in range(6)]
        writing.send_signal(signal.SIGKILL)
        rest = writing.stdout.read().split()
        promised += [int(line) for line in rest]
    finally:
        writing.kill()
        writing.wait()
        writing.stdout.close()
    assert verify(folder).status in {"intact", "torn"}
    numbers = {entry.body["number"] for entry in read_entries(folder)}
    assert set(promised) <= numbers
    journal.append("note", {"number": -1})
    assert verify(folder).status in {"intact", "torn"}


def test_a_head_that_follows_is_noted_with_the_next_entry(journal: Journal, folder: Path) -> None:
    first = journal.append("note", {}, head_follows=True)
    assert (folder / HEAD).read_text() == f"1 {first.hash}\n", "the first entry of all notes its own"
    journal.append("intent", {}, head_follows=True)
    assert (folder / HEAD).read_text() == f"1 {first.hash}\n"
    assert verify(folder).status == "intact"
    last = journal.append("end", {})
    assert (folder / HEAD).read_text() == f"3 {last.hash}\n"
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[: whole.index(b"\n", whole.index(b"\n") + 1) + 1])
    assert any("the end was cut off: entry 3" in str(problem) for problem in verify(folder).problems)


def test_a_console_that_dies_behind_its_intent_leaves_an_intact_journal(folder: Path) -> None:
    journal = Journal(folder, ManualClock(), lambda: WHO)
    journal.append("note", {})
    journal.append("intent", {"run": "a"}, head_follows=True)
    after = Journal(folder, ManualClock(), lambda: WHO)
    after.append("note", {})
    assert verify(folder).status == "intact"
    assert [each.kind for each in read_entries(folder)] == ["note", "intent", "note"]
