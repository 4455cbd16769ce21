"""approve, downgrade, undo and guard for users of one and of two namespaces, kubectl as the witness."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from click.testing import Result

from tests.support.console import run_console
from tests.support.waiting import eventually
from tests.switches.rbac import RBAC, Rbac
from tests.testbed import objects
from tests.testbed.guarding import Guarding, guard_of
from tests.testbed.plane.logs import append_log
from tests.testbed.rights import wait_for_role

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster

ACCOUNT = "aura"
OPTIMIZER = "aura"
BINDING = "edits"


class Estate(NamedTuple):
    """An optimizer that runs in ``ops`` and may edit ``ops`` and ``shop``, by a RoleBinding in each."""

    cluster: TestCluster
    ops: str
    shop: str

    def user(self, *places: str, role: str = "admin") -> Path:
        """Somebody who has ``role`` in these namespaces and nothing else; the context's own is ``ops``."""
        name = f"u-{secrets.token_hex(4)}"
        for place in places:
            body: dict[str, Any] = {
                "kind": "RoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
            }
            self.cluster.api.post(f"{RBAC}/namespaces/{place}/rolebindings", body)
            wait_for_role(self.cluster.api, body["subjects"], role, place)
        return self.cluster.kubeconfig_for_user(name, namespace=self.ops)

    def run(self, kubeconfig: Path, *arguments: str, places: str = "") -> Result:
        return run_console(kubeconfig, *arguments, optimizer=f"{self.ops}/{OPTIMIZER}", namespace=places)

    def kubectl(self, *arguments: str) -> str:
        return self.cluster.kubectl(*arguments).strip()

    def bindings(self) -> list[str]:
        """Where kubectl still sees the optimizer's bindings."""
        found = self.kubectl("get", "rolebindings", "-A", "-o", "json")
        items = [item["metadata"] for item in json.loads(found)["items"]]
        return sorted(each["namespace"] for each in items if each["name"] == BINDING)

    def replicas(self, place: str, name: str) -> str:
        return self.kubectl("get", "deployment", name, "-n", place, "-o", "jsonpath={.spec.replicas}")


@pytest.fixture(scope="module")
def estate(cluster: TestCluster) -> Iterator[Estate]:
    ops, shop = (f"{name}-{secrets.token_hex(3)}" for name in ("ops", "shop"))
    cluster.create_namespaces([ops, shop])
    cluster.api.post(f"/api/v1/namespaces/{ops}/serviceaccounts", objects.service_account(ACCOUNT))
    deployments = "/apis/apps/v1/namespaces/{}/deployments"
    cluster.api.post(deployments.format(ops), objects.deployment(OPTIMIZER, account=ACCOUNT))
    cluster.api.post(deployments.format(shop), objects.deployment("web"))
    its = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": ops}
    for place in (ops, shop):
        Rbac(cluster, place, ACCOUNT).role_binding(BINDING, [its], role="edit")
    (pod,) = cluster.wait_for_pods(ops, f"app={OPTIMIZER}", 1)
    cluster.wait_for_pods(shop, "app=web", 1)
    asks: dict[str, object] = {"timestamp": datetime.now(UTC).isoformat(), "level": "INFO"}
    asks |= {"action": "scale_deployment", "target": f"deployment/{shop}/web", "replicas": 0}
    append_log(cluster.log_file(ops, pod["metadata"]["name"], ""), json.dumps(asks))
    yield Estate(cluster, ops, shop)
    cluster.remove_namespaces(ops, shop)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def asked(estate: Estate, replicas: int = 3) -> list[str]:
    return ["--on", f"deploy/{estate.shop}/web", "--set", f"replicas={replicas}"]


# --- approve -------------------------------------------------------------------------------------------------------


def test_what_is_asked_for_is_listed_with_the_rights_of_two_namespaces(estate: Estate) -> None:
    both = f"{estate.ops},{estate.shop}"
    kubeconfig = estate.user(estate.ops, estate.shop)
    listed = estate.run(kubeconfig, "approve", "list", places=both)
    assert "replicas: 1 → 0" in listed.stdout
    assert "403: may not get validatingadmissionpolicies" in listed.stderr
    assert listed.exit_code == 0
    shown = estate.run(kubeconfig, "approve", "show", listed.stdout.split(":")[0], places=both)
    assert "dry run as the optimizer: taken: no rule refuses it" in shown.stdout, "admin may impersonate it there"
    assert "hits 1 pod" in shown.stdout
    assert shown.exit_code == 0


def test_a_request_about_a_namespace_that_is_denied_is_not_nothing(estate: Estate) -> None:
    result = estate.run(estate.user(estate.ops), "approve", "list")
    assert f"Deployment/web -n {estate.shop} can't be read: 403: may not get deployments.apps web" in result.stderr
    assert "what the optimizer asks for can't be told" in result.stderr
    assert result.exit_code == 5
    for command in (["show"], ["sign", "--yes"]):
        result = estate.run(estate.user(estate.ops), "approve", *command, *asked(estate))
        assert "can't be told" in result.stderr
        assert "is not there" not in result.output
        assert result.exit_code == 5


def test_a_log_that_may_not_be_read_is_not_one_that_asks_for_nothing(estate: Estate) -> None:
    result = estate.run(estate.user(estate.shop), "approve", "list", places=estate.shop)
    assert "its log is not read, and may ask for more: 403: may not" in result.stderr
    assert "asks for nothing" not in result.stderr
    assert result.exit_code == 5


