"""Downgrading on a real API server: the witness is the optimizer's own token, and `kubectl auth can-i` beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.journal.reader import verify
from opsconsole.settings import SwitchSettings
from opsconsole.switches.downgrade.needs import WorkWrite, manifests, needs
from opsconsole.switches.downgrade.switch import DowngradeSwitch
from opsconsole.switches.target.facts import RevokeFacts
from opsconsole.switches.target.rights import Account, principal
from tests.govern.builders import apps, core, deployment
from tests.govern.conftest import GovernBoard, config_map, do, refused
from tests.support.waiting import eventually
from tests.switches.conftest import run
from tests.testbed.api import Api
from tests.testbed.roles import example_roles

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.cluster import TestCluster

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def aura(namespace: str) -> dict[str, Any]:
    """The optimizer's own field manager: those of other tests' are somebody else's."""
    return {"managers": (f"aura-{namespace}",), "role": "rightsizer"}


@pytest.fixture
def working(cluster: TestCluster, namespace: str, optimizer: Api) -> Api:
    """The optimizer, which has written to one Deployment under its own field manager, and scaled it."""
    cluster.api.post(apps(namespace)[:-4], deployment())
    write(optimizer, namespace)
    optimizer.patch(f"{apps(namespace)}/scale?fieldManager=aura-{namespace}", {"spec": {"replicas": 4}})
    return optimizer


def write(api: Api, namespace: str, dry: str = "") -> Any:
    place = f"{apps(namespace)}?fieldManager=aura-{namespace}{dry}"
    return api.patch(place, {"metadata": {"labels": {"touched": "yes"}}, "spec": {"minReadySeconds": 1}})


def made(cluster: TestCluster) -> list[str]:
    return [
        item["metadata"]["name"]
        for kind in ("clusterroles", "clusterrolebindings", "rolebindings")
        for item in cluster.api.get(f"{RBAC}/{kind}")["items"]
        if item["metadata"]["name"].startswith("opsconsole-downgraded")
    ]


@pytest.fixture
def swept(cluster: TestCluster) -> Any:
    yield
    for name in made(cluster):
        for kind in ("clusterrolebindings", "clusterroles"):
            if cluster.api.exists(f"{RBAC}/{kind}/{name}"):
                cluster.api.delete(f"{RBAC}/{kind}/{name}")


def test_what_it_was_seen_to_write_goes_on_and_nothing_else_does(
    cluster: TestCluster, namespace: str, account: str, working: Api, board_for: GovernBoard, tmp_path: Path, swept: Any
) -> None:
    board = board_for(account, named=aura(namespace))
    do(board, "downgrade")
    write(working, namespace)
    working.patch(f"{apps(namespace)}/scale?fieldManager=aura-{namespace}", {"spec": {"replicas": 3}})
    working.get(core(namespace, "pods"))
    cluster.api.post("/apis/apps/v1/namespaces/default/deployments", deployment("elsewhere"))
    gone: list[Callable[[], object]] = [
        lambda: working.delete(apps(namespace)),
        lambda: working.delete(core(namespace, "pods")),
        lambda: working.post(core(namespace, "configmaps"), config_map("m")),
        lambda: working.get(core(namespace, "secrets")),
        lambda: working.patch("/api/v1/nodes/node-0", {"metadata": {"labels": {"a": "b"}}}),
        lambda: working.patch(apps("default", "elsewhere"), {"metadata": {"labels": {"a": "b"}}}),
        lambda: working.post(core(namespace, "serviceaccounts", "default/token"), {"spec": {}}),
        lambda: working.get(f"{RBAC}/clusterroles"),
    ]
    try:
        assert ["403" in refused(each) for each in gone] == [True] * len(gone)
    finally:
        cluster.api.delete(apps("default", "elsewhere"))
    me = ("--as", f"system:serviceaccount:{account.replace('/', ':')}")
    assert "no" in cluster.kubectl("auth", "can-i", "*", "*", *me, check=False)
    assert "yes" in cluster.kubectl("auth", "can-i", "patch", "deployments", "-n", namespace, *me, check=False)
    assert board.make_plan("downgrade").blocked
    assert verify(tmp_path / "journal").status == "intact"


