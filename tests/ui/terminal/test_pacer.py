from __future__ import annotations

import contextlib

from opsconsole.ui.terminal.pacer import PERIOD, SHARE, Pacer


class Loop:
    def __init__(self, cost: float = 0.0) -> None:
        self.time = 100.0
        self.cost = cost
        self.runs: list[float] = []
        self.due: list[tuple[float, object]] = []
        self.pacer = Pacer(self.work, lambda: self.time, lambda delay, work: self.due.append((self.time + delay, work)))

    def work(self) -> None:
        self.runs.append(self.time)
        self.time += self.cost

    def advance(self, until: float) -> None:
        while self.due and self.due[0][0] <= until:
            self.time, work = self.due.pop(0)
            work()
        self.time = until


def test_the_first_request_after_quiet_is_done_at_once():
    loop = Loop()
    loop.pacer.request()
    assert loop.runs == [100.0]


def test_a_flood_of_requests_is_done_once_a_period():
    loop = Loop()
    for _ in range(1000):
        loop.pacer.request()
    assert len(loop.runs) == 1
    assert len(loop.due) == 1
    loop.advance(100.0 + PERIOD * 1.5)
    assert len(loop.runs) == 2
    assert loop.due == []


def test_slow_work_is_followed_by_a_longer_pause():
    loop = Loop(cost=0.5)
    loop.pacer.request()
    loop.pacer.request()
    assert loop.due[0][0] >= 100.5 + 0.5 * SHARE


def test_work_that_fails_does_not_stop_the_pace():
    loop = Loop()
    failing = Pacer(lambda: 1 / 0, lambda: loop.time, lambda delay, work: loop.due.append((delay, work)))
    with contextlib.suppress(ZeroDivisionError):
        failing.request()
    failing.request()
    assert len(loop.due) == 1
