"""The keys of the kill switches. Bound when a console may write; a read-only one has none of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from opsconsole.switches.registry import WITH_KEYS, spec_of
from opsconsole.switches.spec import UNDO
from opsconsole.ui.status.containment import GPU, Containment, Executed, gpus, of_executions, unproved

if TYPE_CHECKING:
    from textual.events import CursorPosition, Key
    from textual.timer import Timer

    from opsconsole.records import Outcome
    from opsconsole.switches.engine.board import Switchboard

REPEAT = 0.7
"""Seconds within which the same key again is taken for a repeat: it opens, and never fires."""

_LOOK_FOR_BOARD = 1.0


class SwitchKeys:
    """Mixed into the app: its keys open a switch's screen."""

    _last_key: Key | None = None
    _repeated = False
    _board_timer: Timer | None = None
    _met: Switchboard | None = None
    """The switchboard that is listened to."""
    _wanted: tuple[str, object] | None = None
    """The switch whose key came before the switches were there, and the screen that was in front."""
    executed: tuple[Executed, ...] = ()
    """What was executed from here, oldest first."""

    def bind_switches(self) -> None:
        """Bind the keys, unless the console is read-only. Called once, when the app is mounted."""
        app: Any = self
        if app.core.settings.read_only:
            return
        for spec in WITH_KEYS:
            app.bind(spec.key, f"switch('{spec.name}')", description=spec.help, show=False)
        self._board_timer = app.set_interval(_LOOK_FOR_BOARD, self._meet_board)
        with app.guarded("looking for the switchboard"):
            self._meet_board()

    def note_key(self, key: Key) -> None:
        """Note a key and when it came in, before anything is done with it."""
        last = self._last_key
        burst = bool(getattr(key, "burst", False))
        self._repeated = burst or (last is not None and last.key == key.key and key.time - last.time < REPEAT)
        self._last_key, self._wanted = key, None

    async def action_switch(self, name: str) -> None:
        """Open the switch."""
        from opsconsole.ui.kill.screen import open_switch  # noqa: PLC0415 - not before it is asked for

        app: Any = self
        if app.core.switchboard is None:
            self._wanted = (name, app.screen)
            app.screen.say("the kill switches are still being set up: it opens as soon as they are there")
            return
        self._meet_board()  # the timer may not have looked since it is there, and what is executed now must be heard of
        at, repeated = (self._last_key.time if self._last_key else 0.0), self._repeated
        await open_switch(self, await self._undoing(name), at, repeated=repeated)

    async def _open_wanted(self) -> None:
        """Open what a key asked for too early, unless another key or screen has come since. It fires nothing."""
        from opsconsole.ui.kill.screen import open_switch  # noqa: PLC0415 - as above

        app: Any = self
        wanted, self._wanted = self._wanted, None
        if wanted is not None and app.screen is wanted[1]:
            at = self._last_key.time if self._last_key else 0.0
            await open_switch(self, await self._undoing(wanted[0]), at, repeated=True)

    async def _undoing(self, name: str) -> str:
        """`name`; of undo the switch that takes the newest execution back, where that is another: thaw for a freeze."""
        app: Any = self
        board = app.core.switchboard
        if name != UNDO.name or board is None:
            return name
        from opsconsole.switches.undo.takes_back import takes_back  # noqa: PLC0415 - not before it is asked for

        return takes_back(await asyncio.wrap_future(board.executions()))

    def on_cursor_position(self, event: CursorPosition) -> None:
        """The terminal's answer that it has drawn what came before the question."""
        app: Any = self
        answered = getattr(app.screen, "terminal_answered", None)
        if answered is not None:
            answered(event.time)

    @property
    def containment(self) -> Containment | None:
        """What of the optimizer is proved to be stopped; ``None`` while nothing was executed from here."""
        app: Any = self
        if not self.executed:
            return None
        store, settings = app.core.store, app.core.settings
        parts = of_executions(self.executed)
        parts[GPU] = gpus(parts[GPU], store.gpu_processes.values(), store.health.get(GPU), settings.gpu)
        return Containment(parts, unproved(self.executed))

    @property
    def working(self) -> Outcome | None:
        """What has become so far of an execution that is under way; ``None`` if there is none."""
        app: Any = self
        board = app.core.switchboard
        names = [] if board is None else [*(switch.name for switch in board.registry), "undo"]
        running = [execution for name in names if (execution := board.running(name)) is not None]
        return running[0].outcome if running else None

    def _meet_board(self) -> None:
        """Once the switchboard is there (it is built behind the first frame), bind plugins' keys and listen to it."""
        app: Any = self
        board = app.core.switchboard
        if board is None:
            return
        if self._board_timer is not None:
            self._board_timer.pause()
        if board is self._met:
            return
        self._met = board
        for switch in board.registry:
            if spec_of(switch.name) is None and switch.key not in app._bindings.key_to_bindings:
                app.bind(switch.key, f"switch('{switch.name}')", description=switch.title, show=False)
        board.on_finished(lambda plan, outcome: app.soon(lambda: self._note(Executed(plan, outcome))))
        if self._wanted is not None:
            app.call_later(self._open_wanted)

    def meet_new_board(self) -> None:
        """Another optimizer was named: what was executed against the one before says nothing of it."""
        self.executed = ()
        if self._board_timer is not None:
            self._board_timer.resume()
            self._meet_board()

    def _note(self, executed: Executed) -> None:
        app: Any = self
        self.executed = (*self.executed, executed)
        app.screen.sync_in_front()
