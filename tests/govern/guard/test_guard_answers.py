"""What a guard's server answers to whoever asks whether it is well, and for its metrics."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from opsconsole.cluster.transport.errors import Denied
from opsconsole.guard.leader import Leadership
from opsconsole.guard.state import GuardState
from opsconsole.guard.web import STALLED, Vitals, serve
from tests.govern.guard.test_guard import LeaseApi, lease
from tests.support.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


class Asked:
    """A guard's server, and its vitals."""

    def __init__(self, clock: ManualClock) -> None:
        self.state, self.age, self.feeds = GuardState(), 0.0, {"pods": True, "events": False}
        self.leads = Leadership(2.0, clock, lambda _: None)
        self.leads.lease = lease(LeaseApi(), clock, "a")
        self.leads.lease.tend()
        self.server = serve(Vitals(self.state, self.leads, lambda: self.age, lambda: self.feeds), "127.0.0.1:0")

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.server.server_port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
def asked(clock: ManualClock) -> Iterator[Asked]:
    made = Asked(clock)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_guard_that_does_its_work_is_well(asked: Asked) -> None:
    assert [asked.get(f"/{path}") for path in ("livez", "healthz", "readyz")] == [(200, "ok")] * 3
    assert asked.get("/else")[0] == 404


def test_a_guard_whose_loop_stands_still_is_dead(asked: Asked) -> None:
    asked.age = STALLED
    assert [asked.get(f"/{path}")[0] for path in ("livez", "healthz", "readyz")] == [503] * 3


def test_a_guard_that_could_not_act_is_not_well_and_is_not_started_anew_for_it(
    asked: Asked, clock: ManualClock
) -> None:
    asked.state.cannot = "you may not patch namespaces"
    assert [asked.get(f"/{path}")[0] for path in ("livez", "healthz")] == [200, 503]
    assert "opsconsole_guard_cannot_freeze 1.0" in asked.get("/metrics")[1]
    asked.state.cannot = ""
    held = asked.leads.lease
    assert held is not None

    def refused() -> bool:
        raise Denied("403", status=403)

    held.tend = refused  # type: ignore[method-assign]
    clock.passes(60.0)
    asked.leads._round(held)
    assert [asked.get(f"/{path}")[0] for path in ("livez", "healthz")] == [200, 503]
    assert "opsconsole_guard_cannot_lead 1.0" in asked.get("/metrics")[1]


def test_what_is_not_known_is_no_metric(asked: Asked) -> None:
    unknown = asked.get("/metrics")[1]
    assert "opsconsole_guard_frozen" not in unknown
    assert "opsconsole_guard_holes" not in unknown
    asked.state.frozen, asked.state.holes = False, 2
    known = asked.get("/metrics")[1]
    assert "opsconsole_guard_frozen 0.0" in known
    assert "opsconsole_guard_holes 2.0" in known
    assert 'opsconsole_guard_feed_live{feed="pods"} 1.0' in known
    assert 'opsconsole_guard_feed_live{feed="events"} 0.0' in known
