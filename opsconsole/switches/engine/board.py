"""The switchboard: keeps every switch's plan ready, and executes what the operator confirms. The UI and the CLI use it.

A read-only console has none.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.journal.runs import Run
from opsconsole.records import Outcome, Plan
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import Gate
from opsconsole.switches.engine.memory import Memory
from opsconsole.switches.engine.ongoing import Tell
from opsconsole.switches.engine.place import ClusterPlace
from opsconsole.switches.engine.preflight import Preflight
from opsconsole.switches.engine.switch import Registry, Switch, gathering_at_once, is_kept_ready
from opsconsole.switches.spec import UNDO

REFRESH = 10.0
"""Seconds between two plannings of a switch while the screen is up."""

REFRESH_OPEN = 2.0
"""The same for the switch whose plan is being looked at."""

_BUSY = (
    "the API server is busy: while this plan was made it answered 429 (too many requests) {} times, and was asked again"
)


class StalePlanError(Exception):
    """The world has changed since the plan was shown: ``plan`` is the one to confirm now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("the facts have changed since this plan was shown: look again and confirm again")
        self.plan = plan


class BusyError(Exception):
    """The same switch is being executed at this moment."""


class Execution(NamedTuple):
    """A plan and what has become of it so far."""

    plan: Plan
    outcome: Outcome


