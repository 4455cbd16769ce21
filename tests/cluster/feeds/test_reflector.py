"""The reflector against a server that fails in every way one has seen; each test is named after the failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsconsole.cluster.feeds.watching.reflector import MAX_PAGE
from opsconsole.cluster.objects import ownership
from opsconsole.cluster.objects.resources import HPAS, NODES
from opsconsole.cluster.transport.connection import MAX_BODY
from opsconsole.cluster.transport.errors import Gone
from opsconsole.records import State
from tests.cluster import faults as answers
from tests.cluster.conftest import Reflect
from tests.cluster.faults import Exchange, FaultServer, LiveWatch
from tests.cluster.helpers import bookmark, event, gone, kubeconfig, pod, pod_list
from tests.support.waiting import eventually

PODS = "/api/v1/pods"
WATCH = f"{PODS}?watch"


def test_bookmarks_move_the_version_without_records(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a", version="7")))
    second = LiveWatch()
    faults.on(WATCH, answers.events(bookmark("90")), second)
    sink = reflect(faults.url)
    assert second.opened.wait(30)
    assert [asked.query["resourceVersion"] for asked in faults.requests(PODS, watch=True)] == ["7", "90"]
    assert len(faults.requests(PODS, watch=False)) == 1
    assert list(sink.pods) == ["production/a"]


def test_a_cut_watch_goes_on_from_where_it_was_and_is_not_called_stale(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a", version="7")))
    second = LiveWatch()
    faults.on(WATCH, answers.events(event("ADDED", pod("b", version="8")), then=answers.hang_up), second)
    sink = reflect(faults.url)
    assert second.opened.wait(30)
    assert faults.requests(PODS, watch=True)[1].query["resourceVersion"] == "8"
    assert len(faults.requests(PODS, watch=False)) == 1
    assert State.STALE not in sink.states


def test_a_watch_that_is_cut_whenever_it_begins_is_not_called_live(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a", version="7")))
    faults.on(WATCH, answers.events(then=answers.hang_up))
    sink = reflect(faults.url)
    sink.wait(lambda s: s.states[-1:] == [State.STALE])
    asked = len(faults.requests(PODS, watch=True))
    eventually(lambda: len(faults.requests(PODS, watch=True)) > asked + 5, "it is tried again and again")
    after = sink.states[sink.states.index(State.STALE) :]
    assert State.LIVE not in after
    lasting = LiveWatch()
    faults.on(WATCH, lasting)
    sink.wait(lambda s: s.states[-1] is State.LIVE)


def test_410_when_the_watch_is_opened_lists_again(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a")), answers.body(pod_list("b", version="9")))
    faults.on(WATCH, answers.status(410, "too old resource version"), LiveWatch())
    sink = reflect(faults.url)
    sink.wait(lambda s: list(s.pods) == ["production/b"])
    assert State.STALE not in sink.states


def test_410_inside_the_watch_lists_again_and_drops_what_is_gone(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a", "b")), answers.body(pod_list("b", "c", version="9")))
    faults.on(WATCH, answers.events(event("ADDED", pod("seen")), gone()), LiveWatch())
    sink = reflect(faults.url)
    sink.wait(lambda s: sorted(s.pods) == ["production/b", "production/c"])
    assert len(faults.requests(PODS, watch=False)) == 2


def test_410_in_the_middle_of_a_list_begins_again_with_larger_pages(faults: FaultServer, reflect: Reflect) -> None:
    def expiring(exchange: Exchange) -> None:
        exchange.send(200, json.dumps({**pod_list("a"), "metadata": {"continue": "1"}}).encode())

    expired = answers.status(410, "the continue token expired")
    faults.on(PODS, answers.hang_up, answers.hang_up, expiring, expired, answers.body(pod_list("a", "b")))
    faults.on(WATCH, LiveWatch())
    sink = reflect(faults.url, settings={"page_size": 1})
    sink.wait_state(State.LIVE)
    assert sorted(sink.pods) == ["production/a", "production/b"]
    assert [asked.query.get("limit") for asked in faults.requests(PODS, watch=False)] == [None, None, "1", "1", "4"]


def test_a_list_that_breaks_off_is_asked_for_in_pages_and_the_next_one_whole_again(
    faults: FaultServer, reflect: Reflect
) -> None:
    whole = json.dumps(pod_list("a", "b")).encode()
    paged = answers.pages(pod_list("a"), pod_list("b"))
    faults.on(PODS, answers.half(whole), paged, paged, answers.body(pod_list("c", version="9")))
    faults.on(WATCH, answers.status(410, "too old resource version"), LiveWatch())
    sink = reflect(faults.url)
    sink.wait(lambda s: list(s.pods) == ["production/c"])
    asked = faults.requests(PODS, watch=False)
    assert [each.query.get("limit") is not None for each in asked] == [False, True, True, False]
    assert State.STALE not in sink.states


def test_pages_are_of_what_was_asked_for_metadata_alone(faults: FaultServer, reflect: Reflect) -> None:
    services = ownership.resource("services", "Service")
    path = services.path()
    document = {"metadata": {"resourceVersion": "1"}, "items": [{"metadata": {"name": "a", "namespace": "b"}}]}
    faults.on(path, answers.hang_up, answers.hang_up, answers.pages(document, document))
    faults.on(f"{path}?watch", LiveWatch())
    reflect(faults.url, services).wait_state(State.LIVE)
    assert {asked.headers["Accept"] for asked in faults.requests(path, watch=False)} == {ownership.LIST_ACCEPT}
    assert len(faults.requests(path, watch=False)) == 4


def test_the_largest_page_of_pods_is_no_body_that_is_refused() -> None:
    usual = 9_600  # bytes of a pod with two containers, volumes, conditions and managedFields
    assert MAX_PAGE * usual <= MAX_BODY


def test_a_list_is_asked_for_from_memory_and_never_older_than_what_was_seen(
    faults: FaultServer, reflect: Reflect
) -> None:
    faults.on(PODS, answers.body(pod_list("a", version="7")), answers.body(pod_list("b", version="9")))
    faults.on(WATCH, answers.events(event("ADDED", pod("seen", version="8")), gone()), LiveWatch())
    sink = reflect(faults.url)
    sink.wait(lambda s: list(s.pods) == ["production/b"])
    assert [asked.query["resourceVersion"] for asked in faults.requests(PODS, watch=False)] == ["0", "8"]


def test_a_list_that_always_expires_backs_off_and_is_said(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.status(410, "expired"))
    sink = reflect(faults.url)
    health = sink.wait_state(State.DOWN)
    assert "410" in health.detail


def test_silence_in_a_watch_is_death_and_lists_again(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a")), answers.body(pod_list("b")))
    faults.on(WATCH, answers.events(event("ADDED", pod("x")), then=answers.silence), LiveWatch())
    sink = reflect(faults.url, settings={"watch_silence": 0.3})
    sink.wait(lambda s: list(s.pods) == ["production/b"])
    said = [health.detail for health in sink.healths if health.state is State.STALE]
    assert said
    assert "silent" in said[0]


def test_a_list_that_never_answers_times_out_and_is_down(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.silence)
    sink = reflect(faults.url, settings={"read_timeout": 0.2})
    assert "no answer" in sink.wait_state(State.DOWN).detail


def test_429_waits_as_long_as_the_server_asks(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.status(429, "too many requests", Retry_After="1"), answers.body(pod_list("a")))
    faults.on(WATCH, LiveWatch())
    sink = reflect(faults.url)
    began = sink.wait_state(State.DOWN).since
    live = sink.wait_state(State.LIVE).since
    assert live - began >= 1.0


def test_500_and_garbage_are_survived_and_said(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(
        PODS,
        answers.status(500, "etcd is on fire"),
        answers.body(b"<html>a captive portal</html>"),
        answers.body(b"\xff\xfe\x00"),
        answers.body({"kind": "Surprise"}),
        answers.half(json.dumps(pod_list("a")).encode()),
        answers.body(pod_list("a")),
    )
    faults.on(WATCH, LiveWatch())
    sink = reflect(faults.url)
    sink.wait_state(State.LIVE)
    said = [health.detail for health in sink.healths if health.state is State.DOWN]
    assert "etcd is on fire" in said[0]
    assert "no list" in said[1]
    assert "cut" in said[4]
    assert list(sink.pods) == ["production/a"]


def test_garbage_in_a_watch_lists_again_and_keeps_the_rows(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, answers.events(b"{not json"), LiveWatch())
    sink = reflect(faults.url)
    eventually(lambda: len(faults.requests(PODS, watch=False)) == 2, "it lists again")
    sink.wait_state(State.LIVE)
    assert list(sink.pods) == ["production/a"]
    assert State.STALE in sink.states


def test_403_names_verb_and_resource_and_comes_alive_when_granted(faults: FaultServer, reflect: Reflect) -> None:
    denied = answers.status(403, 'pods is forbidden: User "eve" cannot list resource "pods"')
    faults.on(PODS, denied, denied, answers.body(pod_list("a")))
    faults.on(WATCH, LiveWatch())
    sink = reflect(faults.url)
    health = sink.wait_state(State.DENIED)
    assert "may not list pods" in health.detail
    assert 'User "eve"' in health.detail
    sink.wait_state(State.LIVE)


def test_403_of_the_watch_alone_names_the_watch(faults: FaultServer, reflect: Reflect) -> None:
    faults.on("/api/v1/nodes", answers.body({"metadata": {"resourceVersion": "1"}, "items": []}))
    faults.on("/api/v1/nodes?watch", answers.status(403, "no"))
    health = reflect(faults.url, NODES).wait_state(State.DENIED)
    assert "may not watch nodes" in health.detail
    assert "--namespace" not in health.detail


def test_404_of_a_resource_that_is_not_served_is_a_calm_absence(faults: FaultServer, reflect: Reflect) -> None:
    faults.on("/apis/autoscaling/v2/horizontalpodautoscalers", answers.status(404))
    health = reflect(faults.url, HPAS).wait_state(State.ABSENT)
    assert "does not serve horizontalpodautoscalers" in health.detail


def test_401_reads_the_renewed_token_and_goes_on(faults: FaultServer, reflect: Reflect, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path / "renewed", faults.url, {"token": "old"})

    def listing(exchange: Exchange) -> None:
        if exchange.asked.headers["Authorization"] == "Bearer new":
            answers.body(pod_list("a"))(exchange)
        else:
            kubeconfig(config, faults.url, {"token": "new"})
            answers.status(401, "Unauthorized")(exchange)

    faults.on(PODS, listing)
    faults.on(WATCH, LiveWatch())
    sink = reflect(config)
    sink.wait_state(State.LIVE)
    assert list(sink.pods) == ["production/a"]


def test_a_server_that_dies_leaves_stale_rows_and_their_age(faults: FaultServer, reflect: Reflect) -> None:
    watch = LiveWatch()
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, watch, answers.hang_up)
    sink = reflect(faults.url)
    live = sink.wait_state(State.LIVE)
    assert watch.opened.wait(30)
    watch.cut()
    stale = sink.wait_state(State.STALE)
    assert list(sink.pods) == ["production/a"]
    assert stale.seen is not None
    assert stale.since >= stale.seen >= live.since
    assert faults.url in stale.detail
    faults.on(WATCH, LiveWatch())
    sink.wait_state(State.LIVE)


def test_a_server_that_ends_every_watch_at_once_is_not_asked_in_a_loop(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, answers.events())
    sink = reflect(faults.url)
    health = sink.wait_state(State.STALE)
    assert "ends the watch" in health.detail


def test_no_server_at_all_is_down_with_the_reason(reflect: Reflect) -> None:
    sink = reflect("http://127.0.0.1:1")
    assert "connection refused" in sink.wait_state(State.DOWN).detail


def test_a_missing_kubeconfig_is_down_and_mends_itself(faults: FaultServer, reflect: Reflect, tmp_path: Path) -> None:
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, LiveWatch())
    sink = reflect(tmp_path / "later")
    assert "no kubeconfig" in sink.wait_state(State.DOWN).detail
    kubeconfig(tmp_path / "later", faults.url)
    sink.wait_state(State.LIVE)


def test_a_defect_of_ours_is_said_and_does_not_end_the_feed(
    faults: FaultServer, reflect: Reflect, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opsconsole.cluster.feeds.watching import listing

    calls = iter([ZeroDivisionError("oops")])

    def flawed(*arguments: object) -> object:
        for error in calls:
            raise error
        return real(*arguments)

    real = listing.whole
    monkeypatch.setattr(listing, "whole", flawed)
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, LiveWatch())
    sink = reflect(faults.url)
    sink.wait_state(State.LIVE)
    assert any("defect" in health.detail and "oops" in health.detail for health in sink.healths)


def test_a_namespace_is_read_where_the_whole_cluster_may_not_be(faults: FaultServer, reflect: Reflect) -> None:
    path = "/api/v1/namespaces/home/pods"
    faults.on(path, answers.body(pod_list("a")))
    faults.on(f"{path}?watch", LiveWatch())
    reflect(faults.url, namespace="home").wait_state(State.LIVE)
    assert {asked.path for asked in faults.asked} == {path}


def test_stop_wakes_a_watch_that_waits(faults: FaultServer, connect_to: object) -> None:
    import threading

    from opsconsole.clock import SystemClock
    from opsconsole.cluster.feeds.watching.reflector import Reflector
    from opsconsole.cluster.objects.resources import PODS as RESOURCE
    from tests.cluster.helpers import RecordingSink

    watch = LiveWatch()
    faults.on(PODS, answers.body(pod_list("a")))
    faults.on(WATCH, watch)
    patient = {"watch_silence": 600.0, "read_timeout": 600.0}  # nothing but being woken ends it
    reflector = Reflector(connect_to(faults.url, **patient), RESOURCE, SystemClock())  # type: ignore[operator]
    before = set(threading.enumerate())
    reflector.start(RecordingSink())
    assert watch.opened.wait(30)
    (thread,) = [each for each in set(threading.enumerate()) - before if each.name == "feed-pods"]
    reflector.stop()
    thread.join(60.0)
    assert not thread.is_alive()


def test_gone_is_what_410_raises(faults: FaultServer, connect_to: object) -> None:
    faults.on(PODS, answers.status(410, "old"))
    with pytest.raises(Gone, match="410: list pods"):
        connect_to(faults.url).request("GET", PODS)  # type: ignore[operator]
