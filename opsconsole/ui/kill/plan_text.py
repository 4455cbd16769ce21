"""A plan and what became of it, as lines. Pure; every text is drawn as it is, never as markup."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.present.plans import verdict
from opsconsole.present.units import age, plural
from opsconsole.records import Outcome, Plan, Proof, Step, StepOutcome, StepState
from opsconsole.ui.drawing.spans import EMPTY, StyledLine, fit, line

_STATES = {
    StepState.WAITING: ("[    ]", "dim"),
    StepState.RUNNING: ("[ .. ]", "info"),
    StepState.DONE: ("[done]", "good"),
    StepState.FAILED: ("[FAIL]", "bad"),
    StepState.SKIPPED: ("[skip]", "dim"),
}
_PROOFS = {True: ("[ yes]", "good"), False: ("[ NO ]", "bad"), None: ("[  ? ]", "warn")}


def plan_lines(
    plan: Plan, now: float, trouble: str = "", looked: float | None = None, marked: str = ""
) -> Iterator[StyledLine]:
    """A plan before it is executed.

    Args:
        plan: what would be done.
        now: seconds since the epoch, for ages.
        trouble: why it could not be made anew the last time.
        looked: seconds since the world was last read for it.
        marked: key of the step that the space bar turns on and off.
    """
    if plan.where:
        yield line((f" on {plan.where}", "dim"))
    if plan.blocked:
        words = " NOTHING TO EXECUTE: " if plan.nothing else " CAN'T BE EXECUTED: "
        yield line((words, "notice"), (f" {plan.blocked}", "strong"))
        yield EMPTY
    if trouble:
        when = f" {age(looked)} ago" if looked is not None else ""
        yield line((" STALE PLAN ", "notice"), (f" last looked{when}: {trouble}", "warn"))
        yield line("  Each step reads its target again before it changes it.")
    yield from _warnings(plan)
    if plan.steps:
        yield _step_count(plan)
        for number, step in enumerate(plan.steps, 1):
            yield from _step(number, step, marked=step.key == marked)
        yield EMPTY
    yield from _targets(plan, now)
    for note in plan.notes:
        yield line(("   - ", "dim"), note)


def outcome_lines(plan: Plan, outcome: Outcome) -> Iterator[StyledLine]:
    """What became of a plan, or has so far: proofs first, since they are what matters, then the steps."""
    yield _headline(plan, outcome)
    if outcome.error:
        yield line((f" {outcome.error}", "bad"))
    for note in outcome.notes:
        yield line((f" ! {note}", "warn"))
    yield EMPTY
    if outcome.proofs:
        yield line((" Proof", "strong"))
        yield from (_proof(proof) for proof in outcome.proofs)
        yield EMPTY
    yield line((" Steps", "strong"))
    by_key = {step.key: step for step in plan.steps}
    for done in outcome.steps:
        yield from _done(by_key[done.step], done)
    if outcome.run:
        yield EMPTY
        yield line((f" In the journal as run {outcome.run}.", "dim"))
    if outcome.head:
        yield line((f" Write its newest hash down elsewhere: {outcome.head}", "dim"))


def _headline(plan: Plan, outcome: Outcome) -> StyledLine:
    words, style = verdict(outcome)
    return line((f" {words} ", style), (f"  {plan.title}", ""))


def _warnings(plan: Plan) -> Iterator[StyledLine]:
    refused = sum(bool(step.refused) for step in plan.steps)
    if refused:
        yield line((" REFUSED ", "banner"), (f" {plural(refused, 'step')} would be refused: see below", "bad"))
    for words in plan.warnings:
        yield line(("  ! ", "warn"), (words, "warn"))
    if refused or plan.warnings:
        yield EMPTY


def _step_count(plan: Plan) -> StyledLine:
    kept_out = sum(not step.chosen for step in plan.steps)
    less = f"; {plural(kept_out, 'step')} not chosen (Tab marks, Space chooses)" if kept_out else ""
    return line((f" {plural(len(plan.steps) - kept_out, 'step')}, in this order{less}", "strong"))


def _step(number: int, step: Step, *, marked: bool) -> Iterator[StyledLine]:
    mark = ">" if marked else " "
    box = "" if step.chosen and not marked else "[x] " if step.chosen else "[ ] "
    yield line((f"{mark}{number:3}. {box}", "key"), (step.title, "" if step.chosen else "dim"))
    if step.refused:
        yield line(("      REFUSED: ", "bad"), (step.refused, "bad"))
    if step.command:
        yield line((f"      $ {step.command}", "dim"))


def _targets(plan: Plan, now: float) -> Iterator[StyledLine]:
    if not plan.shows:
        return
    yield line((" Targets", "strong"))
    for target in plan.shows:
        old = age(None if target.created is None else now - target.created)
        yield line((f"   {target.ref}", "info"), f"  age {old}  ", (f"uid {target.ref.uid or '?'}", "dim"))
        if target.detail:
            yield line((f"       {target.detail}", ""))
    yield EMPTY


def _proof(proof: Proof) -> StyledLine:
    mark, style = _PROOFS[proof.holds]
    return line((f"  {mark} ", style), proof.claim, (f": {proof.detail}" if proof.detail else "", "dim"))


def _done(step: Step, done: StepOutcome) -> Iterator[StyledLine]:
    mark, style = _STATES[done.state]
    yield line((f"  {mark} ", style), step.title)
    if done.detail:
        yield line((fit("", 9), ""), (done.detail, "bad" if done.state is StepState.FAILED else "dim"))
