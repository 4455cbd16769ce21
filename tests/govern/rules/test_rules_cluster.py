"""Each rule of the installed governor on a real API server, against a ServiceAccount that RBAC lets do everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.govern.names import APPROVED
from opsconsole.govern.rules.builtin import NAMES
from tests.govern.builders import Write, apps, autoscaler, core, cron_job, deployment, resources
from tests.govern.conftest import BINDINGS, POLICIES, GovernBoard, config_map, do, refused, wait_governed
from tests.govern.rules.evasions.ages import lacks, minor
from tests.govern.rules.evasions.world import Trying
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.api import STRATEGIC_PATCH, Api

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster


def scaled(count: int | None) -> Write:
    return lambda api, space: api.patch(apps(space), {"spec": {"replicas": count}})


def by_scale(count: int) -> Write:
    return lambda api, space: api.patch(f"{apps(space)}/scale", {"spec": {"replicas": count}})


def hpa(least: int, most: int) -> Write:
    place = "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers"
    return lambda api, space: api.post(place.format(space), autoscaler(least, most, f"h{least}-{most}"))


def image(api: Api, space: str) -> object:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "registry.example/app:2"}]}}}}
    return api.patch(apps(space), patch, STRATEGIC_PATCH)


def side_car(api: Api, space: str) -> object:
    extra = {"name": "miner", "image": "registry.example/miner:1"}
    patch = {"spec": {"template": {"spec": {"containers": [extra]}}}}
    return api.patch(apps(space), patch, STRATEGIC_PATCH)


def template(changes: dict[str, Any]) -> Write:
    return lambda api, space: api.patch(apps(space), {"spec": {"template": {"spec": changes}}}, STRATEGIC_PATCH)


def spec(changes: dict[str, Any]) -> Write:
    return lambda api, space: api.patch(apps(space), {"spec": changes})


def cron_cut(api: Api, space: str) -> object:
    container = {"name": "main", "resources": {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}}
    patch = {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}}}}
    return api.patch(f"/apis/batch/v1/namespaces/{space}/cronjobs/night", patch, STRATEGIC_PATCH)


def evict(api: Api, space: str) -> object:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "victim"}}
    return api.post(core(space, "pods", "victim/eviction"), body)


def resize(api: Api, space: str) -> object:
    # Nothing is changed: validation, which comes first, takes no change on a node that is none.
    return api.patch(core(space, "pods", "victim/resize"), {"spec": {}})


def token(api: Api, space: str) -> object:
    return api.post(core(space, "serviceaccounts", "default/token"), {"spec": {}})


def grant(api: Api, space: str) -> object:
    body = {
        "metadata": {"name": "more"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": space}],
    }
    return api.post(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{space}/rolebindings", body)


def approve_itself(api: Api, space: str) -> object:
    return api.patch(apps(space), {"metadata": {"annotations": {APPROVED: "write/anything"}}})


DENIED: list[tuple[str, str, Write]] = [
    ("limit-cuts", "1000Mi to 64Mi", resources(limits={"memory": "64Mi"}, requests={"memory": "64Mi"})),
    ("limit-cuts", "21 %", resources(limits={"memory": "790Mi"})),
    ("limit-cuts", "cpu in millis", resources(limits={"cpu": "700m"})),
    ("limit-cuts", "a request", resources(requests={"memory": "64Mi"})),
    ("limit-cuts", "taken away", resources(limits={"memory": None})),
    ("limit-cuts", "a CronJob", cron_cut),
    ("replicas", "to zero", scaled(0)),
    ("replicas", "to 1000", scaled(1000)),
    ("replicas", "to zero by /scale", by_scale(0)),
    ("replicas", "to 1000 by /scale", by_scale(1000)),
    ("replicas", "an autoscaler to 1000", hpa(1, 1000)),
    ("replicas", "a new workload", lambda api, space: api.post(apps(space)[:-4], deployment("new", 500))),
    ("deletes", "a pod", lambda api, space: api.delete(core(space, "pods", "victim"))),
    ("deletes", "all pods", lambda api, space: api.delete(core(space, "pods"))),
    ("deletes", "an eviction", evict),
    ("deletes", "a deployment", lambda api, space: api.delete(apps(space))),
    ("deletes", "a namespace", lambda api, space: api.delete(f"/api/v1/namespaces/{space}")),
    ("taints", "a taint", lambda api, _: api.patch("/api/v1/nodes/node-1", {"spec": {"taints": [
        {"key": "k", "effect": "NoSchedule"}]}})),
    ("taints", "a cordon", lambda api, _: api.patch("/api/v1/nodes/node-1", {"spec": {"unschedulable": True}})),
    ("resize", "in place", resize),
    ("images", "of a container", image),
    ("images", "another container", side_car),
    ("placement", "a node selector", template({"nodeSelector": {"kubernetes.io/hostname": "nowhere"}})),
    ("placement", "an affinity", template({"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "no", "operator": "In", "values": ["such"]}]}]}}}})),
    ("placement", "a toleration", template({"tolerations": [{"operator": "Exists"}]})),
    ("placement", "a scheduler that is not there", template({"schedulerName": "nobody"})),
    ("placement", "another account", template({"serviceAccountName": "other"})),
    ("rollouts", "paused", spec({"paused": True})),
    ("rollouts", "no history", spec({"revisionHistoryLimit": 0})),
    ("rollouts", "recreated at once", spec({"strategy": {"type": "Recreate", "rollingUpdate": None}})),
    ("rollouts", "never ready", spec({"minReadySeconds": 500})),
    ("rollouts", "a CronJob suspended", lambda api, space: api.patch(
        f"/apis/batch/v1/namespaces/{space}/cronjobs/night", {"spec": {"suspend": True}})),
    ("rollouts", "a CronJob's schedule", lambda api, space: api.patch(
        f"/apis/batch/v1/namespaces/{space}/cronjobs/night", {"spec": {"schedule": "0 0 30 2 *"}})),
    ("escapes", "a token", token),
    ("escapes", "a grant", grant),
    ("self-approval", "its own", approve_itself),
]  # fmt: skip

ALLOWED: list[tuple[str, Write]] = [
    ("a cut of 10 %", resources(limits={"memory": "900Mi"})),
    ("a cut of exactly 20 %", resources(limits={"memory": "800Mi"})),
    ("more of all", resources(limits={"cpu": "2", "memory": "2Gi"})),
    ("to four", scaled(4)),
    ("to the lower bound", by_scale(1)),
    ("to the upper bound, of nothing", lambda api, space: api.patch(f"{apps(space)}/scale?dryRun=All", {"spec": {
        "replicas": 100}})),
    ("an autoscaler within bounds", hpa(2, 10)),
    ("a label", lambda api, space: api.patch(apps(space), {"metadata": {"labels": {"a": "b"}}})),
    ("a node's label", lambda api, _: api.patch("/api/v1/nodes/node-1", {"metadata": {"labels": {"x": "y"}}})),
    ("a ConfigMap", lambda api, space: api.post(core(space, "configmaps"), config_map("c"))),
]  # fmt: skip


@pytest.fixture
def governed(cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard) -> Api:
    """The optimizer's client under an installed governor, and something to write to."""
    cluster.api.post(apps(namespace)[:-4], deployment())
    cluster.api.post(f"/apis/batch/v1/namespaces/{namespace}/cronjobs", cron_job())
    cluster.api.post(core(namespace, "pods"), objects.pod("victim"))
    eventually(lambda: objects.pod_is_ready(cluster.api.get(core(namespace, "pods", "victim"))), "it runs")
    # What tells a node whose kubelet can resize: without it the API server's validation refuses first.
    status = cluster.api.get(core(namespace, "pods", "victim"))["status"]["containerStatuses"]
    resizable = {"status": {"containerStatuses": [{**each, "resources": {}} for each in status]}}
    cluster.api.patch(core(namespace, "pods", "victim/status"), resizable)
    do(board_for(account), "install-governor")
    wait_governed(optimizer, namespace)
    return optimizer


