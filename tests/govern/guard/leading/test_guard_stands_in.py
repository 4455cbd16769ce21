"""A guard that stands in: what it does once it leads, what it does while it sees nothing, and reasons that run out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.guard.trigger import FRESH
from opsconsole.records import Outcome, Plan, Proof
from tests.govern.guard.leading.test_guard_turns import FREE, FROZEN, Turns
from tests.govern.guard.leading.test_standing import frozen

NO_LEASE = "no Lease can be written"
LONG = int(FRESH) + 5


def found(*switches: Any, **given: Any) -> Turns:
    """A guard that watched for a while, and has a reason."""
    turns = Turns(*switches, **given)
    turns.turn(10)
    turns.finds("cut/web")
    return turns


def unreachable(turns: Turns) -> None:
    def gather() -> Any:
        raise Unreachable("503")

    turns.board.fails = Unreachable("503")
    turns.board.switch = lambda name: SimpleNamespace(gather=gather)  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("switches", "executed"),
    [
        (("freeze",), ["freeze"]),
        (("freeze", "revoke"), ["freeze", "revoke"]),
        (("revoke", "freeze", "optimizer"), ["freeze", "revoke", "optimizer"]),
    ],
)
def test_who_froze_without_a_lease_uses_the_other_switches_once_it_leads_and_freezes_once(
    switches: tuple[str, ...], executed: list[str]
) -> None:
    turns = found(*switches, why_not=NO_LEASE)
    turns.turn(20)
    assert turns.board.executed == ["freeze"]
    turns.leads, turns.why_not = True, ""
    turns.turn(20)
    assert turns.board.executed == executed
    turns.turn(LONG)
    assert "RanOut" not in turns.kinds


def test_the_other_switches_are_not_used_after_a_thaw_or_once_another_leads() -> None:
    for facts in (FREE, FROZEN):
        turns = found("freeze", "revoke", why_not=NO_LEASE)
        turns.turn(20)
        turns.board.facts, turns.why_not = facts, ""
        turns.turn(1)
        turns.leads = True
        turns.turn(20)
        assert turns.board.executed == ["freeze"]


def test_a_freeze_in_another_s_place_that_is_not_proved_is_not_made_each_second() -> None:
    turns = found("freeze", "revoke", why_not=NO_LEASE)

    def execute(plan: Plan, **_: Any) -> Any:
        turns.board.executed.append(plan.switch)
        outcome = Outcome(plan.switch, 0.0, 1.0, proofs=(Proof("frozen", None),))
        return SimpleNamespace(result=lambda: outcome)

    turns.board.execute = execute  # type: ignore[method-assign]
    turns.turn(30)
    assert turns.board.executed == ["freeze"]


@pytest.mark.parametrize("why_not", ["", NO_LEASE])
def test_while_nothing_can_be_read_it_stands_in_for_nobody_and_says_so_once(why_not: str) -> None:
    turns = found(why_not=why_not)
    unreachable(turns)
    turns.turn(40)
    assert (turns.kinds, turns.counted, turns.board.planned[1:]) == (["NotActing"], (0, 1), [])
    turns.turn(LONG)
    assert (turns.kinds, turns.counted) == (["NotActing", "RanOut"], (0, 1))


def test_once_it_can_be_read_again_that_nothing_is_frozen_it_stands_in() -> None:
    turns = found()
    turns.board.facts = frozen(None, problem="policies can't be read: 503")
    turns.turn(30)
    assert turns.board.executed == []
    turns.board.facts = FREE
    turns.turn(1)
    assert turns.board.executed == ["freeze"]


@pytest.mark.parametrize(
    ("switches", "why_not", "kinds"),
    [
        (("freeze",), "", ["RanOut"]),
        (("freeze", "revoke"), "", ["RanOut"]),
        (("freeze",), NO_LEASE, ["NotActing", "RanOut"]),
        (("revoke",), NO_LEASE, ["NotActing", "RanOut"]),
        (("revoke",), "", []),  # the leader may have used it: that can't be seen
    ],
)
def test_a_reason_that_runs_out_is_told_once_and_counted_once(
    switches: tuple[str, ...], why_not: str, kinds: list[str]
) -> None:
    turns = Turns(*switches, why_not=why_not)
    turns.guard._settings = msgspec.structs.replace(turns.guard._settings, stand_down_seconds=300.0)
    turns.finds("cut/web")
    turns.turn(3 * LONG)
    assert (turns.kinds, turns.board.executed) == (kinds, [])
    assert turns.guard.state.failures == bool(kinds)
    assert not kinds or "began, or was away, less than 300 s ago" in turns.told[-1].text


def test_what_the_other_switches_were_not_used_for_in_time_is_told() -> None:
    turns = found("freeze", "revoke", why_not=NO_LEASE)
    turns.turn(20 + LONG)
    assert turns.kinds == ["NotActing", "Tripped", "Frozen", "RanOut"]
    assert "not acted on by revoke" in turns.told[-1].text


def test_a_leader_whose_freeze_failed_for_a_minute_says_that_it_tries_no_more() -> None:
    turns = found(leads=True)
    turns.board.fails = Unreachable("503")
    turns.turn(LONG)
    assert turns.kinds.count("RanOut") == 1
    assert turns.board.executed == []


@pytest.mark.parametrize("facts", [FREE, FROZEN], ids=["thawed", "frozen"])
def test_what_is_settled_does_not_run_out(facts: Any) -> None:
    turns = Turns()
    turns.board.facts = FROZEN
    turns.turn(2)
    turns.finds("cut/web")
    turns.board.facts = facts
    turns.turn(2 * LONG)
    assert "RanOut" not in turns.kinds
