"""Rights of every kind on a real API server, with ``kubectl auth can-i`` as the witness that knows nothing of us."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.present.choice import chosen
from opsconsole.records import Plan, StepState
from opsconsole.settings import OptimizerEntry
from opsconsole.switches.build import build_switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, IMPATIENT, BoardMaker, bindings, details, run, settings_for
from tests.switches.rbac import GROUP, RBAC, Rbac, group, user
from tests.testbed import objects
from tests.testbed.api import ApiError
from tests.testbed.cluster import TestCluster
from tests.testbed.rights import wait_for_rules

if TYPE_CHECKING:
    pass


SECOND = "second-authorizer"
"""The namespace whose account ``aura`` has rights by the testbed's ABAC file, in the namespace ``…-far``."""


class Witness:
    """Asks with kubectl, as the user and the groups that a ServiceAccount has."""

    def __init__(self, cluster: TestCluster, account: str) -> None:
        namespace, _, name = account.partition("/")
        self._cluster = cluster
        self._who = [f"--as=system:serviceaccount:{namespace}:{name}"]
        for each in ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"):
            self._who.append(f"--as-group={each}")

    def may(self, *question: str) -> bool:
        command = self._cluster.kubectl_command("auth", "can-i", *question, *self._who)
        environment = self._cluster.kubectl_environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        answer = done.stdout.split() or [""]
        assert answer[0] in {"yes", "no"}, done.stderr
        return answer[0] == "yes"


@pytest.fixture
def witness(cluster: TestCluster, account: str) -> Witness:
    return Witness(cluster, account)


def account_of(rbac: Rbac, name: str) -> dict[str, Any]:
    return rbac.me | {"name": name}