def test_undo_gives_everything_back_and_leaves_nothing_of_ours(
    cluster: TestCluster, namespace: str, account: str, working: Api, board_for: GovernBoard, swept: Any
) -> None:
    before = set(made(cluster))  # of other tests, whose namespaces are still going
    board = board_for(account, named=aura(namespace))
    do(board, "downgrade")
    assert set(made(cluster)) - before
    assert run(board, board.undo_plan()).success
    assert set(made(cluster)) <= before
    eventually(lambda: not refused(lambda: working.get(core(namespace, "secrets"))), "it reads Secrets again")


def test_an_optimizer_that_was_seen_to_write_nothing_reads_and_nothing_more(
    cluster: TestCluster, namespace: str, account: str, optimizer: Api, board_for: GovernBoard, swept: Any
) -> None:
    cluster.api.post(apps(namespace)[:-4], deployment())
    board = board_for(account)
    plan = board.make_plan("downgrade")
    assert any("seen to write nothing" in note for note in plan.notes)
    assert run(board, plan).success
    optimizer.get(core(namespace, "pods"))
    assert "403" in refused(lambda: write(optimizer, namespace, "&dryRun=All"))


def test_revoking_takes_what_a_downgrade_left(
    cluster: TestCluster, namespace: str, account: str, working: Api, board_for: GovernBoard, swept: Any
) -> None:
    board = board_for(account, named=aura(namespace))
    do(board, "downgrade")
    do(board, "revoke")
    assert "403" in refused(lambda: write(working, namespace, "&dryRun=All"))


def test_a_role_of_the_same_name_that_allows_more_is_revoked_too(
    cluster: TestCluster, namespace: str, account: str, working: Api, board_for: GovernBoard, swept: Any
) -> None:
    board = board_for(account, named=aura(namespace))
    do(board, "downgrade")
    name = next(name for name in made(cluster) if name.endswith("-writes-1"))
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    cluster.api.patch(f"{RBAC}/clusterroles/{name}", {"rules": everything})
    plan = board.make_plan("downgrade")
    assert any(step.target.name == name and step.effect.startswith("rbac.") for step in plan.steps)


WHO = [principal(Account("ops", "aura"))]


@pytest.mark.parametrize(
    ("role", "seen", "places"),
    [
        ("rightsizer", WorkWrite("Deployment", "shop"), ("shop",)),
        ("rightsizer", WorkWrite("HorizontalPodAutoscaler", "shop"), ()),
        ("horizontal", WorkWrite("HorizontalPodAutoscaler", "shop"), ("shop",)),
        ("janitor", WorkWrite("Deployment", "shop"), ()),
        ("", WorkWrite("Node", ""), ()),
        ("agent", WorkWrite("Deployment", "kube-system"), ()),
        ("agent", WorkWrite("Deployment", "opsconsole"), ()),
        ("agent", WorkWrite("ClusterRoleBinding", ""), ()),
        ("agent", WorkWrite("Secret", "shop"), ()),
    ],
)
def test_what_is_left_is_what_was_seen_as_far_as_the_role_goes(
    role: str, seen: WorkWrite, places: tuple[str, ...]
) -> None:
    work = needs([seen], (role,), "opsconsole")
    assert work.places == places
    assert bool(work.left) is not bool(places)


