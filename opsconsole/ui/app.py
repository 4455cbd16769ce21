"""The app: it pumps the console at the pace of the terminal and hands what changed to the screen in front."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Key

from opsconsole.endings import ENDINGS
from opsconsole.optimizer import OptimizerMatch, Optimizers
from opsconsole.present import marks
from opsconsole.present.panes.context import FindingIndex, RowContext
from opsconsole.text import clean, clean_line
from opsconsole.ui.drawing.linewidget import log_failure
from opsconsole.ui.drawing.palette import PALETTES, TEXTUAL_THEMES, THEMES, Palette
from opsconsole.ui.guidance import Guidance
from opsconsole.ui.kill.keys import SwitchKeys
from opsconsole.ui.opening import Opening
from opsconsole.ui.recall import Recall
from opsconsole.ui.remembered import Remembered
from opsconsole.ui.screens.base import OpsScreen
from opsconsole.ui.screens.cockpit import Cockpit
from opsconsole.ui.terminal import gc_freeze as heap
from opsconsole.ui.terminal.bell import Bell
from opsconsole.ui.terminal.driver import TerminalDriver
from opsconsole.ui.terminal.pacer import Pacer

if TYPE_CHECKING:
    from textual.screen import Screen

    from opsconsole.console import Console
    from opsconsole.settings import OptimizerEntry

BEAT = 1.0
"""Seconds between two looks at whether an age on the screen reads otherwise now. Only cells that do are sent."""

KEPT_FAILURES = 100
"""Failures of ours that are remembered; the log has them all."""

ERASE = "\x1b[2J\x1b[H"
"""Erases the terminal and puts the cursor first (ECMA-48 ED and CUP)."""

LOW_COLOUR = (None, "standard")
"""What Rich calls terminals with no more than sixteen colours."""


class OpsConsoleApp(Guidance, Opening, Recall, SwitchKeys, App[None], inherit_bindings=False):
    """The console on a terminal.

    It starts the console's feeds once the first frame is on the screen, and stops them when it ends.

    Args:
        core: the headless console; everything that is shown comes from it.
        environ: where ``NO_COLOR`` and the locale are read from.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
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
        self.optimizer = OptimizerMatch(Optimizers.of(core.settings), core.store.workloads)
        self.failures: list[str] = []
        self.remembered = Remembered(environ) if core.settings.ui.remember else None
        self._bell = Bell(core.clock.monotonic)
        self._leaving = False
        self.left_at_work: tuple[str, ...] = ()
        """Switches that were being executed when the screen ended."""
        self.animation_level = "none"
        self.colours: str = "ansi" if ansi or self.console.color_system in LOW_COLOUR else core.settings.ui.theme
        named = core.settings.cluster.namespaces
        self.cockpit = Cockpit(named[0] if len(named) == 1 else "")
        self._pacer: Pacer | None = None
        self._our_loop: asyncio.AbstractEventLoop | None = None
        self._our_context: contextvars.Context | None = None

    # --- starting and leaving --------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """The cockpit is the first screen; there is none under it."""
        return self.cockpit

    def on_mount(self) -> None:
        """Set the theme, then start the feeds behind the first frame."""
        if self.colours != "dark":
            self._use_theme(self.colours)
        self._our_loop, self._our_context = asyncio.get_running_loop(), contextvars.copy_context()
        self._pacer = Pacer(self._pump, self.core.clock.monotonic, self.later)
        request = self._pacer.request
        self.core.on_wake(lambda: self.soon(request))
        self._obey_signals(self._our_loop)
        self.bind_switches()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not self.is_headless:
            heap.settle()
        self.core.start()
        self.set_interval(BEAT, self._beat)
        if self._pacer:
            self._pacer.request()

    def _obey_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        """A lost SSH window, a polite kill or a stray signal ends the app as ``q`` does, the terminal as before."""
        if threading.current_thread() is not threading.main_thread() or self.is_headless:
            return

        def hear(number: int, _frame: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the app is leaving anyway
                loop.call_soon_threadsafe(self.exit, None, 128 + number)

        # Not the loop's own handlers: those end with the loop, and the second hang-up, which shells send, would end the
        # process while it carries through what was confirmed.
        for number in ENDINGS:
            signal.signal(number, hear)

    def on_unmount(self) -> None:
        """Stop the feeds."""
        self.core.on_wake(lambda: None)
        self.remember()
        self.left_at_work = self._at_work()
        if not self.left_at_work:  # what was confirmed is carried through, and its proofs need the feeds
            self.core.stop()

    def action_leave(self) -> None:
        """Quit; while a kill switch is at work, only when asked twice."""
        if not self._leaving and self._at_work():
            self._leaving = True
            self._say("a switch is at work: again leaves; it goes on, its verdict is printed")
            return
        self.exit()

    def action_retry(self) -> None:
        """Ask every source now, however long it would still be left alone after a failure."""
        self.core.retry()

    def action_redraw(self) -> None:
        """Draw everything anew: another program may have written over the screen."""
        if self._driver is not None:
            self._driver.write(ERASE)
        self.screen.refresh(layout=True)
        if isinstance(self.screen, OpsScreen):
            self.screen.repaint()

    @on(Driver.SignalResume)
    def _draw_after_fg(self) -> None:
        """The shell's ``fg``: the terminal shows nothing of ours, and of our own nothing may have changed meanwhile."""
        self.action_redraw()

    def action_suspend(self) -> None:
        """Stop until the shell's ``fg``. Not while a kill switch is at work: it would stop too."""
        if self._at_work():
            self._say("a kill switch is at work: suspending the console would stop it half-way")
            return
        self.action_suspend_process()

    def action_copy(self) -> None:
        """Send what the screen offers to the clipboard of the person's terminal (OSC 52, which passes through SSH)."""
        offered = self.screen.copyable() if isinstance(self.screen, OpsScreen) else ""
        if not offered:
            self._say("nothing here to copy")
            return
        self.copy_to_clipboard(offered)
        lines = offered.splitlines()
        more = f" and {len(lines) - 1} more lines" if len(lines) > 1 else ""
        self._say(f"sent to the terminal's clipboard: {clean_line(lines[0], 100)}{more}")

    @property
    def switch_keys(self) -> dict[str, str]:
        """Key by kill switch; empty where none may be used."""
        board = self.core.switchboard
        return {} if board is None or self.core.settings.read_only else {s.name: s.key for s in board.registry}

    def _at_work(self) -> tuple[str, ...]:
        """Names of the switches that are being executed."""
        board = self.core.switchboard
        names = () if board is None else (*(switch.name for switch in board.registry), "undo")
        return tuple(name for name in names if board is not None and board.running(name))

    # --- what comes in ---------------------------------------------------------------------------------------------

    def look(self) -> RowContext:
        """What rows depend on besides their record, now."""
        core = self.core
        now, ahead = core.clock.now(), getattr(core.clock, "applied", 0.0)
        return RowContext(now, self.findings, self.optimizer, core.store, self.marks, core.governor, ahead)

    def _pump(self) -> None:
        with self.guarded("taking in what changed"):
            delta = self.core.pump()
            if not delta:
                return
            if self.findings.absorb(self.core.store, delta):
                self._ring()
            for screen in self.screen_stack:
                if isinstance(screen, OpsScreen):
                    screen.absorb(delta)

    def _ring(self) -> None:
        if self._bell.rings(self.findings.critical()) and self.core.settings.ui.bell:
            self.bell()

    def _beat(self) -> None:
        with self.guarded("showing the cockpit as it was left"):
            self.recall()
        self._pump()  # rules may have something to say though nothing changed: a window has passed
        with self.guarded("updating ages"):
            self._ring()  # for what came within the bell's pause
            if isinstance(self.screen, OpsScreen):
                self.screen.sync()

    def soon(self, work: Callable[[], None]) -> None:
        """Run ``work`` on the event loop; called from any thread. Once the app has ended nothing is run."""
        if self._our_loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._our_loop.call_soon_threadsafe(self._run_guarded, work, context=self._our_context)

    def later(self, delay: float, work: Callable[[], None]) -> None:
        """Run ``work`` on the event loop after ``delay`` seconds; called on the loop."""
        if self._our_loop is not None:
            self._our_loop.call_later(delay, self._run_guarded, work, context=self._our_context)

    def _run_guarded(self, work: Callable[[], None]) -> None:
        with self.guarded("taking in what was read"):
            work()

    # --- what it is about ------------------------------------------------------------------------------------------

    def adopt(self, entry: OptimizerEntry) -> str:
        """Take ``entry`` for the optimizer for the rest of the session; returns what to say of it."""
        from opsconsole.settings.sources import with_optimizer  # noqa: PLC0415 - as above

        if self.core.adopt is None or self._at_work():
            return "not now: a kill switch is at work" if self.core.adopt else "not yet: the console is being set up"
        before = Optimizers.of(self.core.settings).title
        self.core.adopt(with_optimizer(self.core.settings, entry))
        self.optimizer = OptimizerMatch(Optimizers.of(self.core.settings), self.core.store.workloads)
        self.meet_new_board()
        instead = f", instead of {before}" if before else ""
        return f"{clean_line(entry.name, 80)} is the optimizer for this session{instead}; every switch works on it"

    def _say(self, words: str) -> None:
        if isinstance(self.screen, OpsScreen):
            self.screen.say(words)

    # --- keys ------------------------------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """Obey keys one by one, in the order they were typed.

        Textual lets a key bubble through two queues before it looks for a binding; by then the screen may have changed,
        and what was typed ahead for one screen would be obeyed by another.
        """
        screen = self._screen_stack[-1] if self._screen_stack else None
        if isinstance(event, Key) and not event.is_forwarded and isinstance(screen, OpsScreen) and not screen.focused:
            event.stop()
            with self.guarded("that key"):
                self.note_key(event)
                if not screen.take_key(event) and not await self._check_bindings(event.key):
                    screen.unknown_key(event.name if event.character is None else event.character)
        else:
            await super().on_event(event)

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

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the pointer as it is: its shape is an OSC sequence, and terminals that don't know it print it."""

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
