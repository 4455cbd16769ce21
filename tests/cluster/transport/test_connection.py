"""One connection: credentials, time-outs, what a request says and what errors say."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from opsconsole import __version__
from opsconsole.cluster.transport import errors
from opsconsole.cluster.transport.connection import RENEW_EARLY, RENEW_PAUSE, Connection
from opsconsole.cluster.transport.kubeconfig.load import REREAD
from opsconsole.settings import ClusterSettings
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import Exchange, FaultServer, LiveWatch
from tests.cluster.helpers import kubeconfig
from tests.support.clock import ManualClock

TOKEN = "secret-token"


def test_a_request_carries_our_name_our_token_and_its_body(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("PATCH /api/v1/nodes/n", answers.body({"ok": True}))
    connection = connect_to(faults.url, read_only=False)
    raw = connection.request(
        "PATCH",
        "/api/v1/nodes/n",
        query={"fieldManager": "opsconsole", "dryRun": None, "force": True},
        body={"spec": {}},
        content_type="application/strategic-merge-patch+json",
    )
    (asked,) = faults.asked
    assert raw == b'{"ok": true}'
    assert asked.query == {"fieldManager": "opsconsole", "force": "true"}
    assert asked.body == b'{"spec":{}}'
    assert asked.headers["User-Agent"] == f"opsconsole/{__version__}"
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["Content-Type"] == "application/strategic-merge-patch+json"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (400, errors.Rejected, "400: get pods web -n x: refused"),
        (401, errors.Unauthorized, "log in again"),
        (403, errors.Denied, "403: may not get pods web -n x"),
        (404, errors.NotFound, "404"),
        (409, errors.Conflict, "changed since"),
        (410, errors.Gone, "too old"),
        (422, errors.Rejected, "422"),
        (429, errors.Throttled, "asks us to wait"),
        (500, errors.ServerFailure, "the API server failed"),
        (503, errors.ServerFailure, "503"),
        (302, errors.BadAnswer, "is this an API server"),
    ],
)
def test_each_status_is_an_error_in_words(
    faults: FaultServer, connect_to: Connect, code: int, kind: type[errors.ServerError], words: str
) -> None:
    faults.on("/api/v1/namespaces/x/pods/web", answers.status(code, "because \x1b[31mred\x1b[0m"))
    with pytest.raises(errors.ServerError) as caught:
        connect_to(faults.url).request("GET", "/api/v1/namespaces/x/pods/web")
    error = caught.value
    assert type(error) is kind
    assert words in str(error)
    assert error.status == code
    assert error.reason == "because ␛[31mred␛[0m"
    assert (error.verb, error.resource, error.namespace) == ("get", "pods", "x")


def test_what_a_server_says_is_cut_short(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.body("<html>" * 100_000, 502))
    with pytest.raises(errors.ServerFailure) as caught:
        connect_to(faults.url).request("GET", "/version")
    assert len(str(caught.value)) < 600


def test_no_error_says_the_token(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.status(401), answers.hang_up)
    connection = connect_to(faults.url)
    for _ in range(2):
        with pytest.raises(errors.ClusterError) as caught:
            connection.request("GET", "/version")
        assert TOKEN not in f"{caught.value!r}{caught.value.__cause__!r}{connection.access!r}{connection.access.tls!r}"


def test_429_says_how_long(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.status(429, Retry_After="7"), answers.status(429, Retry_After="Wed, 21 Oct"))
    connection = connect_to(faults.url)
    for expected in (7.0, None):
        with pytest.raises(errors.Throttled) as caught:
            connection.request("GET", "/version")
        assert caught.value.retry_after == expected


def test_a_server_without_a_word_times_out(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.silence)
    with pytest.raises(errors.TimedOut, match="no answer"):
        connect_to(faults.url).request("GET", "/version", timeout=0.2)


def test_an_answer_that_trickles_for_ever_is_ended(faults: FaultServer, connect_to: Connect) -> None:
    def trickle(exchange: Exchange) -> None:
        exchange.begin_stream()
        while not exchange.closing.wait(0.02):
            exchange.chunk(b" ")

    faults.on("/version", trickle)
    with pytest.raises(errors.TimedOut, match="too slowly"):
        connect_to(faults.url).request("GET", "/version", timeout=0.1)


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked\r\n\r\n1000\r\n", "Content-Length: 4096\r\n\r\n"])
def test_a_body_that_trickles_byte_by_byte_is_ended(framing: str, faults: FaultServer, connect_to: Connect) -> None:
    def trickle(exchange: Exchange) -> None:
        exchange.handler.wfile.write(f"HTTP/1.1 200 OK\r\n{framing}".encode())
        while not exchange.closing.wait(0.02):
            exchange.handler.wfile.write(b" ")

    faults.on("/version", trickle)
    with pytest.raises(errors.TimedOut, match="too slowly"):
        connect_to(faults.url).request("GET", "/version", timeout=0.1)


def _trickled_head(exchange: Exchange) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Long: 0123456789\r\n" * 500:
        if exchange.closing.wait(0.02):
            return
        exchange.handler.wfile.write(bytes([byte]))
        exchange.handler.wfile.flush()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_head_that_trickles_is_no_answer(read_only: bool, faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", _trickled_head)
    connection = connect_to(faults.url, read_only=read_only)
    with pytest.raises(errors.TimedOut, match="no answer"):
        connection.request("GET", "/version", timeout=0.3)
    with pytest.raises(errors.TimedOut, match="no answer"), connection.stream("/version", timeout=0.3):
        pass


def test_a_proxy_s_head_that_trickles_is_no_answer(
    faults: FaultServer, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.on("CONNECT 443", _trickled_head)
    monkeypatch.setenv("HTTPS_PROXY", faults.url)
    with pytest.raises(errors.TimedOut, match="no answer"):
        connect_to("https://api.test", connect_timeout=0.3).request("GET", "/version")


def test_a_body_has_its_time_after_a_slow_head(faults: FaultServer, connect_to: Connect) -> None:
    def slow(exchange: Exchange) -> None:
        exchange.closing.wait(1.2)
        exchange.begin_stream()
        for each in (b"{", b"}"):
            exchange.closing.wait(1.2)
            exchange.chunk(each)
        exchange.chunk(b"")

    faults.on("/version", slow)
    assert connect_to(faults.url).request("GET", "/version", timeout=2.0) == b"{}"


def test_a_read_lost_on_a_kept_connection_is_asked_again_once(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.hang_up, answers.body({}), answers.hang_up)
    connection = connect_to(faults.url)
    assert connection.request("GET", "/version") == b"{}"
    with pytest.raises(errors.Unreachable):
        connection.request("GET", "/version")
    assert len(faults.asked) == 4


def test_a_write_is_never_asked_twice(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("DELETE /api/v1/nodes/n", answers.hang_up)
    with pytest.raises(errors.Unreachable):
        connect_to(faults.url, read_only=False).request("DELETE", "/api/v1/nodes/n")
    assert len(faults.asked) == 1


def test_redirects_are_not_followed(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/version", answers.body(b"", 307, Location=f"{faults.url}/elsewhere"))
    with pytest.raises(errors.BadAnswer):
        connect_to(faults.url).request("GET", "/version")
    assert [asked.path for asked in faults.asked] == ["/version"]


def test_requests_do_not_wait_for_streams(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/api/v1/pods?watch", *(LiveWatch() for _ in range(30)))
    faults.on("/version", answers.body({}))
    connection = connect_to(faults.url)
    opened = [connection.stream("/api/v1/pods", {"watch": True}) for _ in range(30)]
    for each in opened:
        each.__enter__()
    assert connection.request("GET", "/version", timeout=30) == b"{}"
    for each in opened:
        each.__exit__(None, None, None)


def test_closing_a_stream_wakes_the_thread_that_reads(faults: FaultServer, connect_to: Connect) -> None:
    watch = LiveWatch()
    faults.on("/api/v1/pods?watch", watch)
    connection = connect_to(faults.url, read_timeout=600)
    found: list[bytes] = []
    with connection.stream("/api/v1/pods", {"watch": True}) as stream:
        thread = threading.Thread(target=lambda: found.extend(stream), daemon=True)
        thread.start()
        stream.close()
        stream.close()
        thread.join(60)
    assert not thread.is_alive()
    assert found == []


def test_lines_of_a_log_are_cut_and_of_a_watch_are_refused(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/log", answers.body(b"short\n" + b"x" * 100_000 + b"\nnext\nlast"))
    connection = connect_to(faults.url, read_only=False)
    with connection.stream("/log", max_line=1000, cut=True) as stream:
        assert list(stream) == [b"short", b"x" * 1000, b"next", b"last"]
    with connection.stream("/log", max_line=1000) as stream, pytest.raises(errors.BadAnswer):
        list(stream)


def test_a_token_refused_is_renewed_once_by_many_threads(
    faults: FaultServer, connect_to: Connect, tmp_path: Path
) -> None:
    config = kubeconfig(tmp_path / "shared", faults.url, {"token": "old"})
    connection = connect_to(config, read_timeout=120.0)
    refused = threading.Barrier(4)

    def check(exchange: Exchange) -> None:
        if exchange.asked.headers["Authorization"] == "Bearer old":
            refused.wait(60)
            answers.status(401)(exchange)
        else:
            answers.body({})(exchange)

    faults.on("/version", check)
    assert connection.access.authorization == "Bearer old"
    connection._renewed = float("-inf")
    kubeconfig(config, faults.url, {"token": "new"})
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(connection.request("GET", "/version"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert results == [b"{}"] * 4


def test_a_proxy_is_gone_through_and_the_guard_sees_what_it_is_asked(
    faults: FaultServer, connect_to: Connect, tmp_path: Path
) -> None:
    faults.on("/version", answers.body({}))
    config = kubeconfig(tmp_path / "proxied", "http://api.invalid:8080", **{"proxy-url": faults.url})
    connection = connect_to(config)
    assert connection.request("GET", "/version") == b"{}"
    assert faults.asked[0].headers["Host"] == "api.invalid:8080"
    assert connection._ready_for is not None
    with pytest.raises(errors.ReadOnlyError):
        connection._ready_for[1]._pools[False].request("DELETE", "http://api.invalid:8080/api/v1/nodes/n")
    assert len(faults.asked) == 1


def test_a_server_below_a_path_is_asked_there(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/k8s/clusters/c-1/version", answers.body({}))
    faults.on("POST /k8s/clusters/c-1/apis/authentication.k8s.io/v1/selfsubjectreviews", answers.body({}))
    connection = connect_to(f"{faults.url}/k8s/clusters/c-1/")
    assert connection.request("GET", "/version") == b"{}"
    assert connection.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body={}) == b"{}"


def test_importing_and_connecting_leaves_kubernetes_and_urllib3_alone() -> None:
    script = """
