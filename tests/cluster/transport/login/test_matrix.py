"""kubectl and opsconsole on the same kubeconfig: the same is sent, or both refuse."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import connect
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.settings import ClusterSettings
from tests.cluster.kubeconfig_cases import CASES, Room
from tests.cluster.recording import Came, RecordingServer
from tests.testbed.plane import build

pytestmark = pytest.mark.cluster

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY", "KUBECONFIG", "KUBERNETES_SERVICE_HOST")

DIFFERENT = {
    "a server without a scheme": "to loopback we send credentials without TLS too; kubectl sends none without it",
}
"""Where both get through and what is sent differs, and why that is meant."""


@pytest.fixture(scope="module")
def kubectl() -> str:
    return build.ensure_built().path("kubectl")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingServer]:
    running = RecordingServer(tmp_path_factory.mktemp("recording"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def room(server: RecordingServer, tmp_path: Path) -> Room:
    pair = server.authority.client("jane", ["oncall"])
    return Room(tmp_path, server.url, server.authority.certificate, pair.certificate, pair.key)


def _environment(room: Room, given: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.upper() not in _PROXIES}
    return {**kept, "HOME": str(room.folder), "KUBECONFIG": str(room.folder / "config"), **given}


def _by_kubectl(kubectl: str, server: RecordingServer, environ: dict[str, str]) -> tuple[Came | None, str]:
    done = subprocess.run(
        [kubectl, "get", "--raw", "/version"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return server.last() if done.returncode == 0 else None, done.stderr


def _by_us(server: RecordingServer, environ: dict[str, str], patch: pytest.MonkeyPatch) -> tuple[Came | None, str]:
    for name in {*_PROXIES, *(each.lower() for each in _PROXIES)}:
        patch.delenv(name, raising=False)
    for name in ("HOME", *_PROXIES):
        if name in environ:
            patch.setenv(name, environ[name])
    connection = connect(ClusterSettings(connect_timeout=60, read_timeout=60), read_only=True, clock=SystemClock())
    try:
        connection.request("GET", "/version")
    except ClusterError as error:
        return None, str(error)
    finally:
        connection.close()
    return server.last(), ""


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_kubectl_and_we_send_the_same_or_both_refuse(
    name: str, kubectl: str, server: RecordingServer, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = CASES[name](room)
    given, document = made if isinstance(made, tuple) else ({}, made)
    text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True)
    (room.folder / "config").write_text(text, encoding="utf-8")
    environ = _environment(room, dict(given))
    server.last()
    theirs, their_words = _by_kubectl(kubectl, server, environ)
    server.last()
    ours, our_words = _by_us(server, environ, monkeypatch)
    server.last()
    if name in DIFFERENT:
        return
    assert ours == theirs, f"{name}: kubectl: {their_words or 'well'}; we: {our_words or 'well'}"
    assert ours is not None or our_words, "refused without a word"
