"""Whatever a server does, the answer is samples or words."""

from __future__ import annotations

import gzip
import math
import os
import socket
import tracemalloc
from pathlib import Path

import pytest

from opsconsole.metrics import client
from opsconsole.metrics.client import Prometheus
from opsconsole.metrics.errors import QueryError, UnreachableError
from opsconsole.settings import MetricsSettings
from tests.metrics.conftest import Faulty


def wrong(settings: MetricsSettings) -> str:
    with pytest.raises(UnreachableError) as caught:
        Prometheus(settings).query("up")
    return str(caught.value)


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        words = wrong(MetricsSettings(url=f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}"))
    assert "refuses connections" in words
    assert "secret" not in words


def test_server_that_does_not_answer(faulty: Faulty) -> None:
    faulty.hang.clear()
    assert "no answer from" in wrong(faulty.settings(timeout=0.2))


def test_server_that_answers_a_byte_at_a_time(faulty: Faulty) -> None:
    faulty.drip = True
    assert "no answer from" in wrong(faulty.settings(timeout=0.3))


def test_answer_without_end(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BYTES", 1000)
    faulty.answers("x" * 5000)
    with pytest.raises(QueryError, match="larger than"):
        Prometheus(faulty.settings()).query("up")


_SERIES = '{"metric":{},"value":[1,"1"]}'


@pytest.mark.parametrize(
    "result",
    [
        ",".join([_SERIES] * 900_000),
        '{"metric":{},"values":[' + ",".join(['[1,"1"]'] * 1_800_000) + "]}",
        '{"metric":{' + ",".join(f'"l{number}":""' for number in range(900_000)) + '},"value":[1,"1"]}',
        "[" + "7," * 4_100_000 + "7]",
    ],
    ids=["series", "points", "labels", "numbers"],
)
def test_answer_of_a_million_small_parts_is_refused_before_it_is_taken_apart(faulty: Faulty, result: str) -> None:
    """It took 700 MB, and held the interpreter (and every key) for seconds. An optimizer chooses what it asks."""
    faulty.answers(f'{{"data": {{"result": [{result}]}}}}')
    with pytest.raises(QueryError, match="more than 4,000,000 parts; ask for fewer series"):
        Prometheus(faulty.settings(timeout=60.0)).query("up")


def test_working_sets_of_fifty_thousand_pods_are_read(faulty: Faulty) -> None:
    labels = '"namespace":"production","pod":"checkout-5d4f3e2a1-{}","container":"checkout"'
    one = f'{{"metric":{{{labels}}},"value":[1790000000.125,"123456789"]}}'
    faulty.answers('{"data": {"result": [' + ",".join(one.replace("{}", str(n)) for n in range(50_000)) + "]}}")
    assert len(Prometheus(faulty.settings(timeout=60.0)).query("up")) == 50_000


@pytest.mark.parametrize("times", [1, 2])
def test_answer_that_unfolds_without_end(faulty: Faulty, times: int) -> None:
    bomb = b" " * (200 << 20)
    for _ in range(times):
        bomb = gzip.compress(bomb)
    faulty.reply = (200, bomb)
    faulty.headers = {"Content-Encoding": ", ".join(["gzip"] * times)}
    tracemalloc.start()
    with pytest.raises(QueryError, match="larger than"):
        Prometheus(faulty.settings()).query("up")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 150 << 20


def test_token_file_that_is_a_pipe_is_said(faulty: Faulty, tmp_path: Path) -> None:
    pipe = tmp_path / "token"
    os.mkfifo(pipe)
    assert "a pipe that nobody writes into" in wrong(faulty.settings(token_file=str(pipe)))


@pytest.mark.parametrize(
    "body",
    [
        "<html>Sign in</html>",
        "",
        "[]",
        "null",
        "{}",
        '{"data": null}',
        '{"data": {"result": null}}',
        '{"data": {"result": {"a": 1}}}',
        '{"data": {"result": [7]}}',
        '{"data": {"result": [{"value": [1, "2"]}]}}',
        '{"data": ',
        '{"data": ' + "[" * 100_000,
        '{"data": {"result": [{"metric": {}, "value": [' + "9" * 6_000 + ', "1"]}]}}',
    ],
)
def test_something_that_is_no_prometheus(faulty: Faulty, body: str) -> None:
    faulty.answers(body)
    assert "not as Prometheus does" in wrong(faulty.settings())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "token_file"),
        (403, "token_file"),
        (404, "says 404"),
        (500, "says 500"),
        (502, "says 502"),
        (429, "says 429"),
    ],
)
def test_refusals(faulty: Faulty, status: int, words: str) -> None:
    faulty.answers("no", status)
    assert words in wrong(faulty.settings())


