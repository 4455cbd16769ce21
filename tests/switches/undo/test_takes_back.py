"""Which switch `u` opens."""

from __future__ import annotations

import pytest

from opsconsole.journal.entry import Who
from opsconsole.journal.runs import Run
from opsconsole.records import Outcome, Plan, Step, StepOutcome, StepState
from opsconsole.records.base import Ref
from opsconsole.switches.undo.takes_back import takes_back


def ran(number: int, switch: str, state: StepState = StepState.DONE) -> Run:
    step = Step("a", "A", "effect", Ref("ConfigMap", "a", "b"))
    outcome = Outcome(switch, float(number), number + 1.0, steps=(StepOutcome("a", state),))
    return Run(f"r{number}", Plan(switch, switch, float(number), "", steps=(step,)), Who(), outcome, finished=True)


@pytest.mark.parametrize(
    ("switches", "opens"),
    [
        ([], "undo"),
        (["revoke"], "undo"),
        (["freeze"], "thaw"),
        (["revoke", "freeze"], "thaw"),
        (["freeze", "revoke"], "undo"),
        (["revoke", "freeze", "thaw"], "undo"),
        (["freeze", "thaw", "freeze"], "thaw"),
        (["approve"], "withdraw"),
        (["freeze", "approve", "withdraw"], "thaw"),
        (["freeze", "undo"], "undo"),
    ],
)
def test_u_takes_the_newest_execution_back_in_its_own_way(switches: list[str], opens: str) -> None:
    assert takes_back([ran(number, switch) for number, switch in enumerate(switches)]) == opens


def test_a_freeze_that_was_never_begun_is_not_taken_back() -> None:
    assert takes_back([ran(0, "revoke"), ran(1, "freeze", StepState.WAITING)]) == "undo"


@pytest.mark.parametrize("state", [StepState.FAILED, StepState.WAITING, StepState.RUNNING])
@pytest.mark.parametrize(("switch", "opens"), [("freeze", "thaw"), ("approve", "withdraw")])
def test_what_failed_to_be_taken_back_is_opened_again(switch: str, opens: str, state: StepState) -> None:
    assert takes_back([ran(0, switch), ran(1, opens, state)]) == opens