def test_every_rule_refuses_its_own_writes_and_lets_the_others_through(governed: Api, namespace: str) -> None:
    wrong, version = [], minor(governed)
    for rule, what, write in DENIED:
        words = refused(lambda: write(governed, namespace))  # noqa: B023 - called at once
        if f"opsconsole: {rule}:" not in words and not lacks(version, words):
            wrong.append(f"{rule}, {what}: {words or 'let through'}")
    for what, write in ALLOWED:
        words = refused(lambda: write(governed, namespace))  # noqa: B023 - called at once
        if words:
            wrong.append(f"{what}: {words}")
    assert not wrong, "\n".join(wrong)


def test_no_rule_is_about_a_person(cluster: TestCluster, governed: Api, namespace: str) -> None:
    for rule, what, write in DENIED:
        if rule not in {"self-approval", "escapes"} and what not in {"a namespace", "an eviction", "in place"}:
            words = refused(lambda: write(Trying(cluster.api), namespace))  # type: ignore[arg-type]  # noqa: B023
            assert "opsconsole" not in words, f"{rule}, {what}: {words}"


def test_every_rule_was_tried(governed: Api) -> None:
    elsewhere = {"operators"}  # test_operators_cluster: it takes kinds of its own
    assert {rule for rule, _, _ in DENIED} | elsewhere == set(NAMES)


