"""The account of the damage, asked for on one thread and summed up on the pump's."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.console import Console
from opsconsole.settings import Settings
from opsconsole.switches.restore.damage_source import AccountError, DamageAccount


class Governor:
    """Notes the thread that asks it."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.settings = SimpleNamespace(enabled=enabled)
        self.asked: list[str] = []

    def damage(self) -> list[Any]:
        self.asked.append(threading.current_thread().name)
        return ["a row"]


def console_with(governor: Governor | None, patience: float = 20.0) -> tuple[Console, DamageAccount, threading.Event]:
    console = Console(Settings(), [], SystemClock())
    console.governor = governor
    account = DamageAccount(console, patience)
    console.add_observer(account)
    woken = threading.Event()
    console.on_wake(woken.set)
    return console, account, woken


def test_it_is_summed_up_on_the_thread_that_pumps() -> None:
    governor = Governor()
    console, account, woken = console_with(governor)

    def pump() -> None:
        woken.wait(60)
        console.pump()

    pumping = threading.Thread(target=pump, name="the pump")
    pumping.start()
    assert account.rows() == ("a row",)
    pumping.join()
    assert governor.asked == ["the pump"]
    console.pump()
    assert governor.asked == ["the pump"], "nobody has asked again"


@pytest.mark.parametrize("governor", [None, Governor(enabled=False)])
def test_where_nothing_judges_that_is_said(governor: Governor | None) -> None:
    console, account, woken = console_with(governor)
    pumping = threading.Thread(target=lambda: woken.wait(60) and console.pump())
    pumping.start()
    with pytest.raises(AccountError, match="the governor is off"):
        account.rows()
    pumping.join()


def test_a_pump_that_does_not_answer_is_said() -> None:
    _, account, _ = console_with(Governor(), patience=0.01)
    with pytest.raises(AccountError, match="did not come within"):
        account.rows()
