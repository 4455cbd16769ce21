"""The keys of the kill switches. Bound when a console may write; a read-only one has none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.events import CursorPosition, Key
    from textual.timer import Timer

BUILT_IN = (
    ("1", "revoke", "revoke the optimizer's rights"),
    ("2", "optimizer", "delete the optimizer"),
    ("3", "gpu", "clean up this host's GPUs"),
    ("0", "all", "all three, in that order"),
    ("u", "undo", "undo the last of these"),
)
"""Key, switch, and what the help calls it. Plugins' switches bring further keys."""

REPEAT = 0.7
"""Seconds within which the same key again is taken for a repeat: it opens, and never fires."""

_LOOK_FOR_PLUGINS = 1.0


class SwitchKeys:
    """Mixed into the app: its keys open a switch's screen."""

    _last_key: Key | None = None
    _repeated = False
    _plugins_timer: Timer | None = None

    def bind_switches(self) -> None:
        """Bind the keys, unless the console is read-only. Called once, when the app is mounted."""
        app: Any = self
        if app.core.settings.read_only:
            return
        for key, name, words in BUILT_IN:
            app.bind(key, f"switch('{name}')", description=words, show=False)
        self._plugins_timer = app.set_interval(_LOOK_FOR_PLUGINS, self._bind_plugins)

    def note_key(self, key: Key) -> None:
        """Note a key and when it came in, before anything is done with it."""
        last = self._last_key
        burst = bool(getattr(key, "burst", False))
        self._repeated = burst or (last is not None and last.key == key.key and key.time - last.time < REPEAT)
        self._last_key = key

    async def action_switch(self, name: str) -> None:
        """Open the switch."""
        from opsconsole.ui.kill import open_switch  # noqa: PLC0415 - not before it is asked for

        at = self._last_key.time if self._last_key else 0.0
        await open_switch(self, name, at, repeated=self._repeated)

    def on_cursor_position(self, event: CursorPosition) -> None:
        """The terminal's answer that it has drawn what came before the question."""
        app: Any = self
        answered = getattr(app.screen, "terminal_answered", None)
        if answered is not None:
            answered(event.time)

    def _bind_plugins(self) -> None:
        """Bind the keys of plugins' switches once the switchboard is there; it is built behind the first frame."""
        app: Any = self
        board = app.core.switchboard
        if board is None:
            return
        known = {name for _, name, _ in BUILT_IN}
        for switch in board.registry:
            if switch.name not in known:
                app.bind(switch.key, f"switch('{switch.name}')", description=switch.title, show=False)
        if self._plugins_timer is not None:
            self._plugins_timer.stop()
