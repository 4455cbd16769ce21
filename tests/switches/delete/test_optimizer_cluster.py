"""Deleting an optimizer on a real control plane: every kind of owner, and what goes wrong with each."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.journal.reader import read_entries
from opsconsole.records import StepState
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, BoardMaker, details, run, states
from tests.testbed import objects
from tests.testbed.api import ApiError
from tests.testbed.plane.logs import append_log

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.aura import AuraWorld
    from tests.testbed.cluster import TestCluster

APPS = "/apis/apps/v1/namespaces/{}/{}"
BATCH = "/apis/batch/v1/namespaces/{}/{}"


def template(**spec: Any) -> dict[str, Any]:
    """Of its pods; those of a Job would else be over after a second or two, on a busy machine before a test looks."""
    container = {"name": "main", "image": "registry.example/aura:1"}
    pod = {"serviceAccountName": ACCOUNT, "terminationGracePeriodSeconds": 1, "containers": [container], **spec}
    lives = {f"pod-complete.stage.kwok.x-k8s.io/{name}": "1h" for name in ("delay", "jitter-delay")}
    return {"metadata": {"labels": {"app": "aura"}, "annotations": lives}, "spec": pod}


def make(cluster: TestCluster, namespace: str, kind: str, **spec: Any) -> str:
    """Create a controller named ``aura`` and wait for its pod. Returns the settings' name of it."""
    group, plural = {"Deployment": (APPS, "deployments"), "StatefulSet": (APPS, "statefulsets")}.get(
        kind, (BATCH if "Job" in kind else APPS, f"{kind.lower()}s")
    )
    body: dict[str, Any] = {"kind": kind, "metadata": {"name": "aura"}, "spec": spec}
    body["apiVersion"] = "batch/v1" if group is BATCH else "apps/v1"
    cluster.api.post(group.format(namespace, plural), body)
    return f"{namespace}/aura"


def selector() -> dict[str, Any]:
    return {"selector": {"matchLabels": {"app": "aura"}}, "template": template()}


def running(cluster: TestCluster, namespace: str) -> list[str]:
    return [str(pod["metadata"]["name"]) for pod in cluster.pods(namespace, "app=aura")]


@pytest.mark.usefixtures("account")
def test_a_deployment_is_scaled_to_0_its_pods_go_and_undo_scales_it_back(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=2, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 2)
    board = board_for(name)
    plan = board.make_plan("optimizer")
    assert [step.effect for step in plan.steps] == [
        "evidence.collect",
        "workload.set",
        *["pod.delete"] * 2,
        *["pod.force"] * 2,
    ]
    assert plan.steps[1].command == f"kubectl scale deployment/aura -n {namespace} --replicas=0"
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert running(cluster, namespace) == []
    scale = cluster.api.get(APPS.format(namespace, "deployments/aura/scale"))
    assert not scale["spec"].get("replicas")
    undo = board_for(name).undo_plan()
    assert [step.title for step in undo.steps] == [f"Set Deployment/aura -n {namespace} back to 2"]
    outcome = run(board, undo)
    assert outcome.success, details(outcome)
    cluster.wait_for_pods(namespace, "app=aura", 2)


@pytest.mark.usefixtures("account")
def test_the_pod_of_a_deployment_leads_to_its_owner(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"{namespace}/{pod['metadata']['name']}")
    plan = board.make_plan("optimizer")
    assert plan.title == f"Delete the optimizer Deployment/aura -n {namespace}"
    assert any("ReplicaSet/aura-" in words and "Deployment/aura" in words for words in plan.notes)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert board.make_plan("optimizer").blocked.startswith("nothing to delete")


