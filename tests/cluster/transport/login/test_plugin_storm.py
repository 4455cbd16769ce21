"""A credential plugin that fails is a login that failed, and some failures lock an account: none for each request."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from opsconsole.cluster.transport.connection import RENEW_PAUSE, Connection
from opsconsole.cluster.transport.errors import AccessError, PluginFailed
from opsconsole.settings import ClusterSettings
from tests.cluster.helpers import kubeconfig
from tests.support.clock import ManualClock

VERSION = "client.authentication.k8s.io/v1"
GOOD = f'{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": {{"token": "t"}}}}'


@pytest.fixture
def plugin(tmp_path: Path) -> tuple[Connection, ManualClock, Path, Path]:
    """A connection, its clock, the file in which the plugin notes its runs, and the one that says what it does."""
    runs, does, script = tmp_path / "runs", tmp_path / "does", tmp_path / "plugin.py"
    runs.touch()
    script.write_text(f"open({str(runs)!r}, 'a').write('x')\nexec(open({str(does)!r}).read())\n")
    spec = {"apiVersion": VERSION, "interactiveMode": "Never", "command": sys.executable, "args": [str(script)]}
    config = kubeconfig(tmp_path / "config", "https://127.0.0.1:1", {"exec": spec})
    clock = ManualClock()
    connection = Connection(ClusterSettings(kubeconfig=str(config)), read_only=True, clock=clock)
    return connection, clock, runs, does


@pytest.mark.parametrize("fault", ["raise SystemExit(3)", "print('no credential')", "pass", "print('x' * (8 << 20))"])
def test_a_plugin_that_fails_is_not_run_for_every_request(
    plugin: tuple[Connection, ManualClock, Path, Path], fault: str
) -> None:
    connection, clock, runs, does = plugin
    does.write_text(fault)
    said = set()
    for _ in range(20):
        with pytest.raises(PluginFailed) as failed:
            _ = connection.access
        said.add(str(failed.value))
    assert runs.read_text() == "x"
    assert len(said) == 1, "each request is told the same"
    clock.at += RENEW_PAUSE
    with pytest.raises(PluginFailed):
        _ = connection.access
    assert runs.read_text() == "xx", "it is tried again after a pause"


def test_a_plugin_that_works_again_is_believed_after_the_pause(
    plugin: tuple[Connection, ManualClock, Path, Path],
) -> None:
    connection, clock, runs, does = plugin
    does.write_text("raise SystemExit(3)")
    with pytest.raises(PluginFailed):
        _ = connection.access
    does.write_text(f"print({GOOD!r})")
    clock.at += RENEW_PAUSE
    assert connection.access.authorization == "Bearer t"
    assert connection.access.authorization == "Bearer t"
    assert runs.read_text() == "xx"


def test_a_plugin_that_fails_once_its_credential_is_past_its_time_is_not_run_for_every_request(
    plugin: tuple[Connection, ManualClock, Path, Path],
) -> None:
    connection, clock, runs, does = plugin
    stamped = GOOD.replace('"t"', '"t", "expirationTimestamp": "2300-01-01T00:00:00Z"')
    does.write_text(f"print({stamped!r})")
    assert connection.access.authorization == "Bearer t"
    does.write_text("raise SystemExit(1)")
    clock.at += 400 * 365.25 * 86_400
    for _ in range(20):
        with pytest.raises(AccessError, match="failed with 1"):
            _ = connection.access
    assert runs.read_text() == "xx"
