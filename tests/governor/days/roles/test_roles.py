"""What an optimizer is for: set, or guessed by its image and words, shown as guessed, and no leave to do harm."""

from __future__ import annotations

import json

import msgspec
import pytest

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.governor.known_role import RoleSource
from opsconsole.governor.roles import role_of_image
from opsconsole.plugins.host import Plugins
from opsconsole.records import Finding, Pdb, Severity
from opsconsole.settings import OptimizerSettings, Settings
from tests.governor.scene import OPTIMIZER, Scene, deployment, node, pod

AUTOSCALER = "registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.0"
DESCHEDULER = "registry.k8s.io/descheduler/descheduler:v0.33.0@sha256:" + "c" * 64


def running(image: str, role: str = "") -> Scene:
    """A cluster of ten nodes whose optimizer runs that image."""
    its = deployment("aura-optimizer-v2", namespace="ops-tools", image=image)
    scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role=role))
    return scene.put(its, *(node(f"node-{number}") for number in range(10)))


def alarms(scene: Scene, *rules: str) -> list[Finding]:
    return [each for each in scene.held.values() if each.severity is not Severity.INFO and each.rule in rules]


def drain(scene: Scene, *numbers: int, seconds: float = 4_000.0) -> Scene:
    for number in numbers:
        scene.wait(seconds)
        by = node(f"node-{number}")
        scene.say(f"INFO: Draining node node-{number}")
        scene.put(msgspec.structs.replace(by, unschedulable=True))
    return scene


def source(scene: Scene) -> RoleSource:
    (known,) = scene.governor.roles
    return known.source


@pytest.mark.parametrize(
    ("image", "role"),
    [
        (AUTOSCALER, "node-autoscaler"),
        ("public.ecr.aws/karpenter/controller/karpenter@sha256:" + "a" * 64, "node-autoscaler"),
        (DESCHEDULER, "descheduler"),
        ("registry.k8s.io/autoscaling/vpa-updater:1.4.0", "rightsizer"),
        ("ghcr.io/kedacore/keda:2.17", "horizontal"),
        ("quay.io/argoproj/argo-rollouts:v1.8", "rollout-controller"),
        ("ghcr.io/kubereboot/kured:1.17", "node-maintenance"),
        ("ghcr.io/k8sgpt-ai/k8sgpt", "agent"),
        ("corp/aura-optimizer:v2.0.4-final", ""),
        ("corp/not-a-cluster-autoscaler:v1", ""),
        ("datadog/agent:7", ""),
    ],
)
def test_a_well_known_image_tells_a_role(image: str, role: str) -> None:
    assert role_of_image(image) == role


def test_a_role_that_nobody_set_is_guessed_by_the_image_and_shown_as_guessed() -> None:
    scene = running(AUTOSCALER)
    (known,) = scene.governor.roles
    assert (known.role, known.source) == ("node-autoscaler", RoleSource.IMAGE)
    (remark,) = scene.of("role")
    assert remark.severity is Severity.INFO
    assert "node-autoscaler (guessed by its image: cluster-autoscaler)" in remark.title


def test_the_setting_overrides_the_image() -> None:
    scene = running(AUTOSCALER, role="rightsizer")
    (known,) = scene.governor.roles
    assert known.words == "rightsizer (set)"
    assert not scene.of("role")
    assert alarms(drain(scene, 1), "taints-changed"), "draining is no rightsizer's work"


def test_a_guessed_node_autoscaler_may_drain_a_node_now_and_then() -> None:
    scene = drain(running(AUTOSCALER), 1, 2, 3)
    assert not alarms(scene, "taints-changed", "blast-radius")
    assert "guessed by its image" in scene.of("taints-changed")[0].detail, "the remark says why it is none"
    assert alarms(drain(running("corp/aura:v2"), 1), "taints-changed")


def test_a_guessed_node_autoscaler_that_drains_half_of_the_fleet_at_once_alarms() -> None:
    scene = drain(running(AUTOSCALER), 1, 2, 3, 4, 5, seconds=10.0)
    assert any(each.severity is Severity.CRITICAL for each in alarms(scene, "blast-radius"))


def test_a_guessed_node_autoscaler_that_drains_more_than_half_of_the_fleet_slowly_alarms() -> None:
    scene = drain(running(AUTOSCALER), 1, 2, 3, 4, 5)
    assert not alarms(scene, "taints-changed")
    assert alarms(drain(scene, 6), "taints-changed")


def test_a_node_autoscaler_by_the_settings_takes_no_more_than_a_third_of_the_fleet() -> None:
    assert not alarms(drain(running(AUTOSCALER, "node-autoscaler"), 1, 2, 3, seconds=10.0), "blast-radius")
    assert alarms(drain(running(AUTOSCALER, "node-autoscaler"), 1, 2, 3, 4, seconds=10.0), "blast-radius")


