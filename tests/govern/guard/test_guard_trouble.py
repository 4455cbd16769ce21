"""A guard whose switches fail: it says each trouble once and what to do about it, then seldom, and tries on."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from opsconsole.cluster.transport.errors import ClusterError, Denied, Throttled, Unreachable
from opsconsole.guard.trouble import MOST, RETRY, SELDOM, SLOWEST, TOLD_AGAIN, Repeats, advice
from opsconsole.journal.writer import JournalError
from opsconsole.records import Outcome, Plan, Proof
from opsconsole.switches.freeze.facts import FreezeFacts
from tests.govern.guard.leading.test_guard_turns import Turns
from tests.govern.guard.test_guard_reasons import FROZEN, OUTGROWN, ends
from tests.support.clock import ManualClock

MINUTE = 58
"""Turns of a second each, in which what was found stays a reason."""

DENIED = Denied("403: may not patch namespaces", status=403)


def troubled(error: ClusterError, **given: bool) -> Turns:
    turns = Turns(leads=True, **given)  # type: ignore[arg-type]
    turns.board.fails = error
    turns.finds("cut/web")
    return turns


def acts(turns: Turns) -> list[str]:
    """What it said of its acts; that it could not freeze is said each minute besides."""
    return [kind for kind in turns.kinds if kind != "CantFreeze"]


@pytest.mark.parametrize("error", [DENIED, Unreachable("no route"), Throttled("429", status=429)], ids=str)
def test_a_minute_of_failures_is_a_handful_of_words_and_each_try_is_counted(error: ClusterError) -> None:
    turns = troubled(error)
    turns.turn(MINUTE)
    assert turns.kinds == ["Tripped", *["Failed"] * 3]
    assert turns.counted == (0, MINUTE)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (DENIED, "bind the ClusterRole"),
        (Unreachable("no route"), "look at the API server"),
        (Throttled("429", status=429), "look at the API server"),
        (JournalError("disk full"), "make room for the journal"),
        (ClusterError("odd"), "opsconsole kill freeze"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_failure_says_what_a_person_can_do(error: Exception, words: str) -> None:
    assert words in advice(error)
    assert "opsconsole kill freeze" in advice(error), "whoever reads it may be able to freeze by hand"


def test_a_failure_is_told_with_its_advice_and_that_it_is_tried_again() -> None:
    turns = troubled(DENIED)
    turns.turn(1)
    told = turns.told[-1].text
    assert told.startswith("freeze: 403: may not patch namespaces; it is tried again")
    assert told.endswith(advice(DENIED))


def _other_error(turns: Turns) -> None:
    turns.board.fails = Unreachable("no route")


def _other_reason(turns: Turns) -> None:
    turns.finds("sweep/all")
    turns.guard._reasons.done([each.finding for each in turns.guard._reasons.waiting()[:1]])


def _back_again(turns: Turns) -> None:
    """It goes well once, and then fails as before."""
    turns.board.fails = None
    turns.turn(1)
    turns.board.facts, turns.board.fails = OUTGROWN, DENIED


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_other_error, ["Failed"]),
        (_other_reason, ["Tripped"]),
        (_back_again, ["Frozen", "Outgrown", "Failed"]),
    ],
)
def test_what_changes_is_told_at_once(change: Callable[[Turns], None], told: list[str]) -> None:
    turns = troubled(DENIED)
    turns.turn(3)
    change(turns)
    turns.turn(2)
    assert acts(turns) == ["Tripped", "Failed", *told]


def test_two_troubles_that_take_turns_are_two_and_not_one_that_is_ever_new() -> None:
    turns = troubled(DENIED)
    for number in range(8):
        turns.board.fails = (DENIED, Unreachable("no route"))[number % 2]
        turns.turn(1)
    assert turns.kinds == ["Tripped", "Failed", "Failed"]


def test_a_run_s_name_makes_no_news_of_a_freeze_that_is_not_proved() -> None:
    turns = Turns(leads=True)
    ends(turns, Proof("frozen", holds=False))
    made, runs = turns.board.execute, iter(range(100))

    def execute(plan: Plan, **_: object) -> object:
        done: Outcome = made(plan).result()
        done = Outcome(done.switch, 0.0, 1.0, proofs=done.proofs, run=f"run-{next(runs)}")
        return type("Done", (), {"result": staticmethod(lambda: done)})

    turns.board.execute = execute  # type: ignore[method-assign, assignment]
    turns.finds("cut/web")
    turns.turn(5)
    assert turns.kinds == ["Tripped", "Unproved"]
    assert "it is tried again" in turns.told[-1].text
    assert "run run-0" in turns.told[-1].text


def test_a_freeze_that_is_outgrown_and_can_t_be_widened_is_not_told_with_each_look() -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(1)
    turns.board.facts, turns.board.fails = OUTGROWN, DENIED
    turns.turn(9)
    assert acts(turns) == ["Outgrown", "Failed"]
    assert turns.guard.state.failures == 9


def test_the_same_words_trip_it_anew_an_hour_later_though_a_freeze_could_not_be_widened_all_the_while() -> None:
    turns = Turns(leads=True)
    turns.board.facts = FROZEN
    turns.turn(1)
    turns.board.facts, turns.board.fails = OUTGROWN, DENIED
    tripped = list[float | None]()
    for _ in range(2):
        turns.finds("cut/web")
        turns.turn(MINUTE + 10)
        tripped.append(turns.guard.state.tripped_at)
    assert turns.kinds.count("Tripped") == 2
    assert tripped[0] != tripped[1]


def test_when_it_tripped_is_when_it_tripped_first() -> None:
    turns = troubled(DENIED)
    turns.turn(1)
    first = turns.guard.state.tripped_at
    turns.turn(30)
    assert turns.guard.state.tripped_at == first


def test_tries_slow_down_but_never_so_far_that_the_minute_is_lost_and_begin_anew_with_each_success() -> None:
    turns = troubled(Unreachable("no route"))
    pauses = []
    for _ in range(5):
        turns.clock.passes(1.0)
        turns.pumps()
        pauses.append(turns.guard._turn())
    assert pauses == [RETRY, 2 * RETRY, SLOWEST, SLOWEST, SLOWEST]
    turns.board.fails = None
    turns.turn(1)
    repeats = turns.guard._repeats
    assert (repeats.pause(), repeats.pause()) == (RETRY, 2 * RETRY)


def test_while_there_is_something_to_do_no_look_asks_for_ways_round_the_freeze() -> None:
    turns, looks = troubled(Throttled("429", status=429)), list[str]()

    def looked(how: str) -> FreezeFacts:
        looks.append(how)
        return turns.board.facts

    asks = SimpleNamespace(gather=lambda: looked("whole"), gather_at_once=lambda: looked("at once"))
    turns.board.switch = lambda name: asks  # type: ignore[method-assign]
    turns.turn(3)
    assert looks == ["at once"] * 6
    turns.board.fails = None
    turns.turn(1)
    assert looks[6:] == ["at once", "whole"], "what is frozen is looked at whole"


def test_the_same_words_come_ever_more_seldom_and_what_is_told_once_is_told_once() -> None:
    clock = ManualClock(0.0)
    repeats = Repeats(clock)
    told, once = [], 0
    for second in range(301):
        told += [second] * repeats.is_news("Failed", "t")
        once += repeats.is_news("Tripped", "t", again=False)
        clock.passes(1.0)
    assert told == [0, TOLD_AGAIN, 30, 70, 70 + SELDOM, 70 + 2 * SELDOM, 70 + 3 * SELDOM]
    assert once == 1


def test_troubles_that_have_another_text_each_time_are_not_remembered_for_ever() -> None:
    repeats = Repeats(ManualClock(0.0))
    assert all(repeats.is_news("Failed", str(number)) for number in range(3 * MOST))
    assert len(repeats._told) == MOST