import sys
from opsconsole.clock import SystemClock
from opsconsole.cluster import connect
from opsconsole.cluster.feeds.cluster_feeds import feeds
from opsconsole.settings import Settings
settings = Settings()
feeds(connect(settings.cluster, read_only=True, clock=SystemClock()), settings, SystemClock())
print(sorted(name for name in ("kubernetes", "urllib3", "yaml", "http.client") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_credentials_are_renewed_before_they_expire_and_a_failing_renewal_costs_nothing_yet(
    faults: FaultServer, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    config = kubeconfig(tmp_path / "config", faults.url, {"tokenFile": str(token)})
    clock = ManualClock(1_000.0)
    connection = Connection(ClusterSettings(kubeconfig=str(config)), read_only=True, clock=clock)
    assert connection.access.authorization == "Bearer first"
    token.write_text("second")
    clock.at += REREAD - RENEW_EARLY - 1
    assert connection.access.authorization == "Bearer first"
    token.unlink()
    clock.at += 2
    assert connection.access.authorization == "Bearer first"
    token.write_text("second")
    assert connection.access.authorization == "Bearer first"
    clock.at += RENEW_PAUSE
    assert connection.access.authorization == "Bearer second"
    token.unlink()
    clock.at += REREAD
    with pytest.raises(errors.AccessError, match="tokenFile"):
        _ = connection.access
