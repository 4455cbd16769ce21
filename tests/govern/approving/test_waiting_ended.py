"""`opsconsole approve sign` stays until its approval is gone: a signal ends that, and several at once do too."""

from __future__ import annotations

import signal
from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.commands.acting import approve
from opsconsole.records import Ref
from opsconsole.switches.approve.plan import ApprovalPlace, Given, WithdrawFacts
from opsconsole.switches.withdraw.lapse import Lapses
from tests.support.clock import NOW, ManualClock

WEB = Ref("Deployment", "shop", "web", "u1")
STANDS = Given(WEB, "g", until=NOW + 60.0, mine=True)


def test_a_session_s_end_that_sends_a_signal_while_another_is_heard_ends_the_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hearing both would take the lock of one Event twice, and wait for itself for ever."""
    heard, stop = list[int](), Lapses.stop

    def held_up(lapses: Lapses) -> None:
        heard.append(len(heard))
        if len(heard) == 1:
            signal.raise_signal(signal.SIGHUP)
        stop(lapses)

    def gather() -> WithdrawFacts:
        signal.raise_signal(signal.SIGTERM)
        return WithdrawFacts((STANDS,))

    monkeypatch.setattr(Lapses, "stop", held_up)
    board: Any = SimpleNamespace(switch=lambda _: SimpleNamespace(gather=gather))
    console: Any = SimpleNamespace(clock=ManualClock())
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    approve._look_after(board, console, [ApprovalPlace(WEB, WEB)])
    assert heard == [0]
    assert "the approval is left as it is" in capsys.readouterr().err
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before
