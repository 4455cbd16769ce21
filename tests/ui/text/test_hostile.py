"""Text from outside that tries to be obeyed: whatever a feed lets through, nothing of it reaches the terminal raw.

The feeds clean at the door; here their records carry the raw text, as if every one of them had forgotten to.
"""

from __future__ import annotations

import re

import msgspec
import pytest

from opsconsole.records import Health, Identity, Kind, Ref, State
from tests.ui import aura
from tests.ui.inspecting import Inspector, Stream
from tests.ui.running import running, screen_bytes, screen_text, shows, until

ATTACKS = {
    "osc title": "\x1b]0;pwned\x07",
    "osc 52 clipboard": "\x1b]52;c;cHduZWQ=\x1b\\",
    "osc 8 link": "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "clear screen": "\x1b[2J\x1b[H",
    "c1 csi": "\x9b31mred",
    "c1 osc": "\x9d0;pwned\x9c",
    "markup action": "[@click=app.leave]X[/]",
    "spaced markup action": "[ @click=app.leave ]X[/]",
    "stray tag": "[/] [bold] [red",
    "bidi override": "\u202egpj.exe\u202c",
    "bidi isolate": "\u2066evil\u2069",
    "zero width": "au\u200bth\u200d\ufeff",
    "line separator": "one\u2028two\u2029three",
    "carriage return": "good\rbad",
    "backspaces": "good\x08\x08\x08\x08evil",
    "bell": "\x07\x07",
    "shift out": "\x0e\x0f",
    "lone surrogate": "x\ud800y\udfff",
    "nul and del": "\x00\x7f",
    "tags": "\U000e0041\U000e0042",
    "newline": "one\ntwo\x0bthree",
}
ATTACK = " ".join(ATTACKS.values())

# What a screen may send: text, and the escape sequences that Textual itself draws with.
OWN_SEQUENCES = re.compile(r"\x1b\[[0-9;]*[mH]")
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def poison(record, text: str):
    """The same record with ``text`` in every string that is not its key, nested records included."""

    def poisoned(name: str, value):
        if isinstance(value, str) and type(value) is str and name not in ("key", "uuid", "device", "kind", "path"):
            return f"{value}{text}"
        if isinstance(value, msgspec.Struct):
            return poison(value, text)
        if isinstance(value, tuple):
            return tuple(poisoned("item", item) for item in value)
        return value

    return type(record)(**{name: poisoned(name, getattr(record, name)) for name in record.__struct_fields__})


def hostile_console(text: str):
    night = {kind: [poison(record, text) for record in records] for kind, records in aura.records().items()}
    words = [Health(word.feed, State.STALE, word.since, word.seen, text) for word in aura.health()]
    core = aura.console(aura.MemoryFeed(night, words))
    core.identity = Identity(user=text, context=text, cluster=text, version=text)

    class Evil(Inspector):
        def manifest(self, ref: Ref) -> str:
            return f"kind: {text}\n{text}: value"

        def logs(self, pod, container, *, previous, follow, tail):
            return Stream([text, f"ERROR {text}"], ends=True)

    core.inspector = Evil()
    core.coach = lambda: text
    return core


def assert_harmless(app) -> None:
    written = OWN_SEQUENCES.sub("", screen_bytes(app))
    found = FORBIDDEN.search(written)
    assert found is None, f"{found!r} in {written[max(found.start() - 30, 0) : found.end() + 30]!r}"
    written.encode("utf-8")


def assert_nothing_to_click(app) -> None:
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            assert segment.style is None or not segment.style.meta or "@click" not in segment.style.meta


@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
async def test_every_pane_and_every_screen_draws_hostile_text_harmlessly(size):
    async with running(hostile_console(ATTACK), size=size) as pilot:
        app = pilot.app
        await until(pilot, lambda: app.cockpit.panes[0].model.total == 6)
        await pilot.pause()
        for _ in range(4):
            assert_harmless(app)
            assert_nothing_to_click(app)
            for key in ("enter", "l", "p", "y", "d"):
                await pilot.press(key)
                await pilot.pause()
                assert_harmless(app)
            await until_cockpit(pilot)
            await pilot.press("tab")
        for key in ("N", "question_mark", "n", "s"):
            await pilot.press(key)
            await pilot.pause()
            assert_harmless(app)
            await until_cockpit(pilot)


async def until_cockpit(pilot) -> None:
    await until(pilot, lambda: True, "the end of what the key or the click began")
    for _ in range(5):
        if pilot.app.screen is pilot.app.cockpit:
            return
        await pilot.press("escape")
        await pilot.pause()
    raise AssertionError("Esc does not lead back")


async def test_each_attack_in_a_log_is_seen_and_not_obeyed():
    core = hostile_console("")
    core.inspector.logs = lambda *_, **__: Stream(list(ATTACKS.values()), ends=True)
    async with running(core) as pilot:
        await until(pilot, lambda: pilot.app.cockpit.panes[0].model.total == 6)
        await pilot.press("l")
        await shows(pilot, "end of the log")
        assert_harmless(pilot.app)
        for seen in ("␛]0;pwned␇", "<U+202E>gpj.exe", "au<U+200B>th", "good␍bad", "x<U+D800>y", "␀␡", "<U+009B>31mred"):
            assert seen in screen_text(pilot.app)


async def test_clicking_on_markup_in_a_cell_runs_nothing():
    async with running(hostile_console(ATTACKS["markup action"])) as pilot:
        await until(pilot, lambda: pilot.app.cockpit.panes[0].model.total == 6)
        assert "[@click=app.leave]X[/]" in screen_text(pilot.app)
        for x in range(0, 100, 7):
            await pilot.click("#pods", offset=(x, 3))
            await until_cockpit(pilot)
        assert pilot.app.is_running


async def test_hostile_keys_and_patterns_are_only_text():
    async with running(hostile_console(ATTACK)) as pilot:
        await pilot.press("slash", *"[/]", "enter")
        await pilot.pause()
        assert_harmless(pilot.app)
        await pilot.press("slash", *"[@click=app.leave]", "enter")
        await pilot.pause()
        assert_harmless(pilot.app)
        assert pilot.app.is_running


def test_the_poison_is_in_every_record():
    for kind, records in aura.records().items():
        for record in records:
            if kind is not Kind.NODE:
                assert "\x1b" in repr(poison(record, ATTACK)) or "x1b" in repr(poison(record, ATTACK))
