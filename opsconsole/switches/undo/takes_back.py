"""Which switch `u` opens: undo itself, or the one that takes the newest execution back in a way of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.journal.runs import Run
from opsconsole.records import StepState
from opsconsole.switches.registry import SPECS, spec_of
from opsconsole.switches.spec import UNDO

_NAMES = [spec.name for spec in SPECS]
_TAKERS = frozenset(each.undone_by for each in SPECS if each.undone_by in _NAMES[_NAMES.index(each.name) :])
"""Thaw and withdraw: switches that take the one before them back. A thaw that a freeze undoes is none of them."""

_OVER = frozenset({StepState.DONE, StepState.SKIPPED})


def takes_back(known: Iterable[Run]) -> str:
    """Name of the switch that undoes the newest execution: a freeze is thawed, an approval is withdrawn.

    Args:
        known: every execution of this cluster, oldest first. What was taken back whole is passed over.
    """
    taken: set[str] = set()
    for run in sorted(known, key=lambda each: each.outcome.started, reverse=True):
        name = run.plan.switch
        if name in _TAKERS:
            if all(step.state in _OVER for step in run.outcome.steps):
                taken.add(name)
            continue
        spec = spec_of(name)
        if spec is None or not spec.undone_by:
            return UNDO.name  # which passes over what it can't take back
        if spec.undone_by not in taken and run.begun:
            return spec.undone_by
    return UNDO.name
