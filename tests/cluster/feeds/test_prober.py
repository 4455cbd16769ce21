"""An API server that falls silent is noticed long before the watches would notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.prober import Prober
from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.transport.connection import Connection
from opsconsole.records import State
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer, LiveWatch
from tests.cluster.helpers import RecordingSink, pod_list

PATIENCE = 4.0
"""Seconds. More than a good answer takes on a busy machine, and each that fails to come is waited for that long."""


@pytest.fixture
def connection(faults: FaultServer, connect_to: Connect) -> Connection:
    return connect_to(faults.url, watch_silence=600, read_timeout=PATIENCE)


@pytest.fixture
def probed(connection: Connection) -> Iterator[RecordingSink]:
    prober = Prober(connection, SystemClock(), every=0.05, patience=PATIENCE)
    sink = RecordingSink()
    prober.start(sink)
    yield sink
    prober.stop()


def test_silence_ends_the_streams_and_the_feeds_say_why(
    faults: FaultServer, connection: Connection, probed: RecordingSink
) -> None:
    watch = LiveWatch()
    faults.on("/livez", answers.body("ok"))
    faults.on("/api/v1/pods", answers.body(pod_list("a")))
    faults.on("/api/v1/pods?watch", watch, answers.silence)
    reflector = Reflector(connection, PODS, SystemClock())
    sink = RecordingSink()
    reflector.start(sink)
    sink.wait_state(State.LIVE)
    assert watch.opened.wait(30)
    probed.wait_state(State.LIVE)
    faults.on("/livez", answers.silence)
    assert "no answer" in probed.wait_state(State.STALE).detail
    assert "no answer" in sink.wait_state(State.STALE).detail
    assert list(sink.pods) == ["production/a"]
    faults.on("/livez", answers.body("ok"))
    faults.on("/api/v1/pods?watch", LiveWatch())
    sink.wait_state(State.LIVE)
    probed.wait_state(State.LIVE)
    assert len(faults.requests("/api/v1/pods", watch=False)) == 1
    reflector.stop()


@pytest.mark.parametrize("code", [401, 403, 404, 429])
def test_any_word_is_a_sign_of_life(faults: FaultServer, probed: RecordingSink, code: int) -> None:
    faults.on("/livez", answers.status(code, "whatever"))
    probed.wait_state(State.LIVE)


def test_a_server_without_its_etcd_makes_no_feed_live(
    faults: FaultServer, connection: Connection, probed: RecordingSink
) -> None:
    watch = LiveWatch()
    faults.on("/livez", answers.body("ok"))
    faults.on("/api/v1/pods", answers.body(pod_list("a")))
    faults.on("/api/v1/pods?watch", watch)
    reflector = Reflector(connection, PODS, SystemClock())
    sink = RecordingSink()
    reflector.start(sink)
    sink.wait_state(State.LIVE)
    probed.wait_state(State.LIVE)
    faults.on("/livez", answers.body("[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed", 500))
    assert probed.wait_state(State.STALE).detail == "the API server calls itself ill: etcd fails"
    assert sink.wait_state(State.STALE).detail == "the API server calls itself ill: etcd fails"
    faults.on("/livez", answers.body("[-]poststarthook/x failed: reason withheld", 500))
    sink.wait_state(State.LIVE)
    probed.wait(lambda s: "poststarthook/x fails" in s.healths[-1].detail)
    faults.on("/livez", answers.body("ok"))
    probed.wait_state(State.LIVE)
    reflector.stop()


def test_the_first_missed_answer_makes_every_feed_stale(
    faults: FaultServer, connection: Connection, probed: RecordingSink
) -> None:
    faults.on("/api/v1/pods", answers.body(pod_list("a")))
    faults.on("/api/v1/pods?watch", LiveWatch())
    faults.on("/livez", answers.body("ok"))
    reflector = Reflector(connection, PODS, SystemClock())
    sink = RecordingSink()
    reflector.start(sink)
    sink.wait_state(State.LIVE)
    probed.wait_state(State.LIVE)
    faults.on("/livez", answers.silence, answers.body("ok"))
    assert "no answer" in sink.wait_state(State.STALE).detail
    sink.wait_state(State.LIVE)
    assert len(faults.requests("/api/v1/pods", watch=True)) == 1
    reflector.stop()


def test_one_missed_answer_is_said_and_ends_nothing(
    faults: FaultServer, connection: Connection, probed: RecordingSink
) -> None:
    faults.on("/livez", answers.body("ok"), answers.silence, answers.body("ok"))
    faults.on("/api/v1/pods?watch", LiveWatch())
    with connection.stream("/api/v1/pods", {"watch": True}, timeout=60) as stream:
        probed.wait(lambda sink: sink.states == [State.STARTING, State.LIVE, State.STALE, State.LIVE])
        assert not stream.closed


def test_no_server_is_down(connect_to: Connect) -> None:
    prober = Prober(connect_to("http://127.0.0.1:1"), SystemClock(), every=0.02, patience=0.1)
    sink = RecordingSink()
    prober.start(sink)
    assert "connection refused" in sink.wait_state(State.DOWN).detail
    prober.stop()
