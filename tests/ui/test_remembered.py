"""The cockpit is shown as it was left on that cluster; whatever the file holds, it never costs the start."""

from __future__ import annotations

import msgspec
import pytest

from opsconsole.ui.remembered import LARGEST, MOST, CockpitLook, PaneLook, Remembered
from tests.ui import aura
from tests.ui.running import ENVIRON, running, screen_text, shows, until

UID = "0b1c2d3e-0000-4000-8000-000000000001"


def on(cluster: str = UID, **ui):
    core = aura.console()
    core.identity = msgspec.structs.replace(core.identity, uid=cluster)
    core.settings = msgspec.structs.replace(core.settings, ui=msgspec.structs.replace(core.settings.ui, **ui))
    return core


@pytest.fixture
def environ(tmp_path):
    return {**ENVIRON, "XDG_STATE_HOME": str(tmp_path)}


async def leave_sorted_and_filtered(environ, core=None):
    async with running(core or on(), environ=environ) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("s", "slash", *"auth", "enter", "tab")
        await shows(pilot, "/auth")


async def test_order_filter_and_pane_are_there_again_and_said(environ):
    await leave_sorted_and_filtered(environ)
    async with running(on(), environ=environ) as pilot:
        await shows(pilot, "filtered as you left it: Pods /auth")
        panes = pilot.app.cockpit.panes
        assert panes[0].model.sort.name == "name"
        assert pilot.app.cockpit.pane is panes[1]


async def test_another_cluster_begins_afresh(environ):
    await leave_sorted_and_filtered(environ)
    async with running(on("another"), environ=environ) as pilot:
        await shows(pilot, "checkout")
        await until(pilot, lambda: pilot.app.recalled)
        assert "as you left it" not in screen_text(pilot.app)
        assert pilot.app.cockpit.panes[0].filter is None


async def test_what_was_just_typed_is_not_overruled(environ):
    await leave_sorted_and_filtered(environ)
    core = on("")
    async with running(core, environ=environ) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("slash", *"vector", "enter")
        core.identity = msgspec.structs.replace(core.identity, uid=UID)
        await until(pilot, lambda: pilot.app.recalled)
        assert "as you left it" not in screen_text(pilot.app)
        assert pilot.app.cockpit.panes[0].filter.text == "vector"


async def test_it_can_be_switched_off(environ, tmp_path):
    await leave_sorted_and_filtered(environ, on(remember=False))
    assert list(tmp_path.rglob("cockpit.json")) == []


async def test_a_cluster_without_a_uid_is_not_remembered(environ, tmp_path):
    await leave_sorted_and_filtered(environ, on(""))
    assert list(tmp_path.rglob("cockpit.json")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no json",
        b"[]",
        b'{"x": 1}',
        b'{"0b1c2d3e-0000-4000-8000-000000000001": {"pane": "none", "panes": {"pods": {"sort": "no such"}}}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (LARGEST + 1),
    ],
    ids=["empty", "no-json", "a-list", "another-shape", "unknown-names", "no-utf8", "deep", "too-large"],
)
async def test_a_file_that_makes_no_sense_is_forgotten(environ, tmp_path, data):
    folder = tmp_path / "opsconsole"
    folder.mkdir(mode=0o700)
    (folder / "cockpit.json").write_bytes(data)
    async with running(on(), environ=environ) as pilot:
        await shows(pilot, "checkout")
        await until(pilot, lambda: pilot.app.recalled)


def test_the_file_is_for_its_user_alone_and_stays_small(tmp_path):
    kept = Remembered({"XDG_STATE_HOME": str(tmp_path)})
    for number in range(MOST + 10):
        kept.keep(f"cluster-{number}", CockpitLook("pods", {"pods": PaneLook("name")}, float(number)))
    file = tmp_path / "opsconsole" / "cockpit.json"
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in file.parent.iterdir()] == ["cockpit.json"]
    assert kept.of("cluster-0") is None
    assert kept.of(f"cluster-{MOST + 9}") is not None


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path):
    (tmp_path / "opsconsole").write_text("a file in the way")
    kept = Remembered({"XDG_STATE_HOME": str(tmp_path)})
    kept.keep("c", CockpitLook())
    assert kept.of("c") is None