def test_what_it_wrote_in_one_namespace_alone_is_left_to_it_there_alone() -> None:
    seen = [
        WorkWrite("Deployment", "shop"),
        WorkWrite("Deployment", "pay"),
        WorkWrite("HorizontalPodAutoscaler", "pay"),
        WorkWrite("Deployment", "web"),
    ]
    work = needs(seen, ("horizontal",), "opsconsole")
    hpa = [Access("patch", "horizontalpodautoscalers", "autoscaling", "", place) for place in ("pay", "shop", "web")]
    assert [work.covers(access) for access in hpa] == [True, False, False]
    assert [access in work.granted for access in hpa] == [True, False, False]
    made = manifests(work, WHO)
    written = {
        each["metadata"]["name"]: {name for rule in each["rules"] for name in rule["resources"]}
        for each in made
        if each["kind"] == "ClusterRole"
    }
    assert {
        each["metadata"]["namespace"]: written[each["roleRef"]["name"]]
        for each in made
        if each["kind"] == "RoleBinding"
    } == {
        "pay": {"deployments", "horizontalpodautoscalers"},
        "shop": {"deployments"},
        "web": {"deployments"},
    }
    assert len(written) == 3


def test_what_it_wrote_in_one_namespace_is_refused_in_another_where_it_wrote_something_else(
    cluster: TestCluster, namespace: str, account: str, working: Api, board_for: GovernBoard, swept: Any
) -> None:
    other = f"{namespace}-pay"
    cluster.api.post("/api/v1/namespaces", {"metadata": {"name": other}})
    cron = f"/apis/batch/v1/namespaces/{other}/cronjobs"
    try:
        cluster.api.post(f"/apis/apps/v1/namespaces/{other}/deployments", deployment("web"))
        cluster.api.post(cron, {"metadata": {"name": "daily"}, "spec": CRON})
        working.patch(f"{cron}/daily?fieldManager=aura-{namespace}", {"spec": {"suspend": True}})
        do(board_for(account, named=aura(namespace)), "downgrade")
        working.patch(f"{cron}/daily", {"spec": {"suspend": False}})
        write(working, namespace)
        assert "403" in refused(lambda: working.patch(apps(other), {"metadata": {"labels": {"a": "b"}}}))
        here = f"/apis/batch/v1/namespaces/{namespace}/cronjobs/daily"
        assert "403" in refused(lambda: working.patch(here, {"spec": {"suspend": True}}))
    finally:
        cluster.remove_namespaces(other)


CRON = {
    "schedule": "0 3 * * *",
    "jobTemplate": {
        "spec": {
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "registry.invalid/none"}]}
            }
        }
    },
}


class NobodyKnown:
    """A world in which nobody is asked about."""

    api = None


def test_with_nobody_to_ask_about_it_is_not_said_that_something_is_left() -> None:
    world: Any = NobodyKnown()
    read: Any = None
    switch = DowngradeSwitch(read, world, [], SwitchSettings(), SystemClock())
    proof = switch._left(RevokeFacts(None), needs([], (), "opsconsole"), last=True)
    assert proof.holds is None
    assert "nobody was asked" in proof.detail


def test_no_downgrade_ever_leaves_rights_by_which_others_are_got() -> None:
    every = [WorkWrite(kind, "shop") for kind in ("Deployment", "Pod", "Secret", "RoleBinding", "ServiceAccount")]
    work = needs([*every, WorkWrite("Node", "")], ("agent",), "opsconsole")
    rules = [rule for each in manifests(work, WHO) for rule in each.get("rules", ())]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch", "patch", "update"}
    written = {name for rule in rules if "patch" in rule["verbs"] for name in rule["resources"]}
    assert written == {"deployments", "nodes"}
    read = {name for rule in rules for name in rule["resources"]}
    assert not read & {"secrets", "configmaps", "*", "serviceaccounts", "pods/exec", "nodes/proxy"}
    assert not work.covers(Access("*", "*", "*"))
    assert not work.covers(Access("patch", "deployments", "apps", "", "other"))


def test_with_exactly_the_responder_role_a_downgrade_is_made_and_proved(
    cluster: TestCluster, namespace: str, account: str, working: Api, board_for: GovernBoard, swept: Any
) -> None:
    with example_roles(cluster, "read-only.yaml", "responder.yaml"):
        ripley = cluster.kubeconfig_for_user("ripley", ["on-call", "incident-responders"])
        do(board_for(account, kubeconfig=ripley, named=aura(namespace)), "downgrade")
    write(working, namespace)
    assert "403" in refused(lambda: working.get(core(namespace, "secrets")))