class Switchboard:
    """Plans in the background, executes on the reserved executor.

    Args:
        registry: the switches; plugins may have added some.
        undo: makes the switch behind ``u``, when it is first asked for.
        gate: executes.
        preflight: asks what we would be refused.
        memory: remembers executions.
        executor: the reserved one.
        clock: where the time comes from.
        identify: asks the API server who we are, for the journal.
        place: which cluster this is; every plan carries it.
        throttled: how many reads the API server has answered 429 so far.
    """

    def __init__(
        self,
        registry: Registry,
        undo: Callable[[], Switch],
        gate: Gate,
        preflight: Preflight,
        memory: Memory,
        *,
        executor: ReservedExecutor,
        clock: Clock,
        identify: Callable[[], object] = lambda: None,
        place: ClusterPlace | None = None,
        throttled: Callable[[], int] = lambda: 0,
    ) -> None:
        self._throttled = throttled
        self.registry = registry
        self.identify = identify
        self._place = place
        self.memory = memory
        self.journal = memory.journal
        self._undo = functools.cache(undo)
        self._gate = gate
        self._preflight = preflight
        self._executor = executor
        self._clock = clock
        self._lock = threading.Lock()
        self._plans: dict[str, Plan] = {}
        self._looked: dict[str, float] = {}
        self._troubles: dict[str, str] = {}
        self._running: dict[str, Execution] = {}
        self._last: dict[str, Execution] = {}
        self._watchers: list[Tell] = []
        self._listeners: list[Callable[[str], None]] = []
        self._submitted: list[Future[Outcome]] = []
        self._finished: list[Callable[[Plan, Outcome], None]] = []
        self._open = ""
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # --- plans -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to keep plans ready. Returns at once."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._keep_ready, name="switch-plans", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop keeping plans ready. What is being executed goes on. Returns at once."""
        self._stop.set()
        self._wake.set()
        self._thread = None

    def plan(self, name: str) -> Plan | None:
        """The ready plan of a switch (or ``undo``); ``None`` while the first one is being made."""
        return self._plans.get(name)

    def trouble(self, name: str) -> str:
        """Why the plan could not be made anew the last time; empty if it could."""
        return self._troubles.get(name, "")

    def age(self, name: str) -> float | None:
        """Seconds since the world was last looked at for this plan."""
        looked = self._looked.get(name)
        return None if looked is None else self._clock.monotonic() - looked

    def opened(self, name: str) -> None:
        """Somebody looks at this plan (empty: at none): keep it fresher than the others.

        A plan that is only made while it is looked at is forgotten with that: the next look is not to begin with it.
        """
        before, self._open = self._open, name
        if before and before != name and not is_kept_ready(self.switch(before)):
            self._plans.pop(before, None)
        self._wake.set()

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with a switch's name when its plan or trouble changed, from the planning thread."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` no more."""
        self._listeners = [each for each in self._listeners if each != listener]

    def on_finished(self, listener: Callable[[Plan, Outcome], None]) -> None:
        """Call ``listener`` with each execution's plan and outcome, from the thread that executed it."""
        self._finished.append(listener)

    def make_plan(self, name: str, *, at_once: bool = False) -> Plan:
        """Make a plan now, and wait for it. Blocks.

        Args:
            name: of the switch.
            at_once: nobody looks at the plan before it is executed: where the switch can do without, nothing is asked
                that only tells what to expect.

        Raises:
            UnknownSwitchError: there is no such switch.
            ClusterError: the world can't be read.
        """
        switch = self.switch(name)
        looked_at = name == self._open or self._thread is None  # nobody keeps it ready: it was asked for once
        before = self._throttled()
        quick = gathering_at_once(switch) if at_once else None
        made = self._placed(switch.plan((quick or switch.gather)()))
        if busy := self._throttled() - before:
            made = msgspec.structs.replace(made, notes=(*made.notes, _BUSY.format(busy)))
        plan = made if quick else self._preflight.check(made, self.registry.effects, rehearse=looked_at)
        self._gate.prepare(plan, self.registry.effects)
        with self._lock:
            self._plans[name] = plan
            self._looked[name] = self._clock.monotonic()
            self._troubles.pop(name, None)
        return plan

    def _placed(self, plan: Plan) -> Plan:
        """``plan`` with the cluster and the optimizers that it is about."""
        place = self._place
        if place is None:
            return plan
        return msgspec.structs.replace(plan, cluster=place.uid(), where=place.words(), optimizer=place.optimizer)

    def undo_plan(self) -> Plan:
        """Make the plan that takes the last execution back. Blocks; raises what :meth:`make_plan` raises."""
        return self.make_plan(UNDO.name)

    def switch(self, name: str) -> Switch:
        """The switch of this name, ``undo`` included.

        Raises:
            UnknownSwitchError: there is none.
        """
        return self._undo() if name == UNDO.name else self.registry.get(name)

    # --- executing -------------------------------------------------------------------------------------------------

    def execute(
        self, plan: Plan, on_progress: Tell = lambda _: None, *, without_journal: bool = False
    ) -> Future[Outcome]:
        """Execute a confirmed plan. Returns at once; never waits for the loop, a paint or another execution.

        The future raises :class:`StalePlanError` if a newer plan differs from this one, :class:`BusyError`,
        :class:`~opsconsole.switches.engine.gate.BlockedError`, and
        :class:`~opsconsole.journal.writer.JournalError` when the intent can't be written: then ask, and call again
        with ``without_journal``.
        """
        future = self._executor.submit(lambda: self._execute(plan, on_progress, without_journal=without_journal))
        self._submitted = [*(each for each in self._submitted if not each.done()), future]
        return future

    def executions(self) -> Future[list[Run]]:
        """Every execution that is remembered of this cluster, oldest first. Returns at once."""

        def look() -> list[Run]:
            place = self._place
            return [run for run in self.memory() if place is None or not place.why_not(run)]

        return self._executor.submit(look)

    def executing(self) -> bool:
        """Whether anything that was confirmed is not over yet."""
        return any(not future.done() for future in self._submitted)

    def unattended(self, why: str) -> None:
        """Nobody looks any more: the journal says so with the outcome, and the next console tells what became of it."""
        self._gate.unattended = why

    def running(self, name: str) -> Execution | None:
        """The plan of a switch that is being executed now, and its outcome so far."""
        return self._running.get(name)

    def under_way(self) -> tuple[Plan, ...]:
        """Every plan that is being executed now."""
        return tuple(execution.plan for execution in list(self._running.values()))

    def last(self, name: str) -> Execution | None:
        """The last execution of a switch in this process."""
        return self._last.get(name)

    def watch(self, watcher: Tell) -> None:
        """Call ``watcher`` with every outcome whenever it changes, from the threads that execute."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Tell) -> None:
        """Call ``watcher`` no more."""
        self._watchers = [each for each in self._watchers if each != watcher]

    def _execute(self, plan: Plan, on_progress: Tell, *, without_journal: bool) -> Outcome:
        switch = self.switch(plan.switch)
        with self._lock:
            newest = self._plans.get(plan.switch)
            if newest is not None and newest.facts != plan.facts:
                raise StalePlanError(newest)
            if plan.switch in self._running:
                raise BusyError(f"{switch.title} is being executed already")
            self._running[plan.switch] = Execution(plan, Outcome(plan.switch, self._clock.now()))

        def tell(outcome: Outcome) -> None:
            self._running[plan.switch] = Execution(plan, outcome)
            for watcher in (on_progress, *self._watchers):
                with contextlib.suppress(Exception):  # a screen that is gone must not stop what was begun
                    watcher(outcome)

        try:
            effects = self.registry.effects
            outcome = self._gate.execute(switch, plan, effects, tell, without_journal=without_journal)
            self._last[plan.switch] = Execution(plan, outcome)
            self.memory.add(plan, outcome)
            for listener in self._finished:
                with contextlib.suppress(Exception):  # the outcome is the operator's, whatever a listener makes of it
                    listener(plan, outcome)
        finally:  # behind the listeners: who sees that it is over any more has been told how it ended
            self._running.pop(plan.switch, None)
        self._looked.clear()
        self._wake.set()
        return outcome

    # --- in the background -----------------------------------------------------------------------------------------

    def _keep_ready(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            for name in self._due():
                if self._stop.is_set():
                    return
                self._refresh(name)
            self._wake.wait(REFRESH_OPEN if self._open else REFRESH)

    def _due(self) -> Sequence[str]:
        """Names whose plan is due, the open one first. Undo, and what is costly, is only planned while looked at."""
        names = [switch.name for switch in self.registry if is_kept_ready(switch)]
        names = [self._open, *(name for name in names if name != self._open)] if self._open else names
        return [name for name in names if self._is_due(name)]

    def _is_due(self, name: str) -> bool:
        age = self.age(name)
        return age is None or age >= (REFRESH_OPEN if name == self._open else REFRESH) * 0.9

    def _refresh(self, name: str) -> None:
        before = self._plans.get(name), self._troubles.get(name)
        try:
            self.make_plan(name)
        except ClusterError as error:
            self._failed(name, str(error))
        except Exception as error:  # noqa: BLE001 - one switch's defect must not leave the others without plans
            self._failed(name, f"a defect of the console: {type(error).__name__}: {error}")
        if not _same(before, (self._plans.get(name), self._troubles.get(name))):
            for listener in self._listeners:
                listener(name)

    def _failed(self, name: str, words: str) -> None:
        """The last plan stays: its targets are read again before anything is done to them."""
        with self._lock:
            self._troubles[name] = words
            if name not in self._plans:
                switch = self.switch(name)
                self._plans[name] = Plan(name, switch.title, self._clock.now(), "", blocked=f"no plan yet: {words}")


def _same(before: tuple[Plan | None, str | None], now: tuple[Plan | None, str | None]) -> bool:
    return (_still(before[0]), before[1]) == (_still(now[0]), now[1])


def _still(plan: Plan | None) -> Plan | None:
    """``plan`` without what differs from one planning to the next though nothing has changed."""
    return None if plan is None else msgspec.structs.replace(plan, made_at=0.0, checks=b"")
