"""Plans, progress and outcomes as lines: the screen draws them, the commands print them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole import containment
from opsconsole.present.lines import EMPTY, Spans, plain
from opsconsole.present.units import age, age_at, plural
from opsconsole.records import Outcome, Plan, Proof, Step, StepOutcome, StepState

PROOF_WORDS = {True: "proved", False: "DISPROVED", None: "unknown"}
_PROOF_STYLES = {True: "good", False: "bad", None: "warn"}
_STEPS = {
    StepState.WAITING: ("[    ]", "dim"),
    StepState.RUNNING: ("[ .. ]", "info"),
    StepState.DONE: ("[done]", "good"),
    StepState.FAILED: ("[FAIL]", "bad"),
    StepState.SKIPPED: ("[skip]", "dim"),
}
_OVER = (StepState.DONE, StepState.FAILED, StepState.SKIPPED)
_DIGITS = re.compile(r"\d+")


def plan_lines(
    plan: Plan, now: float, chooses: str, *, trouble: str = "", looked: float | None = None, marked: str = ""
) -> Iterator[Spans]:
    """A plan before it is executed; its title is not in it.

    Args:
        plan: what would be done.
        now: seconds since the epoch, for ages.
        chooses: what the person does to choose other steps.
        trouble: why it could not be made anew the last time.
        looked: seconds since the world was last read for it.
        marked: key of the step that the space bar turns on and off.
    """
    if plan.where:
        yield ((f" on {plan.where}", "dim"),)
    if plan.blocked:
        words = " NOTHING TO EXECUTE: " if plan.nothing else " CAN'T BE EXECUTED: "
        yield (words, "notice"), (f" {plan.blocked}", "strong")
        yield EMPTY
    if trouble:
        when = f" {age(looked)} ago" if looked is not None else ""
        yield (" STALE PLAN ", "notice"), (f" last looked{when}: {trouble}", "warn")
        yield (("  Each step reads its target again before it changes it.", ""),)
    yield from _warnings(plan)
    if plan.steps:
        yield ((f" {_step_count(plan)}, in this order{_left_out(plan, chooses)}", "strong"),)
        for number, step in enumerate(plan.steps, 1):
            yield from _step(number, step, marked=step.key == marked)
        yield EMPTY
    yield from _targets(plan, now)
    for note in plan.notes:
        yield ("   - ", "dim"), (note, "")


def outcome_lines(plan: Plan, outcome: Outcome) -> Iterator[Spans]:
    """What became of a plan, or has so far: proofs first, since they are what matters, then the steps."""
    words, style = verdict(outcome)
    yield (f" {words} ", style), (f"  {plan.title}", "")
    if outcome.error:
        yield ((f" {outcome.error}", "bad"),)
    for note in outcome.notes:
        yield ((f" ! {note}", "warn"),)
    yield EMPTY
    if outcome.proofs:
        yield ((" Proof", "strong"),)
        yield from (_proof(proof) for proof in outcome.proofs)
        yield EMPTY
    yield ((" Steps", "strong"),)
    by_key = {step.key: step for step in plan.steps}
    for done in outcome.steps:
        yield from _done(by_key[done.step], done)
    if outcome.run:
        yield EMPTY
        yield ((f" In the journal as run {outcome.run}.", "dim"),)
    if outcome.head:
        yield ((f" Write its newest hash down elsewhere: {outcome.head}", "dim"),)


def verdict(outcome: Outcome) -> tuple[str, str]:
    """The outcome in a few words, and the style that a screen draws them in."""
    failed = sum(step.state is StepState.FAILED for step in outcome.steps)
    held = sum(proof.holds is True for proof in outcome.proofs)
    proofs = f"{held} of {plural(len(outcome.proofs), 'proof')}"
    if outcome.finished is None:
        over = sum(step.state in _OVER for step in outcome.steps)
        if over < len(outcome.steps):
            return f"WORKING: {over} of {plural(len(outcome.steps), 'step')} over", "notice"
        return (f"VERIFYING: {proofs} so far" if outcome.proofs else "VERIFYING"), "notice"
    also = f"; {plural(failed, 'step')} FAILED" if failed else ""
    found = containment.verdict(outcome)
    return (
        f"{found}: {proofs} {'holds' if held == len(outcome.proofs) == 1 else 'hold'}{also}",
        "safe" if found.success else "banner",
    )


def printed_plan(plan: Plan, now: float) -> str:
    """A plan with its title, as a command prints it."""
    return "\n".join(map(plain, [((plan.title, ""),), *plan_lines(plan, now, "--only and --except choose")])).rstrip()


def new_steps(plan: Plan, outcome: Outcome, shown: dict[str, str]) -> Iterator[str]:
    """The steps that have ended, or are to be tried again, since what was ``shown``, which is brought up to date."""
    titles = {step.key: step.title for step in plan.steps}
    for step in outcome.steps:
        told = step.state in _OVER or (step.tries > 1 and bool(step.detail))
        if told and shown.get(step.step) != step.state:
            shown[step.step] = step.state
            detail = f": {step.detail}" if step.detail else ""
            yield plain((_STEPS[step.state], (f" {titles[step.step]}{detail}", "")))


def progress(plan: Plan, outcome: Outcome, shown: dict[str, str]) -> Iterator[str]:
    """What is new in ``outcome`` against what was ``shown``. A number that merely counts on is nothing new."""
    yield from new_steps(plan, outcome, shown)
    for proof in outcome.proofs:
        words = f"{PROOF_WORDS[proof.holds]} {_DIGITS.sub('#', proof.detail)}"
        if shown.get(proof.claim) != words:
            shown[proof.claim] = words
            yield plain(_proof(proof))


def printed_outcome(outcome: Outcome) -> str:
    """The outcome in the end, as a command prints it; its steps and proofs were printed while it went on."""
    lines: list[Spans] = [((verdict(outcome)[0], ""),)]
    if outcome.error:
        lines.append(((outcome.error, "bad"),))
    lines += [((f"! {note}", "warn"),) for note in outcome.notes]
    if outcome.run:
        head = f"; write its newest hash down elsewhere: {outcome.head}" if outcome.head else ""
        lines.append(((f"in the journal as run {outcome.run}{head}", ""),))
    return "\n".join(map(plain, lines))


def _warnings(plan: Plan) -> Iterator[Spans]:
    refused = sum(bool(step.refused) for step in plan.steps)
    if refused:
        yield (" REFUSED ", "banner"), (f" {plural(refused, 'step')} would be refused: see below", "bad")
    for words in plan.warnings:
        yield ("  ! ", "warn"), (words, "warn")
    if refused or plan.warnings:
        yield EMPTY


def _step_count(plan: Plan) -> str:
    return plural(sum(step.chosen for step in plan.steps), "step")


def _left_out(plan: Plan, chooses: str) -> str:
    left = sum(not step.chosen for step in plan.steps)
    return f"; {plural(left, 'step')} not chosen ({chooses})" if left else ""


def _step(number: int, step: Step, *, marked: bool) -> Iterator[Spans]:
    mark = ">" if marked else " "
    box = "" if step.chosen and not marked else "[x] " if step.chosen else "[ ] "
    yield (f"{mark}{number:3}. {box}", "key"), (step.title, "" if step.chosen else "dim")
    if step.refused:
        yield ("      REFUSED: ", "bad"), (step.refused, "bad")
    if step.command:
        yield ((f"      $ {step.command}", "dim"),)


def _targets(plan: Plan, now: float) -> Iterator[Spans]:
    if not plan.shows:
        return
    yield ((" Targets", "strong"),)
    for target in plan.shows:
        old = age_at(now, target.created)
        yield (f"   {target.ref}", "info"), (f"  age {old}  ", ""), (f"uid {target.ref.uid or '?'}", "dim")
        if target.detail:
            yield ((f"       {target.detail}", ""),)
    yield EMPTY


def _proof(proof: Proof) -> Spans:
    detail = f": {proof.detail}" if proof.detail else ""
    mark = f"  [{PROOF_WORDS[proof.holds]:^9}] "
    return (mark, _PROOF_STYLES[proof.holds]), (proof.claim, ""), (detail, "dim")


def _done(step: Step, done: StepOutcome) -> Iterator[Spans]:
    mark, style = _STEPS[done.state]
    yield (f"  {mark} ", style), (step.title, "")
    if done.detail:
        yield (" " * 9, ""), (done.detail, "bad" if done.state is StepState.FAILED else "dim")
