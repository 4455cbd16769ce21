"""Undoing what made an object: it is deleted if it is still marked as ours, and said to stand if it is not."""

from __future__ import annotations

from typing import Any

import msgspec

from opsconsole.govern.compare import MANAGED_BY, OURS, PART_OF
from opsconsole.journal.entry import Who
from opsconsole.journal.runs import Run
from opsconsole.optimizer import Optimizers
from opsconsole.records import Outcome, Plan, Ref, Step, StepOutcome, StepState
from opsconsole.switches.downgrade.plan import MAKE
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.undo.undo import Undo
from tests.support.clock import ManualClock
from tests.switches.fakeapi import FakeApi

TARGET = Ref("ClusterRoleBinding", "", "left-to-it")


def undo_on(api: FakeApi) -> Undo:
    """Undo after a downgrade that made one binding."""
    step = Step("k", "Create it", MAKE, TARGET, msgspec.json.encode({"metadata": {"name": TARGET.name}}))
    outcome = Outcome("downgrade", 0.0, 1.0, steps=(StepOutcome("k", StepState.DONE, before=b"null"),))
    run = Run("run", Plan("downgrade", "Downgrade", 0.0, "", steps=(step,)), Who(), outcome, finished=True)
    return Undo(TargetReader(api, Optimizers()), lambda: [run], ManualClock())


def binding(api: FakeApi, labels: dict[str, str]) -> Any:
    return api.add("ClusterRoleBinding", "", TARGET.name, metadata={"labels": labels}, roleRef={}, subjects=[])


def test_one_that_lost_our_label_stands_and_is_not_as_it_was() -> None:
    api = FakeApi()
    binding(api, {MANAGED_BY: "helm"})
    undo = undo_on(api)
    plan = undo.plan(undo.gather())
    words = f"{TARGET} is not marked as ours any more: not undone"
    assert plan.notes == (words,)
    assert words in plan.blocked
    assert not plan.nothing


def test_one_that_lost_our_label_since_the_plan_is_not_proved_to_be_away() -> None:
    api = FakeApi()
    made = binding(api, {MANAGED_BY: OURS, PART_OF: "downgrade"})
    undo = undo_on(api)
    plan = undo.plan(undo.gather())
    assert [step.target.uid for step in plan.steps] == [made["metadata"]["uid"]]
    made["metadata"]["labels"].clear()
    (proof,) = next(undo.verify(plan, Outcome("undo", 0.0)))
    assert proof.holds is not True
    api.objects.clear()
    (proof,) = next(undo.verify(plan, Outcome("undo", 0.0)))
    assert proof.holds is True
    assert undo.plan(undo.gather()).nothing
