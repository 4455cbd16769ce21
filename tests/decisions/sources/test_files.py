"""A log file is followed through everything that rotation does to it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.decisions.feed import DecisionFeed
from opsconsole.decisions.sources import files
from opsconsole.decisions.sources.files import FileSource
from opsconsole.records import Health, State
from tests.decisions.lines import AURA_JSON, AURA_TEXT, Recorder
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


class Followed:
    """A followed file and what came of it."""

    def __init__(self, path: Path, tail: int = 500) -> None:
        self.path = path
        self.lines: list[str] = []
        self.states: list[Health] = []
        self.source = FileSource(str(path), SystemClock(), tail=tail, poll=0.01)
        self.source.start(lambda _source, text, _at: self.lines.append(text), self.states.append)

    def write(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)

    def gives(self, *lines: str) -> None:
        eventually(lambda: len(self.lines) >= len(lines))
        assert self.lines == list(lines)

    def is_in(self, state: State) -> Health:
        eventually(lambda: self.states and self.states[-1].state is state)
        return self.states[-1]


@pytest.fixture
def never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the test takes to go on, on a busy machine, the file does not count as quiet."""
    monkeypatch.setattr(files, "QUIET_POLLS", 1 << 40)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Followed]:
    path = tmp_path / "optimizer.log"
    path.write_text("")
    followed = Followed(path)
    yield followed
    followed.source.stop()


@pytest.mark.usefixtures("never_quiet")
def test_new_lines_come_and_half_a_line_waits_for_its_end(log: Followed) -> None:
    log.write("one\ntw")
    log.gives("one")
    log.write("o\n")
    log.gives("one", "two")


def test_last_line_without_a_line_break_comes_when_the_file_is_quiet(log: Followed) -> None:
    log.write('{"action": "scale"}')
    log.gives('{"action": "scale"}')


def test_history_is_as_long_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "optimizer.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    log = Followed(path, tail=3)
    log.gives("line 97", "line 98", "line 99")
    log.write("line 100\n")
    log.gives("line 97", "line 98", "line 99", "line 100")
    log.source.stop()


@pytest.mark.parametrize("written", [b"1\n2\n3\n", gzip.compress(b"1\n2\n3\n"), "1\n2\n3\n".encode("utf-16")])
def test_it_is_live_once_what_was_there_has_been_given(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "old.log").write_bytes(written)
    said: list[str] = []
    source = FileSource(str(tmp_path / "old.log"), SystemClock(), poll=0.01)
    source.start(lambda _source, text, _at: said.append(text), lambda health: said.append(health.state.value))
    eventually(lambda: State.LIVE.value in said)
    source.stop()
    assert said == ["1", "2", "3", State.LIVE.value]


def test_file_renamed_and_made_anew_is_followed_without_losing_its_last_lines(log: Followed) -> None:
    log.write("before\n")
    log.gives("before")
    with log.path.open("a") as writer:
        log.path.rename(log.path.with_suffix(".log.1"))
        writer.write("still into the old one\n")
        writer.flush()
        log.gives("before", "still into the old one")
    log.write("into the new one\n")
    log.gives("before", "still into the old one", "into the new one")


def test_lines_written_between_the_last_read_and_the_look_at_the_name_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real, done = tmp_path / "optimizer.log", os.read, []
    path.write_text("before\n")
    log = Followed(path)
    log.gives("before")

    def rotates_after(fd: int, size: int) -> bytes:
        block = real(fd, size)
        if not block and not done and os.path.samestat(os.fstat(fd), path.stat()):
            done.append(True)
            log.write("still into the old one\n")
            path.rename(tmp_path / "optimizer.log.1")
            log.write("into the new one\n")
        return block

    monkeypatch.setattr(os, "read", rotates_after)
    log.gives("before", "still into the old one", "into the new one")
    log.source.stop()


