"""Freezing in the rehearsal: by the switch, and by the guard with nobody at the keyboard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.containment import why_not
from opsconsole.guard.guard import Guard
from opsconsole.guard.report import Word
from opsconsole.settings import Settings
from opsconsole.settings.sources import load
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.freeze.around.proof import frozen_all_the_same
from rehearsal import scenario
from rehearsal.engine import Engine
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from tests.support.waiting import eventually

PARTS = {"pods", "events", "cluster", "decisions", "judges", "switches"}


@pytest.fixture
def kubernetes() -> str:
    """The version that the night is played on."""
    return "v1.30.14"


@pytest.fixture
def story(aura: Scenario) -> Scenario:
    """The night that is played."""
    return aura


@pytest.fixture
def night(rehearse: Callable[..., Rehearsal], story: Scenario, kubernetes: str) -> Rehearsal:
    rehearsal = rehearse(msgspec.structs.replace(story, kubernetes=kubernetes))
    rehearsal.play_past(history=60)
    rehearsal.go_live()
    return rehearsal


@pytest.fixture
def console(night: Rehearsal, tmp_path: Any) -> Iterator[Console]:
    """The console's core on the rehearsal, pumped on a thread of its own."""
    flags = {**night.settings, "journal.folder": str(tmp_path / "journal"), "gpu.enabled": False}
    settings = load(None, flags, environ={})
    assert isinstance(settings, Settings)
    made = build_console(settings, clock=night.clock, only=PARTS)
    ended = threading.Event()

    def pump() -> None:
        while not ended.wait(0.05):
            made.pump()

    made.start()
    threading.Thread(target=pump, daemon=True).start()
    eventually(lambda: isinstance(made.switchboard, Switchboard))
    yield made
    ended.set()
    made.stop()


def frozen(rehearsal: Rehearsal) -> bool:
    from opsconsole.govern.identities import ACCOUNT_PREFIX
    from rehearsal.server.authorization.access import User
    from rehearsal.server.authorization.freeze import check
    from rehearsal.server.objects import errors
    from rehearsal.server.objects.routes import parse

    optimizer = rehearsal.scenario.optimizer
    user = User(f"{ACCOUNT_PREFIX}{optimizer.namespace}:{optimizer.account}", ())
    try:
        check(rehearsal.core.storage, user, parse("/api/v1/namespaces/production/pods"))
    except errors.ApiError:
        return True
    return False


def test_the_switch_freezes_the_optimizer_and_its_fight_against_the_human_ends(
    night: Rehearsal, console: Console
) -> None:
    board = console.switchboard
    outcome = board.execute(board.make_plan("freeze")).result(120)
    assert frozen_all_the_same(outcome.proofs), "Aura's optimizer is cluster-admin: frozen, and it could end that"
    assert "aura-optimizer-admin-binding" in why_not(outcome)
    assert frozen(night)
    assert board.execute(board.make_plan("thaw")).result(120).success
    assert not frozen(night)


@pytest.mark.parametrize("story", [scenario.load("salami")])
def test_a_right_sizer_that_may_only_patch_in_one_other_namespace_is_frozen_and_proved(console: Console) -> None:
    board = console.switchboard
    outcome = board.execute(board.make_plan("freeze")).result(120)
    assert outcome.success, why_not(outcome)
    assert "a dry run (patch deployments " in outcome.proofs[0].detail
    assert "-n production) was refused by the freeze" in outcome.proofs[0].detail
    assert board.execute(board.make_plan("thaw")).result(120).success


@pytest.mark.parametrize("kubernetes", ["v1.28.2"])
def test_on_a_kubernetes_that_has_no_policies_a_freeze_is_refused_as_on_a_real_one(console: Console) -> None:
    plan = console.switchboard.make_plan("freeze")
    assert "Kubernetes 1.30 or newer" in plan.blocked
    assert not plan.steps


def test_the_guard_freezes_the_night_with_nobody_at_the_keyboard(night: Rehearsal, console: Console) -> None:
    said: list[Word] = []
    guard = Guard(console, console.settings.guard, console.clock, lambda: True, said.append)
    console.add_observer(guard)
    guard.start()
    engine = Engine(night.world, night._cycle, night.scenario.optimizer.interval, 1.0)
    engine.start()
    try:
        eventually(lambda: any(word.kind == "Frozen" for word in said), seconds=150)
    finally:
        guard.stop()
        engine.stop()
    assert frozen(night)
    assert next(word.kind for word in said) == "Tripped"
