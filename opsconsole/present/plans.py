"""Plans, progress and outcomes as plain lines for a terminal or a pipe. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole import containment
from opsconsole.present.units import age_at, plural
from opsconsole.records import Outcome, Plan, StepState
from opsconsole.text import clean_line

_STATES = {StepState.DONE: "done", StepState.FAILED: "FAILED", StepState.SKIPPED: "skipped"}
PROOF_WORDS = {True: "proved", False: "NOT SO", None: "unknown"}
_DIGITS = re.compile(r"\d+")


def plan_in_words(plan: Plan, now: float) -> Iterator[str]:
    """A plan as it is shown before it is executed."""
    yield clean_line(plan.title)
    if plan.where:
        yield clean_line(f"  on {plan.where}")
    for target in plan.shows:
        created = age_at(now, target.created)
        yield clean_line(f"  {target.ref}  age {created}  uid {target.ref.uid or '?'}  {target.detail}".rstrip())
    for warning in plan.warnings:
        yield clean_line(f"  ! {warning}")
    for note in plan.notes:
        yield clean_line(f"  - {note}")
    for number, step in enumerate(plan.steps, 1):
        left = "" if step.chosen else "[not chosen] "
        yield clean_line(f"{number:3}. {left}{step.title}")
        if step.command:
            yield clean_line(f"     $ {step.command}")
        if step.refused:
            yield clean_line(f"     REFUSED: {step.refused}")


def steps_in_words(plan: Plan, outcome: Outcome, shown: dict[str, str]) -> Iterator[str]:
    """The steps that have ended since what was ``shown``, which is brought up to date."""
    titles = {step.key: step.title for step in plan.steps}
    for step in outcome.steps:
        if step.state in _STATES and shown.get(step.step) != step.state:
            shown[step.step] = step.state
            detail = f": {step.detail}" if step.detail else ""
            yield clean_line(f"[{_STATES[step.state]}] {titles[step.step]}{detail}")


def progress_in_words(plan: Plan, outcome: Outcome, shown: dict[str, str]) -> Iterator[str]:
    """What is new in ``outcome`` against what was ``shown``. A number that merely counts on is nothing new."""
    yield from steps_in_words(plan, outcome, shown)
    for proof in outcome.proofs:
        words = f"{PROOF_WORDS[proof.holds]} {_DIGITS.sub('#', proof.detail)}"
        if shown.get(proof.claim) != words:
            shown[proof.claim] = words
            detail = f": {proof.detail}" if proof.detail else ""
            yield clean_line(f"  ({PROOF_WORDS[proof.holds]}) {proof.claim}{detail}")


def verdict(outcome: Outcome) -> tuple[str, str]:
    """The outcome in a few words, and the style that a screen draws them in."""
    failed = sum(step.state is StepState.FAILED for step in outcome.steps)
    held = sum(proof.holds is True for proof in outcome.proofs)
    proofs = f"{held} of {plural(len(outcome.proofs), 'proof')}"
    if outcome.finished is None:
        over = sum(step.state not in {StepState.WAITING, StepState.RUNNING} for step in outcome.steps)
        if over < len(outcome.steps):
            return f"WORKING: {over} of {plural(len(outcome.steps), 'step')} over", "notice"
        return (f"VERIFYING: {proofs} so far" if outcome.proofs else "VERIFYING"), "notice"
    also = f"; {plural(failed, 'step')} FAILED" if failed else ""
    found = containment.verdict(outcome)
    return f"{found}: {proofs}{also}", "safe" if found.success else "banner"


def outcome_in_words(outcome: Outcome) -> Iterator[str]:
    """The outcome in the end."""
    yield verdict(outcome)[0]
    if outcome.error:
        yield clean_line(outcome.error)
    for note in outcome.notes:
        yield clean_line(f"! {note}")
    if outcome.run:
        yield f"run {outcome.run} in the journal" + (f", head {outcome.head}" if outcome.head else "")
