"""Several scopes behind one feed: the cluster's own, namespaces that stand in for it, and those that fail alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.feeds.watching.scope_health import merged
from opsconsole.cluster.feeds.watching.scopes import Scope, ScopedFeed
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.questions.about.namespaces import Namespaces
from opsconsole.feeds.backoff import Backoff
from opsconsole.records import Health, State
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import FaultServer, LiveWatch
from tests.cluster.feeds.test_reflector import pod_list
from tests.cluster.helpers import RecordingSink, event, pod
from tests.support.waiting import eventually

CLUSTER = "/api/v1/pods"
DENIED = answers.status(403, "no")


def path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


class Running:
    """The pods' feed on a fault server, its sink, and its scope."""

    def __init__(self, faults: FaultServer, connect_to: Connect, *named: str, own: str = "home") -> None:
        connection, clock, dice = connect_to(faults.url), SystemClock(), random.Random(1)
        self.scope = Scope(named, lambda: own, Namespaces(connection, clock))
        self.sink = RecordingSink()

        def make(namespace: str) -> Reflector:
            backoff = Backoff(dice, base=0.02, cap=0.1)
            quick = {"denied_pause": 0.05, "backoff": backoff, "namespaces": self.scope.namespaces}
            return Reflector(connection, PODS, clock, namespace=namespace, dice=dice, **quick)

        self.feed = ScopedFeed("pods", make, self.scope, clock)
        self.feed.start(self.sink)


Start = Callable[..., Running]


@pytest.fixture
def start(faults: FaultServer, connect_to: Connect) -> Iterator[Start]:
    running: list[Running] = []

    def make(*named: str, own: str = "home") -> Running:
        running.append(Running(faults, connect_to, *named, own=own))
        return running[-1]

    yield make
    for each in running:
        each.feed.stop()


def serve(faults: FaultServer, namespace: str, *names: str) -> None:
    listed = pod_list(*names)
    for item in listed["items"]:
        item["metadata"]["namespace"] = namespace
    faults.on(path(namespace), answers.body(listed))
    faults.on(f"{path(namespace)}?watch", LiveWatch())


def test_the_own_namespace_stands_in_for_a_cluster_that_is_denied(faults: FaultServer, start: Start) -> None:
    faults.on(CLUSTER, DENIED)
    serve(faults, "home", "a")
    sink = start().sink
    word = sink.wait_state(State.LIVE)
    assert list(sink.pods) == ["home/a"]
    assert word.namespaces == ("home",)
    assert word.detail.startswith("namespace home alone; 403: may not list pods")
    assert not word.covers("elsewhere")
    assert word.covers("home")


def test_the_cluster_takes_over_again_when_it_is_granted(faults: FaultServer, start: Start) -> None:
    listed = pod_list("a", "b")
    faults.on(CLUSTER, DENIED, DENIED, DENIED, DENIED, answers.body(listed))
    faults.on(f"{CLUSTER}?watch", LiveWatch())
    serve(faults, "home", "a")
    sink = start().sink
    sink.wait(lambda s: s.healths[-1].state is State.LIVE and not s.healths[-1].namespaces)
    sink.wait(lambda s: "production/b" in s.pods)
    assert sink.healths[-1].detail == ""


def test_a_cluster_that_was_read_and_is_denied_later_is_not_narrowed(faults: FaultServer, start: Start) -> None:
    faults.on(CLUSTER, answers.body(pod_list("a")), DENIED)
    faults.on(f"{CLUSTER}?watch", answers.status(410, "too old"))
    sink = start().sink
    sink.wait(lambda s: State.DENIED in s.states)
    assert "production/a" in sink.pods
    assert all(not asked.path.startswith("/api/v1/namespaces") for asked in faults.asked)


def test_a_denied_namespace_costs_only_itself(faults: FaultServer, start: Start) -> None:
    serve(faults, "blue", "a")
    faults.on(path("red"), DENIED)
    faults.on("/api/v1/namespaces/red", DENIED)
    sink = start("blue", "red").sink
    word = sink.wait_state(State.LIVE)
    assert word.failing == ("red",)
    assert "namespace red DENIED: 403: may not list pods -n red" in word.detail
    assert list(sink.pods) == ["blue/a"]


def test_a_namespace_that_is_not_there_is_down_and_lives_once_it_is(faults: FaultServer, start: Start) -> None:
    faults.on(path("late"), answers.body(pod_list()))
    faults.on("/api/v1/namespaces/late", answers.status(404, "namespaces late not found"))
    word = start("late").sink.wait_state(State.DOWN)
    assert word.detail == "there is no namespace late"


def test_a_namespace_that_is_denied_and_is_not_there_is_most_likely_mistyped(faults: FaultServer, start: Start) -> None:
    faults.on(path("typo"), DENIED)
    assert start("typo").sink.wait_state(State.DOWN).detail == "there is no namespace typo"