def test_an_image_that_is_called_as_an_autoscaler_excuses_no_cut_and_loses_its_guess() -> None:
    scene = running(AUTOSCALER).put(*(deployment(f"web-{number}") for number in range(4)))
    for number in range(4):
        scene.wait(60.0).put(deployment(f"web-{number}", memory="64Mi", by=("aura-optimizer", scene.clock.at)))
        scene.say(f"INFO: Setting memory limit of deployment production/web-{number} from 1Gi to 64Mi")
    assert alarms(scene, "limit-cut")
    assert source(scene) is RoleSource.CONTRADICTED
    assert "called node-autoscaler, and it changes resources" in scene.of("role")[0].title
    assert alarms(drain(scene, 1), "taints-changed"), "without the guess a drain is what it always was"


def test_image_and_words_that_differ_are_no_role() -> None:
    scene = running(AUTOSCALER)
    for number in range(5):
        scene.say(f"INFO: Running command: kubectl get pods -n team-{number}")
    assert source(scene) is RoleSource.CONTRADICTED


def test_what_it_does_alone_is_shown_and_excuses_nothing() -> None:
    scene = running("corp/aura:v2").put(*(pod(f"web-{number}", is_ready=True) for number in range(300)))
    for number in range(12):
        scene.wait(600.0).say(f"INFO: Evicting pod production/web-{number}")
    assert source(scene) is RoleSource.DEEDS
    assert "descheduler (guessed by what it does: mostly evictions)" in scene.of("role")[0].title
    assert alarms(scene, "serving-pod-deleted"), "it would excuse itself"


def test_an_eviction_is_a_deschedulers_work_while_the_budget_allows_it() -> None:
    web = deployment("web")
    pods = [pod(f"web-{number}", web, is_ready=True) for number in range(3)]
    budget = Pdb("production", "web", selector=(("app", "web"),), allowed=1, healthy=3, desired=2)
    for allowed, alarm in ((1, False), (0, True)):
        scene = running(DESCHEDULER).put(web, *pods, msgspec.structs.replace(budget, allowed=allowed))
        scene.say('INFO: Evicted pod: "web-1" in namespace "production" (LowNodeUtilization)')
        assert bool(alarms(scene, "serving-pod-deleted")) is alarm
    scene = running(DESCHEDULER).put(web, *pods, budget)
    scene.say("INFO: Deleting pod production/web-1")
    assert alarms(scene, "serving-pod-deleted"), "a delete asks no budget"


def test_a_sweep_of_a_guessed_descheduler_alarms() -> None:
    scene = running(DESCHEDULER)
    for number in range(12):
        scene.wait(1.0).say(f'INFO: Evicted pod: "web-{number}" in namespace "production" (LowNodeUtilization)')
    assert alarms(scene, "blast-radius")


def test_an_event_in_another_name_tells_no_role() -> None:
    scene = running("corp/aura:v2")
    line = json.dumps({"level": "info", "message": "deleted nodeclaim", "NodeClaim": {"name": "a-1"}})
    said = scene.stream.feed("event karpenter", line, scene.clock.at)
    for _ in range(5):
        scene.put(*(msgspec.structs.replace(each, key=f"{each.key}-{_}", source="event karpenter") for each in said))
    assert source(scene) is RoleSource.UNKNOWN


def test_a_role_of_the_settings_counts_in_an_archive_too() -> None:
    lines = [f"[2026-09-08 09:00:{number:02}] INFO: Evicting pod shop/web-{number:05}" for number in range(12)]
    for role, alarm in (("", True), ("descheduler", False)):
        clock = LogClock()
        settings = Settings(optimizer=OptimizerSettings(role=role))
        found = judgements(lines, settings, clock, Plugins(clock))
        assert any(each.rule == "blast-radius" for one in found for each in one.findings) is alarm


def test_in_an_archive_the_words_tell_and_it_is_said_that_they_do() -> None:
    clock = LogClock()
    lines = [
        f'I0303 04:{minute:02}:01.131870       1 evictions.go:124] Evicted pod: "web-{minute}" in namespace "shop"'
        for minute in range(0, 50, 10)
    ]
    found = [each for one in judgements(lines, Settings(), clock, Plugins(clock)) for each in one.findings]
    (remark,) = [each for each in found if each.rule == "role"]
    assert "descheduler (guessed by its words: lines like 'evictions.go:')" in remark.title


@pytest.mark.parametrize(
    ("role", "image", "most"),
    [
        ("horizontal", "corp/aura:v2", 0.15),
        ("", "ghcr.io/kedacore/keda:2.17", 0.10),
        ("", "corp/aura:v2", 0.05),
        ("agent", "ghcr.io/kedacore/keda:2.17", 0.05),
    ],
)
def test_replicas_that_follow_the_load_may_move_more_of_the_budget(role: str, image: str, most: float) -> None:
    assert running(image, role).governor.budget.limit == pytest.approx(most)
