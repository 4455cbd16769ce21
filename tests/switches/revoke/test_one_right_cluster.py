"""One right alone that leads to all others: found, taken away, and found where no binding may be listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, bindings, details, run
from tests.switches.rbac import RBAC, Rbac, user

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_CERTIFICATES = "certificates.k8s.io"
ALONE: dict[str, tuple[str, str, str, str]] = {
    "escalate": (_RBAC, "clusterroles", "escalate", ""),
    "bind": (_RBAC, "clusterroles", "bind", ""),
    "bind-roles": (_RBAC, "roles", "bind", ""),
    "impersonate": ("", "users", "impersonate", ""),
    "approve": (_CERTIFICATES, "certificatesigningrequests/approval", "update", "client certificates"),
    "approve-signer": (_CERTIFICATES, "signers", "approve", ""),
    "sign": (_CERTIFICATES, "signers", "sign", ""),
    "token": ("", "serviceaccounts/token", "create", "made tokens of other ServiceAccounts"),
    "exec": ("", "pods/exec", "create", "taken other accounts' tokens"),
    "exec-by-get": ("", "pods/exec", "get", "taken other accounts' tokens"),
    "ephemeral": ("", "pods/ephemeralcontainers", "patch", "taken other accounts' tokens"),
    "secrets": ("", "secrets", "get", "taken other accounts' tokens"),
    "kubelet": ("", "nodes/proxy", "get", ""),
}
"""By name: API group, resource, verb, and what is said of what the right may have left behind."""


def may(cluster: TestCluster, user_name: str, group: str, resource: str, verb: str) -> bool:
    """The authorizer's own word: kubectl asks about no kind that is not served, as signers are."""
    name, _, subresource = resource.partition("/")
    access = {"group": group, "resource": name, "subresource": subresource, "verb": verb}
    spec = {"user": user_name, "groups": ["system:serviceaccounts"], "resourceAttributes": access}
    made = cluster.api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": spec})
    return bool(made["status"]["allowed"])


def give(cluster: TestCluster, rbac: Rbac, namespace: str, right: str) -> str:
    """Give the optimizer one right, and wait until the authorizer, which learns of it by a watch, knows."""
    group, resource, verb, _ = ALONE[right]
    role = rbac.role("alone", [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}])
    name = rbac.binding("alone", [rbac.me], role=role)
    me = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    eventually(lambda: may(cluster, me, group, resource, verb), f"it has {right}")
    return name


@pytest.mark.parametrize("right", ALONE)
def test_one_right_that_leads_to_others_is_taken_away_and_what_it_may_have_left_is_said(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, right: str
) -> None:
    group, resource, verb, said = ALONE[right]
    name = give(cluster, rbac, namespace, right)
    me = f"system:serviceaccount:{namespace}:{ACCOUNT}"
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan) if step.chosen] == [name]
    assert any(said in words for words in plan.warnings) or not said, plan.warnings
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not may(cluster, me, group, resource, verb)


def test_one_right_is_found_by_the_authorizers_answer_where_no_binding_may_be_listed(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = f"asks-{namespace}"
    reviews = {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]}
    pods = {"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": ["get", "list"]}
    rbac.binding("asks", [user(name)], role=rbac.role("asks", [reviews, pods]))
    board = board_for(account=account, kubeconfig=cluster.kubeconfig_for_user(name))
    for right in ALONE:
        give(cluster, rbac, namespace, right)
        plan = board.make_plan("revoke")
        assert plan.blocked.startswith("NOT REVOKED"), (right, plan.blocked)
        for kind in ("clusterrolebindings", "clusterroles"):
            cluster.api.delete(f"{RBAC}/{kind}/alone-{namespace}")


def test_who_had_every_right_may_have_had_certificates_made_too(
    account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    rbac.binding("own", [rbac.me])
    plan = board_for(account=account).make_plan("revoke")
    for said in ("client certificates", "made tokens of other ServiceAccounts", "taken other accounts' tokens"):
        assert any(said in words for words in plan.warnings), plan.warnings
