"""What came of an execution, decided in one place for screen, banner, command, JSON and journal. Pure.

Contained = steps + parts + proofs: everything that was to be done is done, no part was left unproved, and every proof
holds. One failed step, one unknown proof or none at all, an error, and it is not. Undo and restore can be a success
(``Outcome.success``: the steps and the proofs), and contain nothing: after them the optimizer can do more, or as much
as before. Only :func:`contained` says that it is contained.
"""

from __future__ import annotations

from enum import StrEnum

from opsconsole.records import Outcome, StepState

CONTAINING = frozenset({"revoke", "optimizer", "gpu", "all"})
"""Switches that take something away from the optimizer."""

UNDO = "undo"


class ContainmentState(StrEnum):
    """What came of an execution. Its words are the same everywhere."""

    WORKING = "WORKING"
    CONTAINED = "DONE AND PROVED"
    PROVED = "PROVED"
    UNDONE = "UNDONE AND PROVED"
    INCOMPLETE = "NOT ALL DONE"
    """Every proof holds, and a step failed or was not over: what the proofs do not look at is open."""
    UNPROVED = "NOT PROVED"

    @property
    def success(self) -> bool:
        """Whether all that was to be done is done and proved."""
        return self in {ContainmentState.CONTAINED, ContainmentState.PROVED, ContainmentState.UNDONE}


def verdict(outcome: Outcome) -> ContainmentState:
    """What came of it."""
    if outcome.finished is None:
        return ContainmentState.WORKING
    if not outcome.success:
        return ContainmentState.INCOMPLETE if outcome.proved else ContainmentState.UNPROVED
    if outcome.switch == UNDO:
        return ContainmentState.UNDONE
    return ContainmentState.CONTAINED if outcome.switch in CONTAINING else ContainmentState.PROVED


def contained(outcome: Outcome) -> bool:
    """Whether what the execution was to take away is proved to be away."""
    return verdict(outcome) is ContainmentState.CONTAINED


def why_not(outcome: Outcome) -> str:
    """Why it is no success, in words; empty if it is one, or is still going on."""
    found = verdict(outcome)
    if found.success or found is ContainmentState.WORKING:
        return ""
    if outcome.error:
        return outcome.error
    unproved = [proof for proof in outcome.proofs if proof.holds is not True]
    if unproved:
        proof = min(unproved, key=lambda each: each.holds is None)  # what is known to be false comes first
        return proof.claim + (f": {proof.detail}" if proof.detail else "")
    for step in outcome.steps:
        if step.state in _STATES:
            return f"step {step.step} {_STATES[step.state]}" + (f": {step.detail}" if step.detail else "")
    return "nothing was verified"


_STATES = {StepState.FAILED: "FAILED", StepState.WAITING: "was not begun", StepState.RUNNING: "was not over"}
EXIT_PROVED, EXIT_UNPROVED = 0, 1


def exit_code(outcome: Outcome) -> int:
    """The exit code of a command that executed: 0 only for a success."""
    return EXIT_PROVED if verdict(outcome).success else EXIT_UNPROVED
