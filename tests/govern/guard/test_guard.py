"""What trips the guard, and who leads: without a cluster."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from opsconsole.cluster.lease import Lease
from opsconsole.cluster.transport.errors import Conflict, NotFound
from opsconsole.guard.leader import Leadership
from opsconsole.guard.report import Reporter, Word
from opsconsole.guard.trigger import Trigger
from opsconsole.records import Finding, Severity
from opsconsole.settings import GuardSettings
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


def finding(key: str = "limit-cut/web", severity: Severity = Severity.CRITICAL, at: float = 110.0) -> Finding:
    return Finding(key, key.partition("/")[0], severity, "t", at=at)


def trigger(**settings: Any) -> Trigger:
    return Trigger(GuardSettings(**settings), since=100.0)


def test_a_critical_finding_trips_once_and_again_when_it_is_raised_anew() -> None:
    looked = trigger()
    assert looked.look([finding()], 111.0)
    assert not looked.look([finding()], 112.0)
    assert looked.look([finding(at=113.0)], 114.0)


def test_what_happened_before_the_guard_began_is_history() -> None:
    assert not trigger().look([finding(at=99.0)], 111.0)


def test_an_old_finding_that_is_seen_late_is_no_reason() -> None:
    assert not trigger().look([finding(at=110.0)], 300.0)


def test_a_warning_trips_only_where_warnings_are_asked_for() -> None:
    warning = finding(severity=Severity.WARNING)
    assert not trigger().look([warning], 111.0)
    assert trigger(severity="warning").look([warning], 111.0)


def test_only_the_rules_that_were_named_trip() -> None:
    assert not trigger(rules=("budget",)).look([finding()], 111.0)
    assert trigger(rules=("limit-cut",)).look([finding()], 111.0)


def test_after_a_thaw_what_went_before_is_settled() -> None:
    looked = trigger()
    looked.stand_down(120.0)
    assert not looked.look([finding(at=115.0)], 121.0)
    assert looked.look([finding(at=125.0)], 126.0)


class LeaseApi:
    """One Lease, with the API server's test of the resourceVersion."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] | None = None
        self.version = 0

    def request(self, method: str, path: str, **given: Any) -> bytes:
        if method == "GET":
            if self.stored is None:
                raise NotFound("404", status=404)
            return json.dumps(self.stored).encode()
        body = given["body"]
        if self.stored is not None and body["metadata"].get("resourceVersion") != str(self.version):
            raise Conflict("409", status=409)
        self.version += 1
        self.stored = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        return b"{}"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


def lease(api: LeaseApi, clock: ManualClock, me: str) -> Lease:
    return Lease(api, clock, namespace="n", name="l", me=me, seconds=6.0)


def test_one_of_two_guards_leads(clock: ManualClock) -> None:
    api = LeaseApi()
    first, second = lease(api, clock, "a"), lease(api, clock, "b")
    assert first.tend()
    assert not second.tend()
    assert (first.ours, second.ours, second.holder) == (True, False, "a")


def test_a_leader_that_falls_silent_is_followed_and_knows_that_it_leads_no_more(clock: ManualClock) -> None:
    api = LeaseApi()
    first, second = lease(api, clock, "a"), lease(api, clock, "b")
    first.tend()
    second.tend()
    clock.at += 7.0
    assert not first.ours
    assert second.tend()
    assert not first.tend()


def test_a_leader_that_renews_is_not_followed_whatever_its_clock_says(clock: ManualClock) -> None:
    api = LeaseApi()
    first, second = lease(api, clock, "a"), lease(api, clock, "b")
    for _ in range(5):
        first.tend()
        assert api.stored is not None
        api.stored["spec"]["renewTime"] = f"1999-01-01T00:00:00.{api.version:06}Z"
        assert not second.tend()
        clock.at += 4.0


def test_a_lease_that_says_it_is_good_for_years_is_over_after_a_minute_of_silence(clock: ManualClock) -> None:
    """Whoever may write the Lease could keep all guards from acting by one write."""
    api = LeaseApi()
    first, second = lease(api, clock, "stranger"), lease(api, clock, "b")
    first.tend()
    assert api.stored is not None
    api.stored["spec"]["leaseDurationSeconds"] = 2**31 - 1
    assert not second.tend()
    clock.at += 61.0
    assert second.tend()


@pytest.mark.parametrize("ahead", [-300.0, 300.0])
def test_a_clock_that_is_put_right_neither_revives_history_nor_hides_what_is_new(ahead: float) -> None:
    looked = Trigger(GuardSettings(), since=1000.0 + ahead)  # by the host's own clock, before the server's was known
    looked.shift(-ahead)
    assert not looked.look([finding(at=990.0)], 1001.0)
    assert looked.look([finding(at=1010.0)], 1011.0)


def test_who_is_slower_by_a_hair_does_not_lead(clock: ManualClock) -> None:
    api = LeaseApi()
    first, second = lease(api, clock, "a"), lease(api, clock, "b")
    first.tend()
    second.tend()
    clock.at += 7.0
    api.version += 1  # somebody wrote between its read and its write
    assert not second.tend()
    assert not second.ours


class NoNamespace:
    """An API server without the namespace of the Lease."""

    def request(self, method: str, path: str, **given: Any) -> bytes:
        raise NotFound(f'404: {method} {path}: namespaces "n" not found', status=404)


def test_that_it_can_t_lead_is_said_at_once_and_every_minute(clock: ManualClock) -> None:
    told: list[Word] = []
    leads = Leadership(2.0, clock, told.append)
    assert leads()  # alone it always leads
    leads.lease = held = Lease(NoNamespace(), clock, namespace="n", name="l", me="a", seconds=6.0)
    for _ in range(40):
        leads._round(held)
        clock.at += 2.0
    assert [word.kind for word in told] == ["NotLeading", "NotLeading"]
    assert all(word.serious and "kubectl create namespace n" in word.text for word in told)
    assert (leads.failures, leads(), bool(leads.why_not())) == (40, False, True)


def test_who_leads_no_more_since_the_server_fails_says_so_once_its_lease_is_over(clock: ManualClock) -> None:
    told: list[Word] = []
    api = LeaseApi()
    leads = Leadership(2.0, clock, told.append)
    leads.lease = held = lease(api, clock, "a")
    leads._round(held)
    held._api = NoNamespace()
    leads._round(held)
    assert (leads(), leads.why_not()) == (True, "")
    clock.at += 7.0
    leads._round(held)
    assert [word.kind for word in told] == ["Leading", "NotLeading"]
    held._api = api
    leads._round(held)
    assert [word.kind for word in told][2:] == ["Leading"]


def test_a_webhook_that_is_not_there_is_said_and_holds_up_nothing() -> None:
    out = io.StringIO()
    reporter = Reporter(out, None, "http://127.0.0.1:9/")
    reporter.tell(Word(1.0, "Tripped", "t"))
    eventually(lambda: len(out.getvalue().splitlines()) == 2, "the failure is told")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["Tripped", "NotTold"]


def test_hostile_text_is_cleaned_in_every_line() -> None:
    out = io.StringIO()
    Reporter(out, None).tell(Word(1.0, "Tripped", "a\x1b[2Jb"))
    assert "\x1b" not in json.loads(out.getvalue())["text"]
