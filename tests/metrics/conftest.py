"""A real Prometheus on loopback with three hours of history, and a server that does everything wrong."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from opsconsole.metrics.client import Prometheus, Sample
from opsconsole.settings import MetricsSettings
from tests.testbed.plane.processes import free_port

STEP = 15
HOURS = 3
AHEAD = 3600
"""The history goes on into the future, so that what is alive stays alive while the tests run."""

MADE_AT: dict[str, int] = {}
"""The moment that the history of each server was made at, seconds since the epoch, by address."""

MEBI = 2**20


def _counter(rate: Callable[[int], float]) -> Callable[[int], float]:
    """A counter whose rate (per second) is a function of the seconds until now (negative: past)."""
    total = 0.0
    values: dict[int, float] = {}
    for at in range(-HOURS * 3600, AHEAD + 1, STEP):
        total += rate(at) * STEP
        values[at] = total
    return lambda at: values[at]


def _until(end: int, value: float) -> Callable[[int], float | None]:
    return lambda at: value if at <= end else None


def _memory(pod: str, container: str) -> str:
    return f'container_memory_working_set_bytes{{namespace="production",pod="{pod}",container="{container}"}}'


SERIES: dict[str, Callable[[int], float | None]] = {
    'healthy_total{code="200"}': _counter(lambda _: 100.0),
    'healthy_total{code="502"}': _counter(lambda _: 0.01),
    'burning_total{code="200"}': _counter(lambda at: 10.0 if at > -5400 else 100.0),
    'burning_total{code="502"}': _counter(lambda at: 90.0 if at > -5400 else 0.0),
    'recovered_total{code="200"}': _counter(lambda at: 10.0 if -9000 < at < -5400 else 100.0),
    'recovered_total{code="502"}': _counter(lambda at: 90.0 if -9000 < at < -5400 else 0.0),
    'silent_total{code="200"}': _counter(lambda at: 0.0 if at > -1800 else 120.0),
    'silent_total{code="502"}': _counter(lambda _: 0.0),
    'spotless_total{code="200"}': _counter(lambda _: 5.0),
    'renamed_total{status="200"}': _counter(lambda _: 5.0),
    'renamed_total{status="502"}': _counter(lambda _: 5.0),
    'request_count{app="api-gateway",namespace="production"}': _counter(lambda _: 5.0),
    'request_count{app="auth-service",namespace="production"}': _counter(lambda _: 5.0),
    'pinecone_request_latency_seconds_bucket{request_type="query",le="0.1"}': _counter(lambda _: 0.0),
    'pinecone_request_latency_seconds_bucket{request_type="query",le="0.5"}': _counter(lambda _: 10.0),
    'pinecone_request_latency_seconds_bucket{request_type="query",le="+Inf"}': _counter(lambda _: 10.0),
    'pinecone_request_count_total{request_type="query"}': _counter(lambda _: 10.0),
    'pinecone_request_error_count_total{request_type="query"}': _counter(lambda _: 1.0),
    "embeddings_generated_timestamp_seconds": lambda _: time.time() - 91 * 86_400,
    "model_loss": lambda _: math.nan,
    'model_gain{layer="0"}': lambda _: 1.0,
    'model_gain{layer="1"}': lambda _: math.inf,
    "model_age_seconds": _until(-240, 7.0),
    "old_gauge": _until(-1800, 7.0),
    _memory("auth-service-5d4f3e2a1-m8n7b", "auth-container"): lambda at: (
        900.0 * MEBI if -2400 < at < -2300 else 500.0 * MEBI
    ),
    _memory("auth-service-5d4f3e2a1-gone1", "auth-container"): _until(-1800, 950.0 * MEBI),
    _memory("auth-service-5d4f3e2a1-m8n7b", "POD"): lambda _: 1.0,
    _memory("auth-service-5d4f3e2a1-m8n7b", ""): lambda _: 9e9,
    _memory("db-0", "db"): lambda _: 64.0 * MEBI,
    **{
        f'DCGM_FI_DEV_{metric}{{gpu="1",UUID="GPU-aa",modelName="NVIDIA A100",Hostname="gpu-7"}}': (
            lambda _, value=value: value
        )
        for metric, value in (("FB_USED", 30_000.0), ("FB_FREE", 10_960.0), ("GPU_TEMP", 61.0), ("XID_ERRORS", 79.0))
    },
}


def _openmetrics(now: int) -> str:
    families: dict[str, list[str]] = {}
    for series, value in SERIES.items():
        for at in range(-HOURS * 3600, AHEAD + 1, STEP):
            if (number := value(at)) is not None:
                text = "NaN" if math.isnan(number) else "+Inf" if math.isinf(number) else repr(number)
                families.setdefault(series.partition("{")[0], []).append(f"{series} {text} {now + at}")
    lines = [line for family, rows in families.items() for line in (f"# TYPE {family} unknown", *rows)]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="session")
def prometheus_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real Prometheus that holds :data:`SERIES`."""
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        reason = "Prometheus is not installed (Debian package prometheus)"
        if os.environ.get("OPSCONSOLE_REQUIRE_PROMETHEUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 15s}\n")
    now = int(time.time())
    (folder / "history").write_text(_openmetrics(now))
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", "history", "data"], cwd=folder, check=True
    )
    url = f"http://127.0.0.1:{free_port()}"
    MADE_AT[url] = now
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [
                "prometheus",
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                f"--web.listen-address={url.removeprefix('http://')}",
            ],
            cwd=folder,
            stderr=log,
            stdout=log,
        )
    try:
        _wait_until_ready(url, server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(60)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=2):
                return
        except OSError:
            assert server.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.05)


class AsMade(Prometheus):
    """Asks a server as of the moment that its history was made at: what is four minutes old stays so."""

    def __init__(self, settings: MetricsSettings) -> None:
        super().__init__(settings)
        self.now = float(MADE_AT[settings.url])

    def query(self, query: str, at: float | None = None) -> list[Sample]:
        return super().query(query, self.now if at is None else at)


class Faulty:
    """A server that answers as the test says; remembers what it was asked and with which headers."""

    def __init__(self) -> None:
        self.reply = (200, b'{"status": "success", "data": {"resultType": "vector", "result": []}}')
        self.headers: dict[str, str] = {}
        self.drip = False
        self.hang = threading.Event()
        self.hang.set()
        self.asked: list[str] = []
        self.authorizations: list[str | None] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def settings(self, **more: object) -> MetricsSettings:
        return MetricsSettings(**({"url": self.url, "timeout": 60.0} | more))  # type: ignore[arg-type]

    def answers(self, body: str, status: int = 200) -> None:
        self.reply = (status, body.encode())

    def close(self) -> None:
        self.hang.set()
        self.drip = False
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                faulty.asked.append(self.path)
                faulty.authorizations.append(self.headers["Authorization"])
                faulty.hang.wait(60)
                status, body = faulty.reply
                self.send_response(status)
                for name, value in faulty.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self._drip() if faulty.drip else self.wfile.write(body)

            def _drip(self) -> None:
                while faulty.drip:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.02)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the client went away, as it should

            def log_message(self, *_: object) -> None:
                return

        return Handler


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    server = Faulty()
    yield server
    server.close()