def test_a_namespace_that_goes_under_a_watch_is_said(faults: FaultServer, start: Start) -> None:
    watch = LiveWatch()
    serve(faults, "blue", "a")
    faults.on(f"{path('blue')}?watch", watch)
    sink = start("blue").sink
    sink.wait_state(State.LIVE)
    assert watch.opened.wait(30)
    gone_pod = pod("a", version="9")
    gone_pod["metadata"]["namespace"] = "blue"
    watch.send(event("DELETED", gone_pod))
    assert sink.wait_state(State.DOWN).detail == "there is no namespace blue"
    assert sink.pods == {}


def test_whether_an_empty_namespace_exists_may_be_unknown(faults: FaultServer, start: Start) -> None:
    faults.on(path("dark"), answers.body(pod_list()))
    faults.on(f"{path('dark')}?watch", LiveWatch())
    faults.on("/api/v1/namespaces/dark", answers.status(403, "no"))
    word = start("dark").sink.wait_state(State.LIVE)
    assert "whether there is a namespace dark can't be told (403" in word.detail


def test_a_namespace_that_is_named_later_is_read_too(faults: FaultServer, start: Start) -> None:
    serve(faults, "blue", "a")
    serve(faults, "red", "b")
    running = start("blue")
    running.sink.wait_state(State.LIVE)
    running.scope.read("red")
    running.sink.wait(lambda s: sorted(s.pods) == ["blue/a", "red/b"])
    running.sink.wait(lambda s: s.healths[-1].namespaces == ("blue", "red"))


def test_what_is_named_by_hand_takes_the_place_of_an_own_namespace_that_is_denied(
    faults: FaultServer, start: Start
) -> None:
    faults.on(CLUSTER, DENIED)
    faults.on(path("home"), DENIED)
    faults.on("/api/v1/namespaces/home", answers.status(403, "no"))
    serve(faults, "red", "b")
    running = start()
    running.sink.wait(lambda s: "nor in namespace home" in s.healths[-1].detail)
    running.scope.read("red")
    running.sink.wait(lambda s: s.healths[-1].state is State.LIVE and s.healths[-1].namespaces == ("red",))
    assert running.sink.healths[-1].failing == ()


def test_no_namespace_is_read_besides_a_cluster_that_is_read(faults: FaultServer, start: Start) -> None:
    faults.on(CLUSTER, answers.body(pod_list("a")))
    faults.on(f"{CLUSTER}?watch", LiveWatch())
    running = start()
    running.sink.wait_state(State.LIVE)
    running.scope.read("production")
    assert {asked.path for asked in faults.asked} == {CLUSTER}


def test_an_own_namespace_that_cannot_be_told_is_said(faults: FaultServer, start: Start) -> None:
    faults.on(CLUSTER, DENIED)

    def broken() -> str:
        raise OSError(5, "input/output error")

    running = start()
    running.feed.stop()
    running.scope._own = broken
    feed = ScopedFeed("pods", running.feed._make, running.scope, SystemClock())
    sink = RecordingSink()
    feed.start(sink)
    sink.wait(lambda s: any("input/output error" in word.detail for word in s.healths))
    feed.stop()


def test_stopping_ends_every_scope(faults: FaultServer, start: Start) -> None:
    serve(faults, "blue", "a")
    serve(faults, "red", "b")
    running = start("blue", "red")
    running.sink.wait_state(State.LIVE)
    running.feed.stop()
    eventually(lambda: all(part._stopping.is_set() for part in running.feed._parts.values()), "both have ended")


NOW = 1_000.0


def word(state: State, detail: str = "", *, seen: float | None = None, unread: int = 0, since: float = NOW) -> Health:
    return Health("x", state, since, seen, detail, unread)


@pytest.mark.parametrize("state", list(State))
def test_one_scope_is_told_as_it_is(state: State) -> None:
    assert merged("pods", {"": word(state, "d")}, NOW) == Health("pods", state, NOW, None, "d")


@pytest.mark.parametrize("ill", [State.DOWN, State.DENIED, State.STALE, State.ABSENT])
def test_one_live_namespace_keeps_the_feed_live_and_the_other_is_failing(ill: State) -> None:
    found = merged("pods", {"a": word(State.LIVE, seen=990.0, unread=2), "b": word(ill, "why")}, NOW)
    assert (found.state, found.failing, found.unread, found.seen) == (State.LIVE, ("b",), 2, 990.0)
    assert "namespace b" in found.detail
    assert "why" in found.detail


def test_the_feed_is_as_old_as_the_namespace_heard_of_longest_ago() -> None:
    words = {"a": word(State.LIVE, seen=990.0), "b": word(State.LIVE, seen=960.0)}
    assert merged("pods", words, NOW).seen == 960.0


def test_a_namespace_that_starts_is_waited_for_and_not_for_ever() -> None:
    words = {"a": word(State.LIVE, seen=NOW), "b": word(State.STARTING)}
    assert merged("pods", words, NOW + 1).state is State.STARTING
    late = merged("pods", words, NOW + 60)
    assert (late.state, late.failing) == (State.LIVE, ("b",))


def test_none_live_is_the_worst_of_them_with_all_their_words() -> None:
    found = merged("pods", {"a": word(State.DENIED, "no"), "b": word(State.DOWN, "cut")}, NOW)
    assert found.state is State.DOWN
    assert found.detail == "namespace a DENIED: no; namespace b DOWN: cut"
