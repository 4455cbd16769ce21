"""Takes approvals off once they were used or are over: whoever gave one stays until it is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.containment import why_not
from opsconsole.feeds.protocol import Sink
from opsconsole.journal.writer import JournalError
from opsconsole.records import Outcome, Plan, Step, StepState
from opsconsole.switches.approve.plan import NAME, ApprovalPlace, Given, WithdrawFacts, place_of
from opsconsole.switches.engine.board import BusyError, StalePlanError, Switchboard
from opsconsole.switches.engine.gate import BlockedError
from opsconsole.switches.withdraw.spec import SPEC

LOOK = 2.0
"""Seconds between two looks at the objects that have an approval."""

AGAIN = 15.0
"""Seconds until what failed is tried again: each taking back is written to the journal."""

TAKEN = "taken off"

_MARGIN = 5.0
"""Seconds beyond its time after which an approval is taken off: the API server's clock may be behind ours."""


class Lapses:
    """Looks after the approvals that were given from here, through the one gate.

    As a feed it begins with those that an earlier console left: it may have ended before they were used or over.

    Args:
        board: plans and executes the taking back.
        clock: tells which are over.
        pause: waits for the seconds given.
    """

    name = "approvals"

    def __init__(self, board: Switchboard, clock: Clock, pause: Callable[[float], object]) -> None:
        self._board = board
        self._clock = clock
        self._pause = pause
        self._due: dict[tuple[str, float], float] = {}
        self._lock = threading.Lock()
        self._looking = False
        self._again = False
        self._stopped = threading.Event()

    def start(self, sink: Sink) -> None:
        """Look after what is left of earlier. Returns at once; where nothing is left nobody is asked."""
        del sink
        self._begin()

    def stop(self) -> None:
        """Look after nothing any more; what stands stays."""
        self._stopped.set()

    def finished(self, plan: Plan, outcome: Outcome) -> None:
        """An execution is over: if something was approved, look after it on a thread of its own."""
        if plan.switch != NAME or all(step.state is not StepState.DONE for step in outcome.steps):
            return
        self._begin()

    def _begin(self) -> None:
        with self._lock:
            self._again = True
            if self._looking:
                return
            self._looking = True
        threading.Thread(target=self._watch, name="approvals", daemon=True).start()

    def watch(self, tell: Callable[[str], object] = lambda _: None, just: Iterable[ApprovalPlace] = ()) -> None:
        """Look until no approval stands. Blocks for minutes.

        Args:
            tell: is given what became of each, and why one can't be looked at or taken off.
            just: the places that were given one just now: another thread may be faster to take it off.
        """
        stood, trouble, said = set(just), "", set[str]()
        while not self._stopped.is_set():
            facts, failed = self._look()
            over: list[Given] = []
            if facts is not None:
                standing = {each.place: each for each in facts.given if each.mine}
                for place in stood - standing.keys():
                    tell(_ended(place, facts))
                news = {f"{each.place}: {each.void}" for each in standing.values() if each.void} - said
                for words in sorted(news):
                    tell(words)
                said |= news
                stood = set(standing)
                if not standing:
                    return
                over = [each for each in standing.values() if each.used or self._is_over(each)]
                if over and (failed := self._take(over)) == TAKEN:
                    continue
            if failed and failed != trouble:
                tell(f"not looked after now, and tried again: {failed}")
            trouble = failed
            self._pause(AGAIN if failed else LOOK)

    def _watch(self) -> None:
        try:
            while self._is_due():
                self.watch()
        except BaseException:
            with self._lock:
                self._looking = False
            raise

    def _is_due(self) -> bool:
        """Whether something was approved since the last look began; if not, the next approval starts a thread anew."""
        with self._lock:
            self._looking, self._again = self._again, False
            return self._looking

    def _look(self) -> tuple[WithdrawFacts | None, str]:
        """The approvals that were given from here; ``None``, and why, if one of them can't be read now."""
        try:
            facts: WithdrawFacts = self._board.switch(SPEC.name).gather()
        except ClusterError as error:
            return None, str(error)
        if facts.gaps:
            return None, facts.gaps[0]
        return facts, ""

    def _is_over(self, given: Given) -> bool:
        """Whether its time is over, by the clock or by the seconds that have gone by since it was first looked at.

        A clock that is set back in between must not prolong it.
        """
        now, ticks = self._clock.now(), self._clock.monotonic()
        due = self._due.setdefault((given.grant, given.until), ticks + given.until - now)
        return now > given.until + _MARGIN or ticks > due + _MARGIN

    def _take(self, over: list[Given]) -> str:
        """Take approvals off. Returns :data:`TAKEN`, or why they may stand; empty if another is at it just now."""
        places = {each.place for each in over}

        def chosen(step: Step) -> Step:
            return msgspec.structs.replace(step, chosen=place_of(step) in places)

        try:
            plan = self._board.make_plan(SPEC.name)
            if plan.blocked:  # nothing to take off any more: another console, or a thread of ours, was faster
                return "" if plan.nothing else plan.blocked
            steps = tuple(map(chosen, plan.steps))
            outcome = self._board.execute(msgspec.structs.replace(plan, steps=steps)).result()
        except (StalePlanError, BusyError):
            return ""
        except (ClusterError, JournalError, BlockedError) as error:
            return str(error)
        return TAKEN if outcome.success else why_not(outcome)


def _ended(place: ApprovalPlace, facts: WithdrawFacts) -> str:
    used = dict(facts.taken) | {each.place: each.used for each in facts.given}
    if place not in used:
        return f"{place} is gone, and the approval with it"
    return f"{place}: {'used' if used[place] else 'not used'}; the approval is taken off"
