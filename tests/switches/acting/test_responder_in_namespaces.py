"""Every switch with exactly the rights of examples/rbac/responder-in-namespaces.yaml, kubectl as the witness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.switches.conftest import ACCOUNT, IMPATIENT, BoardMaker, bindings, details, run
from tests.switches.rbac import RBAC, Rbac
from tests.switches.target.rights.test_rights_cluster import Witness
from tests.testbed import objects
from tests.testbed.rights import wait_for_rules
from tests.testbed.roles import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testbed.cluster import TestCluster


@pytest.fixture
def shop(cluster: TestCluster, namespace: str) -> Iterator[str]:
    """The second namespace: the optimizer writes there."""
    name = f"{namespace}-shop"
    cluster.create_namespace(name)
    yield name
    cluster.remove_namespaces(name)


@pytest.fixture
def responder(cluster: TestCluster, namespace: str, shop: str) -> Iterator[Path]:
    """Somebody in the group that the example names; its namespaces are the test's, and its role's name too."""
    text = (EXAMPLES / "responder-in-namespaces.yaml").read_text(encoding="utf-8")
    text = text.replace("namespace: ops-tools", f"namespace: {namespace}").replace(
        "namespace: shop", f"namespace: {shop}"
    )
    role, *bound = yaml.safe_load_all(
        text.replace("name: opsconsole-responder-in-namespaces", f"name: local-{namespace}")
    )
    cluster.api.post(f"{RBAC}/clusterroles", role)
    for each in bound:
        place = each["metadata"]["namespace"]
        cluster.api.post(f"{RBAC}/namespaces/{place}/rolebindings", each)
        wait_for_rules(cluster.api, each["subjects"], role["rules"], place)
    yield cluster.kubeconfig_for_user("ripley-in-two", ["shop-responders"])
    cluster.api.delete(f"{RBAC}/clusterroles/local-{namespace}")


@pytest.fixture
def optimizer(cluster: TestCluster, namespace: str, shop: str, account: str, rbac: Rbac) -> str:
    """It runs in one namespace and may edit both."""
    del account
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", objects.deployment("aura", account=ACCOUNT))
    cluster.wait_for_pods(namespace, "app=aura", 1)
    rbac.role_binding("here", [rbac.me], role="edit")
    Rbac(cluster, shop, ACCOUNT).role_binding("there", [rbac.me], role="edit")
    return f"{namespace}/aura"


def test_the_bindings_of_both_namespaces_go_and_what_can_not_be_told_is_not_proved(
    cluster: TestCluster, namespace: str, shop: str, optimizer: str, responder: Path, board_for: BoardMaker
) -> None:
    witness = Witness(cluster, f"{namespace}/{ACCOUNT}")
    board = board_for(optimizer, kubeconfig=responder, places=(namespace, shop), patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert {(step.target.namespace, step.target.name) for step in bindings(plan)} == {
        (namespace, "here"),
        (shop, "there"),
    }
    assert any("ClusterRoleBindings can't be read" in words for words in plan.warnings), plan.warnings
    outcome = run(board, plan)
    for place in (namespace, shop):
        assert not witness.may("delete", "pods", "-n", place)
    assert not outcome.success, "whether a ClusterRoleBinding gives it rights can't be told from here"
    assert any(proof.holds is None for proof in outcome.proofs), details(outcome)


def test_it_is_stopped_and_that_is_proved(
    cluster: TestCluster, namespace: str, shop: str, optimizer: str, responder: Path, board_for: BoardMaker
) -> None:
    board = board_for(optimizer, kubeconfig=responder, places=(namespace, shop))
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    assert cluster.pods(namespace, "app=aura") == []
    assert run(board, board.undo_plan()).success
    cluster.wait_for_pods(namespace, "app=aura", 1)


def test_a_cluster_wide_binding_is_named_with_its_command_where_the_authorizer_says_it(
    cluster: TestCluster, namespace: str, shop: str, optimizer: str, responder: Path, board_for: BoardMaker, rbac: Rbac
) -> None:
    hidden = rbac.binding("hidden", [rbac.me])
    board = board_for(optimizer, kubeconfig=responder, places=(namespace, shop), patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert any(f"kubectl delete clusterrolebinding {hidden}" in words for words in plan.warnings), plan.warnings
    outcome = run(board, plan)
    assert not outcome.success
    assert Witness(cluster, f"{namespace}/{ACCOUNT}").may("delete", "pods", "-n", shop)
