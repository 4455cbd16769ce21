"""What the kill command shows while it works: to a pipe what changed, on a terminal one live line a proof."""

from __future__ import annotations

import io

import pytest
from rich.console import Console as Terminal

from opsconsole.commands.acting.progress import LiveProofs, progress
from opsconsole.records import Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState

PLAN = Plan(
    "optimizer", "t", 0.0, "f", steps=(Step("k", "Scale it to 0", "workload.set", Ref("Deployment", "ops", "aura")),)
)


def outcome(*proofs: Proof, state: StepState = StepState.DONE) -> Outcome:
    return Outcome("optimizer", 0.0, steps=(StepOutcome("k", state, "3 → 0"),), proofs=proofs)


def quiet(seconds: int, holds: bool | None = None) -> Proof:
    return Proof("no new pod for 30 s", holds, f"{seconds} of 30 s" if holds is None else f"{seconds} s")


def test_to_a_pipe_only_what_changed_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(PLAN, to_stderr=False) as tell:
        tell(outcome(state=StepState.RUNNING))
        for second in range(30):
            tell(outcome(Proof("its pod is gone", holds=True), quiet(second)))
        tell(outcome(Proof("its pod is gone", holds=True), quiet(30, holds=True)))
    assert capsys.readouterr().out.splitlines() == [
        "[done] Scale it to 0: 3 → 0",
        "  [ proved  ] its pod is gone",
        "  [ unknown ] no new pod for 30 s: 0 of 30 s",
        "  [ proved  ] no new pod for 30 s: 30 s",
    ]


def test_where_standard_output_is_for_a_program_it_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(PLAN, to_stderr=True) as tell:
        tell(outcome())
    shown = capsys.readouterr()
    assert not shown.out
    assert "[done] Scale it to 0" in shown.err


def test_on_a_terminal_each_proof_is_one_line_that_counts() -> None:
    file = io.StringIO()
    live = LiveProofs(PLAN, Terminal(file=file, force_terminal=True, width=100, highlight=False, markup=False))
    with live.bars:
        for second in range(30):
            live.tell(outcome(Proof("its pod is gone", holds=True), quiet(second)))
        assert [(task.completed, task.total) for task in live.bars.tasks] == [(1.0, 1.0), (29.0, 30.0)]
        live.tell(outcome(Proof("its pod is gone", holds=True), quiet(30, holds=True)))
    last = file.getvalue().rpartition("[done]")[2]
    assert file.getvalue().count("[done] Scale it to 0") == 1, "a step is printed once, above the live lines"
    assert "proved" in last
    assert len(live.bars.tasks) == 2


def test_text_from_the_cluster_is_drawn_as_it_is() -> None:
    file = io.StringIO()
    live = LiveProofs(PLAN, Terminal(file=file, force_terminal=True, width=100, highlight=False, markup=False))
    with live.bars:
        live.tell(outcome(Proof("[red]x[/] \x1b]0;title\x07", None, "[/]")))
    assert "[red]x[/]" in file.getvalue()
    assert "\x1b]0;" not in file.getvalue()
