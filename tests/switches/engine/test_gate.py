"""The one gate: order of journal, permit and effect; what it does when something fails; its executor and board."""

from __future__ import annotations

import threading
from base64 import b64encode
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.journal.reader import read_entries
from opsconsole.journal.runs import runs
from opsconsole.journal.timeline import timeline
from opsconsole.journal.writer import JournalError
from opsconsole.permit import PermitError
from opsconsole.records import Outcome, Plan, Proof, Step, StepOutcome, StepState
from opsconsole.switches.engine.board import BusyError, StalePlanError
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import BlockedError
from opsconsole.switches.engine.switch import Registry, UnknownSwitchError
from tests.switches.toys import ToyEffect, Toys, ToySwitch, execute


def test_intent_and_what_was_seen_are_on_the_disk_before_the_effect(toys: Toys) -> None:
    seen: list[list[str]] = []
    toys.effect._deed = lambda _: seen.append([e.kind for e in read_entries(toys.journal.folder)]) or "done"  # type: ignore[func-returns-value]
    assert execute(toys).success
    assert seen == [["intent", "begin"]]
    entries = read_entries(toys.journal.folder)
    assert [entry.kind for entry in entries] == ["intent", "begin", "end", "outcome"]
    assert entries[1].body["before"] == {"was": 1}


def test_no_journal_no_effect(toys: Toys, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("not a folder")
    with pytest.raises(JournalError):
        execute(toys)
    assert toys.effect.done == []
    outcome = execute(toys, without_journal=True)
    assert toys.effect.done == ["revoke/aura-1"]
    assert "could not be written" in outcome.notes[0]


def test_what_could_not_be_written_is_written_later_and_says_so(toys: Toys, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    place.write_text("not a folder")
    execute(toys, without_journal=True)
    place.unlink()
    execute(toys, "optimizer")
    entries = read_entries(toys.journal.folder)
    late = [entry.kind for entry in entries if entry.body.get("late")]
    assert late == ["intent", "override", "begin", "end", "outcome"]
    assert [run.plan.switch for run in runs(entries)] == ["revoke", "optimizer"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("the server is gone"), "the server is gone"),
        (PermitError("no valid permit"), "no valid permit"),
        (KeyError("x"), "a defect of the console"),
    ],
)
def test_a_step_that_fails_says_why_and_the_others_go_on(toys: Toys, error: Exception, words: str) -> None:
    def deed(step: Step) -> str:
        if step.target.name == "aura-1":
            raise error
        return "done"

    toys.effect._deed = deed
    toys.switches["all"].targets = ["aura-1", "aura-2", "aura-3"]
    outcome = execute(toys, "all")
    assert [step.state for step in outcome.steps] == [StepState.FAILED, StepState.DONE, StepState.DONE]
    assert words in outcome.steps[0].detail


def test_a_plan_that_names_an_effect_that_nobody_has_fails_alone(toys: Toys) -> None:
    plan = toys.board.make_plan("revoke")
    stranger = msgspec.structs.replace(plan.steps[0], key="x", effect="nobody.knows")
    outcome = toys.gate.execute(
        toys.switches["revoke"],
        msgspec.structs.replace(plan, steps=(stranger, *plan.steps)),
        toys.registry.effects,
    )
    assert [step.state for step in outcome.steps] == [StepState.FAILED, StepState.DONE]


def test_a_blocked_plan_is_never_executed(toys: Toys) -> None:
    toys.switches["gpu"].blocked = "no GPU here"
    with pytest.raises(BlockedError, match="no GPU here"):
        execute(toys, "gpu")
    assert not toys.journal.folder.exists()


def test_a_permit_is_used_up(toys: Toys) -> None:
    execute(toys)
    with pytest.raises(PermitError):
        toys.mint.redeem(toys.effect.permits[0], "toy.end", toys.effect.permits[0].target)


def test_parallel_steps_run_at_the_same_time(toys: Toys) -> None:
    together = threading.Barrier(3)
    toys.effect.parallel = True
    toys.effect._deed = lambda _: str(together.wait(60))
    toys.switches["all"].targets = ["a", "b", "c"]
    outcome = execute(toys, "all")
    assert [step.state for step in outcome.steps] == [StepState.DONE] * 3


