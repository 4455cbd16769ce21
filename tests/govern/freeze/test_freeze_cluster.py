"""Freezing on a real API server: the witness is the optimizer's own token, and kubectl beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from opsconsole.govern.identities import EVERYBODYS
from opsconsole.govern.names import FREEZES, FROZEN_WORDS
from opsconsole.journal.reader import verify
from opsconsole.records import StepState
from opsconsole.switches.freeze.around.proof import frozen_all_the_same
from tests.govern.conftest import BINDINGS, FROZEN, PARAMETER, POLICIES, GovernBoard, config_map, do, refused
from tests.support.waiting import eventually
from tests.switches.conftest import details, run
from tests.switches.rbac import Rbac, user
from tests.testbed import objects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.api import Api
    from tests.testbed.cluster import TestCluster


def maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


def test_a_freeze_on_the_spot_refuses_writes_execs_and_tokens_and_lets_reads_and_people_go_on(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard, tmp_path: Path
) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects_pod("victim"))
    do(board_for(account), "freeze")
    writes: list[Callable[[], object]] = [
        lambda: optimizer.post(maps(namespace), config_map("mine")),
        lambda: optimizer.patch("/api/v1/nodes/node-0", {"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}}),
        lambda: optimizer.delete(f"/api/v1/namespaces/{namespace}/pods/victim"),
        lambda: optimizer.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token", {"spec": {}}),
        lambda: optimizer.post(f"/api/v1/namespaces/{namespace}/pods/victim/exec?command=id&stdout=1", {}),
        lambda: optimizer.request("DELETE", maps(namespace)),
    ]
    assert [FROZEN_WORDS in refused(write) for write in writes] == [True] * len(writes)
    assert optimizer.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
    assert "yes" in cluster.kubectl("auth", "can-i", "create", "pods", "--as", as_user(account))
    cluster.kubectl("create", "configmap", "theirs", "-n", namespace)
    assert verify(tmp_path / "journal").status == "intact"


def test_a_thaw_takes_it_back_and_is_proved_by_a_write_that_gets_through(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    board = board_for(account)
    do(board, "freeze")
    do(board, "thaw")
    optimizer.post(maps(namespace), config_map("again"))
    assert board.make_plan("thaw").blocked


def test_a_freeze_that_stands_is_not_made_twice(account: str, board_for: GovernBoard) -> None:
    board = board_for(account)
    do(board, "freeze")
    assert "already" in board.make_plan("freeze").blocked


def test_the_installed_governor_is_flipped_and_no_policy_is_made(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    board = board_for(account)
    do(board, "install-governor")
    plan = board.make_plan("freeze")
    assert [step.effect for step in plan.steps] == ["govern.flip"]
    do(board, "freeze")
    assert FROZEN_WORDS in refused(lambda: optimizer.post(maps(namespace), config_map("mine")))
    assert not cluster.api.exists(f"{POLICIES}/opsconsole-freeze")
    do(board, "thaw")
    optimizer.post(maps(namespace), config_map("again"))


def test_the_frozen_optimizer_can_t_flip_the_parameter_back(
    account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    board = board_for(account)
    do(board, "install-governor")
    thaw = {"metadata": {"annotations": {FROZEN: "false"}}}
    assert "protect" in refused(lambda: optimizer.patch(PARAMETER, thaw))  # before it is frozen, too
    do(board, "freeze")
    assert refused(lambda: optimizer.patch(PARAMETER, thaw))


@pytest.mark.parametrize("value", [None, "", "False", "no"])
def test_a_parameter_that_is_gone_or_makes_no_sense_freezes_the_optimizer_and_nobody_else(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard, value: str | None
) -> None:
    do(board_for(account), "install-governor")
    cluster.api.patch(PARAMETER, {"metadata": {"annotations": {FROZEN: value}}})
    eventually(lambda: FROZEN_WORDS in refused(lambda: optimizer.post(maps(namespace), config_map("m"))), "frozen")
    cluster.kubectl("create", "configmap", "theirs", "-n", namespace)


def test_the_hole_is_said_with_the_grant_that_opens_it(account: str, board_for: GovernBoard) -> None:
    warnings = " ".join(board_for(account).make_plan("freeze").warnings)
    assert "validatingadmissionpolicybindings" in warnings
    assert 'ClusterRoleBinding "govern-' in warnings
    assert "impersonate" in warnings


def test_two_operators_who_freeze_at_once_both_have_it_proved(account: str, board_for: GovernBoard) -> None:
    first, second = board_for(account), board_for(account)
    plans = first.make_plan("freeze"), second.make_plan("freeze")
    futures = [board.execute(plan) for board, plan in zip((first, second), plans, strict=True)]
    outcomes = [future.result(timeout=120) for future in futures]
    assert all(frozen_all_the_same(outcome.proofs) for outcome in outcomes), "\n".join(map(details, outcomes))
    assert all(step.state is StepState.DONE for outcome in outcomes for step in outcome.steps)


def test_a_thaw_while_another_thaws_does_no_harm(account: str, board_for: GovernBoard) -> None:
    first, second = board_for(account), board_for(account)
    do(first, "freeze")
    plan = second.make_plan("thaw")
    do(first, "thaw")
    assert run(second, plan).success


def test_a_policy_of_somebody_else_under_our_name_is_not_touched(
    cluster: TestCluster, account: str, board_for: GovernBoard
) -> None:
    theirs = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "opsconsole-freeze"},
        "spec": {"policyName": "theirs", "validationActions": ["Audit"]},
    }
    cluster.api.post(BINDINGS, theirs)
    board = board_for(account)
    plan = board.make_plan("freeze")
    assert "not ours" in " ".join(plan.notes)
    assert {step.target.name for step in plan.steps} == {"opsconsole-freeze-2"}
    do(board, "freeze")
    do(board, "thaw")
    assert cluster.api.get(f"{BINDINGS}/opsconsole-freeze")["spec"]["policyName"] == "theirs"


def test_where_others_have_every_name_the_plan_says_so_and_one_that_is_freed_is_used(
    cluster: TestCluster, account: str, board_for: GovernBoard
) -> None:
    """Whoever may make policies can take all names beforehand, the optimizer too."""
    for name in FREEZES:
        theirs = {"metadata": {"name": name}, "spec": {"policyName": "theirs", "validationActions": ["Audit"]}}
        cluster.api.post(BINDINGS, theirs)
    board = board_for(account)
    blocked = board.make_plan("freeze").blocked
    assert "9 objects of these names are not ours" in blocked
    assert "kubectl delete validatingadmissionpolicybinding opsconsole-freeze)" in blocked
    cluster.api.delete(f"{BINDINGS}/opsconsole-freeze-5")
    assert {step.target.name for step in board.make_plan("freeze").steps} == {"opsconsole-freeze-5"}
    do(board, "freeze")


def test_a_name_taken_between_plan_and_act_fails_the_step_and_takes_nothing_over(
    cluster: TestCluster, account: str, board_for: GovernBoard
) -> None:
    board = board_for(account)
    plan = board.make_plan("freeze")
    theirs = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "opsconsole-freeze"},
        "spec": {"policyName": "theirs", "validationActions": ["Audit"]},
    }
    cluster.api.post(BINDINGS, theirs)
    outcome = run(board, plan)
    assert not outcome.success
    assert [step.state for step in outcome.steps] == [StepState.DONE, StepState.FAILED]
    assert cluster.api.get(f"{BINDINGS}/opsconsole-freeze")["spec"]["policyName"] == "theirs"


def test_without_the_right_to_impersonate_it_holds_and_is_said_to_be_unproved(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    responder = Rbac(cluster, namespace, "responder")
    rules = [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["create", "delete"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["*"], "verbs": ["create"]},
    ]
    role = responder.role("responder", rules)
    responder.binding("responder", [user("zoe")], role=role)
    board = board_for(account, kubeconfig=cluster.kubeconfig_for_user("zoe"))
    outcome = do(board, "freeze", proved=False)
    assert outcome.proofs[0].holds is None
    assert "may not impersonate" in outcome.proofs[0].detail
    eventually(lambda: FROZEN_WORDS in refused(lambda: optimizer.post(maps(namespace), config_map("m"))), "frozen")
    responder.remove()


def test_who_may_make_no_policies_is_told_before(
    cluster: TestCluster, namespace: str, account: str, board_for: GovernBoard
) -> None:
    reader = Rbac(cluster, namespace, "reader")
    reader.binding("reader", [user("yan")], role="view")
    rules = [{"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
             {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}]  # fmt: skip
    reader.binding("policies", [user("yan")], role=reader.role("policies", rules))
    plan = board_for(account, kubeconfig=cluster.kubeconfig_for_user("yan")).make_plan("freeze")
    assert all("you may not create" in step.refused for step in plan.steps)
    reader.remove()


@pytest.mark.parametrize("group", sorted(EVERYBODYS))
def test_a_group_of_everybody_is_never_frozen_and_that_is_said(
    cluster: TestCluster, account: str, board_for: GovernBoard, group: str
) -> None:
    """Without its nodes' and controllers' writes a cluster is lost, whatever the settings say."""
    board = board_for(account, named={"groups": (group, "aura-fleet")})
    plan = board.make_plan("freeze")
    assert f"group {group} is left out" in " ".join(plan.notes)
    made = [json.loads(step.arguments) for step in plan.steps]
    condition = made[0]["spec"]["matchConditions"][0]["expression"]
    assert ("aura-fleet" in condition, f'"{group}"' in condition) == (True, False)
    alone = board_for("", named={"groups": (group,)}).make_plan("freeze").blocked
    assert f"group {group} is left out" in alone


def test_everybody_but_the_break_glass_group_is_frozen_and_the_cluster_lives_on(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    person = Rbac(cluster, namespace, "oncall")
    person.binding("oncall", [user("ann")])
    person.binding("other", [user("bob")])
    board = board_for(account, kubeconfig=cluster.kubeconfig_for_user("ann", ["oncall"]), break_glass="oncall")
    do(board, "freeze")
    bob = cluster.kubeconfig_for_user("bob")
    done = cluster.kubectl("create", "configmap", "b", "-n", namespace, kubeconfig=bob, check=False)
    assert FROZEN_WORDS in done
    assert FROZEN_WORDS in refused(lambda: optimizer.post(maps(namespace), config_map("m")))
    ann = cluster.kubeconfig_for_user("ann", ["oncall"])
    cluster.kubectl("create", "configmap", "a", "-n", namespace, kubeconfig=ann)
    do(board, "thaw")
    person.remove()


def test_where_everybody_is_frozen_and_nobody_named_it_is_not_said_that_nobody_could_end_it(
    cluster: TestCluster, namespace: str, board_for: GovernBoard
) -> None:
    person = Rbac(cluster, namespace, "oncall")
    person.binding("oncall", [user("ann")])
    ann = cluster.kubeconfig_for_user("ann", ["oncall"])
    board = board_for("", kubeconfig=ann, break_glass="oncall")
    outcome = run(board, board.make_plan("freeze"))
    assert [proof.holds for proof in outcome.proofs] == [True, None], details(outcome)
    assert "nobody is named" in outcome.proofs[1].detail
    do(board, "thaw")
    person.remove()


def test_where_its_pods_can_t_be_read_it_is_not_said_that_all_of_it_is_frozen(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, request: pytest.FixtureRequest
) -> None:
    """The settings name one user of it; as whom its pods run nobody knows."""
    rbac = Rbac(cluster, namespace, "blind")
    request.addfinalizer(rbac.remove)
    rules = [
        {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["*"], "verbs": ["create"]},
    ]
    rbac.binding("blind", [user("bea")], role=rbac.role("blind", rules))
    work = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]}]
    rbac.binding("work", [user("eve")], role=rbac.role("work", work))
    named = {"users": ("eve",), "groups": ("none",), "name": f"{namespace}/aura"}
    board = board_for("", kubeconfig=cluster.kubeconfig_for_user("bea"), named=named)
    outcome = run(board, board.make_plan("freeze"))
    assert not outcome.success, details(outcome)
    (open_one,) = (proof for proof in outcome.proofs if not proof.holds)
    assert (open_one.claim, open_one.holds) == ("everybody whom the optimizer acts as is frozen", None)


def test_an_account_that_its_pods_run_as_since_the_plan_was_made_is_not_called_frozen(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None
) -> None:
    for name in ("one", "two"):
        cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account(name))
    body = objects.deployment("aura", replicas=0)
    body["spec"]["template"]["spec"]["serviceAccountName"] = "one"
    place = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.post(place, body)
    board = board_for("", named={"name": f"{namespace}/aura"})
    plan = board.make_plan("freeze")
    cluster.api.patch(f"{place}/aura", {"spec": {"template": {"spec": {"serviceAccountName": "two"}}}})
    outcome = run(board, plan)
    missed = next(proof for proof in outcome.proofs if proof.claim == "everybody whom the optimizer acts as is frozen")
    assert missed.holds is False, details(outcome)
    assert f"system:serviceaccount:{namespace}:two" in missed.detail


def test_whoever_is_not_in_the_break_glass_group_can_t_freeze_himself(account: str, board_for: GovernBoard) -> None:
    assert "you are not in group oncall" in board_for(account, break_glass="oncall").make_plan("freeze").blocked


def test_nobody_named_plans_nothing(board_for: GovernBoard) -> None:
    plan = board_for("").make_plan("freeze")
    assert plan.blocked
    assert not plan.steps


def objects_pod(name: str) -> dict[str, object]:
    return objects.pod(name)


def as_user(account: str) -> str:
    return f"system:serviceaccount:{account.replace('/', ':')}"
