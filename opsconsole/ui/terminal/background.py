"""Blocking reads on threads of their own: never the event loop's executor, which six hanging streams would fill."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opsconsole.ui.drawing.linewidget import log_failure

if TYPE_CHECKING:
    from opsconsole.console import LogStream

Answer = TypeVar("Answer")
Soon = Callable[[Callable[[], None]], None]
"""Runs a function on the event loop, from any thread."""

WAITING = 5_000
"""Log lines that wait for the screen; of a log that comes faster the oldest are left out, and the screen says so."""

WAITING_CHARACTERS = 8 << 20
"""Characters of those lines."""


def ask(
    name: str, work: Callable[[], Answer], then: Callable[[Answer], None], fail: Callable[[str], None], soon: Soon
) -> None:
    """Do ``work`` on a thread and hand its answer to ``then``, or the reason why there is none to ``fail``."""

    def run() -> None:
        try:
            answer = work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the person at the screen must be told
            reason = in_words(error)
            soon(lambda: fail(reason))
        else:
            soon(lambda: then(answer))

    threading.Thread(target=run, name=f"read {name}", daemon=True).start()


def in_words(error: Exception) -> str:
    """Return what the screen says of an error; one that was not foreseen is logged as the defect it is."""
    from opsconsole.console import InspectError  # noqa: PLC0415 - already imported by then; only its name is needed

    if isinstance(error, InspectError):
        return str(error)
    words = f"this could not be read: {type(error).__name__}: {error}"
    log_failure(words, error)
    return words


class Lines(NamedTuple):
    """What came since the last look. ``ended`` is why nothing more will come; ``None`` while more may."""

    lines: list[str]
    skipped: int
    ended: str | None


class LogReader:
    """Reads a log stream on a thread. ``wake`` is called from that thread when there is something to take.

    Args:
        name: of the thread.
        open_stream: opens the stream; it may block, and raise an ``InspectError``.
        wake: called once for each time that the waiting lines were taken.
    """

    def __init__(self, name: str, open_stream: Callable[[], LogStream], wake: Callable[[], None]) -> None:
        self._open = open_stream
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._skipped = 0
        self._ended: str | None = None
        self._told = False
        self._closed = False
        self._stream: LogStream | None = None
        threading.Thread(target=self._run, name=f"log {name}", daemon=True).start()

    def take(self) -> Lines:
        """Return what came since the last call."""
        with self._lock:
            lines, skipped = list(self._waiting), self._skipped
            self._waiting.clear()
            self._characters, self._skipped, self._told = 0, 0, False
            return Lines(lines, skipped, self._ended)

    def close(self) -> None:
        """Stop reading. Returns at once; a read that hangs is left to its daemon thread."""
        with self._lock:
            self._closed, stream = True, self._stream
        if stream is not None:
            stream.close()

    def _run(self) -> None:
        try:
            stream = self._open()
            with self._lock:
                self._stream, closed = stream, self._closed
            if closed:
                stream.close()
                return
            for line in stream:
                self._add(line)
            self._end("end of the log")
        except Exception as error:  # noqa: BLE001 - as above
            if not self._closed:
                self._end(in_words(error))

    def _add(self, line: str) -> None:
        with self._lock:
            self._waiting.append(line)
            self._characters += len(line)
            while len(self._waiting) > WAITING or self._characters > max(WAITING_CHARACTERS, len(line)):
                self._characters -= len(self._waiting.popleft())
                self._skipped += 1
            told, self._told = self._told, True
        if not told:
            self._wake()

    def _end(self, why: str) -> None:
        with self._lock:
            self._ended = why
        self._wake()
