"""What acts at once: the journal says what is meant before it, and nothing else keeps the write waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.journal.reader import read_entries
from opsconsole.masking import mask
from opsconsole.records import Plan, Step, StepState
from opsconsole.switches.engine import gate
from tests.support.waiting import eventually
from tests.switches.toys import ToyEffect, Toys, execute

SECRET = "hunter2-hunter2"


class AtOnce(ToyEffect):
    """An effect that acts on what the plan saw."""

    def known(self, step: Step) -> bytes:
        del step
        return b'{"was":"as the plan saw it"}'


@pytest.fixture
def hasty(tmp_path: Path) -> Toys:
    toys = Toys(tmp_path / "journal")
    toys.effect.__class__ = AtOnce
    return toys


def kinds(toys: Toys) -> list[str]:
    return [entry.kind for entry in read_entries(toys.journal.folder)]


def test_the_intent_alone_is_written_before_the_write(hasty: Toys) -> None:
    seen: list[list[str]] = []
    hasty.effect._deed = lambda _: seen.append(kinds(hasty)) or "done"  # type: ignore[func-returns-value]
    assert execute(hasty).success
    assert seen == [["intent"]], "what else is written would keep the request waiting"
    entries = read_entries(hasty.journal.folder)
    assert [entry.kind for entry in entries] == ["intent", "begin", "end", "outcome"]
    assert entries[0].body["at_once"] == ["revoke/aura-1"]
    assert entries[1].body["before"] == {"was": "as the plan saw it"}


def test_a_write_without_an_answer_is_in_the_journal_while_it_is_waited_for(
    hasty: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "UNANSWERED", 0.01)

    def hang(_: Step) -> str:
        eventually(lambda: kinds(hasty) == ["intent", "begin"], "that it begins is written down", 60)
        return "done"

    hasty.effect._deed = hang
    assert execute(hasty).success


def test_a_write_that_fails_is_written_down_too(hasty: Toys) -> None:
    hasty.effect._deed = lambda _: 1 / 0  # type: ignore[return-value]
    assert [step.state for step in execute(hasty).steps] == [StepState.FAILED]
    assert kinds(hasty) == ["intent", "begin", "end", "outcome"]


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_done_stays_done_though_its_beginning_can_t_be_written(
    hasty: Toys, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    may = hasty.gate._ledger.may

    def broken(kind: str, *rest: Any) -> object:
        if kind == "begin":
            raise ValueError("a defect")
        return may(kind, *rest)

    monkeypatch.setattr(hasty.gate._ledger, "may", broken)
    if fails:
        hasty.effect._deed = lambda _: 1 / 0  # type: ignore[return-value]
    outcome = execute(hasty)
    (step,) = outcome.steps
    assert step.state is (StepState.FAILED if fails else StepState.DONE)
    assert ("division by zero" in step.detail) is fails, "it is the write's own error that is told"
    assert any("ValueError: a defect" in note for note in outcome.notes)
    assert kinds(hasty) == ["intent", "end", "outcome"]


@pytest.mark.parametrize(("at_once", "prepared"), [(True, True), (True, False), (False, False)])
def test_the_journal_holds_the_same_whether_the_plan_was_prepared_or_not(
    tmp_path: Path, *, at_once: bool, prepared: bool
) -> None:
    toys = Toys(tmp_path / "journal")
    if at_once:
        toys.effect.__class__ = AtOnce
    toys.switches["revoke"].warnings = (f"its arguments are --password={SECRET}",)
    plan = _with_secrets(toys.board.make_plan("revoke"))
    if prepared:
        toys.gate.prepare(plan, toys.registry.effects)
    assert (toys.gate._prepared.get("revoke", (None,))[0] == plan) is prepared
    toys.board._plans.clear()
    assert toys.board.execute(plan).result(timeout=60).success
    intent = read_entries(toys.journal.folder)[0].body
    assert intent["plan"] == mask(gate.plan_to_json(plan))
    assert SECRET not in toys.journal.path.read_text(), "it is masked, whoever did that and when"


def _with_secrets(plan: Plan) -> Plan:
    arguments = msgspec.json.encode({"kind": "Secret", "data": {"a": SECRET}, "env": [{"name": "PW", "value": SECRET}]})
    steps = [msgspec.structs.replace(step, arguments=arguments) for step in plan.steps]
    return msgspec.structs.replace(plan, steps=tuple(steps))


def test_what_was_prepared_of_another_plan_is_not_taken_for_this_one(hasty: Toys) -> None:
    hasty.switches["revoke"].targets = ["aura-1", "aura-2"]
    shown = hasty.board.make_plan("revoke")
    left_out = msgspec.structs.replace(shown.steps[1], chosen=False)
    confirmed = msgspec.structs.replace(shown, steps=(shown.steps[0], left_out))
    assert hasty.board.execute(confirmed).result(timeout=60).success
    body: dict[str, Any] = read_entries(hasty.journal.folder)[0].body
    assert [step["chosen"] for step in body["plan"]["steps"]] == [True, False]
    assert body["at_once"] == ["revoke/aura-1"]


def test_a_plan_that_reads_first_is_not_prepared(tmp_path: Path) -> None:
    """A thousand bindings take half a second to mask: not each time that such a plan is made anew."""
    toys = Toys(tmp_path / "journal")
    toys.board.make_plan("revoke")
    assert toys.gate._prepared == {}
