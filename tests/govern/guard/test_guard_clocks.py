"""Clocks that are set, and a guard that was stopped or held up: neither makes it blind, nor act out of its turn."""

from __future__ import annotations

import pytest

from opsconsole.guard.guard import AWAY
from opsconsole.guard.trigger import FRESH, MOST_ASIDE, Trigger
from opsconsole.records import Plan
from opsconsole.settings import GuardSettings
from tests.govern.guard.leading.test_guard_turns import FREE, FROZEN, Turns
from tests.govern.guard.test_guard import finding

LONG = 600.0
"""Seconds: longer than anything that is fresh."""
STEPS = pytest.mark.parametrize("step", [LONG, -LONG], ids=["forward", "back"])


@STEPS
def test_a_clock_that_is_set_while_a_reason_waits_neither_drops_nor_keeps_it(step: float) -> None:
    turns = Turns("revoke")
    turns.finds("cut/web")
    turns.clock.is_set(step)
    turns.turn(5)
    turns.leads = True
    turns.turn(1)
    assert turns.board.executed == ["revoke"]
    turns.leads = False
    turns.finds("cut/db")
    turns.clock.is_set(step)
    turns.turn(int(FRESH) + 1)
    turns.leads = True
    turns.turn(1)
    assert turns.board.executed == ["revoke"]


def test_what_is_dated_by_an_api_server_whose_clock_was_set_back_is_acted_on_once_that_is_known() -> None:
    turns = Turns(leads=True)
    turns.turn(10)
    turns.finds("cut/web", age=LONG)
    turns.turn(3)
    assert turns.board.executed == []
    turns.clock.is_set(-LONG)
    turns.turn(1)
    assert turns.board.executed == ["freeze"]


def test_what_was_too_old_before_the_clock_was_set_is_no_reason_a_minute_later() -> None:
    turns = Turns(leads=True)
    turns.finds("cut/web", age=LONG)
    turns.turn(int(FRESH) + 1)
    turns.clock.is_set(-LONG)
    turns.turn(1)
    assert turns.board.executed == []


@STEPS
def test_history_is_no_reason_whatever_the_clock_is_set_to(step: float) -> None:
    turns = Turns(leads=True)
    turns.finds("cut/web", age=LONG / 2)
    turns.clock.is_set(step)
    turns.turn(1)
    turns.finds("cut/db", age=LONG / 2)
    turns.turn(1)
    assert turns.board.executed == []


def test_history_that_is_told_anew_is_no_younger_for_that_when_the_clock_is_set_back() -> None:
    turns = Turns(leads=True)
    for told in range(8):
        turns.finds("cut/web", age=LONG + 20.0 * told)  # the same finding, with another count
        turns.turn(19)
    turns.clock.is_set(-(LONG + 160.0))
    turns.turn(1)
    assert turns.board.executed == []


def test_of_a_flood_of_old_findings_a_bounded_number_is_kept() -> None:
    trigger = Trigger(GuardSettings(), since=0.0)
    trigger.look([finding(f"limit-cut/{number}", at=10.0) for number in range(MOST_ASIDE + 5)], 10.0 + LONG)
    trigger.shift(-LONG)
    assert len(trigger.again(10.0)) == MOST_ASIDE
    assert not trigger.again(10.0)


def test_a_guard_that_was_stopped_does_not_stand_in_over_a_thaw_that_it_did_not_see() -> None:
    turns = Turns(leads=True)
    turns.turn(10)
    turns.leads = False  # its Lease ran out meanwhile: another guard froze, and a person has thawed since
    turns.clock.passes(30.0)
    turns.guard._turn()
    turns.finds("cut/web")
    turns.turn(4)
    assert turns.board.executed == []
    turns.turn(20)  # stand_down_seconds later it may
    assert turns.board.executed == ["freeze"]


def test_a_guard_that_was_stopped_with_a_reason_in_hand_does_not_stand_in_before_its_console_has_looked() -> None:
    turns = Turns()
    turns.turn(10)
    turns.finds("cut/web")
    turns.clock.passes(AWAY + 20.0)
    turns.guard._turn()
    assert turns.board.executed == []


def test_a_leader_that_is_held_up_while_it_plans_and_leads_no_more_does_not_act() -> None:
    turns = Turns(leads=True)
    planned = turns.board.make_plan

    def held_up(name: str, **how: bool) -> Plan:
        turns.leads = False
        return planned(name, **how)

    turns.board.make_plan = held_up  # type: ignore[method-assign]
    turns.turn(1)
    turns.finds("cut/web")
    turns.leads = True
    turns.turn(1)
    assert turns.board.executed == []
    assert turns.kinds == ["Tripped", "NotActing"]
    assert turns.counted == (0, 1)


def test_a_guard_that_was_stopped_while_it_led_sees_a_thaw_and_leaves_it() -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(2)
    turns.clock.passes(30.0)
    turns.board.facts = FREE
    turns.finds("cut/web")
    turns.turn(1)
    assert turns.kinds == ["Thawed"]
    assert turns.board.executed == []
