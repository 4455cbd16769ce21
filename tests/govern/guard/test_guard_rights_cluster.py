"""The guard as its manifests run it: its own ServiceAccount's token, no other right, and a real Prometheus."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from opsconsole.govern.names import FROZEN_WORDS
from tests.govern.conftest import GovernBoard, do
from tests.govern.guard.test_guard_cluster import cut, quiet_aura, writes
from tests.govern.rules.installing.test_deploy_cluster import DEPLOY, applied, manifests, space
from tests.support.waiting import eventually
from tests.testbed.guarding import Guarding
from tests.testbed.plane.processes import free_port
from tests.testbed.roles import wait_for_manifests

if TYPE_CHECKING:
    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster
__all__ = ["quiet_aura", "space"]
LEASES = "/apis/coordination.k8s.io/v1/namespaces/opsconsole/leases"


@pytest.fixture
def its_own(cluster: TestCluster, space: object) -> Iterator[Path]:
    """The kubeconfig of the guard's ServiceAccount, with the rights of deploy/guard/rbac.yaml alone."""
    applied(cluster, "-f", str(DEPLOY / "guard" / "rbac.yaml"))
    wait_for_manifests(cluster, manifests(DEPLOY / "guard" / "rbac.yaml"))
    yield cluster.kubeconfig_for_service_account("opsconsole", "opsconsole-guard")
    for kind in ("clusterrolebindings", "clusterroles"):
        cluster.api.delete(f"/apis/rbac.authorization.k8s.io/v1/{kind}/opsconsole-guard")


@pytest.fixture
def start(tmp_path: Path, its_own: Path) -> Iterator[Callable[[AuraWorld], Guarding]]:
    made: list[Guarding] = []

    def begin(world: AuraWorld) -> Guarding:
        text = (DEPLOY / "guard" / "opsconsole.toml").read_text(encoding="utf-8")
        text = text.replace("ops-tools/aura-optimizer", f"{world.ops}/{world.optimizer}")
        file = tmp_path / "opsconsole.toml"
        file.write_text(f'[cluster]\nkubeconfig = "{its_own}"\n{text}', encoding="utf-8")
        guarding = Guarding(tmp_path, file)
        made.append(guarding)
        eventually(lambda: guarding.watches, "the guard watches", 120)
        return guarding

    yield begin
    for each in made:
        each.close()


def test_with_the_rights_of_its_manifest_it_watches_leads_tells_and_freezes(
    cluster: TestCluster, quiet_aura: AuraWorld, start: Callable[[AuraWorld], Guarding]
) -> None:
    since = cluster.audit.position()
    guard = start(quiet_aura)
    eventually(lambda: guard.metric("opsconsole_guard_leader") == 1.0, "it leads")
    assert guard.get("/healthz") == guard.get("/readyz") == "ok"
    eventually(lambda: not _dead(guard), f"every feed is live, not {_dead(guard)}", 60)
    cut(cluster, quiet_aura)
    eventually(lambda: FROZEN_WORDS in writes(cluster, quiet_aura), "frozen", 60)
    eventually(lambda: guard.said("Unproved"), "it says that it could not prove it", 60)
    assert "may not impersonate" in guard.said("Unproved")[0]
    lease, tripped = f"{LEASES}/opsconsole-guard", "govern.opsconsole.io/guard-tripped-by"
    eventually(lambda: tripped in cluster.api.get(lease)["metadata"].get("annotations", {}), "the Lease says so")
    events = "/apis/events.k8s.io/v1/namespaces/opsconsole/events"
    eventually(lambda: "Tripped" in {event["reason"] for event in cluster.api.get(events)["items"]}, "its event")
    me = "system:serviceaccount:opsconsole:opsconsole-guard"
    refused = {(each.verb, each.resource) for each in cluster.audit.requests(since, user=me) if each.status == 403}
    # The proof tries to act as the optimizer, which nobody allowed; nothing that its roles name may be refused.
    rules = [
        rule
        for each in yaml.safe_load_all((DEPLOY / "guard" / "rbac.yaml").read_text())
        for rule in each.get("rules", ())
    ]
    its_own = {name for rule in rules for name in rule["resources"]}
    assert not {each for each in refused if each[1] in its_own or each[0] not in {"get", "list"}}, refused


