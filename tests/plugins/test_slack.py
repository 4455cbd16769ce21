"""Slack: a real server takes what is posted; what the optimizer wrote makes no link; nothing waits."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.guard.outlet import MOST, Outlet
from opsconsole.guard.report import Reporter, Teller, Word
from opsconsole.plugins.host import load_all
from opsconsole.settings import PluginSettings, Settings
from tests.support.waiting import eventually

ENV = "SLACK_WEBHOOK_URL"


class Channel:
    """A webhook that keeps what it is sent."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.status = 200
        self.hangs = threading.Event()
        channel = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if channel.hangs.is_set():
                    time.sleep(2)
                channel.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(channel.status)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0/B0/secret"


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.server.shutdown()
    made.server.server_close()


def tellers(**settings: Any) -> list[Teller]:
    plugins = PluginSettings(disabled=("smartscaler", "vectorstore"), settings={"slack": settings})
    host = load_all(Settings(plugins=plugins), SystemClock())
    assert host.problems == {}
    return host.tellers()


def tell(found: list[Teller], *words: Word) -> io.StringIO:
    out = io.StringIO()
    reporter = Reporter(out, None, tellers=lambda: found)
    for word in words:
        reporter.tell(word)
    return out


def test_what_is_serious_is_told_and_the_rest_is_not(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{channel.url}\n")
    tell(
        tellers(url_file=str(tmp_path / "url")),
        Word(1.0, "Leading", "this guard leads"),
        Word(2.0, "Frozen", "auth-service", serious=True),
    )
    eventually(lambda: channel.posts, "it is posted")
    assert channel.posts == [{"text": ":rotating_light: *opsconsole guard: Frozen* auth-service"}]


def test_the_address_may_come_from_the_environment(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, channel.url)
    tell(tellers(all=True), Word(1.0, "Leading", "x"))
    eventually(lambda: channel.posts, "it is posted")


def test_nobody_who_names_no_address_is_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV, raising=False)
    assert tellers() == []


def test_what_the_optimizer_wrote_makes_no_mention_and_no_link(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV, channel.url)
    tell(tellers(), Word(1.0, "Tripped", "<!channel> <http://evil.example|click> & \x1b[31m", serious=True))
    eventually(lambda: channel.posts, "it is posted")
    text = channel.posts[0]["text"]
    assert "<" not in text
    assert "\x1b" not in text
    assert "&lt;!channel&gt;" in text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.example/secret",
        "file:///etc/passwd",
        "secret",
        "https://hooks.example/services/T0/ secret",
        "https://hooks.example/services/T0/secret\x07",
        "https://hooks.example/a\nhttps://hooks.example/secret",
        "https://hooks.example:secret/T0",
        "https://[secret/T0",
        "https://hooks.example/sécret",
    ],
)
def test_an_address_that_is_no_https_is_refused_and_not_told(tmp_path: Path, url: str) -> None:
    (tmp_path / "url").write_text(url)
    out = tell(tellers(url_file=str(tmp_path / "url")), Word(1.0, "Frozen", "x", serious=True))
    eventually(lambda: "holds no https address" in out.getvalue(), "it is said")
    assert "cret" not in out.getvalue()
    assert "passwd" not in out.getvalue()


def test_a_channel_that_fails_or_hangs_holds_up_nothing(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, channel.url)
    channel.hangs.set()
    out = tell(tellers(), *(Word(float(n), "Failed", str(n), serious=True) for n in range(3)))
    assert len(out.getvalue().splitlines()) == 3  # said on standard output before Slack has answered once
    channel.hangs.clear()
    channel.status = 500
    eventually(lambda: "HTTPError" in out.getvalue(), "the failure is told")
    assert "secret" not in out.getvalue()


def test_the_last_words_are_told_before_the_end(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, channel.url)
    out = io.StringIO()
    found = tellers()
    reporter = Reporter(out, None, tellers=lambda: found)
    channel.hangs.set()
    for number in range(2):
        reporter.tell(Word(float(number), "Failed", str(number), serious=True))
    channel.hangs.clear()
    reporter.finish(2.0, 30.0)
    assert [post["text"][-1] for post in channel.posts] == ["0", "1"]


def test_a_way_that_hangs_at_the_end_is_named_and_not_waited_for_without_end() -> None:
    out, go = io.StringIO(), threading.Event()

    class Hanging:
        name = "pager"

        def tell(self, word: Word) -> None:
            go.wait(30)

    reporter = Reporter(out, None, tellers=lambda: [Hanging()])
    reporter.tell(Word(1.0, "Frozen", "x"))
    reporter.tell(Word(2.0, "Stopped", "x"))
    reporter.finish(3.0, 0.05)
    go.set()
    assert "pager: it took too long, 2 not told before the end" in out.getvalue()


def test_what_is_dropped_from_a_full_queue_is_not_waited_for() -> None:
    outlet = Outlet[int]("fast", lambda _: None, lambda *_: None)
    for number in range(1, 10 * MOST):
        outlet.put(number)
    assert outlet.finish(30.0) == 0


def test_of_many_words_to_one_that_hangs_the_newest_are_kept() -> None:
    go, got = threading.Event(), list[int]()

    def slow(number: int) -> None:
        go.wait(30)
        got.append(number)

    outlet = Outlet("slow", slow, lambda *_: None)
    for number in range(10 * MOST):
        outlet.put(number)
    go.set()
    eventually(lambda: 10 * MOST - 1 in got, "the newest is told")
    assert len(got) <= MOST + 1
