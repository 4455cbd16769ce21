"""The API server's clock against ours: told from its answers' dates, said from two seconds on."""

from __future__ import annotations

import json
import random
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from opsconsole.clock import ClockWatch, ClusterClock, SystemClock
from opsconsole.cluster.feeds.prober import CLOCK, Prober
from opsconsole.cluster.transport.server_clock import ServerClock
from opsconsole.commands.check.preflight import CheckVerdict, run
from opsconsole.composition import build_console
from opsconsole.records import Identity, State
from opsconsole.settings import ClusterSettings, Settings
from opsconsole.ui.status.header import HeaderFacts, header
from tests.cluster.conftest import Connect
from tests.cluster.faults import Answer, Exchange, FaultServer, LiveWatch
from tests.cluster.helpers import RecordingSink, kubeconfig, pod
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


@pytest.mark.parametrize("ahead", [-7200.0, -2.1, -1.8, 0.0, 0.9, 1.8, 2.1, 40.0, 86_400.0])
def test_some_answers_tell_the_difference_far_better_than_a_second(ahead: float) -> None:
    dice, clock, now = random.Random(7), ServerClock(ManualClock()), 1_790_000_000.0
    for _ in range(60):
        now += dice.uniform(0.1, 7.0)
        took = dice.uniform(0.001, 0.08)
        clock.note(formatdate(int(now + took / 2 + ahead), usegmt=True), now, now + took)
    assert clock.ahead == pytest.approx(ahead, abs=0.15)
    assert bool(clock.words) is (abs(ahead) >= 2.0)


def test_a_server_clock_that_is_set_meanwhile_is_believed() -> None:
    clock = ServerClock(ManualClock())
    clock.note(formatdate(1000, usegmt=True), 1000.2, 1000.3)
    clock.note(formatdate(1000, usegmt=True), 5000.2, 5000.3)
    assert clock.ahead == pytest.approx(-4000, abs=1)


@pytest.mark.parametrize("seconds", [10_800.0, -10_800.0, 40.0, 1.5])
def test_our_clock_that_is_set_meanwhile_leaves_the_servers_time_known(seconds: float) -> None:
    """Until the next answer every age was wrong by as much, and what the governor looks back on was forgotten."""
    own = ManualClock()
    server, told = ServerClock(own), ClusterClock(own)
    told.follow(lambda: server.ahead)
    for _ in range(20):
        own.passes(0.37)
        server.note(formatdate(int(own.at), usegmt=True), own.monotonic(), own.monotonic())
    watch, was = ClockWatch(told), told.now()
    own.is_set(seconds)
    assert told.now() == pytest.approx(was, abs=max(0.5, seconds if abs(seconds) < ClusterClock.LEAST else 0.5))
    assert abs(watch.look().step) < ClusterClock.LEAST


@pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 99 Foo 2026 99:99:99 GMT", "9" * 400])
def test_what_is_no_date_says_nothing(date: str | None) -> None:
    clock = ServerClock(ManualClock())
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
    faults.on("/livez", _dated(35.0))  # type: ignore[arg-type]
    prober, sink = Prober(connect_to(faults.url), SystemClock(), every=0.02), RecordingSink()
    prober.start(sink)
    sink.wait(lambda s: any(each.feed == CLOCK and "ahead of" in each.detail for each in s.healths))
    told = next(each for each in sink.healths if each.feed == CLOCK and "ahead of" in each.detail)
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


class Difference:
    """What the API server's clock is found to differ by."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def __call__(self) -> float | None:
        return self.seconds


def test_the_time_is_put_right_from_two_seconds_on_and_held_steady() -> None:
    own, difference = ManualClock(1_000.0), Difference()
    clock = ClusterClock(own)
    clock.follow(difference)
    shown = []
    for seconds in (None, 1.9, 90.0, 90.6, 89.5, 92.0, 0.5, -40.0, None):
        difference.seconds = seconds
        shown.append(clock.now() - own.now())
    assert shown == [0, 0, 90.0, 90.0, 90.0, 92.0, 0, -40.0, -40.0]
    assert clock.monotonic() == own.monotonic()


def test_a_difference_that_comes_up_moves_no_age_that_was_told() -> None:
    own, difference = ManualClock(1_000.0), Difference()
    clock = ClusterClock(own)
    clock.follow(difference)
    watch = ClockWatch(clock)
    difference.seconds = 3600.0
    assert watch.look().step == 3600.0
    assert watch.look().step == 0.0


@pytest.mark.parametrize("ahead", [3600.0, -600.0])
def test_ages_on_the_screen_are_told_by_the_servers_clock(faults: FaultServer, tmp_path: Path, ahead: float) -> None:
    def dated(data: dict[str, object]) -> Answer:
        def answer(exchange: Exchange) -> None:
            handler = exchange.handler
            handler.date_time_string = lambda *_: formatdate(time.time() + ahead, usegmt=True)  # type: ignore[method-assign]
            exchange.send(200, json.dumps(data).encode())

        return answer

    made, began = pod("web"), time.time()
    made["metadata"]["creationTimestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began + ahead - 300))
    faults.on("/api/v1/pods", dated({"metadata": {"resourceVersion": "1"}, "items": [made]}))
    faults.on("/api/v1/pods?watch", LiveWatch())
    config = kubeconfig(tmp_path / "config", faults.url)
    console = build_console(Settings(cluster=ClusterSettings(kubeconfig=str(config))), only={"pods"})
    console.start()
    try:
        eventually(lambda: console.pump() and console.store.pods, "the pod is there")
        (found,) = console.store.pods.values()
        age = console.clock.now() - (found.created or 0.0)
        assert age == pytest.approx(300 + time.time() - began, abs=3)
        eventually(lambda: console.pump() is not None and console.health()["pods"].state is State.LIVE, "it is live")
        assert console.clock.now() - console.health()["pods"].since < 60
    finally:
        console.stop()
