"""In-place resizes of running pods: seen, attributed by who wrote ``pods/resize``, judged like any cut."""

from __future__ import annotations

import msgspec

from opsconsole.governor.observed.resizes import resized
from opsconsole.records import Container, FieldManager, Pod, Resources
from tests.governor.scene import Scene, deployment, limits, pod

MI = 1 << 20


def running(memory: str = "1Gi", *resizers: FieldManager, **more: object) -> Pod:
    owner = deployment("auth-service")
    containers = (Container("auth-container", state="running", ready=True, resources=limits(memory)),)
    return msgspec.structs.replace(pod("auth-1", owner), containers=containers, managers=resizers, **more)


def by(manager: str, scene: Scene) -> FieldManager:
    return FieldManager(manager, "Update", "resize", scene.clock.at)


def test_a_resize_is_a_change_of_the_pod_by_who_wrote_it() -> None:
    scene = Scene().put(running())
    scene.wait(10).put(running("64Mi", by("aura-optimizer", scene)))
    (change,) = scene.governor.changes
    assert (change.about.kind, change.about.name, change.manager, change.by_optimizer) == (
        "Pod", "auth-1", "aura-optimizer", True,
    )  # fmt: skip
    assert [(each.path, each.before, each.after) for each in change.fields] == [
        ("containers[auth-container].resources.limits.memory", "1Gi", "64Mi")
    ]


def test_a_deep_cut_in_place_is_an_alarm_on_the_pod() -> None:
    scene = Scene().put(running())
    scene.wait(10).put(running("64Mi", by("aura-optimizer", scene)))
    (found,) = scene.of("limit-cut")
    assert found.about is not None
    assert (found.about.kind, found.about.name) == ("Pod", "auth-1")
    assert "cut 94 %" in found.title


def test_a_resize_by_a_person_is_theirs() -> None:
    scene = Scene().put(running())
    scene.wait(10).put(running("64Mi", by("kubectl-patch", scene)))
    assert scene.governor.changes[0].by_optimizer is False
    assert "limit-cut" not in scene.rules()


def test_many_small_resizes_are_told_as_what_they_come_to() -> None:
    scene = Scene().put(running("1000Mi"))
    size = 1000
    for _ in range(12):
        size = size * 9 // 10
        scene.wait(20).put(running(f"{size}Mi", by("aura-optimizer", scene)))
    assert "cut-by-steps" in scene.rules()


def test_the_pod_as_a_whole_can_be_resized() -> None:
    scene = Scene().put(running(resources=Resources(memory_limit=1024.0 * MI)))
    scene.wait(10).put(running("1Gi", by("aura-optimizer", scene), resources=Resources(memory_limit=64.0 * MI)))
    assert [each.path for each in scene.governor.changes[0].fields] == ["resources.limits.memory"]


def test_a_pod_that_restarts_or_is_replaced_was_not_resized() -> None:
    scene = Scene().put(running())
    scene.wait(5).put(msgspec.structs.replace(running(), restarts=5, status="OOMKilled"))
    scene.wait(5).put(msgspec.structs.replace(running("64Mi"), uid="another"))
    assert scene.governor.changes == []


def test_a_row_of_the_table_alone_is_no_resize() -> None:
    partial = Pod("production", "auth-1", partial=True)
    scene = Scene().put(partial)
    scene.wait(5).put(running())
    assert scene.governor.changes == []


def test_who_can_not_be_told_is_not_guessed() -> None:
    scene = Scene().put(running())
    scene.wait(10).put(running("64Mi"))
    (change,) = scene.governor.changes
    assert (change.manager, change.by_optimizer) == ("", None)


def test_a_container_that_came_is_no_resize() -> None:
    one = running()
    two = msgspec.structs.replace(one, containers=(*one.containers, Container("debugger", ephemeral=True)))
    assert not resized(one, two)
