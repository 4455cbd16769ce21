"""A guard's turns, one by one, without a cluster: who acts, by which switches, and what is counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from opsconsole.cluster.transport.errors import ClusterError, Denied, Unreachable
from opsconsole.govern.identities import Identities
from opsconsole.guard.guard import Guard
from opsconsole.guard.report import Word
from opsconsole.records import Finding, Kind, Outcome, Plan, Proof, Severity
from opsconsole.settings import GuardSettings
from opsconsole.store import Delta
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.facts import FreezeFacts
from tests.govern.guard.leading.test_standing import frozen
from tests.support.clock import ManualClock

FROZEN, FREE = frozen(Identities(("one",))), frozen(None)


class TurnBoard(Switchboard):
    """Says how the freeze stands, and notes what is planned and executed. ``blocked``: the plans with nothing to do."""

    def __init__(self) -> None:
        self.facts: FreezeFacts = FREE
        self.blocked: dict[str, str] = {}
        self.fails: ClusterError | None = None
        self.planned: list[str] = []
        self.executed: list[str] = []

    def stop(self) -> None:
        pass

    def switch(self, name: str) -> Any:
        return SimpleNamespace(gather=lambda: self.facts)

    def make_plan(self, name: str, **_: Any) -> Plan:
        self.planned.append(name)
        if self.fails is not None:
            raise self.fails
        why = self.blocked.get(name, "")
        return Plan(name, "t", 0.0, "", blocked=why, nothing=bool(why))

    def execute(self, plan: Plan, **_: Any) -> Any:
        self.executed.append(plan.switch)
        if plan.switch == "freeze":
            self.facts = FROZEN
        outcome = Outcome(plan.switch, 0.0, 1.0, proofs=(Proof("done", holds=True),))
        return SimpleNamespace(result=lambda: outcome)


class Turns:
    """A guard, and what it told."""

    def __init__(self, *switches: Any, leads: bool = False, why_not: str = "") -> None:
        self.clock, self.board, self.told = ManualClock(1000.0), TurnBoard(), list[Word]()
        self.leads, self.why_not = leads, why_not
        console: Any = SimpleNamespace(switchboard=self.board)
        settings = GuardSettings(switches=switches or ("freeze",), stand_down_seconds=5.0, lease_seconds=6.0)
        self.guard = Guard(
            console, settings, self.clock, lambda: self.leads, self.told.append, why_not=lambda: self.why_not
        )

    def finds(self, key: str, age: float = 0.0) -> None:
        self.clock.passes(1.0)  # what is as old as the guard is history
        found = Finding(key, key.partition("/")[0], Severity.CRITICAL, "t", at=self.clock.now() - age)
        self.pumps(**{key: found})

    def pumps(self, **findings: Finding) -> None:
        """The console has looked; these findings are new."""
        store: Any = SimpleNamespace(findings=findings)
        changed = {Kind.FINDING: set(findings)} if findings else {}
        self.guard.observe(store, Delta(changed, {}, [], set()))

    def turn(self, seconds: int, each: float = 1.0) -> None:
        for _ in range(seconds):
            self.clock.passes(each)
            self.pumps()
            self.guard._turn()

    @property
    def kinds(self) -> list[str]:
        return [word.kind for word in self.told]

    @property
    def counted(self) -> tuple[int, int]:
        return self.guard.state.trips, self.guard.state.failures


def test_while_a_freeze_stands_a_guard_that_follows_does_not_accuse_the_one_that_leads() -> None:
    turns = Turns("freeze", "revoke")
    turns.board.facts = FROZEN
    turns.turn(20)
    for key in ("cut/web", "cut/db"):
        turns.finds(key)
        turns.turn(20)
    assert (turns.kinds, turns.counted, turns.board.executed) == ([], (0, 0), [])


def test_a_leader_that_freezes_in_its_time_is_not_called_idle() -> None:
    turns = Turns()
    turns.turn(10)
    turns.finds("cut/web")
    turns.turn(3)
    turns.board.facts = FROZEN
    turns.turn(30)
    assert (turns.kinds, turns.counted, turns.board.executed) == ([], (0, 0), [])


def test_whoever_holds_the_lease_and_freezes_nothing_is_stood_in_for_by_a_freeze_alone() -> None:
    turns = Turns("freeze", "revoke")
    turns.turn(10)
    turns.finds("cut/web")
    turns.turn(30)
    assert turns.board.executed == ["freeze"]
    assert turns.kinds == ["NotActing", "Tripped", "Frozen"]
    assert turns.counted == (1, 1)


@pytest.mark.parametrize("switch", ["revoke", "optimizer"])
def test_what_the_leader_did_by_another_switch_is_not_done_again_over_a_person_s_undo(switch: str) -> None:
    turns = Turns(switch)
    turns.turn(10)
    turns.finds("cut/web")
    turns.turn(50)
    assert (turns.kinds, turns.counted, turns.board.executed) == ([], (0, 0), [])
    turns.finds("cut/db")
    turns.leads = True
    turns.turn(1)
    assert turns.board.executed == [switch]


def test_a_switch_with_nothing_left_to_do_is_no_failure_and_is_not_tried_each_second() -> None:
    turns = Turns("revoke", leads=True)
    turns.board.blocked["revoke"] = "nothing grants it anything any more"
    turns.finds("cut/web")
    turns.turn(10)
    assert (turns.kinds, turns.counted) == (["Tripped", "NothingToDo"], (1, 0))


@pytest.mark.parametrize(("switches", "kinds"), [(("freeze",), []), (("freeze", "revoke"), ["NotActing"])])
def test_a_guard_that_can_t_lead_says_so_of_a_reason_unless_a_freeze_is_all_it_would_do_and_stands(
    switches: tuple[str, ...], kinds: list[str]
) -> None:
    turns = Turns(*switches, why_not="no Lease can be written")
    turns.board.facts = FROZEN
    turns.finds("cut/web")
    turns.turn(20)
    assert turns.kinds == kinds
    assert turns.board.executed == []


@pytest.mark.parametrize(
    ("switches", "executed", "kinds"),
    [
        (("freeze",), ["freeze"], ["NotActing", "Tripped", "Frozen"]),
        (("freeze", "revoke"), ["freeze"], ["NotActing", "Tripped", "Frozen"]),
        (("revoke",), [], ["NotActing"]),
    ],
)
def test_a_guard_that_can_t_keep_its_lease_freezes_where_nobody_has_and_does_nothing_else(
    switches: tuple[str, ...], executed: list[str], kinds: list[str]
) -> None:
    """What it watches may be what keeps it from the Lease."""
    turns = Turns(*switches, why_not="no Lease can be written")
    turns.turn(10)
    turns.finds("cut/web")
    turns.turn(11)
    assert (turns.kinds, turns.board.executed) == (["NotActing"], [])
    turns.turn(20)
    assert (turns.kinds, turns.board.executed) == (kinds, executed)
    assert "no Lease can be written" in turns.told[0].text


def test_a_guard_that_can_t_keep_its_lease_leaves_a_thaw_alone() -> None:
    turns = Turns(why_not="no Lease can be written")
    turns.board.facts = FROZEN
    turns.turn(10)
    turns.board.facts = FREE
    turns.turn(1)
    assert turns.kinds == ["Thawed"]
    turns.finds("cut/web")
    turns.turn(30)
    assert turns.board.executed == []


def test_an_ability_that_can_t_be_asked_for_is_not_one_to_freeze_and_is_asked_again_after_a_minute() -> None:
    turns = Turns()
    turns.board.fails = Denied("403: may not create validatingadmissionpolicies", status=403)
    turns.turn(1)
    known = turns.guard.state.cannot
    assert "may not create" in known
    turns.board.fails = Unreachable("503")
    turns.turn(2, 61.0)
    assert turns.guard.state.cannot == known
    assert turns.kinds == ["CantFreeze"]
    turns.board.fails = None
    turns.turn(1, 61.0)
    assert turns.guard.state.cannot == ""
    assert len(turns.board.planned) == 4
    turns.turn(5, 1.0)
    assert len(turns.board.planned) == 4, "the next question is after a minute"


def test_rights_that_are_cut_in_the_night_are_noticed_within_a_minute() -> None:
    turns = Turns()
    turns.turn(1)
    assert turns.guard.state.cannot == ""
    turns.board.fails = Denied("403: may not create validatingadmissionpolicies", status=403)
    turns.turn(1, 61.0)
    assert "may not create" in turns.guard.state.cannot
    assert turns.kinds == ["CantFreeze"]


def test_an_ability_that_could_not_be_asked_for_at_the_start_is_asked_for_within_a_minute() -> None:
    turns = Turns()
    turns.board.fails = Unreachable("503")
    turns.turn(1)
    assert (turns.guard.state.cannot, turns.kinds) == ("", [])
    turns.board.fails = Denied("403: may not create validatingadmissionpolicies", status=403)
    turns.turn(1, 61.0)
    assert turns.kinds == ["CantFreeze"]


def test_a_freeze_does_not_wait_for_the_question_whether_it_could_be_made() -> None:
    turns = Turns(leads=True)
    turns.finds("cut/web")
    turns.turn(1)
    assert (turns.board.planned, turns.board.executed) == (["freeze"], ["freeze"])
    assert turns.kinds == ["Tripped", "Frozen"]


@pytest.mark.parametrize("step", [3600.0, -3600.0], ids=["forward", "back"])
def test_a_clock_that_is_set_just_before_a_thaw_is_seen_does_not_prolong_the_guard_s_rest(step: float) -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(2)
    turns.clock.is_set(step)
    turns.board.facts = FREE
    turns.turn(1)
    assert turns.kinds == ["Thawed"]
    turns.clock.passes(1.0)
    turns.finds("cut/web")
    assert turns.guard.state.standing_down_until == pytest.approx(turns.clock.now() + 3.0)
    turns.turn(1)
    assert turns.board.executed == []
    turns.clock.passes(4.0)
    turns.finds("cut/db")
    turns.turn(1)
    assert turns.board.executed == ["freeze"]