@pytest.mark.usefixtures("account")
def test_a_statefulset_is_scaled_and_split_brain_is_warned_of(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "StatefulSet", replicas=1, serviceName="aura", **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(name)
    plan = board.make_plan("optimizer")
    assert any("split brain" in words for words in plan.warnings)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert running(cluster, namespace) == []


@pytest.mark.usefixtures("account")
def test_the_volumes_of_a_statefulset_that_deletes_them_when_scaled_down_are_kept(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    claim["spec"]["resources"] = {"requests": {"storage": "1Gi"}}
    policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
    more = {"volumeClaimTemplates": [claim], "persistentVolumeClaimRetentionPolicy": policy}
    name = make(cluster, namespace, "StatefulSet", replicas=1, serviceName="aura", **selector(), **more)
    path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/data-aura-0"
    eventually(lambda: cluster.api.exists(path), "its claim is there")
    board = board_for(name)
    plan = board.make_plan("optimizer")
    effects = [step.effect for step in plan.steps]
    assert effects.index("workload.keep-volumes") < effects.index("workload.set")
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert "deletionTimestamp" not in cluster.api.get(path)["metadata"]
    eventually(lambda: not cluster.api.get(path)["metadata"].get("ownerReferences"), "nothing will collect it")
    assert run(board, board.undo_plan()).success
    assert cluster.api.exists(path)


@pytest.mark.usefixtures("account")
def test_a_cronjob_and_its_running_job_are_suspended_and_undo_lets_them_run(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    job = {"template": template(restartPolicy="Never")}
    name = make(cluster, namespace, "CronJob", schedule="0 0 1 1 *", jobTemplate={"spec": job})
    cron = cluster.api.get(BATCH.format(namespace, "cronjobs/aura"))
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "aura", "uid": cron["metadata"]["uid"]}
    body = {"metadata": {"name": "aura-1", "ownerReferences": [owner | {"controller": True}]}, "spec": job}
    body["spec"]["template"]["metadata"]["labels"] = {"app": "aura"}
    cluster.api.post(BATCH.format(namespace, "jobs"), {"apiVersion": "batch/v1", "kind": "Job", **body})
    eventually(lambda: bool(running(cluster, namespace)), "the job's pod is there")
    board = board_for(name)
    plan = board.make_plan("optimizer")
    set_steps = [str(step.target) for step in plan.steps if step.effect == "workload.set"]
    assert set_steps[0] == f"CronJob/aura -n {namespace}"
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert cluster.api.get(BATCH.format(namespace, "cronjobs/aura"))["spec"]["suspend"] is True
    undo = board.undo_plan()
    assert run(board, undo).success
    assert cluster.api.get(BATCH.format(namespace, "cronjobs/aura"))["spec"]["suspend"] is False


@pytest.mark.usefixtures("account")
def test_a_daemonset_is_kept_off_the_nodes_and_undo_lets_it_back(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "DaemonSet", **selector())
    eventually(lambda: len(running(cluster, namespace)) >= 3, "its pods run")
    board = board_for(name)
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    assert running(cluster, namespace) == []
    assert run(board, board.undo_plan()).success
    eventually(lambda: len(running(cluster, namespace)) >= 3, "its pods run again")


@pytest.mark.usefixtures("account")
def test_a_bare_pod_goes_and_what_can_not_be_undone_is_said(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    body = objects.pod("aura", labels={"app": "aura"})
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"pod/{namespace}/aura")
    plan = board.make_plan("optimizer")
    assert any("bare pod" in words for words in plan.notes)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert board.undo_plan().blocked.startswith("nothing to undo")


@pytest.mark.usefixtures("account")
def test_a_finalizer_is_shown_never_stripped_and_the_proof_says_who_holds_it(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    body = objects.pod("aura", labels={"app": "aura"})
    body["metadata"]["finalizers"] = ["example.org/held"]
    body["spec"]["serviceAccountName"] = ACCOUNT
    path = f"/api/v1/namespaces/{namespace}/pods"
    cluster.api.post(path, body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"pod/{namespace}/aura", grace_seconds=1.0, patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    assert any("example.org/held" in words and "never stripped" in words for words in plan.warnings)
    outcome = run(board, plan)
    assert not outcome.success
    assert any("held by finalizers example.org/held" in proof.detail for proof in outcome.proofs), details(outcome)
    assert cluster.api.get(f"{path}/aura")["metadata"]["finalizers"] == ["example.org/held"]
    cluster.api.patch(f"{path}/aura", {"metadata": {"finalizers": None}})


@pytest.mark.usefixtures("account")
def test_a_webhook_that_refuses_to_let_its_pods_go_is_named_with_the_step_that_removes_it(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    name = make(cluster, namespace, "Deployment", replicas=1, **selector())
    (pod,) = cluster.wait_for_pods(namespace, "app=aura", 1)
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["pods"]}
    hook = {
        "name": f"keep.{namespace}.example",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
    }
    cluster.api.post(path, {"metadata": {"name": f"keep-{namespace}"}, "webhooks": [hook]})
    target = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"

    def is_refused() -> bool:
        try:
            cluster.api.delete(f"{target}?dryRun=All")
        except ApiError as error:
            return error.status != 404
        return False

    try:
        eventually(is_refused, "the webhook")
        board = board_for(name, grace_seconds=1.0, patience_seconds=1.0)
        outcome = run(board, board.make_plan("optimizer"))
        (deleted,) = [step for step in outcome.steps if step.step.startswith("pod.delete")]
        assert deleted.state is StepState.FAILED
        assert f"admission webhook keep.{namespace}.example is in the way" in deleted.detail, deleted.detail
        assert not outcome.success, details(outcome)
    finally:
        cluster.api.delete(f"{path}/keep-{namespace}")


@pytest.mark.usefixtures("account")
def test_an_owner_of_an_unknown_kind_is_named(cluster: TestCluster, namespace: str, board_for: BoardMaker) -> None:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    owner = {"apiVersion": "ml.example.org/v1", "kind": "Optimizer", "name": "boss", "uid": "11-22", "controller": True}
    path = APPS.format(namespace, "deployments/aura")
    # The garbage collector finds no such kind and leaves it alone for the moment that this takes.
    cluster.api.patch(path, {"metadata": {"ownerReferences": [owner]}})
    plan = board_for(f"{namespace}/aura").make_plan("optimizer")
    assert any("Optimizer.ml.example.org/boss" in words for words in plan.warnings)
    assert any(step.target.kind == "Deployment" for step in plan.steps)


@pytest.mark.usefixtures("account")
def test_a_pod_that_vanished_is_fine_and_one_with_another_uid_is_refused(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods"
    body = objects.pod("aura", labels={"app": "aura"})
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(path, body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"pod/{namespace}/aura", patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    cluster.api.delete(f"{path}/aura", {"gracePeriodSeconds": 0})
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert "not there any more" in next(s.detail for s in outcome.steps if s.step.startswith("pod.delete"))
    anew = cluster.api.post(path, body)["metadata"]["uid"]
    cluster.wait_for_pods(namespace, "app=aura", 1)
    outcome = run(board, plan)
    deletion = next(s for s in outcome.steps if s.step.startswith("pod.delete"))
    assert deletion.state is StepState.FAILED
    assert "not touched" in deletion.detail
    assert cluster.api.get(f"{path}/aura")["metadata"]["uid"] == anew
    assert not outcome.success, "a new pod of the same account is there"


@pytest.mark.usefixtures("account")
def test_by_force_at_once_is_said_to_be_unproved_on_the_node(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"{namespace}/aura", grace_seconds=0, patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    assert any("crictl ps" in words for words in plan.warnings)
    assert not any(step.effect == "pod.force" for step in plan.steps)
    outcome = run(board, plan)
    proofs = {proof.claim: proof.holds for proof in outcome.proofs}
    assert proofs["its containers have ended"] is None
    assert proofs["its pod is gone (UID)"] is True, details(outcome)
    assert not outcome.success


def test_evidence_is_kept_before_the_pods_go_and_holds_no_secret(
    cluster: TestCluster, aura: AuraWorld, board_for: BoardMaker, journal_dir: Path
) -> None:
    append_log(aura.optimizer_log, "connecting with Authorization: Bearer sooper-secret-token-1234567890")
    cluster.logs.restart(aura.ops, aura.optimizer_pod, "optimizer")
    append_log(aura.optimizer_log, "back again")
    board = board_for(f"{aura.ops}/{aura.optimizer}")
    outcome = run(board, board.make_plan("optimizer"))
    assert outcome.success, details(outcome)
    kept = {path.name: path.read_text() for path in (journal_dir / "evidence" / outcome.run).iterdir()}
    pod = f"pod-{aura.ops}_{aura.optimizer_pod}"
    assert {f"deployment-{aura.ops}_{aura.optimizer}.json", f"{pod}.json", f"{pod}_optimizer.log"} <= kept.keys()
    assert any(name.endswith(".previous.log") for name in kept)
    assert "back again" in kept[f"{pod}_optimizer.log"]
    assert not any("sooper-secret" in text for text in kept.values())
    assert json.loads(kept[f"{pod}.json"])["metadata"]["name"] == aura.optimizer_pod
    entry = next(entry for entry in read_entries(journal_dir) if entry.kind == "evidence")
    assert {each["file"].rpartition("/")[2] for each in entry.body["files"]} == kept.keys()


@pytest.mark.usefixtures("account")
def test_others_on_the_same_account_are_named_and_live(
    cluster: TestCluster, namespace: str, board_for: BoardMaker
) -> None:
    make(cluster, namespace, "Deployment", replicas=1, **selector())
    cluster.wait_for_pods(namespace, "app=aura", 1)
    body = objects.pod("worker", labels={"app": "worker"})
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    cluster.wait_for_pods(namespace, "app=worker", 1)
    board = board_for(f"{namespace}/aura")
    plan = board.make_plan("optimizer")
    assert any("Pod/worker" in words for words in plan.warnings)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert cluster.pods(namespace, "app=worker")


@pytest.mark.usefixtures("account")
def test_a_pod_that_comes_back_breaks_the_proof(cluster: TestCluster, namespace: str, board_for: BoardMaker) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods"
    body = objects.pod("aura", labels={"app": "aura"})
    body["spec"]["serviceAccountName"] = ACCOUNT
    cluster.api.post(path, body)
    cluster.wait_for_pods(namespace, "app=aura", 1)
    board = board_for(f"pod/{namespace}/aura", quiet_seconds=3.0, patience_seconds=1.0)
    plan = board.make_plan("optimizer")
    again: list[float] = []

    def bring_back(outcome: Any) -> None:
        counted = [proof for proof in outcome.proofs if "no new pod" in proof.claim and " of 3 s" in proof.detail]
        if counted and not again:
            again.append(time.time())
            cluster.api.post(path, body | {"metadata": {"name": "aura-again", "labels": {"app": "aura"}}})

    outcome = run(board, plan, on_progress=bring_back)
    assert again
    assert not outcome.success
    assert any(f"{namespace}/aura-again" in proof.detail for proof in outcome.proofs), details(outcome)


def test_all_three_go_on_when_one_can_not_and_say_so(
    cluster: TestCluster, aura: AuraWorld, board_for: BoardMaker
) -> None:
    board = board_for(f"{aura.ops}/{aura.optimizer}")
    plan = board.make_plan("all")
    assert any(words.startswith("left out: Clean up GPUs") for words in plan.notes)
    prefixes = [step.key.partition(":")[0] for step in plan.steps]
    assert prefixes == sorted(prefixes, key=["revoke", "optimizer", "gpu"].index)
    outcome = run(board, plan)
    assert outcome.success, details(outcome)
    assert StepState.FAILED not in states(plan, outcome).values()
    undo = board.undo_plan()
    assert {step.effect for step in undo.steps} == {"rbac.recreate", "workload.set"}
    assert undo.steps[-1].effect == "rbac.recreate", "rights come back last"
