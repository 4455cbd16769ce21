"""The screen of the kill switches: a ready plan, one Enter, live progress, and the proof, which stays.

Enter executes only after :class:`~.confirm.Confirmation` says that it was meant; until then, and for every other key,
the screen stands on Cancel. The request goes to the switchboard's own threads from within the key's handler: it waits
for no paint and no timer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from opsconsole.present.choice import toggled
from opsconsole.present.plans import outcome_lines, plan_lines, verdict
from opsconsole.present.units import clock_time
from opsconsole.records import Outcome, Plan
from opsconsole.text import clean_line
from opsconsole.ui.drawing.spans import StyledLine, line
from opsconsole.ui.kill.confirm import Confirmation
from opsconsole.ui.kill.twice import WORDS, asks_twice
from opsconsole.ui.screens.pages.text import TextScreen
from opsconsole.ui.status.header import Part, is_production
from opsconsole.ui.text.buffer import TextBuffer

if TYPE_CHECKING:
    from textual.events import Key, Paste

    from opsconsole.switches.engine.board import Switchboard

_CHOOSES = "Tab marks, Space chooses"

MAX_COMMAND = 4000
"""Characters of one command that the copy key sends."""

WHERE_IS_THE_CURSOR = "\x1b[6n"
"""Terminals answer this when they have drawn what came before it (DSR 6)."""


class KillScreen(TextScreen):
    """One switch: its plan, its execution, its outcome.

    Args:
        board: plans and executes.
        name: of the switch.
        opened_at: when the key came in that opened this, on the clock of key events.
        monotonic: that clock.
    """

    covers = "a kill switch"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "execute", "EXECUTE", key_display="Enter"),
        Binding("escape,backspace", "back", "cancel", key_display="Esc"),
        Binding("tab", "mark(1)", "mark a step", key_display="Tab"),
        Binding("shift+tab", "mark(-1)", "mark the step before", show=False, key_display="Shift-Tab"),
        Binding("space", "choose", "choose the step", key_display="Space"),
    ]

    def __init__(self, board: Switchboard, name: str, opened_at: float, monotonic: Callable[[], float]) -> None:
        super().__init__(TextBuffer(words=True))
        self._board = board
        self._switch = board.switch(name)
        self._monotonic = monotonic
        self._confirmation = Confirmation()
        self._confirmation.key(opened_at)
        running = board.running(name)
        self._plan: Plan | None = running.plan if running else board.plan(name)
        self._marked = ""
        self._turned: set[str] = set()
        self._outcome: Outcome | None = running.outcome if running else None
        self._executing = running is not None
        self._future: Future[Outcome] | None = None
        self._no_journal = ""
        self.ask_twice = False
        """Set to have the first Enter answered by a question; see :mod:`.twice`."""
        self._pending = False
        self._left = False
        self._soon: Callable[[Callable[[], None]], None] = lambda _: None

    # --- the life of the screen ------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the ready plan, and keep it fresh while it is looked at."""
        self._soon = self.ops.soon  # other threads have no app of their own to ask for
        self._board.on_change(self._plan_changed)
        if self._board.plan(self._switch.name) is not self._plan:
            self._take_plan()  # what came since this was made told nobody, and a plan that stays as it is tells nothing
        self._board.watch(self._progress)
        self._board.opened(self._switch.name)
        if self._future is not None:
            self._future.add_done_callback(self._done)
        self._show()

    def on_unmount(self) -> None:
        """Let the plan be refreshed at the usual pace again. What is being executed goes on."""
        self._left = True
        self._board.forget(self._plan_changed)
        self._board.unwatch(self._progress)
        if not isinstance(self.app.screen, KillScreen):  # another one in its place has said what it looks at
            self._board.opened("")

    def fire(self) -> bool:
        """Execute the ready plan without a confirmation: for ``confirm = "none"``. False if there is nothing to do."""
        return self._execute()

    @property
    def waits_for_plan(self) -> bool:
        """Whether the first plan is still being made."""
        return self._plan is None

    # --- what is seen ----------------------------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        return f"{self._switch.key}  {self._switch.title}"

    def _title(self) -> Iterator[Part]:
        core = self.ops.core
        yield 0, (f" {self.heading} ", "")
        if is_production(core.settings, core.identity):
            yield 0, (" PRODUCTION ", "prod")
        yield 1, (f"  on {core.identity.context or 'a context yet unknown'}", "")
        yield 2, (f"  as {core.identity.who}", "")
        if self._outcome is not None:
            yield 0, (f"  {verdict(self._outcome)[0]}", "")
        if self._plan is not None and self._outcome is None and not self._plan.blocked:
            yield 3, (f"  {self._plan.title}", "")

    def bottom_line(self) -> Iterator[Part]:
        """The choice: it stands on Cancel."""
        if self._message is not None or self._asking is not None:
            yield from super().bottom_line()
            return
        if self._executing:
            yield 0, (" Esc: back (it goes on) ", "focus")
            yield 1, ("  Enter does nothing now", "dim")
        elif self._outcome is not None:
            yield 0, (" Esc: back ", "focus")
            if self._switch.name != "undo":
                yield 1, ("  u: undo ", "key")
        elif self._can_execute:
            yield 0, (" Esc: CANCEL ", "focus")
            yield 0, (f"  Enter: {self._enter_does()} ", "notice")
        else:
            yield 0, (" Esc: back ", "focus")
        yield 2, ("  j k: scroll  ?: help", "dim")

    def _enter_does(self) -> str:
        if self._no_journal:
            return "ACT WITHOUT A JOURNAL"
        steps = sum(step.chosen for step in self._plan.steps) if self._plan else 0
        return f"EXECUTE {steps} step{'' if steps == 1 else 's'}"

    @property
    def _can_execute(self) -> bool:
        return self._plan is not None and not self._plan.blocked and not self._executing and self._outcome is None

    def _show(self) -> None:
        plan = self._plan
        if plan is None:
            self.buffer.replace([line((" Making the plan …", "dim"))])
        elif self._outcome is not None:
            self.buffer.replace(line(*spans) for spans in outcome_lines(plan, self._outcome))
        else:
            name = self._switch.name
            trouble, looked = self._board.trouble(name), self._board.age(name)
            lines = plan_lines(
                plan, self.ops.core.clock.now(), _CHOOSES, trouble=trouble, looked=looked, marked=self._marked
            )
            self.buffer.replace([*self._before_plan(), *(line(*spans) for spans in lines)])
        self.sync()
        self.call_after_refresh(self._painted)

    def _before_plan(self) -> Iterator[StyledLine]:
        if self._no_journal:
            yield line((" NO JOURNAL ", "banner"), (f" {self._no_journal}", "bad"))
        last = self._board.last(self._switch.name)
        if last is not None and last.outcome.finished is not None:
            words, style = verdict(last.outcome)
            yield line(f" Last time, at {clock_time(last.outcome.finished)} UTC: ", (f" {words} ", style))

    def _painted(self) -> None:
        """The plan was handed to the terminal; ask it to say when it has drawn it."""
        driver = self.app._driver
        if getattr(driver, "busy", False):
            self.ops.later(0.05, self._painted)
            return
        self._confirmation.painted(self._monotonic())
        if driver is not None and not self._executing and self._outcome is None:
            driver.write(WHERE_IS_THE_CURSOR)

    def terminal_answered(self, at: float) -> None:
        """The terminal has drawn what it was sent."""
        self._confirmation.answered(at)

    # --- keys ------------------------------------------------------------------------------------------------------

    def copyable(self) -> str:
        """The journal's newest hash once it is executed, to be noted elsewhere; before that the plan's commands."""
        if self._outcome is not None:
            return self._outcome.head
        steps = self._plan.steps if self._plan is not None else ()
        return "\n".join(clean_line(step.command, MAX_COMMAND) for step in steps if step.command)

    def take_key(self, key: Key) -> bool:
        """Look at every key's time before anything is done with it."""
        taken = super().take_key(key)
        if key.key == "enter" and not taken:
            if self._can_execute and self._is_meant(key) and not self._asks_again():
                self._execute()
            return True
        self._confirmation.key(key.time)
        return taken

    def on_paste(self, event: Paste) -> None:
        """A paste is never a confirmation, and neither is what follows at once."""
        event.stop()
        self._confirmation.key(event.time)

    def _is_meant(self, key: Key) -> bool:
        meant = self._confirmation.enter(key.time, burst=getattr(key, "burst", False))
        if not meant:
            self.say(self._confirmation.why)
        return meant

    def _asks_again(self) -> bool:
        asks, self.ask_twice = self.ask_twice, False
        if asks:
            self.say(WORDS, "banner")
        return asks

    def action_execute(self) -> None:
        """Nothing: Enter is looked at in :meth:`take_key`, with the time at which it came."""

    def action_back(self) -> None:
        """Leave; nothing is cancelled that has begun."""
        self.dismiss()

    def action_mark(self, by: int) -> None:
        """Mark the next step, for the space bar."""
        if self._plan is None or not self._can_execute:
            return
        keys = [step.key for step in self._plan.steps]
        at = keys.index(self._marked) + by if self._marked in keys else 0 if by > 0 else -1
        self._marked = keys[at % len(keys)]
        self._show()

    def action_choose(self) -> None:
        """Turn the marked step on or off; with none marked the space bar turns the page, as it does elsewhere."""
        if self._plan is None or not self._can_execute or not self._marked:
            self.action_page(1)
            return
        self._turned ^= {self._marked}
        self._plan = toggled(self._plan, self._marked)
        self._show()

    # --- executing -------------------------------------------------------------------------------------------------

    def _execute(self) -> bool:
        plan = self._plan
        if plan is None or not self._can_execute:
            return False
        self._executing = True
        self._future = self._board.execute(plan, without_journal=bool(self._no_journal))
        self._no_journal = ""
        if self.is_mounted:
            self._future.add_done_callback(self._done)
        return True

    def _progress(self, outcome: Outcome) -> None:
        """Called from the threads that execute; draws at most once for all that came since."""
        if outcome.switch != self._switch.name:
            return
        self._outcome = outcome
        self._executing = outcome.finished is None
        if not self._pending:
            self._pending = True
            self._soon(self._draw_progress)

    def _draw_progress(self) -> None:
        self._pending = False
        if not self._left:
            self._show()

    def _done(self, future: Future[Outcome]) -> None:
        self._soon(lambda: self._finish(future))

    def _finish(self, future: Future[Outcome]) -> None:
        from opsconsole.journal.writer import JournalError  # noqa: PLC0415 - imported long since, by the board
        from opsconsole.switches.engine.board import StalePlanError  # noqa: PLC0415

        self._executing = False
        if self._left:
            return
        try:
            self._outcome = future.result()
        except StalePlanError as error:
            self._set_plan(error.plan)
            self.say(f"NOT executed: {error}")
        except JournalError as error:
            self._no_journal = str(error)
            self._confirmation.changed()
            self.say("NOT executed: the journal can't be written; read on, and Enter acts without it", "banner")
        except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever it was, the operator has to know
            self.say(f"NOT executed: {error}", "banner")
        self._show()

    # --- a plan that changes while it is looked at -------------------------------------------------------------------

    def _plan_changed(self, name: str) -> None:
        """Called from the planning thread."""
        if name == self._switch.name:
            self._soon(self._take_plan)

    def _take_plan(self) -> None:
        if self._left or self._executing or self._outcome is not None:
            return
        plan = self._board.plan(self._switch.name)
        if plan is not None:
            self._set_plan(plan)
            self._show()

    def _set_plan(self, plan: Plan) -> None:
        for key in self._turned:
            plan = toggled(plan, key)
        before, self._plan = self._plan, plan
        if before is None or before.facts != plan.facts:
            self._confirmation.changed()
            if before is not None and before.steps:
                self.say("the facts have changed: this is a new plan, look again")


async def open_switch(app: Any, name: str, at: float, *, repeated: bool = False) -> None:
    """Open a switch's screen, once there are switches.

    Args:
        app: the app.
        name: of the switch.
        at: when its key came in.
        repeated: the key may be a repeat, or came with others: it opens, and fires nothing.
    """
    board: Switchboard = app.core.switchboard
    import time  # noqa: PLC0415 - the clock that Textual stamps its events with

    from opsconsole.switches.engine.switch import is_dangerous  # noqa: PLC0415 - needs what the first frame does not

    screen = KillScreen(board, name, at, time.monotonic)
    screen.ask_twice = asks_twice(name, app.core.settings.switches)
    always_asks = is_dangerous(board.switch(name))
    fires = app.core.settings.switches.confirm == "none" and not always_asks and not repeated
    fired = fires and screen.fire()  # before anything is drawn
    if isinstance(app.screen, KillScreen):
        await app.switch_screen(screen)
    else:
        await app.push_screen(screen)
    if fires and not fired and screen.waits_for_plan:
        screen.say("the plan is not ready yet: press the key again")