@pytest.mark.usefixtures("never_quiet")
def test_writer_that_is_told_late_of_the_rotation_is_read_to_its_end(log: Followed) -> None:
    log.write("before\n")
    log.gives("before")
    with log.path.open("a") as writer:
        log.path.rename(log.path.with_suffix(".log.1"))
        log.path.write_text("")  # as logrotate's `create` does, before it tells the writer
        writer.write("still into the old one\n")
        writer.flush()
        log.gives("before", "still into the old one")
    log.write("into the new one\n")
    log.gives("before", "still into the old one", "into the new one")


def test_file_replaced_at_once_is_read_from_its_beginning(log: Followed) -> None:
    log.write("before\n")
    log.gives("before")
    fresh = log.path.with_suffix(".new")
    fresh.write_text("a\nb\n")
    fresh.replace(log.path)
    log.gives("before", "a", "b")


def test_file_truncated_in_place_is_read_from_its_beginning(log: Followed) -> None:
    log.write("a long line before the truncation\n")
    log.gives("a long line before the truncation")
    os.truncate(log.path, 0)
    log.write("short\n")
    log.gives("a long line before the truncation", "short")


def test_file_truncated_and_longer_again_at_once_is_noticed(log: Followed) -> None:
    log.write("short\n")
    log.gives("short")
    with log.path.open("r+") as file:  # no moment between the two at which the file is shorter than what was read
        file.write("something longer than before\n")
    log.gives("short", "something longer than before")


def test_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    log = Followed(tmp_path / "later.log")
    assert "not there yet" in log.is_in(State.DOWN).detail
    log.write("first\n")
    log.gives("first")
    log.is_in(State.LIVE)
    log.source.stop()


def test_file_without_permission_is_said_to_be_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.log"
    path.write_text("x\n")
    real = os.open

    def refuse(name: object, *rest: int, **more: int) -> int:
        if name == path:
            raise PermissionError(13, "Permission denied")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)  # root may read everything
    log = Followed(path)
    assert str(path) in log.is_in(State.DENIED).detail
    monkeypatch.undo()
    log.gives("x")
    log.source.stop()


