"""The GPU switch: who is in the plan, what is said of the others, and the proof by memory."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest

from opsconsole.containment import exit_code, verdict
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.observe import GpuReading
from opsconsole.parallel import within
from opsconsole.records import GpuDevice, GpuProcess, Outcome, Plan, ProcessState, Ref, State, StepOutcome, StepState
from opsconsole.switches.gpu import switch as gpu_switch
from opsconsole.switches.gpu.plan import GpuFacts, plan
from opsconsole.switches.gpu.switch import GpuSwitch
from opsconsole.switches.stop_all.switch import StopAll
from opsconsole.switches.target.facts import OptimizerFacts, PodFact
from tests.support.clock import ManualClock

MI = 1 << 20


def device(used: int = 40_000, index: int = 0) -> GpuDevice:
    return GpuDevice(f"GPU-{index}", index, memory_total=80_000 * MI, memory_used=used * MI)


def process(pid: int, **more: Any) -> GpuProcess:
    given = {"memory": 10_000 * MI, "name": "python", "start_ticks": 7, "candidate": True, "why": "its pod is gone"}
    where = more.pop("device", "GPU-0")
    return GpuProcess(f"{where}/{pid}", pid, where, **(given | more))


class Eyes:
    """Sees what it is told to."""

    def __init__(self, *looks: GpuReading | ProbeError) -> None:
        self.looks = list(looks)

    def look(self) -> GpuReading:
        now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(now, ProbeError):
            raise now
        return now


def steps_of(made: Plan) -> list[int]:
    return [int(step.target.name) for step in made.steps]


def test_only_candidates_are_in_the_plan_and_each_other_is_named_with_why() -> None:
    everyone = (
        process(1),
        process(2, candidate=False, why="pod ops/x is alive"),
        process(3, candidate=False, protected=True, name="dcgm-exporter", why="protected"),
        process(4, candidate=False, state=ProcessState.UNINTERRUPTIBLE, why="in uninterruptible sleep"),
    )
    made = plan(GpuFacts((device(),), everyone), 10.0, 0.0)
    assert steps_of(made) == [1]
    assert made.steps[0].command == "kill -TERM 1; sleep 10; kill -KILL 1"
    assert any("2 (python) is left alone: pod ops/x is alive" in words for words in made.notes)
    assert any("dcgm-exporter" in words and "protected" in words for words in made.notes)
    assert any("4 (python) stays: in uninterruptible sleep" in words for words in made.warnings)


def test_a_process_on_two_gpus_is_ended_once() -> None:
    made = plan(GpuFacts((device(), device(index=1)), (process(1), process(1, device="GPU-1"))), 10.0, 0.0)
    assert steps_of(made) == [1]


def test_unknown_memory_is_said_to_be_unknown() -> None:
    made = plan(GpuFacts((device(),), (process(1, memory=None),)), 10.0, 0.0)
    assert any("unknown" in words for words in made.warnings)
    assert "? MiB" in made.shows[0].detail


def test_a_protected_process_is_never_planned_even_as_a_doomed_pods() -> None:
    mine = process(1, candidate=False, pod_uid="uid-1", why="pod ops/aura is alive")
    guarded = process(2, candidate=False, protected=True, pod_uid="uid-1")
    other = process(3, candidate=False, pod_uid="uid-2", why="pod ops/x is alive")
    facts = GpuFacts((device(),), (mine, guarded, other))
    assert steps_of(plan(facts, 10.0, 0.0)) == []
    made = plan(facts, 10.0, 0.0, doomed={"uid-1"})
    assert steps_of(made) == [1]
    assert "ended if it outlives its pod" in made.steps[0].title


def test_what_the_optimizer_runs_outside_kubernetes_is_planned_only_behind_its_deletion() -> None:
    worker = process(1, candidate=False, once_orphaned=True, why="outside Kubernetes, and no orphan: its parent is 7")
    guarded = process(2, candidate=False, once_orphaned=True, protected=True)
    facts = GpuFacts((device(),), (worker, guarded, process(3, candidate=False)))
    assert steps_of(plan(facts, 10.0, 0.0)) == []
    made = plan(facts, 10.0, 0.0, doomed={"uid-1"})
    assert steps_of(made) == [1]
    assert "ended if it outlives its parent" in made.steps[0].title


@pytest.mark.parametrize(
    ("eyes", "words"),
    [
        (None, "switched off"),
        (Eyes(ProbeError(State.ABSENT, "no NVIDIA library here")), "no NVIDIA library here"),
        (Eyes(GpuReading((device(),), ())), "nothing to clean up"),
    ],
)
def test_nothing_to_do_is_said_with_why(eyes: Eyes | None, words: str) -> None:
    switch = GpuSwitch(eyes, [], 10.0, ManualClock())
    made = switch.plan(switch.gather())
    assert words in made.blocked
    assert not made.steps


def verify(before: GpuReading, *after: GpuReading | ProbeError, state: StepState = StepState.DONE) -> list[Any]:
    clock = ManualClock()
    switch = GpuSwitch(Eyes(*after), [], 10.0, clock)
    made = plan(GpuFacts(before.devices, before.processes), 10.0, 0.0)
    outcome = Outcome("gpu", 0.0, steps=tuple(StepOutcome(step.key, state) for step in made.steps))
    found = []
    for proofs in switch.verify(made, outcome):
        found.append(proofs)
        clock.at += 6.0
        if all(proof.holds for proof in proofs):
            break
    return found


def test_memory_that_is_free_again_is_the_proof() -> None:
    before = GpuReading((device(40_000),), (process(1),))
    found = verify(before, GpuReading((device(40_000),), ()), GpuReading((device(30_000),), ()))
    assert [proofs[0].holds for proofs in found] == [None, True]
    assert "10,000 MiB free again" in found[-1][0].detail


def test_memory_that_stays_held_is_a_failure_in_the_end() -> None:
    before = GpuReading((device(40_000),), (process(1),))
    found = verify(before, GpuReading((device(40_000),), ()))
    assert found[-1][0].holds is False
    assert "reset the GPU" in found[-1][0].detail


def test_a_gpu_that_cannot_be_read_any_more_leaves_it_unknown() -> None:
    found = verify(GpuReading((device(),), (process(1),)), ProbeError(State.DOWN, "NVML hangs"))
    assert found[-1][0].holds is None
    assert "NVML hangs" in found[-1][0].detail


def test_without_an_ended_process_there_is_no_proof() -> None:
    found = verify(GpuReading((device(),), (process(1),)), GpuReading((device(),), ()), state=StepState.FAILED)
    assert found == [found[0]]
    assert found[0][0].holds is None


NO_RIGHT = process(5, candidate=False, unjudged=True, state=ProcessState.NO_PERMISSION, why="not shown: run as root")
STUCK = process(6, candidate=False, unjudged=True, state=ProcessState.UNINTERRUPTIBLE, why="no signal reaches it")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (GpuFacts((device(),), (NO_RIGHT,)), "1 process stays that can't be judged or ended"),
        (GpuFacts((device(),), (NO_RIGHT, STUCK)), "2 processes stay that can't be judged or ended"),
        (GpuFacts((device(),), (), note="GPU 0 not wholly read: lost"), "GPU 0 not wholly read: lost"),
        (GpuFacts((device(),), (), unseen=(("a", "hangs"), ("b", "hangs"))), "2 nodes are NOT seen"),
    ],
    ids=["not judged", "stuck", "not wholly read", "not seen"],
)
def test_no_candidate_where_not_all_is_known_is_not_nothing(facts: GpuFacts, words: str) -> None:
    made = plan(facts, 10.0, 0.0)
    assert words in made.blocked
    assert made.warnings
    assert not made.nothing


def test_what_was_not_known_at_first_stays_unproved_though_the_memory_is_free() -> None:
    alive = process(7, candidate=False, why="alive")
    before = GpuFacts((device(),), (process(1), NO_RIGHT, alive), note="GPU 1 not wholly read: lost")
    after = GpuReading((device(30_000),), (NO_RIGHT, alive), note=before.note)
    switch = GpuSwitch(Eyes(after), [], 10.0, ManualClock())
    made = plan(before, 10.0, 0.0)
    outcome = Outcome("gpu", 0.0, steps=tuple(StepOutcome(step.key, StepState.DONE) for step in made.steps))
    [proofs] = switch.verify(made, outcome)  # one look: the rest would stay unknown for ever
    assert [(proof.claim, proof.holds) for proof in proofs] == [
        ("GPU 0: the memory is free", True),
        ("nothing else is left on GPUs", None),
        ("process 5 (python) is not to be ended", None),
    ]


@pytest.mark.parametrize(
    ("note", "holds", "words"),
    [("", True, "all is seen now"), ("not all memory in use is explained", None, "not all memory in use")],
)
def test_memory_that_is_explained_once_the_leftovers_are_gone_is_proved(
    note: str, *, holds: bool | None, words: str
) -> None:
    """What was missing from the account was what the ended processes held."""
    before = GpuFacts((device(),), (process(1),), note="not all memory in use is explained, and only root can see")
    switch = GpuSwitch(Eyes(GpuReading((device(30_000),), (), note=note)), [], 10.0, ManualClock())
    made = plan(before, 10.0, 0.0)
    outcome = Outcome("gpu", 0.0, steps=tuple(StepOutcome(step.key, StepState.DONE) for step in made.steps))
    proofs = next(iter(switch.verify(made, outcome)))
    rest = next(proof for proof in proofs if proof.claim == "nothing else is left on GPUs")
    assert rest.holds is holds
    assert words in rest.detail


@pytest.mark.parametrize(
    "kept", [{}, {"candidate": False, "candidate_in": 50.0}, {"candidate": False, "unjudged": True}]
)
def test_a_leftover_that_only_the_second_look_sees_is_left(kept: dict[str, Any]) -> None:
    """A GPU that could not be read at first can be read now, and a leftover is on it."""
    before = GpuFacts((device(),), (process(1),), note="GPU 1 not wholly read: lost")
    after = GpuReading((device(30_000),), (process(9, why="its pod is gone", **kept),))
    switch = GpuSwitch(Eyes(after), [], 10.0, ManualClock())
    made = plan(before, 10.0, 0.0)
    outcome = Outcome("gpu", 0.0, steps=tuple(StepOutcome(step.key, StepState.DONE) for step in made.steps))
    proofs = next(iter(switch.verify(made, outcome)))
    rest = next(proof for proof in proofs if proof.claim == "nothing else is left on GPUs")
    assert (rest.holds, rest.detail) == (None, "9 (python): its pod is gone")


def test_a_leftover_that_is_not_to_be_ended_yet_is_not_nothing_to_clean_up() -> None:
    soon = process(1, candidate=False, candidate_in=57.0, why="its pod is gone; a candidate in a minute")
    made = plan(GpuFacts((device(),), (soon, soon)), 10.0, 0.0)
    assert not made.nothing
    assert made.blocked == (
        "nothing to clean up yet: 1 process is a leftover that can be ended in 57 s (opsconsole kill gpu --wait 62)"
    )
    assert any("1 (python) can't be ended yet, in 57 s" in words for words in made.warnings)
    beside = plan(GpuFacts((device(),), (soon, process(2))), 10.0, 0.0)
    assert steps_of(beside) == [2]
    assert any("1 (python) can't be ended yet" in words for words in beside.warnings)


def test_a_leftover_that_is_not_to_be_ended_yet_leaves_the_proof_of_the_others_open() -> None:
    """One is ended and its memory is free; that of the other one is held all the same."""
    soon = process(1, candidate=False, candidate_in=57.0, why="its pod is gone; a candidate in a minute")
    before = GpuReading((device(40_000),), (soon, process(2)))
    found = verify(before, GpuReading((device(30_000),), (soon,)))
    assert len(found) == 1, "what is not due is not waited for"
    free, left = found[-1]
    assert (free.holds, left.holds) == (True, None)
    assert left.claim == "process 1 (python) holds no GPU any more"
    assert "not yet judged" in left.detail
    assert "opsconsole kill gpu --wait 62" in left.detail
    ended = Outcome("gpu", 0.0, 1.0, (StepOutcome("x", StepState.DONE),), (free, left))
    assert (exit_code(ended), verdict(ended).value) == (1, "NOT PROVED")


def test_a_process_that_nvml_does_not_list_is_not_said_to_be_on_a_mig_device() -> None:
    made = plan(GpuFacts((device(),), (process(1, memory=None, kind="open handle"),)), 10.0, 0.0)
    [words] = made.warnings
    assert "NVML does not list 1 (python), which has the device open" in words


class Canned:
    """A part of ``all`` with a plan of its own."""

    poll_seconds = 0.0
    key = "x"
    effects: dict[str, Any] = {}  # noqa: RUF012 - a switch's attribute

    def __init__(self, name: str, facts: Any, made: Plan) -> None:
        self.name, self.title, self._facts, self._plan = name, f"Do {name}", facts, made

    def gather(self) -> Any:
        return self._facts

    def plan(self, facts: Any) -> Plan:
        return self._plan

    def verify(self, made: Plan, outcome: Outcome) -> Any:
        assert {step.step for step in outcome.steps} == {step.key for step in made.steps}
        yield ()


def test_all_three_include_what_the_deleted_pods_may_leave_on_the_gpu() -> None:
    held = process(1, candidate=False, pod_uid="uid-1", why="alive")
    pod = PodFact(Ref("Pod", "ops", "aura", "uid-1"), phase="Running")
    gpu_facts = GpuFacts((device(),), (held,))
    optimizer = Canned(
        "optimizer", (OptimizerFacts("ops/aura", pods=(pod,)),), Plan("optimizer", "t", 0.0, "f", blocked="x")
    )
    gpu = Canned("gpu", gpu_facts, plan(gpu_facts, 10.0, 0.0))
    parts: Any = [optimizer, gpu]
    switch = StopAll(parts, lambda: 0.0, {"gpu": lambda facts, doomed: plan(facts, 10.0, 0.0, doomed)})
    made = switch.plan(switch.gather())
    assert [step.key for step in made.steps] == ["gpu:gpu.terminate/1-7"]
    assert "NOT PLANNED, so not proved: Do optimizer: x" in made.warnings
    outcome = Outcome("all", 0.0, steps=tuple(StepOutcome(step.key, StepState.DONE) for step in made.steps))
    list(switch.verify(made, outcome))
    assert msgspec.json.decode(made.steps[0].arguments)["pid"] == 1


def test_a_plan_of_all_three_waits_for_no_gpu_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who revokes waits for nothing; what has not answered by then is not planned, and so not proved."""
    free = threading.Event()

    class Hanging:
        def look(self) -> GpuReading:
            free.wait(60)
            return GpuReading((device(),), ())

    monkeypatch.setattr(gpu_switch, "SOON", 0.2)
    switch = GpuSwitch(Hanging(), [], 10.0, ManualClock())
    parts: Any = [Canned("revoke", None, Plan("revoke", "t", 0.0, "f", blocked="x", nothing=True)), switch]
    every = StopAll(parts, lambda: 0.0, {"gpu": switch.plan_without}, {"gpu": switch.gather_soon})
    try:
        made = every.plan(every.gather())
    finally:
        free.set()
    assert not made.nothing
    assert any("no answer yet in 0.2 s" in words for words in made.warnings)


def test_what_a_late_call_raises_or_returns_in_time_is_its_own() -> None:
    assert within(20, lambda: 7) == 7
    with pytest.raises(KeyError):
        within(20, lambda: {}["x"])
    with pytest.raises(TimeoutError):
        within(0.01, threading.Event().wait)
