"""What is told on the terminal of what was at work when the screen ended: its own verdict, or that there is none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.commands.acting.carry import carry_through
from opsconsole.console import Console
from opsconsole.journal.writer import JournalError
from opsconsole.records import Step
from opsconsole.settings import Settings
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
            future.result(timeout=20)
        else:
            eventually(lambda: self.board.running("revoke") is not None, "it is at work")

    def told(self, capsys: pytest.CaptureFixture[str]) -> str:
        """What is printed when it goes on only now."""
        threading.Timer(0.3, self.let.set).start()
        carry_through(self.console, 0, ("revoke",))
        return capsys.readouterr().out

    def _deed(self, _step: Step) -> str:
        self.let.wait(20)
        return "done"


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Left]:
    made = Left(tmp_path / "journal")
    yield made
    made.toys.executor.close()


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
        left.let.wait(20)
        raise JournalError("no space left on device")

    monkeypatch.setattr(left.toys.gate, "execute", full)
    left.let.clear()
    left.execute()
    told = left.told(capsys)
    assert "revoke: NOT EXECUTED" in told
    assert "PROVED" not in told
    assert "NOT OVER" not in told
