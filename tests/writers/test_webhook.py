"""The audit webhook's receiver: bounded in size, number and time; nobody else may send where a token is asked for."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.records import Kind, State
from opsconsole.writers.audit import webhook as webhooks
from opsconsole.writers.audit.webhook import AuditWebhook, WebhookAddressError, parse_address
from tests.cluster.helpers import RecordingSink
from tests.writers.test_audit import event

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

Started = Callable[..., tuple[AuditWebhook, RecordingSink]]


@pytest.fixture
def started() -> Iterator[Started]:
    feeds = []

    def start(address: str = "127.0.0.1:0", token_file: str = "") -> tuple[AuditWebhook, RecordingSink]:
        feed, sink = AuditWebhook(address, token_file, SystemClock()), RecordingSink()
        feeds.append(feed)
        feed.start(sink)
        return feed, sink

    yield start
    for feed in feeds:
        feed.stop()


def post(feed: AuditWebhook, body: bytes, headers: dict[str, str] | None = None, path: str = "/") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})
        return connection.getresponse().status
    finally:
        connection.close()


def listed(*events: object) -> bytes:
    return json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": list(events)}).encode()


def test_the_events_of_a_list_become_writes(started: Started) -> None:
    feed, sink = started()
    assert post(feed, listed(event(auditID="a"), event(auditID="b"), event(verb="get"))) == 200
    sink.wait(lambda s: {"a", "b"} == set(s.records[Kind.AUDIT]))
    assert sink.healths[-1].state is State.LIVE


def test_items_of_a_list_have_no_kind_of_their_own(started: Started) -> None:
    feed, sink = started()
    bare = {key: value for key, value in event(auditID="bare").items() if key not in {"kind", "apiVersion"}}
    assert post(feed, listed(bare)) == 200
    sink.wait(lambda s: "bare" in s.records[Kind.AUDIT])


def test_what_is_no_list_is_refused_and_counted_and_the_next_is_taken(started: Started) -> None:
    feed, sink = started()
    for bad in (b"", b"{", b'{"kind":"Pod"}', b"\x00" * 100):
        assert post(feed, bad) == 400
    assert post(feed, listed("no event", event(auditID="a"))) == 200
    sink.wait(lambda s: "a" in s.records[Kind.AUDIT])
    assert sink.healths[-1].unread == 5


def test_a_body_that_is_too_large_is_refused_before_it_is_read(started: Started) -> None:
    feed, _ = started()
    with socket.create_connection(("127.0.0.1", feed.port), timeout=60) as wire:
        wire.sendall(HEAD % (webhooks.MAX_BODY + 1))
        assert b" 413 " in wire.recv(100)


@pytest.mark.parametrize("length", ["", "-1", "ten", "1e9", "٣"])
def test_a_length_that_is_none_is_refused(started: Started, length: str) -> None:
    feed, _ = started()
    with socket.create_connection(("127.0.0.1", feed.port), timeout=60) as wire:
        wire.sendall(HEAD.replace(b"%d", length.encode()))
        assert wire.recv(100).split(b" ")[1] in {b"411", b"400"}


def test_a_sender_that_falls_silent_is_let_go(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "READ_SECONDS", 0.2)
    feed, _ = started()
    with socket.create_connection(("127.0.0.1", feed.port), timeout=60) as wire:
        wire.sendall(HEAD % 100 + b"half")
        assert wire.recv(100) == b""
    monkeypatch.setattr(webhooks, "READ_SECONDS", 60.0)  # on a busy machine a good sender is slower than that, too
    assert post(feed, listed(event())) == 200


def test_senders_that_take_all_the_room_are_told_to_come_back(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MAX_AT_ONCE", 2)
    feed, _ = started()
    wires = [socket.create_connection(("127.0.0.1", feed.port), timeout=60) for _ in range(2)]
    try:
        for wire in wires:
            wire.sendall(HEAD % 100 + b"half")
        statuses: set[int] = set()
        while 503 not in statuses:
            statuses.add(post(feed, listed(event())))
    finally:
        for wire in wires:
            wire.close()


def test_only_who_shows_the_token_may_send(started: Started, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    feed, sink = started(token_file=str(tmp_path / "token"))
    assert post(feed, listed(event(auditID="a"))) == 401
    assert post(feed, listed(event(auditID="b")), {"Authorization": "Bearer wrong"}) == 401
    assert post(feed, listed(event(auditID="c")), {"Authorization": "Bearer s3cret"}) == 200
    assert post(feed, listed(event(auditID="d")), path="/wrong?timeout=30s") == 401
    assert post(feed, listed(event(auditID="e")), path="/s3cret?timeout=30s") == 200
    sink.wait(lambda s: set(s.records[Kind.AUDIT]) == {"c", "e"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Content-Type": "application/json"},
        {"Origin": "http://127.0.0.1:9444"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "text/plain; application/json"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": ""},
    ],
    ids=lambda headers: " ".join(headers.values()) or "none",
)
def test_a_web_page_in_a_browser_on_this_host_writes_no_facts(started: Started, headers: dict[str, str]) -> None:
    feed, sink = started()
    assert post(feed, listed(event(auditID="forged")), headers) == 403
    assert post(feed, listed(event(auditID="true")), {"Content-Type": "application/json; charset=utf-8"}) == 200
    sink.wait(lambda s: "true" in s.records[Kind.AUDIT])
    assert set(sink.records[Kind.AUDIT]) == {"true"}


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "PUT"])
def test_a_browser_that_asks_first_is_not_told_that_it_may(started: Started, method: str) -> None:
    feed, _ = started()
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    connection = http.client.HTTPConnection("127.0.0.1", feed.port, timeout=60)
    try:
        connection.request(method, "/", headers=asked)
        answer = connection.getresponse()
        assert answer.status >= 400
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    finally:
        connection.close()


@pytest.mark.parametrize("address", ["0.0.0.0:9444", ":::9444", "10.0.0.1:9444", "example.org:9444"])
def test_an_address_that_others_reach_needs_a_token(address: str) -> None:
    with pytest.raises(WebhookAddressError, match="token"):
        parse_address(address, token=False)
    assert parse_address(address, token=True)[1] == 9444


@pytest.mark.parametrize("address", ["", "9444", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(WebhookAddressError, match="host:port"):
        parse_address(address, token=True)


@pytest.mark.parametrize("address", ["127.0.0.1:9444", ":9444", "[::1]:9444", "localhost:9444"])
def test_loopback_needs_none(address: str) -> None:
    assert parse_address(address, token=False)[1] == 9444


def test_a_port_that_is_taken_is_down_with_why(started: Started) -> None:
    feed, _ = started()
    _, sink = started(f"127.0.0.1:{feed.port}")
    assert sink.healths[-1].state is State.DOWN
    assert "can't listen" in sink.healths[-1].detail


def test_a_token_file_that_is_empty_is_no_token(started: Started, tmp_path: Path) -> None:
    (tmp_path / "token").touch()
    _, sink = started(token_file=str(tmp_path / "token"))
    assert sink.healths[-1].state is State.DOWN
    assert "is empty" in sink.healths[-1].detail
