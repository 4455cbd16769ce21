"""The rehearsal's PromQL against a real Prometheus that holds the same samples."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import urllib3

from rehearsal import prometheus
from rehearsal.server.http import HttpServer
from rehearsal.world.metrics.series import Database
from tests.rehearsal.builders import Stage, scenario, service
from tests.testbed.plane.processes import free_port

pytestmark = pytest.mark.prometheus


class Both(NamedTuple):
    """The same samples behind two servers, and the moment of the newest."""

    ours: str
    real: str
    now: float

    def ask(self, path: str, **fields: str) -> tuple[tuple[int, Any], tuple[int, Any]]:
        """The same question to both."""
        return _ask(self.ours + path, fields), _ask(self.real + path, fields)


def _ask(url: str, fields: dict[str, str]) -> tuple[int, Any]:
    answer = urllib3.request("GET", url, fields=fields, retries=False)
    return answer.status, json.loads(answer.data)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        reason = "Prometheus is not installed (Debian package prometheus)"
        if os.environ.get("OPSCONSOLE_REQUIRE_PROMETHEUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    stage = Stage(scenario(service(share=1.0, calls={"auth": 0.5}), service("auth"), rate=60.0))
    stage.run(900, step=1.0)
    stage.scale(0, "auth")
    stage.run(300, step=1.0)
    folder = tmp_path_factory.mktemp("prometheus")
    server = HttpServer(stage.core, extra={prometheus.PREFIX: prometheus.SimulatedPrometheus(stage.world).handle})
    server.start()
    with _real(folder, stage.world.database) as real:
        yield Both(f"{server.url}{prometheus.PREFIX}", real, stage.clock.now())
    server.stop()


class _real:  # noqa: N801 - a context manager
    """A real Prometheus that holds a database's samples."""

    def __init__(self, folder: Path, database: Database) -> None:
        (folder / "prometheus.yml").write_text("global: {scrape_interval: 10s}\n")
        (folder / "history").write_text(_openmetrics(database))
        convert = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", "history", "data"]
        subprocess.run(convert, cwd=folder, check=True)
        self._address = f"127.0.0.1:{free_port()}"
        self._folder = folder

    def __enter__(self) -> str:
        command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
        command += [f"--web.listen-address={self._address}", "--storage.tsdb.retention.time=100y"]
        with (self._folder / "log").open("w") as log:
            self._server = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self._ready():
            assert self._server.poll() is None, (self._folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return f"http://{self._address}"

    def _ready(self) -> bool:
        try:
            return urllib3.request("GET", f"http://{self._address}/-/ready", retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(60)


def _openmetrics(database: Database) -> str:
    families: dict[str, list[str]] = {}
    for series in database.everything():
        labels = dict(series.labels)
        name = labels.pop("__name__")
        inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
        families.setdefault(name, []).extend(
            f"{name}{{{inside}}} {value!r} {at:.3f}" for at, value in zip(series.times, series.values, strict=True)
        )
    lines = [line for name, rows in families.items() for line in (f"# TYPE {name} unknown", *rows)]
    return "\n".join([*lines, "# EOF", ""])


def values(data: Any) -> dict[tuple[tuple[str, str], ...], float]:
    """The elements of a vector by their labels."""
    return {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in data["result"]}


QUERIES = [
    'sum(rate(http_requests_total{code=~"5.."}[5m]))',
    "sum(rate(http_requests_total[5m]))",
    'sum by (app) (rate(http_requests_total{code!="200"}[1m])) / sum by (app) (rate(http_requests_total[1m]))',
    'sum(rate(http_requests_total{code="502"}[5m] offset 10m))',
    'max by (namespace, pod, container) (max_over_time(container_memory_working_set_bytes{container!=""}[1h]))',
    "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{app='web'}[2m])))",
    "histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[5m]))",
    "max(timestamp(http_requests_total))",
    "count(http_requests_total{code!=''})",
    "count by (code) (http_requests_total) > 1",
    "topk(1, sum by (app) (http_requests_total))",
    "sum without (code, job) (http_requests_total)",
    "avg(container_memory_working_set_bytes) / 2^20",
    "container_memory_working_set_bytes / on(pod, container) container_spec_memory_limit_bytes{namespace='production'}",
    "min_over_time(container_memory_working_set_bytes{pod=~'web.*'}[10m])",
    "absent(request_count{service='api'})",
    "request_count{service='api'} or vector(7)",
    "http_requests_total{code='502'} unless on(app) http_requests_total{app='web'}",
    "-sum(aura_model_loss) + 1",
    "scalar(sum(aura_model_loss)) * 2",
    "count_over_time(aura_model_loss[100s])",
    "changes(aura_gpu_efficiency[5m]) >= bool 1",
    "clamp_min(aura_model_loss, 0.5)",
    "1 + 2 * 3 ^ 2 % 5",
]


@pytest.mark.parametrize("query", QUERIES)
def test_both_answer_the_same(both: Both, query: str) -> None:
    (our_status, ours), (real_status, real) = both.ask("/api/v1/query", query=query, time=str(both.now))
    assert our_status == real_status == 200, (ours, real)
    assert ours["data"]["resultType"] == real["data"]["resultType"]
    if real["data"]["resultType"] == "scalar":
        assert float(ours["data"]["result"][1]) == pytest.approx(float(real["data"]["result"][1]))
        return
    wanted, told = values(real["data"]), values(ours["data"])
    assert set(told) == set(wanted)
    # A real rate() is drawn out to the edges of its window: up to some percent where samples are few.
    assert told == {key: pytest.approx(value, rel=0.05, nan_ok=True) for key, value in wanted.items()}
    assert wanted or query.startswith("request_count"), "a query without an answer compares nothing"


@pytest.mark.parametrize("query", ["sum(", "a{b=1}", "rate(a)", "nope(a)", "sum(a)[5m]", "1 and 2", "a $ b"])
def test_both_refuse_the_same(both: Both, query: str) -> None:
    (our_status, ours), (real_status, real) = both.ask("/api/v1/query", query=query)
    assert (our_status, ours["status"], ours["errorType"]) == (real_status, real["status"], real["errorType"])
    assert (our_status, ours["errorType"]) == (400, "bad_data")


def test_both_know_the_same_series_and_names(both: Both) -> None:
    span = {"start": str(both.now - 3600), "end": str(both.now)}
    ours, real = both.ask("/api/v1/series", **{"match[]": 'http_requests_total{app="web"}'}, **span)
    as_sets = [sorted(tuple(sorted(each.items())) for each in answer["data"]) for _, answer in (ours, real)]
    assert as_sets[0] == as_sets[1]
    ours, real = both.ask("/api/v1/label/__name__/values", **span)
    assert ours[1]["data"] == real[1]["data"]
    ours, real = both.ask("/api/v1/labels", **span)
    assert ours[1]["data"] == real[1]["data"]


def test_both_draw_the_same_line(both: Both) -> None:
    span = {"start": str(both.now - 300), "end": str(both.now), "step": "30"}
    ours, real = both.ask("/api/v1/query_range", query="sum(rate(http_requests_total[2m]))", **span)
    lines = [[float(value) for _, value in answer["data"]["result"][0]["values"]] for _, answer in (ours, real)]
    assert len(lines[0]) == len(lines[1]) == 11
    assert lines[0] == pytest.approx(lines[1], rel=0.05)
    assert all(math.isfinite(value) for value in lines[0])
