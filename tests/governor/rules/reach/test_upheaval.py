"""Deleting workloads, changing code, draining nodes: what no tuning is."""

from __future__ import annotations

import pytest

from opsconsole.governor.account.damage import DamageState
from opsconsole.records import Severity
from tests.governor.scene import START, Scene, deployment, node, pod

IT = "aura-optimizer"


@pytest.mark.parametrize(
    ("line", "flagged"),
    [
        ('{"action": "delete_deployment", "target": "auth-service"}', True),
        ('{"action": "delete", "kind": "HPA", "target": "production/auth"}', True),
        ('{"action": "delete_pod", "target": "production/auth-1"}', False),  # pods have a rule of their own
        ('{"action": "patch_deployment", "target": "auth-service", "replicas": 4}', False),
        ('{"action": "delete_deployment"}', False),
    ],
)
def test_what_it_says_it_deletes(line, flagged):
    scene = Scene().put(deployment()).wait(5)
    scene.say(line)
    assert [finding.severity for finding in scene.of("object-deleted")] == ([Severity.CRITICAL] if flagged else [])


def test_a_deletion_is_one_finding_with_its_word():
    scene = Scene().put(deployment()).wait(5)
    scene.say('{"action": "delete_deployment", "target": "auth-service"}')
    scene.drop(deployment())
    assert [finding.title for finding in scene.of("object-deleted")] == ["deletes deployment auth-service"]
    assert scene.of("object-deleted")[0].change
    assert scene.governor.damage()[0].standing is DamageState.GONE


def test_who_deleted_without_a_word_is_not_guessed():
    assert not Scene().put(deployment()).drop(deployment()).rules()


@pytest.mark.parametrize(
    ("image", "by", "flagged"),
    [
        ("auth:2", IT, True),
        ("auth:2", "OpenAPI-Generator", True),
        ("auth:2", "argocd-controller", False),
        ("auth:1", IT, False),
    ],
)
def test_images_are_a_releases_business(image, by, flagged):
    scene = Scene().put(deployment(image="auth:1")).wait(5)
    scene.put(deployment(image=image, by=(by, scene.clock.at), replicas=4))
    assert bool(scene.of("image-changed")) is flagged


@pytest.mark.parametrize("action", ["cordon_node", "drain_node"])
def test_draining_is_announced_without_a_field(action):
    scene = Scene().put(node("n1"), node("n2")).wait(5)
    scene.say(f'{{"action": "{action}", "target": "n1"}}')
    assert [finding.detail for finding in scene.of("taints-changed")] == ["2 of 2 nodes take ordinary pods now."]


def test_a_name_in_two_namespaces_of_a_large_cluster_is_not_missing():
    scene = Scene().put(*(deployment(f"service-{i}", namespace=f"ns-{i % 7}") for i in range(600)))
    scene.put(deployment("auth-service", namespace="ns-1"), deployment("auth-service", namespace="ns-2")).wait(5)
    scene.say('{"action": "scale_deployment", "target": "auth-service", "replicas": 4}')
    assert not scene.of("target-missing")
    scene.say('{"action": "scale_deployment", "target": "auth", "replicas": 4}')
    assert scene.of("target-missing")[0].detail.endswith("There is auth-service.")


def test_a_flood_of_one_object_asks_again_once():
    scene = Scene().put(deployment(), pod("auth-1", deployment()))
    for turn in range(200):
        scene.clock.at = START + turn / 10
        scene.put(deployment(replicas=1 + turn % 2, by=((IT, "kubectl")[turn % 2], scene.clock.at)))
    assert len(scene.governor._runner.rechecks) < 120, (
        "wishes of one object are one wish; silent writes wait ten seconds each"
    )
