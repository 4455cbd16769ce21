"""What consoles see of a guard: there or not, who leads, tripped, silent, resting."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from opsconsole.cluster.feeds.guard_lease import GuardLeaseFeed, guard_in_words
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound, ServerFailure, TimedOut, Unreachable
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.govern.presence import annotations_of, read_presence
from opsconsole.records import Health, Identity, State
from opsconsole.settings import Settings
from opsconsole.ui.status.header import HeaderFacts, header
from tests.support.clock import ManualClock

PLACE = {"namespace": "ops", "name": "opsconsole-guard"}


class LeaseApi:
    """Answers with a Lease, or raises."""

    def __init__(self, lease: Any) -> None:
        self.lease = lease

    def request(self, method: str, path: str, **_: Any) -> bytes:
        assert (method, path) == ("GET", "/apis/coordination.k8s.io/v1/namespaces/ops/leases/opsconsole-guard")
        if isinstance(self.lease, Exception):
            raise self.lease
        return msgspec.json.encode(self.lease)


def lease(renewed: str = "2026-11-26T02:00:00.000000Z", **said: Any) -> dict[str, Any]:
    notes = annotations_of(**{"frozen": False, "tripped_at": None, "tripped_by": "", "rests_until": 0.0, **said})
    spec = {"holderIdentity": "guard-a", "leaseDurationSeconds": 6, "renewTime": renewed}
    return {"kind": "Lease", "metadata": {"annotations": notes}, "spec": spec}


class Told:
    """A sink that keeps the newest health."""

    def __init__(self) -> None:
        self.word: Health | None = None

    def health(self, word: Health) -> None:
        self.word = word

    def put(self, *_: Any) -> None: ...

    def drop(self, *_: Any) -> None: ...

    def replace(self, *_: Any) -> None: ...


def look(feed: GuardLeaseFeed) -> Health:
    """One round, as the chassis makes it."""
    told = Told()
    health = HealthReporter("guard", feed._time, told)  # type: ignore[arg-type]
    try:
        feed.poll(told, health)  # type: ignore[arg-type]
    except ClusterError as error:
        feed.failed(error, health)
    assert told.word is not None
    return told.word


def renewed(api: LeaseApi, feed: GuardLeaseFeed, **said: Any) -> Health:
    """What is told once the Lease was seen to be renewed."""
    look(feed)
    api.lease = lease("2026-11-26T02:00:02.000000Z", **said)
    return look(feed)


def seen(word: Health) -> str:
    parts = header(HeaderFacts(Settings(), Identity(), "", (), {"guard": word}))
    return "".join(text for _, (text, _) in parts)


def test_a_guard_that_leads_is_shown() -> None:
    api = LeaseApi(lease())
    word = renewed(api, GuardLeaseFeed(api, ManualClock(), **PLACE))
    assert word.state is State.LIVE
    assert word.detail == "guard-a leads, not frozen"
    assert "guarded" in seen(word)


def test_a_guard_that_tripped_says_when_and_why() -> None:
    api = LeaseApi(lease())
    said = {"frozen": True, "tripped_at": 1_795_658_400.0, "tripped_by": "limit-cut: auth-service −94 %"}
    word = renewed(api, GuardLeaseFeed(api, ManualClock(), **PLACE), **said)
    assert "TRIPPED at " in word.detail
    assert "limit-cut: auth-service −94 %" in word.detail
    assert "guard TRIPPED" in seen(word)


def test_a_leader_that_is_silent_is_no_guard() -> None:
    clock, api = ManualClock(), LeaseApi(lease())
    feed = GuardLeaseFeed(api, clock, **PLACE)
    assert renewed(api, feed).state is State.LIVE
    clock.passes(7.0)
    word = look(feed)
    assert word.state in {State.STALE, State.DOWN}
    assert "silent" in word.detail
    assert "guard SILENT" in seen(word)


def test_a_lease_that_outlived_its_guard_is_no_guard_from_the_first_look_on() -> None:
    clock = ManualClock()
    feed = GuardLeaseFeed(LeaseApi(lease("2026-11-20T02:00:00.000000Z")), clock, **PLACE)
    first = look(feed)
    assert first.state is State.STARTING
    assert "guard" not in seen(first)
    clock.passes(5.0)
    assert look(feed).state is State.STARTING
    clock.passes(2.0)
    word = look(feed)
    assert word.state is State.DOWN
    assert "guard SILENT" in seen(word)


@pytest.mark.parametrize("seconds", [3_600, 10**9])
def test_no_lease_is_good_for_longer_than_a_minute_whatever_it_says(seconds: int) -> None:
    clock, api = ManualClock(), LeaseApi(lease())
    feed = GuardLeaseFeed(api, clock, **PLACE)
    look(feed)
    api.lease = lease("2026-11-26T02:00:02.000000Z")
    api.lease["spec"]["leaseDurationSeconds"] = seconds
    assert look(feed).state is State.LIVE
    clock.passes(61.0)
    word = look(feed)
    assert word.state is not State.LIVE
    assert "guard SILENT" in seen(word)
    now = ManualClock()
    api.lease = lease(dt.datetime.fromtimestamp(now.now() - 300, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z"))
    api.lease["spec"]["leaseDurationSeconds"] = seconds
    assert "SILENT" in guard_in_words(api, now, **PLACE)


@pytest.mark.parametrize("error", [Unreachable("can't reach it"), TimedOut("no answer"), ServerFailure("500: etcd")])
def test_a_server_that_does_not_answer_is_no_defect_of_ours_and_no_silent_guard(error: ClusterError) -> None:
    word = look(GuardLeaseFeed(LeaseApi(error), ManualClock(), **PLACE))
    assert (word.state, word.detail) == (State.DOWN, str(error))
    assert "guard SILENT" not in seen(word)
    assert "guard ?" not in seen(word), "none was ever seen"
    was_there = seen(msgspec.structs.replace(word, state=State.STALE, seen=1_795_658_400.0))
    assert "guard ?" in was_there
    assert "SILENT" not in was_there


def test_a_leader_that_renews_is_not_silent_however_wrong_its_clock_is() -> None:
    clock, api = ManualClock(), LeaseApi(lease("2001-01-01T00:00:00.000000Z"))
    feed = GuardLeaseFeed(api, clock, **PLACE)
    look(feed)
    for second in range(1, 6):
        api.lease = lease(f"2001-01-01T00:00:0{second}.000000Z")
        clock.passes(5.0)
        assert look(feed).state is State.LIVE


@pytest.mark.parametrize(
    ("answer", "words"),
    [(NotFound("none"), "no guard runs here"), (Denied("403: you may not get leases"), "is not known")],
)
def test_no_guard_and_no_right_to_look_are_told_apart(answer: Exception, words: str) -> None:
    word = look(GuardLeaseFeed(LeaseApi(answer), ManualClock(), **PLACE))
    assert word.state is State.ABSENT
    assert words in word.detail
    assert "guard" not in seen(word)


def test_a_lease_that_makes_no_sense_is_no_guard_that_watches() -> None:
    word = look(GuardLeaseFeed(LeaseApi({"metadata": {"annotations": 7}, "spec": {}}), ManualClock(), **PLACE))
    assert word.state is not State.LIVE


def test_what_an_earlier_leader_said_of_a_trip_stays() -> None:
    assert not any(
        "tripped" in key for key in annotations_of(frozen=None, tripped_at=None, tripped_by="", rests_until=0)
    )


def test_hostile_text_on_the_lease_is_cleaned() -> None:
    said = lease(tripped_at=1_795_658_400.0, tripped_by="\x1b]0;owned\x07\u202eevil")
    assert "\x1b" not in read_presence(said).tripped_by
    assert "\u202e" not in read_presence(said).tripped_by


def test_one_look_tells_how_long_ago_it_was_heard() -> None:
    clock = ManualClock()
    words = guard_in_words(LeaseApi(lease("2001-01-01T00:00:00.000000Z")), clock, **PLACE)
    assert "SILENT" in words
    assert guard_in_words(LeaseApi(NotFound("none")), clock, **PLACE) == "no guard runs here"
    assert "unknown" in guard_in_words(LeaseApi(Denied("no")), clock, **PLACE)
