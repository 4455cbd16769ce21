"""The app: it pumps the console at the pace of the terminal and hands what changed to the screen in front."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import BindingType

from opsconsole.optimizer_match import OptimizerMatch
from opsconsole.text import clean
from opsconsole.ui import marks
from opsconsole.ui.driver import TerminalDriver
from opsconsole.ui.keys import KeyHelp, of_bindings
from opsconsole.ui.linewidget import log_failure
from opsconsole.ui.look import FindingIndex, Look
from opsconsole.ui.pacer import Pacer
from opsconsole.ui.palette import PALETTES, TEXTUAL_THEMES, THEMES, Palette
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.screens.cockpit import Cockpit

if TYPE_CHECKING:
    from textual.screen import Screen

    from opsconsole.console import Console

BEAT = 1.0
"""Seconds between two looks at whether an age on the screen reads otherwise now. Only cells that do are sent."""

KEPT_FAILURES = 100
"""Failures of ours that are remembered; the log has them all."""

LOW_COLOUR = (None, "standard")
"""What Rich calls terminals with no more than sixteen colours."""


class OpsConsoleApp(App[None], inherit_bindings=False):
    """The console on a terminal.

    It starts the console's feeds once the first frame is on the screen, and stops them when it ends.

    Args:
        core: the headless console; everything that is shown comes from it.
        environ: where ``NO_COLOR`` and the locale are read from.
    """

    CSS_PATH = "app.tcss"
    TITLE = "opsconsole"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, core: Console, environ: Mapping[str, str] = os.environ) -> None:
        ansi = "NO_COLOR" in environ or core.settings.ui.theme == "ansi"
        super().__init__(driver_class=TerminalDriver, ansi_color=True if ansi else None)
        self.core = core
        self.findings = FindingIndex()
        self.marks = marks.choose(environ)
        self.optimizer = OptimizerMatch(core.settings.optimizer, core.store.workloads)
        self.failures: list[str] = []
        self.animation_level = "none"
        self.colours: str = "ansi" if ansi or self.console.color_system in LOW_COLOUR else core.settings.ui.theme
        self.cockpit = Cockpit(core.settings.cluster.namespace)
        self._pacer: Pacer | None = None

    # --- starting and leaving --------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """The cockpit is the first screen; there is none under it."""
        return self.cockpit

    def on_mount(self) -> None:
        """Set the theme, then start the feeds behind the first frame."""
        if self.colours != "dark":
            self._use_theme(self.colours)
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        self._pacer = Pacer(
            self._pump, self.core.clock.monotonic, lambda delay, work: loop.call_later(delay, work, context=context)
        )
        request = self._pacer.request

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the app has ended, a feed has not yet
                loop.call_soon_threadsafe(request, context=context)

        self.core.on_wake(wake)
        self._obey_signals(loop)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.core.start()
        self.set_interval(BEAT, self._beat)
        if self._pacer:
            self._pacer.request()

    def _obey_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """A lost SSH window or a polite kill ends the app as ``q`` does, with the terminal put back in order."""
        if threading.current_thread() is not threading.main_thread() or self.is_headless:
            return
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self.exit, None, 128 + number)

    def on_unmount(self) -> None:
        """Stop the feeds."""
        self.core.on_wake(lambda: None)
        self.core.stop()

    def action_leave(self) -> None:
        """Quit."""
        self.exit()

    # --- what comes in ---------------------------------------------------------------------------------------------

    def look(self) -> Look:
        """What rows depend on besides their record, now."""
        return Look(self.core.clock.now(), self.findings, self.optimizer, self.core.store, self.marks)

    def _pump(self) -> None:
        with self.guarded("taking in what changed"):
            delta = self.core.pump()
            if not delta:
                return
            self.findings.absorb(self.core.store, delta)
            self.cockpit.absorb(delta)
            if self.screen is not self.cockpit and isinstance(self.screen, OpsScreen):
                self.screen.absorb(delta)

    def _beat(self) -> None:
        with self.guarded("updating ages"):
            if isinstance(self.screen, OpsScreen):
                self.screen.sync()

    # --- what goes wrong -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def guarded(self, doing: str) -> Iterator[None]:
        """Say on the screen what failed, log it, and go on: a defect of ours must not take the console away."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - see above
            self.failed(doing, error)

    def failed(self, doing: str, error: Exception) -> None:
        """Log a failure of ours and say it in one line."""
        words = f"{doing} failed: {type(error).__name__}: {error}"
        self.failures.append(words)
        del self.failures[:-KEPT_FAILURES]
        log_failure(words, error)
        if isinstance(self.screen, OpsScreen):
            self.screen.say(f"{words} (the console goes on; the log has the details)", "banner")

    async def run_action(self, *args: Any, **kwargs: Any) -> bool:
        """Do what a key asks for; if that fails, say so."""
        try:
            return await super().run_action(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - as in guarded()
            self.failed("that key", error)
            return True

    def _handle_exception(self, error: Exception) -> None:
        """Leave, with words: what is not guarded by a screen is beyond repair. The traceback is in the log."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        words = f"the screen failed: {type(error).__name__}: {error}"
        log_failure(words, error)
        self.panic(Text(clean(f"opsconsole: {words}\nStart it again; the log has the details.")))

    # --- looks -----------------------------------------------------------------------------------------------------

    @property
    def palette(self) -> Palette:
        """The styles of the theme in use."""
        return PALETTES[self.colours]

    def action_next_theme(self) -> None:
        """Go to the next theme."""
        self._use_theme(THEMES[(THEMES.index(self.colours) + 1) % len(THEMES)])
        for screen in self.screen_stack:
            if isinstance(screen, OpsScreen):
                screen.repaint()

    def _use_theme(self, name: str) -> None:
        self.colours = name
        self.ansi_color = True if name == "ansi" else None
        self.theme = TEXTUAL_THEMES[name]

    def keys(self, *, shown: bool = False) -> list[KeyHelp]:
        """Return the keys of the screen in front."""
        bindings = [*type(self.screen).BINDINGS, *OpsScreen.BINDINGS]
        return of_bindings(dict.fromkeys(bindings), shown=shown)
