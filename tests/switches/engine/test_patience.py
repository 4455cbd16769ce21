"""Slow is normal in an incident: how long a proof is looked for goes by what a look takes."""

from __future__ import annotations

import pytest

from opsconsole.switches.engine.proving.patience import LONGEST, LOOKS, Patience
from tests.support.clock import ManualClock


def looks(seconds: float, each: float) -> int:
    """How many looks there are until patience is over, where each takes ``each`` seconds."""
    clock = ManualClock()
    patience = Patience(clock, seconds)
    made = 1
    while not patience.is_over():
        clock.passes(each)
        made += 1
        assert made < 10_000
    return made


def test_a_quick_server_is_looked_at_for_the_time_that_was_set() -> None:
    assert looks(60.0, 0.5) == 121


@pytest.mark.parametrize("each", [15.0, 30.0, 63.0, 99.0])
def test_a_slow_server_is_given_as_many_looks_as_a_proof_may_need(each: float) -> None:
    assert looks(60.0, each) >= LOOKS


def test_a_server_that_slows_down_on_the_way_is_given_more_time() -> None:
    clock = ManualClock()
    patience = Patience(clock, 60.0)
    for each in (1.0, 1.0, 40.0, 40.0):
        assert not patience.is_over()
        clock.passes(each)
    assert not patience.is_over()


def test_nobody_waits_for_ever() -> None:
    assert looks(60.0, 10 * LONGEST) <= 2
    assert looks(60.0, 150.0) * 150.0 <= LONGEST + 2 * 150.0


def test_a_look_that_nobody_answered_says_nothing_of_the_servers_pace_and_costs_no_patience() -> None:
    clock = ManualClock()
    patience = Patience(clock, 60.0)
    for _ in range(3):
        assert not patience.is_over()
        clock.passes(20.0)
        patience.unanswered()
        clock.passes(1.0)
    assert not patience.is_over(), "three seconds of sixty"
    for _ in range(56):
        clock.passes(1.0)
        assert not patience.is_over()
    clock.passes(1.0)
    assert patience.is_over()


def test_a_server_that_never_answers_is_not_waited_for_more_than_twice_as_long() -> None:
    clock = ManualClock()
    patience = Patience(clock, 60.0)
    began = clock.monotonic()
    while not patience.is_over():
        clock.passes(10.0)
        patience.unanswered()
        assert clock.monotonic() - began <= 120.0
