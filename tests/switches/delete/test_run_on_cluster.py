"""What runs on, stays or comes back is never called contained: on a real control plane, with kubectl as the witness."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from opsconsole.present.choice import chosen
from opsconsole.records import StepState
from tests.support.repeating import repeating
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, IMPATIENT, BoardMaker, details, run
from tests.switches.rbac import RBAC, Rbac, user
from tests.switches.target.rights.test_rights_cluster import Witness
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

APPS = "/apis/apps/v1/namespaces/{}/deployments"
IMAGE = "registry.example/aura:1"


@pytest.fixture
def twin(cluster: TestCluster, namespace: str, account: str) -> str:
    """A pod of the optimizer's account with its image beside another container, under labels of nobody's."""
    del account
    aura = objects.deployment("aura", objects.container(image=IMAGE), account=ACCOUNT)
    cluster.api.post(APPS.format(namespace), aura)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    body = objects.pod("twin", labels={"app": "twin"})
    body["spec"]["serviceAccountName"] = ACCOUNT
    body["spec"]["containers"].append(objects.container("side", image=IMAGE))
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=twin", 1)
    return "twin"


def test_a_pod_of_its_account_and_image_that_runs_on_is_no_containment_and_can_be_chosen(
    cluster: TestCluster, namespace: str, twin: str, board_for: BoardMaker
) -> None:
    board = board_for(f"{namespace}/aura", patience_seconds=IMPATIENT)
    plan = board.make_plan("optimizer")
    names = [(step.target.name, step.chosen) for step in plan.steps if step.target.name == twin]
    assert names == [(twin, False)]
    outcome = run(board, plan)
    assert not outcome.success, details(outcome)
    assert any(proof.holds is not True and twin in proof.detail for proof in outcome.proofs), details(outcome)
    assert cluster.api.exists(f"/api/v1/namespaces/{namespace}/pods/{twin}")
    board = board_for(f"{namespace}/aura")
    plan = board.make_plan("optimizer")
    outcome = run(board, chosen(plan, only=[step.key for step in plan.steps]))
    assert outcome.success, details(outcome)
    assert not cluster.api.exists(f"/api/v1/namespaces/{namespace}/pods/{twin}")


@pytest.mark.usefixtures("account")
def test_nothing_to_delete_is_not_known_while_something_runs_as_its_account(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    aura = objects.deployment("aura", objects.container(image=IMAGE), account=ACCOUNT, replicas=0)
    cluster.api.post(APPS.format(namespace), aura)
    body = objects.pod("stray")
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "", 1)
    plan = board_for(f"{namespace}/aura").make_plan("optimizer")
    assert plan.blocked.startswith("nothing to delete")
    assert "Pod/stray" in plan.blocked
    assert not plan.nothing


@pytest.mark.parametrize(("seconds", "quiet"), [(2.0, 5.0), (0.5, 4.0)])
def test_bindings_that_come_anew_all_the_time_are_no_containment(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker, seconds: float, quiet: float
) -> None:
    """Three denials fit before the first return, and between two."""
    rbac.binding("slow", [rbac.me])
    numbers = itertools.count(1)
    board = board_for(account=account, patience_seconds=8.0, quiet_seconds=quiet)
    plan = board.make_plan("revoke")
    with repeating(lambda: rbac.binding(f"slow-{next(numbers)}", [rbac.me], known=False), seconds):
        outcome = run(board, plan)
    assert not outcome.success, details(outcome)
    assert any("something keeps making them" in proof.detail for proof in outcome.proofs), details(outcome)


def test_a_binding_that_finalizers_hold_gives_nothing_any_more_and_undo_puts_it_back(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("held", [rbac.me], finalizers=["aura.example/keep"])
    path = f"{RBAC}/clusterrolebindings/{name}"
    board, witness = board_for(account=account), Witness(cluster, account)
    try:
        outcome = run(board, board.make_plan("revoke"))
        assert outcome.steps[0].state is StepState.DONE
        assert "finalizers hold it (aura.example/keep), so the account was taken out" in outcome.steps[0].detail
        assert outcome.success, details(outcome)
        assert not witness.may("*", "*")
        early = board.undo_plan()
        assert "finalizers hold it: undo again once it is gone" in early.blocked, "what is put back would go with it"
        assert not early.nothing
    finally:
        cluster.api.patch(path, {"metadata": {"finalizers": None}})
    assert not cluster.api.exists(path)
    assert run(board, board.undo_plan()).success
    eventually(lambda: witness.may("*", "*"), "the authorizer knows of it again")
    cluster.api.patch(path, {"metadata": {"finalizers": None}})


def test_a_binding_that_finalizers_hold_and_that_may_not_be_changed_is_not_called_deleted(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    rules = [
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["get", "list", "delete"]},
        {"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": ["get", "list"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]
    rbac.binding("deleter", [user("deleter")], role=rbac.role("deleter", rules))
    name = rbac.binding("held", [rbac.me], finalizers=["aura.example/keep"])
    kubeconfig = cluster.kubeconfig_for_user("deleter")
    board = board_for(account=account, kubeconfig=kubeconfig, patience_seconds=1.0)
    try:
        outcome = run(board, board.make_plan("revoke"))
        assert outcome.steps[0].state is StepState.FAILED
        assert "finalizers hold it (aura.example/keep)" in outcome.steps[0].detail
        assert f"kubectl patch clusterrolebinding {name}" in outcome.steps[0].detail
        assert not outcome.success
        assert Witness(cluster, account).may("*", "*")
    finally:
        cluster.api.patch(f"{RBAC}/clusterrolebindings/{name}", {"metadata": {"finalizers": None}})


def test_a_responder_who_may_get_but_not_list_pods_stops_it_and_is_told_what_is_unknown(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    del account
    cluster.api.post(APPS.format(namespace), objects.deployment("aura", account=ACCOUNT))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "delete", "patch", "create"]}
    rbac.binding("getter", [user("getter")], role=rbac.role("getter", [everything]))
    kubeconfig = cluster.kubeconfig_for_user("getter")
    board = board_for(f"{namespace}/aura", kubeconfig=kubeconfig, patience_seconds=IMPATIENT)
    plan = board.make_plan("optimizer")
    assert [step.effect for step in plan.steps] == ["evidence.collect", "workload.set"]
    assert any("its pods can't be listed" in words for words in plan.warnings), plan.warnings
    outcome = run(board, plan)
    assert cluster.api.get(f"{APPS.format(namespace)}/aura")["spec"]["replicas"] == 0
    assert not outcome.success
