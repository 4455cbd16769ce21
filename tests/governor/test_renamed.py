"""Another optimizer is named in the middle of the night: what was seen already is attributed anew."""

from __future__ import annotations

from opsconsole.optimizer import Optimizers
from opsconsole.settings import OptimizerEntry, OptimizerSettings, Settings
from tests.governor.scene import START, Scene, deployment


def renamed(*managers: str) -> Optimizers:
    return Optimizers.of(Settings(optimizers=(OptimizerEntry(name="found", field_managers=managers),)))


def cut(scene: Scene, manager: str) -> None:
    scene.put(deployment(memory="1Gi"))
    scene.wait(10)
    scene.put(deployment(memory="64Mi", by=(manager, scene.clock.at)))


def test_writes_of_a_manager_that_is_named_later_are_the_optimizers() -> None:
    scene = Scene()
    cut(scene, "unknown-script")
    assert [change.by_optimizer for change in scene.governor.changes] == [None]
    scene.governor.rename(renamed("unknown-script"))
    scene.pump()
    assert [change.by_optimizer for change in scene.governor.changes] == [True]
    assert [row.path for row in scene.governor.damage()]
    assert scene.governor.managers == ("unknown-script",)


def test_writes_of_the_one_that_was_named_before_are_nobodys_again() -> None:
    scene = Scene(optimizer=OptimizerSettings(name="ops/aura", managers=("aura",)))
    cut(scene, "aura")
    assert [change.by_optimizer for change in scene.governor.changes] == [True]
    scene.governor.rename(renamed("another"))
    scene.pump()
    assert [change.by_optimizer for change in scene.governor.changes] == [None]


def test_the_last_known_good_is_kept_from_before_it_was_named() -> None:
    scene = Scene()
    cut(scene, "unknown-script")
    before = deployment(memory="1Gi").containers[0].resources.memory_limit
    scene.governor.rename(renamed("unknown-script"))
    scene.pump()
    good = scene.governor.last_known_good(deployment().ref)
    assert good is not None
    assert good.containers[0].resources.memory_limit == before  # type: ignore[union-attr]


def test_nothing_is_counted_twice_by_a_second_naming() -> None:
    scene = Scene()
    cut(scene, "unknown-script")
    for _ in range(3):
        scene.governor.rename(renamed("unknown-script"))
        scene.pump()
    assert len(scene.governor.changes) == 1
    assert scene.clock.at == START + 10
