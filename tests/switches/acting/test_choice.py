"""Which steps of a plan are executed: as planned, by word, by the space bar."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsconsole.present.choice import ChoiceError, chosen, toggled
from opsconsole.records import Plan, Ref, Step, StepState
from tests.switches.conftest import run
from tests.switches.toys import Toys


def step(name: str, *, wanted: bool = True) -> Step:
    return Step(f"RoleBinding/ops/{name}", name, "rbac.delete", Ref("RoleBinding", "ops", name), chosen=wanted)


PLAN = Plan("revoke", "t", 0.0, "f", steps=(step("own"), step("second"), step("group", wanted=False)))


def names(plan: Plan) -> list[str]:
    return [each.target.name for each in plan.steps if each.chosen]


@pytest.mark.parametrize(
    ("only", "without", "left"),
    [
        ((), (), ["own", "second"]),
        (("group",), (), ["group"]),
        (("3",), (), ["group"]),
        (("own", "rolebinding/group"), (), ["own", "group"]),
        ((), ("2",), ["own"]),
        (("RoleBinding/ops/group",), ("group",), []),
    ],
)
def test_steps_are_chosen_by_number_key_or_name(
    only: tuple[str, ...], without: tuple[str, ...], left: list[str]
) -> None:
    assert names(chosen(PLAN, only, without)) == left


def test_a_word_that_names_no_step_is_an_error_that_lists_them() -> None:
    with pytest.raises(ChoiceError, match="RoleBinding/ops/second"):
        chosen(PLAN, only=("nobody",))


def test_the_space_bar_turns_one_step_round() -> None:
    assert names(toggled(PLAN, PLAN.steps[2].key)) == ["own", "second", "group"]
    assert names(toggled(PLAN, PLAN.steps[0].key)) == ["second"]


def test_a_step_that_is_not_chosen_is_not_executed_and_is_said(tmp_path: Path) -> None:
    toys = Toys(tmp_path / "journal")
    plan = toys.board.make_plan("revoke")
    outcome = run(toys.board, toggled(plan, plan.steps[0].key))
    assert toys.effect.done == []
    assert (outcome.steps[0].state, outcome.steps[0].detail) == (StepState.SKIPPED, "not chosen")
