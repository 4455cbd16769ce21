"""Where pods go, and what is said when they can't."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.world.controllers.scheduler import Room, refusal, requests, score, tolerated, why_not
from tests.rehearsal.builders import Stage, scenario, service

SPEC: dict[str, Any] = {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}
GIB = 2**30


def room(cpu: float = 4, memory: float = 8 * GIB, **spec: Any) -> Room:
    node = {"metadata": {"name": "n", "labels": {"pool": "app"}}, "spec": spec}
    return Room(node, {"cpu": 4, "memory": 8 * GIB, "pods": 110}, {"cpu": cpu, "memory": memory, "pods": 10})


@pytest.mark.parametrize(
    ("spec", "place", "why"),
    [
        ({}, room(), ""),
        ({}, room(cpu=0.5), "Insufficient cpu"),
        ({}, room(memory=0.5 * GIB), "Insufficient memory"),
        ({}, room(unschedulable=True), "node(s) were unschedulable"),
        ({"nodeSelector": {"pool": "gpu"}}, room(), "node(s) didn't match Pod's node affinity/selector"),
        (
            {},
            room(taints=[{"key": "aura.ai/isolated", "value": "true", "effect": "NoSchedule"}]),
            "node(s) had untolerated taint {aura.ai/isolated: true}",
        ),
        ({}, room(taints=[{"key": "k", "effect": "PreferNoSchedule"}]), ""),
        ({"tolerations": [{"operator": "Exists"}]}, room(taints=[{"key": "k", "effect": "NoSchedule"}]), ""),
    ],
)
def test_what_keeps_a_pod_off_a_node(spec: dict[str, Any], place: Room, why: str) -> None:
    assert refusal(SPEC | spec, requests(SPEC), place) == why


@pytest.mark.parametrize(
    ("toleration", "does"),
    [
        ({"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}, True),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "value": "other"}, False),
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "other", "operator": "Exists"}, False),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"operator": "Exists"}, True),
    ],
)
def test_tolerations(toleration: dict[str, str], does: bool) -> None:
    assert tolerated({"tolerations": [toleration]}, {"key": "k", "value": "v", "effect": "NoSchedule"}) is does


def test_requests_are_those_of_all_containers_or_of_one_greedy_init_container() -> None:
    spec = SPEC | {"initContainers": [{"name": "i", "resources": {"requests": {"memory": "2Gi"}}}]}
    assert requests(spec) == {"cpu": 1.0, "memory": 2 * GIB}


def test_the_emptier_node_wins() -> None:
    wanted = requests(SPEC)
    assert score(wanted, room(cpu=4)) > score(wanted, room(cpu=2))


def test_the_message_is_the_schedulers() -> None:
    taint = "node(s) had untolerated taint {a: b}"
    assert why_not(["Insufficient memory", taint, taint]) == (
        "0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint {a: b}. preemption: 0/3 nodes "
        "are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling."
    )


def test_taints_push_pods_together_until_no_room_is_left() -> None:
    stage = Stage(scenario(service(replicas=6, cpu="1")))
    node = stage.human.get("Node", "", "node-b")
    assert node is not None
    taint = {"key": "aura.ai/isolated", "value": "true", "effect": "NoSchedule"}
    stage.human.change(node, lambda each: each["spec"].update(taints=[taint]))
    stage.run(20)
    placed = [pod["spec"].get("nodeName") for pod in stage.pods()]
    assert set(placed) == {"node-a", None}
    waiting = next(pod for pod in stage.pods() if not pod["spec"].get("nodeName"))
    condition = waiting["status"]["conditions"][0]
    assert (condition["type"], condition["status"], condition["reason"]) == ("PodScheduled", "False", "Unschedulable")
    assert stage.events("FailedScheduling")[0]["message"] == condition["message"]
    stage.human.change(node, lambda each: each["spec"].pop("taints"))
    stage.run(20)
    assert stage.ready() == 6


def test_a_node_that_is_too_full_comes_under_pressure_and_evicts_the_greedy() -> None:
    greedy = service("greedy", memory="", cpu="", replicas=1)
    stage = Stage(scenario(greedy))
    stage.run(10)
    (pod,) = stage.pods("greedy")
    name = pod["spec"]["nodeName"]
    behaviour = stage.world.kubelets.sandboxes[pod["metadata"]["uid"]]
    behaviour.containers["greedy"].behaviour = type(greedy.behaviour)(memory_start=9000, memory_ready=9000)
    stage.run(3)
    node = stage.human.get("Node", "", name)
    assert node is not None
    pressure = next(each for each in node["status"]["conditions"] if each["type"] == "MemoryPressure")
    assert pressure["status"] == "True"
    assert [taint["key"] for taint in node["spec"]["taints"]] == ["node.kubernetes.io/memory-pressure"]
    evicted = stage.human.get("Pod", "production", pod["metadata"]["name"])
    assert evicted is not None
    assert (evicted["status"]["phase"], evicted["status"]["reason"]) == ("Failed", "Evicted")
    stage.run(60)
    relieved = stage.human.get("Node", "", name)
    assert relieved is not None
    assert relieved["spec"]["taints"] == []
    assert stage.ready("greedy") == 1
