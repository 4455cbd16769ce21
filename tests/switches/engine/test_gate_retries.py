"""What the gate tries again, and what it does not: answers that were lost, a server that asks to wait, webhooks."""

from __future__ import annotations

import time

import msgspec
import pytest

from opsconsole.cluster.transport.errors import ServerFailure, Throttled, Unreachable
from opsconsole.journal.reader import read_entries
from opsconsole.journal.runs import runs
from opsconsole.journal.timeline import timeline
from opsconsole.present.plans import new_steps
from opsconsole.records import Step, StepOutcome, StepState
from tests.switches.toys import Toys, execute


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("the server is gone"),
        Throttled("429: asked to wait", status=429),
        ServerFailure("503: no leader", status=503, reason="etcdserver: no leader"),
    ],
)
def test_what_the_api_server_does_not_take_is_tried_again_once_the_others_had_their_turn(
    toys: Toys, error: Exception
) -> None:
    order: list[str] = []
    shown: list[str] = []

    def deed(step: Step) -> str:
        order.append(step.target.name)
        if step.target.name == "aura-1" and order.count("aura-1") < 3:
            raise error
        return "done"

    toys.effect._deed = deed
    toys.switches["all"].targets = ["aura-1", "aura-2"]
    plan, told = toys.board.make_plan("all"), {}
    outcome = toys.board.execute(plan, lambda now: shown.extend(new_steps(plan, now, told))).result(timeout=30)
    assert order == ["aura-1", "aura-2", "aura-1", "aura-1"]
    assert [(step.state, step.tries) for step in outcome.steps] == [(StepState.DONE, 3), (StepState.DONE, 1)]
    assert outcome.success
    assert "it is tried again" in shown[0]
    entries = read_entries(toys.journal.folder)
    kinds = [entry.kind for entry in entries if entry.body.get("step") == "all/aura-1"]
    assert kinds == ["begin", "retry", "begin", "retry", "begin", "end"]
    assert sum("not taken: End Pod/aura-1" in line.what for line in timeline(entries)) == 2
    [run] = runs(entries)
    assert run.outcome.steps == tuple(msgspec.structs.replace(step, seconds=step.seconds) for step in outcome.steps)


def test_what_was_before_a_try_whose_fate_is_not_known_is_kept_for_undo(toys: Toys) -> None:
    """The first try has written, its answer and the look at it are lost: the next finds what that one left."""
    world = {"now": b'{"was":1}'}
    looks: list[bytes] = []

    def read(_: Step) -> bytes:
        looks.append(world["now"])
        if len(looks) == 2:
            raise Unreachable("the look is lost too")
        return world["now"]

    def deed(_: Step) -> str:
        if world["now"] == b'{"was":1}':
            world["now"] = b'{"was":2}'
            raise Unreachable("the answer is lost")
        return "it was done already"

    toys.effect._deed, toys.effect.read = deed, read  # type: ignore[method-assign]
    [step] = execute(toys).steps
    assert (step.state, step.before, step.unsure) == (StepState.DONE, b'{"was":1}', False)
    [run] = runs(read_entries(toys.journal.folder))
    assert run.outcome.steps[0].before == b'{"was":1}'


def test_what_was_done_though_its_answer_was_lost_is_not_done_again(toys: Toys) -> None:
    calls: list[str] = []

    def read(_: Step) -> bytes | StepOutcome:
        return StepOutcome(toys.board.make_plan("revoke").steps[0].key, StepState.DONE, "gone") if calls else b"{}"

    def deed(step: Step) -> str:
        calls.append(step.key)
        raise Unreachable("the answer is lost")

    toys.effect._deed, toys.effect.read = deed, read  # type: ignore[method-assign]
    [step] = execute(toys).steps
    assert (step.state, len(calls)) == (StepState.DONE, 1)
    assert "though its answer was lost" in step.detail


def test_what_fails_beside_the_others_after_their_turn_is_tried_again_too(toys: Toys) -> None:
    calls: list[str] = []

    def deed(step: Step) -> str:
        calls.append(step.key)
        if len(calls) == 1:
            time.sleep(0.3)  # the others have had their turn by then
            raise Unreachable("the server is gone")
        return "done"

    toys.effect._deed = deed
    toys.effect.beside = True  # type: ignore[attr-defined]
    [step] = execute(toys).steps
    assert (step.state, step.tries, len(calls)) == (StepState.DONE, 2, 2)


def test_what_a_webhook_breaks_is_not_tried_again(toys: Toys) -> None:
    calls: list[str] = []

    def deed(step: Step) -> str:
        calls.append(step.key)
        raise ServerFailure("500", status=500, reason='failed calling webhook "a.example": no answer')

    toys.effect._deed = deed
    assert execute(toys).steps[0].state is StepState.FAILED
    assert len(calls) == 1


def test_a_step_is_not_tried_again_for_ever(toys: Toys) -> None:
    calls: list[str] = []

    def deed(step: Step) -> str:
        calls.append(step.key)
        raise Unreachable("the server is gone")

    toys.effect._deed = deed
    [step] = execute(toys).steps
    assert step.state is StepState.FAILED
    assert step.tries == len(calls) > 5
