"""Follows a log file by its name, through rotation by rename, through truncation, before it is there and after."""

from __future__ import annotations

import codecs
import os
import stat
from collections import deque
from pathlib import Path

from opsconsole.clock import Clock
from opsconsole.decisions.envelopes import decode
from opsconsole.decisions.sources.source import OnHealth, OnLine
from opsconsole.feeds.polling import Loop, in_words
from opsconsole.records import Health, State
from opsconsole.text import clean_line

POLL_SECONDS = 0.25
"""Between two looks at a quiet file. inotify would be quicker and does not work on network file systems."""

QUIET_POLLS = 8
"""Looks at a quiet file after which a last line without a line break is given out as it is."""

RETRY_SECONDS = 1.0
"""Seconds until a file that could not be read is opened again."""

_BLOCK = 256 * 1024
_MOST_HISTORY = 4 * 1024 * 1024
_FINGERPRINT = 256
_GZIP = b"\x1f\x8b"


class FileSource:
    """The lines of one file; what a container runtime wrote around them is taken off.

    Args:
        path: the file; its rotated siblings (``.1``, ``.gz``) are not read.
        clock: for the times of the health.
        tail: lines of history to give at the start; a file that appears later is read from its beginning.
        poll: seconds between two looks.
    """

    def __init__(self, path: str, clock: Clock, tail: int = 500, poll: float = POLL_SECONDS) -> None:
        self._path = Path(path)
        self._source = clean_line(self._path.name)
        self._clock = clock
        self._tail = tail
        self._poll = poll
        self._loop: Loop | None = None

    def start(self, on_line: OnLine, on_health: OnHealth) -> None:
        """Begin to follow the file on a thread of its own."""
        follower = _Follower(self._path, self._source, on_line, on_health, self._clock)
        self._loop = Loop(f"follow {self._source}", lambda: self._step(follower), follower.trouble, follower.close)
        self._loop.start()

    def stop(self) -> None:
        """End within one look."""
        if self._loop is not None:
            self._loop.stop()

    def _step(self, follower: _Follower) -> float:
        if not follower.begun:
            follower.begin(self._tail)
        return 0.0 if follower.look() else self._poll


