"""Who is stopped, on a real control plane: what really makes the optimizer's pods, and never a neighbour."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.containment import exit_code
from opsconsole.records import Outcome, StepState
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import APPS, make, running, selector
from tests.switches.rbac import RBAC, Rbac, user
from tests.testbed import objects
from tests.testbed.rights import wait_for_rules

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]


def neighbour(cluster: TestCluster, namespace: str, kind: str = "StatefulSet") -> Object:
    """A Prometheus next to it, with one pod, as the API server has it."""
    container = {"name": "prometheus", "image": "registry.example/prometheus:3"}
    template = {
        "metadata": {"labels": {"app": "prometheus"}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }
    spec: Object = {"replicas": 1, "selector": {"matchLabels": {"app": "prometheus"}}, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = "prometheus"
    body = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "prometheus"}, "spec": spec}
    made = cluster.api.post(APPS.format(namespace, f"{kind.lower()}s"), body)
    cluster.wait_for_pods(namespace, "app=prometheus", 1)
    return made


def owned_by(owner: Object, api_version: str = "apps/v1") -> Object:
    reference = {"apiVersion": api_version, "kind": owner["kind"], "name": owner["metadata"]["name"]}
    return {"ownerReferences": [reference | {"uid": owner["metadata"]["uid"], "controller": True}]}


def replicas(cluster: TestCluster, namespace: str, what: str) -> str:
    """What kubectl says that a workload wants."""
    return cluster.kubectl("get", what, "-n", namespace, "-o", "jsonpath={.spec.replicas}").strip()


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_a_pod_that_says_a_neighbour_owns_it_goes_and_the_neighbour_stays(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, kind: str
) -> None:
    other = neighbour(cluster, namespace, kind)
    body = objects.pod("aura", labels={"app": "aura"})
    body["metadata"] |= owned_by(other)
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"pod/{namespace}/aura")
    plan = board.make_plan("optimizer")
    assert not any(step.effect == "workload.set" for step in plan.steps)
    if kind == "Deployment":  # a StatefulSet's controller takes itself out of what it does not select
        said = "says that Deployment.apps/prometheus owns it, but a Deployment makes no Pod: not believed, not touched"
        assert any(said in words for words in plan.warnings)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert replicas(cluster, namespace, f"{kind.lower()}/prometheus") == "1"
    assert cluster.pods(namespace, "app=prometheus")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_a_deployment_that_says_a_neighbour_owns_it_is_stopped_itself(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, kind: str
) -> None:
    other = neighbour(cluster, namespace, kind)
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    cluster.api.patch(APPS.format(namespace, "deployments/aura"), {"metadata": owned_by(other)})
    board = board_for(name)
    plan = board.make_plan("optimizer")
    assert plan.title == f"Delete the optimizer Deployment/aura -n {namespace}"
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert replicas(cluster, namespace, "deployment/aura") == "0"
    assert replicas(cluster, namespace, f"{kind.lower()}/prometheus") == "1"


@pytest.mark.usefixtures("account")
def test_an_account_that_runs_several_workloads_is_an_error_that_lists_them_all(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    account = f"{namespace}/{ACCOUNT}"
    assert any(step.target.kind == "Deployment" for step in board_for("", account).make_plan("optimizer").steps)
    body = objects.pod("alertmanager", labels={"app": "alertmanager"})
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=alertmanager", 1)
    plan = board_for("", account).make_plan("optimizer")
    assert not plan.steps
    assert "may be 2 workloads" in plan.blocked
    assert f"Deployment/aura -n {namespace}" in plan.blocked
    assert f"--optimizer pod/{namespace}/alertmanager" in plan.blocked


@pytest.mark.usefixtures("account")
def test_a_decoy_of_the_same_name_is_an_error_that_lists_both(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "StatefulSet", replicas=1, serviceName="aura", **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    decoy = selector() | {"selector": {"matchLabels": {"app": "decoy"}}}
    decoy["template"]["metadata"]["labels"] = {"app": "decoy"}
    make(cluster, namespace, "Deployment", replicas=0, **decoy)
    plan = board_for(name).make_plan("optimizer")
    assert not plan.steps
    assert f"--optimizer statefulset/{namespace}/aura" in plan.blocked
    assert f"--optimizer deployment/{namespace}/aura" in plan.blocked
    board = board_for(f"statefulset/{namespace}/aura")
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)


@pytest.fixture
def pods_only(cluster: TestCluster, namespace: str) -> Path:
    """A kubeconfig of somebody who may read and delete pods of the namespace and nothing else there."""
    path = f"{RBAC}/namespaces/{namespace}"
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "delete"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    ]
    cluster.api.post(f"{path}/roles", {"metadata": {"name": "pods-only"}, "rules": rules})
    binding: Object = {
        "metadata": {"name": "pods-only"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pods-only"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ripley"}],
    }
    cluster.api.post(f"{path}/rolebindings", binding)
    wait_for_rules(cluster.api, binding["subjects"], rules, namespace)
    return cluster.kubeconfig_for_user("ripley")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("named_as", ["pod", "deployment"])
def test_a_403_on_its_owners_does_not_take_the_last_resort_away(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, pods_only: Path, named_as: str
) -> None:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    name = pod["metadata"]["name"]
    called = f"pod/{namespace}/{name}" if named_as == "pod" else f"deployment/{namespace}/aura"
    board = board_for(called, kubeconfig=pods_only, patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    assert [step.effect for step in plan.steps] == ["evidence.collect", "pod.delete", "pod.force"], plan
    assert any("can't be read" in words and "will bring it back" in words for words in plan.warnings)
    outcome = run(board, plan)
    deleted = next(step for step in outcome.steps if step.step.startswith("pod.delete"))
    assert deleted.state is StepState.DONE, details(outcome)
    assert not outcome.success, "its owner has brought it back"
    assert name not in running(cluster, namespace)


@pytest.mark.usefixtures("account")
def test_replicasets_that_may_not_be_read_are_done_without(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, pods_only: Path
) -> None:
    role = f"{RBAC}/namespaces/{namespace}/roles/pods-only"
    rules = cluster.api.get(role)["rules"]
    rules.append({"apiGroups": ["apps"], "resources": ["deployments", "deployments/scale"], "verbs": ["get", "patch"]})
    cluster.api.patch(role, {"rules": rules})
    wait_for_rules(cluster.api, [user("ripley")], rules, namespace)
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    for called in (f"deployment/{namespace}/aura", f"pod/{namespace}/{pod['metadata']['name']}"):
        plan = board_for(called, kubeconfig=pods_only).make_plan("optimizer")
        effects = [step.effect for step in plan.steps]
        assert effects == ["evidence.collect", "workload.set", "pod.delete", "pod.force"], called
        assert any("ReplicaSets can't be read" in words for words in plan.warnings)
    board = board_for(f"deployment/{namespace}/aura", kubeconfig=pods_only)
    outcome = run(board, board.make_plan("optimizer"))
    [open_yet] = [proof for proof in outcome.proofs if not proof.holds]
    assert open_yet.claim.startswith("no copy of it runs"), details(outcome)
    assert replicas(cluster, namespace, "deployment/aura") == "0"


def rollout(cluster: TestCluster, namespace: str, path: str, **more: Any) -> Object:
    """A Rollout named ``aura`` with a pod of its own; returns it."""
    body: Object = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "aura"}}
    body["spec"] = {"replicas": 1, **selector(), **more}
    made = cluster.api.post(path.format(namespace), body)
    status = {"status": {"selector": "app=aura", "replicas": 1}}
    cluster.api.patch(f"{path.format(namespace)}/aura/status", status)
    given = selector()["template"]
    metadata = {"name": "aura-5d9-x", **given["metadata"], **owned_by(made, "argoproj.io/v1alpha1")}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": given["spec"]}
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    return made


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("named_as", ["", "rollouts.argoproj.io/", "pod/"])
def test_anything_with_a_scale_is_scaled_to_0_and_undo_scales_it_back(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, rollouts: str, named_as: str
) -> None:
    rollout(cluster, namespace, rollouts)
    board = board_for(f"{named_as}{namespace}/{'aura-5d9-x' if named_as == 'pod/' else 'aura'}")
    plan = board.make_plan("optimizer")
    (stop,) = [step for step in plan.steps if step.effect == "workload.set"]
    assert stop.command == f"kubectl scale rollouts.v1alpha1.argoproj.io/aura -n {namespace} --replicas=0"
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert replicas(cluster, namespace, "rollouts.argoproj.io/aura") == "0"
    assert not running(cluster, namespace)
    assert run(board, board.undo_plan()).success
    assert replicas(cluster, namespace, "rollouts.argoproj.io/aura") == "1"


@pytest.mark.usefixtures("account")
def test_a_custom_owner_that_does_not_make_it_is_not_scaled_and_the_command_is_offered(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, rollouts: str
) -> None:
    other = rollout(cluster, namespace, rollouts)
    decoy = selector() | {"selector": {"matchLabels": {"app": "forger"}}}
    decoy["template"]["metadata"]["labels"] = {"app": "forger"}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "forger"}, "spec": decoy}
    body["metadata"] |= owned_by(other, "argoproj.io/v1alpha1")
    cluster.api.post(APPS.format(namespace, "deployments"), body)
    cluster.wait_for_pods(namespace, "app=forger", 1)
    board = board_for(f"deployment/{namespace}/forger")
    plan = board.make_plan("optimizer")
    assert [str(step.target) for step in plan.steps if step.effect == "workload.set"] == [
        f"Deployment/forger -n {namespace}"
    ]
    offered = f"kubectl scale rollouts.v1alpha1.argoproj.io/aura -n {namespace} --replicas=0"
    assert any(offered in words for words in plan.warnings)
    run(board, plan)
    assert replicas(cluster, namespace, "rollouts.argoproj.io/aura") == "1"


@pytest.mark.usefixtures("account")
def test_an_operator_that_makes_the_deployment_anew_is_found_and_said(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name, quiet_seconds=2.0, patience_seconds=2.0)
    path = APPS.format(namespace, "deployments")
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "aura"}, "spec": selector()}
    again: list[str] = []

    def operate(outcome: Outcome) -> None:
        if outcome.proofs and not again:
            cluster.api.delete(f"{path}/aura")
            eventually(lambda: not cluster.api.exists(f"{path}/aura"), "it is gone")
            again.append(cluster.api.post(f"{path}?fieldManager=aura-operator", body)["metadata"]["uid"])

    outcome = run(board, board.make_plan("optimizer"), on_progress=operate)
    assert again
    assert not outcome.success
    told = json.dumps([f"{proof.claim}: {proof.detail}" for proof in outcome.proofs])
    assert "MADE ANEW (last written by aura-operator)" in told, details(outcome)


@pytest.mark.usefixtures("account")
def test_a_workload_that_could_not_be_stopped_is_not_said_to_want_pods_again(
    cluster: TestCluster, namespace: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """Whoever may delete pods and not scale sees them come back: nobody has scaled it up."""
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    reads = ["get", "list"]
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": reads},
        {"apiGroups": [""], "resources": ["pods"], "verbs": [*reads, "delete"]},
    ]
    rbac.role_binding("no-scale", [user("no-scale")], role=rbac.role("no-scale", rules))
    kubeconfig = cluster.kubeconfig_for_user("no-scale")
    board = board_for(f"deployment/{name}", kubeconfig=kubeconfig, places=(namespace,), patience_seconds=1.0)
    outcome = run(board, board.make_plan("optimizer"))
    assert exit_code(outcome) == 1
    [proof] = [proof for proof in outcome.proofs if proof.claim.endswith("wants no pods")]
    assert (proof.holds, proof.detail) == (False, "its step did not stop it: it is as it was")
