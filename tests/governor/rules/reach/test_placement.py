"""Taints, crowded nodes, pods that serve, and what guards them."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import FieldManager, Node, Pdb, Severity, Taint
from tests.governor.scene import START, Scene, deployment, node, pod

ISOLATE = Taint("aura/isolate", "batch", "NoSchedule")
IT = "aura-optimizer"


def tainted(record: Node, *taints: Taint, by: str = IT, at: float = START) -> Node:
    return msgspec.structs.replace(record, taints=taints, managers=(FieldManager(by, "Update", "", at),))


@pytest.mark.parametrize(
    ("before", "after", "by", "flagged"),
    [
        ((), (ISOLATE,), IT, True),
        ((ISOLATE,), (), IT, True),
        ((), (ISOLATE,), "OpenAPI-Generator", True),
        ((), (ISOLATE,), "kubectl-taint", False),
        ((), (Taint("node.kubernetes.io/not-ready", "", "NoExecute"),), "kube-controller-manager", False),
        ((), (), IT, False),
    ],
)
def test_taints_that_the_optimizer_changes(before, after, by, flagged):
    scene = Scene().put(node("n1", taints=before), node("n2"), node("n3"))
    scene.put(tainted(node("n1"), *after, by=by))
    assert bool(scene.of("taints-changed")) is flagged


def test_the_last_node_that_takes_pods_is_critical():
    scene = Scene().put(node("n1"), node("n2"), node("n3"))
    scene.put(tainted(node("n1"), ISOLATE))
    assert [finding.severity for finding in scene.of("taints-changed")] == [Severity.WARNING]
    scene.put(tainted(node("n2"), ISOLATE))
    assert scene.of("taints-changed")[-1].severity is Severity.CRITICAL
    assert scene.of("taints-changed")[-1].detail == "1 of 3 nodes take ordinary pods now."


def test_a_taint_that_is_announced_is_flagged_before_it_is_there():
    scene = Scene().put(node("n1"), node("n2"))
    scene.say("[2023-10-27 03:14:00] INFO: Tainting node n1 with aura/isolate=batch:NoSchedule")
    assert [finding.title for finding in scene.of("taints-changed")]
    scene.put(tainted(node("n1"), ISOLATE))
    assert {finding.decision for finding in scene.of("taints-changed")} == {"decisions#1"}


def crowd(nodes: tuple[str, ...], by: str = IT) -> Scene:
    web = deployment("web", replicas=len(nodes))
    scene = Scene().put(node("n1"), node("n2"), web)
    scene.put(*(pod(f"web-{i}", web, node=where) for i, where in enumerate(nodes)))
    return scene.put(tainted(node("n2"), ISOLATE, by=by)).put(msgspec.structs.replace(web, generation=2))


@pytest.mark.parametrize(
    ("nodes", "by", "flagged"),
    [
        (("n1", "n1", "n1"), IT, True),
        (("n1", "n2", "n1"), IT, False),
        (("n1",), IT, False),
        (("n1", "n1"), "kubectl-taint", False),
        (("n1", "n1", ""), IT, True),  # one is pending
    ],
)
def test_all_pods_on_one_node(nodes, by, flagged):
    assert bool(crowd(nodes, by).of("one-node")) is flagged


def test_a_crowd_that_spreads_is_no_finding_any_more():
    scene = crowd(("n1", "n1"))
    assert scene.of("one-node")
    scene.put(pod("web-1", deployment("web"), node="n2"))
    assert not scene.of("one-node")


GUARD = Pdb("production", "auth", selector=(("app", "auth-service"),), allowed=0, healthy=2, desired=2)


@pytest.mark.parametrize(
    ("action", "ready", "expected"),
    [("delete_pod", True, 1), ("evict_pod", True, 1), ("delete_pod", False, 0), ("restart_pod", True, 0)],
)
def test_a_serving_pod_is_to_be_deleted(action, ready, expected):
    auth = deployment()
    scene = Scene().put(auth, GUARD, pod("auth-1", auth, is_ready=ready)).wait(5)
    scene.say(f'{{"action": "{action}", "target": "production/auth-1"}}')
    found = scene.of("serving-pod-deleted")
    assert len(found) == expected
    if found:
        assert found[0].severity is Severity.CRITICAL
        assert ("passes every PDB" in found[0].detail) is (action == "delete_pod")


def test_a_pod_of_unknown_namespace_is_found_by_its_name():
    auth = deployment()
    scene = Scene().put(auth, pod("auth-1", auth)).wait(5)
    scene.say('{"action": "delete_pod", "target": "auth-1"}')
    assert scene.of("serving-pod-deleted")[0].detail == "No PDB guards it."


@pytest.mark.parametrize(
    ("healthy", "desired", "ready", "flagged"),
    [(1, 2, True, True), (2, 2, True, False), (1, 2, False, False), (None, 2, True, False)],
)
def test_a_ready_pod_goes_although_its_budget_is_broken(healthy, desired, ready, flagged):
    auth = deployment()
    guard = msgspec.structs.replace(GUARD, healthy=healthy, desired=desired)
    scene = Scene().put(auth, guard, pod("auth-1", auth, is_ready=ready, deleted_at=START))
    assert bool(scene.of("serving-pod-deleted")) is flagged


@pytest.mark.parametrize(
    ("healthy", "desired", "allowed", "flagged"),
    [(1, 2, 0, True), (2, 2, 0, False), (3, 2, 1, False), (None, 2, None, False), (1, None, None, False)],
)
def test_a_broken_budget_is_flagged_until_it_is_whole(healthy, desired, allowed, flagged):
    guard = msgspec.structs.replace(GUARD, healthy=healthy, desired=desired, allowed=allowed)
    scene = Scene().put(guard)
    assert bool(scene.of("pdb-exhausted")) is flagged
    scene.put(msgspec.structs.replace(GUARD, healthy=5))
    assert not scene.of("pdb-exhausted")
