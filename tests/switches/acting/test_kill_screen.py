"""The screen of the kill switches, driven by keys with times of their own."""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.events import CursorPosition, Key, Paste
from textual.pilot import Pilot

from opsconsole.console import Console
from opsconsole.journal import writer
from opsconsole.journal.reader import read_entries
from opsconsole.records import Outcome, Proof, Step
from opsconsole.settings import Settings, SwitchSettings
from opsconsole.ui.kill.screen import KillScreen
from tests.switches.toys import Toys
from tests.ui import aura
from tests.ui.running import running, screen_text, shows, until

HOSTILE = "[@click=app.leave]press me[/] \x1b]0;owned\x07 [/] \u202eevil"


@pytest.fixture
def toys(tmp_path: Path) -> Toys:
    return Toys(tmp_path / "journal")


def core_with(toys: Toys, *, confirm: str = "enter", read_only: bool = False) -> Console:
    core = aura.console()
    core.settings = msgspec.structs.replace(
        core.settings,
        read_only=read_only,
        switches=msgspec.convert({"confirm": confirm, "quiet_seconds": 1.0}, SwitchSettings),
    )
    for name in toys.switches:
        toys.board.make_plan(name)
    core.switchboard = None if read_only else toys.board
    return core


async def press(pilot: Pilot, key: str, at: float | None = None, *, burst: bool = False) -> None:
    """Send a key that came in at ``at``, as the terminal's thread would."""
    names = {"enter": "\r", "escape": "\x1b"}
    event: Any = Key(key, names.get(key, key))
    event.time = time.monotonic() if at is None else at
    event.burst = burst
    pilot.app.post_message(event)
    await pilot.pause()


async def open_plan(pilot: Pilot, key: str = "1") -> float:
    """Open a switch and let the terminal answer. Returns a time at which an Enter counts."""
    await press(pilot, key)
    await until(pilot, lambda: isinstance(pilot.app.screen, KillScreen), "the kill screen")
    await until(pilot, lambda: screen_of(pilot)._confirmation._handed_over is not None, "the plan's paint")
    now = time.monotonic()
    answer = CursorPosition(0, 0)
    answer.time = now
    pilot.app.post_message(answer)
    await pilot.pause()
    return now + 2.0


def screen_of(pilot: Pilot) -> KillScreen:
    screen = pilot.app.screen
    assert isinstance(screen, KillScreen)
    return screen


async def test_a_key_opens_its_ready_plan_and_changes_nothing(toys: Toys) -> None:
    async with running(core_with(toys), size=(80, 24)) as pilot:
        await open_plan(pilot)
        text = screen_text(pilot.app)
        for words in (
            "Toy revoke",
            "End Pod/aura-1 -n ops",
            "$ kubectl delete pod aura-1",
            "Esc: CANCEL",
            "EXECUTE 1 step",
        ):
            assert words in text
        assert toys.effect.done == []


