"""Grants on a real API server: what they let through, how often, and who can't give one."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.govern.approvals import approval
from opsconsole.govern.kept import KEPT
from opsconsole.govern.names import APPROVED
from opsconsole.govern.rules.builtin import RuleLimits, rules
from tests.govern.builders import apps, autoscaler, core, cron_job, deployment, resources
from tests.govern.conftest import GovernBoard, do, refused, wait_governed, wait_refused
from tests.govern.rules.evasions.ages import POD_AS_A_WHOLE, minor
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.api import STRATEGIC_PATCH, Api

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
MINUTES = 300.0
"""Seconds that a grant stands, from when it is signed: this file is read long before its tests are run."""


@pytest.fixture
def governed(cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard) -> Api:
    """The optimizer's client under an installed governor, and a Deployment to write to."""
    cluster.api.post(apps(namespace)[:-4], deployment())
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    return optimizer


def annotate(api: Api, place: str, value: str | None) -> Object:
    """Write the annotation past every rule (the admin is in system:masters, but no approver): as an approver."""
    return api.patch(place, {"metadata": {"annotations": {APPROVED: value}}})


@pytest.fixture
def approver(cluster: TestCluster) -> Api:
    return cluster.user_api("ann", ["sre-approvers", "system:masters"])


def sign(approver: Api, place: str, patch: Object, kind: str = STRATEGIC_PATCH, seconds: float = MINUTES) -> str:
    """Let an approver sign off ``patch``; returns the grant."""
    wanted = approver.patch(f"{place}?dryRun=All", patch, kind)
    marked = approver.patch(f"{place}?dryRun=All", {"metadata": {"annotations": {APPROVED: "x"}}})
    value = approval.grant_for_write(marked, wanted, time.time() + seconds)
    annotate(approver, place, value)
    return value


def limits(memory: str, **more: Any) -> Object:
    container = {"name": "main", "resources": {"limits": {"memory": memory}}}
    return {"spec": {"template": {"spec": {"containers": [container], **more}}}}


def test_an_approved_write_gets_through_once_and_nothing_else(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str
) -> None:
    place = apps(namespace)
    sign(approver, place, limits("600Mi"))
    assert "limit-cuts" in refused(lambda: governed.patch(place, limits("500Mi"), STRATEGIC_PATCH))
    governed.patch(place, limits("600Mi"), STRATEGIC_PATCH)
    resources(limits={"memory": "1000Mi"})(cluster.api, namespace)
    assert "limit-cuts" in refused(lambda: governed.patch(place, limits("600Mi"), STRATEGIC_PATCH))


def test_an_approval_that_has_lapsed_lets_nothing_through(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str
) -> None:
    """The API server's own clock ends it, whether anybody takes the annotation off or not."""
    place = apps(namespace)
    sign(approver, place, limits("600Mi"), seconds=-2)
    assert "limit-cuts" in refused(lambda: governed.patch(place, limits("600Mi"), STRATEGIC_PATCH))
    sign(approver, place, limits("600Mi"), seconds=60)
    governed.patch(place, limits("600Mi"), STRATEGIC_PATCH)


WITHOUT_TIMES: dict[str, Object] = {
    "all of them taken off": {"metadata": {"managedFields": [{}]}},
    "an empty list": {"metadata": {"managedFields": []}},
}


