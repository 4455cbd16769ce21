"""The API server's clock against ours: told from its answers' dates, said from two seconds on."""

from __future__ import annotations

import random
import time
from email.utils import formatdate

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.prober import CLOCK, Prober
from opsconsole.cluster.transport.server_clock import ServerClock
from opsconsole.commands.check.preflight import CheckVerdict, run
from opsconsole.records import Identity
from opsconsole.settings import Settings
from opsconsole.ui.status.header import HeaderFacts, header
from tests.cluster.conftest import Connect
from tests.cluster.faults import Exchange, FaultServer
from tests.cluster.helpers import RecordingSink


@pytest.mark.parametrize("ahead", [-7200.0, -2.1, -1.8, 0.0, 0.9, 1.8, 2.1, 40.0, 86_400.0])
def test_some_answers_tell_the_difference_far_better_than_a_second(ahead: float) -> None:
    dice, clock, now = random.Random(7), ServerClock(), 1_790_000_000.0
    for _ in range(60):
        now += dice.uniform(0.1, 7.0)
        took = dice.uniform(0.001, 0.08)
        clock.note(formatdate(int(now + took / 2 + ahead), usegmt=True), now, now + took)
    assert clock.ahead == pytest.approx(ahead, abs=0.15)
    assert bool(clock.words) is (abs(ahead) >= 2.0)


def test_a_clock_that_is_set_meanwhile_is_believed() -> None:
    clock = ServerClock()
    clock.note(formatdate(1000, usegmt=True), 1000.2, 1000.3)
    clock.note(formatdate(1000, usegmt=True), 5000.2, 5000.3)
    assert clock.ahead == pytest.approx(-4000, abs=1)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 99 Foo 2026 99:99:99 GMT", "9" * 400])
def test_what_is_no_date_says_nothing(date: str | None) -> None:
    clock = ServerClock()
    clock.note(date, 1.0, 1.1)
    clock.note(formatdate(1000, usegmt=True), 1000.0, 1060.0)  # far too slow to tell
    assert (clock.ahead, clock.words) == (None, "")


def _dated(seconds: float) -> object:
    def answer(exchange: Exchange) -> None:
        handler = exchange.handler
        handler.date_time_string = lambda *_: formatdate(time.time() + seconds, usegmt=True)  # type: ignore[method-assign]
        exchange.send(200, b"ok")

    return answer


def test_the_header_says_it_and_takes_it_back(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/livez", _dated(30.0))  # type: ignore[arg-type]
    prober, sink = Prober(connect_to(faults.url), SystemClock(), every=0.02), RecordingSink()
    prober.start(sink)
    sink.wait(lambda s: any(each.feed == CLOCK and "ahead of" in each.detail for each in s.healths))
    told = next(each for each in sink.healths if each.feed == CLOCK)
    facts = HeaderFacts(Settings(), Identity(), "", (), {CLOCK: told})
    assert any("the API server's clock is 3" in part[0] for _, part in header(facts))
    faults.on("/livez", _dated(0.0))  # type: ignore[arg-type]
    sink.wait(lambda s: [each for each in s.healths if each.feed == CLOCK][-1].detail == "")
    prober.stop()


def test_check_says_it(faults: FaultServer, connect_to: Connect) -> None:
    review = b'{"status":{"userInfo":{"username":"me"}}}'

    def answer(exchange: Exchange) -> None:
        handler = exchange.handler
        handler.date_time_string = lambda *_: formatdate(time.time() - 90, usegmt=True)  # type: ignore[method-assign]
        exchange.send(200, review if exchange.asked.method == "POST" else b'{"gitVersion":"v1.36.3"}')

    for path in ("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", "/version"):
        faults.on(path, answer)
    found = next(each for each in run(Settings(), connect_to(faults.url), SystemClock()) if each.name == "clock")
    assert found.verdict is CheckVerdict.NOTE
    assert "behind this machine's" in found.words
