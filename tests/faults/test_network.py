"""The table of faults: what networks, load balancers and attackers do to an API server's answers.

While it lasts, no pane says that it is live, the console answers, and its memory stays bounded; when it is over, ``r``
brings the pane back at once.
"""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import yaml

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.records import Kind, State
from opsconsole.settings import ClusterSettings, Settings
from rehearsal import scenario
from rehearsal.rehearsal import Rehearsal
from tests.faults import tls_proxy
from tests.faults.tls_proxy import CHUNKED, Misdeed, TlsProxy, flood, flood_watch, raw, refusing, saying, watched

FEEDS = ("pods", "events")
NOTICED = 90.0
"""Seconds within which a pane must have stopped saying that it is live: two probes, a time-out, and a slow machine."""

BACK = 90.0
MOST_LISTS = 60
"""Lists of both panes within six seconds under a fault."""

ROOM = 250 << 20
"""Bytes that the process may grow by under a fault."""


def _list(item: bytes) -> bytes:
    return b'{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[' + item + b"]}"


class Upstream(NamedTuple):
    """An API server: its URL, how it is trusted (and who the proxy is to it), and as whom the console speaks."""

    url: str
    tls: ssl.SSLContext
    user: dict[str, Any]


NETWORK: dict[str, Misdeed] = {
    "connections are reset": tls_proxy.reset,
    "answers are reset midway": tls_proxy.reset_midway,
    "answers end midway": tls_proxy.half,
    "nothing is answered": tls_proxy.silence,
    "answers trickle": tls_proxy.trickle,
    "TLS is never spoken": tls_proxy.no_handshake,
    "a list never ends": tls_proxy.endless,
    "429 and come back in ten minutes": refusing("429 Too Many Requests", "Retry-After: 600"),
    "503 and come back in ten minutes": refusing("503 Service Unavailable", "Retry-After: 600"),
    "503 and come back yesterday": refusing("503 Service Unavailable", "Retry-After: -86400"),
    "500": refusing("500 Internal Server Error"),
    "401": refusing("401 Unauthorized"),
    "302 to elsewhere": refusing("302 Found", "Location: https://192.0.2.1/"),
    "a login page": saying(b"<html>please log in</html>", "text/html"),
    "another object": saying(b'{"kind":"Status","apiVersion":"v1","status":"Success"}'),
    "a list of something else": saying(b'{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[1,"x",null]}'),
    "nothing at all": saying(b""),
    "deep JSON": saying(b"[" * 200_000),
    "no UTF-8": saying(b'{"kind":"\xff\xfe"}'),
    "a gzip bomb that nobody asked for": saying(
        gzip.compress(b" " * (64 << 20)), "application/json\r\nContent-Encoding: gzip"
    ),
    "a head without an end": flood(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 100),
    "one header of ten megabytes": raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * (10 << 20) + b"\r\n\r\n"),
    "a status line without an end": flood(b"HTTP/1.1 200 ", b"OK" * 8_000),
    "continue, for ever": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "a chunk whose size is no number": raw(CHUNKED + b"size\r\n{}\r\n"),
    "a chunk whose size is negative": raw(CHUNKED + b"-5\r\n{}\r\n"),
    "a chunk of four exabytes": flood(CHUNKED + b"3fffffffffffffff\r\n", b" " * 16_000),
    "a chunk with a size line without an end": flood(CHUNKED + b"1", b";x" * 8_000),
    "chunks of one byte for ever": flood(CHUNKED, b"1\r\n \r\n" * 2_000),
    "trailers without an end": flood(CHUNKED + b"0\r\n", b"X-More: and more\r\n" * 100),
    "a length that is negative": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    "a length that is no number": raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"),
    "two lengths": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
    "a length longer than what comes": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{}"),
    "204": refusing("204 No Content"),
    "206": refusing("206 Partial Content", "Content-Range: bytes 0-9/*"),
    "304": refusing("304 Not Modified"),
    "101": refusing("101 Switching Protocols", "Upgrade: h2c", "Connection: Upgrade"),
    "999": refusing("999 Nobody Knows"),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "HTTP/2 only": raw(b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d\0\x04\0\0\xff\xff"),
    "an error whose words draw": saying(
        b'{"kind":"Status","status":"Failure","message":"\\u001b[2J\\u202e\\u0007","code":"x"}'
    ),
    "names that can't be": saying(_list(b'{"metadata":{"name":"\\ud800","namespace":7,"uid":null}}')),
    "numbers that can't be": saying(_list(b'{"metadata":{"name":' + b"9" * 5_000 + b"}}")),
    "NaN and Infinity": saying(
        _list(b'{"metadata":{"name":"x","uid":"y","generation":NaN},"spec":{"priority":Infinity}}')
    ),
    "the metadata twice": saying(b'{"kind":"PodList","metadata":{"continue":"a"},"metadata":7,"items":[],"items":8}'),
    "a list that goes on for ever": saying(
        b'{"kind":"PodList","metadata":{"continue":"again","resourceVersion":"1"},"items":[]}'
    ),
    "UTF-16": saying('{"kind":"PodList"}'.encode("utf-16")),
}

