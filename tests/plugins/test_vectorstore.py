"""The vector store: slow, failing and stale are flagged; unknown is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.governor.governor import Governor
from opsconsole.metrics.client import Prometheus
from opsconsole.metrics.feed import custom
from opsconsole.optimizer import Optimizers
from opsconsole.plugins.host import Plugins, load_all
from opsconsole.records import Kind, Metric
from opsconsole.settings import GovernorSettings, MetricsSettings, PluginSettings, Settings
from opsconsole.store import Store
from tests.support.clock import ManualClock

DAY = 86_400.0


def loaded(**settings: Any) -> Plugins:
    plugins = PluginSettings(disabled=("smartscaler",), settings={"vectorstore": settings})
    host = load_all(Settings(plugins=plugins), SystemClock())
    assert host.problems == {}
    return host


def metric(name: str, value: float | None, problem: str = "") -> Metric:
    return Metric(f"query/vectorstore.{name}", name, "", value, problem=problem)


def judged(host: Plugins, *metrics: Metric) -> list[str]:
    inbox, store = Inbox(), Store()
    governor = Governor(GovernorSettings(), Optimizers(), ManualClock(1_000_000.0), host.rules())
    inbox.put(Kind.METRIC, metrics)
    found, _ = governor.judge(store, store.apply(inbox.drain()))
    return [finding.title for finding in found if finding.rule.startswith("vectorstore.")]


@pytest.mark.parametrize(
    ("name", "value", "title"),
    [
        ("latency", 0.450, "vector store answers in 450 ms, over 100 ms"),
        ("latency", 0.015, ""),
        ("latency", 0.1, ""),
        ("latency", None, ""),
        ("errors", 2.5, "vector store fails 2.5 %, over 1 % of its requests"),
        ("errors", 0.5, ""),
        ("errors", None, ""),
        ("embedding_age", 91 * DAY, "embeddings are 91 days, over 30 days"),
        ("embedding_age", 29 * DAY, ""),
        ("embedding_age", None, ""),
        ("something_else", 1e9, ""),
    ],
)
def test_thresholds(name: str, value: float | None, title: str) -> None:
    assert judged(loaded(), metric(name, value)) == ([title] if title else [])


def test_thresholds_are_the_settings() -> None:
    host = loaded(latency_ms=500.0, embedding_days=100.0)
    assert judged(host, metric("latency", 0.45), metric("embedding_age", 91 * DAY)) == []


def test_pane_shows_numbers_beside_limits_and_unknown_as_unknown() -> None:
    (pane,) = loaded().panes()
    records = (metric("latency", 0.45), metric("errors", 0.5), metric("embedding_age", None, "returned no data"))
    rows = [[column.cell(record, 0.0) for column in pane.columns] for record in records]
    assert rows == [
        ["latency", "450 ms", "100 ms", "OVER"],
        ["errors", "0.5 %", "1 %", "ok"],
        ["embedding_age", "?", "30 days", "unknown: returned no data"],
    ]
    assert [pane.columns[1].tone(record) for record in records] == ["bad", "good", "dim"]
    assert not pane.accepts(Metric("service/requests", "", ""))
    assert all(pane.accepts(record) for record in records)


@pytest.mark.prometheus
def test_queries_on_a_real_prometheus(prometheus_url: str) -> None:
    asked = Prometheus(MetricsSettings(url=prometheus_url))
    found = {name: custom(asked, f"query/{name}", query, 0.0) for name, query in loaded().queries().items()}
    assert found["vectorstore.latency"].value == pytest.approx(0.475, rel=0.1)
    assert found["vectorstore.errors"].value == pytest.approx(10.0, rel=0.01)
    assert found["vectorstore.embedding_age"].value == pytest.approx(91 * DAY, rel=0.01)
    assert len(judged(loaded(), *found.values())) == 3


@pytest.mark.prometheus
def test_store_that_nobody_measures_is_unknown_and_raises_nothing(prometheus_url: str) -> None:
    host = loaded(
        latency_query='histogram_quantile(0.95, sum by (le) (rate(nothing_bucket{a="b"}[5m])))',
        errors_query="sum(rate(nothing_total[5m])) / (sum(rate(nothing_else_total[5m])) > 0)",
        age_query="time() - max(nothing_seconds)",
    )
    asked = Prometheus(MetricsSettings(url=prometheus_url))
    found = [custom(asked, f"query/{name}", query, 0.0) for name, query in host.queries().items()]
    assert [(each.value, each.state, each.problem) for each in found] == [(None, "unknown", "returned no data")] * 3
    assert judged(host, *found) == []
