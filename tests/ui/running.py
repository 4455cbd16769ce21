"""Runs the app headless, reads its screen, waits for conditions with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.app import ScreenStackError
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from opsconsole.console import Console
from opsconsole.ui.app import OpsConsoleApp
from tests.support.waiting import DEADLINE
from tests.ui import aura

ENVIRON = {"LANG": "en_US.UTF-8"}


def screen_lines(app: OpsConsoleApp) -> list[str]:
    """What the terminal would show, line by line."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def screen_text(app: OpsConsoleApp) -> str:
    return "\n".join(screen_lines(app))


def screen_bytes(app: OpsConsoleApp) -> str:
    """What a full repaint would write to the terminal."""
    return app.screen._compositor.render_full_update().render_segments(app.console)


def is_settled(app: OpsConsoleApp) -> bool:
    """Whether all that was sent is taken in and laid out: what the screen shows then stays until something happens."""
    try:
        pumps: list[MessagePump] = [app, *app.screen.walk_children(with_self=True)]
    except ScreenStackError:  # it has ended
        return True
    return not any(
        pump.message_queue_size or pump._pending_message or getattr(pump, "_layout_required", False) for pump in pumps
    )


async def until(pilot: Pilot, holds: Callable[[], object], what: str = "the condition") -> None:
    """Wait until ``holds`` of a screen that has settled: what else is asserted of it behind this is true by then too.

    A pilot's own pause does not: it takes a machine that is busy with others for an app that is idle.
    """
    deadline = time.monotonic() + DEADLINE
    while not (is_settled(pilot.app) and holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about; the screen:\n{screen_text(pilot.app)}")
        with contextlib.suppress(ScreenStackError):  # it ends meanwhile
            await pilot.pause()
        await asyncio.sleep(0.01)


async def shows(pilot: Pilot, text: str) -> None:
    await until(pilot, lambda: text in screen_text(pilot.app), f"{text!r} on the screen")


@asynccontextmanager
async def running(
    core: Console | None = None,
    size: tuple[int, int] = (200, 50),
    environ: dict[str, str] = ENVIRON,
    *,
    failures: bool = False,
) -> AsyncIterator[Pilot]:
    """Run the app; at the end nothing must have failed, unless ``failures`` are expected."""
    app = OpsConsoleApp(core or aura.console(), environ)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.core._started, "the start")
        yield pilot
        if not failures:
            assert app.failures == []