class _Follower:
    """What the thread knows of the file: the open one, how far it was read, and the line that is not ended yet."""

    def __init__(self, path: Path, source: str, on_line: OnLine, on_health: OnHealth, clock: Clock) -> None:
        self._path = path
        self._source = source
        self._on_line = on_line
        self._on_health = on_health
        self._clock = clock
        self._fd: int | None = None
        self._position = self._history = 0
        self._beginning = b""
        self._lines = decode.LineSplitter()
        self._quiet = 0
        self._tail = 500
        self._packed = False
        self._state: tuple[State, str] = (State.STARTING, "")
        self.begun = False

    def begin(self, tail: int) -> None:
        """Open the file, if it is there, ``tail`` lines before its end."""
        self.begun = True
        self._tail = tail
        if self._open() and not self._packed:
            self._skip_to_tail(tail)

    def look(self) -> bool:
        """Read what is new; true when there was something, so that the next look need not wait."""
        if self._fd is None:
            return self._open()
        try:
            if self._quiet and not self._packed and self._was_truncated(self._fd):
                self._end_line()
                self._lines.new_line()
                self._position, self._beginning, self._quiet = os.lseek(self._fd, 0, os.SEEK_SET), b"", 0
            block = os.read(self._fd, _BLOCK)
        except BlockingIOError:
            block = b""
        except OSError as error:
            self._lose(error)
            return False
        if block:
            self._take(block)
            return True
        return self._at_end(self._fd)

    def trouble(self, error: BaseException) -> float:
        """Whatever went wrong: say so, let go of the file and open it anew a little later."""
        if isinstance(error, OSError):
            self._lose(error)
        else:
            self._say(State.DOWN, f"{self._path}: {in_words(error)}", unread=1)
            self.close()
        return RETRY_SECONDS

    def close(self) -> None:
        """Give out the line that was not ended, and close the file."""
        self._end_line()
        self._lines.new_line()
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _open(self) -> bool:
        try:
            # Non-blocking: a named pipe without a writer must not hang the thread.
            fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._lose(error)
            return False
        if refusal := _refusal(fd):
            os.close(fd)
            self._say(State.DOWN, f"{self._path}: {refusal}", unread=1)
            return False
        self._fd, self._position, self._beginning = fd, 0, b""
        self._packed = _is_packed(fd)
        if self._packed:
            return self._unpack(fd)
        self._history = os.fstat(fd).st_size
        return True

    def _unpack(self, fd: int) -> bool:
        """Give the last lines of a file that is gzip or UTF-16; such a file is read once, for nobody appends to it."""
        try:
            with os.fdopen(os.dup(fd), "rb") as packed:
                kept = deque(decode.lines(packed), maxlen=self._tail)
        except OSError as error:
            self.close()
            self._say(State.DOWN, f"{self._path}: can't be read: {error}", unread=1)
            return False
        for line in kept:
            self._on_line(self._source, line, None)
        self._say(State.LIVE, f"read {self._path}; it is packed and not followed")
        self._position = os.lseek(fd, 0, os.SEEK_END)
        return True

    def _skip_to_tail(self, tail: int) -> None:
        if self._fd is None or not stat.S_ISREG(os.fstat(self._fd).st_mode):
            return
        size = os.fstat(self._fd).st_size
        start = max(0, size - _MOST_HISTORY)
        history = os.pread(self._fd, size - start, start)
        place = len(history)
        for _ in range(tail + 1):
            place = history.rfind(b"\n", 0, place)
            if place < 0:
                break
        if place >= 0:
            start += place + 1
        self._beginning = os.pread(self._fd, _FINGERPRINT, 0)
        self._position = os.lseek(self._fd, start, os.SEEK_SET)

    def _take(self, block: bytes) -> None:
        if len(self._beginning) < _FINGERPRINT and self._position == len(self._beginning):
            self._beginning += block[: _FINGERPRINT - len(self._beginning)]
        self._position += len(block)
        self._quiet = 0
        for line in self._lines.feed(block):
            self._give(line)
        if self._position >= self._history:
            self._say_live()

    def _was_truncated(self, fd: int) -> bool:
        """Truncated in place (copytruncate), the file is a new one under the old inode, and may be longer already."""
        now_open = os.fstat(fd)
        if not stat.S_ISREG(now_open.st_mode):
            return False
        return now_open.st_size < self._position or os.pread(fd, len(self._beginning), 0) != self._beginning

    def _at_end(self, fd: int) -> bool:
        self._quiet += 1
        if self._quiet == QUIET_POLLS:
            self._end_line()
        now_open = os.fstat(fd)
        try:
            named = self._path.stat()
        except OSError as error:
            # Renamed and not made anew yet: the writer may still be writing into this one, or it is gone for good.
            if self._quiet > QUIET_POLLS:
                self._missing(fd, error)
            return False
        self._say_live()
        if os.path.samestat(named, now_open):
            return False
        if not named.st_size and self._quiet <= QUIET_POLLS:
            # Not written to yet: until the writer is told of the rotation, it goes on in the renamed file.
            return False
        self._drain(fd)
        self.close()
        return self._open()

    def _drain(self, fd: int) -> None:
        """Read what was written into the renamed file between the last read and the look at the name."""
        while block := os.read(fd, _BLOCK):
            self._take(block)

    def _missing(self, fd: int, error: OSError) -> None:
        """Say that the name leads nowhere any more, and keep reading what is still open."""
        if not isinstance(error, FileNotFoundError):
            why = f"can't be looked at: {error.strerror}"
        elif os.fstat(fd).st_nlink:
            why = "was renamed, and there is no new file of this name yet"
        else:
            why = "was deleted, and there is no new file of this name yet"
        self._say(State.STALE, f"{self._path}: {why}; nothing new can come until there is")

    def _end_line(self) -> None:
        for rest in self._lines.end():
            self._give(rest)

    def _give(self, line: bytes) -> None:
        self._on_line(self._source, decode.text(line), None)

    def _lose(self, error: OSError) -> None:
        self.close()
        if isinstance(error, FileNotFoundError):
            self._say(State.DOWN, f"{self._path}: not there yet; it is read as soon as it is")
        elif isinstance(error, PermissionError):
            self._say(State.DENIED, f"{self._path}: no permission to read it; see ls -l and id")
        else:
            self._say(State.DOWN, f"{self._path}: can't be read: {error.strerror}; trying again", unread=1)

    def _say_live(self) -> None:
        """Say it once what was there when the file was opened has been given: who waits for that has it then."""
        if self._state[0] is not State.LIVE:
            self._say(State.LIVE, f"following {self._path}")

    def _say(self, state: State, detail: str, unread: int = 0) -> None:
        """Tell of a change, once: a state that stays keeps its ``since``."""
        if (state, detail) == self._state:
            return
        self._state = (state, detail)
        now, words = self._clock.now(), clean_line(detail)
        self._on_health(Health(feed="decisions", state=state, since=now, detail=words, unread=unread))


def _refusal(fd: int) -> str:
    mode = os.fstat(fd).st_mode
    if stat.S_ISDIR(mode):
        return "is a folder; name the log file in it"
    return ""


def _is_packed(fd: int) -> bool:
    """Is it gzip, or UTF-16, whose lines can't be told apart byte by byte?"""
    return stat.S_ISREG(os.fstat(fd).st_mode) and os.pread(fd, 2, 0) in (
        _GZIP,
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_BE,
    )
