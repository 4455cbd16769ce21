"""A console without a screen for a command that plans and executes: just the parts that its switch needs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection, Iterator

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.commands.acting.pumping import Pumping
from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.records import State
from opsconsole.settings import Settings
from opsconsole.switches.engine.board import Switchboard
from opsconsole.switches.registry import spec_of
from opsconsole.switches.spec import SwitchSpec

READY_SECONDS = 20.0
"""How long the switchboard, and the lists that a plan needs, may take to be there."""

BRIEF_SECONDS = 3.0
"""How long a feed is waited for that must not keep more urgent steps waiting."""

_BEAT = 0.1


class NoBoardError(Exception):
    """There is no switchboard to be had; the text says why."""


@contextlib.contextmanager
def switch_console(settings: Settings, switch: str, *, undo: bool = False) -> Iterator[tuple[Console, Switchboard]]:
    """A console with just the parts that the switch needs, pumped on a thread of its own.

    Args:
        settings: everything that can be set.
        switch: its name.
        undo: what it did is to be taken back: no feed is waited for.

    Raises:
        NoBoardError: the switchboard is not there in time, or can't be had.
    """
    # A plugin's switch is not known before its plugin is loaded: it gets the switchboard alone.
    spec = spec_of(switch) or SwitchSpec(switch, "", "", "")
    console = build_console(settings, only=spec.needs)
    ended, pumping = threading.Event(), Pumping(console)

    def pump() -> None:
        while not ended.wait(_BEAT):
            pumping.once()

    console.start()
    threading.Thread(target=pump, name="pump", daemon=True).start()
    try:
        board = _wait_for_board(console)
        if not undo:
            there = frozenset({*spec.waits_for, *spec.waits_briefly} - (set() if settings.gpu.enabled else {"gpu"}))
            _wait_for_feeds(console, there.intersection(spec.waits_for), READY_SECONDS)
            _wait_for_feeds(console, there.intersection(spec.waits_briefly), BRIEF_SECONDS)
            time.sleep(spec.watches)
        with contextlib.suppress(ClusterError):
            board.identify()
        yield console, board
    finally:
        ended.set()
        console.stop()


def _wait_for_board(console: Console) -> Switchboard:
    deadline = time.monotonic() + READY_SECONDS
    while not isinstance(console.switchboard, Switchboard):
        own = console.health().get("console")
        if own is not None and own.state is State.DOWN:
            raise NoBoardError(own.detail)
        if time.monotonic() > deadline:
            raise NoBoardError(f"the switchboard was not ready within {READY_SECONDS:g} s")
        time.sleep(_BEAT / 2)
    return console.switchboard


def _wait_for_feeds(console: Console, feeds: Collection[str], seconds: float) -> None:
    """Wait until each feed has said how it is. Whatever that is, the plan tells what follows from it."""
    if not feeds:
        return
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        known = [console.health().get(feed) for feed in feeds]
        if all(word is not None and word.state is not State.STARTING for word in known):
            time.sleep(_BEAT * 2)  # what came with the first word is pumped by then
            return
        time.sleep(_BEAT / 2)
