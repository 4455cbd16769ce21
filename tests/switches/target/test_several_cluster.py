"""Several optimizers on a real control plane: each is stopped and proved, and ``--optimizer`` narrows to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.records import Outcome, StepState
from opsconsole.settings import OptimizerEntry, Settings
from opsconsole.settings.sources import choose_optimizers
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import IMPATIENT, details, run, settings_for
from tests.switches.rbac import Rbac
from tests.switches.target.rights.test_rights_cluster import Witness
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

NAMES = ("aura", "scaler")


@pytest.fixture
def settings(cluster: TestCluster, namespace: str, journal_dir: Path, rbac: Rbac) -> Settings:
    """Two optimizers that run, each with an account of its own that may change everything."""
    for name in NAMES:
        cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(name))
        rbac.binding(name, [rbac.me | {"name": name}])
        cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", objects.deployment(name, account=name))
        cluster.wait_for_pods(namespace, f"app={name}", 1)
    entries = tuple(OptimizerEntry(name, workloads=(f"{namespace}/{name}",)) for name in NAMES)
    return msgspec.structs.replace(settings_for(cluster.admin_kubeconfig, journal_dir, ""), optimizers=entries)


@pytest.fixture
def board_of() -> Iterator[Callable[[Settings], Switchboard]]:
    made: list[Connection] = []

    def make(settings: Settings) -> Switchboard:
        made.append(Connection(settings.cluster, read_only=False, clock=SystemClock()))
        return build_switchboard(settings, made[-1], None, SystemClock())

    yield make
    for connection in made:
        connection.close()


def replicas(cluster: TestCluster, namespace: str) -> dict[str, Any]:
    found = cluster.api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"]
    return {each["metadata"]["name"]: each["spec"]["replicas"] for each in found}


def test_all_of_them_are_revoked_and_stopped_in_one_plan_and_undo_brings_them_back(
    cluster: TestCluster, namespace: str, settings: Settings, board_of: Callable[[Settings], Switchboard]
) -> None:
    board = board_of(settings)
    plan = board.make_plan("all")
    stopped = [step.target.name for step in plan.steps if step.effect == "workload.set"]
    assert stopped == list(NAMES)
    outcome = run(board, plan)
    assert [step.state for step in outcome.steps if step.state is StepState.FAILED] == [], details(outcome)
    assert replicas(cluster, namespace) == {"aura": 0, "scaler": 0}
    assert cluster.pods(namespace, "app in (aura,scaler)") == []
    for name in NAMES:
        assert not Witness(cluster, f"{namespace}/{name}").may("patch", "nodes")
    proved = {proof.claim: proof.holds for proof in outcome.proofs}
    for name in NAMES:
        ref = f"Deployment/{name} -n {namespace}"
        assert proved[f"{ref} wants no pods"] is True, details(outcome)
        assert proved[f"{ref}: its pod is gone (UID)"] is True, details(outcome)
    assert outcome.success, details(outcome)
    undone = run(board, board.undo_plan())
    assert undone.success, details(undone)
    assert replicas(cluster, namespace) == {"aura": 1, "scaler": 1}
    for name in NAMES:
        witness = Witness(cluster, f"{namespace}/{name}")
        eventually(lambda witness=witness: witness.may("patch", "nodes"), f"the authorizer knows of {name} again")


def proved_but_for_copies(outcome: Outcome) -> bool:
    """Is all proved but that no copy runs? Who is not named now has the same image, and may be one."""
    return all(proof.holds or "no copy of it runs" in proof.claim for proof in outcome.proofs)


@pytest.mark.parametrize("named", ["scaler", "{}/scaler"], ids=["by its name", "by its workload"])
def test_one_that_is_chosen_is_stopped_alone(
    cluster: TestCluster, namespace: str, settings: Settings, board_of: Callable[[Settings], Switchboard], named: str
) -> None:
    board = board_of(choose_optimizers(settings, [named.format(namespace)]))
    outcome = run(board, board.make_plan("all"))
    assert proved_but_for_copies(outcome), details(outcome)
    assert replicas(cluster, namespace) == {"aura": 1, "scaler": 0}
    assert Witness(cluster, f"{namespace}/aura").may("patch", "nodes")
    assert not Witness(cluster, f"{namespace}/scaler").may("patch", "nodes")


def test_one_that_comes_back_keeps_the_whole_from_being_proved(
    cluster: TestCluster, namespace: str, settings: Settings, board_of: Callable[[Settings], Switchboard]
) -> None:
    switches = msgspec.structs.replace(settings.switches, patience_seconds=IMPATIENT)
    board = board_of(msgspec.structs.replace(settings, switches=switches))
    plan = board.make_plan("optimizer")
    future = board.execute(plan)
    eventually(lambda: replicas(cluster, namespace)["scaler"] == 0, "the second to be stopped")
    cluster.api.patch(f"/apis/apps/v1/namespaces/{namespace}/deployments/scaler", {"spec": {"replicas": 1}})
    outcome = future.result(timeout=120)
    proved = {proof.claim: proof.holds for proof in outcome.proofs}
    assert proved[f"Deployment/aura -n {namespace} wants no pods"] is True
    assert proved[f"Deployment/scaler -n {namespace} wants no pods"] is False
    assert not outcome.success


def test_two_that_share_an_account_are_not_each_others_bystanders(
    cluster: TestCluster, namespace: str, settings: Settings, board_of: Callable[[Settings], Switchboard]
) -> None:
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", objects.deployment("twin", account="aura"))
    cluster.wait_for_pods(namespace, "app=twin", 1)
    twin = OptimizerEntry("twin", workloads=(f"{namespace}/twin",))
    board = board_of(msgspec.structs.replace(settings, optimizers=(settings.optimizers[0], twin)))
    plan = board.make_plan("all")
    assert not [words for words in plan.warnings if "too" in words], plan.warnings
    outcome = run(board, plan)
    assert proved_but_for_copies(outcome), details(outcome)
    assert replicas(cluster, namespace) == {"aura": 0, "scaler": 1, "twin": 0}