@pytest.mark.parametrize("way", WITHOUT_TIMES)
def test_an_optimizer_that_hides_the_time_of_its_write_gets_no_approval(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str, way: str
) -> None:
    place = apps(namespace)
    sign(approver, place, limits("600Mi"), seconds=-2)
    governed.patch(place, WITHOUT_TIMES[way])
    for kind in (limits("600Mi"), {**limits("600Mi"), **WITHOUT_TIMES[way]}):
        assert "limit-cuts" in refused(lambda: governed.patch(place, kind, STRATEGIC_PATCH))  # noqa: B023 - called at once
    whole = cluster.api.get(place)
    whole["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "600Mi"
    del whole["metadata"]["resourceVersion"]  # a controller may have written its status since
    old = [{**each, "time": "2020-01-01T00:00:00Z"} for each in whole["metadata"].get("managedFields", ())]
    for entries in ([], [{}], old):
        whole["metadata"]["managedFields"] = entries
        assert "limit-cuts" in refused(lambda: governed.put(place, whole))


def test_nothing_rides_along_with_an_approved_write(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str
) -> None:
    place = apps(namespace)
    helper = {"name": "init", "image": "registry.example/init:1", "resources": {"limits": {"memory": "1Gi"}}}
    cluster.api.patch(place, {"spec": {"template": {"spec": {"initContainers": [helper]}}}}, STRATEGIC_PATCH)
    sign(approver, place, limits("600Mi"))
    smaller = {**helper, "resources": {"limits": {"memory": "64Mi"}}}
    riders: dict[str, Object] = {
        "an init container's limit": limits("600Mi", initContainers=[smaller]),
        "an init container's image": limits("600Mi", initContainers=[{**helper, "image": "registry.example/evil:1"}]),
        "the pod as a whole": limits("600Mi", resources={"limits": {"memory": "1Gi"}}),
        "another container": limits("600Mi", initContainers=[helper, {**helper, "name": "second"}]),
    }
    if minor(cluster.api) < POD_AS_A_WHOLE:
        del riders["the pod as a whole"]  # dropped there, so that nothing rides along
    replicas = copy.deepcopy(limits("600Mi"))
    replicas["spec"]["replicas"] = 0
    for what, patch in {**riders, "replicas": replicas}.items():
        assert refused(lambda: governed.patch(place, patch, STRATEGIC_PATCH)), what  # noqa: B023 - called at once
    governed.patch(place, limits("600Mi"), STRATEGIC_PATCH)


def cron_limit(memory: str) -> Object:
    container = {"name": "main", "resources": {"limits": {"memory": memory}, "requests": {"memory": memory}}}
    return {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}}}}


def cron(cluster: TestCluster, namespace: str) -> tuple[str, Object]:
    cluster.api.post(f"/apis/batch/v1/namespaces/{namespace}/cronjobs", cron_job())
    return f"/apis/batch/v1/namespaces/{namespace}/cronjobs/night", cron_limit("600Mi")


def stateful(cluster: TestCluster, namespace: str) -> tuple[str, Object]:
    body = {**deployment("db"), "kind": "StatefulSet"}
    body["spec"] = {**body["spec"], "serviceName": "db"}
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/statefulsets", body)
    return f"/apis/apps/v1/namespaces/{namespace}/statefulsets/db", {"spec": {"replicas": 0}}


def node(cluster: TestCluster, namespace: str) -> tuple[str, Object]:
    del cluster, namespace
    return "/api/v1/nodes/node-1", {"spec": {"unschedulable": True, "taints": [{"key": "k", "effect": "NoSchedule"}]}}


def scaler(cluster: TestCluster, namespace: str) -> tuple[str, Object]:
    place = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    cluster.api.post(place, autoscaler(2, 5))
    return f"{place}/web", {"spec": {"maxReplicas": 500}}


MORE = {
    "CronJob": cron_limit("32Mi"),
    "StatefulSet": {"spec": {"replicas": 1000}},
    "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 501}},
}
"""What the rules refuse once the approved write was made."""

KINDS = {"CronJob": cron, "StatefulSet": stateful, "Node": node, "HorizontalPodAutoscaler": scaler}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_a_rule_looks_at_can_be_approved(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str, kind: str
) -> None:
    make: Callable[[TestCluster, str], tuple[str, Object]] = KINDS[kind]
    place, patch = make(cluster, namespace)
    how = STRATEGIC_PATCH
    back = {"spec": {"unschedulable": None}} if kind == "Node" else MORE[kind]
    try:
        wait_refused(lambda: governed.patch(f"{place}?dryRun=All", patch, how), "opsconsole: ")
        sign(approver, place, patch)
        if kind == "CronJob":  # what is signed is bound to its values there too
            assert refused(lambda: governed.patch(place, cron_limit("64Mi"), how))
        governed.patch(place, patch, how)
        wait_refused(lambda: governed.patch(f"{place}?dryRun=All", back, how), "opsconsole: ")
    finally:
        if kind == "Node":
            cluster.api.patch(place, {"spec": {"taints": None, "unschedulable": None}})
            annotate(approver, place, None)


