"""What of an execution can be taken back, step by step, and how it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from opsconsole.cluster.questions.rbac import Grant, Subject, parse_grant
from opsconsole.decoding import decode_as
from opsconsole.journal.runs import Run
from opsconsole.records import Record, Step, StepState
from opsconsole.switches.downgrade import plan as downgrade
from opsconsole.switches.registry import UNDOABLE
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.revoke.effects import Arguments
from opsconsole.switches.undo import fields as undo_fields
from opsconsole.text import clean_line


class UndoItem(Record, frozen=True):
    """One step that can be taken back.

    Attributes:
        name: ``<run>/<step>``, which the undoing step names.
        step: what was done.
        before: what the target was before, as JSON.
        there: whether the target (or, for a binding, one of its name) is there now.
        value: of a field: what it is now; of restored fields: what each of them is now, by path; of an object that was
            made: its UID.
        grant: of a binding: what it is now, if it is there.
        ours: of an object that was made: whether what is there is marked as ours; nothing else is deleted.
        homeless: whether its namespace is gone too.
        untouched: why it is left as it stands for now, and what to do; empty where it is put back.
        widened: of a binding: what its role allows by now and did not when it was taken, in words.
        anew: of a binding: which of its ServiceAccounts is another one by now, in words.
        role_doubt: of a binding: why that can't be told, in words.
    """

    name: str
    step: Step
    before: bytes
    there: bool = False
    value: Any = None
    grant: Grant | None = None
    ours: bool = True
    homeless: bool = False
    untouched: str = ""
    widened: str = ""
    anew: str = ""
    role_doubt: str = ""

    @property
    def is_grant(self) -> bool:
        return self.step.effect in {revoke.DELETE, revoke.REMOVE}

    @property
    def is_restored(self) -> bool:
        return self.step.effect == restore.PUT

    @property
    def is_made(self) -> bool:
        return self.step.effect == downgrade.MAKE

    @property
    def is_field(self) -> bool:
        return not (self.is_grant or self.is_restored or self.is_made)


class UndoFacts(Record, frozen=True):
    """The execution that would be undone, and how its targets stand now."""

    run: str = ""
    title: str = ""
    items: tuple[UndoItem, ...] = ()
    kept: tuple[str, ...] = ()
    problem: str = ""
    passed: tuple[str, ...] = ()
    """Newer executions that are not undone, and why."""
    doubts: tuple[str, ...] = ()


def undone_steps(runs: Iterable[Run]) -> frozenset[str]:
    """Names of the steps that an undo has taken back already."""
    return frozenset(
        step.undoes
        for run in runs
        for step, done in zip(run.plan.steps, run.outcome.steps, strict=True)
        if step.undoes and done.state is StepState.DONE
    )


def undoable(run: Run) -> Iterator[UndoItem]:
    """What of ``run`` can be put back; the last step first. A step that a crash interrupted may have been done."""
    for step, done in reversed(list(zip(run.plan.steps, run.outcome.steps, strict=True))):
        changed = done.state in {StepState.DONE, StepState.RUNNING} or done.unsure
        if step.effect in UNDOABLE and done.before and changed:
            yield UndoItem(f"{run.id}/{step.key}", step, done.before)


def is_back(item: UndoItem) -> bool:
    """Whether the target is as it was before."""
    if item.is_made or not item.there:
        return item.is_made and not item.there
    if item.is_grant:
        return not missing(item)
    if item.is_restored:
        return undo_fields.is_back(item.before, item.value)
    return bool(item.value == msgspec.json.decode(item.before)["value"])


def missing(item: UndoItem) -> tuple[Subject, ...]:
    """The subjects that we took out of the binding, or deleted with it, and that are not in it now."""
    now = item.grant.subjects if item.grant else ()
    ours = decode_as(item.step.arguments, Arguments).subjects
    return tuple(subject for subject in ours if subject not in now)


def another(item: UndoItem, now: Grant) -> str:
    """That a binding gives another role than the one that was taken: whoever is put into it gets what he never had."""
    before = parse_grant(item.before)
    if (now.role.kind, now.role.key) == (before.role.kind, before.role.key):
        return ""
    return clean_line(f"somebody made it anew, and it gives {now.role} where it gave {before.role}")
