"""The table of faults: what networks, load balancers and attackers do to an API server's answers.

While it lasts, no pane says that it is live, the console answers, and its memory stays bounded; when it is over, ``r``
brings the pane back at once.
"""

from __future__ import annotations

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
from tests.faults.tls_proxy import Misdeed, TlsProxy, refusing, saying

FEEDS = ("pods", "events")
NOTICED = 30.0
"""Seconds within which a pane must have stopped saying that it is live: two probes, a time-out, and a slow machine."""

BACK = 20.0
ROOM = 250 << 20
"""Bytes that the process may grow by under a fault."""


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
        return State.LIVE not in self.states().values()

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