def test_a_subject_without_a_namespace_means_the_bindings_own(
    namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    name = rbac.role_binding("bare", [{"kind": "ServiceAccount", "name": ACCOUNT}], role="admin")
    assert witness.may("delete", "pods", "-n", namespace)
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [name]
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not witness.may("delete", "pods", "-n", namespace)
    assert not witness.may("create", "rolebindings", "-n", namespace)


def test_one_of_several_subjects_without_a_namespace_is_taken_out_and_put_back_as_it_was(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    bare = {"kind": "ServiceAccount", "name": ACCOUNT}
    name = rbac.role_binding("bare-shared", [user("eve"), bare], role="edit")
    board = board_for(account=account)
    outcome = run(board, board.make_plan("revoke"))
    assert outcome.success, details(outcome)
    assert not witness.may("delete", "pods", "-n", namespace)
    path = f"{RBAC}/namespaces/{namespace}/rolebindings/{name}"
    assert [each["name"] for each in cluster.api.get(path)["subjects"]] == ["eve"]
    assert run(board, board.undo_plan()).success
    eventually(lambda: witness.may("delete", "pods", "-n", namespace), "the authorizer knows of it again")


def test_the_account_of_the_running_pods_counts_and_not_the_templates_alone(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("decoy"))
    rbac.binding("real", [rbac.me])
    rbac.binding("decoy", [account_of(rbac, "decoy")])
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.post(path, objects.deployment("aura-optimizer", account=ACCOUNT))
    cluster.wait_for_pods(namespace, "app=aura-optimizer", 1)
    paused = {"spec": {"paused": True, "template": {"spec": {"serviceAccountName": "decoy"}}}}
    cluster.api.patch(f"{path}/aura-optimizer", paused)
    board = board_for(f"{namespace}/aura-optimizer")
    plan = board.make_plan("revoke")
    assert {step.target.name for step in bindings(plan)} == {f"real-{namespace}", f"decoy-{namespace}"}
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not witness.may("patch", "nodes")
    assert not Witness(cluster, f"{namespace}/decoy").may("patch", "nodes")


def test_a_responder_who_may_not_list_bindings_is_not_told_that_there_are_none(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    hidden = rbac.binding("hidden", [rbac.me])
    body: dict[str, Any] = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "local-responder"},
        "rules": [
            {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["get", "list", "delete"]},
            {"apiGroups": ["authorization.k8s.io"], "resources": ["localsubjectaccessreviews"], "verbs": ["create"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        ],
    }
    cluster.api.post(f"{RBAC}/namespaces/{namespace}/roles", body)
    local: dict[str, Any] = {
        "metadata": {"name": "local-responder"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "local-responder"},
        "subjects": [user("ripley-local")],
    }
    cluster.api.post(f"{RBAC}/namespaces/{namespace}/rolebindings", local)
    wait_for_rules(cluster.api, local["subjects"], body["rules"], namespace)
    board = board_for(account=account, kubeconfig=cluster.kubeconfig_for_user("ripley-local"))
    plan = board.make_plan("revoke")
    assert not plan.nothing
    assert plan.blocked.startswith("NOT REVOKED"), plan.blocked
    assert any(f"kubectl delete clusterrolebinding {hidden}" in words for words in plan.warnings), plan.warnings


def test_a_binding_in_a_namespace_is_found_where_they_may_be_listed_there_alone(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    name = rbac.role_binding("local", [rbac.me], role="edit")
    reader = rbac.role(
        "no-rolebindings",
        [
            {
                "apiGroups": ["rbac.authorization.k8s.io"],
                "resources": ["clusterrolebindings", "clusterroles", "roles"],
                "verbs": ["get", "list"],
            },
            {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
        ],
    )
    rbac.binding("partial", [user("parker")], role=reader)
    rbac.role_binding("local-admin", [user("parker")], role="admin")
    kubeconfig = cluster.kubeconfig_for_user("parker")
    board = board_for(account=account, kubeconfig=kubeconfig, patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [name]
    outcome = run(board, plan)
    assert not witness.may("delete", "pods", "-n", namespace)
    assert not outcome.success, "the other namespaces could not be read: that is unknown, and not proved"


@pytest.mark.parametrize("name", ["system:evil", "system:controller:evil", "plain"])
def test_no_name_and_no_label_saves_a_binding_of_its_own(
    name: str, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    rbac.binding(name, [rbac.me], labels={"kubernetes.io/bootstrapping": "rbac-defaults"})
    board = board_for(account=account)
    outcome = run(board, board.make_plan("revoke"))
    assert outcome.success, details(outcome)
    assert not witness.may("*", "*")


def test_names_that_look_alike_are_told_apart(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    its = rbac.binding("twin\u200b", [rbac.me])
    other = rbac.binding(
        "twin<U+200B>", [user("eve"), user(f"system:serviceaccount:{account.replace('/', ':')}\u200b")]
    )
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [its]
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert not witness.may("*", "*")
    names = [each["metadata"]["name"] for each in cluster.api.get(f"{RBAC}/clusterrolebindings")["items"]]
    assert other in names
    assert its not in names


def test_a_grant_to_a_group_is_left_and_nothing_is_proved_until_it_is_chosen(
    namespace: str, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    rbac.role_binding("for-all", [group(f"system:serviceaccounts:{namespace}")], role="edit")
    own = rbac.role_binding("own", [rbac.me], role="edit")
    board = board_for(account=account, patience_seconds=IMPATIENT)
    plan = board.make_plan("revoke")
    assert [(step.target.name, step.chosen) for step in bindings(plan)] == [(own, True), ("for-all", False)]
    outcome = run(board, plan)
    assert not outcome.success
    assert witness.may("delete", "pods", "-n", namespace)
    board = board_for(account=account)
    outcome = run(board, choose_all(board.make_plan("revoke")))
    assert outcome.success, details(outcome)
    assert not witness.may("delete", "pods", "-n", namespace)


def choose_all(plan: Plan) -> Plan:
    return chosen(plan, only=[step.key for step in bindings(plan)])


def test_a_watcher_that_makes_a_new_binding_for_each_that_goes_loses_them_all(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    rbac.binding("watched", [rbac.me])
    ended = threading.Event()
    made: list[str] = []

    def watch() -> None:
        """A helper of the optimizer's with rights of its own: it makes a new binding when the newest has gone."""
        while not ended.wait(0.2):
            names = {each["metadata"]["name"] for each in cluster.api.get(f"{RBAC}/clusterrolebindings")["items"]}
            newest = made[-1] if made else f"watched-{rbac.me['namespace']}"
            if newest not in names and len(made) < 4:
                made.append(rbac.binding(f"again-{len(made)}", [rbac.me], known=False))

    watcher = threading.Thread(target=watch, daemon=True)
    board = board_for(account=account, patience_seconds=30.0)
    plan = board.make_plan("revoke")
    watcher.start()
    try:
        outcome = run(board, plan)
    finally:
        ended.set()
        watcher.join()
    assert len(made) >= 2, "it came back more than once while it was proved"
    assert outcome.success, details(outcome)
    assert not witness.may("*", "*")
    assert sum("came anew" in note for note in outcome.notes) == len(made)


def test_annotations_that_change_all_the_time_do_not_keep_a_binding(
    cluster: TestCluster, account: str, rbac: Rbac, board_for: BoardMaker, witness: Witness
) -> None:
    name = rbac.binding("busy", [rbac.me])
    board = board_for(account=account)
    plan = board.make_plan("revoke")
    ended = threading.Event()

    def write(number: int) -> None:
        while not ended.is_set():
            body = {"metadata": {"annotations": {f"writer-{number}": str(time.monotonic())}}}
            try:
                cluster.api.patch(f"{RBAC}/clusterrolebindings/{name}", body)
            except ApiError:
                return

    writers = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(6)]
    for writer in writers:
        writer.start()
    try:
        outcome = run(board, plan)
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    assert outcome.success, details(outcome)
    assert not witness.may("*", "*")


def test_an_admission_policy_that_refuses_is_named_with_the_step_that_removes_it(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    name = rbac.binding("kept", [rbac.me])
    policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    spec = {
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": ["rbac.authorization.k8s.io"],
                    "apiVersions": ["v1"],
                    "operations": ["DELETE"],
                    "resources": ["clusterrolebindings"],
                }
            ]
        },
        "validations": [{"expression": f"oldObject.metadata.name != '{name}'", "message": "mine"}],
    }
    made = [(policies, {"metadata": {"name": f"keep-{namespace}"}, "spec": spec})]
    binding = {"policyName": f"keep-{namespace}", "validationActions": ["Deny"]}
    made.append(
        (policies.replace("policies", "policybindings"), {"metadata": {"name": f"keep-{namespace}"}, "spec": binding})
    )
    for path, body in made:
        cluster.api.post(path, body)
    try:
        eventually(lambda: _is_refused(cluster, name), "the policy")
        board = board_for(account=account, patience_seconds=IMPATIENT)
        outcome = run(board, board.make_plan("revoke"))
        assert outcome.steps[0].state is StepState.FAILED
        words = f"kubectl delete validatingadmissionpolicybinding keep-{namespace}"
        assert words in outcome.steps[0].detail, outcome.steps[0].detail
        assert not outcome.success
    finally:
        for path, body in made:
            cluster.api.delete(f"{path}/{body['metadata']['name']}")
        eventually(lambda: not _is_refused(cluster, name), "the end of the policy")


def _is_refused(cluster: TestCluster, name: str) -> bool:
    try:
        cluster.api.delete(f"{RBAC}/clusterrolebindings/{name}?dryRun=All")
    except ApiError as error:
        return error.status != 404
    return False


def test_a_webhook_that_is_in_the_way_is_named_with_the_step_that_removes_it(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """Nobody answers it, and its failure policy is Fail: the binding can't be deleted while it is there."""
    name = rbac.binding("kept", [rbac.me], labels={"kept-for": namespace})
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    rule = {"apiGroups": [GROUP], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["clusterrolebindings"]}
    hook = {
        "name": f"keep.{namespace}.example",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [rule],
        "objectSelector": {"matchLabels": {"kept-for": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
    }
    cluster.api.post(path, {"metadata": {"name": f"keep-{namespace}"}, "webhooks": [hook]})
    try:
        eventually(lambda: _is_refused(cluster, name), "the webhook")
        board = board_for(account=account, patience_seconds=IMPATIENT)
        outcome = run(board, board.make_plan("revoke"))
        assert outcome.steps[0].state is StepState.FAILED
        detail = outcome.steps[0].detail
        assert f"admission webhook keep.{namespace}.example is in the way" in detail, detail
        assert f"grep -F -- keep.{namespace}.example" in detail, detail
        assert not outcome.success
    finally:
        cluster.api.delete(f"{path}/keep-{namespace}")
        eventually(lambda: not _is_refused(cluster, name), "the end of the webhook")
    board = board_for(account=account)
    outcome = run(board, board.make_plan("revoke"))
    assert outcome.success, details(outcome)


@pytest.mark.parametrize("listed", [False, True], ids=["further workload", "another optimizer"])
def test_a_further_workload_with_another_account_is_revoked_too(
    cluster: TestCluster, namespace: str, account: str, rbac: Rbac, journal_dir: Path, listed: bool
) -> None:
    del account
    cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", objects.service_account("second"))
    rbac.binding("second", [account_of(rbac, "second")])
    for name, runs_as in (("aura-first", ACCOUNT), ("aura-second", "second")):
        cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments", objects.deployment(name, account=runs_as))
        cluster.wait_for_pods(namespace, f"app={name}", 1)
    settings = settings_for(cluster.admin_kubeconfig, journal_dir, f"{namespace}/aura-first")
    second = (f"{namespace}/aura-second",)
    if listed:
        settings = msgspec.structs.replace(settings, optimizers=(OptimizerEntry("second", workloads=second),))
    else:
        both = msgspec.structs.replace(settings.optimizer, workloads=second)
        settings = msgspec.structs.replace(settings, optimizer=both)
    connection = Connection(settings.cluster, read_only=False, clock=SystemClock())
    board = build_switchboard(settings, connection, None, SystemClock())
    outcome = run(board, board.make_plan("revoke"))
    assert outcome.success, details(outcome)
    assert not Witness(cluster, f"{namespace}/second").may("patch", "nodes")
    connection.close()
