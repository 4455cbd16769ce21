"""Pods and what they own beside a workload: static ones, let go, taken off their labels, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsconsole.containment import exit_code
from opsconsole.present.choice import chosen
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run
from tests.switches.delete.test_optimizer_cluster import APPS, make, running, selector
from tests.switches.rbac import Rbac
from tests.switches.target.logins.test_acts_as_cluster import may_as
from tests.testbed import objects

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster
from tests.switches.target.owners.test_owners_cluster import owned_by


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("when", ["before the plan", "after the plan"])
def test_a_pod_that_takes_off_its_labels_is_its_own_all_the_same(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, when: str
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"

    def let_go() -> None:
        cluster.api.patch(path, {"metadata": {"labels": {"app": None, "pod-template-hash": None}}})
        eventually(lambda: not cluster.api.get(path)["metadata"].get("ownerReferences"), "it is released")

    board = board_for(name)
    if when == "before the plan":
        let_go()
        eventually(lambda: len(running(cluster, namespace)) == 1, "another takes its place")
    plan = board.make_plan("optimizer")
    if when == "after the plan":
        let_go()
    assert pod["metadata"]["uid"] in {step.target.uid for step in plan.steps if step.effect == "pod.delete"}
    outcome = run(board, plan)
    assert not cluster.api.exists(path)
    if when == "before the plan":
        assert outcome.success, details(outcome)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("marks", ["nothing", "an owner that makes no pods"])
def test_a_pod_that_it_let_go_before_it_took_another_account_is_not_passed_over(
    cluster: TestCluster, namespace: str, board_for: BoardMaker, rbac: Rbac, marks: str
) -> None:
    """The decoy is all that is left in sight: its pods, its template, and no old ReplicaSet."""
    core = f"/api/v1/namespaces/{namespace}"
    cluster.api.post(f"{core}/serviceaccounts", objects.service_account("decoy"))
    rbac.binding("real", [rbac.me])
    name = make(cluster, namespace, "Deployment", replicas=1, revisionHistoryLimit=0, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    path = f"{core}/pods/{pod['metadata']['name']}"
    cluster.api.patch(path, {"metadata": {"labels": {"app": None, "pod-template-hash": None}}})
    eventually(lambda: not cluster.api.get(path)["metadata"].get("ownerReferences"), "it is released")
    if marks != "nothing":
        made = cluster.api.post(f"{core}/configmaps", {"metadata": {"name": "owner"}})
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": made["metadata"]["uid"]}
        cluster.api.patch(path, {"metadata": {"ownerReferences": [owner | {"controller": True}]}})
    template = {"spec": {"template": {"spec": {"serviceAccountName": "decoy", "serviceAccount": "decoy"}}}}
    cluster.api.patch(APPS.format(namespace, "deployments/aura"), template)

    def rolled() -> bool:
        pods = cluster.pods(namespace, "app=aura")
        sets = cluster.api.get(APPS.format(namespace, "replicasets"))["items"]
        return [each["spec"]["serviceAccountName"] for each in pods] == ["decoy"] and len(sets) == 1

    eventually(rolled, "only the decoy is left", 60)
    board = board_for(name, patience_seconds=1.0)
    outcome = run(board, board.make_plan("revoke")) if board.make_plan("revoke").steps else None
    assert outcome is None or not outcome.success, details(outcome)
    assert not board.make_plan("revoke").nothing
    assert "name that account too" in " ".join(board.make_plan("revoke").warnings)
    plan = board.make_plan("optimizer")
    (step,) = [each for each in plan.steps if each.target.uid == pod["metadata"]["uid"]]
    assert not step.chosen
    outcome = run(board, plan)
    assert cluster.api.exists(path)
    assert not outcome.success, details(outcome)
    plan = board.make_plan("optimizer")
    outcome = run(board, chosen(plan, only=[each.key for each in plan.steps]))
    assert outcome.success, details(outcome)
    assert not cluster.api.exists(path)


@pytest.mark.usefixtures("account")
def test_copies_of_its_image_elsewhere_are_listed_and_live(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    elsewhere = f"{namespace}-staging"
    cluster.create_namespace(elsewhere)
    image = selector()["template"]["spec"]["containers"][0]["image"]
    cluster.api.post(f"/api/v1/namespaces/{elsewhere}/pods", objects.pod("copy", image=image, labels={"app": "copy"}))
    cluster.api.post(f"/api/v1/namespaces/{elsewhere}/pods", objects.pod("other", labels={"app": "other"}))
    cluster.wait_for_pods(elsewhere, "app=copy", 1)
    board = board_for(name)
    told: list[str] = []

    def is_told() -> bool:
        told[:] = [words for words in board.make_plan("optimizer").notes if "the same image elsewhere" in words]
        return bool(told)

    eventually(is_told, "the pods are listed")
    assert f"{elsewhere}/copy" in told[0]
    assert "other" not in told[0]
    assert run(board, board.make_plan("optimizer")).success
    assert cluster.pods(elsewhere, "app=copy")


@pytest.mark.usefixtures("account")
def test_a_static_pod_runs_on_and_is_not_called_nothing(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    """Its kubelet makes it from a file, as no account: no list of an account's pods shows it."""
    body = objects.pod("aura-node-0", labels={"app": "aura"}, node="node-0")
    body["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "0123", "kubernetes.io/config.source": "file"}
    body["metadata"] |= owned_by(cluster.api.get("/api/v1/nodes/node-0") | {"kind": "Node"}, "v1")
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"pod/{namespace}/aura-node-0", patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    assert not plan.nothing
    assert not any(step.effect.startswith("pod.") for step in plan.steps), "deleting it does nothing"
    told = [words for words in plan.warnings if "is a static pod: node node-0 makes it from a file" in words]
    assert told, plan.warnings
    outcome = run(board, plan)
    assert exit_code(outcome) == 1
    assert [proof.holds for proof in outcome.proofs if proof.claim == "its pod is gone (UID)"] == [False]


def test_a_static_pod_takes_no_rights_of_the_account_default_with_it(
    cluster: TestCluster, namespace: str, rbac: Rbac, board_for: BoardMaker
) -> None:
    """The API server gives it no account, and innocents run as ``default``."""
    innocent = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
    rbac.binding("innocent", [innocent])
    body = objects.pod("aura-node-0", labels={"app": "aura"}, node="node-0")
    body["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "0123", "kubernetes.io/config.source": "file"}
    body["metadata"] |= owned_by(cluster.api.get("/api/v1/nodes/node-0") | {"kind": "Node"}, "v1")
    made = cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    assert "serviceAccountName" not in made["spec"], "the API server's word"
    board = board_for(f"pod/{namespace}/aura-node-0", patience_seconds=1.0)
    plan = board.make_plan("revoke")
    assert (plan.steps, plan.nothing) == ((), False)
    assert "is a static pod, which runs as no account" in plan.blocked
    freezing = board.make_plan("freeze")
    assert f"system:serviceaccount:{namespace}:default" not in str(freezing), "nor is anybody frozen for it"
    outcome = run(board, board.make_plan("all"))
    assert exit_code(outcome) == 1, details(outcome)
    assert may_as(cluster, f"system:serviceaccount:{namespace}:default", "patch", "nodes")


@pytest.mark.usefixtures("account")
def test_what_its_pods_own_is_to_be_gone_before_anything_is_proved(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    """A driver starts executors that it owns; the garbage collector ends them, and one is held."""
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    [driver] = cluster.wait_for_pods(namespace, "app=aura", 1)
    for number, finalizers in enumerate([[], ["example.com/hold"]]):
        body = objects.pod(f"executor-{number}", labels={"app": "executor"})
        body["spec"]["serviceAccountName"] = ACCOUNT
        body["metadata"] |= owned_by(driver | {"kind": "Pod"}, "v1") | {"finalizers": finalizers}
        cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=executor", 2)
    board = board_for(name, patience_seconds=15.0)  # the garbage collector ends what can be ended meanwhile
    plan = board.make_plan("optimizer")
    own = "its pods own Pod/executor-0 -n {0}, Pod/executor-1 -n {0}: nothing is proved until they are gone too"
    assert own.format(namespace) in plan.warnings
    assert {step.target.name for step in plan.steps if not step.chosen} == {"executor-0", "executor-1"}
    outcome = run(board, plan)
    [proof] = [proof for proof in outcome.proofs if proof.claim == "the pods that its pods own are gone"]
    assert (proof.holds, exit_code(outcome)) == (False, 1)
    assert proof.detail == f"there is: {namespace}/executor-1 (terminating)"
    cluster.api.patch(f"/api/v1/namespaces/{namespace}/pods/executor-1", {"metadata": {"finalizers": None}})
