"""Node maintenance: nodes are booted one after the other, each back before the next goes. More is no maintenance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from opsconsole.commands.looking.judge import LogClock, judgements
from opsconsole.plugins.host import Plugins
from opsconsole.records import Finding, Severity
from opsconsole.settings import OptimizerSettings, Settings
from tests.governor.scene import OPTIMIZER, Scene, deployment, node, pod

IMAGE = "ghcr.io/kubereboot/kured@sha256:" + "e" * 64
BEGIN = datetime(2026, 5, 3, 2, tzinfo=UTC)


def boots(nodes: int, every: float, *, back: bool = True, pods: int = 0) -> Iterator[str]:
    """Lines as kured writes them for so many nodes, one in ``every`` seconds; ``pods`` of each are evicted."""
    for number in range(nodes):
        name, at = f"worker-{number}", BEGIN + timedelta(seconds=number * every)
        texts = ["Reboot required", "Acquired reboot lock", f"Draining node {name}"]
        texts += [f"evicting pod shop/web-{number}-{each}" for each in range(pods)]
        texts += [f"Commanding reboot for node: {name}", "Waiting for reboot"]
        for seconds, text in enumerate(texts):
            yield line(at + timedelta(seconds=seconds), text)
        for text in ("Holding lock", f"Uncordoning node {name}", "Releasing lock") if back else ():
            yield line(at + timedelta(seconds=every - 1), text)


def line(at: datetime, text: str) -> str:
    return f'time="{at:%Y-%m-%dT%H:%M:%SZ}" level=info msg="{text}"'


def alarms(lines: Iterator[str], role: str = "") -> list[Finding]:
    clock = LogClock()
    settings = Settings(optimizer=msgspec.convert({"role": role}, OptimizerSettings))
    found = [each for one in judgements(lines, settings, clock, Plugins(clock)) for each in one.findings]
    return [each for each in found if each.severity is not Severity.INFO]


@pytest.mark.parametrize("role", ["", "node-maintenance"])
@pytest.mark.parametrize(("nodes", "every"), [(3, 1_100.0), (24, 600.0), (40, 320.0)])
def test_a_night_in_which_every_node_is_booted_in_turn_is_calm_in_a_log_alone(
    nodes: int, every: float, role: str
) -> None:
    assert not alarms(boots(nodes, every), role)


def test_the_pods_of_a_node_leave_with_it() -> None:
    assert not alarms(boots(3, 900.0, pods=60))


def test_nodes_that_do_not_come_back_alarm() -> None:
    assert {each.rule for each in alarms(boots(3, 600.0, back=False))} == {"blast-radius"}
    assert not alarms(boots(3, 600.0, back=False), "node-maintenance")
    assert "blast-radius" in {each.rule for each in alarms(boots(4, 600.0, back=False), "node-maintenance")}


def test_nodes_that_are_booted_faster_than_any_boots_alarm() -> None:
    assert any(each.severity is Severity.CRITICAL for each in alarms(boots(40, 60.0)))
    assert alarms(boots(60, 60.0), "node-maintenance")


def test_pods_that_are_evicted_from_no_drained_node_alarm() -> None:
    lines = list(boots(1, 600.0, pods=0))[:2]
    lines += [line(BEGIN + timedelta(seconds=10 + each), f"evicting pod shop/web-{each}") for each in range(12)]
    assert "blast-radius" in {each.rule for each in alarms(iter(lines))}


def test_many_pods_are_told_of_pods_and_not_of_nodes() -> None:
    lines = boots(4, 600.0, back=False, pods=3)
    found = [each for each in alarms(lines) if each.rule == "blast-radius"]
    assert found
    assert all("nodes" in each.title for each in found)
    assert not [each for each in found if each.about is not None and each.about.kind == "Pod"]


def test_nodes_that_are_said_to_be_back_within_seconds_alarm() -> None:
    assert {each.rule for each in alarms(boots(12, 8.0))} == {"blast-radius"}
    assert alarms(boots(12, 8.0), "node-maintenance")


def test_the_pods_of_all_nodes_of_an_hour_do_not_leave_in_a_minute() -> None:
    after = BEGIN + timedelta(seconds=3_300)
    lines = [*boots(10, 330.0), *(line(after, f"evicting pod shop/web-{each}") for each in range(240))]
    assert "blast-radius" in {each.rule for each in alarms(iter(lines))}


def cluster(nodes: int = 20, *, image: str = IMAGE, role: str = "") -> Scene:
    its = deployment("aura-optimizer-v2", namespace="ops-tools", image=image)
    scene = Scene(optimizer=msgspec.structs.replace(OPTIMIZER, role=role)).live("deployments", "nodes", "pods")
    web = deployment("web", replicas=4)
    pods = (pod(f"web-{each}", web, node=f"node-{each % nodes}") for each in range(4 * nodes))
    return scene.put(its, web, *(node(f"node-{each}") for each in range(nodes)), *pods)


def boot(scene: Scene, number: int, *, back: bool = True) -> None:
    name = f"node-{number}"
    scene.wait(300.0).say(f"INFO: Draining node {name}")
    scene.put(msgspec.structs.replace(node(name), unschedulable=True))
    if back:
        scene.wait(300.0).say(f"INFO: Uncordoning node {name}")
        scene.put(node(name))


def worst(scene: Scene) -> list[Finding]:
    return [
        each
        for each in scene.held.values()
        if each.severity is not Severity.INFO and each.rule in ("blast-radius", "taints-changed", "fleet-melts")
    ]


def test_a_fleet_that_is_booted_in_turn_is_calm_where_it_is_seen() -> None:
    scene = cluster(5)
    for number in range(5):
        boot(scene, number)
    assert not worst(scene)


def test_nodes_that_are_seen_not_to_come_back_alarm() -> None:
    scene = cluster(10)
    for number in range(3):
        boot(scene, number, back=False)
    assert worst(scene)


def test_nodes_that_take_pods_again_and_are_not_ready_are_not_back() -> None:
    scene = cluster(10)
    for number in range(3):
        boot(scene, number)
        scene.put(msgspec.structs.replace(node(f"node-{number}"), ready=False))
    assert "blast-radius" in {each.rule for each in worst(scene)}


def test_the_same_boots_by_a_program_of_no_known_role_alarm() -> None:
    scene = cluster(5, image="corp/aura:v2")
    boot(scene, 0)
    assert worst(scene)


def test_maintenance_that_deletes_what_serves_is_none() -> None:
    lines = [*boots(1, 600.0), line(BEGIN + timedelta(seconds=700), "Deleting deployment shop/web")]
    assert "object-deleted" in {each.rule for each in alarms(iter(lines))}
