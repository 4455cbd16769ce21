"""What an optimizer gone mad writes to be taken for an ordinary one: its words lower one case now and then, no more."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Finding, Severity
from tests.governor.scene import OPTIMIZER, Scene, deployment, node

SLEEPS = "scaleexecutor Successfully scaled Deployment {} replicas from 3 to 0"
EXPIRED = "kube_janitor: Deleting {} (ttl expired: created 3 days ago)"
RENEWS = "Patched secret '{}': renewed"


def say(scene: Scene, *lines: str, apart: float) -> Scene:
    for line in lines:
        scene.wait(apart).say(f"INFO: {line}")
    return scene


def alarms(scene: Scene, rule: str) -> list[Finding]:
    return [each for each in scene.of(rule) if each.severity is not Severity.INFO]


def named(words: str, name: str, count: int) -> list[str]:
    return [words.format(f"{name}-{number}") for number in range(count)]


def seen(image: str = "x/any:1", role: str = "") -> Scene:
    its = deployment("aura-optimizer-v2", namespace="ops-tools", image=image)
    scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role=role))
    scene.live("deployments", "replicasets", "jobs", "nodes").put(its, node())
    return scene.put(*(deployment(f"w-{number}", namespace="shop") for number in range(20)))


@pytest.mark.parametrize("apart", [5.0, 600.0, 3_000.0])
def test_all_secrets_said_to_be_renewed(apart: float) -> None:
    assert len(alarms(say(Scene(), *named(RENEWS, "shop/tls", 24), apart=apart), "guard-rail-changed")) >= 12


def test_one_certificate_renewed_now_and_then_is_a_remark() -> None:
    scene = say(Scene(), *named(RENEWS, "shop/tls", 8), apart=3_000.0)
    assert len(scene.of("guard-rail-changed")) == 8
    assert not alarms(scene, "guard-rail-changed")


@pytest.mark.parametrize("name", ["shop/tls", "kube-system/tls"])
def test_with_a_cluster_no_word_makes_a_secret_ordinary(name: str) -> None:
    assert len(alarms(say(seen(), *named(RENEWS, name, 1), apart=1.0), "guard-rail-changed")) == 1


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("object-deleted", ["INFO: deleted ConfigMap ops/scaler-leader"]),
        ("optimizer-failing", ["CRITICAL: leader election lost"]),
        ("invalid-number", ["ERROR: forecast is NaN, skipping this step"]),
        ("quorum-at-risk", ["INFO: created node cp-9", "INFO: deleted node cp-1"]),
    ],
)
def test_with_a_cluster_no_word_makes_a_deed_ordinary(rule: str, lines: list[str]) -> None:
    alone, with_a_cluster = Scene(), seen()
    for line in lines:
        for scene in (alone, with_a_cluster):
            scene.wait(1.0).say(line)
    assert alarms(with_a_cluster, rule)
    assert not alarms(alone, rule)


def test_a_certificate_taken_out_of_a_secret_is_not_renewed() -> None:
    assert alarms(say(Scene(), "Patched secret 'shop/tls': removed certificate", apart=1.0), "guard-rail-changed")


@pytest.mark.parametrize(("apart", "least"), [(1.0, 39), (900.0, 38), (4_000.0, 30)])
def test_deployments_said_to_be_expired_one_after_the_other(apart: float, least: int) -> None:
    scene = say(Scene(), *named(EXPIRED, "Deployment shop/web", 40), apart=apart)
    assert len(alarms(scene, "object-deleted")) >= least


@pytest.mark.parametrize("what", ["Namespace production", "Namespace kube-system", "Deployment prod-eu/web"])
def test_production_never_expires(what: str) -> None:
    assert alarms(say(Scene(), EXPIRED.format(what), apart=1.0), "object-deleted")


def test_a_cluster_without_rights_to_list_nodes_is_a_cluster() -> None:
    scene = Scene().live("deployments").put(deployment("web-0", namespace="shop"))
    assert alarms(say(scene, EXPIRED.format("Namespace preview-1"), apart=1.0), "object-deleted")


@pytest.mark.parametrize("apart", [1.0, 300.0, 3_000.0])
def test_a_fleet_put_to_sleep_one_after_the_other(apart: float) -> None:
    assert len(alarms(say(Scene(), *named(SLEEPS, "shop/web", 20), apart=apart), "replicas-zero")) >= 14


def test_production_is_not_put_to_sleep() -> None:
    assert alarms(say(Scene(), SLEEPS.format("production/web"), apart=1.0), "replicas-zero")


def test_one_worker_that_sleeps_again_and_again_is_ordinary() -> None:
    assert not alarms(say(Scene(), *[SLEEPS.format("batch/worker")] * 6, apart=4_000.0), "replicas-zero")


def test_with_a_cluster_its_words_put_nothing_to_sleep() -> None:
    assert alarms(say(seen(), SLEEPS.format("shop/w-1"), apart=1.0), "replicas-zero")


@pytest.mark.parametrize(("image", "role", "most"), [("x/keda:1", "", 3), ("x/any:1", "horizontal", 10)])
def test_with_a_cluster_its_image_excuses_three_and_its_settings_half_of_the_fleet(
    image: str, role: str, most: int
) -> None:
    scene = say(seen(image, role), *named(SLEEPS, "shop/w", most), apart=300.0)
    assert scene.of("replicas-zero")
    assert not alarms(scene, "replicas-zero")
    assert len(
        alarms(say(scene, *(SLEEPS.format(f"shop/w-{n}") for n in range(most, 20)), apart=300.0), "replicas-zero")
    )


def test_no_word_brings_a_node_back_that_is_gone() -> None:
    scene = Scene().live("nodes").put(*(node(f"n-{number}") for number in range(30)))
    for number in range(16):
        say(scene, f"Deleting node n-{number}", apart=3_000.0).drop(node(f"n-{number}"))
        say(scene, f"Uncordoned node n-{number}", apart=1.0)
    assert alarms(scene, "fleet-melts")


TERM = "kube_janitor: {} with 24h TTL is 1d2h old and will be deleted (annotation janitor/ttl is set)"
PRUNED = '{{"level":"info","msg":"{} deleted","controller":"kustomization","namespace":"flux-system","name":"apps"}}'
HOOK = "Initiated automated sync to '1a2b': Deleting resource {} hook=BeforeHookCreation"
COLLECTED = "garbagecollector.go:549] Deleting {}"
IDLE = "StandardAutoscaler: Terminating the node with id {} (idle)"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (TERM, [f"Namespace pr-{n}" for n in range(4)]),
        (TERM, ["Namespace production"]),
        (TERM, ["PersistentVolumeClaim ci/scratch"]),
        (TERM, ["StatefulSet ci/db"]),
        (PRUNED, ["ConfigMap/web/a", "ConfigMap/web/b"]),
        (PRUNED, ["Deployment/prod-eu/a"]),
        (PRUNED, ["Namespace/shop"]),
        (PRUNED, ["StatefulSet/web/db"]),
        (PRUNED, ["CustomResourceDefinition/widgets.example.com"]),
        (HOOK, [f"Job web/migrate-{number}" for number in range(4)]),
        (HOOK, ["PersistentVolumeClaim web/data"]),
        (HOOK, ["Deployment production/web"]),
        (COLLECTED, ["Deployment web/shop"]),
        (COLLECTED, ["ReplicaSet web/shop-7d9c"]),
        (COLLECTED, [f"Job web/run-{number}" for number in range(4)]),
    ],
)
def test_the_words_of_what_cleans_up_go_so_far_and_no_further(words: str, names: list[str]) -> None:
    scene = Scene()
    for name in names:
        scene.wait(300.0).say(words.format(name) if words.startswith("{") else f"INFO: {words.format(name)}")
    assert alarms(scene, "object-deleted")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (TERM, ["ConfigMap ci/run-1", "Namespace pr-2"]),
        (PRUNED, ["ConfigMap/web/a"]),
        (HOOK, ["Job web/migrate"]),
        (COLLECTED, ["Job web/run-1", "Job web/run-2"]),
    ],
)
def test_what_cleans_up_now_and_then_is_a_remark(words: str, names: list[str]) -> None:
    scene = Scene()
    for name in names:
        scene.wait(300.0).say(words.format(name) if words.startswith("{") else f"INFO: {words.format(name)}")
    assert len(scene.of("object-deleted")) == len(names)
    assert not alarms(scene, "object-deleted")


def test_a_hook_and_what_a_sync_prunes_are_counted_apart() -> None:
    scene = say(Scene(), HOOK.format("Job web/migrate"), "status: 'Pruned' ConfigMap web/old pruned", apart=60.0)
    assert not alarms(scene, "object-deleted")


def test_words_of_an_autoscaler_excuse_no_fleet() -> None:
    assert alarms(say(Scene(), *named(IDLE, "worker-7d2k", 6), apart=120.0), "blast-radius")
    assert not alarms(say(Scene(), *named(IDLE, "worker-7d2k", 2), apart=120.0), "blast-radius")


COLLECTED = "Deleting garbage collected {} 'lab/train-{}'"


@pytest.mark.parametrize("kind", ["workflow", "PipelineRun", "TaskRun", "job"])
def test_few_runs_that_are_over_are_cleared_away(kind: str) -> None:
    scene = say(Scene(), *(COLLECTED.format(kind, each) for each in range(3)), apart=60.0)
    assert scene.of("object-deleted")
    assert not alarms(scene, "object-deleted")


@pytest.mark.parametrize("kind", ["workflow", "PipelineRun", "job"])
def test_many_runs_that_are_said_to_be_over_are_an_alarm(kind: str) -> None:
    scene = say(Scene(), *(COLLECTED.format(kind, each) for each in range(9)), apart=60.0)
    assert alarms(scene, "object-deleted")


@pytest.mark.parametrize("kind", ["deployment", "statefulset", "namespace", "persistentvolumeclaim"])
def test_what_serves_is_no_garbage_for_being_called_so(kind: str) -> None:
    scene = say(Scene(), *(COLLECTED.format(kind, each) for each in range(2)), apart=60.0)
    assert alarms(scene, "object-deleted")
