"""What a guard makes of its reasons, one turn after the other, where looks fail, time passes, or nobody leads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.govern.identities import Identities
from opsconsole.guard.trigger import FRESH
from opsconsole.journal.writer import JournalError
from opsconsole.records import Outcome, Plan, Proof
from opsconsole.switches.engine.board import BusyError, StalePlanError
from tests.govern.guard.leading.test_guard_turns import FREE, FROZEN, Turns
from tests.govern.guard.leading.test_standing import frozen
from tests.support.waiting import eventually

ONE, BOTH = Identities(("one",)), Identities(("one", "two"))
UNREAD = frozen(None, problem="policies can't be read: 503")
OUTGROWN = frozen(ONE, BOTH)
"""The freeze covers one of the two whom the optimizer acts as by now."""


def ends(turns: Turns, *proofs: Proof, finished: float | None = 1.0, error: str = "") -> None:
    """Let each execution end so, and no freeze stand by it."""

    def execute(plan: Plan, **_: Any) -> Any:
        turns.board.executed.append(plan.switch)
        outcome = Outcome(plan.switch, 0.0, finished, proofs=proofs, error=error)
        return SimpleNamespace(result=lambda: outcome)

    turns.board.execute = execute  # type: ignore[method-assign]


def test_while_a_thaw_may_have_been_missed_a_leader_does_not_act_and_says_so_once() -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(1)
    turns.board.facts = UNREAD
    turns.finds("cut/web")
    turns.turn(5)
    assert (turns.board.executed, turns.kinds, turns.counted) == ([], ["NotActing"], (0, 1))
    turns.board.facts = FREE
    turns.turn(1)
    assert turns.kinds == ["NotActing", "Thawed"]


def test_where_no_freeze_ever_stood_a_look_that_fails_keeps_nobody_from_freezing() -> None:
    turns = Turns(leads=True)
    turns.board.facts = UNREAD
    turns.finds("cut/web")
    turns.turn(1)
    assert turns.board.executed == ["freeze"]


def test_a_leader_that_outgrew_its_freeze_widens_it() -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(1)
    turns.board.facts = OUTGROWN
    turns.turn(1)
    assert (turns.kinds, turns.board.executed) == (["Outgrown", "Frozen"], ["freeze"])
    assert turns.guard.state.failures == 0


def test_a_freeze_that_can_t_be_widened_is_counted() -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(1)
    turns.board.facts = OUTGROWN
    ends(turns, Proof("frozen", holds=False))
    turns.turn(1)
    assert (turns.kinds, turns.guard.state.failures) == (["Outgrown", "Unproved"], 1)


@pytest.mark.parametrize("why", ["it follows", "freezing is not its work"])
def test_a_freeze_is_not_widened_by(why: str) -> None:
    turns = Turns(*(("revoke",) if why == "freezing is not its work" else ()), leads=why != "it follows")
    turns.board.facts = FROZEN
    turns.turn(1)
    turns.board.facts = OUTGROWN
    turns.turn(3)
    assert turns.board.executed == []
    assert turns.guard.state.frozen is False, "not all of it is frozen"


def test_a_freeze_is_not_widened_while_a_thaw_is_left_alone() -> None:
    turns = Turns(leads=True)
    for facts in (FROZEN, FREE, FROZEN, OUTGROWN):
        turns.board.facts = facts
        turns.turn(1)
    assert (turns.kinds, turns.board.executed) == (["Thawed"], [])


def test_a_leader_acts_by_its_other_switches_though_a_freeze_stands() -> None:
    turns = Turns("freeze", "revoke", leads=True)
    turns.board.facts = FROZEN
    turns.finds("cut/web")
    turns.turn(1)
    assert turns.board.executed == ["freeze", "revoke"]


def test_a_guard_that_has_just_begun_waits_longer_before_it_stands_in() -> None:
    turns = Turns()
    settings = turns.guard._settings
    turns.guard._settings = msgspec.structs.replace(settings, stand_down_seconds=60.0, lease_seconds=1.0)
    turns.finds("cut/web")
    turns.turn(30)
    assert turns.board.executed == []
    turns.turn(40)
    assert turns.board.executed == [], "and what is older than a minute, a person has seen"
    turns.finds("cut/db")
    turns.turn(5)
    assert turns.board.executed == ["freeze"]


def test_the_time_of_a_leader_begins_with_the_first_reason_and_not_anew_with_each() -> None:
    turns = Turns()
    turns.turn(10)
    for number in range(14):
        turns.finds(f"cut/{number}")
        turns.turn(1)
    assert turns.board.executed == ["freeze"]


def test_a_reason_that_nobody_acted_on_is_none_after_a_minute() -> None:
    turns = Turns(why_not="no Lease can be written")
    turns.finds("cut/web")
    turns.turn(1)
    turns.leads = True
    turns.clock.passes(FRESH)
    turns.turn(1)
    assert turns.board.executed == []


def test_what_is_frozen_once_is_no_reason_any_more() -> None:
    turns = Turns(leads=True)
    ends(turns, Proof("frozen", holds=True))
    turns.finds("cut/web")
    turns.turn(10)
    assert (turns.board.executed, turns.counted) == (["freeze"], (1, 0))


def test_a_freeze_that_fails_is_tried_until_it_holds_and_each_failure_is_counted() -> None:
    turns = Turns(leads=True)
    ends(turns, Proof("frozen", holds=False))
    turns.finds("cut/web")
    turns.turn(3)
    assert (turns.board.executed, turns.counted) == (["freeze"] * 3, (0, 3))
    ends(turns, Proof("frozen", holds=True))
    turns.turn(1)
    assert turns.counted == (1, 3)


def test_a_freeze_whose_proof_is_not_known_is_said_and_not_made_again() -> None:
    turns = Turns(leads=True)
    ends(turns, Proof("frozen", None))
    turns.finds("cut/web")
    turns.turn(3)
    assert (turns.board.executed, turns.counted) == (["freeze"], (1, 0))


def test_one_switch_of_two_that_fails_keeps_the_reason() -> None:
    turns = Turns("freeze", "revoke", leads=True)
    turns.board.fails = Unreachable("503")
    turns.finds("cut/web")
    turns.turn(2)
    assert (turns.kinds, turns.counted) == (["Tripped", "Failed"], (0, 2)), "both tries are one trouble"


@pytest.mark.parametrize(
    "error",
    [JournalError("no room"), BusyError("a person does"), StalePlanError(Plan("freeze", "t", 0.0, ""))],
    ids=lambda error: type(error).__name__,
)
def test_a_switch_that_can_t_be_executed_is_said_and_tried_again(error: Exception) -> None:
    turns = Turns(leads=True)

    def execute(plan: Plan, **_: Any) -> Any:
        raise error

    turns.board.execute = execute  # type: ignore[method-assign]
    turns.finds("cut/web")
    turns.turn(2)
    assert (turns.kinds, turns.counted) == (["Tripped", "Failed"], (0, 2)), "both tries are one trouble"


@pytest.mark.parametrize(("nothing", "trips"), [(True, 1), (False, 0)])
def test_a_plan_that_is_blocked_is_done_only_where_nothing_is_left_to_do(*, nothing: bool, trips: int) -> None:
    turns = Turns("revoke", leads=True)
    turns.board.make_plan = lambda name, **_: Plan(name, "t", 0.0, "", blocked="why", nothing=nothing)  # type: ignore[method-assign]
    turns.finds("cut/web")
    turns.turn(1)
    assert turns.kinds == ["Tripped", "NothingToDo" if nothing else "Blocked"]
    assert turns.guard.state.trips == trips


def test_a_freeze_that_is_blocked_is_done_only_where_one_stands() -> None:
    turns = Turns(leads=True)
    turns.board.blocked["freeze"] = "you may make no policies"
    turns.finds("cut/web")
    turns.turn(1)
    assert (turns.kinds, turns.counted) == (["Tripped", "Blocked"], (0, 1))


def test_how_the_freeze_stands_is_not_known_where_the_last_look_failed() -> None:
    turns = Turns()
    turns.board.facts = FROZEN
    turns.turn(1)
    told: list[object] = [turns.guard.state.frozen]
    turns.board.facts = UNREAD
    turns.turn(1)
    told += [turns.guard.state.frozen, turns.guard.state.holes]
    assert told == [True, None, None]


def test_a_turn_that_fails_is_told_and_the_next_one_comes() -> None:
    turns = Turns(leads=True)

    def broken(_: str) -> Any:
        turns.board.planned.append("looked")
        raise RuntimeError("no such thing")

    turns.board.switch = broken  # type: ignore[assignment, method-assign]
    turns.guard.start()
    try:
        eventually(lambda: turns.board.planned.count("looked") > 1, "a second turn")
        eventually(lambda: "TurnFailed" in turns.kinds, "it was told")
    finally:
        turns.guard.stop()


@pytest.mark.parametrize("step", [3600.0, -3600.0], ids=["forward", "back"])
def test_a_clock_that_is_set_while_the_guard_rests_moves_the_end_of_its_rest(step: float) -> None:
    turns = Turns(leads=True)
    for facts in (FROZEN, FREE):
        turns.board.facts = facts
        turns.turn(1)
    turns.clock.is_set(step)
    turns.finds("cut/web")
    turns.turn(1)
    assert turns.board.executed == [], "it still rests"
    turns.clock.passes(5.0)
    turns.finds("cut/db")
    turns.turn(1)
    assert turns.board.executed == ["freeze"]