ADDED = b'{"type":"ADDED","object":{"kind":"Pod","metadata":'
WATCHES: dict[str, Misdeed] = {
    "nothing but bookmarks": watched(
        b'{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}\n', again=True
    ),
    "bookmarks whose version is none": watched(
        b'{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":{"a":1}}}}\n', again=True
    ),
    "410 in every watch": watched(
        b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n'
    ),
    "errors that say nothing": watched(b'{"type":"ERROR","object":null}\n'),
    "a type that is not known": watched(
        b'{"type":"EATEN","object":{"kind":"Pod","metadata":{"name":"x","uid":"y"}}}\n'
    ),
    "a type that is no text": watched(b'{"type":{"a":[]},"object":{}}\n'),
    "no object": watched(b'{"type":"DELETED"}\n', b'{"type":"ADDED","object":null}\n'),
    "an object without a name": watched(ADDED + b'{"uid":"y"}}}\n'),
    "a name twice": watched(ADDED + b'{"name":"a","name":"b\\ud800","uid":"y","uid":""}}}\n'),
    "one object nested a hundred thousand deep": watched(ADDED + b'{"annotations":' + b"[" * 100_000 + b"\n"),
    "an event that never ends": flood_watch(b'{"type":"ADDED","object":{"metadata":{"name":"', b"x" * 16_000),
    "lines with nothing in them": watched(b"\n" * 4_000, again=True),
    "no JSON": watched(b"<html>\n"),
    "a version that goes back": watched(ADDED + b'{"name":"x","namespace":"y","uid":"z","resourceVersion":"-1"}}}\n'),
    "ten thousand new objects a second": watched(
        *(ADDED + b'{"name":"n%d","namespace":"y","uid":"%d"}}}\n' % (each, each) for each in range(500)), again=True
    ),
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """The rehearsal's API server, in a world that stands still: every machine has it."""
    rehearsal = Rehearsal(scenario.load("aura"))
    rehearsal.play_past(history=600.0)
    rehearsal.go_live()
    found = yaml.safe_load(rehearsal.kubeconfig.read_text())
    server, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
    yield Upstream(server["server"], ssl.create_default_context(cafile=server["certificate-authority"]), user)
    rehearsal.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Upstream], tuple[TlsProxy, Watched]]]:
    """Put a proxy in front of a server, and a console before that."""
    made: list[TlsProxy | Watched] = []

    def begin(server: Upstream) -> tuple[TlsProxy, Watched]:
        proxy = TlsProxy(server.url, server.tls, tmp_path)
        made.append(proxy)
        watched = Watched(build_console(_settings(proxy, server.user, tmp_path), only={*FEEDS, "api-server"}))
        made.insert(0, watched)
        return proxy, watched

    yield begin
    for each in made:
        each.close()