def test_folder_is_refused_in_words(tmp_path: Path) -> None:
    folder = Followed(tmp_path)
    health = folder.is_in(State.DOWN)
    assert "is a folder" in health.detail
    assert health.unread  # a restore must not take this for a log that tells nothing
    folder.source.stop()


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"x\ny\n"), "\ufeffx\ny\n".encode("utf-16-le")], ids=["gzip", "UTF-16"]
)
def test_packed_file_is_read_once(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "old.log"
    path.write_bytes(packed)
    log = Followed(path)
    log.gives("x", "y")
    assert "not followed" in log.is_in(State.LIVE).detail
    log.source.stop()


def test_broken_gzip_is_said(tmp_path: Path) -> None:
    path = tmp_path / "old.log.gz"
    path.write_bytes(gzip.compress(b"x\n" * 1000)[:20] + b"broken" * 50)
    log = Followed(path)
    assert "broken gzip" in log.is_in(State.DOWN).detail
    log.source.stop()


def test_rotated_siblings_are_not_read(log: Followed) -> None:
    log.path.with_suffix(".log.2.gz").write_bytes(gzip.compress(b"old\n"))
    log.path.with_suffix(".log.1").write_text("old\n")
    log.write("new\n")
    log.gives("new")


def test_bytes_that_are_no_utf8_stay_readable(log: Followed) -> None:
    with log.path.open("ab") as file:
        file.write(b"caf\xe9 \xff\n")
    log.gives("café ÿ")


def test_endless_line_comes_in_pieces(log: Followed) -> None:
    log.write("x" * 1_000_000)
    eventually(lambda: sum(map(len, log.lines)) == 1_000_000)
    assert max(map(len, log.lines)) <= 600_000


def test_containers_log_on_a_node_is_read_without_the_runtimes_envelope(tmp_path: Path) -> None:
    path = tmp_path / "0.log"
    path.write_text("")
    recorder = Recorder()
    feed = DecisionFeed(FileSource(str(path), SystemClock(), poll=0.01), SystemClock())
    feed.start(recorder)
    with path.open("a") as file:
        file.write('2023-10-27T03:14:22.5Z stdout P {"action": \n')
        file.write("2023-10-27T03:14:22.6Z stderr F in between\n")
        file.write('2023-10-27T03:14:22.7Z stdout F "scale"}\n')
        file.write('{"log":"from docker\\n","stream":"stdout","time":"2023-10-27T03:14:23Z"}\n')
        file.write('{"log":"not docker\'s","level":"INFO"}\n')
        file.write("2023-10-27T03:14:24Z stdout P cut off\n")
    eventually(lambda: len(recorder.decisions) >= 4)  # what is cut off comes with the end, or when it is quiet
    feed.stop()
    assert [(decision.message, decision.at) for decision in recorder.decisions] == [
        ("in between", 1698376462.6),
        ("scale", 1698376462.5),
        ("from docker", 1698376463.0),
        ("not docker's", None),
        ("cut off", 1698376464.0),
    ]


def test_named_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    log = Followed(path)
    log.is_in(State.LIVE)
    log.write("through the pipe\n")
    log.gives("through the pipe")
    log.source.stop()


def test_state_that_stays_is_told_once(tmp_path: Path) -> None:
    log = Followed(tmp_path / "never.log")
    log.is_in(State.DOWN)
    other = Followed(tmp_path / "other.log")
    other.write("x\n")
    other.gives("x")
    assert len(log.states) == 1
    log.source.stop()
    other.source.stop()


def test_document_that_the_rotation_cuts_in_two_is_one_decision(tmp_path: Path) -> None:
    path, sink, lines = tmp_path / "optimizer.log", Recorder(), AURA_JSON.splitlines(keepends=True)
    path.write_text(AURA_TEXT[0] + "\n")
    feed = DecisionFeed(FileSource(str(path), SystemClock(), poll=0.01), ManualClock(1_000_000.0))
    feed.start(sink)
    eventually(lambda: sink.decisions)
    with path.open("a") as file:
        file.writelines(lines[:12])
    path.rename(tmp_path / "optimizer.log.1")
    path.write_text("".join(lines[12:]) + "\n" + AURA_TEXT[2] + "\n")
    eventually(lambda: len(sink.decisions) == 3)
    assert sink.bodies == [AURA_TEXT[0], AURA_JSON, AURA_TEXT[2]]
    assert sink.states[-1].state is State.LIVE
    feed.stop()


def test_a_deleted_log_is_said_and_the_new_one_of_its_name_is_followed(log: Followed) -> None:
    log.write("one\n")
    log.gives("one")
    log.path.unlink()
    assert "was deleted" in log.is_in(State.STALE).detail
    log.write("two\n")
    log.gives("one", "two")
    log.is_in(State.LIVE)


def test_a_log_that_was_renamed_is_read_on_and_said(log: Followed) -> None:
    log.is_in(State.LIVE)
    moved = log.path.rename(log.path.with_suffix(".1"))
    assert "was renamed" in log.is_in(State.STALE).detail
    with moved.open("a") as file:
        file.write("late\n")
    log.gives("late")


def test_an_error_of_the_disk_is_said_and_the_log_is_opened_again(
    log: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsconsole.decisions.sources.files.RETRY_SECONDS", 0.01)
    real = os.fstat

    def fails(_fd: int) -> os.stat_result:
        raise OSError(5, "Input/output error")

    log.is_in(State.LIVE)
    monkeypatch.setattr(os, "fstat", fails)
    assert "Input/output error" in log.is_in(State.DOWN).detail
    monkeypatch.setattr(os, "fstat", real)
    log.is_in(State.LIVE)
