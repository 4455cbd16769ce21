"""A guessed role silences no disaster: what it calls ordinary is seen to be so, and happens now and then."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Finding, Pdb, Severity, Taint, Workload
from tests.governor.scene import OPTIMIZER, Scene, deployment, node, pod

JANITOR = "x/janitor:1"


def running(image: str, role: str = "") -> Scene:
    its = deployment("aura-optimizer-v2", namespace="ops-tools", image=image)
    scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role=role))
    return scene.live("deployments", "replicasets", "jobs").put(its)


def alarms(scene: Scene, rule: str) -> list[Finding]:
    return [each for each in scene.of(rule) if each.severity is not Severity.INFO]


def delete(scene: Scene, kind: str, count: int, seconds: float = 60.0) -> Scene:
    for number in range(count):
        scene.wait(seconds).say(f"INFO: Deleting {kind} shop/web-{number}")
    return scene


def left_over(kind: str, number: int, replicas: int = 0, ready: int | None = 0) -> Workload:
    return deployment(f"web-{number}", namespace="shop", kind=kind, replicas=replicas, ready=ready)


@pytest.mark.parametrize("kind", ["replicaset", "job"])
def test_a_janitors_words_silence_no_deletes_in_a_log(kind: str) -> None:
    scene = Scene()
    for number in range(3):
        scene.wait(1.0).say(f"INFO: janitor run {number}")
    assert len(alarms(delete(scene, kind, 40, 1.0), "object-deleted")) == 40


@pytest.mark.parametrize("role", ["", "janitor"])
def test_a_replica_set_that_is_not_seen_may_run(role: str) -> None:
    assert len(alarms(delete(running(JANITOR, role), "replicaset", 3), "object-deleted")) == 3


@pytest.mark.parametrize(("replicas", "ready"), [(3, 3), (3, 0), (0, None)])
def test_a_replica_set_that_runs_or_may_run_is_no_left_over(replicas: int, ready: int | None) -> None:
    scene = running(JANITOR).put(left_over("ReplicaSet", 0, replicas, ready))
    assert alarms(delete(scene, "replicaset", 1), "object-deleted")


@pytest.mark.parametrize("kind", ["ReplicaSet", "Job"])
def test_a_guessed_janitor_clears_a_few_left_overs_an_hour(kind: str) -> None:
    scene = running(JANITOR).put(*(left_over(kind, number) for number in range(12)))
    for number in range(12):
        scene.wait(60.0).say(f"INFO: Deleting {kind.lower()} shop/web-{number}")
        scene.drop(left_over(kind, number))
    assert len(alarms(scene, "object-deleted")) == 4


def test_the_settings_make_a_job_that_is_not_seen_a_janitors_work() -> None:
    assert not alarms(delete(running("x/any:1", "janitor"), "job", 12), "object-deleted")


@pytest.mark.parametrize(
    ("pods", "allowed", "selector", "alarm"),
    [
        (3, 1, (("app", "web"),), False),
        (3, None, (("app", "web"),), True),
        (3, 0, (("app", "web"),), True),
        (3, 1, (("app", "other"),), True),
        (3, 1, (), True),
        (1, 1, (("app", "web"),), True),
    ],
)
def test_a_guessed_descheduler_evicts_only_what_a_budget_is_known_to_allow(
    pods: int, allowed: int | None, selector: tuple[tuple[str, str], ...], alarm: bool
) -> None:
    web = deployment("web", replicas=pods)
    scene = running("x/descheduler:v1").put(web, *(pod(f"web-{number}", web) for number in range(pods)))
    scene.put(Pdb("production", "web", selector=selector, allowed=allowed, healthy=pods, desired=1))
    scene.say("INFO: Evicting pod production/web-0")
    assert bool(alarms(scene, "serving-pod-deleted")) is alarm


def test_a_guessed_descheduler_evicts_no_pod_that_nothing_guards() -> None:
    web = deployment("web", replicas=1)
    scene = running("x/descheduler:v1").put(web, pod("web-0", web))
    scene.say("INFO: Evicting pod production/web-0")
    assert [each.severity for each in scene.of("serving-pod-deleted")] == [Severity.CRITICAL]


@pytest.mark.parametrize("image", ["x/any:1", "x/cluster-autoscaler:1", "x/janitor:1"])
@pytest.mark.parametrize("nodes", [2, 3])
def test_announced_deletes_that_leave_one_node_are_critical(image: str, nodes: int) -> None:
    scene = running(image).put(*(node(f"n{number}") for number in range(nodes)))
    for number in range(nodes - 1):
        scene.wait(20.0).say(f"INFO: Deleting node n{number}")
        scene.wait(1.0).put(node(f"n{number}", taints=(Taint("ToBeDeleted", "1", "NoSchedule"),)))
    assert Severity.CRITICAL in {each.severity for each in scene.of("taints-changed")}
