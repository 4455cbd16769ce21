"""A switchboard on the real control plane, with rights, a journal and patience of one's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.records import Outcome, Plan, Step, StepState
from opsconsole.settings import ClusterSettings, JournalSettings, OptimizerSettings, Settings, SwitchSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from tests.support.waiting import eventually
from tests.switches.rbac import Rbac
from tests.switches.toys import Toys
from tests.testbed import objects
from tests.testbed.custom_kinds import custom_kind

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

ACCOUNT = "aura"
"""The name of the optimizer's ServiceAccount, in the test's own namespace."""

IMPATIENT = 4.0
"""Seconds of patience where something is not to be proved: all of it is waited for. What holds is given far more."""

BoardMaker = Callable[..., Switchboard]


def settings_for(kubeconfig: Path, journal: Path, optimizer: str, account: str = "", **switches: Any) -> Settings:
    quick = {"quiet_seconds": 1.0, "grace_seconds": 2.0, "evidence_seconds": 30.0, "patience_seconds": 30.0} | switches
    return Settings(
        cluster=ClusterSettings(kubeconfig=str(kubeconfig)),
        optimizer=OptimizerSettings(name=optimizer, service_account=account),
        switches=msgspec.convert(quick, SwitchSettings),
        journal=JournalSettings(folder=str(journal)),
    )


@pytest.fixture
def toys(tmp_path: Path) -> Toys:
    return Toys(tmp_path / "journal")


@pytest.fixture
def journal_dir(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def board_for(cluster: TestCluster, journal_dir: Path) -> Iterator[BoardMaker]:
    made: list[Connection] = []

    def make(
        optimizer: str = "",
        account: str = "",
        kubeconfig: Path | None = None,
        places: tuple[str, ...] = (),
        unchosen: tuple[str, ...] = (),
        **switches: Any,
    ) -> Switchboard:
        given = settings_for(kubeconfig or cluster.admin_kubeconfig, journal_dir, optimizer, account, **switches)
        given = msgspec.structs.replace(
            given,
            cluster=msgspec.structs.replace(given.cluster, namespace=",".join(places)),
            optimizer=msgspec.structs.replace(given.optimizer, unchosen=unchosen),
        )
        connection = Connection(given.cluster, read_only=False, clock=SystemClock())
        made.append(connection)
        return build_switchboard(given, connection, None, SystemClock())

    yield make
    for connection in made:
        connection.close()


@pytest.fixture
def account(cluster: TestCluster, namespace: str) -> str:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(ACCOUNT))
    return f"{namespace}/{ACCOUNT}"


@pytest.fixture
def stopped_after(cluster: TestCluster, namespace: str) -> Iterator[None]:
    """Nothing of the namespace runs on after the test: what may act beside its account would be others' copy of it."""
    yield
    for plural in ("deployments", "statefulsets", "daemonsets"):
        cluster.api.delete(f"/apis/apps/v1/namespaces/{namespace}/{plural}")
    eventually(lambda: not cluster.pods(namespace, ""), "its pods are gone")


@pytest.fixture
def rbac(cluster: TestCluster, namespace: str) -> Iterator[Rbac]:
    maker = Rbac(cluster, namespace, ACCOUNT)
    yield maker
    maker.remove()


def run(board: Switchboard, plan: Plan, **options: Any) -> Outcome:
    return board.execute(plan, **options).result(timeout=120)


def bindings(plan: Plan) -> list[Step]:
    """What is planned for bindings; the deletion of the ServiceAccount is offered besides."""
    return [step for step in plan.steps if step.target.kind != "ServiceAccount"]


def states(plan: Plan, outcome: Outcome) -> dict[str, StepState]:
    """State by effect and target's name."""
    return {
        f"{step.effect} {step.target.name}": done.state for step, done in zip(plan.steps, outcome.steps, strict=True)
    }


def details(outcome: Outcome) -> str:
    return "\n".join([*(f"{s.step}: {s.state} {s.detail}" for s in outcome.steps), *(str(p) for p in outcome.proofs)])


@pytest.fixture(scope="session")
def rollouts(cluster: TestCluster) -> Iterator[str]:
    """Argo's type with its ``/scale``, without Argo: pods are made by hand."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    scale = {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": free, "status": free}}},
        "subresources": {"status": {}, "scale": scale},
    }
    names = {"plural": "rollouts", "singular": "rollout", "kind": "Rollout", "listKind": "RolloutList"}
    spec = {"group": "argoproj.io", "scope": "Namespaced", "names": names, "versions": [version]}
    with custom_kind(cluster.api, spec) as path:
        yield f"{path}/namespaces/{{}}/rollouts"
