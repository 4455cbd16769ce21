"""How the optimizer is set up, and what dies after its cuts."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.records import Binding, Container, ContainerSpec, Pdb, Pod, Ref, Severity, Workload
from opsconsole.settings import OptimizerSettings
from tests.governor.scene import START, Scene, deployment, limits, pod

DIGEST = "@sha256:" + "a" * 64
GOOD = "internal-registry.corp/aura/optimizer:v2.0.4" + DIGEST


def optimizer(image: str = GOOD, memory: str | None = "512Mi", cpu: str | None = "1", **env: str) -> Workload:
    spec = ContainerSpec("optimizer", image, resources=limits(memory, cpu), env=tuple(env.items()))
    record = deployment("aura-optimizer-v2", namespace="ops-tools", replicas=1)
    return msgspec.structs.replace(record, containers=(spec,), service_account="aura")


@pytest.mark.parametrize(
    ("value", "flagged"), [("MAXIMUM", True), ("maximum", True), ("FULL", True), ("SUPERVISED", False), ("", False)]
)
def test_autonomy(value, flagged):
    assert bool(Scene().put(optimizer(AUTONOMY_LEVEL=value)).of("autonomy")) is flagged


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (GOOD, None),
        ("internal-registry.corp/aura/optimizer:v2.0.4-final-final-v3", Severity.INFO),
        ("internal-registry.corp:5000/aura/optimizer", Severity.WARNING),
        ("aura/optimizer:latest", Severity.WARNING),
        ("aura", Severity.WARNING),
        ("", None),
    ],
)
def test_images_that_can_change(image, expected):
    assert [finding.severity for finding in Scene().put(optimizer(image)).of("mutable-image")] == (
        [expected] if expected else []
    )


@pytest.mark.parametrize(
    ("memory", "cpu", "words"),
    [
        ("8Gi", "4", None),
        (None, "4", "no memory limit"),
        ("8Gi", None, "no CPU limit"),
        (None, None, "no memory and no CPU"),
    ],
)
def test_limits_of_its_own(memory, cpu, words):
    found = Scene().put(optimizer(memory=memory, cpu=cpu)).of("no-limits")
    assert [words in finding.title for finding in found] == ([True] if words else [])


def test_other_peoples_posture_is_not_judged():
    assert not Scene().put(deployment("web", memory=None, cpu=None, image="web:latest")).rules()
    nobody = Scene(optimizer=OptimizerSettings())
    assert not nobody.put(optimizer("aura:latest", None, None, AUTONOMY_LEVEL="MAXIMUM")).rules()


@pytest.mark.parametrize(
    "settings",
    [
        OptimizerSettings(name="ops-tools/aura-optimizer-v2"),
        OptimizerSettings(name="deployment/ops-tools/aura-optimizer-v2"),
        OptimizerSettings(service_account="ops-tools/aura"),
    ],
)
def test_the_optimizer_is_known_by_every_name_it_may_have(settings):
    assert Scene(optimizer=settings).put(optimizer(AUTONOMY_LEVEL="MAXIMUM")).of("autonomy")


def test_a_bare_pod_has_a_posture_too_and_an_owned_one_does_not():
    bare = Pod("ops-tools", "aura", "u", containers=(Container("c", image="aura:latest"),))
    scene = Scene(optimizer=OptimizerSettings(name="Pod/ops-tools/aura")).put(bare)
    assert scene.rules() == {"mutable-image", "no-limits"}
    owned = pod("aura-optimizer-v2-7f8d9b6c5-x", optimizer(), containers=bare.containers)
    assert not Scene().put(optimizer(), owned).rules()


@pytest.mark.parametrize(("own", "flagged"), [("8Gi", True), ("1Gi", False), ("512Mi", False)])
def test_more_memory_for_itself_than_for_its_victims(own, flagged):
    scene = Scene().put(optimizer(memory=own), deployment(), deployment("big", memory="64Gi"))
    scene.put(deployment(replicas=4, by=("aura-optimizer", START)))
    scene.wait(61).live("pods")
    assert bool(scene.of("bigger-than-victims")) is flagged


@pytest.mark.parametrize(
    ("role", "subject", "flagged"),
    [
        ("cluster-admin", "system:serviceaccount:ops-tools:aura", True),
        ("view", "system:serviceaccount:ops-tools:aura", False),
        ("cluster-admin", "system:serviceaccount:ops-tools:other", False),
        ("cluster-admin", "eve", False),
    ],
)
def test_cluster_admin(role, subject, flagged):
    binding = Binding(
        "ClusterRoleBinding", "", "aura-optimizer-admin-binding", Ref("ClusterRole", "", role), subjects=(subject,)
    )
    scene = Scene().put(optimizer(), binding)
    assert bool(scene.of("cluster-admin")) is flagged
    assert not scene.drop(binding).of("cluster-admin")


@pytest.mark.parametrize(
    ("replicas", "selector", "live", "flagged"),
    [
        (3, "other", True, True),
        (3, "auth-service", True, False),
        (3, "", True, False),  # a budget by expressions, or for all: it may guard them
        (1, "other", True, False),
        (3, "other", False, False),  # nobody knows what budgets there are
    ],
)
def test_victims_that_nothing_guards(replicas, selector, live, flagged):
    scene = Scene().put(deployment(replicas=replicas))
    if live:
        scene.live("poddisruptionbudgets")
        scene.put(Pdb("production", "guard", selector=(("app", selector),) if selector else ()))
    scene.put(deployment(replicas=replicas, memory="900Mi", by=("aura-optimizer", START)))
    assert bool(scene.of("victim-unguarded")) is flagged


def killed(count: int, at: float, name: str = "auth-1") -> Pod:
    container = Container(
        "auth-container",
        restarts=count,
        state="waiting",
        reason="CrashLoopBackOff",
        last_reason="OOMKilled",
        last_exit_code=137,
        last_finished_at=at,
    )
    return pod(name, deployment(), containers=(container,), restarts=count, status="CrashLoopBackOff", is_ready=False)


def cut(by: str = "aura-optimizer") -> Scene:
    scene = Scene().put(deployment()).wait(22)
    return scene.put(deployment(memory="64Mi", by=(by, scene.clock.at)))


def test_oom_kills_are_counted_for_a_service_after_the_cut():
    scene = cut().wait(30).put(killed(1, START + 50), killed(1, START + 51, "auth-2"))
    assert (
        scene.of("oom-after-cut")[0].title == "auth-service: 2 OOM kills since its memory limit was cut at 03:14:22 UTC"
    )
    scene.put(killed(2, START + 52)).put(killed(2, START + 52))
    assert [finding.title[:29] for finding in scene.of("oom-after-cut")] == ["auth-service: 3 OOM kills sin"]


def test_a_kill_is_counted_once_whether_it_is_the_present_or_the_last_state():
    scene = cut().wait(30)
    now = Container("auth-container", restarts=0, state="terminated", reason="OOMKilled", exit_code=137)
    scene.put(pod("auth-1", deployment(), containers=(now,), status="OOMKilled", is_ready=False))
    scene.put(killed(1, START + 50))
    assert "1 OOM kill since" in scene.of("oom-after-cut")[0].title


@pytest.mark.parametrize("by", ["kubectl-edit", "argocd-controller"])
def test_kills_after_a_persons_cut_are_not_the_optimizers(by):
    assert not cut(by).wait(30).put(killed(3, START + 50)).of("oom-after-cut")


def test_kills_from_before_the_cut_are_not_counted():
    assert not cut().wait(30).put(killed(3, START + 10)).of("oom-after-cut")


def test_kills_without_a_cut_are_no_finding():
    assert not Scene().put(deployment(), killed(3, START)).rules()
