"""``0`` asks a second time where k9s is installed, for its ``0`` shows all namespaces."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from opsconsole.settings import SwitchSettings
from opsconsole.ui.kill.twice import WORDS, asks_twice
from tests.switches.acting.test_kill_screen import core_with, open_plan, press, screen_of
from tests.switches.toys import Toys
from tests.ui.running import running, shows

BARE = {"HOME": "/nonexistent-home", "PATH": ""}


def settings(twice: str) -> SwitchSettings:
    return msgspec.convert({"twice": twice}, SwitchSettings)


def test_nobody_is_asked_twice_where_there_is_no_k9s() -> None:
    assert not asks_twice("all", SwitchSettings(), BARE)


@pytest.mark.parametrize("place", [".k9s", ".config/k9s"])
def test_its_settings_tell_that_the_fingers_know_it(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True)
    assert asks_twice("all", SwitchSettings(), {**BARE, "HOME": str(tmp_path)})


def test_its_program_tells_it(tmp_path: Path) -> None:
    program = tmp_path / "k9s"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert asks_twice("all", SwitchSettings(), {**BARE, "PATH": str(tmp_path)})


def test_its_variable_tells_it() -> None:
    assert asks_twice("all", SwitchSettings(), {**BARE, "K9S_CONFIG_DIR": "/etc/k9s"})


@pytest.mark.parametrize(("twice", "expected"), [("always", True), ("never", False)])
def test_the_setting_has_the_last_word(twice: str, expected: bool) -> None:
    environ = {**BARE, "K9S_CONFIG_DIR": "/etc/k9s"} if not expected else BARE
    assert asks_twice("all", settings(twice), environ) is expected


@pytest.mark.parametrize("name", ["revoke", "optimizer", "gpu", "freeze", "restore"])
def test_no_other_switch_asks_twice(name: str) -> None:
    assert not asks_twice(name, settings("always"), BARE)


async def test_the_first_enter_is_answered_by_a_question_and_the_second_executes(tmp_path: Path) -> None:
    toys = Toys(tmp_path / "journal")
    async with running(core_with(toys), size=(80, 24)) as pilot:
        at = await open_plan(pilot)
        screen = screen_of(pilot)
        screen.ask_twice = True
        await press(pilot, "enter", at)
        await shows(pilot, WORDS[:40])
        assert not screen._executing
        assert screen._future is None
        await press(pilot, "enter", at + 0.1)
        assert screen._future is None, "a key repeat is no second answer"
        await press(pilot, "enter", at + 2.0)
        assert screen._future is not None
