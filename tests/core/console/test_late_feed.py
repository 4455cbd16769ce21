"""A feed that is made only once it has something to do."""

from __future__ import annotations

import threading
from typing import Any

from opsconsole.feeds.late import LateFeed
from opsconsole.feeds.protocol import Inbox
from tests.support.waiting import eventually


class Toy:
    name = "toy"

    def __init__(self) -> None:
        self.started = threading.Event()
        self.stopped = threading.Event()

    def start(self, sink: Any) -> None:
        del sink
        self.started.set()

    def stop(self) -> None:
        self.stopped.set()


def test_it_is_made_once_it_is_wanted_and_ends_with_what_was_made() -> None:
    toy, wanted, asked = Toy(), threading.Event(), threading.Event()
    made: list[Toy] = []

    def ask() -> bool:
        asked.set()
        return wanted.is_set()

    def make() -> Toy:
        made.append(toy)
        return toy

    late = LateFeed("toy", ask, make, look=0.01)
    late.start(Inbox())
    assert asked.wait(10)
    assert made == []
    wanted.set()
    assert toy.started.wait(10)
    late.stop()
    assert toy.stopped.wait(10)
    assert made == [toy]


def test_what_can_t_be_told_is_wanted() -> None:
    toy = Toy()

    def ask() -> bool:
        raise ValueError("nobody knows")

    late = LateFeed("toy", ask, lambda: toy, look=0.01)
    late.start(Inbox())
    assert toy.started.wait(10)
    late.stop()


def test_one_that_was_stopped_before_makes_nothing() -> None:
    made: list[Toy] = []
    late = LateFeed("toy", lambda: False, lambda: made.append(Toy()) or Toy(), look=0.01)  # type: ignore[func-returns-value]
    late.start(Inbox())
    late.stop()
    eventually(lambda: not any(each.name == "late-toy" for each in threading.enumerate()), "its thread ends", 10)
    assert made == []
