"""The words of a plan and of what became of it: whole words on every line, right in number."""

from __future__ import annotations

import pytest

from opsconsole.present.plans import outcome_lines, plan_lines, verdict
from opsconsole.records import GpuProcess, Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState
from opsconsole.switches.gpu import switch as gpu
from opsconsole.ui.drawing.spans import line, plain, width_of
from opsconsole.ui.text.buffer import TextBuffer

COMMAND = 'kubectl patch rolebinding ops-tools-deployers -n production --type=json -p \'[{"op": "remove"}]\''
STEP = Step("s", "Take ServiceAccount ops-tools/aura-optimizer out of RoleBinding/ops-tools-deployers -n production",
            "effect", Ref("RoleBinding", "production", "ops-tools-deployers"), command=COMMAND)  # fmt: skip
PLAN = Plan("revoke", "Revoke what ServiceAccount ops-tools/aura-optimizer may change", 0.0, "f", steps=(STEP,),
            warnings=("tokens without end in Secrets stay valid for logging in: delete them by hand",))  # fmt: skip


def rows(lines, width: int) -> list[str]:
    buffer = TextBuffer(words=True)
    buffer.replace(lines)
    return [plain(row) for row in buffer.visible(width, 200)]


@pytest.mark.parametrize("width", [80, 61, 100])
def test_no_word_of_a_plan_or_an_outcome_is_broken(width):
    proofs = (Proof("ops-tools/aura-optimizer may change nothing in the whole cluster", None, "11 of 11 denied " * 4),)
    outcome = Outcome("revoke", 0.0, steps=(StepOutcome("s", StepState.DONE, "taken out"),), proofs=proofs, run="r")
    for spans in (plan_lines(PLAN, 0.0, "Space chooses"), outcome_lines(PLAN, outcome)):
        lines = [line(*each) for each in spans]
        shown = rows(lines, width)
        assert all(width_of(row) <= width for row in shown)
        assert [word for row in shown for word in row.split()] == [w for row in lines for w in plain(row).split()]


@pytest.mark.parametrize(
    ("proofs", "words"),
    [
        ((Proof("a", holds=True), Proof("b", holds=True), Proof("c")), "NOT PROVED: 2 of 3 proofs hold"),
        ((Proof("a", holds=True),), "DONE AND PROVED: 1 of 1 proof holds"),
    ],
)
def test_not_proved_does_not_read_as_if_the_number_were_of_what_failed(proofs, words):
    outcome = Outcome("revoke", 0.0, 1.0, steps=(StepOutcome("s", StepState.DONE),), proofs=proofs, run="r")
    assert verdict(outcome)[0] == words


@pytest.mark.parametrize(
    ("number", "words"), [(1, "End 1 process that holds GPU memory"), (2, "End 2 processes that hold ")]
)
def test_a_gpu_plan_counts_in_the_right_number(number, words):
    processes = tuple(
        GpuProcess(str(pid), pid, "GPU-0", start_ticks=pid, candidate=True) for pid in range(101, 101 + number)
    )
    assert gpu.plan(gpu.GpuFacts(processes=processes), 10.0, 0.0).title.startswith(words)
