"""Clusters unlike the test bed, each with what ought to be said of it: nothing is called proved that is not so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.containment import exit_code
from opsconsole.present.choice import chosen
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, bindings, details, run
from tests.switches.delete.test_optimizer_cluster import make, selector, template
from tests.switches.rbac import GROUP, RBAC, Rbac
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.testbed import objects
from tests.testbed.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsconsole.records import Outcome
    from opsconsole.switches.engine.board import Switchboard
    from tests.testbed.cluster import TestCluster

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("stopped_after")]

Object = dict[str, Any]


def me(namespace: str) -> str:
    return f"system:serviceaccount:{namespace}:{ACCOUNT}"


@pytest.fixture
def optimizer(cluster: TestCluster, namespace: str, account: str) -> str:
    del account
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    return name


@pytest.fixture
def shop(cluster: TestCluster, namespace: str) -> Iterator[str]:
    name = f"{namespace}-shop"
    cluster.create_namespace(name)
    yield name
    cluster.remove_namespaces(name)


def revoked(board: Switchboard) -> Outcome:
    return run(board, board.make_plan("revoke"))


def test_a_binding_that_a_finalizer_keeps_is_proved_gone_only_where_it_gives_nothing(
    cluster: TestCluster, namespace: str, optimizer: str, board_for: BoardMaker, rbac: Rbac
) -> None:
    """RBAC goes on honouring a binding that is only marked as deleted."""
    name = rbac.binding("kept", [rbac.me])
    path = f"{RBAC}/clusterrolebindings/{name}"
    cluster.api.patch(path, {"metadata": {"finalizers": ["example.org/mine"]}})
    try:
        outcome = revoked(board_for(optimizer, patience_seconds=2.0))
        assert cluster.api.exists(path)
        assert not may_as(cluster, me(namespace), "patch", "nodes"), details(outcome)
        assert exit_code(outcome) == 0, details(outcome)
    finally:
        cluster.api.patch(path, {"metadata": {"finalizers": None}})


@pytest.mark.parametrize("group", ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:{}"])
def test_a_group_that_it_is_in_gives_it_rights_elsewhere(
    cluster: TestCluster, namespace: str, shop: str, optimizer: str, board_for: BoardMaker, rbac: Rbac, group: str
) -> None:
    rbac.role_binding("own", [rbac.me])
    everybody = {"kind": "Group", "apiGroup": GROUP, "name": group.format(namespace)}
    Rbac(cluster, shop, ACCOUNT).role_binding("everybody", [everybody], role="edit")
    try:
        outcome = revoked(board_for(optimizer, patience_seconds=1.0))
        assert exit_code(outcome) == 1, details(outcome)
        assert f"RoleBinding/{shop}/everybody#group: skipped not chosen" in details(outcome)
    finally:
        cluster.api.delete(f"{RBAC}/namespaces/{shop}/rolebindings/everybody")


@pytest.mark.parametrize("shared", [False, True])
def test_a_binding_whose_role_is_not_there_is_told_of_and_goes_where_it_is_the_optimizers_alone(
    cluster: TestCluster, namespace: str, optimizer: str, board_for: BoardMaker, rbac: Rbac, shared: bool
) -> None:
    """It gives nothing now; whoever makes that role would give it everything at once."""
    name, later = f"bomb-{namespace}", f"later-{namespace}"
    subjects = [rbac.me, *([{"kind": "User", "apiGroup": GROUP, "name": "eve"}] if shared else [])]
    role = {"apiGroup": GROUP, "kind": "ClusterRole", "name": later}
    place = f"{RBAC}/clusterrolebindings"
    cluster.api.post(place, {"metadata": {"name": name}, "roleRef": role, "subjects": subjects})
    rbac.role_binding("own", [rbac.me])
    try:
        board = board_for(optimizer)
        plan = board.make_plan("revoke")
        (step,) = [each for each in bindings(plan) if each.target.name == name]
        assert step.chosen is not shared
        told = f"ClusterRoleBinding/{name} names ClusterRole/{later}, which is not there"
        assert any(words.startswith(told) for words in (plan.warnings if shared else plan.notes)), plan
        outcome = run(board, plan)
        assert exit_code(outcome) == 0, details(outcome)
        assert cluster.api.exists(f"{place}/{name}") is shared
        assert any(told in proof.detail for proof in outcome.proofs) is shared, details(outcome)
        if shared:
            plan = board.make_plan("revoke")
            run(board, chosen(plan, only=[step.key]))
            assert [each["name"] for each in cluster.api.get(f"{place}/{name}")["subjects"]] == ["eve"]
        assert board.make_plan("revoke").nothing
        rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
        cluster.api.post(f"{RBAC}/clusterroles", {"metadata": {"name": later}, "rules": [rule]})
        assert not may_as(cluster, me(namespace), "patch", "nodes")
        undone = [each for each in board.undo_plan().steps if each.target.name == name]
        assert undone
        assert any(later in words for words in board.undo_plan().warnings), "what the role allows since is said"
    finally:
        for path in (f"{place}/{name}", f"{RBAC}/clusterroles/{later}"):
            if cluster.api.exists(path):
                cluster.api.delete(path)


@pytest.mark.parametrize(
    "rule",
    [
        {"apiGroups": ["apps"], "resources": ["deployments/scale"], "resourceNames": ["web"], "verbs": ["patch"]},
        {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["patch"]},
        {"apiGroups": ["example.org"], "resources": ["widgets"], "verbs": ["deletecollection"]},
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["flags"], "verbs": ["update"]},
        {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": ["delete"]},
        {"nonResourceURLs": ["/admin/*"], "verbs": ["post"]},
        {"apiGroups": [""], "resources": ["serviceaccounts/token"], "resourceNames": ["x"], "verbs": ["create"]},
    ],
    ids=lambda rule: str(next(iter(rule.get("resources", rule.get("nonResourceURLs"))))),
)
def test_one_narrow_right_goes_and_that_is_proved(
    cluster: TestCluster, optimizer: str, board_for: BoardMaker, rbac: Rbac, rule: Object
) -> None:
    name = rbac.binding("narrow", [rbac.me], role=rbac.role("narrow", [rule]))
    board = board_for(optimizer, patience_seconds=2.0)
    plan = board.make_plan("revoke")
    assert [step.target.name for step in bindings(plan)] == [name], plan
    outcome = run(board, plan)
    assert not cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")
    assert exit_code(outcome) == 0, details(outcome)


def test_pods_that_a_finalizer_keeps_are_not_gone(
    cluster: TestCluster, namespace: str, account: str, board_for: BoardMaker
) -> None:
    del account
    made = template()
    made["metadata"]["finalizers"] = ["example.org/mine"]
    name = make(cluster, namespace, "Deployment", replicas=1, **(selector() | {"template": made}))
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name, patience_seconds=1.0, grace_seconds=1.0)
    outcome = run(board, board.make_plan("optimizer"))
    assert exit_code(outcome) == 1, details(outcome)
    assert "example.org/mine" in details(outcome)
    again = board.make_plan("optimizer")
    assert not again.nothing
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
    cluster.api.patch(path, {"metadata": {"finalizers": None}})


def test_a_policy_that_refuses_to_delete_bindings_leaves_it_unproved_and_is_named(
    cluster: TestCluster, namespace: str, optimizer: str, board_for: BoardMaker, rbac: Rbac
) -> None:
    name = rbac.binding("own", [rbac.me])
    hooks = "/apis/admissionregistration.k8s.io/v1"
    rules = [
        {"apiGroups": [GROUP], "apiVersions": ["*"], "operations": ["DELETE"], "resources": ["clusterrolebindings"]}
    ]
    spec: Object = {
        "matchConstraints": {"resourceRules": rules},
        "validations": [{"expression": f"oldObject.metadata.name != '{name}'", "message": "mine"}],
    }
    policy = f"keep-{namespace}"
    cluster.api.post(f"{hooks}/validatingadmissionpolicies", {"metadata": {"name": policy}, "spec": spec})
    bound = {"policyName": policy, "validationActions": ["Deny"]}
    cluster.api.post(f"{hooks}/validatingadmissionpolicybindings", {"metadata": {"name": policy}, "spec": bound})
    dry = f"{RBAC}/clusterrolebindings/{name}?dryRun=All"
    try:
        eventually(lambda: not _deletes(cluster, dry), "the policy holds")
        outcome = revoked(board_for(optimizer, patience_seconds=1.0))
        assert may_as(cluster, me(namespace), "patch", "nodes")
        assert exit_code(outcome) == 1, details(outcome)
        assert policy in details(outcome)
    finally:
        cluster.api.delete(f"{hooks}/validatingadmissionpolicybindings/{policy}")
        cluster.api.delete(f"{hooks}/validatingadmissionpolicies/{policy}")
        eventually(lambda: _deletes(cluster, dry), "the policy is forgotten")


def _deletes(cluster: TestCluster, path: str) -> bool:
    try:
        cluster.api.delete(path)
    except ApiError:
        return False
    return True


def test_an_account_that_was_made_anew_does_not_get_the_rights_back_unasked(
    cluster: TestCluster, namespace: str, optimizer: str, board_for: BoardMaker, rbac: Rbac
) -> None:
    """A binding knows its account by name alone: whoever took that name since would get them."""
    name = rbac.binding("own", [rbac.me])
    board = board_for(optimizer)
    assert revoked(board).success
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    cluster.api.delete(f"{accounts}/{ACCOUNT}")
    cluster.api.post(accounts, objects.service_account(ACCOUNT))
    plan = board.undo_plan()
    assert not any(step.chosen for step in plan.steps), plan
    assert any("anew" in words for words in plan.warnings), plan.warnings
    assert not cluster.api.exists(f"{RBAC}/clusterrolebindings/{name}")


def test_the_same_digest_under_another_name_is_a_copy(
    cluster: TestCluster, namespace: str, optimizer: str, board_for: BoardMaker, rbac: Rbac, shop: str
) -> None:
    """What a node has run is told by the digest of its content, whatever it is called."""
    digest = "sha256:" + "7" * 64
    cluster.api.post(f"/api/v1/namespaces/{shop}/serviceaccounts", objects.service_account("helper"))
    rbac.binding("helper", [{"kind": "ServiceAccount", "name": "helper", "namespace": shop}])
    body = objects.pod("innocuous", image="quay.example/tools/report:1", labels={"app": "innocuous"})
    body["spec"]["serviceAccountName"] = "helper"
    cluster.api.post(f"/api/v1/namespaces/{shop}/pods", body)
    cluster.wait_for_pods(shop, "app=innocuous", 1)
    for place, label in ((namespace, "app=aura"), (shop, "app=innocuous")):
        (pod,) = cluster.pods(place, label)
        statuses = pod["status"]["containerStatuses"]
        statuses[0]["imageID"] = f"docker-pullable://x.example/y@{digest}"
        path = f"/api/v1/namespaces/{place}/pods/{pod['metadata']['name']}/status"
        cluster.api.patch(path, {"status": {"containerStatuses": statuses}})
    outcome = run(board := board_for(optimizer, patience_seconds=1.0), board.make_plan("optimizer"))
    assert exit_code(outcome) == 1, details(outcome)
    assert f"runs its image as {shop}/helper" in details(outcome)


def test_a_decoy_in_the_template_hides_no_pod_that_was_let_go(
    cluster: TestCluster, namespace: str, optimizer: str, board_for: BoardMaker
) -> None:
    """Its rollout is stuck, so that the template tells what never ran; a pod of what does took off its label."""
    (pod,) = cluster.pods(namespace, "app=aura")
    decoy = {"containers": [{"name": "main", "image": "registry.example/pause:1"}], "nodeSelector": {"no": "such"}}
    rolling = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    change = {"spec": {"strategy": rolling, "template": {"spec": decoy}}}
    cluster.api.patch(f"/apis/apps/v1/namespaces/{namespace}/deployments/aura", change)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
    cluster.api.patch(path, {"metadata": {"labels": {"app": None}}})
    eventually(lambda: not cluster.api.get(path)["metadata"].get("ownerReferences"), "it was let go")
    board = board_for(optimizer, patience_seconds=2.0)
    outcome = run(board, board.make_plan("optimizer"))
    runs = cluster.api.exists(path)
    assert not runs or exit_code(outcome) == 1, details(outcome)
    if runs:
        cluster.api.delete(path)
