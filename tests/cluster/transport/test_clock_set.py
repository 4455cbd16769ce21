"""A wall clock that is set while the console runs: credentials are made anew by no clock that a hand can set."""

from __future__ import annotations

import json
import sys
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import RENEW_EARLY, Connection
from opsconsole.cluster.transport.kubeconfig.load import REREAD
from opsconsole.settings import ClusterSettings
from tests.cluster.faults import Exchange, FaultServer
from tests.cluster.helpers import kubeconfig
from tests.support.clock import ManualClock

HOURS = 3 * 3600.0


@pytest.mark.parametrize("seconds", [-HOURS, HOURS])
def test_a_token_file_is_read_again_at_its_time_though_the_clock_was_set(tmp_path: Path, seconds: float) -> None:
    """Set back, its old token was shown for hours."""
    token = tmp_path / "token"
    token.write_text("first")
    config = kubeconfig(tmp_path / "config", "https://127.0.0.1:1", {"tokenFile": str(token)})
    clock = ManualClock()
    connection = Connection(ClusterSettings(kubeconfig=str(config)), read_only=True, clock=clock)
    assert connection.access.authorization == "Bearer first"
    token.write_text("second")
    clock.is_set(seconds)
    assert connection.access.authorization == "Bearer first"
    clock.passes(REREAD - RENEW_EARLY)
    assert connection.access.authorization == "Bearer second"


def _plugin(folder: Path, expires: float) -> tuple[dict[str, object], Path]:
    """A credential plugin that notes each run, and the file in which it does."""
    runs, script = folder / "runs", folder / "plugin.py"
    runs.touch()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))
    version = "client.authentication.k8s.io/v1"
    said = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": "t", "expirationTimestamp": stamp}}
    script.write_text(f"open({str(runs)!r}, 'a').write('x')\nprint({json.dumps(json.dumps(said))})\n")
    spec = {"apiVersion": version, "interactiveMode": "Never", "command": sys.executable, "args": [str(script)]}
    return {"exec": spec}, runs


def test_a_clock_set_forward_does_not_run_the_plugin_for_every_request(faults: FaultServer, tmp_path: Path) -> None:
    """Each credential was past its time by our clock as soon as it was there: 1 s more for every request."""
    clock = ManualClock()
    user, runs = _plugin(tmp_path, clock.at + 900.0)

    def answer(exchange: Exchange) -> None:
        dated = formatdate(ManualClock().at, usegmt=True)
        exchange.handler.date_time_string = lambda *_: dated  # type: ignore[method-assign]
        exchange.send(200, b"ok")

    faults.on("/livez", answer)
    config = kubeconfig(tmp_path / "config", faults.url, user)
    connection = Connection(ClusterSettings(kubeconfig=str(config)), read_only=True, clock=clock)
    connection.request("GET", "/livez")
    clock.is_set(HOURS)
    for _ in range(5):
        connection.request("GET", "/livez")
    assert runs.read_text() == "x"
    clock.passes(900.0 - RENEW_EARLY + 2)
    connection.request("GET", "/livez")
    assert runs.read_text() == "xx", "it is renewed by the server's clock"


def test_a_credential_that_is_past_its_time_when_it_comes_is_shown_for_a_minute(tmp_path: Path) -> None:
    """Our clock was wrong before anything was asked: the server decides, and a 401 has the plugin run again."""
    clock = ManualClock()
    user, runs = _plugin(tmp_path, clock.at - 60.0)
    config = kubeconfig(tmp_path / "config", "https://127.0.0.1:1", user)
    connection = Connection(ClusterSettings(kubeconfig=str(config)), read_only=True, clock=clock)
    for _ in range(5):
        assert connection.access.authorization == "Bearer t"
    assert runs.read_text() == "x"
    clock.passes(REREAD)
    _ = connection.access
    assert runs.read_text() == "xx"


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system has one monotonic clock")
def test_time_passes_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour's sleep all was "live 2s", and a Lease that had run out was still held."""
    asked: list[int] = []
    monkeypatch.setattr(time, "clock_gettime", lambda which: asked.append(which) or 7.0)
    assert SystemClock().monotonic() == 7.0
    assert asked == [time.CLOCK_BOOTTIME]
