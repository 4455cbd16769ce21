"""A governed ServiceAccount with cluster-admin on the real control plane, and switchboards that govern it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.govern.names import APPROVED
from opsconsole.records import JsonObject, Outcome
from opsconsole.settings import GovernSettings
from opsconsole.switches.approve.listing import seen_by_its_controller
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.around.proof import frozen_all_the_same
from opsconsole.switches.govern.build import governor_switches
from tests.govern.builders import apps, core, deployment
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, details, run, settings_for
from tests.switches.rbac import Rbac
from tests.testbed import objects
from tests.testbed.api import Api, ApiError

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
POLICIES = f"{ADMISSION}/validatingadmissionpolicies"
BINDINGS = f"{ADMISSION}/validatingadmissionpolicybindings"
PARAMETER = "/api/v1/namespaces/kube-system"
FROZEN = "govern.opsconsole.io/frozen"

GovernBoard = Callable[..., Switchboard]


@pytest.fixture
def clean(cluster: TestCluster) -> Iterator[None]:
    """Nothing that governs is left behind, and nothing is remembered: bindings first, and a while to forget them."""
    yield
    for place in (BINDINGS, POLICIES):
        for item in cluster.api.get(place)["items"]:
            if item["metadata"]["name"].startswith("opsconsole-"):
                cluster.api.delete(f"{place}/{item['metadata']['name']}")
    cluster.api.patch(PARAMETER, {"metadata": {"annotations": {FROZEN: None}}})


@pytest.fixture
def account(cluster: TestCluster, namespace: str, clean: None) -> Iterator[str]:
    """``namespace/aura``, with cluster-admin."""
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(ACCOUNT))
    rbac = Rbac(cluster, namespace, ACCOUNT)
    rbac.binding("govern", [rbac.me])
    yield f"{namespace}/{ACCOUNT}"
    rbac.remove()


@pytest.fixture
def optimizer(cluster: TestCluster, account: str) -> Api:
    """A raw client that writes as the governed account, with its real token."""
    return cluster.service_account_api(*account.split("/"))


@pytest.fixture
def board_for(cluster: TestCluster, tmp_path: Path, clean: None) -> Iterator[GovernBoard]:
    made: list[Connection] = []

    def make(
        account: str,
        kubeconfig: Path | None = None,
        named: dict[str, Any] | None = None,
        *,
        keep_clock: bool = False,
        **govern: Any,
    ) -> Switchboard:
        given = settings_for(kubeconfig or cluster.admin_kubeconfig, tmp_path / "journal", "", account)
        given = msgspec.structs.replace(given, optimizer=msgspec.structs.replace(given.optimizer, **(named or {})))
        given = msgspec.structs.replace(given, govern=msgspec.convert(govern, GovernSettings))
        connection = Connection(given.cluster, read_only=False, clock=SystemClock())
        made.append(connection)
        further = governor_switches(given, connection, SystemClock(), keep_clock=keep_clock)
        return build_switchboard(given, connection, None, SystemClock(), further=further)

    yield make
    for connection in made:
        connection.close()


@pytest.fixture
def ann(cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard) -> Switchboard:
    """The board of an approver, under an installed governor, and two Deployments that stand still."""
    for name in ("web", "db"):
        cluster.api.post(apps(namespace)[:-4], deployment(name))
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    settled(cluster, namespace, "web", "db")
    return board_for(account, kubeconfig=cluster.kubeconfig_for_user("ann", ["sre-approvers", "system:masters"]))


def settled(cluster: TestCluster, namespace: str, *names: str) -> None:
    """Wait until all pods are up: until then the Deployment's status, and with it its resource version, changes."""

    def up() -> bool:
        found = [cluster.api.get(apps(namespace, name)) for name in names]
        return all(seen_by_its_controller(each) and _has_rolled_out(each) for each in found)

    eventually(up, "all pods are up", 60)


def _has_rolled_out(deployment: JsonObject) -> bool:
    """Whether all pods are up and the controller has said so: that is the last that it writes by itself."""
    status = deployment.get("status", {})
    reasons = {each["type"]: each["reason"] for each in status.get("conditions", ())}
    ready = status.get("availableReplicas") == deployment["spec"]["replicas"]
    return ready and reasons.get("Progressing") == "NewReplicaSetAvailable"


def do(board: Switchboard, switch: str, *, proved: bool = True) -> Outcome:
    """Plan and execute a switch, and want every proof of it to hold.

    But for one kind: the optimizer of most tests has cluster-admin, so that nothing but admission refuses it anything;
    it has ways round, and the proof says so (``test_ways_cluster``).
    """
    outcome = run(board, board.make_plan(switch))
    assert (outcome.success or frozen_all_the_same(outcome.proofs)) is proved, details(outcome)
    return outcome


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def refused(write: Callable[[], object]) -> str:
    """The words of the refusal; empty if the write was taken."""
    try:
        write()
    except ApiError as error:
        return str(error)
    return ""


def wait_refused(write: Callable[[], object], words: str) -> None:
    eventually(lambda: words in refused(write), f"refused by {words}")


def wait_governed(optimizer: Api, namespace: str) -> None:
    """Wait until the API server judges by the whole governor.

    It looks for policies once a second, maybe while they are being made: the rule whose binding is made last tells.
    """
    pod = objects.pod("probe")
    pod["metadata"]["annotations"] = {APPROVED: "x"}
    wait_refused(lambda: optimizer.post(f"{core(namespace, 'pods')}?dryRun=All", pod), "self-approval")


def wait_approved(write: Callable[[], object]) -> None:
    """Wait until a dry run of an approved write gets through: admission's view of a Namespace may be a moment old."""
    eventually(lambda: not refused(write), "admission knows of the approval")
