"""The terminal: a writer that never makes the event loop wait, and a terminal that may go away at any time.

Textual's own writer has a queue of thirty writes and blocks the event loop when the terminal is slow: a kill-switch key
would wait behind a repaint. Here writing never blocks; instead the screens ask :attr:`TerminalDriver.busy` and leave a
paint out while the terminal has not taken the last one. A lost terminal (EOF, EIO after a hang-up) ends the app in
good order instead of spinning or raising.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from opsconsole.files.faults import record_fault

FAREWELL = 1.0
"""Seconds that leaving waits for a terminal that takes nothing any more."""

_PIECE = 4096
"""Bytes that are given to the terminal at once: a larger write could not be broken off."""

_BROKEN_OFF = b"\x18\x1b\\"
"""Ends whatever escape sequence a write was in that was broken off: CAN, and ST for strings."""

POLL = 0.1
"""Seconds between two looks at whether to stop reading; an unfinished escape sequence is given up as quickly."""


class TerminalWriter(threading.Thread):
    """Writes to the terminal on a thread of its own. :meth:`write` returns at once, whatever the terminal does.

    It writes to the file descriptor, not to ``sys.stderr``: a thread stuck in there would hold a lock that the
    interpreter wants when it ends.

    Args:
        fileno: the terminal.
        lost: called once, on the thread, when it can't be written any more: who sees nothing must press nothing.
    """

    def __init__(self, fileno: int, lost: Callable[[], None] = lambda: None) -> None:
        super().__init__(daemon=True, name="opsconsole-terminal")
        self._fileno = fileno
        self._queue: SimpleQueue[tuple[int, str] | None] = SimpleQueue()
        self._round = 0
        self._broken_off = False
        self._lock = threading.Lock()
        self._outstanding = 0
        self._gone = False
        self._lost = lost
        self._place = _place(fileno)

    @property
    def busy(self) -> bool:
        """Whether the terminal has yet to take something. One that is gone is never busy: nothing is written."""
        return self._outstanding > 0 and not self._gone

    def look(self) -> None:
        """Notice that the terminal was closed or exchanged under us though there is nothing to write."""
        if not self._gone and _place(self._fileno) != self._place:
            self._leave()

    def _leave(self) -> None:
        self._gone = True
        self._lost()

    def write(self, text: str) -> None:
        """Hand ``text`` over to the thread."""
        if self._gone:
            return
        with self._lock:
            self._outstanding += 1
        self._queue.put((self._round, text))

    def drop(self) -> None:
        """Leave out what the terminal has not taken yet: what comes next puts it in order, and must still reach it."""
        self._round += 1

    def flush(self) -> None:
        """Nothing to do: what is written is written."""

    def run(self) -> None:
        """Write what comes until told to stop."""
        while (item := self._queue.get()) is not None:
            if not self._gone and item[0] == self._round:
                self._write_all(item[1].encode("utf-8", "replace"), item[0])
            with self._lock:
                self._outstanding -= 1

    def _write_all(self, data: bytes, of_round: int) -> None:
        left = memoryview(_BROKEN_OFF + data if self._broken_off else data)
        self._broken_off = False
        try:
            while left:
                if of_round != self._round:
                    self._broken_off = True
                    return
                try:
                    left = left[os.write(self._fileno, left[:_PIECE]) :]
                except BlockingIOError:
                    # Another program on this terminal has set O_NONBLOCK, which is the terminal's and not a process's.
                    select.select([], [self._fileno], [], POLL)
        except (OSError, ValueError):
            self._leave()

    def stop(self) -> None:
        """End the thread once all is written; a terminal that takes nothing is given up after a second."""
        self._queue.put(None)
        self.join(FAREWELL)


def _place(fileno: int) -> tuple[int, int] | None:
    """Which file a descriptor leads to; ``None``: to none."""
    try:
        found = os.fstat(fileno)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class TerminalDriver(LinuxDriver):
    """Textual's driver with our writer, and with an end of input that is not an error."""

    @property
    def busy(self) -> bool:
        """Whether the terminal has yet to take what was written."""
        writer: Any = self._writer_thread
        return isinstance(writer, TerminalWriter) and writer.busy

    def start_application_mode(self) -> None:
        """Begin, with our writer in the place of Textual's."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        theirs: Any = self._writer_thread
        if theirs is None or self._file is None:
            return
        theirs.stop()
        ours: Any = TerminalWriter(self._file.fileno(), self._hang_up)
        ours.start()
        self._writer_thread = ours

    def stop_application_mode(self) -> None:
        """Put the terminal back in order, before the repaints that a slow one has not taken yet rather than behind."""
        writer: Any = self._writer_thread
        if isinstance(writer, TerminalWriter):
            writer.drop()
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Write without ever waiting. Before the start there is nothing to write to."""
        if self._writer_thread is not None:
            self._writer_thread.write(data)

    def run_input_thread(self) -> None:
        """Read keys until the end. Bytes that are not UTF-8 are no reason to end; a terminal that is gone is."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        while not self.exit_event.is_set():
            writer: Any = self._writer_thread
            if isinstance(writer, TerminalWriter):
                writer.look()
            try:
                readable, _, _ = select.select([self.fileno], [], [], POLL)
                data = os.read(self.fileno, 4096) if readable else None
            except BlockingIOError:  # somebody else on this terminal was quicker
                continue
            except OSError:
                data = b""
            if data == b"":
                self._hang_up()
                return
            try:
                self._obey(parser, decode(data) if data else "")
            except Exception as error:  # noqa: BLE001 - see below
                # A broken mouse report or an answer that nobody asked for must not end the reading of keys, of which
                # the kill keys are some: what could not be read is dropped, and reading goes on.
                record_fault(f"input that could not be read was dropped: {type(error).__name__}", error)
                parser = XTermParser(self._debug)

    def _obey(self, parser: XTermParser, text: str) -> None:
        events: list[Any] = [*(parser.feed(text) if text else ()), *parser.tick()]
        # Typed by hand, each key is read alone; keys that come together were pasted, repeated or typed ahead.
        burst = sum(isinstance(event, Key) for event in events) > 1
        for event in events:
            event.burst = burst
            self.process_message(event)

    def _hang_up(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the app is leaving anyway
            self._loop.call_soon_threadsafe(self._app.exit, None, 128 + signal.SIGHUP)
