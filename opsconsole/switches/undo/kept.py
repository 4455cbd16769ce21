"""What of an execution can be undone at all, and what of it stays as it is, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.journal.runs import Run
from opsconsole.records import StepOutcome, StepState
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.registry import UNDOABLE


def lacking(run: Run) -> Iterator[str]:
    """What can't be undone since what it was could not be kept (a full disk amid the plan)."""
    targets = {step.key: step.target for step in run.plan.steps if step.effect in UNDOABLE}
    before = {done.step: done.before for done in run.outcome.steps}
    for key in run.missing:
        if key in targets and not before.get(key):
            yield f"{targets[key]} can't be put back: what it was could not be kept"


def not_undoable(run: Run) -> Iterator[str]:
    """What is gone for good, and what is there in its place."""
    done: dict[str, StepOutcome] = {step.step: step for step in run.outcome.steps}
    for step in run.plan.steps:
        if step.effect == optimizer.DELETE and done[step.key].state is StepState.DONE:
            yield f"{step.target} stays deleted: its owner makes a new one, or its manifest is with the evidence"
