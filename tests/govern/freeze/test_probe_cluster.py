"""The write that proves a freeze: one that a grant of the frozen one gives, wherever it gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.records import Outcome, Proof
from tests.govern.builders import apps, core, deployment
from tests.govern.conftest import GovernBoard
from tests.switches.conftest import details, run
from tests.switches.rbac import Rbac
from tests.testbed import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.testbed.cluster import TestCluster


@pytest.fixture
def production(cluster: TestCluster, namespace: str) -> Iterator[str]:
    """Another namespace than the optimizer's, with a Deployment ``web`` and a pod ``victim`` in it."""
    name = f"{namespace}-prod"
    cluster.create_namespace(name)
    cluster.api.post(apps(name)[:-4], deployment())
    cluster.api.post(core(name, "pods"), objects.pod("victim"))
    yield name
    cluster.remove_namespaces(name)


@pytest.fixture
def give(cluster: TestCluster, namespace: str, production: str, clean: None) -> Iterator[Callable[..., str]]:
    """Makes a ServiceAccount that may do what a rule says in the other namespace, or everywhere."""
    made: list[Rbac] = []

    def account(rule: dict[str, Any], *, role: str = "", everywhere: bool = False) -> str:
        cluster.api.post(core(namespace, "serviceaccounts"), objects.service_account("far"))
        rbac, there = Rbac(cluster, namespace, "far"), Rbac(cluster, production, "far")
        made.append(rbac)
        role = role or rbac.role("far", [rule])
        if everywhere:
            rbac.binding("far", [rbac.me], role=role)
        else:
            there.role_binding("far", [rbac.me], role=role)
        return f"{namespace}/far"

    yield account
    for rbac in made:
        rbac.remove()


def write_proof(outcome: Outcome) -> Proof:
    return next(proof for proof in outcome.proofs if proof.claim.startswith("writes of "))


def rule(group: str, resource: str, verb: str, *names: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb], "resourceNames": list(names)}


@pytest.mark.parametrize(
    ("given", "tried"),
    [
        (rule("", "configmaps", "create"), "create configmaps"),
        (rule("apps", "deployments", "patch"), "patch deployments web"),
        (rule("apps", "deployments", "patch", "web"), "patch deployments web"),
        (rule("apps", "deployments", "update"), "update deployments web"),
        (rule("apps", "deployments/scale", "patch"), "patch deployments/scale web"),
        (rule("apps", "deployments/scale", "update"), "update deployments/scale web"),
        (rule("", "pods/eviction", "create"), "create pods/eviction victim"),
        (rule("", "pods", "delete"), "delete pods victim"),
    ],
)
def test_what_may_be_written_in_one_other_namespace_alone_proves_the_freeze_and_the_thaw(
    give: Callable[..., str], production: str, board_for: GovernBoard, given: dict[str, Any], tried: str
) -> None:
    board = board_for(give(given))
    outcome = run(board, board.make_plan("freeze"))
    assert outcome.success, details(outcome)
    assert f"a dry run ({tried} -n {production}) was refused by the freeze" in write_proof(outcome).detail
    thawed = run(board, board.make_plan("thaw"))
    assert f"a dry run ({tried} -n {production}) was let through" in write_proof(thawed).detail
    assert thawed.success, details(thawed)


def test_nothing_that_is_tried_is_done(
    cluster: TestCluster, give: Callable[..., str], production: str, board_for: GovernBoard
) -> None:
    board = board_for(give(rule("", "pods", "delete")))
    run(board, board.make_plan("freeze"))
    run(board, board.make_plan("thaw"))
    assert cluster.api.exists(core(production, "pods", "victim"))


def test_who_may_change_nodes_alone_is_tried_by_a_node(
    cluster: TestCluster, give: Callable[..., str], board_for: GovernBoard
) -> None:
    board = board_for(give(rule("", "nodes", "patch"), everywhere=True))
    outcome = run(board, board.make_plan("freeze"))
    assert outcome.success, details(outcome)
    assert "a dry run (patch nodes " in write_proof(outcome).detail


def test_edit_in_another_namespace_is_frozen_and_may_act_as_accounts_there(
    give: Callable[..., str], production: str, board_for: GovernBoard
) -> None:
    board = board_for(give({}, role="edit"))
    outcome = run(board, board.make_plan("freeze"))
    assert write_proof(outcome).holds, details(outcome)
    (open_one,) = (proof for proof in outcome.proofs if not proof.holds)
    assert f"impersonate serviceaccounts -n {production}" in open_one.detail


def test_a_write_that_something_else_refuses_is_no_proof_and_another_is_tried(
    cluster: TestCluster, give: Callable[..., str], production: str, board_for: GovernBoard
) -> None:
    strict = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    cluster.api.patch(f"/api/v1/namespaces/{production}", strict)
    both = {"apiGroups": ["", "batch"], "resources": ["pods", "jobs"], "verbs": ["create"]}
    board = board_for(give(both))
    run(board, board.make_plan("freeze"))
    thawed = run(board, board.make_plan("thaw"))
    assert thawed.success, details(thawed)
    assert f"a dry run (create jobs -n {production}) was let through" in write_proof(thawed).detail


def test_who_may_write_nothing_at_all_is_not_said_to_be_refused_by_the_freeze(
    give: Callable[..., str], board_for: GovernBoard
) -> None:
    board = board_for(give(rule("", "pods", "list")))
    proof = write_proof(run(board, board.make_plan("freeze")))
    assert proof.holds is None
    assert "nothing that could be tried" in proof.detail
