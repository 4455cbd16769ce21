"""Sweeps: the same resource of many services cut, each by too little for an alarm of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from opsconsole.governor.account.sweeps import SWEPT, Sweeps
from opsconsole.records import Finding, Hpa, Severity, Workload
from tests.governor.scene import OPTIMIZER, Scene, deployment

RULE = "cut-across"


def found(scene: Scene) -> list[Finding]:
    return [finding for _, finding in scene.first.values() if finding.rule == RULE]


def fleet(count: int, **more: object) -> list[Workload]:
    return [deployment(f"svc-{n}", memory="1000Mi", replicas=10, **more) for n in range(count)]


def write(
    scene: Scene, count: int, seconds: float, change: Callable[[int], dict[str, object]], **more: object
) -> Scene:
    """Write one service after the other; ``change`` says what of each."""
    for number in range(count):
        scene.wait(seconds)
        by = (str(more.get("manager", "aura-optimizer")), scene.clock.at)
        scene.put(deployment(f"svc-{number}", **{"memory": "1000Mi", "replicas": 10, "by": by} | change(number)))
    return scene


def test_many_small_cuts_of_a_limit_are_a_sweep() -> None:
    scene = write(Scene().live("deployments").put(*fleet(40)), 15, 30.0, lambda _: {"memory": "900Mi"})
    first = found(scene)[0]
    assert first.title == "cuts memory of 10 of 40 services in 10 min, \u221210 % together"
    assert first.severity is Severity.WARNING
    assert first.switch == "revoke"


def test_many_services_with_a_replica_less_each_are_a_sweep() -> None:
    scene = write(Scene().live("deployments").put(*fleet(15)), 15, 30.0, lambda _: {"replicas": 9})
    assert found(scene)[0].title.startswith("cuts replicas of 8 of 15 services in 10 min")


def test_the_bounds_of_many_autoscalers_are_a_sweep() -> None:
    scene = Scene().live("deployments", "horizontalpodautoscalers").put(*fleet(15))
    for top in (20, 18):
        for service in fleet(15):
            scene.wait(20.0)
            hpa = Hpa("production", service.name, service.ref, minimum=2, maximum=top, metric="cpu 70 %")
            scene.put(
                msgspec.structs.replace(hpa, managers=deployment("x", by=("aura-optimizer", scene.clock.at)).managers)
            )
    assert found(scene)[0].title.startswith("cuts maxReplicas of 8 of 15 services")


def test_a_sweep_over_most_of_the_fleet_is_critical() -> None:
    scene = write(Scene().live("deployments").put(*fleet(30)), 30, 10.0, lambda _: {"memory": "900Mi"})
    assert {each.severity for each in scene.held.values() if each.rule == RULE} == {Severity.CRITICAL}


def test_it_is_told_once_and_ends_with_its_window() -> None:
    scene = write(Scene().live("deployments").put(*fleet(40)), 20, 20.0, lambda _: {"memory": "900Mi"})
    assert len([each for each in scene.held.values() if each.rule == RULE]) == 1
    scene.wait(3_700.0)
    assert RULE not in scene.rules()


def test_a_rightsizer_that_works_through_the_fleet_overnight_is_none() -> None:
    scene = write(Scene().live("deployments").put(*fleet(60)), 60, 480.0, lambda _: {"memory": "900Mi"})
    assert not found(scene)


def test_one_that_follows_the_use_up_and_down_is_none() -> None:
    scene = Scene().live("deployments").put(*fleet(40))
    write(scene, 40, 10.0, lambda number: {"memory": "1100Mi" if number % 3 == 0 else "900Mi"})
    assert not found(scene)


def test_one_large_rise_hides_no_sweep() -> None:
    scene = Scene().live("deployments").put(*fleet(40))
    write(scene, 20, 10.0, lambda number: {"memory": "9000Mi" if number == 0 else "900Mi"})
    assert found(scene)


def test_what_comes_back_at_once_is_cut_no_longer() -> None:
    sweeps = Sweeps()
    for number in range(20):
        sweeps.note(f"Deployment/shop/svc-{number}", "replicas", 10.0, 9.0, float(number))
        sweeps.note(f"Deployment/shop/svc-{number}", "replicas", 9.0, 10.0, float(number))
    assert not sweeps.over(20.0)


@pytest.mark.parametrize("manager", ["helm", "argocd-controller", "kubectl-edit"])
def test_what_others_cut_is_none(manager: str) -> None:
    scene = Scene().live("deployments").put(*fleet(40))
    assert not found(write(scene, 30, 10.0, lambda _: {"memory": "900Mi"}, manager=manager))


def test_a_few_percent_of_noise_are_none() -> None:
    scene = write(Scene().live("deployments").put(*fleet(40)), 40, 10.0, lambda _: {"memory": "970Mi"})
    assert not found(scene)


def test_the_services_of_a_small_cluster_may_be_seen_to_one_after_the_other() -> None:
    assert not found(write(Scene().live("deployments").put(*fleet(4)), 4, 10.0, lambda _: {"memory": "900Mi"}))
    assert found(write(Scene().live("deployments").put(*fleet(6)), 6, 10.0, lambda _: {"memory": "900Mi"}))


def test_a_horizontal_autoscaler_of_the_settings_may_follow_the_evening() -> None:
    optimizer = msgspec.structs.replace(OPTIMIZER, role="horizontal")
    scene = Scene(optimizer=optimizer).live("deployments").put(*fleet(40))
    assert not found(write(scene, 20, 10.0, lambda _: {"replicas": 9}))
    assert found(write(scene, 20, 10.0, lambda _: {"memory": "900Mi"}))


PROSE = {
    "limit": "Reduced memory limit of {name} from 1000Mi to 900Mi",
    "request": "Lowered the cpu request of deployment {name} from 1000m to 900m",
    "replicas": "Scaled deployment {name} from 10 to 9 replicas",
    "bound": "Set maxReplicas of hpa {name} from 20 to 18",
}


@pytest.mark.parametrize("what", PROSE)
def test_a_sweep_is_seen_in_prose_alone(what: str) -> None:
    scene = Scene()
    for number in range(15):
        scene.wait(30.0)
        scene.say(f"INFO tuner: {PROSE[what].format(name=f'svc-{number}')}")
    assert found(scene)


DOCUMENTS = {
    "request": {"action": "patch_deployment", "changes": [{"path": "requests.cpu", "from": "1000m", "to": "900m"}]},
    "replicas": {"action": "scale_deployment", "old_replicas": 10, "new_replicas": 9},
    "bound": {"action": "patch_hpa", "changes": [{"path": "spec.maxReplicas", "from": 20, "to": 18}]},
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_a_sweep_is_seen_in_documents_alone(what: str) -> None:
    scene = Scene()
    for number in range(15):
        scene.wait(30.0)
        scene.say(json.dumps({"level": "INFO", "msg": "tuned", "target": f"svc-{number}", **DOCUMENTS[what]}))
    assert found(scene)


@pytest.mark.parametrize("words", ["[dry-run] would reduce", "Recommending", "Failed to reduce", "Proposal: reduce"])
def test_what_is_not_done_is_no_sweep(words: str) -> None:
    scene = Scene()
    for number in range(15):
        scene.wait(30.0)
        scene.say(f"INFO tuner: {words} memory limit of svc-{number} from 1000Mi to 900Mi")
    assert not found(scene)


def test_what_proved_to_be_anothers_counts_no_longer() -> None:
    sweeps = Sweeps()
    for number in range(20):
        sweeps.note(f"Deployment/shop/svc-{number}", "containers[a].resources.limits.memory", 100.0, 90.0, 1.0)
    for number in range(20):
        sweeps.forget(f"Deployment/shop/svc-{number}", "containers[a].resources.limits.memory")
    assert not sweeps.over(2.0)


def test_memory_is_bounded_and_the_newest_stay() -> None:
    sweeps = Sweeps()
    for number in range(SWEPT + 100):
        sweeps.note(f"Deployment/shop/svc-{number}", "replicas", 10.0, 9.0, 1.0)
    assert {each.cut for each in sweeps.over(2.0)} == {SWEPT}
