"""What is proved of each part, what is not, and what is unknown: after executions, and by the GPUs that are seen."""

from __future__ import annotations

import pytest

from opsconsole.records import GpuProcess, Health, Outcome, Plan, Proof, State
from opsconsole.settings import GpuSettings
from opsconsole.ui.status import containment
from opsconsole.ui.status.containment import OPTIMIZER, PARTS, REVOKE, Executed, Part
from tests.ui.status.contained import AT, HOST, executed, step


def test_an_outcome_without_proofs_or_with_an_error_proves_nothing():
    plan = Plan("revoke", "revoke", AT, "")
    for outcome in (
        Outcome("revoke", AT, AT + 1),
        Outcome("revoke", AT, AT + 1, error="broke", proofs=(Proof("x", holds=True),)),
    ):
        parts = containment.of_executions([Executed(plan, outcome)])
        assert parts[REVOKE].holds is None


def test_the_switch_for_all_three_proves_only_the_parts_that_it_had():
    steps = (step("revoke:a"), step("optimizer:b"))
    parts = containment.of_executions([executed("all", steps=steps)])
    assert [parts[name].holds for name in PARTS] == [True, True, False]


def test_a_later_execution_that_proves_nothing_takes_an_earlier_proof_away():
    parts = containment.of_executions([executed("revoke"), executed("revoke", holds=False, at=AT + 9)])
    assert parts[REVOKE].holds is None


def test_what_was_undone_from_here_is_not_proved_any_more():
    done = executed("all", steps=(step("revoke:a"), step("optimizer:b")), run="r1")
    undo = executed("undo", steps=(step("back", undoes="r1/revoke:a"),), at=AT + 50)
    parts = containment.of_executions([done, undo])
    assert parts[REVOKE] == Part(holds=False, why="undone from here")
    assert parts[OPTIMIZER].holds is True
    alone = containment.of_executions([executed("optimizer", run="r2"), executed("undo", steps=(step("b", "r2/x"),))])
    assert alone[OPTIMIZER].holds is False


def gpu_process(pid: int = 1, **more) -> GpuProcess:
    return GpuProcess(f"GPU-0/{pid}", pid, "GPU-0", **more)


@pytest.mark.parametrize(
    ("processes", "state", "holds"),
    [
        ((), State.ABSENT, True),
        ((), State.LIVE, True),
        ((), State.STALE, None),
        ((gpu_process(candidate=True),), State.LIVE, False),
        ((gpu_process(once_orphaned=True),), State.LIVE, False),
        ((gpu_process(candidate=True),), State.STALE, False),
        ((gpu_process(),), State.LIVE, True),
        ((gpu_process(unjudged=True),), State.LIVE, None),
        ((gpu_process(2, candidate=True), gpu_process(unjudged=True)), State.LIVE, False),
    ],
)
def test_gpus_stand_as_they_are_seen_and_unknown_stays_unknown(processes, state, holds):
    assert containment.gpus(containment.NOT_DONE, processes, Health("gpu", state, AT), HOST).holds is holds


@pytest.mark.parametrize("state", [State.LIVE, State.ABSENT, State.STALE])
def test_gpus_of_which_no_process_is_seen_are_never_told_to_be_clean(state):
    dcgm = Health("gpu", state, AT, AT, "from Prometheus (DCGM): devices, no processes")
    part = containment.gpus(containment.NOT_DONE, (), dcgm, GpuSettings(nodes="dcgm"))
    assert part == Part(None, "processes not seen (gpu.nodes = dcgm)")


def test_what_could_not_be_judged_is_counted_in_words_even_behind_a_proof():
    known = (gpu_process(unjudged=True), gpu_process(2), gpu_process(3, unjudged=True))
    part = containment.gpus(Part(holds=True, at=AT), known, Health("gpu", State.LIVE, AT), HOST)
    assert part == Part(None, "2 processes not judged")


def test_where_no_gpu_is_it_is_said_as_the_feed_says_it():
    fleet = Health("gpu", State.ABSENT, AT, detail="no node of this cluster offers a GPU")
    part = containment.gpus(containment.NOT_DONE, (), fleet, GpuSettings(nodes="ssh"))
    assert part == Part(holds=True, why="no node of this cluster offers a GPU")


@pytest.mark.parametrize(("nodes", "why"), [("ssh", "2 GPU nodes not wholly seen"), ("", "not wholly seen")])
def test_a_look_that_did_not_see_everything_does_not_tell_that_nothing_is_left(nodes, why):
    partly = Health("gpu", State.LIVE, AT, AT, unread=2)
    assert containment.gpus(containment.NOT_DONE, (), partly, GpuSettings(nodes=nodes)) == Part(None, why)


@pytest.mark.parametrize("state", [State.DOWN, State.STALE, State.STARTING, State.DENIED])
def test_gpus_that_are_not_read_now_are_not_seen_whatever_was_not_read(state):
    for unread in (0, 1):
        health = Health("gpu", state, AT, AT, unread=unread)
        assert containment.gpus(containment.NOT_DONE, (), health, HOST) == Part(None, "not seen now")


def test_gpus_that_were_proved_clean_are_not_if_something_is_left_now():
    left = (GpuProcess("1", 1, "GPU-0", candidate=True), GpuProcess("2", 1, "GPU-1", candidate=True))
    part = containment.gpus(Part(holds=True, at=AT), left, None, HOST)
    assert part == Part(holds=False, why="1 left")
    assert containment.gpus(Part(holds=True, at=AT), (), None, HOST).at == AT
    assert containment.gpus(containment.NOT_DONE, (), None, GpuSettings(enabled=False)).holds is True