def test_with_those_rights_it_flips_the_installed_governor(
    cluster: TestCluster,
    quiet_aura: AuraWorld,
    start: Callable[[AuraWorld], Guarding],
    board_for: GovernBoard,
) -> None:
    do(board_for(f"{quiet_aura.ops}/{quiet_aura.service_account}", namespace="opsconsole"), "install-governor")
    guard = start(quiet_aura)
    eventually(lambda: guard.metric("opsconsole_guard_leader") == 1.0, "it leads")
    cluster.api.patch("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/"
                      "opsconsole-governor-limit-cuts", {"spec": {"validationActions": ["Audit"]}})  # fmt: skip
    # The change of the binding is a critical alarm by itself: the guard may be faster than the cut.
    eventually(lambda: _cut(cluster, quiet_aura) or FROZEN_WORDS in writes(cluster, quiet_aura), "it is cut")
    eventually(lambda: FROZEN_WORDS in writes(cluster, quiet_aura), "frozen", 60)
    notes = cluster.api.get("/api/v1/namespaces/kube-system")["metadata"]["annotations"]
    assert notes["govern.opsconsole.io/frozen"] == "true"
    policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    assert not cluster.api.exists(f"{policies}/opsconsole-freeze")


def _dead(guard: Guarding) -> list[str]:
    lines = guard.get("/metrics").splitlines()
    return [line for line in lines if line.startswith("opsconsole_guard_feed_live") and line.endswith(" 0.0")]


def _cut(cluster: TestCluster, world: AuraWorld) -> bool:
    try:
        cut(cluster, world)
    except RuntimeError:
        return False
    return True


class Prometheus:
    """A real Prometheus that scrapes one guard by the rules of deploy/guard/alerts.yaml."""

    def __init__(self, folder: Path, target: int) -> None:
        self.port = free_port()
        (folder / "alerts.yaml").write_bytes((DEPLOY / "guard" / "alerts.yaml").read_bytes())
        scrape = {"job_name": "guard", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["alerts.yaml"],
            "scrape_configs": [scrape],
        }
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
                   f"--web.listen-address=127.0.0.1:{self.port}"]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(self, path: str) -> Any:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as got,
        ):
            return json.loads(got.read())["data"]
        return None

    def value(self, query: str) -> float | None:
        found = self.get(f"/api/v1/query?query={urllib.parse.quote(query)}")
        return float(found["result"][0]["value"][1]) if found and found["result"] else None

    def firing(self) -> set[str]:
        found = self.get("/api/v1/alerts") or {"alerts": []}
        return {each["labels"]["alertname"] for each in found["alerts"] if each["state"] == "firing"}

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


@pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="Prometheus is not installed (Debian package prometheus)"
)
def test_a_real_prometheus_scrapes_it_and_its_alerts_fire(
    cluster: TestCluster, quiet_aura: AuraWorld, start: Callable[[AuraWorld], Guarding], tmp_path: Path
) -> None:
    checked = subprocess.run(
        ["promtool", "check", "rules", str(DEPLOY / "guard" / "alerts.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    guard = start(quiet_aura)
    folder = tmp_path / "prometheus"
    folder.mkdir()
    prometheus = Prometheus(folder, guard.port)
    try:
        eventually(lambda: prometheus.value("opsconsole_guard_leader") == 1.0, "it is scraped", 60)
        rules = [rule for group in prometheus.get("/api/v1/rules")["groups"] for rule in group["rules"]]
        assert len(rules) == (DEPLOY / "guard" / "alerts.yaml").read_text().count("- alert: ")
        eventually(lambda: all(rule["health"] == "ok" for group in prometheus.get("/api/v1/rules")["groups"]
                               for rule in group["rules"]), "every rule is evaluated", 30)  # fmt: skip
        assert "OpsconsoleOptimizerFrozen" not in prometheus.firing()
        cut(cluster, quiet_aura)
        eventually(lambda: "OpsconsoleOptimizerFrozen" in prometheus.firing(), "the alert fires", 60)
        eventually(
            lambda: prometheus.value("opsconsole_guard_trips_total") == 1.0, "it is counted once it is proved", 90
        )
        assert "OpsconsoleGuardAbsent" not in prometheus.firing()
    finally:
        prometheus.close()