def test_query_that_the_server_refuses_is_told_apart(faulty: Faulty) -> None:
    for status in (400, 422, 503):
        faulty.answers('{"status": "error", "errorType": "bad_data", "error": "parse \\u001b[31m error"}', status)
        with pytest.raises(QueryError, match=r"parse ␛\[31m error"):
            Prometheus(faulty.settings()).query("up(")


def test_values_that_are_no_numbers_are_nan(faulty: Faulty) -> None:
    faulty.answers('{"data": {"result": [{"metric": {"a": 1}, "value": [1, "x"]}, {"metric": {}, "value": []}]}}')
    samples = Prometheus(faulty.settings()).query("up")
    assert [math.isnan(sample.value) for sample in samples] == [True, True]
    assert samples[0].labels == {"a": "1"}


def test_hostile_labels_are_cleaned(faulty: Faulty) -> None:
    faulty.answers('{"data": {"result": [{"metric": {"a": "\\u001b]0;x\\u0007"}, "value": [1, "2"]}]}}')
    assert Prometheus(faulty.settings()).query("up")[0].labels == {"a": "␛]0;x␇"}


def test_token_is_read_for_each_request_and_netrc_never(
    faulty: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    token = tmp_path / "token"
    asked = Prometheus(faulty.settings(token_file=str(token)))
    for text in ("one", "two"):
        token.write_text(text + "\n")
        asked.query("up")
    assert faulty.authorizations == ["Bearer one", "Bearer two"]
    token.unlink()
    assert str(token) in wrong(faulty.settings(token_file=str(token)))


def test_redirect_is_said_and_not_followed(faulty: Faulty, tmp_path: Path) -> None:
    other = Faulty()
    token = tmp_path / "token"
    token.write_text("secret")
    faulty.answers("", 302)
    faulty.headers = {"Location": f"{other.url}/login?next=secret"}
    words = wrong(faulty.settings(token_file=str(token)))
    assert f"redirected to {other.url};" in words
    assert other.asked == []
    other.close()


def test_ca_file_that_is_not_there() -> None:
    assert "ca_file" in wrong(MetricsSettings(url="https://127.0.0.1:1", ca_file="/nowhere/ca.pem"))


def test_address_that_is_none() -> None:
    assert "no address" in wrong(MetricsSettings(url="prometheus:9090"))
    assert "no address" in wrong(MetricsSettings(url="http://"))


@pytest.mark.prometheus
def test_every_kind_of_answer_of_a_real_server(prometheus_url: str) -> None:
    asked = Prometheus(MetricsSettings(url=prometheus_url + "/"))
    assert [sample.value for sample in asked.query("scalar(vector(3))")] == [3.0]
    assert len(asked.query('request_count{app="api-gateway"}[5m]')) == 1
    assert asked.query("nothing_like_it") == []
    assert math.isnan(asked.query("model_loss")[0].value)
    with pytest.raises(QueryError, match="parse error"):
        asked.query("sum(")
    assert "request_count" in asked.names()
    now = asked.query("time()")[0].value
    assert {labels["app"] for labels in asked.series("request_count", now)} == {"api-gateway", "auth-service"}
    assert len(asked.series("request_count", now, limit=1)) == 1
    asked.close()
