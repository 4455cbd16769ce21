"""What was confirmed is carried through: a lost window or a polite kill ends the screen, never a kill switch half-way.

The same process finishes, with the same gate and permits: it turns deaf to the hang-up, lets go of the terminal
and waits a bounded time. A child of its own would be another thing that has to be started in the worst moment, and what
ends whole sessions (a container's end, ``KillUserProcesses``) ends both. What a SIGKILL leaves half-way is told by the
next console or command, and ``u`` knows what had been begun.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from types import FrameType

from opsconsole.commands.acting.pumping import Pumping
from opsconsole.commands.output import outlast_output, print_lines
from opsconsole.console import Console
from opsconsole.endings import ENDINGS, LOST, STOPS
from opsconsole.present.plans import printed_outcome, progress
from opsconsole.records import Outcome
from opsconsole.switches.engine.board import Execution, Switchboard

LIMIT = 300.0
"""Seconds that a console without a terminal goes on at most: a revocation on a slow server has taken 63."""

_BEAT = 0.1
_KEYS = (signal.SIGINT, signal.SIGQUIT)


class HalfWayError(Exception):
    """What was begun is not over, and is not waited for any longer."""


class Carrier:
    """Keeps the command line going once something was confirmed.

    Before that a signal ends the process as ever; after it the terminal may go, a stray signal is said and passes, and
    nothing stops it until the shell's ``fg``: with it the kill would stop half-way.
    """

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._deadline: float | None = None
        self._confirmed = False
        self._interrupts = 0

    @contextlib.contextmanager
    def installed(self) -> Iterator[Carrier]:
        """Obey the signals this way within the block, and stay deaf to them once something was confirmed."""
        before = {number: signal.signal(number, self._hear) for number in ENDINGS}
        before |= {number: signal.getsignal(number) for number in (signal.SIGINT, *STOPS)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_IGN if self._deadline is not None else handler)

    def confirm(self) -> None:
        """From here on it is carried through."""
        self._confirmed = True
        signal.signal(signal.SIGINT, self._hear)
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)

    def result(self, future: Future[Outcome]) -> Outcome:
        """Wait for the outcome.

        Raises:
            HalfWayError: interrupted twice from the keyboard, or not over ``LIMIT`` seconds after the terminal went.
        """
        while self._interrupts < 2 and (self._deadline is None or time.monotonic() < self._deadline):
            try:
                return future.result(timeout=_BEAT)
            except NotYetError:
                if future.done():
                    raise
        raise HalfWayError

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if not self._confirmed:
            raise SystemExit(128 + number)
        if number in _KEYS:
            self._interrupts += 1
            say("what was confirmed is carried through; interrupt again to leave it half-way")
        elif number not in LOST:
            say(f"{signal.Signals(number).name} came and is passed over: what was confirmed is carried through")
        elif self._deadline is None:
            self._deadline = time.monotonic() + LIMIT
            self._board.unattended(f"its terminal was lost ({signal.Signals(number).name})")
            let_go()


def carry_through(console: Console, code: int, at_work: Sequence[str] = ()) -> int:
    """Finish what is being executed behind a screen that has ended with ``code``; returns the exit code.

    With a terminal still there (``q``) it tells there how that goes on and what comes of it, and an interrupt leaves it
    half-way.

    Args:
        console: whose screen has ended.
        code: with which the screen ended; 128 and the number of a signal that ended it.
        at_work: names of the switches that were being executed then; one may be over by now.
    """
    board = console.switchboard
    if not isinstance(board, Switchboard) or not (at_work or board.executing()):
        return code
    outlast_output()
    if code - 128 in LOST:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        board.unattended(f"its terminal was lost ({signal.Signals(code - 128).name})")
        let_go()
    else:
        say(f"what was confirmed is carried through, for {LIMIT:g} s at most; an interrupt leaves it half-way")
    told = _Telling(board, at_work)
    try:
        with _unstopped():
            _pump_until_over(console, board, told)
        told.end()
    except KeyboardInterrupt:
        say("left half-way: undo and the journal know what was begun")
        return 130
    finally:
        console.stop()
    return code


@contextlib.contextmanager
def _unstopped() -> Iterator[None]:
    r"""Within the block Ctrl-Z and a terminal used from the background stop nothing half-way; Ctrl-\ is as Ctrl-C."""
    before = {number: signal.getsignal(number) for number in (*STOPS, signal.SIGQUIT)}
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    if before[signal.SIGQUIT] is not signal.SIG_IGN:  # a lost terminal has no keys
        signal.signal(signal.SIGQUIT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pump_until_over(console: Console, board: Switchboard, told: _Telling) -> None:
    deadline, pumping = time.monotonic() + LIMIT, Pumping(console)
    while board.executing() and time.monotonic() < deadline:
        pumping.once()  # the proofs look at the decision stream and the pods as the store has them
        told.look()
        time.sleep(_BEAT)


class _Telling:
    """Tells on the terminal, where the screen was, how what was begun goes on, and what came of it."""

    def __init__(self, board: Switchboard, names: Sequence[str]) -> None:
        self._board = board
        self._shown: dict[str, dict[str, str]] = {name: {} for name in names}
        self._begun = {name: board.running(name) or board.last(name) for name in names}
        self._titled: set[str] = set()

    def look(self) -> None:
        """Print what is new."""
        for name in self._shown:
            self._progress(name, self._board.running(name))

    def end(self) -> None:
        """Print each verdict; of what is not over, that, and where to look for it."""
        for name in self._shown:
            running, last, begun = self._board.running(name), self._board.last(name), self._begun[name]
            if running is not None:
                self._progress(name, running)
                _print(f"{name}: NOT OVER after {LIMIT:g} s, and not waited for any longer: see opsconsole status")
            elif last is not None and begun is not None and last.plan is begun.plan:
                self._progress(name, last)
                _print(printed_outcome(last.outcome))
            else:  # an earlier execution's verdict is none of this one's
                _print(f"{name}: NOT EXECUTED: it was refused before its first step; see opsconsole journal show")

    def _progress(self, name: str, execution: Execution | None) -> None:
        if execution is None:
            return
        if name not in self._titled:
            self._titled.add(name)
            _print(execution.plan.title)
        for words in progress(execution.plan, execution.outcome, self._shown[name]):
            _print(words)


def _print(words: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the terminal may go while we write
        print_lines(words)


def let_go() -> None:
    """Let go of a terminal that is gone: what is still written there must not fail, nor stop us."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


def say(words: str) -> None:
    """Say it on standard error, if that is still there."""
    with contextlib.suppress(
        OSError, ValueError, RuntimeError
    ):  # a signal may come while the same stream is written to
        sys.stderr.write(f"opsconsole: {words}\n")
        sys.stderr.flush()
