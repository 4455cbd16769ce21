"""What is listed beside the plans: a finished list is good until the next one is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from opsconsole.cluster.transport.errors import Unreachable
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.target.left.listed import KEPT_SECONDS, Listed
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


class Reads:
    """Lists when it is let: the first list is ``1``, the next ``2``."""

    def __init__(self) -> None:
        self.number = 0
        self.let = threading.Event()
        self.let.set()
        self.error: Unreachable | None = None

    def __call__(self) -> int:
        self.number += 1
        number = self.number
        self.let.wait(60)
        if self.error:
            raise self.error
        return number


@pytest.fixture
def executor() -> Iterator[ReservedExecutor]:
    made = ReservedExecutor()
    yield made
    made.close()


def test_a_slow_list_does_not_take_the_last_one_away(executor: ReservedExecutor) -> None:
    clock, reads = ManualClock(), Reads()
    listed = Listed[int](clock, executor, 0.05)
    eventually(lambda: listed.get("a", reads) == 1, "the first list")
    reads.let.clear()
    clock.at += KEPT_SECONDS + 1
    for _ in range(3):
        assert listed.get("a", reads) == 1
        clock.at += KEPT_SECONDS / 4
    eventually(lambda: reads.number > 1, "it is listed anew")
    assert reads.number == 2, "nothing is asked again while it is being listed"
    reads.let.set()
    eventually(lambda: listed.get("a", reads) == 2, "the next list")
    assert listed.get("a", reads) == 2


def test_the_first_list_and_one_about_something_else_are_not_there_at_once(executor: ReservedExecutor) -> None:
    reads = Reads()
    listed = Listed[int](ManualClock(), executor, 0.05)
    reads.let.clear()
    assert listed.get("a", reads) is None
    reads.let.set()
    eventually(lambda: listed.get("a", reads) == 1, "the first list")
    reads.let.clear()
    assert listed.get("b", reads) is None
    reads.let.set()


def test_a_list_that_failed_says_so_until_it_is_listed_anew(executor: ReservedExecutor) -> None:
    clock, reads = ManualClock(), Reads()
    listed = Listed[int](clock, executor, 20.0)
    reads.error = Unreachable("no answer in time")
    for _ in range(2):
        with pytest.raises(Unreachable):
            listed.get("a", reads)
    assert reads.number == 1
    reads.error = None
    clock.at += KEPT_SECONDS + 1
    assert listed.get("a", reads) == 2
