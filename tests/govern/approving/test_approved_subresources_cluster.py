"""Approvals through ``/scale`` and of evictions on a real API server: kubectl as the optimizer is the witness."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.govern.approvals.listed import CHANGED, WRITTEN, lines, to_scale
from opsconsole.govern.names import LISTED, PREFIX
from opsconsole.govern.rules.lapsed import RUNS
from opsconsole.records import ChangeField, Ref
from opsconsole.switches.approve.requests import ApprovalAsk
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.withdraw.lapse import Lapses
from tests.govern.builders import apps, core, deployment
from tests.govern.conftest import GovernBoard, do, refused
from tests.support.approving import approve, approve_switch, chosen, to_replicas
from tests.support.waiting import eventually
from tests.switches.conftest import ACCOUNT, details, run
from tests.testbed import objects
from tests.testbed.api import Api
from tests.testbed.rights import wait_for_rules

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

pytestmark = pytest.mark.cluster


def sign(board: Switchboard, *asks: ApprovalAsk) -> str:
    """Let the approver sign off what is asked for; returns what the proofs say."""
    return "; ".join(proof.detail for proof in approve(board, *asks).proofs)


def gone(namespace: str, name: str) -> ApprovalAsk:
    return ApprovalAsk(Ref("Pod", namespace, name), 0.0, deletes=True)


def kubectl_as(cluster: TestCluster, namespace: str) -> Callable[..., str]:
    """Run kubectl as the optimizer; returns all that it says."""
    user = f"--as=system:serviceaccount:{namespace}:{ACCOUNT}"
    return lambda *words: cluster.kubectl(*words, "-n", namespace, user, check=False)


def listed(cluster: TestCluster, namespace: str) -> tuple[str, ...]:
    return lines(cluster.api.get(f"/api/v1/namespaces/{namespace}"))


def test_an_approved_scale_gets_through_once_with_exactly_those_values(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    kubectl = kubectl_as(cluster, namespace)
    assert "replicas must stay within" in kubectl("scale", "deploy/web", "--replicas=0")
    assert "by update and /scale" in sign(ann, to_replicas(0, namespace))
    assert "replicas must stay within" in kubectl("scale", "deploy/web", "--replicas=500")
    assert "replicas must stay within" in kubectl("scale", "deploy/db", "--replicas=0")
    assert "scaled" in kubectl("scale", "deploy/web", "--replicas=0")
    cluster.api.patch(f"{apps(namespace)}/scale", {"spec": {"replicas": 3}})
    assert listed(cluster, namespace), "the approval is still there, and of no use"
    assert "replicas must stay within" in kubectl("scale", "deploy/web", "--replicas=0")
    assert "replicas must stay within" in kubectl("patch", "deploy/web", "-p", '{"spec":{"replicas":0}}')


def test_what_was_approved_to_be_scaled_can_be_updated_instead_and_that_once_too(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    kubectl = kubectl_as(cluster, namespace)
    sign(ann, to_replicas(0, namespace))
    rider = '{"spec":{"replicas":0,"template":{"spec":{"containers":[{"name":"main","image":"evil"}]}}}}'
    assert "images" in kubectl("patch", "deploy/web", "-p", rider)
    assert "patched" in kubectl("patch", "deploy/web", "-p", '{"spec":{"replicas":0}}')
    cluster.api.patch(f"{apps(namespace)}/scale", {"spec": {"replicas": 3}})
    for words in (["patch", "deploy/web", "-p", '{"spec":{"replicas":0}}'], ["scale", "deploy/web", "--replicas=0"]):
        assert "replicas must stay within" in kubectl(*words)


def test_an_approved_scale_is_void_once_the_object_was_written_otherwise(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    """A Scale shows nothing but the resource version that tells whether the object is the one that was looked at."""
    sign(ann, to_replicas(0, namespace))
    cluster.api.patch(apps(namespace), {"metadata": {"labels": {"a": "b"}}})
    assert "replicas must stay within" in kubectl_as(cluster, namespace)("scale", "deploy/web", "--replicas=0")


def test_that_an_approval_is_void_is_told_and_what_lets_nothing_through_is_taken_off(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    sign(ann, to_replicas(0, namespace))
    told: list[str] = []

    def pause(_: float) -> None:
        """Between two looks the object is written: first a label of it, then what it runs."""
        if len(told) == 1:
            cluster.api.patch(apps(namespace), {"spec": {"paused": True}})
        threading.Event().wait(0.2)

    cluster.api.patch(apps(namespace), {"metadata": {"labels": {"a": "b"}}})
    Lapses(ann, SystemClock(), pause).watch(told.append)
    assert [WRITTEN in told[0], CHANGED in told[1], "not used; the approval is taken off" in told[2]] == [True] * 3
    assert not listed(cluster, namespace)


def test_a_namespace_that_lists_thousands_of_approvals_is_judged_all_the_same(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    """CEL has a budget for each request: 200 kB of lines are far within it."""
    sign(ann, to_replicas(0, namespace))
    line, place = listed(cluster, namespace)[0], f"/api/v1/namespaces/{namespace}"
    many = [f"2026-01-01T00:00:00Z scale/{number:036}/3-0/v1/g1" for number in range(3000)]
    cluster.user_api("ann", ["sre-approvers", "system:masters"]).patch(place, note("\n".join([*many, line])))
    kubectl = kubectl_as(cluster, namespace)
    eventually(lambda: "replicas must stay within" in kubectl("scale", "deploy/web", "--replicas=500"), "judged")
    assert "scaled" in kubectl("scale", "deploy/web", "--replicas=0")


def memory(size: str, number: float) -> ChangeField:
    return ChangeField("containers[main].resources.limits.memory", "", size, None, number)


CUT = json.dumps({"spec": {"template": {"spec": {"containers": [{"name": "main", "resources": {
    "limits": {"memory": "500Mi"}}}]}}}})  # fmt: skip


@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "in one plan"])
def test_who_signs_replicas_and_then_limits_gets_both(
    cluster: TestCluster, namespace: str, ann: Switchboard, together: bool
) -> None:
    """The grant of the limits is written on the object: that alone would void the line about its replicas."""
    limits = ApprovalAsk(Ref("Deployment", namespace, "web"), 0.0, fields=(memory("500Mi", 500.0 * 2**20),))
    if together:
        sign(ann, to_replicas(0, namespace), limits)
    else:
        sign(ann, to_replicas(0, namespace))
        sign(ann, limits)
    kubectl = kubectl_as(cluster, namespace)
    # The API server's own view of the Namespace may be a moment old.
    eventually(lambda: "scaled" in kubectl("scale", "deploy/web", "--replicas=0", "--dry-run=server"), "approved")
    assert "patched" in kubectl("patch", "deploy/web", "-p", CUT, "--dry-run=server")
    assert "replicas must stay within" in kubectl("scale", "deploy/db", "--replicas=0", "--dry-run=server")
    assert "scaled" in kubectl("scale", "deploy/web", "--replicas=0")


def test_what_shows_no_time_of_its_own_ends_by_the_clock_of_the_api_servers_leases(
    cluster: TestCluster, namespace: str, ann: Switchboard, optimizer: Api
) -> None:
    """Nobody takes anything off here: the console that signed is gone."""
    # Other tests have uninstalled the rules: only an API server that was started since follows its Leases.
    cluster.kill_apiserver()
    cluster.restart_apiserver()
    approve_switch(ann).minutes = 1.0
    (pod,) = (each["metadata"]["name"] for each in pods_of(cluster, namespace, "web")[:1])
    sign(ann, to_replicas(0, namespace))
    sign(ann, gone(namespace, pod))
    sign(ann, ApprovalAsk(Ref("Deployment", namespace, "db"), 0.0, deletes=True))
    assert "ends at its time by the clock" in "\n".join(ann.make_plan("approve").warnings)

    def refusals() -> list[str]:
        return [
            refused(lambda: optimizer.patch(f"{apps(namespace)}/scale?dryRun=All", {"spec": {"replicas": 0}})),
            refused(lambda: optimizer.delete(f"{core(namespace, 'pods', pod)}?dryRun=All")),
            refused(lambda: optimizer.delete(f"{apps(namespace, 'db')}?dryRun=All")),
        ]

    assert refusals() == ["", "", ""]
    eventually(lambda: all("lapsed: the time of this approval is over" in each for each in refusals()), "over", 180)
    within = {"spec": {"replicas": 4}}
    assert refused(lambda: optimizer.patch(f"{apps(namespace)}/scale?dryRun=All", within)) == ""


def test_the_annotation_that_asks_for_the_clock_stops_no_dry_run_of_a_namespace_that_the_optimizer_may_write(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    """Left there by the optimizer, each dry run of whoever keeps the Namespace (GitOps, an approver) would ask, too."""
    del ann
    cluster.kill_apiserver()  # as above: it has to follow its Leases
    cluster.restart_apiserver()
    asks = {"metadata": {"annotations": {f"{PREFIX}/clock-since": "0"}}}
    there, here = (f"/api/v1/namespaces/{name}" for name in ("kube-system", namespace))
    eventually(lambda: RUNS in refused(lambda: cluster.api.patch(f"{there}?dryRun=All", asks)), "its clock runs", 60)
    cluster.api.patch(here, asks)
    assert refused(lambda: cluster.api.patch(f"{here}?dryRun=All", {"metadata": {"labels": {"team": "shop"}}})) == ""


def test_after_the_rules_were_taken_away_and_installed_again_the_plan_says_that_no_clock_ends_an_approval(
    cluster: TestCluster, namespace: str, account: str, ann: Switchboard, board_for: GovernBoard
) -> None:
    """The API server follows no Lease any more: whatever Leases there are, nothing that it sees is renewed."""
    del ann
    taken = board_for(account).make_plan("uninstall-governor")
    assert "find no clock until each API server was restarted" in "; ".join(taken.warnings)
    do(board_for(account), "uninstall-governor")
    do(board_for(account), "install-governor")
    board = board_for(account, kubeconfig=cluster.kubeconfig_for_user("ann", ["sre-approvers", "system:masters"]))
    approve_switch(board).reader.further = (to_replicas(0, namespace, "web"),)
    words = "no clock ends it through /scale here (the API server was asked"
    # What it saw last may have been renewed just now.
    eventually(lambda: words in "; ".join(board.make_plan("approve").warnings), "it is told that none does", 180)


def test_an_approved_scale_of_a_stateful_set_gets_through(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    body = {**deployment("disk"), "kind": "StatefulSet"}
    body["spec"] = {**body["spec"], "serviceName": "disk", "replicas": 1}
    place = f"/apis/apps/v1/namespaces/{namespace}/statefulsets"
    cluster.api.post(place, body)
    eventually(lambda: cluster.api.get(f"{place}/disk")["status"].get("availableReplicas") == 1, "it is up", 60)
    kubectl = kubectl_as(cluster, namespace)
    assert "replicas must stay within" in kubectl("scale", "statefulset/disk", "--replicas=200")
    sign(ann, to_replicas(200, namespace, "disk", "StatefulSet"))
    assert "replicas must stay within" in kubectl("scale", "statefulset/disk", "--replicas=201")
    assert "scaled" in kubectl("scale", "statefulset/disk", "--replicas=200")
    cluster.api.patch(f"{place}/disk", {"spec": {"replicas": 0}})


def evict(cluster: TestCluster, namespace: str, pod: str, uid: str = "") -> str:
    """Evict a pod as the optimizer does, by the API; returns the refusal."""
    api = cluster.service_account_api(namespace, ACCOUNT)
    body: dict[str, Any] = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
    if uid:
        body["deleteOptions"] = {"preconditions": {"uid": uid}}
    return refused(lambda: api.post(f"{core(namespace, f'pods/{pod}')}/eviction", body))


def pods_of(cluster: TestCluster, namespace: str, app: str) -> list[dict[str, Any]]:
    found = cluster.api.get(f"{core(namespace, 'pods')}?labelSelector=app%3D{app}")["items"]
    return [each for each in found if "deletionTimestamp" not in each["metadata"]]


def test_an_approved_eviction_is_of_that_pod_alone(cluster: TestCluster, namespace: str, ann: Switchboard) -> None:
    first, second = (each["metadata"]["name"] for each in pods_of(cluster, namespace, "web")[:2])
    assert "may not delete or evict" in evict(cluster, namespace, first)
    assert "by delete and eviction" in sign(ann, gone(namespace, first))
    assert "may not delete or evict" in evict(cluster, namespace, second)
    assert evict(cluster, namespace, first) == ""


def test_a_pod_that_was_approved_to_be_evicted_can_be_deleted_instead(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    first, second = (each["metadata"]["name"] for each in pods_of(cluster, namespace, "web")[:2])
    kubectl = kubectl_as(cluster, namespace)
    sign(ann, gone(namespace, first))
    assert "may not delete or evict" in kubectl("delete", "pod", second, "--wait=false")
    assert "deleted" in kubectl("delete", "pod", first, "--wait=false")


def test_a_pod_whose_name_comes_back_is_evicted_by_its_uid_and_that_once(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    def make() -> str:
        return str(cluster.api.post(core(namespace, "pods"), objects.pod("disk-0"))["metadata"]["uid"])

    uid = make()
    sign(ann, gone(namespace, "disk-0"))
    assert "may not delete or evict" in evict(cluster, namespace, "disk-0")
    assert evict(cluster, namespace, "disk-0", uid) == ""
    eventually(lambda: "404" in refused(lambda: cluster.api.get(core(namespace, "pods/disk-0"))), "it is gone", 60)
    again = make()
    assert "may not delete or evict" in evict(cluster, namespace, "disk-0")
    assert "may not delete or evict" in evict(cluster, namespace, "disk-0", again)


WAYS = {
    "a patch of the Namespace": lambda api, place, value: api.patch(place, note(value)),
    "a patch of its /status": lambda api, place, value: api.patch(f"{place}/status", note(value)),
    "a Namespace of its own": lambda api, place, value: api.post(
        "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", **note(value, name="aura-own")}
    ),
}


def note(value: str | None, **more: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {LISTED: value}, **more}}


@pytest.mark.parametrize("way", WAYS)
def test_the_optimizer_can_t_list_an_approval_by(
    cluster: TestCluster, namespace: str, ann: Switchboard, optimizer: Api, way: str
) -> None:
    line = to_scale(cluster.api.get(apps(namespace)), 0, 4e9)
    place = f"/api/v1/namespaces/{namespace}"
    assert "self-approval" in refused(lambda: WAYS[way](cluster.api, place, line))
    words = refused(lambda: WAYS[way](optimizer, place, line))
    assert "self-approval" in words or "escapes" in words


def test_the_optimizer_can_t_alter_one_of_several_approvals_nor_turn_it_to_other_values(
    cluster: TestCluster, namespace: str, ann: Switchboard, optimizer: Api
) -> None:
    sign(ann, to_replicas(0, namespace))
    sign(ann, to_replicas(0, namespace, "db"))
    place, given = f"/api/v1/namespaces/{namespace}", listed(cluster, namespace)
    assert len(given) == 2
    for value in ("\n".join(reversed(given)), given[0], "\n".join(given).replace("3-0", "3-500")):
        assert "self-approval" in refused(lambda: optimizer.patch(place, note(value)))  # noqa: B023 - called at once
    assert listed(cluster, namespace) == given
    optimizer.patch(place, note(None))  # giving one up is everybody's
    scale = ("scale", "deploy/web", "--replicas=0", "--dry-run=server")
    eventually(lambda: "replicas must stay within" in kubectl_as(cluster, namespace)(*scale), "it is given up")


def test_an_approved_scale_is_taken_back_and_the_other_line_stays(
    cluster: TestCluster, namespace: str, ann: Switchboard
) -> None:
    sign(ann, to_replicas(0, namespace))
    sign(ann, to_replicas(0, namespace, "db"))
    plan = ann.make_plan("withdraw")
    assert len(plan.steps) == 2
    outcome = run(ann, chosen(plan, "web"))
    assert outcome.success, details(outcome)
    (left,) = listed(cluster, namespace)
    assert str(cluster.api.get(apps(namespace, "db"))["metadata"]["uid"]) in left
    assert [shown.ref.name for shown in ann.make_plan("withdraw").shows] == ["db"]


def test_an_approver_who_may_not_patch_the_namespace_signs_on_the_object_and_is_told_what_does_not_get_through(
    cluster: TestCluster, namespace: str, ann: Switchboard, account: str, board_for: GovernBoard
) -> None:
    role: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": f"{namespace}-eve"}, "rules": [
                {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]},
                {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]},
                {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]}]}  # fmt: skip
    place = "/apis/rbac.authorization.k8s.io/v1"
    cluster.api.post(f"{place}/clusterroles", role)
    subject = {"kind": "User", "name": "eve", "apiGroup": "rbac.authorization.k8s.io"}
    bound = {"apiVersion": role["apiVersion"], "kind": "ClusterRoleBinding", "metadata": role["metadata"],
             "subjects": [subject], "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                                "name": f"{namespace}-eve"}}  # fmt: skip
    cluster.api.post(f"{place}/clusterrolebindings", bound)
    wait_for_rules(cluster.api, [subject], role["rules"])
    eve = board_for(account, kubeconfig=cluster.kubeconfig_for_user("eve", ["sre-approvers"]))
    try:
        approve_switch(eve).reader.further = (to_replicas(0, namespace),)
        told = "\n".join(eve.make_plan("approve").notes)
        assert f"updated, not through /scale: you may not patch Namespace {namespace}" in told
        sign(eve, to_replicas(0, namespace))
        kubectl = kubectl_as(cluster, namespace)
        assert "replicas must stay within" in kubectl("scale", "deploy/web", "--replicas=0")
        assert "patched" in kubectl("patch", "deploy/web", "-p", json.dumps({"spec": {"replicas": 0}}))
    finally:
        cluster.api.delete(f"{place}/clusterrolebindings/{namespace}-eve")
        cluster.api.delete(f"{place}/clusterroles/{namespace}-eve")