async def test_enter_executes_and_the_result_stays_with_its_proof(toys: Toys) -> None:
    async with running(core_with(toys), size=(80, 24)) as pilot:
        at = await open_plan(pilot)
        await press(pilot, "enter", at)
        await shows(pilot, "DONE AND PROVED: 1 of 1 proof")
        text = screen_text(pilot.app)
        assert "[ proved  ] it is over: looked" in text
        assert "[done] End Pod/aura-1" in text
        assert toys.effect.done == ["revoke/aura-1"]
        await press(pilot, "enter", at + 5)
        await pilot.pause()
        assert toys.effect.done == ["revoke/aura-1"], "the plan is spent"
        await press(pilot, "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, KillScreen), "the cockpit")


async def test_esc_leaves_and_nothing_is_done(toys: Toys) -> None:
    async with running(core_with(toys)) as pilot:
        await open_plan(pilot)
        await press(pilot, "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, KillScreen), "the cockpit")
        assert toys.effect.done == []


async def test_key_repeat_paste_and_typed_ahead_input_never_confirm(toys: Toys) -> None:
    async with running(core_with(toys)) as pilot:
        typed_ahead = time.monotonic()
        at = await open_plan(pilot)
        await press(pilot, "enter", typed_ahead)
        for number in range(30):
            await press(pilot, "enter", typed_ahead + 0.03 * number)
        await press(pilot, "enter", at + 10, burst=True)
        pilot.app.post_message(Paste("\r\r1\r"))
        await pilot.pause()
        assert toys.effect.done == []
        assert "not counted" in screen_text(pilot.app)


async def test_an_enter_before_the_terminal_has_drawn_the_plan_does_not_count(toys: Toys) -> None:
    async with running(core_with(toys)) as pilot:
        await press(pilot, "1")
        await until(pilot, lambda: isinstance(pilot.app.screen, KillScreen), "the kill screen")
        await press(pilot, "enter")
        assert toys.effect.done == []
        assert "not counted" in screen_text(pilot.app)


async def test_a_plan_older_than_its_facts_is_made_anew_and_must_be_confirmed_again(toys: Toys) -> None:
    async with running(core_with(toys)) as pilot:
        at = await open_plan(pilot)
        toys.switches["revoke"].targets = ["aura-1", "aura-2"]
        toys.board.make_plan("revoke")  # as the background does, its word not yet heard by the screen
        await press(pilot, "enter", at)
        await shows(pilot, "NOT executed: the facts have changed")
        assert toys.effect.done == []
        assert "aura-2" in screen_text(pilot.app)
        await until(pilot, lambda: screen_of(pilot)._confirmation._handed_over is not None, "the new plan's paint")
        await press(pilot, "enter", time.monotonic() + 5)
        await shows(pilot, "DONE AND PROVED")
        assert toys.effect.done == ["revoke/aura-1", "revoke/aura-2"]


async def test_a_plan_that_changes_while_it_is_looked_at_is_shown(toys: Toys) -> None:
    async with running(core_with(toys)) as pilot:
        await open_plan(pilot)
        toys.switches["revoke"].warnings = ("a bystander is hit",)
        threading.Thread(target=toys.board._refresh, args=("revoke",), daemon=True).start()
        await shows(pilot, "a bystander is hit")
        await shows(pilot, "look again")


async def test_a_plan_that_is_ready_while_its_screen_is_made_is_shown(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen had seen none and was not told of changes yet; the plan stayed as it was, "making" stood there."""
    core = core_with(toys)
    plan = toys.board.plan("revoke")
    ready: list[object] = []
    on_change = toys.board.on_change

    def at_last(listener: Callable[[str], None]) -> None:
        ready.append(plan)
        on_change(listener)

    monkeypatch.setattr(toys.board, "plan", lambda _name: plan if ready else None)
    monkeypatch.setattr(toys.board, "on_change", at_last)
    async with running(core, size=(80, 24)) as pilot:
        await press(pilot, "1")
        await shows(pilot, "End Pod/aura-1 -n ops")
        await shows(pilot, "EXECUTE 1 step")


async def test_a_journal_that_cannot_be_written_is_told_and_overridden_by_a_second_enter(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with running(core_with(toys)) as pilot:
        at = await open_plan(pilot)
        monkeypatch.setattr(writer.os, "write", full)
        await press(pilot, "enter", at)
        await shows(pilot, "NO JOURNAL")
        assert toys.effect.done == []
        assert "ACT WITHOUT A JOURNAL" in screen_text(pilot.app) or "Enter acts without it" in screen_text(pilot.app)
        await until(pilot, lambda: screen_of(pilot)._confirmation._handed_over is not None, "the question's paint")
        await press(pilot, "enter", time.monotonic() + 5)
        await shows(pilot, "DONE AND PROVED")
        assert "No space left" in screen_text(pilot.app)
        monkeypatch.undo()
    toys.gate._ledger.may("note", {"text": "room again"})
    kinds = [entry.kind for entry in read_entries(toys.journal.folder)]
    assert kinds == ["intent", "override", "begin", "end", "outcome", "note"], "what was kept back is written later"


async def test_a_blocked_plan_says_why_and_enter_does_nothing(toys: Toys) -> None:
    toys.switches["gpu"].blocked = "no GPU on this host"
    toys.switches["gpu"].targets = []
    async with running(core_with(toys)) as pilot:
        at = await open_plan(pilot, "3")
        assert "CAN'T BE EXECUTED:  no GPU on this host" in screen_text(pilot.app)
        await press(pilot, "enter", at)
        assert toys.effect.done == []


async def test_progress_is_live_and_leaving_does_not_cancel(tmp_path: Path) -> None:
    go, reached = threading.Event(), threading.Event()

    def wait(_step: Step) -> str:
        reached.set()
        assert go.wait(30)
        return "done at last"

    toys = Toys(tmp_path / "journal", deed=wait)
    async with running(core_with(toys)) as pilot:
        at = await open_plan(pilot, "2")
        await press(pilot, "enter", at)
        await shows(pilot, "[ .. ] End Pod/aura-1")
        assert reached.is_set()
        assert "Esc: back (it goes on)" in screen_text(pilot.app)
        await press(pilot, "escape", at + 1)
        await until(pilot, lambda: not isinstance(pilot.app.screen, KillScreen), "the cockpit")
        await press(pilot, "2", at + 2)
        await shows(pilot, "WORKING")
        go.set()
        await until(pilot, lambda: toys.effect.done == ["optimizer/aura-1"], "the end of the work")
        await shows(pilot, "DONE AND PROVED")


async def test_counting_proofs_are_shown_as_they_count(toys: Toys) -> None:
    claim = "no new pod for 30 s"
    toys.switches["optimizer"].proofs = [
        (Proof(claim, None, "12 of 30 s"),),
        (Proof(claim, None, "13 of 30 s"),),
        (Proof(claim, holds=False, detail="ops/aura-2 is there"),),
    ]
    seen: list[str] = []
    async with running(core_with(toys)) as pilot:
        at = await open_plan(pilot, "2")
        screen = screen_of(pilot)
        draw = screen._draw_progress

        def note() -> None:
            draw()
            seen.append(screen_text(pilot.app))

        screen._draw_progress = note  # type: ignore[method-assign]
        await press(pilot, "enter", at)
        await shows(pilot, "NOT PROVED: 0 of 1 proof")
        assert "[DISPROVED] no new pod for 30 s: ops/aura-2 is there" in screen_text(pilot.app)


async def test_confirm_none_fires_on_the_one_key_but_not_on_its_repeats(toys: Toys) -> None:
    async with running(core_with(toys, confirm="none")) as pilot:
        start = time.monotonic() + 10
        await press(pilot, "1", start)
        await shows(pilot, "DONE AND PROVED")
        for number in range(1, 20):
            await press(pilot, "1", start + 0.03 * number)
        await press(pilot, "2", start + 20, burst=True)
        assert toys.effect.done == ["revoke/aura-1"]


async def test_what_counts_as_dangerous_is_confirmed_whatever_the_settings_say(toys: Toys) -> None:
    """Restoring, and plugins' switches: their plans have to be read."""
    toys.board.switch("revoke").dangerous = True  # type: ignore[attr-defined]
    async with running(core_with(toys, confirm="none")) as pilot:
        await press(pilot, "1", time.monotonic() + 10)
        await shows(pilot, "EXECUTE")
        assert toys.effect.done == []


async def test_in_read_only_the_keys_are_not_bound(toys: Toys) -> None:
    async with running(core_with(toys, read_only=True)) as pilot:
        for key in ("1", "2", "3", "0", "R", "u"):
            await press(pilot, key)
        assert not isinstance(pilot.app.screen, KillScreen)
        assert not {"1", "2", "3", "0", "R", "u"} & set(pilot.app._bindings.key_to_bindings)


async def test_before_the_switchboard_is_there_a_key_says_so(toys: Toys) -> None:
    core = core_with(toys)
    core.switchboard = None
    async with running(core) as pilot:
        await press(pilot, "1")
        await shows(pilot, "still being set up: it opens as soon as they are there")


async def test_a_key_that_came_before_the_switches_opens_its_plan_once_they_are_there_and_fires_nothing(
    toys: Toys,
) -> None:
    core = core_with(toys, confirm="none")
    board, core.switchboard = core.switchboard, None
    async with running(core) as pilot:
        await press(pilot, "1")
        await shows(pilot, "still being set up")
        core.switchboard = board
        await until(pilot, lambda: isinstance(pilot.app.screen, KillScreen))
        await pilot.pause(0.3)
        assert toys.effect.done == []


async def test_a_key_that_came_before_the_switches_opens_nothing_after_another_key(toys: Toys) -> None:
    core = core_with(toys)
    board, core.switchboard = core.switchboard, None
    async with running(core) as pilot:
        await press(pilot, "1")
        await press(pilot, "j")
        core.switchboard = board
        await until(pilot, lambda: pilot.app._board_timer._active.is_set() is False)
        await pilot.pause(0.3)
        assert not isinstance(pilot.app.screen, KillScreen)


async def test_hostile_text_in_a_plan_is_text(toys: Toys) -> None:
    toys.switches["revoke"].warnings = (HOSTILE,)
    async with running(core_with(toys)) as pilot:
        await open_plan(pilot)
        await shows(pilot, "[@click=app.leave]press me[/]")
        assert "\x1b" not in screen_text(pilot.app)
        assert "\u202e" not in screen_text(pilot.app)


async def test_it_reads_without_colour_and_in_a_small_terminal(toys: Toys) -> None:
    environ = {"LANG": "C", "NO_COLOR": "1"}
    async with running(core_with(toys), size=(80, 24), environ=environ) as pilot:
        at = await open_plan(pilot)
        await press(pilot, "enter", at)
        await shows(pilot, "[done]")
        assert screen_text(pilot.app).isascii()


async def test_the_request_leaves_from_within_the_keys_handler(toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter → executor, in the same call: no timer, no paint, no turn of the loop in between."""
    submitted: list[Callable[[], Any]] = []
    async with running(core_with(toys)) as pilot:
        at = await open_plan(pilot)
        screen = screen_of(pilot)
        submit = toys.executor.submit

        def note(call: Callable[[], Any]) -> Any:
            submitted.append(call)
            return submit(call)

        monkeypatch.setattr(toys.executor, "submit", note)
        event: Any = Key("enter", "\r")
        event.time = at
        screen.take_key(event)
        assert len(submitted) == 1
        await shows(pilot, "DONE AND PROVED")
        await asyncio.sleep(0)


async def test_without_a_confirmation_the_request_leaves_before_the_screen_is_made(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[bool] = []
    execute = toys.board.execute

    def spy(*arguments: Any, **options: Any) -> Future[Outcome]:
        shown.append(isinstance(app.screen, KillScreen))
        return execute(*arguments, **options)

    monkeypatch.setattr(toys.board, "execute", spy)
    async with running(core_with(toys, confirm="none")) as pilot:
        app = pilot.app
        await press(pilot, "1", time.monotonic() + 10)
        await shows(pilot, "DONE AND PROVED")
    assert shown == [False]


def test_a_settings_file_can_ask_for_no_confirmation() -> None:
    assert msgspec.convert({"switches": {"confirm": "none"}}, Settings).switches.confirm == "none"


async def test_tab_marks_a_step_and_the_space_bar_leaves_it_out(toys: Toys) -> None:
    async with running(core_with(toys), size=(80, 24)) as pilot:
        at = await open_plan(pilot)
        await press(pilot, "tab")
        assert "[x] End Pod/aura-1" in screen_text(pilot.app)
        await press(pilot, "space")
        text = screen_text(pilot.app)
        assert "[ ] End Pod/aura-1" in text
        assert "EXECUTE 0 steps" in text
        await press(pilot, "enter", at + 5.0)
        await until(pilot, lambda: "not chosen" in screen_text(pilot.app), "the outcome")
        assert toys.effect.done == []
