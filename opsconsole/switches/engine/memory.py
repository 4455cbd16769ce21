"""The executions that are known: the journal's with what undo needs of them, and this process's own."""

from __future__ import annotations

import threading

import msgspec

from opsconsole.journal.entry import Who
from opsconsole.journal.reader import read_checked
from opsconsole.journal.runs import Run, runs
from opsconsole.journal.undo_store import UndoStore
from opsconsole.journal.writer import Journal, JournalError
from opsconsole.masking import MASK
from opsconsole.records import Outcome, Plan

REMEMBERED = 500
"""Executions whose files are read; older ones are known by the journal alone, and not undone."""


class Memory:
    """Every execution, in the order of the journal. What is doubtful says so in its ``problem`` and is never acted on.

    Args:
        journal: where they are read from.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.told: tuple[str, ...] = ()
        """Lines about entries that could not be used."""
        self._store = UndoStore(journal.folder)
        self._lock = threading.Lock()
        self._ours: dict[str, Run] = {}
        self._read: tuple[tuple[int, int], list[Run]] = ((-1, -1), [])

    def add(self, plan: Plan, outcome: Outcome) -> None:
        """Remember an execution of this process."""
        with self._lock:
            self._ours[outcome.run] = Run(outcome.run, plan, Who(), outcome, finished=True)

    def __call__(self) -> list[Run]:
        """Every execution, oldest first. Our own ones are as we know them, whatever the files say by now."""
        found = self._from_journal()
        with self._lock:
            ours = dict(self._ours)
        known = [_as_we_know_it(run, ours.pop(run.id, None)) for run in found]
        return [*known, *ours.values()]

    def _from_journal(self) -> list[Run]:
        try:
            stat = self.journal.path.stat()
            version = (stat.st_size, stat.st_mtime_ns)
            with self._lock:
                if self._read[0] != version:
                    self._read = (version, self._all())
                return self._read[1]
        except (OSError, JournalError):
            return []

    def _all(self) -> list[Run]:
        entries, doubted = read_checked(self.journal.folder)
        told: list[str] = []
        found = runs(entries, doubted, told)
        self.told = tuple(told)
        old, new = found[:-REMEMBERED], found[-REMEMBERED:]
        return [
            *(msgspec.structs.replace(run, problem="it is too long ago") for run in old),
            *(self._whole(run) for run in new),
        ]

    def _whole(self, run: Run) -> Run:
        """``run`` with the plan as it was executed and the targets as they were, unmasked."""
        if run.problem:
            return run
        if not run.kept:
            return _if_unmasked(run)
        before: dict[str, bytes] = {}
        plan = run.plan
        try:
            for step, kept in run.kept:
                found = self._store.load(kept)
                if found.run != run.id:
                    raise JournalError(f"{kept.file} is of another execution")
                plan = found.plan
                before |= found.before if not step else {step: found.before[step]}
        except (JournalError, KeyError) as error:
            return msgspec.structs.replace(run, problem=str(error))
        steps = tuple(
            msgspec.structs.replace(done, before=before.get(done.step, b"") if done.before else b"")
            for done in run.outcome.steps
        )
        return msgspec.structs.replace(run, plan=plan, outcome=msgspec.structs.replace(run.outcome, steps=steps))


def _as_we_know_it(run: Run, ours: Run | None) -> Run:
    if ours is None:
        return run
    return msgspec.structs.replace(run, plan=ours.plan, outcome=ours.outcome, problem="", missing=())


def _if_unmasked(run: Run) -> Run:
    """An execution of an older version: its entries are all there is, and good if nothing in them is masked."""
    mask = MASK.encode()
    hidden = any(mask in step.arguments for step in run.plan.steps)
    hidden = hidden or any(mask in done.before for done in run.outcome.steps)
    why = "what it needs was not kept whole: secrets in it are masked" if hidden else ""
    return msgspec.structs.replace(run, problem=why)
