"""One request in four is answered 429, as API priority and fairness does: kills and the way back work, and say it."""

from __future__ import annotations

import base64
import itertools
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from click.testing import Result

from tests.faults.tls_proxy import TlsProxy, Wires, honest, refusing
from tests.support.console import run_console
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT
from tests.switches.rbac import RBAC, Rbac
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster


class Throttling:
    """Refuses each request whose number can be divided by ``every``."""

    def __init__(self, every: int) -> None:
        self._numbers = itertools.count(1)
        self._every = every
        self._refuse = refusing("429 Too Many Requests", "Retry-After: 1", "Content-Type: text/plain")
        self.refused = 0

    def __call__(self, wires: Wires) -> None:
        if next(self._numbers) % self._every:
            honest(wires)
        else:
            self.refused += 1
            self._refuse(wires)


class Busy(NamedTuple):
    """A cluster behind the proxy, with an optimizer."""

    cluster: TestCluster
    namespace: str
    kubeconfig: Path
    throttling: Throttling

    def run(self, *arguments: str) -> Result:
        return run_console(self.kubeconfig, *arguments, optimizer=f"{self.namespace}/aura")

    def replicas(self) -> int:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/aura"
        return int(self.cluster.api.get(path)["spec"]["replicas"])


@pytest.fixture
def busy(
    cluster: TestCluster, namespace: str, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Busy]:
    del account
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("OPSCONSOLE_SWITCHES_QUIET_SECONDS", "1")
    monkeypatch.setenv("OPSCONSOLE_SWITCHES_EVIDENCE_SECONDS", "3")
    monkeypatch.setenv("OPSCONSOLE_SWITCHES_GRACE_SECONDS", "60")  # what goes by force proves less
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    own = objects.container(image=f"registry.example/{namespace}:1")  # others' pods in the world are no copies of it
    cluster.api.post(deployments, objects.deployment("aura", own, account=ACCOUNT))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    config = yaml.safe_load(cluster.admin_kubeconfig.read_text())
    server = config["clusters"][0]["cluster"]
    trusted = ssl.create_default_context(cadata=base64.b64decode(server.pop("certificate-authority-data")).decode())
    proxy = TlsProxy(server["server"], trusted, tmp_path)
    server |= {"server": proxy.url, "certificate-authority": str(proxy.ca_file)}
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    throttling = Throttling(4)
    proxy.begin(throttling)
    yield Busy(cluster, namespace, path, throttling)
    proxy.close()


def test_rights_go_and_come_back_where_one_request_in_four_is_answered_429(busy: Busy, rbac: Rbac) -> None:
    made = [rbac.binding(f"b{number}", [rbac.me]) for number in range(6)]
    rbac.role_binding("edits", [rbac.me])
    planned = busy.run("kill", "revoke", "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert "it answered 429 (too many requests)" in planned.output
    result = busy.run("kill", "revoke", "--yes")
    assert result.exit_code == 0, result.output
    assert not any(busy.cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}") for name in made)
    result = busy.run("kill", "revoke", "--undo", "--yes")
    assert result.exit_code == 0, result.output
    assert all(busy.cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}") for name in made)
    assert busy.throttling.refused > 0


def test_it_is_stopped_and_started_where_one_request_in_four_is_answered_429(busy: Busy, rbac: Rbac) -> None:
    rbac.binding("own", [rbac.me])
    result = busy.run("kill", "optimizer", "--yes")
    assert result.exit_code == 0, result.output
    assert busy.replicas() == 0
    assert busy.cluster.pods(busy.namespace, "app=aura") == []
    result = busy.run("kill", "optimizer", "--undo", "--yes")
    assert result.exit_code == 0, result.output
    assert busy.replicas() == 1
    result = busy.run("kill", "all", "--yes", "-o", "json")
    assert json.loads(result.stdout)["outcome"]["steps"], result.output
    assert busy.replicas() == 0
    eventually(lambda: not busy.cluster.pods(busy.namespace, "app=aura"), "its pods are gone")
