"""The feed says what it knows, how old it is, and why it knows no more."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.decisions.feed import DecisionFeed
from opsconsole.feeds.protocol import Inbox
from opsconsole.metrics import inputs
from opsconsole.metrics.feed import MAX_INPUTS, MetricsFeed
from opsconsole.metrics.levels import BURN_RATE, ERROR_RATIO, REQUESTS
from opsconsole.records import Kind, State
from opsconsole.settings import MetricsSettings, QuerySettings
from opsconsole.store import Store
from tests.decisions.lines import AURA_TEXT
from tests.decisions.sources.test_feed import Hand
from tests.metrics.conftest import Faulty
from tests.support.waiting import eventually


class Watched:
    """A running feed and the store that it fills."""

    def __init__(self, settings: MetricsSettings, watch: tuple[str, ...] = ()) -> None:
        self.inbox, self.store = Inbox(), Store()
        self.feed = MetricsFeed(settings, SystemClock(), watch=watch, rng=random.Random(1))
        self.feed.start(self.inbox)

    def pump(self) -> Store:
        delta = self.store.apply(self.inbox.drain())
        self.feed.observe(self.store, delta)
        return self.store

    def is_in(self, state: State) -> str:
        eventually(lambda: (health := self.pump().health.get("metrics")) and health.state is state)
        return self.store.health["metrics"].detail

    def has(self, *keys: str) -> None:
        eventually(lambda: set(keys) <= self.pump().metrics.keys())


@pytest.fixture
def watched() -> Iterator[list[Watched]]:
    running: list[Watched] = []
    yield running
    for each in running:
        each.feed.stop()


def test_no_prometheus_configured_is_calm_and_complete() -> None:
    watched = Watched(MetricsSettings())
    assert "no Prometheus configured" in watched.is_in(State.ABSENT)
    assert watched.store.metrics == {}
    watched.feed.stop()


@pytest.mark.prometheus
def test_everything_a_real_server_gives(prometheus_url: str, watched: list[Watched]) -> None:
    queries = {
        "gain": QuerySettings(title="gain", query='max(model_gain{layer="0"})', unit="x"),
        "bad": QuerySettings(title="bad", query="sum("),
    }
    settings = MetricsSettings(
        url=prometheus_url,
        errors='sum(rate(healthy_total{code=~"5.."}[5m]))',
        requests="sum(rate(healthy_total[5m]))",
        queries=queries,
        interval=0.05,
    )
    it = Watched(settings, watch=("model_loss",))
    watched.append(it)
    it.has(ERROR_RATIO, REQUESTS, BURN_RATE, "query/gain", "query/bad", "input/model_loss")
    it.has("working_set/StatefulSet/production/db/db")
    assert it.is_in(State.LIVE) == ""
    gain, bad = it.store.metrics["query/gain"], it.store.metrics["query/bad"]
    assert (gain.title, gain.value, gain.unit, gain.problem) == ("gain", 1.0, "x", "")
    assert (bad.value, bad.state) == (None, "unknown")
    assert "fails" in bad.problem
    eventually(lambda: len(it.pump().metrics["query/gain"].history) >= 3)
    assert set(it.store.metrics["query/bad"].history) == {None}
    assert it.store.metrics["working_set/StatefulSet/production/db/db"].history == ()


@pytest.mark.prometheus
def test_query_of_a_decision_is_checked_at_once(prometheus_url: str, watched: list[Watched]) -> None:
    it = Watched(MetricsSettings(url=prometheus_url, interval=0.05))
    watched.append(it)
    it.is_in(State.LIVE)
    source = Hand()
    decisions = DecisionFeed(source, SystemClock())
    decisions.start(it.inbox)
    source.line("pod/a", AURA_TEXT[0], None)
    key = inputs.key_of('request_count{service="api"}')
    it.has(key)
    assert it.store.metrics[key].hints == ('app="api-gateway"',)
    decisions.stop()


def test_server_that_goes_away_leaves_the_records_and_says_stale(faulty: Faulty, watched: list[Watched]) -> None:
    faulty.answers('{"data": {"result": [{"metric": {}, "value": [1, "2"]}]}}')
    it = Watched(faulty.settings(interval=0.01))
    watched.append(it)
    it.has(REQUESTS, BURN_RATE)
    it.is_in(State.LIVE)
    faulty.answers("Bad Gateway", 502)
    assert "says 502" in it.is_in(State.STALE)
    assert it.store.health["metrics"].seen is not None
    assert it.store.metrics[REQUESTS].value == 2.0
    faulty.answers('{"data": {"result": [{"metric": {}, "value": [1, "3"]}]}}')
    it.is_in(State.LIVE)
    eventually(lambda: it.pump().metrics[REQUESTS].value == 3.0)


def test_server_that_was_never_there_is_down_and_asked_again(faulty: Faulty, watched: list[Watched]) -> None:
    faulty.answers("<html>", 200)
    it = Watched(faulty.settings(interval=0.01))
    watched.append(it)
    assert "not as Prometheus does" in it.is_in(State.DOWN)
    assert it.store.metrics == {}
    since = it.store.health["metrics"].since
    asked = len(faulty.asked)
    eventually(lambda: len(faulty.asked) > asked)
    it.is_in(State.DOWN)
    assert it.store.health["metrics"].since == since


def test_series_that_are_gone_are_taken_away(faulty: Faulty) -> None:
    one = '{"metric": {"namespace": "n", "pod": "%s", "container": "c"}, "value": [1, "2"]}'
    from opsconsole.metrics import feed as module

    inbox, store = Inbox(), Store()
    published = module._Published()
    ask = module._connect(faulty.settings())
    task = module._Task("working sets", 1.0, module.memory.working_sets, history=False)
    for pods, keys in ((("a-0", "b-0"), {"a", "b"}), (("b-0",), {"b"})):
        faulty.answers('{"data": {"result": [' + ", ".join(one % pod for pod in pods) + "]}}")
        published.put(inbox, task, list(task.collect(ask, 0.0)))
        store.apply(inbox.drain())
        assert {key.split("/")[3] for key in store.metrics} == keys
    ask.close()


def test_flood_of_queries_is_bounded(faulty: Faulty) -> None:
    feed = MetricsFeed(faulty.settings(), SystemClock(), watch=[f"up{{n='{number}'}}" for number in range(500)])
    feed.watch(["x" * 5000, "", "  "])
    assert len(feed._inputs) == MAX_INPUTS
    assert "up{n='499'}" in feed._inputs


def test_defect_in_a_task_is_said_and_ends_nothing(faulty: Faulty, watched: list[Watched]) -> None:
    settings = faulty.settings(interval=0.01)
    calls: list[int] = []

    def connect(_: MetricsSettings) -> object:
        calls.append(1)
        raise RuntimeError("a defect")

    inbox, store = Inbox(), Store()
    feed = MetricsFeed(settings, SystemClock(), connect=connect, rng=random.Random(1))  # type: ignore[arg-type]
    feed.start(inbox)
    eventually(lambda: len(calls) >= 2)
    store.apply(inbox.drain())
    assert store.health["metrics"].detail == "a defect in opsconsole: RuntimeError: a defect; trying again"
    assert store.table(Kind.METRIC) == {}
    feed.stop()