def test_signing_says_which_right_is_missing_and_whom_to_ask(estate: Estate) -> None:
    both = f"{estate.ops},{estate.shop}"
    kubeconfig = estate.user(estate.ops, estate.shop)
    result = estate.run(kubeconfig, "approve", "sign", "--yes", *asked(estate), places=both)
    assert "403: may not get validatingadmissionpolicies" in result.stderr
    assert "let somebody approve who has the roles of examples/rbac/responder.yaml" in result.stderr
    assert result.exit_code == 4
    assert "govern.opsconsole.io" not in estate.kubectl("get", "deployment", "web", "-n", estate.shop, "-o", "yaml")


def test_a_request_is_denied_with_the_rights_of_two_namespaces(estate: Estate) -> None:
    both, kubeconfig = f"{estate.ops},{estate.shop}", estate.user(estate.ops, estate.shop)
    request = estate.run(kubeconfig, "approve", "list", places=both).stdout.split(":")[0]
    denied = estate.run(kubeconfig, "approve", "deny", request, "--why", "not tonight", places=both)
    assert denied.exit_code == 0, denied.output
    assert estate.run(kubeconfig, "approve", "list", places=both).stdout == ""


# --- downgrade -----------------------------------------------------------------------------------------------------


def test_a_downgrade_that_could_leave_it_nothing_is_not_executed_and_says_what_to_do(estate: Estate) -> None:
    both = f"{estate.ops},{estate.shop}"
    kubeconfig = estate.user(estate.ops, estate.shop)
    witness = estate.cluster.kubectl("auth", "can-i", "create", "clusterroles", kubeconfig=kubeconfig, check=False)
    assert "no" in witness.split()
    result = estate.run(kubeconfig, "kill", "downgrade", "--yes", places=both)
    assert "you may not create clusterroles; create clusterrolebindings (cluster-wide)" in result.stderr
    assert (
        "the roles of examples/rbac/responder.yaml for the whole cluster, or take it all: opsconsole kill revoke"
        in result.stderr
    )
    assert result.exit_code == 5
    assert estate.bindings() == sorted([estate.ops, estate.shop])
    assert "it was seen to write nothing" not in result.output
    assert "whether it wrote deployments elsewhere was not seen" in result.stdout


# --- undo ----------------------------------------------------------------------------------------------------------


def test_what_may_not_be_read_is_not_undone_and_costs_itself_alone(estate: Estate) -> None:
    admin = estate.cluster.admin_kubeconfig
    estate.run(admin, "kill", "revoke", "--yes")
    assert estate.bindings() == []
    shopkeeper = estate.user(estate.shop, role="admin")
    planned = estate.run(shopkeeper, "kill", "revoke", "--undo", "--dry-run", places=estate.shop)
    assert f"RoleBinding/{BINDING} -n {estate.ops} is not undone: 403: may not get rolebindings" in planned.output
    estate.run(shopkeeper, "kill", "revoke", "--undo", "--yes", places=estate.shop)
    assert estate.bindings() == [estate.shop]
    left = estate.run(shopkeeper, "kill", "revoke", "--undo", "--yes", places=estate.shop)
    assert "nothing can be undone" in left.stderr
    assert "403: may not get rolebindings" in left.stderr
    assert left.exit_code == 5
    estate.run(admin, "kill", "revoke", "--undo", "--yes")
    assert estate.bindings() == sorted([estate.ops, estate.shop])


def test_the_optimizer_is_started_again_by_who_may_in_its_namespace_alone(estate: Estate) -> None:
    owner, stranger = estate.user(estate.ops), estate.user(estate.shop)
    stopped = estate.run(owner, "kill", "optimizer", "--yes")
    assert estate.replicas(estate.ops, OPTIMIZER) == "0", stopped.output
    refused = estate.run(stranger, "kill", "optimizer", "--undo", "--yes", places=estate.shop)
    assert f"Deployment/{OPTIMIZER} -n {estate.ops} is not undone: 403: may not get deployments" in refused.stderr
    assert refused.exit_code == 5
    assert estate.replicas(estate.ops, OPTIMIZER) == "0"
    started = estate.run(owner, "kill", "undo", "--yes")
    assert started.exit_code == 0, started.output
    assert estate.replicas(estate.ops, OPTIMIZER) == "1"


# --- guard ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def guard(estate: Estate, tmp_path: Path) -> Iterator[Guarding]:
    """A guard that may do everything in its namespace, its Lease included, and nothing elsewhere."""
    with guard_of(tmp_path, estate.user(estate.ops), estate.ops, OPTIMIZER) as guarding:
        yield guarding


def test_a_guard_that_could_not_freeze_says_so_before_it_has_to_and_is_not_healthy(guard: Guarding) -> None:
    eventually(lambda: guard.said("CantFreeze"), "it says so", 60)
    (words, *_) = guard.said("CantFreeze")
    assert "403: may not get validatingadmissionpolicies" in words
    assert "deploy/guard/rbac.yaml" in words
    paths = ("/healthz", "/readyz", "/livez")
    eventually(lambda: [guard.status(path) for path in paths] == [503, 503, 200], "it is not healthy")
    eventually(lambda: guard.metric("opsconsole_guard_cannot_freeze") == 1.0, "its metric says so")
