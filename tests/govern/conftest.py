"""A governed ServiceAccount with cluster-admin on the real control plane, and switchboards that govern it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.records import Outcome
from opsconsole.settings import GovernSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.around.proof import frozen_all_the_same
from opsconsole.switches.govern.build import governor_switches
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
        account: str, kubeconfig: Path | None = None, named: dict[str, Any] | None = None, **govern: Any
    ) -> Switchboard:
        given = settings_for(kubeconfig or cluster.admin_kubeconfig, tmp_path / "journal", "", account)
        given = msgspec.structs.replace(given, optimizer=msgspec.structs.replace(given.optimizer, **(named or {})))
        given = msgspec.structs.replace(given, govern=msgspec.convert(govern, GovernSettings))
        connection = Connection(given.cluster, read_only=False, clock=SystemClock())
        made.append(connection)
        further = governor_switches(given, connection, SystemClock())
        return build_switchboard(given, connection, None, SystemClock(), further=further)

    yield make
    for connection in made:
        connection.close()


def do(board: Switchboard, switch: str, *, proved: bool = True) -> Outcome:
    """Plan and execute a switch, and want every proof of it to hold.

    But for one kind: the optimizer of most tests has cluster-admin, so that nothing but admission refuses it anything;
    it has ways round, and the proof says so (``test_ways_cluster``).
    """
    outcome = run(board, board.make_plan(switch))
    assert (outcome.contained or frozen_all_the_same(outcome.proofs)) is proved, details(outcome)
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
