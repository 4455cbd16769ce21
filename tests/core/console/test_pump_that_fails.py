"""A judge or an observer that raises: the pump goes on, and what was missed is never taken for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.commands.acting import pumping as pumping_module
from opsconsole.commands.acting import switch_console as command
from opsconsole.commands.acting.pumping import Pumping
from opsconsole.commands.acting.switch_console import switch_console
from opsconsole.console import JUDGES, Console
from opsconsole.records import Finding, Health, State
from opsconsole.settings import Settings
from opsconsole.store import Delta, Store
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.restore.damage_source import DamageAccount
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


class Failing:
    """A judge and an observer; raises the first ``times`` times that it looks at something."""

    def __init__(self, times: int) -> None:
        self._left = times
        self.looked = 0

    def judge(self, store: Store, delta: Delta) -> tuple[Sequence[Finding], Sequence[str]]:
        self.observe(store, delta)
        return (), ()

    def observe(self, store: Store, delta: Delta) -> None:
        del store, delta
        self.looked += 1
        if self._left:
            self._left -= 1
            raise KeyError("a node without a name")

    def next_due(self) -> float | None:
        return 0.0


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    kept: list[str] = []
    monkeypatch.setattr(pumping_module, "record_fault", lambda words, error: kept.append(f"{words}: {error!r}"))
    return kept


def console_with(failing: Failing, how: str) -> Console:
    console = Console(Settings(), [], ManualClock())
    if how == "judge":
        console.add_judge(failing)
    else:
        console.add_observer(failing)
    return console


@pytest.mark.parametrize("how", ["judge", "observer"])
@pytest.mark.parametrize("times", [1, 3])
def test_it_goes_on_and_says_for_good_what_was_missed(faults: list[str], how: str, times: int) -> None:
    failing = Failing(times)
    console = console_with(failing, how)
    pumping = Pumping(console)
    for _ in range(times + 2):
        pumping.once()
    assert failing.looked == times + 2
    assert faults == ["taking in what changed: KeyError('a node without a name')"], "once, however often"
    told = console.health()[JUDGES]
    assert told.state is State.DOWN
    assert told.unread
    assert "a node without a name" in told.detail
    assert "judges: what changed was not wholly looked at" in DamageAccount(console).unseen()


def test_where_nothing_raises_nothing_is_said(faults: list[str]) -> None:
    console = console_with(Failing(0), "judge")
    Pumping(console).once()
    assert JUDGES not in console.health()
    assert not faults


def test_who_pumps_elsewhere_still_hears_of_it() -> None:
    with pytest.raises(KeyError):
        console_with(Failing(1), "observer").pump()


def test_the_thread_of_a_command_lives_on(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], faults: list[str]
) -> None:
    failing = Failing(2)
    console = console_with(failing, "observer")
    console.switchboard = object.__new__(Board)
    monkeypatch.setattr(command, "build_console", lambda _settings, only: console)
    with switch_console(Settings(), "revoke") as (_, board):
        assert board is console.switchboard
        console.inbox.health(Health("pods", State.LIVE, 1.0))
        eventually(lambda: failing.looked > 3 and "pods" in console.health(), "it is pumped on")
    assert len(faults) == 1
    assert "Traceback" not in "".join(capfd.readouterr())


class Board(Switchboard):
    """A switchboard that has nothing to stop and nobody to ask."""

    def stop(self) -> None:
        pass

    def identify(self) -> Any:
        return SimpleNamespace()