def test_a_verification_that_breaks_is_told_and_is_no_success(toys: Toys) -> None:
    def broken(_plan: Plan, _outcome: Outcome) -> Any:
        yield (Proof("half", holds=True), Proof("other", None))
        raise RuntimeError("torn")

    toys.switches["revoke"].verify = broken  # type: ignore[method-assign]
    outcome = execute(toys)
    assert "verification broke off" in outcome.error
    assert not outcome.success
    assert runs(read_entries(toys.journal.folder))[0].outcome.error == outcome.error


def test_an_outcome_without_proof_is_not_contained(toys: Toys) -> None:
    toys.switches["revoke"].proofs = [()]
    assert not execute(toys).success


def test_a_screen_that_raises_does_not_stop_what_was_begun(toys: Toys) -> None:
    def bad(_: Outcome) -> None:
        raise RuntimeError("the screen is gone")

    toys.board.watch(bad)
    toys.board.on_finished(lambda _plan, _outcome: bad(_outcome))
    assert execute(toys, on_progress=bad).success


def test_the_same_switch_is_not_executed_twice_at_once(toys: Toys) -> None:
    go, begun = threading.Event(), threading.Event()
    toys.effect._deed = lambda _: (begun.set(), go.wait(60)) and "done"
    plan = toys.board.make_plan("revoke")
    first = toys.board.execute(plan)
    assert begun.wait(60)
    second = toys.board.execute(plan)
    with pytest.raises(BusyError):
        second.result(timeout=60)
    assert toys.board.running("revoke") is not None
    go.set()
    assert first.result(timeout=60).success
    assert toys.board.running("revoke") is None


def test_a_plan_older_than_its_facts_is_refused_and_the_new_one_is_handed_out(toys: Toys) -> None:
    old = toys.board.make_plan("revoke")
    toys.switches["revoke"].targets = ["another"]
    new = toys.board.make_plan("revoke")
    with pytest.raises(StalePlanError) as caught:
        toys.board.execute(old).result(timeout=60)
    assert caught.value.plan == new
    assert toys.effect.done == []


def test_plans_are_kept_ready_and_a_failing_one_keeps_its_last(toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    changed: dict[str, threading.Event] = {name: threading.Event() for name in toys.switches}
    toys.board.on_change(lambda name: changed[name].set())
    toys.board.start()
    assert all(event.wait(60) for event in changed.values())
    ready = toys.board.plan("revoke")
    assert ready is not None
    changed["revoke"].clear()

    def down() -> list[str]:
        raise Unreachable("no answer in time")

    monkeypatch.setattr(toys.switches["revoke"], "gather", down)
    toys.board.opened("revoke")
    monkeypatch.setattr(toys.board, "_is_due", lambda _name: True)
    toys.board._wake.set()
    assert changed["revoke"].wait(60)
    assert toys.board.trouble("revoke") == "no answer in time"
    assert toys.board.plan("revoke") == ready
    toys.board.stop()


def test_a_costly_switch_is_planned_while_it_is_looked_at_and_no_old_plan_of_it_is_shown(toys: Toys) -> None:
    toys.switches["gpu"].kept_ready = False
    made = {name: threading.Event() for name in toys.switches}
    toys.board.on_change(lambda name: made[name].set())
    toys.board.start()
    assert made["all"].wait(60)  # the last of them
    assert toys.board.plan("gpu") is None
    toys.board.opened("gpu")
    assert made["gpu"].wait(60)
    assert toys.board.plan("gpu") is not None
    toys.board.stop()
    toys.board.opened("")
    assert toys.board.plan("gpu") is None
    assert toys.board.plan("revoke") is not None


def test_a_switch_that_was_never_planned_says_why(toys: Toys) -> None:
    toys.switches["gpu"].gather = lambda: 1 / 0  # type: ignore[assignment,method-assign]
    toys.board._refresh("gpu")
    plan = toys.board.plan("gpu")
    assert plan is not None
    assert "a defect of the console: ZeroDivisionError" in plan.blocked


def test_the_executor_never_makes_anyone_wait() -> None:
    executor, stuck = ReservedExecutor(threads=1), threading.Event()
    blocked = [executor.submit(stuck.wait) for _ in range(20)]
    assert executor.submit(lambda: "through").result(timeout=60) == "through"
    stuck.set()
    assert all(future.result(timeout=60) for future in blocked)
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "switch")


def test_what_the_executor_runs_may_fail_and_is_cancelled_before_it_runs() -> None:
    executor = ReservedExecutor(threads=1)
    with pytest.raises(ZeroDivisionError):
        executor.submit(lambda: 1 / 0).result(timeout=60)
    future: Future[None] = executor.submit(lambda: None)
    future.result(timeout=60)
    executor.close()


