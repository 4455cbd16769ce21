"""Another optimizer is named in the middle of the night: what was seen already is attributed anew."""

from __future__ import annotations

import pytest

from opsconsole.governor.observed import changes
from opsconsole.optimizer import Optimizers
from opsconsole.settings import OptimizerEntry, OptimizerSettings, Settings
from tests.governor.scene import START, Scene, deployment, node


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
    assert [(row.certain, row.its_manager, row.writes) for row in scene.governor.damage()] == [(False, "", 1)]


def test_damage_by_writes_that_are_forgotten_is_certain_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 1)
    scene = Scene(optimizer=OptimizerSettings(name="ops/aura", managers=("aura",)))
    cut(scene, "aura")
    scene.put(deployment("web", memory="1Gi"))
    scene.put(deployment("web", memory="64Mi", by=("aura", scene.clock.at)))
    assert [row.certain for row in scene.governor.damage()] == [True, True]
    scene.governor.rename(renamed("another"))
    scene.pump()
    assert [row.certain for row in scene.governor.damage()] == [False, False]


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
    scene = Scene().put(node())
    cut(scene, "unknown-script")
    scene.put(deployment(memory="32Mi", by=("unknown-script", scene.clock.at)))
    for each in ("unknown-script", "another", "unknown-script", "unknown-script"):
        scene.governor.rename(renamed(each))
        scene.pump()
        budget = scene.governor.budget
        assert (budget.memory, budget.unsure_memory)[each == "another"] == 3 * (1024 - 32) * 1024**2
        assert (budget.memory, budget.unsure_memory)[each != "another"] == 0
        assert [(row.writes, row.now) for row in scene.governor.damage()] == [(2, "32Mi")]
    assert len(scene.governor.changes) == 2
    assert scene.clock.at == START + 10
