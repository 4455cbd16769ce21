"""Runs the app headless, reads its screen, waits for conditions with a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from opsconsole.console import Console
from opsconsole.ui.app import OpsConsoleApp
from tests.ui import aura

DEADLINE = 30.0
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


async def until(pilot: Pilot, holds: Callable[[], bool], what: str = "the condition") -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about; the screen:\n{screen_text(pilot.app)}")
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
        await pilot.pause()
        yield pilot
        if not failures:
            assert app.failures == []
