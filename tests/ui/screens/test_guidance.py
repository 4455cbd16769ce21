"""Palette and help: every action is found by what it does, a pane's own keys come first, no key is silent."""

from __future__ import annotations

from opsconsole.switches.registry import WITH_KEYS
from opsconsole.ui.drawing.keys import bindings_of
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.screens.cockpit import Cockpit
from opsconsole.ui.screens.panes import PaneScreen
from opsconsole.ui.screens.picker import PickerScreen
from tests.ui import aura
from tests.ui.running import running, screen_text, shows, until


def page(pilot) -> str:
    return "\n".join("".join(text for text, _ in line.spans) for line in pilot.app.screen.buffer.lines)


async def test_the_palette_lists_every_action_of_the_screen_with_its_key():
    async with running(size=(100, 60)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("colon")
        await shows(pilot, "Action:")
        listed = {action for action, _ in pilot.app.screen._list._choices}
        wanted = {each.action for each in bindings_of(type(pilot.app.cockpit))} - {"app.palette"}
        assert wanted <= listed
        assert any(action.startswith("app.switch(") for action in listed)


async def test_an_action_that_is_found_is_done():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("ctrl+p", *"sources", "enter")
        await shows(pilot, "Sources")
        await pilot.press("escape", "colon", *"reverse", "enter")
        await shows(pilot, "reversed")


async def test_a_list_to_pick_from_does_not_push_its_keys_off_the_screen():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("colon")
        await shows(pilot, "Enter take it  Esc leave")
        await pilot.press(*"sources")
        await shows(pilot, "sources_  ")


async def test_a_switch_from_the_palette_opens_its_plan_and_never_fires():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        pilot.app.core.switchboard = None
        await pilot.press("colon", *"revoke", "enter")
        await shows(pilot, "the kill switches are still being set up")


async def test_a_read_only_console_offers_no_switch():
    core = aura.console()
    core.settings = type(core.settings)(read_only=True)
    async with running(core, size=(80, 24)) as pilot:
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        assert not any(action.startswith("app.switch(") for action, _ in pilot.app.screen._list._choices)


async def test_the_help_begins_with_the_pane_that_the_keys_go_to():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("tab", "question_mark")
        await shows(pilot, "Here, in the pane Decisions")
        text = page(pilot)
        assert text.index("Here, in the pane Decisions") < text.index("pause/follow") < text.index("Kill switches")
        assert "newest first, level, target" in text
        assert "pauses it" in text


async def test_the_help_of_another_screen_begins_with_that():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        await pilot.press("i", "question_mark")
        await shows(pilot, "Here, in texts")


async def test_a_key_that_does_nothing_says_so():
    async with running(size=(80, 24)) as pilot:
        await shows(pilot, "checkout")
        for key, name in (("x", "x"), ("7", "7"), ("f5", "f5")):
            await pilot.press(key)
            await shows(pilot, f"{name} does nothing here: ? lists the keys, : finds an action")
        await pilot.press("j")
        await until(pilot, lambda: "does nothing" not in screen_text(pilot.app))


def test_no_key_of_a_kill_switch_means_something_else_on_a_screen():
    for screen in (Cockpit, PaneScreen, OpsScreen):
        bound = {key for each in screen.BINDINGS for key in each.key.split(",")}
        assert bound.isdisjoint(spec.key for spec in WITH_KEYS), screen.__name__
    assert len({spec.key for spec in WITH_KEYS}) == len(WITH_KEYS)
