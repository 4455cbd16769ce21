"""One record says what a switch is: keys, help, command, rights and banner are read from it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.commands.check import rights
from opsconsole.composition import EVERYTHING
from opsconsole.plugin import SWITCH_KEYS
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.downgrade import plan as downgrade
from opsconsole.switches.engine.switch import is_dangerous
from opsconsole.switches.registry import CONTAINING, FOLDERS, SPECS, UNDOABLE, WITH_KEYS, spec_of
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.spec import SwitchSpec
from opsconsole.ui.status.containment import PARTS

EACH = pytest.mark.parametrize("spec", SPECS, ids=[spec.name for spec in SPECS])


def test_every_folder_has_one_switch() -> None:
    assert len(SPECS) == len(FOLDERS)


def test_no_name_and_no_key_stands_twice() -> None:
    assert len({spec.name for spec in WITH_KEYS}) == len(WITH_KEYS)
    assert len({spec.key for spec in WITH_KEYS}) == len(WITH_KEYS)
    assert not {spec.key for spec in WITH_KEYS} & set(SWITCH_KEYS), "those are the plugins'"


@EACH
def test_the_command_names_it_and_says_what_it_does(spec: SwitchSpec) -> None:
    page = CliRunner().invoke(main, ["kill", "--help"]).output
    assert f"{spec.name:<10} {spec.help}" in page
    assert spec.name in page.partition("\n\n")[0]  # the usage, which may take two lines


@EACH
def test_the_command_builds_only_parts_that_there_are(spec: SwitchSpec) -> None:
    assert "switches" in spec.needs <= EVERYTHING


@EACH
def test_check_asks_for_its_rights(spec: SwitchSpec) -> None:
    assert rights.SWITCHES.get(spec.name, ()) == spec.rights


def test_the_containment_is_made_of_those_that_prove_something() -> None:
    assert PARTS == tuple(spec.name for spec in CONTAINING) == ("revoke", "optimizer", "gpu")
    assert all(spec.proves and spec.proved for spec in CONTAINING)


def test_a_switch_is_dangerous_unless_it_says_otherwise() -> None:
    assert SwitchSpec("x", "x", "X", "do x").dangerous
    assert is_dangerous(SimpleNamespace(name="x"))  # type: ignore[arg-type]
    assert not is_dangerous(SimpleNamespace(name="x", dangerous=False))  # type: ignore[arg-type]


def test_a_name_that_is_no_switch_has_no_spec() -> None:
    assert spec_of("nothing") is None
    assert spec_of("undo") is not None


def test_what_undo_takes_back_is_called_as_the_plans_call_it() -> None:
    assert {revoke.DELETE, revoke.REMOVE, optimizer.SET, restore.PUT, downgrade.MAKE} == UNDOABLE
