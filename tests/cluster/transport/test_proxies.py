"""Proxies as kubectl's: which one is taken is a table; that the way through works is tried with real small ones."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection, connect
from opsconsole.cluster.transport.errors import AccessError, Unreachable
from opsconsole.cluster.transport.kubeconfig.proxies import proxy_for, shown
from opsconsole.settings import ClusterSettings
from tests.cluster.faults import FaultServer, body
from tests.cluster.proxying import Proxy
from tests.cluster.recording import RecordingServer
from tests.testbed.plane import build

OUTSIDE = "https://api.example:6443"
P = "http://proxy:3128"


@pytest.mark.parametrize(
    ("server", "environ", "expected"),
    [
        (OUTSIDE, {"HTTPS_PROXY": P}, P),
        (OUTSIDE, {"https_proxy": P}, P),
        (OUTSIDE, {"HTTPS_PROXY": P, "https_proxy": "http://other:1"}, P),
        (OUTSIDE, {"HTTP_PROXY": P}, ""),
        (OUTSIDE, {"ALL_PROXY": P}, ""),
        ("http://api.example", {"HTTP_PROXY": P}, P),
        ("http://api.example", {"HTTPS_PROXY": P}, ""),
        (OUTSIDE, {"HTTPS_PROXY": "proxy:3128"}, P),
        (OUTSIDE, {"HTTPS_PROXY": "user:pw@proxy:3128"}, "http://user:pw@proxy:3128"),
        (OUTSIDE, {"HTTPS_PROXY": "socks5://proxy:1080"}, "socks5://proxy:1080"),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": P}, ""),
        ("https://127.8.9.1:6443", {"HTTPS_PROXY": P}, ""),
        ("https://localhost:6443", {"HTTPS_PROXY": P}, ""),
        ("https://[::1]:6443", {"HTTPS_PROXY": P}, ""),
        ("https://10.1.2.3:6443", {"HTTPS_PROXY": P, "NO_PROXY": "10.0.0.0/8"}, ""),
        ("https://11.1.2.3:6443", {"HTTPS_PROXY": P, "NO_PROXY": "10.0.0.0/8"}, P),
        ("https://[fd00::1]:6443", {"HTTPS_PROXY": P, "NO_PROXY": "fd00::/8"}, ""),
        ("https://10.1.2.3:6443", {"HTTPS_PROXY": P, "NO_PROXY": "10.1.2.3"}, ""),
        ("https://10.1.2.3:6443", {"HTTPS_PROXY": P, "NO_PROXY": "10.1.2.3:443"}, P),
        ("https://10.1.2.3:6443", {"HTTPS_PROXY": P, "NO_PROXY": "10.1.2.3:6443"}, ""),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": "*"}, ""),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": "example"}, ""),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": ".example"}, ""),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": "*.example"}, ""),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": "ample"}, P),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": " x.test , API.Example "}, ""),
        ("https://example:6443", {"HTTPS_PROXY": P, "NO_PROXY": ".example"}, P),
        (OUTSIDE, {"HTTPS_PROXY": P, "no_proxy": "api.example:443"}, P),
        (OUTSIDE, {"HTTPS_PROXY": P, "NO_PROXY": ",,10.0.0.0/99"}, P),
    ],
)
def test_the_environment_is_read_as_go_reads_it(server: str, environ: dict[str, str], expected: str) -> None:
    assert proxy_for("", server, environ) == expected


def test_the_kubeconfig_s_proxy_goes_before_everything_and_to_loopback_too() -> None:
    assert proxy_for("socks5://p:1", "https://127.0.0.1:1", {"HTTPS_PROXY": P, "NO_PROXY": "*"}) == "socks5://p:1"


@pytest.mark.parametrize("proxy", ["ftp://p:1", "socks4://p:1", "p:1", "http://", "http://p:99999", "http://[::1"])
def test_a_proxy_that_can_t_be_used_is_refused_without_its_password(proxy: str) -> None:
    with pytest.raises(AccessError, match="proxy-url of the kubeconfig is no proxy"):
        proxy_for(proxy, OUTSIDE, {})
    assert shown("http://me:secret@p:1") == "http://p:1"


# --- through real ones -----------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RecordingServer]:
    running = RecordingServer(tmp_path)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def proxy(server: RecordingServer, tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    started: list[Proxy] = []

    def make(kind: str, login: str = "") -> Proxy:
        context = None
        if kind == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
        started.append(Proxy(kind, context, login).start())
        return started[-1]

    yield make
    for each in started:
        each.stop()


def _through(server: RecordingServer, folder: Path, proxy_url: str, **user: Any) -> tuple[Connection, Path]:
    cluster = {
        # A name that only the proxy knows; the certificate has it.
        "server": f"https://recording.test:{server.port}",
        "certificate-authority-data": base64.b64encode(server.authority.certificate).decode(),
        "proxy-url": proxy_url,
    }
    document = {
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": "t", **user}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }
    path = folder / "proxied"
    path.write_text(yaml.safe_dump(document))
    settings = ClusterSettings(kubeconfig=str(path), connect_timeout=60, read_timeout=60)
    return connect(settings, read_only=True, clock=SystemClock()), path


@pytest.mark.cluster
@pytest.mark.parametrize("kind", ["http", "https", "socks5"])
def test_kubectl_and_we_go_the_same_way(
    kind: str, server: RecordingServer, proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    way = proxy(kind)
    connection, path = _through(server, tmp_path, way.url, **{"as": "ops", "as-groups": ["a", "b"]})
    connection.request("GET", "/version")
    ours, our_way = server.last(), list(way.asked)
    way.asked.clear()
    command = [build.ensure_built().path("kubectl"), "get", "--raw", "/version"]
    subprocess.run(command, env={**os.environ, "KUBECONFIG": str(path)}, capture_output=True, check=True, timeout=60)
    assert ours == server.last()
    assert our_way == way.asked
    assert "recording.test" in our_way[0], "the name was not resolved at the proxy"


def test_a_login_in_the_proxy_s_address_is_used(
    server: RecordingServer, proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    way = proxy("http", "me:p@ss")
    connection, _ = _through(server, tmp_path, f"http://me:p%40ss@{way.address}")
    connection.request("GET", "/version")
    assert server.last() is not None
    refused, _ = _through(server, tmp_path, f"http://me:wrong@{way.address}")
    with pytest.raises(Unreachable, match=r"through the proxy http://127.*the proxy refuses: 407") as caught:
        refused.request("GET", "/version")
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_proxy_that_is_gone_is_named(kind: str, server: RecordingServer, tmp_path: Path) -> None:
    connection, _ = _through(server, tmp_path, f"{kind}://127.0.0.1:1")
    with pytest.raises(Unreachable, match=f"through the proxy {kind}://127.0.0.1:1.*refused"):
        connection.request("GET", "/version")


def test_groups_stay_apart_through_a_proxy_without_tls(
    faults: FaultServer, proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    faults.on("/version", body({}))
    way = proxy("http")
    path = tmp_path / "plain"
    document = {
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": faults.url, "proxy-url": way.url}}],
        "users": [{"name": "u", "user": {"as": "ops", "as-groups": ["a", "b"]}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }
    path.write_text(yaml.safe_dump(document))
    connect(ClusterSettings(kubeconfig=str(path)), read_only=True, clock=SystemClock()).request("GET", "/version")
    assert faults.asked[0].header_lists["impersonate-group"] == ["a", "b"]
    assert len(way.asked) == 1