def test_warn_lets_through_and_off_is_not_there(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    cluster.api.post(apps(namespace)[:-4], deployment())
    do(board_for(account), "install-governor")
    board = board_for(account, rules={"replicas": "warn", "limit-cuts": "off"})
    do(board, "install-governor")
    assert not cluster.api.exists(f"{POLICIES}/opsconsole-governor-limit-cuts")
    kubeconfig = cluster.kubeconfig_for_service_account(*account.split("/"))

    def scale() -> str:
        words = ("scale", "deployment", "web", "--replicas=0", "-n", namespace)
        said = cluster.kubectl(*words, kubeconfig=kubeconfig, check=False)
        return said if "Warning" in said else ""

    said = eventually(scale, "it is warned of")
    assert "opsconsole: replicas" in said
    assert "scaled" in said
    cut = resources(limits={"memory": "64Mi"}, requests={"memory": "64Mi"})
    eventually(lambda: not refused(lambda: cut(optimizer, namespace)), "the rule that is off is forgotten")


def test_a_changed_rule_is_put_right(cluster: TestCluster, account: str, board_for: GovernBoard) -> None:
    board = board_for(account)
    do(board, "install-governor")
    assert board.make_plan("install-governor").blocked
    cluster.api.patch(f"{BINDINGS}/opsconsole-governor-deletes", {"spec": {"validationActions": ["Audit"]}})
    plan = board.make_plan("install-governor")
    assert [(step.effect, step.target.name) for step in plan.steps] == [
        ("govern.update", "opsconsole-governor-deletes")
    ]
    do(board, "install-governor")


def test_a_rule_that_there_is_not_is_named(account: str, board_for: GovernBoard) -> None:
    plan = board_for(account, rules={"limit-cut": "off"}).make_plan("install-governor")
    assert "no rule 'limit-cut'" in plan.blocked


def test_uninstalling_and_installing_again_governs_again(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard
) -> None:
    board = board_for(account)
    for _ in range(2):
        do(board, "install-governor")
        do(board, "freeze")
        assert refused(lambda: optimizer.post(core(namespace, "configmaps"), config_map("m")))
        do(board, "uninstall-governor")
        cluster.kubectl("get", "validatingadmissionpolicies")
    place = f"{core(namespace, 'configmaps')}?dryRun=All"
    eventually(lambda: not refused(lambda: optimizer.post(place, config_map("m"))), "it writes again")


def test_what_the_docs_call_a_hole_gets_through(governed: Api, namespace: str) -> None:
    through: list[Write] = [
        *(resources(limits={"memory": f"{size}Mi"}) for size in (850, 700, 570)),
        template({"containers": [{"name": "main", "command": ["sleep", "1"]}]}),
        lambda api, space: api.post(core(space, "configmaps"), config_map("gone")),
        lambda api, space: api.delete(core(space, "configmaps", "gone")),
    ]
    for write in through:
        assert refused(lambda: write(governed, namespace)) == ""  # noqa: B023 - called at once