@pytest.mark.parametrize(
    ("name", "key", "effect"), [("revoke", "9", "x"), ("mine", "1", "x"), ("mine", "9", "toy.end"), ("mine", "u", "x")]
)
def test_a_plugins_switch_may_not_take_a_name_a_key_or_an_effect(toys: Toys, name: str, key: str, effect: str) -> None:
    registry = Registry()
    registry.add(toys.switches["revoke"])
    with pytest.raises(ValueError, match=r"clashes|both have|undo"):
        registry.add(ToySwitch(name, key, ToyEffect(effect, toys.mint), [], toys.clock))


def test_an_unknown_switch_is_named_with_those_that_there_are(toys: Toys) -> None:
    with pytest.raises(UnknownSwitchError, match="there are: revoke, optimizer, gpu, all"):
        toys.board.switch("everyone")


def test_the_timeline_tells_the_night(toys: Toys) -> None:
    toys.effect._deed = lambda step: "done" if step.target.name == "aura-1" else 1 / 0  # type: ignore[return-value]
    toys.switches["all"].targets = ["aura-1", "aura-2"]
    execute(toys, "all")
    words = [line.what for line in timeline(read_entries(toys.journal.folder))]
    assert "begins: Toy all plan (2 steps)" in words[0]
    assert any("about to: End Pod/aura-1" in each for each in words)
    assert any("done: End Pod/aura-1" in each for each in words)
    assert any("failed: End Pod/aura-2" in each and "ZeroDivision" in each for each in words)
    assert "NOT ALL DONE: 1 of 1 proofs hold" in words[-1]


def test_a_run_reads_back_as_it_was(toys: Toys) -> None:
    plan = toys.board.make_plan("revoke")
    outcome = toys.board.execute(plan).result(timeout=60)
    (run,) = runs(read_entries(toys.journal.folder))
    assert run.finished
    assert run.plan == plan
    assert run.outcome.proofs == outcome.proofs
    assert run.outcome.success
    assert run.outcome.steps[0].before == b'{"was":1}'
    assert run.begun == run.outcome.steps


def test_an_interrupted_run_tells_what_was_begun(toys: Toys) -> None:
    toys.switches["all"].targets = ["a", "b", "c"]
    plan = toys.board.make_plan("all")

    def die(step: Step) -> str:
        if step.target.name == "b":
            raise SystemExit
        return "done"

    toys.effect._deed = die
    with pytest.raises(SystemExit):
        toys.gate.execute(toys.switches["all"], plan, toys.registry.effects)
    (run,) = runs(read_entries(toys.journal.folder))
    assert not run.finished
    assert [step.state for step in run.outcome.steps] == [StepState.DONE, StepState.RUNNING, StepState.WAITING]
    assert [step.step for step in run.begun] == ["all/a", "all/b"]
    assert "interrupted" in run.outcome.steps[1].detail


def test_an_effect_that_finds_nothing_to_do_gets_no_permit(toys: Toys) -> None:
    toys.effect.read = lambda step: StepOutcome(step.key, StepState.DONE, "it is gone")  # type: ignore[method-assign]
    outcome = execute(toys)
    assert outcome.steps[0].detail == "it is gone"
    assert toys.effect.permits == []
    assert [entry.kind for entry in read_entries(toys.journal.folder)] == ["intent", "end", "outcome"]


def test_what_verification_needs_is_not_in_the_journal_where_nothing_could_mask_it(toys: Toys) -> None:
    made = toys.board.make_plan("revoke")
    plan = msgspec.structs.replace(made, checks=b'{"annotations": {"token": "hunter2"}}')
    toys.board._plans.clear()
    toys.board.execute(plan).result(timeout=60)
    text = toys.journal.path.read_text()
    assert "hunter2" not in text
    assert b64encode(b"hunter2").decode()[:8] not in text
    assert '"checks"' not in text


def test_undo_says_which_entries_of_the_journal_it_could_not_use(toys: Toys) -> None:
    toys.board.execute(toys.board.make_plan("revoke")).result(timeout=60)
    intent = read_entries(toys.journal.folder)[0].body
    toys.journal.append("intent", intent | {"run": "later", "v": 99})
    plan = toys.board.undo_plan()
    words = " ".join([plan.blocked, *plan.notes])
    assert "the journal can't be read whole" in words, words
    assert not plan.nothing, "what could not be read may be what is to be undone"
