"""What the next console is told of an execution that nobody saw end."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.journal.aftermath import RECALL, left_alone
from opsconsole.journal.entry import JournalEntry, Who, seal

WHO = Who(user="alice", host="bastion", pid=7)
PLAN = {"title": "Revoke", "steps": [{"key": "a"}, {"key": "b"}]}


def journal(*parts: tuple[str, dict[str, Any]]) -> list[JournalEntry]:
    return [
        seal(seq, 100.0 + seq, kind, who=WHO, body={"run": "r1", **body}, prev="")
        for seq, (kind, body) in enumerate(parts, 1)
    ]


BEGUN = [("intent", {"plan": PLAN}), ("begin", {"step": "a"}), ("end", {"step": "a"}), ("begin", {"step": "b"})]
PROVED = {"contained": True, "verdict": "DONE AND PROVED", "proofs": [{"holds": True}]}


@pytest.mark.parametrize(
    ("parts", "alive", "words"),
    [
        ([], False, ""),
        (BEGUN, False, "run r1 (Revoke) was INTERRUPTED: 1 of 2 steps are over, 1 may be half done"),
        (BEGUN, True, "run r1 (Revoke) is still being executed, by process 7 of this host"),
        ([*BEGUN, ("outcome", PROVED)], False, ""),
        (
            [*BEGUN, ("outcome", PROVED | {"unattended": "its terminal was lost (SIGHUP)"})],
            False,
            "run r1 (Revoke) was carried through though its terminal was lost (SIGHUP): DONE AND PROVED, "
            "1 of 1 proofs hold",
        ),
        (
            [("intent", {"plan": PLAN, "at_once": ["a", "b"]}), ("end", {"step": "a"})],
            False,
            "run r1 (Revoke) was INTERRUPTED: 1 of 2 steps are over, 1 may be half done",
        ),
        ([("intent", {"plan": "no plan"})], False, "run r1 (?) was INTERRUPTED: 0 of 0 steps are over"),
    ],
)
def test_each_end_that_nobody_saw_is_told(parts: list[Any], alive: bool, words: str) -> None:
    assert left_alone(journal(*parts), 200.0, lambda _: alive).words == words


@pytest.mark.parametrize("now", [200.0 + RECALL, 0.0], ids=["forward", "back"])
def test_a_clock_that_was_set_by_a_day_hides_nothing_that_is_half_done(now: float) -> None:
    assert "INTERRUPTED" in left_alone(journal(*BEGUN), now, lambda _: False).words


def test_a_process_that_has_the_number_of_one_that_crashed_days_ago_hides_nothing_that_is_half_done() -> None:
    words = left_alone(journal(*BEGUN), 200.0 + RECALL, lambda _: True).words
    assert "INTERRUPTED: 1 of 2 steps are over, 1 may be half done" in words
    assert "still being executed" not in words


def test_it_is_told_of_the_newest_execution_and_for_a_day_where_it_was_carried_through() -> None:
    entries = journal(*BEGUN)
    lost = [*entries, seal(8, 149.0, "outcome", who=WHO, body={"run": "r1", **PROVED, "unattended": "lost"}, prev="")]
    assert left_alone(lost, 149.0 + RECALL / 2, lambda _: False).words
    assert left_alone(lost, 200.0 + RECALL, lambda _: False).words == ""
    later = seal(9, 150.0, "intent", who=WHO, body={"run": "r2", "plan": PLAN}, prev="")
    done = seal(10, 151.0, "outcome", who=WHO, body={"run": "r2", **PROVED}, prev="")
    assert left_alone([*entries, later, done], 200.0, lambda _: False).words == ""


@pytest.mark.parametrize(
    ("verdict", "proved"), [("DONE AND PROVED", True), ("PROVED", True), ("NOT PROVED", False), ("NOT ALL DONE", False)]
)
def test_only_what_is_all_proved_is_called_so(verdict: str, proved: bool) -> None:
    entries = journal(*BEGUN, ("outcome", PROVED | {"verdict": verdict, "unattended": "its terminal was lost"}))
    found = left_alone(entries, 200.0, lambda _: False)
    assert f": {verdict}," in found.words
    assert found.proved is proved
