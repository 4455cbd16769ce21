"""What stands in the sink: rows that come, go, break off, or can't be read, by lists and by watches."""

from __future__ import annotations

import json

from opsconsole.cluster.objects.resources import EVENTS
from opsconsole.records import Kind, State
from tests.cluster import faults as answers
from tests.cluster.conftest import Reflect
from tests.cluster.faults import Exchange, FaultServer, LiveWatch
from tests.cluster.helpers import event, gone, pod, pod_list

PODS = "/api/v1/pods"
WATCH = f"{PODS}?watch"


def test_list_then_watch_keeps_the_picture_true(faults: FaultServer, reflect: Reflect) -> None:
    watch = LiveWatch()
    faults.on(PODS, answers.body(pod_list("a", "b", version="7")))
    faults.on(WATCH, watch)
    sink = reflect(faults.url)
    sink.wait_state(State.LIVE)
    assert watch.opened.wait(30)
    watch.send(
        event("ADDED", pod("c", version="8")),
        event("MODIFIED", pod("a", version="9", phase="Failed")),
        event("DELETED", pod("b", version="10")),
    )
    sink.wait(lambda s: "production/c" in s.pods and "production/b" not in s.pods)
    assert sink.pods["production/a"].status == "Failed"
    (asked,) = faults.requests(PODS, watch=True)
    assert asked.query["resourceVersion"] == "7"
    assert asked.query["allowWatchBookmarks"] == "true"
    assert sink.states == [State.STARTING, State.LIVE]


def test_added_and_deleted_in_one_read_stays_deleted(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.body(pod_list()))
    watch = LiveWatch()
    faults.on(WATCH, watch)
    sink = reflect(faults.url)
    watch.send(event("ADDED", pod("brief")), event("DELETED", pod("brief")), event("ADDED", pod("last")))
    sink.wait(lambda s: "production/last" in s.pods)
    assert "production/brief" not in sink.pods


def test_what_is_listed_without_a_name_may_be_any_that_was_known(faults: FaultServer, reflect: Reflect) -> None:
    unreadable = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": [1, "x", None]}
    faults.on(PODS, answers.body(pod_list("a", "b")), answers.body(unreadable))
    faults.on(WATCH, answers.events(event("ADDED", pod("seen")), gone()), LiveWatch())
    sink = reflect(faults.url)
    sink.wait(lambda s: s.healths and s.healths[-1].unread)
    assert {"production/a", "production/b"} <= set(sink.pods)


def test_pages_arrive_one_by_one_and_a_pod_twice_is_one_pod(faults: FaultServer, reflect: Reflect) -> None:
    faults.on(PODS, answers.pages(pod_list("a", "b"), pod_list("b", "c"), pod_list("d")))
    faults.on(WATCH, LiveWatch())
    sink = reflect(faults.url)
    sink.wait_state(State.LIVE)
    assert sorted(sink.pods) == [f"production/{name}" for name in "abcd"]
    assert [asked.query.get("continue") for asked in faults.requests(PODS, watch=False)] == [None, "1", "2"]


def test_one_unreadable_object_does_not_cost_the_others(faults: FaultServer, reflect: Reflect) -> None:
    broken = pod("broken")
    broken["status"] = {"phase": ["not", "a", "string"]}
    listed = pod_list("a", "b")
    listed["items"].insert(1, broken)
    watch = LiveWatch()
    faults.on(PODS, answers.body(listed))
    faults.on(WATCH, watch)
    sink = reflect(faults.url)
    health = sink.wait_state(State.LIVE)
    assert sorted(sink.pods) == ["production/a", "production/b"]
    assert health.detail == "1 could not be read and may be missing or old here"
    watch.send(event("MODIFIED", broken), event("ADDED", pod("c")))
    sink.wait(lambda s: "production/c" in s.pods)
    assert len(faults.requests(PODS, watch=False)) == 1
    assert health.unread == 1


def test_an_object_that_becomes_unreadable_is_not_taken_for_gone(faults: FaultServer, reflect: Reflect) -> None:
    broken = pod("a")
    broken["status"] = {"phase": ["not", "a", "string"]}
    again = pod_list("b", version="9")
    again["items"].append(broken)
    watch = LiveWatch()
    faults.on(PODS, answers.body(pod_list("a", "b")), answers.body(again))
    faults.on(WATCH, answers.events(event("MODIFIED", broken), gone()), watch)
    sink = reflect(faults.url)
    assert watch.opened.wait(30)
    sink.wait(lambda s: s.healths[-1].state is State.LIVE and s.healths[-1].unread == 1)
    assert sorted(sink.pods) == ["production/a", "production/b"]
    watch.send(event("MODIFIED", pod("a", version="11")))
    sink.wait(lambda s: s.healths[-1].unread == 0)
    watch.send(event("MODIFIED", broken), event("DELETED", pod("a", version="12")))
    sink.wait(lambda s: "production/a" not in s.pods and s.healths[-1].unread == 0)


def test_rows_of_a_list_that_broke_off_go_when_a_whole_one_lacks_them(faults: FaultServer, reflect: Reflect) -> None:
    listed = pod_list(*(f"p{number}" for number in range(2000)))
    for each in listed["items"]:
        del each["apiVersion"], each["kind"]  # as the API server lists them
    half = json.dumps(listed, separators=(",", ":")).encode()

    def broken_off(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.chunk(half[: len(half) * 3 // 4])
        exchange.cut()

    watch = LiveWatch()
    faults.on(PODS, broken_off, answers.body(pod_list("p0", "p1")))
    faults.on(WATCH, watch)
    sink = reflect(faults.url)
    sink.wait_state(State.LIVE)
    assert any(key == "production/p500" for _, key, record in sink.writes if record), "nothing came of the first list"
    assert sorted(sink.pods) == ["production/p0", "production/p1"]


def test_50000_events_are_listed_and_the_newest_are_kept_in_order(faults: FaultServer, reflect: Reflect) -> None:
    def one(number: int) -> dict[str, object]:
        moment = f"2026-11-21T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        about = {"kind": "Pod", "namespace": "production", "name": "web"}
        # Listed by name, which says nothing about the time.
        metadata = {"name": f"e{number * 7919 % 50_000:05}", "namespace": "production", "resourceVersion": "5"}
        return {"metadata": metadata, "involvedObject": about, "lastTimestamp": moment, "message": f"m{number}"}

    each = sorted((one(number) for number in range(50_000)), key=lambda found: str(found["metadata"]))
    documents = [{"metadata": {}, "items": each[start : start + 5_000]} for start in range(0, 50_000, 5_000)]
    faults.on("/api/v1/events", answers.pages(*documents))
    faults.on("/api/v1/events?watch", LiveWatch())
    sink = reflect(faults.url, EVENTS)
    sink.wait_state(State.LIVE, 60)
    kept = [record for kind, _, record in sink.writes if kind is Kind.EVENT]
    assert len(kept) == EVENTS.newest
    assert [record.last for record in kept] == sorted(record.last for record in kept)
    assert kept[-1].message == "m49999"
