"""``opsconsole status``: what is in force of what the journal tells, and what was undone since."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.looking.status import standings
from opsconsole.journal.entry import Who
from opsconsole.journal.runs import Run
from opsconsole.records import Outcome, Plan, Proof, Ref, Step, StepOutcome, StepState

WHO = Who(user="oncall@example.com", login="alice")
HOLDS = (Proof("it holds", holds=True),)


def run(
    seq: int, switch: str, *steps: str, cluster: str = "c1", undoes: str = "", finished: bool = True, holds: bool = True
) -> Run:
    name = f"r{seq}"
    planned = tuple(Step(key, key, "effect", Ref("Pod", "n", "p"), undoes=undoes) for key in steps)
    done = tuple(StepOutcome(key, StepState.DONE, before=b"{}") for key in steps)
    proofs = HOLDS if holds else (Proof("it holds", holds=False),)
    outcome = Outcome(switch, float(seq), float(seq + 1) if finished else None, done, proofs, run=name)
    plan = Plan(switch, f"title of {switch}", 0.0, "", planned, cluster=cluster)
    return Run(name, plan, WHO, outcome, finished=finished, seq=seq)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ([], []),
        ([run(1, "revoke", "a")], [("revoke", "DONE AND PROVED")]),
        ([run(1, "revoke", "a", holds=False)], [("revoke", "NOT PROVED")]),
        ([run(1, "revoke", "a", finished=False)], [("revoke", "INTERRUPTED")]),
        (
            [run(1, "revoke", "a"), run(2, "optimizer", "b")],
            [("optimizer", "DONE AND PROVED"), ("revoke", "DONE AND PROVED")],
        ),
        ([run(1, "revoke", "a"), run(2, "undo", "u", undoes="r1/a")], [("revoke", "DONE AND PROVED, since UNDONE")]),
        (
            [run(1, "revoke", "a", "b"), run(2, "undo", "u", undoes="r1/a")],
            [("revoke", "DONE AND PROVED, since PARTLY UNDONE")],
        ),
        (
            [run(1, "revoke", "a"), run(2, "undo", "u", undoes="r1/a"), run(3, "revoke", "a")],
            [("revoke", "DONE AND PROVED")],
        ),
        (
            [run(1, "freeze", "a"), run(2, "thaw", "t")],
            [("thaw", "PROVED"), ("freeze", "PROVED, since UNDONE")],
        ),
        (
            [run(1, "freeze", "a"), run(2, "thaw", "t", cluster="c2")],
            [("thaw", "PROVED"), ("freeze", "PROVED")],
        ),
    ],
)
def test_what_is_in_force(known: list[Run], told: list[tuple[str, str]]) -> None:
    assert [(one.switch, one.state) for one in standings(known)] == told


def on(seq: int, switch: str, *names: str, uid: str = "") -> Run:
    """An execution with a step on each Deployment of these names."""
    made = run(seq, switch, *names)
    steps = tuple(
        msgspec.structs.replace(step, target=Ref("Deployment", "shop", step.key, uid)) for step in made.plan.steps
    )
    return msgspec.structs.replace(made, plan=msgspec.structs.replace(made.plan, steps=steps))


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ((), "PROVED"),
        (("other",), "PROVED"),
        (("web",), "PROVED, since PARTLY UNDONE"),
        (("web", "db", "other"), "PROVED, since UNDONE"),
    ],
)
def test_an_approval_is_undone_by_a_taking_back_of_the_same_object_alone(taken: tuple[str, ...], told: str) -> None:
    known = [on(1, "approve", "web", "db"), *([on(2, "withdraw", *taken, uid="u1")] if taken else [])]
    assert {one.switch: one.state for one in standings(known)}["approve"] == told


def test_two_takings_back_of_one_each_undo_all() -> None:
    known = [on(1, "approve", "web", "db"), on(2, "withdraw", "web"), on(3, "withdraw", "db")]
    assert {one.switch: one.state for one in standings(known)}["approve"] == "PROVED, since UNDONE"


def test_clusters_are_kept_apart() -> None:
    found = standings([run(1, "revoke", "a"), run(2, "revoke", "a", cluster="c2", holds=False)])
    assert [(one.cluster, one.state) for one in found] == [("c2", "NOT PROVED"), ("c1", "DONE AND PROVED")]


def test_nothing_was_done_yet(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["status"], env={"OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path / "none")})
    assert result.exit_code == 0
    assert "Nothing was done from here yet" in result.output
    assert "by hand is not in it" in result.output


def test_a_journal_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    result = CliRunner().invoke(main, ["status"], env={"OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path)})
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_as_json_each_line_is_one_standing() -> None:
    line = msgspec.json.encode(standings([run(1, "revoke", "a")])[0])
    told = json.loads(line)
    assert (told["switch"], told["run"], told["who"]) == ("revoke", "r1", "alice as oncall@example.com")
