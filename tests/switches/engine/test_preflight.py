"""Dry runs before a plan is confirmed: only for a plan that somebody looks at, and not more often than needed."""

from __future__ import annotations

from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.permit import Permit
from opsconsole.records import Plan, Ref, Step, StepOutcome
from opsconsole.switches.engine.preflight import REHEARSED, Preflight
from opsconsole.switches.engine.switch import Call
from tests.support.clock import ManualClock
from tests.switches.toys import NoApi

PLAN = Plan("restore", "t", 0.0, "f", (Step("a", "one", "put", Ref("Node", "", "n1")),), notes=("first",))


class Trying:
    """An effect whose write can be tried; answers what it is told to."""

    name = "put"
    parallel = False

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.tried = 0

    def needs(self, step: Step) -> tuple[Access, ...]:
        return ()

    def rehearse(self, step: Step) -> str:
        self.tried += 1
        if self.answer is None:
            raise Unreachable("no server")
        return self.answer

    def read(self, step: Step) -> bytes | StepOutcome:
        raise AssertionError("a preflight reads nothing")

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        raise AssertionError("a preflight does nothing")


def check(effect: Trying, clock: ManualClock, preflight: Preflight | None = None, *, rehearse: bool = True) -> Plan:
    return (preflight or Preflight(NoApi(), clock)).check(PLAN, {"put": effect}, rehearse=rehearse)


def test_a_plan_that_nobody_looks_at_sends_nothing() -> None:
    effect = Trying("")
    assert check(effect, ManualClock(), rehearse=False) == PLAN
    assert effect.tried == 0


def test_a_refusal_is_the_step_s_and_says_what_a_dry_run_proves() -> None:
    plan = check(Trying("the policy says no"), ManualClock())
    assert plan.steps[0].refused == "the policy says no"
    assert plan.notes[0] == "first"
    assert "would take 0 of 1 writes" in plan.notes[1]
    assert "proves neither" in plan.notes[1]
    assert plan.facts == PLAN.facts, "an answer must not make the operator confirm anew"


def test_an_answer_that_can_not_be_had_refuses_nothing() -> None:
    plan = check(Trying(None), ManualClock())
    assert plan.steps[0].refused == ""
    assert "1 could not be asked" in plan.notes[1]


def test_the_same_write_is_not_tried_again_at_each_look() -> None:
    effect, clock = Trying(""), ManualClock()
    preflight = Preflight(NoApi(), clock)
    for _ in range(5):
        check(effect, clock, preflight)
    assert effect.tried == 1
    clock.at += REHEARSED
    check(effect, clock, preflight)
    assert effect.tried == 2
