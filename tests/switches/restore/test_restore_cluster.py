"""Restoring on a real control plane: what the optimizer changed goes back, what others changed stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.records import StepState
from tests.support.waiting import eventually
from tests.switches.conftest import details
from tests.switches.watching import CUT, IT, RESOURCES, Watch, limits
from tests.testbed import objects

if TYPE_CHECKING:
    pass


def test_two_cut_containers_go_back_in_one_write_and_undo_cuts_them_again(watch: Watch) -> None:
    web = watch.make(containers=2, replicas=2)
    watch.cluster.wait_for_pods(watch.namespace, "app=web", 2)
    watch.its(web, limits(main=CUT, side_car=CUT), paths=4)
    plan = watch.plan()
    assert not plan.blocked
    (step,) = plan.steps
    assert step.title == (
        "web: cpu limit of main 100m → 1, memory limit of main 64Mi → 1000Mi, "
        "cpu limit of side-car 100m → 1, memory limit of side-car 64Mi → 1000Mi"
    )
    assert not step.refused
    assert any("dry run: the API server would take 1 of 1 writes" in words for words in plan.notes)
    since = watch.cluster.audit.position()
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert [proof.detail for proof in outcome.proofs if "pods" in proof.claim] == ["2 of 2"]
    writes = [each for each in watch.cluster.audit.requests(since, user="admin") if each.verb == "patch"]
    assert len(writes) == 1, "one write an object"
    assert watch.resources(web, 0) == watch.resources(web, 1) == RESOURCES
    managers = {each["manager"] for each in watch.get(web)["metadata"]["managedFields"]}
    assert "opsconsole" in managers
    eventually(lambda: set(watch.standing("web").values()) == {"restored"}, "it is seen")
    assert watch.plan().blocked == "nothing to restore: 4 fields already as before"
    undo = watch.board.undo_plan()
    assert undo.steps[0].title.startswith("Undo web: cpu limit of main 1 → 100m")
    assert watch.run(undo).success
    assert watch.resources(web)["limits"] == CUT["limits"]


def test_ten_patches_evict_the_good_template_from_the_history_and_it_is_known_all_the_same(watch: Watch) -> None:
    web = watch.make(revisionHistoryLimit=1)
    for number in range(10, 0, -1):
        watch.cluster.api.patch(
            f"{web}?fieldManager={IT}",
            limits(main={"limits": {"memory": f"{60 + number}Mi"}}),
            "application/strategic-merge-patch+json",
        )
    eventually(lambda: [row.now for row in watch.damage()] == ["61Mi"], "the last is seen")
    plan = watch.plan()
    assert [step.title for step in plan.steps] == ["web: memory limit of main 61Mi → 1000Mi"]
    assert plan.steps[0].command == (
        f"kubectl -n {watch.namespace} set resources deployment/web -c main --limits=memory=1000Mi"
    )
    assert watch.run(plan).success
    assert watch.resources(web) == RESOURCES


def test_what_a_person_has_changed_since_is_not_overwritten(watch: Watch) -> None:
    web = watch.make()
    watch.its(web, limits(main=CUT), paths=2)
    watch.persons(web, limits(main={"limits": {"memory": "800Mi"}}))
    eventually(lambda: "changed since" in watch.standing("web").values(), "it is seen")
    plan = watch.plan()
    assert [step.title for step in plan.steps] == ["web: cpu limit of main 100m → 1"]
    assert any(words.startswith("LEFT OUT") and "kubectl-edit wrote 800Mi since" in words for words in plan.notes)
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert watch.resources(web)["limits"] == {"cpu": "1", "memory": "800Mi"}


def test_what_a_person_changes_between_plan_and_patch_stays_and_is_said(watch: Watch) -> None:
    web = watch.make()
    watch.its(web, limits(main=CUT), paths=2)
    plan = watch.plan()
    watch.persons(web, limits(main={"limits": {"memory": "800Mi"}}))
    outcome = watch.run(plan)
    assert outcome.steps[0].state is StepState.DONE
    assert "LEFT: memory limit of main was changed to 800Mi meanwhile" in outcome.steps[0].detail
    assert not outcome.success
    assert any("memory limit of main is 800Mi, not 1000Mi" in proof.detail for proof in outcome.proofs)
    assert watch.resources(web)["limits"] == {"cpu": "1", "memory": "800Mi"}


def test_an_object_that_was_made_anew_is_not_touched(watch: Watch) -> None:
    web = watch.make(replicas=0)
    watch.its(web, limits(main=CUT), paths=2)
    plan = watch.plan()
    watch.cluster.api.delete(web)
    eventually(lambda: not watch.cluster.api.exists(web), "it is gone")
    watch.make(replicas=0)
    watch.persons(web, limits(main=CUT))
    outcome = watch.run(plan)
    assert outcome.steps[0].state is StepState.FAILED
    assert "another Deployment/web" in outcome.steps[0].detail
    assert watch.resources(web)["limits"] == CUT["limits"]
    again = watch.plan()
    assert not again.steps
    assert any("another object has its name now" in words for words in again.notes)


def test_an_object_that_is_gone_is_named(watch: Watch) -> None:
    web = watch.make(replicas=0)
    watch.its(web, limits(main=CUT), paths=2)
    plan = watch.plan()
    watch.cluster.api.delete(web)
    eventually(lambda: not watch.cluster.api.exists(web), "it is gone")
    outcome = watch.run(plan)
    assert outcome.steps[0].state is StepState.SKIPPED
    assert not outcome.success
    eventually(lambda: "gone" in watch.standing("web").values(), "it is seen")
    again = watch.plan()
    assert again.blocked.startswith("nothing that could be put back safely")
    assert any("Deployment/web" in words and "not there any more" in words for words in again.notes)


def test_a_conflict_while_acting_is_read_and_worked_out_again(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    web = watch.make(replicas=0)
    watch.its(web, limits(main={"limits": {"memory": "64Mi", "cpu": None}}), paths=2)
    plan = watch.plan()
    assert "cpu limit of main not set → 1" in plan.steps[0].title
    writer = watch.board.registry.effects["fields.put"]._writer  # type: ignore[attr-defined]
    send, sent = writer._send_patch, []

    def meddle(path: str, body: bytes, *, dry: bool) -> Any:
        sent.append(path)
        if len(sent) == 1:
            watch.persons(web, {"spec": {"template": {"metadata": {"annotations": {"note": "a person was here"}}}}})
        return send(path, body, dry=dry)

    monkeypatch.setattr(writer, "_send_patch", meddle)
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert len(sent) == 2, "the first one met the person's version"
    assert watch.resources(web) == RESOURCES
    assert watch.get(web)["spec"]["template"]["metadata"]["annotations"]["note"] == "a person was here"


def test_a_limit_below_its_old_request_goes_up_with_it_in_one_patch(watch: Watch) -> None:
    web = watch.make(replicas=0)
    watch.persons(web, limits(main={"requests": {"memory": "512Mi"}}))
    eventually(lambda: _requests(watch, "web") == 2**29, "it is seen")
    cut = {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}
    watch.its(web, limits(main=cut), paths=2)
    plan = watch.plan()
    assert len(plan.steps) == 1
    assert "--limits=memory=1000Mi --requests=memory=512Mi" in plan.steps[0].command
    assert watch.run(plan).success
    assert watch.resources(web)["requests"]["memory"] == "512Mi"


def test_bounds_come_before_replicas_and_what_starts_cold_is_said(watch: Watch) -> None:
    web = watch.make(replicas=3)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    hpa = watch.create("HorizontalPodAutoscaler", "web", {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 6})
    eventually(lambda: f"{watch.namespace}/web" in watch.console.store.hpas, "the HPA is seen")
    watch.its(hpa, {"spec": {"minReplicas": 1, "maxReplicas": 1}}, paths=2)
    watch.its(web, {"spec": {"replicas": 0}})
    plan = watch.plan()
    assert [step.title for step in plan.steps] == [
        "HPA web: minReplicas 1 → 2, maxReplicas 1 → 6",
        "web: replicas 0 → 3",
    ]
    assert any("3 pods more start at the same time, cold; from 0" in words for words in plan.warnings)
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert watch.get(web)["spec"]["replicas"] == 3
    assert watch.get(hpa)["spec"]["maxReplicas"] == 6
    assert [proof.detail for proof in outcome.proofs if "pods are ready" in proof.claim] == ["3 of 3"]


def test_taints_come_off_before_workloads_and_the_node_s_own_stay(watch: Watch, own_node: str) -> None:
    node = f"/api/v1/nodes/{own_node}"
    eventually(lambda: objects.node_is_ready(watch.get(node)), "it is ready")
    own = {"key": "dedicated", "value": "jvm", "effect": "NoSchedule"}
    ill = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}
    watch.persons(node, {"spec": {"taints": [own]}})
    nodes = watch.console.store.nodes
    eventually(lambda: own_node in nodes and len(nodes[own_node].taints) == 1, "it is seen")
    web = watch.make(replicas=0)
    isolated = {"key": "aura.ai/isolated", "value": "true", "effect": "NoSchedule"}
    watch.its(node, {"spec": {"taints": [own, isolated], "unschedulable": True}}, paths=2)
    watch.its(web, limits(main=CUT), paths=2)
    watch.persons(node, {"spec": {"taints": [own, isolated, ill]}}, "kube-controller-manager")
    plan = watch.plan()
    assert [step.target.kind for step in plan.steps] == ["Node", "Deployment"]
    assert (
        plan.steps[0].command
        == f"kubectl taint node {own_node} aura.ai/isolated:NoSchedule-; kubectl uncordon {own_node}"
    )
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    spec = watch.get(node)["spec"]
    keys = {taint["key"] for taint in spec["taints"]} - {"node.kubernetes.io/unschedulable"}
    assert keys >= {"dedicated"}
    assert "aura.ai/isolated" not in keys
    assert not spec.get("unschedulable")


def test_suspended_cronjobs_and_statefulsets_and_daemonsets_go_back(watch: Watch) -> None:
    cron = watch.make("CronJob", "nightly", suspend=False)
    stateful = watch.make("StatefulSet", "db", serviceName="db", replicas=2)
    daemon = watch.make("DaemonSet", "agent")
    watch.its(cron, {"spec": {"suspend": True}})
    watch.its(stateful, {"spec": {"replicas": 0}})
    watch.its(daemon, limits(main=CUT), paths=2)
    plan = watch.plan()
    outcome = watch.run(plan)
    assert outcome.success, details(outcome)
    assert not watch.get(cron)["spec"].get("suspend")
    assert watch.get(stateful)["spec"]["replicas"] == 2
    assert watch.resources(daemon) == RESOURCES


def test_what_a_budget_selects_is_said_and_not_put_back(watch: Watch) -> None:
    selector = {"matchLabels": {"app": "web"}}
    pdb = watch.create("PodDisruptionBudget", "web", {"minAvailable": 1, "selector": selector})
    eventually(lambda: f"{watch.namespace}/web" in watch.console.store.pdbs, "it is seen")
    watch.cluster.api.patch(f"{pdb}?fieldManager={IT}", {"spec": {"selector": {"matchLabels": {"app": "nobody"}}}})
    eventually(lambda: watch.open(pdb) == 1, "the damage is seen")
    plan = watch.plan()
    assert plan.blocked
    assert any("selector" in words for words in plan.notes)


def test_the_plan_warns_while_the_optimizer_may_write_and_not_once_it_can_t(
    watch: Watch, account: str, rbac: Any
) -> None:
    del account
    rbac.binding("admin", [rbac.me])
    aura = watch.make(name="aura", replicas=1)
    watch.persons(aura, {"spec": {"template": {"spec": {"serviceAccountName": rbac.me["name"]}}}})
    watch.cluster.wait_for_pods(watch.namespace, "app=aura", 1)
    web = watch.make(replicas=0)
    watch.its(web, limits(main=CUT), paths=2)
    (loud,) = [words for words in watch.plan().warnings if "IT MAY WRITE AGAIN" in words]
    assert "press 1 first" in loud
    assert "press 2 first" in loud
    assert watch.run(watch.board.make_plan("revoke")).success
    assert watch.run(watch.board.make_plan("optimizer")).steps
    eventually(lambda: not watch.cluster.pods(watch.namespace, "app=aura"), "it is gone")
    assert not [words for words in watch.plan().warnings if "WRITE AGAIN" in words]


def test_nothing_to_restore_says_what_that_means(watch: Watch) -> None:
    watch.make(replicas=0)
    eventually(lambda: watch.plan().blocked.startswith("nothing known to restore"), "its log is looked for")
    assert "kubectl rollout history" in watch.plan().blocked


def _requests(watch: Watch, name: str) -> float | None:
    record = watch.console.store.workloads[f"Deployment/{watch.namespace}/{name}"]
    return record.containers[0].resources.memory_request


def test_old_pods_that_are_ready_are_not_taken_for_new_ones_that_are_not(watch: Watch, own_node: str) -> None:
    """A surge keeps all old pods until the new ones are ready: a status counts both among the ready."""
    node = f"/api/v1/nodes/{own_node}"
    eventually(lambda: objects.node_is_ready(watch.get(node)), "it is ready")
    surge = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}
    web = watch.make(replicas=2, strategy=surge)
    pinned = {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": own_node}}}}}
    watch.persons(web, pinned)
    watch.its(web, limits(main=CUT), paths=2)

    def rolled() -> bool:
        status = watch.get(web)["status"]
        return [status.get(each) for each in ("replicas", "updatedReplicas", "readyReplicas")] == [2, 2, 2]

    eventually(rolled, "it has rolled out")
    watch.persons(node, {"spec": {"unschedulable": True}})  # no new pod finds a place
    plan = watch.plan()
    outcome = watch.run(plan)
    (proof,) = [proof for proof in outcome.proofs if "its pods are ready" in proof.claim]
    assert proof.holds is None, proof
    assert "2 with the old values are there yet" in proof.detail
    assert not outcome.success


def test_pods_that_a_person_has_to_delete_are_not_promised_and_he_is_told_how(watch: Watch) -> None:
    db = watch.make("StatefulSet", "db", replicas=2, serviceName="db", updateStrategy={"type": "OnDelete"})
    watch.cluster.wait_for_pods(watch.namespace, "app=db", 2)
    watch.its(db, limits(main=CUT), paths=2)
    pods = f"/api/v1/namespaces/{watch.namespace}/pods"
    for number in range(2):
        watch.cluster.api.delete(f"{pods}/db-{number}")
    watch.cluster.wait_for_pods(watch.namespace, "app=db", 2)
    eventually(lambda: _of_pod(watch, f"{pods}/db-0") == CUT["limits"], "its pods are cut")
    plan = watch.plan()
    told = f"kubectl -n {watch.namespace} delete pods -l app=db"
    assert any("OnDelete" in words and told in words for words in plan.warnings), plan.warnings
    assert not any("as a rollout" in words for words in plan.notes)
    outcome = watch.run(plan)
    assert watch.resources(db) == RESOURCES
    assert not outcome.success
    (proof,) = [proof for proof in outcome.proofs if "its pods are ready" in proof.claim]
    assert proof.holds is None
    assert told in proof.detail


def _of_pod(watch: Watch, path: str) -> Any:
    return watch.get(path)["spec"]["containers"][0]["resources"]["limits"]
