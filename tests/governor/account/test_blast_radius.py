"""How far one script reaches: pods, services and nodes in a minute and an hour, of how many there are."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.governor.account.blast_radius import TARGETS, BlastRadius
from opsconsole.governor.measures import BlastMeasure
from opsconsole.records import Finding, Severity
from opsconsole.settings import GovernorSettings, OptimizerSettings
from tests.governor.scene import OPTIMIZER, Scene, deployment, node, pod


def delete_pods(scene: Scene, count: int, verb: str = "Deleting", seconds: float = 1.0) -> Scene:
    for number in range(count):
        scene.clock.at += seconds
        scene.say(f"[2023-10-27 03:{14 + number // 60:02}:{number % 60:02}] INFO: {verb} pod 'shop/web-{number:05}'")
    return scene


def only(scene: Scene) -> Finding:
    found = scene.of("blast-radius")
    assert len(found) == 1, found
    return found[0]


def test_thirty_pods_deleted_in_half_a_minute_are_critical_in_an_archive() -> None:
    finding = only(delete_pods(Scene(), 30))
    assert finding.severity is Severity.CRITICAL
    assert finding.title.startswith("deletes or evicts 30 pods in a minute, mostly in shop")


@pytest.mark.parametrize("verb", ["Evicting", "Evicted", "Deleted"])
def test_the_tense_does_not_matter(verb: str) -> None:
    assert only(delete_pods(Scene(), 10, verb)).severity is Severity.WARNING


def test_a_pod_now_and_then_is_ordinary_work() -> None:
    assert "blast-radius" not in delete_pods(Scene(), 7).rules()
    assert "blast-radius" not in delete_pods(Scene(), 20, seconds=300.0).rules()


def test_the_same_pod_again_and_again_is_one_pod() -> None:
    scene = Scene()
    for second in range(30):
        scene.say(f"[2023-10-27 03:14:{second:02}] INFO: Evicted pod 'ledger/db-0'")
    assert "blast-radius" not in scene.rules()
    assert "announcements-per-minute" in scene.rules(), "the loop is flagged as one"


def test_a_tenth_of_the_pods_is_too_many_where_the_fleet_is_known() -> None:
    scene = Scene().put(*(pod(f"other-{number}") for number in range(50)))
    assert "blast-radius" not in delete_pods(scene, 5).rules()
    scene.say("[2023-10-27 03:14:20] INFO: Deleting pod 'shop/one-more'")
    assert "6 of 50 pods" in only(scene).title


def test_a_proposal_a_dry_run_and_a_refusal_hit_nobody() -> None:
    for verb in ("Would delete", "[dry-run] Deleting", "Failed to delete"):
        assert "blast-radius" not in delete_pods(Scene(), 30, verb).rules(), verb


def test_two_nodes_cordoned_in_an_hour_are_too_many_of_a_few() -> None:
    nodes = [node(f"node-{number}") for number in range(6)]
    scene = Scene().put(*nodes)
    for number, each in enumerate(nodes[:4]):
        scene.clock.at += 600.0
        scene.put(msgspec.structs.replace(each, unschedulable=True))
        assert ("blast-radius" in scene.rules()) is (number > 0)
    finding = only(scene)
    assert finding.title.startswith("drains, cordons, taints, restarts or deletes 4 of 6 nodes in an hour")
    assert finding.severity is Severity.CRITICAL


def test_forty_services_cut_in_forty_seconds_are_seen() -> None:
    services = [deployment(f"svc-{number:02}") for number in range(40)]
    scene = Scene().put(*services)
    for service in services:
        scene.clock.at += 1.0
        cut = deployment(service.name, memory="900Mi", by=("aura-optimizer", scene.clock.at))
        scene.put(cut)
    assert "changes 40 of 40 services in a minute" in only(scene).title


def test_people_reach_as_far_as_they_like() -> None:
    services = [deployment(f"svc-{number:02}") for number in range(40)]
    scene = Scene().put(*services)
    for service in services:
        scene.put(deployment(service.name, memory="900Mi", by=("kubectl", scene.clock.at)))
    assert "blast-radius" not in scene.rules()


def test_a_role_in_the_settings_may_reach_further_and_no_word_of_its_own() -> None:
    role = OptimizerSettings(name=OPTIMIZER.name, role="descheduler")
    assert "blast-radius" not in delete_pods(Scene(optimizer=role), 20).rules()
    assert "blast-radius" in delete_pods(Scene(optimizer=role), 30).rules()
    scene = Scene()
    scene.say("[2023-10-27 03:13:59] INFO: descheduler starting, evictions are my work")
    assert "blast-radius" in delete_pods(scene, 20).rules()


def test_thresholds_come_from_the_settings() -> None:
    assert "blast-radius" in delete_pods(Scene(GovernorSettings(blast_pods=2)), 2).rules()


def test_it_ends_with_its_window() -> None:
    scene = delete_pods(Scene(), 10)
    scene.wait(3_700.0)
    assert "blast-radius" not in scene.rules()


def test_memory_is_bounded_and_a_repeated_target_counts_once() -> None:
    radius = BlastRadius()
    for number in range(TARGETS + 500):
        radius.hit(BlastMeasure.PODS, f"pod-{number}", 1.0, group="shop")
        radius.hit(BlastMeasure.PODS, f"pod-{number}", 1.0, group="shop")
    assert radius.reach(BlastMeasure.PODS, 3600.0, 2.0).count == TARGETS
    assert radius.reach(BlastMeasure.PODS, 60.0, 500.0).count == 0


@pytest.mark.parametrize("order", [("HPA", "Deployment"), ("Deployment", "HPA"), ("HPA", "Deployment", "HPA")])
def test_what_proves_a_persons_takes_nothing_from_its_autoscalers_hit(order: tuple[str, ...]) -> None:
    radius, services = BlastRadius(), BlastMeasure.SERVICES
    for second, kind in enumerate(order):
        radius.hit(services, "shop/web", float(second), kind=kind, group="shop")
    radius.hit(services, "shop/cart", 1.0, kind="Deployment", group="shop")
    assert radius.reach(services, 3600.0, 5.0).count == 2, "an autoscaler and what it scales are one service"
    radius.forget("shop/web", "Deployment")
    assert radius.reach(services, 3600.0, 5.0).count == 2
    radius.forget("shop/web", "HPA")
    assert radius.reach(services, 3600.0, 5.0).count == 1
    assert not radius.reach(services, 3600.0, 4_000.0).count


def test_more_pods_than_there_are_at_a_time_are_told_so() -> None:
    workload = deployment("web", namespace="shop")
    scene = Scene()
    scene.put(workload, *[pod(f"web-{number}", workload) for number in range(12)])
    finding = only(delete_pods(scene, 30))
    assert finding.title.startswith("deletes or evicts 30 pods (12 at a time) in a minute")
