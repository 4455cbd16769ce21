"""What is told on the terminal of what was at work when the screen ended: its own verdict, or that there is none."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.commands.acting.carry import Carrier, HalfWayError, carry_through
from opsconsole.console import Console
from opsconsole.endings import ENDINGS, STOPS, STRAY
from opsconsole.journal.writer import JournalError
from opsconsole.records import Step
from opsconsole.settings import Settings
from opsconsole.store import Delta
from tests.support.waiting import eventually
from tests.switches.toys import Toys


class Left:
    """A console whose screen has ended while its revocation is held."""

    def __init__(self, folder: Path) -> None:
        self.let = threading.Event()
        self.let.set()
        self.toys = Toys(folder, deed=self._deed)
        self.board = self.toys.board
        self.console = Console(Settings(), [], self.toys.clock)
        self.console.switchboard = self.board

    def execute(self) -> None:
        future = self.board.execute(self.board.make_plan("revoke"))
        if self.let.is_set():
            future.result(timeout=60)
        else:
            eventually(lambda: self.board.running("revoke") is not None, "it is at work")

    def told(self, capsys: pytest.CaptureFixture[str]) -> str:
        """What is printed when it goes on only once it is carried through."""
        self.console.pump = self._go_on  # type: ignore[method-assign]
        carry_through(self.console, 0, ("revoke",))
        return capsys.readouterr().out

    def _go_on(self) -> Delta:
        self.let.set()
        return Delta({}, {}, [], set())

    def _deed(self, _step: Step) -> str:
        self.let.wait(60)
        return "done"


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Left]:
    """As a terminal starts it: a shell has what runs in its background ignore Ctrl-C, and the tests may run there."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGQUIT: signal.signal(signal.SIGQUIT, signal.SIG_DFL),
    }
    made = Left(tmp_path / "journal")
    yield made
    made.toys.executor.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_its_own_verdict_is_told_though_the_switch_was_used_before(
    left: Left, capsys: pytest.CaptureFixture[str]
) -> None:
    left.execute()
    before = left.board.last("revoke")
    left.let.clear()
    left.execute()
    told = left.told(capsys)
    last = left.board.last("revoke")
    assert last is not None
    assert before is not None
    assert last.outcome.run in told
    assert before.outcome.run not in told


@pytest.mark.parametrize("earlier", [0, 1])
def test_of_one_that_was_refused_no_verdict_is_told(
    left: Left, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    for _ in range(earlier):
        left.execute()

    def full(*_: Any, **__: Any) -> None:
        left.let.wait(60)
        raise JournalError("no space left on device")

    monkeypatch.setattr(left.toys.gate, "execute", full)
    left.let.clear()
    left.execute()
    told = left.told(capsys)
    assert "revoke: NOT EXECUTED" in told
    assert "PROVED" not in told
    assert "NOT OVER" not in told


@pytest.mark.parametrize("number", STRAY)
def test_a_stray_signal_after_the_confirmation_stops_nothing_half_way(
    left: Left, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    left.let.clear()
    with Carrier(left.board).installed() as carrier:
        carrier.confirm()
        future = left.board.execute(left.board.make_plan("revoke"))
        signal.raise_signal(number)
        left.let.set()
        outcome = carrier.result(future)
    assert outcome.success
    assert f"{signal.Signals(number).name} came and is passed over" in capsys.readouterr().err


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_before_the_confirmation_ends_it_with_its_own_code(left: Left, number: int) -> None:
    with pytest.raises(SystemExit) as ended, Carrier(left.board).installed():
        signal.raise_signal(number)
    assert ended.value.code == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_an_interrupt_after_the_confirmation_leaves_it_half_way_only_when_repeated(
    left: Left, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    left.let.clear()
    with Carrier(left.board).installed() as carrier:
        carrier.confirm()
        future = left.board.execute(left.board.make_plan("revoke"))
        signal.raise_signal(number)
        assert "interrupt again to leave it half-way" in capsys.readouterr().err
        signal.raise_signal(number)
        with pytest.raises(HalfWayError):
            carrier.result(future)
    left.let.set()


def test_one_interrupt_after_the_confirmation_stops_nothing(left: Left) -> None:
    left.let.clear()
    with Carrier(left.board).installed() as carrier:
        carrier.confirm()
        future = left.board.execute(left.board.make_plan("revoke"))
        signal.raise_signal(signal.SIGINT)
        left.let.set()
        assert carrier.result(future).success
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nothing_stops_it_until_the_shells_fg_once_it_is_confirmed(left: Left) -> None:
    before = [signal.getsignal(number) for number in STOPS]
    with Carrier(left.board).installed() as carrier:
        assert [signal.getsignal(number) for number in STOPS] == before
        carrier.confirm()
        assert [signal.getsignal(number) for number in STOPS] == [signal.SIG_IGN] * len(STOPS)
    assert [signal.getsignal(number) for number in STOPS] == before


def test_ctrl_z_stops_nothing_half_way_behind_a_screen_that_was_left(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [signal.getsignal(number) for number in STOPS]
    heard: list[object] = []

    def pump() -> None:
        heard.extend(signal.getsignal(number) for number in STOPS)
        left.let.set()

    monkeypatch.setattr(left.console, "pump", pump)
    left.let.clear()
    left.execute()
    carry_through(left.console, 0, ("revoke",))
    assert set(heard) == {signal.SIG_IGN}
    assert [signal.getsignal(number) for number in STOPS] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_an_interrupt_behind_a_screen_that_was_left_leaves_it_half_way(
    left: Left, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(left.console, "pump", lambda: signal.raise_signal(number))
    left.let.clear()
    left.execute()
    assert carry_through(left.console, 0, ("revoke",)) == 130
    assert "left half-way" in capsys.readouterr().err
    left.let.set()
