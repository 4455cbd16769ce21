"""A ReplicaSet that shrinks is a rollout's old one only where something shows it: no word, no name, no owner's name."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Ref, Workload
from tests.governor.scene import OPTIMIZER, Scene, deployment

IT = "aura-optimizer"
SALAMI = (60, 30, 15, 8, 3, 1)
CUTS = {"replicas-cut", "replicas-zero", "cut-by-steps"}


def replica_set(name: str, replicas: int, by: str, at: float, **more: object) -> Workload:
    return deployment(name, kind="ReplicaSet", replicas=replicas, by=(by, at), **more)


def shrink(scene: Scene, *counts: int, start: int = 100, by: str = IT, **more: object) -> Scene:
    name = "web-6464798d84"
    scene.put(replica_set(name, start, "argo", scene.clock.at, **more))
    for count in counts:
        scene.wait(60.0).put(replica_set(name, count, by, scene.clock.at, **more))
    return scene


def say_canary(scene: Scene) -> Scene:
    for number in range(3):
        scene.wait(1.0).say(f"INFO: canary {number} looks fine")
    return scene


@pytest.mark.parametrize("word", ["canary", "thing", "RolloutStep"])
def test_words_of_a_rollout_silence_no_salami_in_a_log(word: str) -> None:
    scene = Scene()
    for number in range(3):
        scene.wait(1.0).say(f"INFO: {word} {number} looks fine")
    was = 100
    for count in SALAMI:
        scene.wait(60.0).say(f"INFO: Scaled down ReplicaSet web-6464798d84 from {was} to {count} in namespace shop")
        was = count
    assert scene.rules() & CUTS


@pytest.mark.parametrize("counts", [SALAMI, (1,), (0,)])
def test_words_of_a_rollout_silence_no_cut_of_a_replica_set_that_is_seen(counts: tuple[int, ...]) -> None:
    assert shrink(say_canary(Scene()), *counts).rules(alarms=True) & CUTS


@pytest.mark.parametrize(
    "owner",
    [
        Ref("ConfigMap", "production", "web", "uid-web"),
        Ref("Deployment", "production", "gone", "uid-gone"),
        Ref("Deployment", "production", "web", "uid-another"),
        Ref("Rollout", "production", "web", "uid-web"),
    ],
)
@pytest.mark.parametrize("counts", [(90, 80, 70, 60, 50, 40, 30, 15, 0), (1,), (0,)])
def test_an_owner_that_sizes_nothing_silences_no_cut(owner: Ref, counts: tuple[int, ...]) -> None:
    scene = Scene().put(deployment("web"))
    assert shrink(scene, *counts, owner=owner).rules(alarms=True) & CUTS


@pytest.mark.parametrize(("by", "alarm"), [("OpenAPI-Generator", True), ("rollouts-controller", False)])
def test_a_rollout_that_is_not_watched_is_believed_of_a_writer_with_a_name(by: str, alarm: bool) -> None:
    owner = Ref("Rollout", "production", "web", "uid-web")
    assert bool(shrink(Scene(), 1, by=by, owner=owner).rules() & CUTS) is alarm


@pytest.mark.parametrize(("owner", "seen"), [("ConfigMap", True), ("Workflow", False), ("CronJob", False)])
def test_a_job_that_goes_is_seen_where_nothing_made_it(owner: str, seen: bool) -> None:
    job = deployment("build-1", kind="Job", replicas=1, owner=Ref(owner, "production", "build", "uid-build"))
    assert bool(Scene().put(job).drop(job).governor.changes) is seen


def test_the_replica_set_of_a_deployment_that_is_there_follows_it() -> None:
    scene = Scene().put(deployment("web", replicas=100))
    owner = Ref("Deployment", "production", "web", "uid-web")
    labels = (("app", "web"), ("pod-template-hash", "6464798d84"))
    assert not shrink(scene, 40, 1, 0, owner=owner, labels=labels).rules() & CUTS


@pytest.mark.parametrize(("ready", "alarm"), [(100, False), (20, True)])
def test_ready_pods_of_the_same_rollout_carry_what_is_gone(ready: int, alarm: bool) -> None:
    scene = Scene().put(replica_set("web-77d9f8c6b5", 100, "argo", 0.0, ready=ready))
    assert bool(shrink(scene, 0).rules() & CUTS) is alarm


def test_another_rollouts_pods_carry_nothing() -> None:
    scene = Scene().put(replica_set("web-api-77d9f8c6b5", 100, "argo", 0.0))
    assert shrink(scene, 0).rules() & CUTS


def test_the_settings_may_call_it_a_rollout_controller() -> None:
    scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role="rollout-controller"))
    assert not shrink(scene, *SALAMI, 0).rules() & CUTS


@pytest.mark.parametrize(("grown", "alarm"), [(100, False), (5, True)])
def test_in_a_log_alone_the_same_log_tells_what_took_over(grown: int, alarm: bool) -> None:
    scene = Scene().wait(1.0)
    scene.say(f"INFO: Scaled up ReplicaSet web-77d9f8c6b5 from 4 to {grown} in namespace shop")
    scene.wait(30.0).say("INFO: Scaled down ReplicaSet web-6464798d84 from 100 to 0 in namespace shop")
    assert bool(scene.rules() & CUTS) is alarm
    assert "rule-broken" not in scene.rules()