def _settings(proxy: TlsProxy, user: dict[str, Any], folder: Path) -> Settings:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": proxy.url, "certificate-authority": str(proxy.ca_file)}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return Settings(cluster=ClusterSettings(kubeconfig=str(path), read_timeout=2.0, connect_timeout=2.0))


class Watched:
    """A console whose pump never stops, as the screen's does not."""

    def __init__(self, core: Console) -> None:
        self.core = core
        self._ended = threading.Event()
        core.start()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        while not self._ended.wait(0.05):
            self.core.pump()

    def states(self) -> dict[str, State]:
        health = self.core.store.health
        return {name: health[name].state for name in FEEDS if name in health}

    def words(self) -> str:
        return "; ".join(f"{name}: {each.state.value} {each.detail}" for name, each in self.core.store.health.items())

    def until(self, holds: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.words()
            time.sleep(0.05)

    def all_live(self) -> bool:
        return len(self.states()) == len(FEEDS) and set(self.states().values()) == {State.LIVE}

    def none_live(self) -> bool:
        """Does none say that it is live and whole? One that says how much it could not read says nothing false."""
        health = self.core.store.health
        return not any(health[name].unread == 0 for name, state in self.states().items() if state is State.LIVE)

    def close(self) -> None:
        self._ended.set()
        self._thread.join(10)
        self.core.stop()


@pytest.mark.parametrize("fault", NETWORK.values(), ids=NETWORK.keys())
def test_no_pane_says_live_under_it_and_all_come_back(
    fault: Misdeed, upstream: Upstream, start: Callable[[Upstream], tuple[TlsProxy, Watched]]
) -> None:
    proxy, console = start(upstream)
    console.until(console.all_live, 60)
    time.sleep(1.0)  # the lists are there; let the watches begin
    before = psutil.Process().memory_info().rss
    known = set(console.core.store.table(Kind.POD))
    assert known
    proxy.begin(fault)
    console.until(console.none_live, NOTICED)
    time.sleep(2.0)
    assert console.none_live(), console.words()
    assert psutil.Process().memory_info().rss - before < ROOM
    assert set(console.core.store.table(Kind.POD)) >= known, "what was known stays on the screen"
    proxy.end()
    console.core.retry()
    console.until(console.all_live, BACK)
    console.until(lambda: set(console.core.store.table(Kind.POD)) == known, BACK)


BELIEVED = {"a version that goes back", "ten thousand new objects a second"}
"""Whoever says what an API server could say is believed, until the next list."""


@pytest.mark.parametrize("name", WATCHES)
def test_what_a_watch_may_say_takes_nothing_away_and_ends_nothing(
    name: str, upstream: Upstream, start: Callable[[Upstream], tuple[TlsProxy, Watched]]
) -> None:
    """Lists go on to be honest: whether a pane is live meanwhile depends on how far its watch can be believed."""
    proxy, console = start(upstream)
    console.until(console.all_live, 60)
    before = psutil.Process().memory_info().rss
    known = set(console.core.store.table(Kind.POD))
    proxy.begin(WATCHES[name])
    deadline = time.monotonic() + 6.0
    while time.monotonic() < deadline:
        assert set(console.core.store.table(Kind.POD)) >= known, "what was known stays on the screen"
        time.sleep(0.1)
    assert "defect" not in console.words()
    assert psutil.Process().memory_info().rss - before < ROOM
    lists = proxy.lists
    assert lists < MOST_LISTS, "a server that is in trouble is not asked without a pause"
    proxy.end()
    console.core.retry()
    console.until(console.all_live, BACK)

    def honest_again() -> bool:
        now = set(console.core.store.table(Kind.POD))
        return now >= known if name in BELIEVED else now == known

    console.until(honest_again, BACK)
