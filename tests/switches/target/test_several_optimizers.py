"""Several optimizers are named: rights are taken from all of them, and each of them is stopped."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from opsconsole import containment
from opsconsole.permit import Mint
from opsconsole.records import Outcome
from opsconsole.settings import JournalSettings, OptimizerEntry, OptimizerSettings, Settings, SwitchSettings
from opsconsole.switches.build import build_switchboard
from opsconsole.switches.engine.board import Switchboard
from tests.switches.engine.test_property import TickingClock
from tests.switches.fakeapi import FakeApi

RBAC = "rbac.authorization.k8s.io"
FIRST, SECOND = "ops/aura", "ml/scaler"
TABLE = OptimizerSettings(name=FIRST, workloads=(SECOND,))
ENTRIES = (OptimizerEntry("aura", workloads=(FIRST,)), OptimizerEntry("scaler", workloads=(SECOND,)))


def cluster() -> FakeApi:
    api = FakeApi()
    api.add("ClusterRole", "", "admin", rules=[{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])
    for namespace, name in (("ops", "aura"), ("ml", "scaler")):
        subject = {"kind": "ServiceAccount", "namespace": namespace, "name": name}
        role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "admin"}
        api.add("ClusterRoleBinding", "", f"{name}-admin", roleRef=role, subjects=[subject])
        template = {"spec": {"serviceAccountName": name, "containers": [{"name": "main"}]}}
        selector = {"matchLabels": {"app": name}}
        api.add("Deployment", namespace, name, spec={"replicas": 1, "selector": selector, "template": template})
    return api


def board_on(api: FakeApi, folder: Path, settings: Settings) -> tuple[Switchboard, TickingClock]:
    clock = TickingClock()
    quick = msgspec.convert({"grace_seconds": 1, "quiet_seconds": 0.5, "patience_seconds": 1}, SwitchSettings)
    settings = msgspec.structs.replace(settings, switches=quick, journal=JournalSettings(folder=str(folder)))
    api.read_only = False
    return build_switchboard(settings, api, None, clock, mint=Mint(), pause=clock.pause), clock


def execute(board: Switchboard, switch: str) -> Outcome:
    try:
        return board.execute(board.make_plan(switch)).result(timeout=60)
    finally:
        board._executor.close()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(optimizer=TABLE),
        Settings(optimizers=ENTRIES),
        Settings(optimizer=OptimizerSettings(name=FIRST), optimizers=ENTRIES[1:]),
    ],
    ids=["further workload", "entries", "table and entry"],
)
def test_rights_are_taken_from_each_of_them(settings: Settings, tmp_path: Path) -> None:
    api = cluster()
    outcome = execute(board_on(api, tmp_path, settings)[0], "revoke")
    assert [path for path in api.objects if "clusterrolebindings" in path] == []
    claims = " ".join(proof.claim for proof in outcome.proofs)
    assert "system:serviceaccount:ops:aura may change nothing" in claims
    assert "system:serviceaccount:ml:scaler may change nothing" in claims


@pytest.mark.parametrize("settings", [Settings(optimizer=TABLE), Settings(optimizers=ENTRIES)], ids=["table", "list"])
@pytest.mark.parametrize("switch", ["optimizer", "all"])
def test_each_of_them_is_stopped(settings: Settings, switch: str, tmp_path: Path) -> None:
    api = cluster()
    board, _ = board_on(api, tmp_path, settings)
    plan = board.make_plan(switch)
    assert [step.target.name for step in plan.steps if step.effect == "workload.set"] == ["aura", "scaler"]
    assert sum(step.effect == "evidence.collect" for step in plan.steps) == 1
    outcome = execute(board, switch)
    replicas = [each["spec"]["replicas"] for path, each in api.objects.items() if "/deployments/" in path]
    assert replicas == [0, 0]
    claims = {proof.claim: proof.holds for proof in outcome.proofs}
    assert claims["Deployment/aura -n ops wants no pods"] is True
    assert claims["Deployment/scaler -n ml wants no pods"] is True


@pytest.mark.parametrize("switch", ["optimizer", "all"])
def test_one_that_can_not_be_planned_is_said_and_never_called_contained(switch: str, tmp_path: Path) -> None:
    api = cluster()
    api.add("StatefulSet", "ml", "scaler", spec={"replicas": 1})
    board, _ = board_on(api, tmp_path, Settings(optimizers=ENTRIES))
    plan = board.make_plan(switch)
    [words] = [each for each in plan.warnings if "NOT PLANNED, so not proved: " in each]
    assert "may be 2 workloads" in words
    outcome = execute(board, switch)
    [left] = [proof for proof in outcome.proofs if "not planned" in proof.detail]
    assert left.holds is None
    assert not containment.contained(outcome)
    assert containment.exit_code(outcome) == containment.EXIT_UNPROVED


def test_one_that_runs_elsewhere_is_never_called_contained(tmp_path: Path) -> None:
    """It acts as a user and no workload of it is named: what can be stopped is, and the rest is unknown."""
    agent = OptimizerEntry("agent", users=("oidc:agent@example.com",))
    board, _ = board_on(cluster(), tmp_path, Settings(optimizers=(ENTRIES[0], agent)))
    plan = board.make_plan("optimizer")
    assert [step.target.name for step in plan.steps if step.effect == "workload.set"] == ["aura"]
    assert any("agent runs on" in words and "oidc:agent@example.com" in words for words in plan.warnings)
    assert not containment.contained(execute(board, "optimizer"))


BARE = {
    "two accounts of one entry": (OptimizerEntry("aura", service_accounts=("ops/aura", "ml/scaler")),),
    "two pods of one entry": (OptimizerEntry("aura", workloads=("pod/ops/aura-1", "pod/ml/scaler-1")),),
}


@pytest.mark.parametrize("stays", ["aura-1", "scaler-1"])
@pytest.mark.parametrize("entries", BARE.values(), ids=BARE.keys())
def test_of_two_without_an_owner_each_is_proved_by_itself(
    entries: tuple[OptimizerEntry, ...], stays: str, tmp_path: Path
) -> None:
    api = FakeApi()
    for namespace, name in (("ops", "aura"), ("ml", "scaler")):
        spec = {"serviceAccountName": name, "containers": [{"name": "main"}]}
        held = {"finalizers": ["example.org/held"]} if f"{name}-1" == stays else {}
        api.add("Pod", namespace, f"{name}-1", spec=spec, status={"phase": "Running"}, metadata=held)
    outcome = execute(board_on(api, tmp_path, Settings(optimizers=entries))[0], "optimizer")
    gone = {proof.claim: proof.holds for proof in outcome.proofs if proof.claim.endswith("its pod is gone (UID)")}
    assert sorted(gone.values()) == [False, True]
    assert not containment.contained(outcome)


def test_two_names_of_one_workload_are_stopped_once(tmp_path: Path) -> None:
    twice = (ENTRIES[0], OptimizerEntry("again", workloads=("deploy/ops/aura",)))
    board, _ = board_on(cluster(), tmp_path, Settings(optimizers=twice))
    plan = board.make_plan("optimizer")
    board._executor.close()
    assert [step.target.name for step in plan.steps if step.effect == "workload.set"] == ["aura"]


def test_the_first_that_is_gone_already_does_not_hide_the_other(tmp_path: Path) -> None:
    api = cluster()
    del api.objects[next(path for path in api.objects if path.endswith("deployments/aura"))]
    board, _ = board_on(api, tmp_path, Settings(optimizers=ENTRIES))
    plan = board.make_plan("optimizer")
    board._executor.close()
    assert [step.target.name for step in plan.steps if step.effect == "workload.set"] == ["scaler"]
    assert "aura is not there: nothing to delete" in plan.notes


def test_one_alone_is_deleted_and_proved_as_ever(tmp_path: Path) -> None:
    board, _ = board_on(cluster(), tmp_path, Settings(optimizer=OptimizerSettings(name=SECOND)))
    plan = board.make_plan("optimizer")
    board._executor.close()
    assert not any("NOT PLANNED" in words for words in plan.warnings)
