"""Contained = steps + parts + proofs: one table for screen, command, JSON and journal."""

from __future__ import annotations

from itertools import product

import pytest

from opsconsole.containment import CONTAINING, ContainmentState, contained, exit_code, verdict, why_not
from opsconsole.journal.entry import Who, seal
from opsconsole.journal.runs import outcome_to_json
from opsconsole.journal.timeline import timeline
from opsconsole.present import plans
from opsconsole.records import Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState
from opsconsole.ui.status import containment as banner

HOLDS, OPEN, BROKEN = Proof("a", holds=True), Proof("b", None, "no answer"), Proof("c", holds=False)


def made(
    switch: str = "revoke",
    states: tuple[StepState, ...] = (StepState.DONE,),
    proofs: tuple[Proof, ...] = (HOLDS,),
    error: str = "",
    finished: float | None = 2.0,
) -> Outcome:
    steps = tuple(StepOutcome(f"s{number}", state, "refused") for number, state in enumerate(states))
    return Outcome(switch, 1.0, finished, steps, proofs, error, run="r1")


TABLE = [
    (made(), ContainmentState.CONTAINED, ""),
    (made(states=(StepState.DONE, StepState.SKIPPED)), ContainmentState.CONTAINED, ""),
    (made(states=(StepState.DONE, StepState.FAILED)), ContainmentState.INCOMPLETE, "step s1 FAILED: refused"),
    (made(states=(StepState.WAITING,)), ContainmentState.INCOMPLETE, "step s0 was not begun: refused"),
    (made(states=(StepState.RUNNING,)), ContainmentState.INCOMPLETE, "step s0 was not over: refused"),
    (made(proofs=(HOLDS, OPEN)), ContainmentState.UNPROVED, "b: no answer"),
    (made(proofs=(HOLDS, BROKEN)), ContainmentState.UNPROVED, "c"),
    (made(proofs=(OPEN, HOLDS, BROKEN)), ContainmentState.UNPROVED, "c"),
    (made(proofs=()), ContainmentState.UNPROVED, "nothing was verified"),
    (made(error="it broke off"), ContainmentState.UNPROVED, "it broke off"),
    (made(finished=None), ContainmentState.WORKING, ""),
    (made("undo"), ContainmentState.UNDONE, ""),
    (made("undo", states=(StepState.FAILED,)), ContainmentState.INCOMPLETE, "step s0 FAILED: refused"),
    (made("undo", proofs=(OPEN,)), ContainmentState.UNPROVED, "b: no answer"),
    (made("restore"), ContainmentState.PROVED, ""),
    (made("a-plugin's"), ContainmentState.PROVED, ""),
    *[(made(switch), ContainmentState.CONTAINED, "") for switch in sorted(CONTAINING)],
]


@pytest.mark.parametrize(("outcome", "expected", "why"), TABLE)
def test_each_kind_of_end_has_one_verdict_everywhere(outcome: Outcome, expected: ContainmentState, why: str) -> None:
    assert (verdict(outcome), why_not(outcome)) == (expected, why)
    assert exit_code(outcome) == (0 if expected.success else 1)
    assert outcome.success == expected.success
    body = outcome_to_json(outcome)
    assert (body["contained"], body["verdict"]) == (expected is ContainmentState.CONTAINED, expected.value)
    if expected is ContainmentState.WORKING:
        return
    assert plans.verdict(outcome)[0].startswith(f"{expected.value}: ")
    assert plans.printed_outcome(outcome).startswith(f"{expected.value}: ")
    entry = seal(1, 3.0, "outcome", who=Who(), body={**body, "run": "r1"}, prev="")
    assert ("] CONTAINED: " in timeline([entry])[0].what) == (expected is ContainmentState.CONTAINED)


@pytest.mark.parametrize(
    ("states", "proofs"),
    list(product(product(StepState, repeat=2), [(), (HOLDS,), (HOLDS, OPEN), (BROKEN,), (HOLDS, HOLDS)])),
)
def test_only_all_steps_over_and_all_proofs_holding_is_contained(
    states: tuple[StepState, ...], proofs: tuple[Proof, ...]
) -> None:
    over = all(state in {StepState.DONE, StepState.SKIPPED} for state in states)
    holds = bool(proofs) and all(proof.holds for proof in proofs)
    for switch in ("revoke", "all", "undo", "restore"):
        outcome = made(switch, states, proofs)
        assert verdict(outcome).success == outcome.success == (over and holds)
        assert contained(outcome) == (over and holds and switch in CONTAINING)


def test_the_banner_and_the_undo_of_a_containment_agree_with_it() -> None:
    step = Step("s0", "t", "e", Ref("ClusterRoleBinding", "", "x"))
    revoke = Plan("revoke", "Revoke", 0.0, "", (step,))
    assert banner.of_executions([banner.Executed(revoke, made())])["revoke"].holds
    failed = made(states=(StepState.FAILED,))
    assert banner.of_executions([banner.Executed(revoke, failed)])["revoke"].holds is None
    assert banner.unproved([banner.Executed(revoke, failed)]) == "step s0 FAILED: refused"