def test_an_approved_delete_is_of_that_object_alone(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str
) -> None:
    place = apps(namespace)
    annotate(approver, place, approval.grant_for_delete(cluster.api.get(place), time.time() + MINUTES))
    cluster.api.post(apps(namespace)[:-4], deployment("other"))
    assert "deletes" in refused(lambda: governed.delete(apps(namespace, "other")))
    governed.delete(place)


def test_a_person_who_is_no_approver_can_t_approve(cluster: TestCluster, governed: Api, namespace: str) -> None:
    said = cluster.kubectl("annotate", "deployment", "web", f"{APPROVED}=x", "-n", namespace, check=False)
    assert "self-approval" in said


WAYS: dict[str, Callable[[Api, str], object]] = {
    "a patch": lambda api, place: annotate(api, place, "x"),
    "a patch of /status": lambda api, place: annotate(api, f"{place}/status", "x"),
    "server-side apply": lambda api, place: api.patch(
        f"{place}?fieldManager=aura&force=true",
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "annotations": {APPROVED: "x"}}},
        "application/apply-patch+yaml",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_optimizer_can_t_write_an_approval_by(
    cluster: TestCluster, governed: Api, namespace: str, way: str
) -> None:
    """Nor can a person who is no approver: no other rule is about him."""
    assert "self-approval" in refused(lambda: WAYS[way](cluster.api, apps(namespace)))
    words = refused(lambda: WAYS[way](governed, apps(namespace)))
    assert "self-approval" in words or "escapes" in words


def test_the_optimizer_can_t_give_an_approval_to_what_it_makes(
    cluster: TestCluster, governed: Api, namespace: str
) -> None:
    body = deployment("new")
    body["metadata"]["annotations"] = {APPROVED: "x"}
    assert "self-approval" in refused(lambda: governed.post(apps(namespace)[:-4], body))
    pod = objects.pod("new")
    pod["metadata"]["annotations"] = {APPROVED: "x"}
    assert "self-approval" in refused(lambda: governed.post(core(namespace, "pods"), pod))
    waiting = objects.pod("waiting")
    waiting["spec"]["schedulerName"] = "nobody"
    governed.post(core(namespace, "pods"), waiting)
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "waiting", "annotations": {APPROVED: "x"}},
               "target": {"kind": "Node", "name": "node-0"}}  # fmt: skip
    place = core(namespace, "pods", "waiting/binding")
    assert "self-approval" in refused(lambda: cluster.api.post(place, binding))
    assert "opsconsole: " in refused(lambda: governed.post(place, binding))


def test_an_optimizer_that_is_in_the_approvers_group_can_t_approve(
    cluster: TestCluster, namespace: str, board_for: GovernBoard, clean: None
) -> None:
    cluster.api.post(apps(namespace)[:-4], deployment())
    board = board_for("", named={"users": ("aura",)})
    do(board, "install-governor")
    aura = cluster.user_api("aura", ["sre-approvers", "system:masters"])
    wait_refused(lambda: aura.patch(f"{apps(namespace)}?dryRun=All", {"spec": {"replicas": 0}}), "replicas")
    wait_refused(lambda: annotate(aura, apps(namespace), "x"), "self-approval")


def test_a_rollout_of_an_approved_deployment_goes_on(
    cluster: TestCluster, governed: Api, approver: Api, namespace: str
) -> None:
    """The controller copies the annotation to the ReplicaSet that it makes; that must not be refused."""
    sign(approver, apps(namespace), limits("600Mi"))
    governed.patch(apps(namespace), limits("600Mi"), STRATEGIC_PATCH)

    def rolled() -> bool:
        sets = cluster.api.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets")["items"]
        found = [each["spec"]["template"]["spec"]["containers"][0] for each in sets]
        return any(each["resources"]["limits"]["memory"] == "600Mi" for each in found)

    eventually(rolled, "a new ReplicaSet")


def test_everything_that_may_be_approved_is_protected() -> None:
    for rule in rules(RuleLimits()):
        for scope in rule.scope if rule.approvable else ():
            if scope["resources"] == ["*/scale"]:
                continue  # a Scale has no annotations
            for group in scope["apiGroups"]:
                missing = {each.partition("/")[0] for each in scope["resources"]} - set(KEPT[group])
                assert not missing, (rule.name, missing)
