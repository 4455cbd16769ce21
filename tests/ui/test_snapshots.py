"""Pictures of the screen. ``pytest tests/ui/test_snapshots.py --snapshot-update`` takes them anew: look at each."""

from __future__ import annotations

import pytest

from opsconsole.settings import Settings, UiSettings
from opsconsole.ui.app import OpsConsoleApp
from tests.ui import aura
from tests.ui.inspecting import Inspector
from tests.ui.running import ENVIRON, shows


def night(theme: str = "dark", *, read_only: bool = False) -> OpsConsoleApp:
    settings = Settings(
        read_only=read_only,
        cluster=aura.SETTINGS.cluster,
        optimizer=aura.SETTINGS.optimizer,
        ui=UiSettings(theme=theme, bell=False),
    )
    core = aura.console(settings=settings)
    core.inspector = Inspector()
    return OpsConsoleApp(core, ENVIRON)


def after(text: str, *keys: str, then: str = ""):
    """Press keys once a text is there, and wait for another."""

    async def prepare(pilot):
        await shows(pilot, text)
        for key in keys:
            await pilot.press(key)
        if then:
            await shows(pilot, then)

    return prepare


@pytest.mark.parametrize("theme", ["dark", "light", "ansi"])
def test_four_panes(snap_compare, theme):
    assert snap_compare(night(theme), terminal_size=(200, 50), run_before=after("OOMKilled"))


def test_one_pane_at_80_by_24(snap_compare):
    assert snap_compare(night(), terminal_size=(80, 24), run_before=after("OOMKilled"))


def test_read_only(snap_compare):
    assert snap_compare(night(read_only=True), terminal_size=(120, 30), run_before=after("OOMKilled"))


def test_a_filter_being_typed(snap_compare):
    assert snap_compare(
        night(), terminal_size=(80, 24), run_before=after("OOMKilled", "slash", *"auth", then="Pods 1 of 6")
    )


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        pytest.param(("j", "enter"), "exit code 137", id="pod"),
        pytest.param(("tab", "j", "enter"), "Raw log entry", id="decision"),
        pytest.param(("tab", "tab", "enter"), "as it is now", id="event"),
        pytest.param(("tab", "tab", "tab", "j", "enter"), "CANDIDATE", id="process"),
        pytest.param(("j", "p"), "end of the log", id="previous-log"),
        pytest.param(("j", "y"), "as it was when", id="yaml"),
        pytest.param(("question_mark",), "Here, in the pane Pods", id="help"),
        pytest.param(("N",), "all namespaces", id="namespaces"),
    ],
)
def test_what_opens(snap_compare, keys, text):
    assert snap_compare(night(), terminal_size=(110, 45), run_before=after("OOMKilled", *keys, then=text))
