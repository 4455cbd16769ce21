"""Watches the console's findings and freezes the optimizer when one of them is a reason to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError

from opsconsole.clock import Clock, ClockWatch
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.console import Console
from opsconsole.containment import why_not
from opsconsole.files.faults import record_fault
from opsconsole.govern.presence import annotations_of
from opsconsole.guard.ability import Ability
from opsconsole.guard.reasons import Reason, Reasons
from opsconsole.guard.report import Word
from opsconsole.guard.standing import FreezeWatch, Seen
from opsconsole.guard.state import GuardState
from opsconsole.guard.trigger import FRESH, Trigger
from opsconsole.guard.trouble import AGAIN, RETRY, Repeats, advice
from opsconsole.journal.writer import JournalError
from opsconsole.records import Finding, Kind, Outcome, Plan
from opsconsole.settings import GuardSettings
from opsconsole.store import Delta, Store
from opsconsole.switches.engine.board import BusyError, StalePlanError, Switchboard
from opsconsole.switches.engine.gate import BlockedError
from opsconsole.switches.engine.switch import gathering_at_once
from opsconsole.switches.freeze.around.proof import frozen_all_the_same, is_way_round
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.plan import NAME as FREEZE

LOOK = 3.0
"""Seconds between two looks at how the freeze stands."""

AWAY = 5.0
"""Seconds without a look at the console after which this guard was not there: stopped, starved, its host suspended."""

_LEFT = "whoever holds the Lease leaves it be"
_UNSURE = "how the freeze stands can't be read now, and somebody may have thawed"
_UNSEEN = "how the freeze stands can't be read now, and who stands in freezes only where none is seen"


class Guard:
    """Acts on findings. An observer of the console's pump, and a thread that acts.

    Args:
        console: whose switchboard it uses.
        settings: what makes it act, and what it may do.
        clock: the console's, put right by the API server's: what the optimizer did is dated by that.
        leads: whether this guard is the one that acts.
        tell: is given what people should know.
        why_not: why this guard can't lead; empty where it leads, or where another does.

    While another leads, this guard waits for it to act, and freezes itself if nobody has: whoever holds the Lease may
    be no guard, and to freeze twice does no harm. Likewise where the Lease can't be kept: who may write it, or refuse
    our writes of it, may be whom we watch. Of other switches it can't see whether they were used, and whether
    a person took that back: those it leaves to the leader.
    """

    def __init__(
        self,
        console: Console,
        settings: GuardSettings,
        clock: Clock,
        leads: Callable[[], bool],
        tell: Callable[[Word], object],
        *,
        why_not: Callable[[], str] = str,
    ) -> None:
        self._console = console
        self._settings = settings
        self._clock = clock
        self._leads = leads
        self._tell = tell
        self._why_not = why_not
        self._withheld: frozenset[str] = frozenset()
        self._trigger = Trigger(settings, clock.now())
        self._set = ClockWatch(clock)
        self._began = self._looked = clock.monotonic()
        self._standing = FreezeWatch()
        self._ability = Ability(clock)
        self._timing = threading.Lock()
        self._reasons = Reasons(clock)
        self._repeats = Repeats(clock)
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self.state = GuardState()

    def observe(self, store: Store, delta: Delta) -> None:
        """Pick out what is a reason to act. Called on the pump's thread."""
        changed = [store.findings[key] for key in delta.changed.get(Kind.FINDING, ()) if key in store.findings]
        ticks = self._clock.monotonic()
        if ticks - self._looked > AWAY:
            self._began = ticks  # as one that has just begun, it knows of no thaw
        self._looked = ticks
        with self._timing:
            now = self._put_right()
            found = [*self._trigger.again(now), *(self._trigger.look(changed, now) if changed else [])]
            if found and now >= self.state.standing_down_until:
                self._reasons.remember(found, now)
                self._wake.set()

    def _time(self) -> float:
        """The time now; what was told by a clock that has been set since is put right."""
        with self._timing:
            return self._put_right()

    def _put_right(self) -> float:
        now, step = self._set.look()
        if step:
            self._trigger.shift(step)
            if self.state.standing_down_until:
                self.state.standing_down_until += step
        return now

    def next_due(self) -> float | None:
        return 0.0  # by each look it knows that it was not away

    def says(self) -> dict[str, str]:
        """What the guard that leads says of itself on the Lease."""
        state = self.state
        return annotations_of(
            frozen=state.frozen,
            tripped_at=state.tripped_at,
            tripped_by=state.reason,
            rests_until=state.standing_down_until,
        )

    def start(self) -> None:
        """Begin to act. Returns at once."""
        threading.Thread(target=self._run, name="guard", daemon=True).start()

    def stop(self) -> None:
        """Act no more. What is frozen stays frozen."""
        self._stopped.set()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                pause = self._turn()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the guard unseen
                record_fault("the guard's turn failed", error)
                words = f"it could not do its turn, and tries again: {type(error).__name__}: {error}"
                self._say_news("TurnFailed", words)
                pause = self._repeats.pause()
            self._wake.wait(pause)

    def _turn(self) -> float:
        """Look how the freeze stands, act if there is a reason, and return the seconds until the next turn.

        It looks before it acts: a thaw raises a finding, and whoever thawed is not to be overruled by that.
        """
        seen = self.look(at_once=bool(self._reasons.waiting()))
        if seen is Seen.OUTGROWN:
            self._widen()
        if self._is_settled(seen):
            self._reasons.settle()
        self._run_out(seen)
        reasons = self._reasons.waiting()
        if reasons:
            pause = self._answer(reasons, seen)
            self.look(at_once=bool(self._reasons.waiting()))  # questions would keep the next try waiting
            return pause
        self._foresee()
        self._repeats.forget("Tripped")  # what comes from here on is another reason, in the same words too
        if seen is not Seen.OUTGROWN:
            self._repeats.over()
        return LOOK

    def _answer(self, reasons: Sequence[Reason], seen: Seen) -> float:
        """Act on ``reasons``, or say why not; where nothing is said, the leader has its time.

        Returns the seconds until the next turn: what failed is tried again, ever more seldom.
        """
        failures = self.state.failures
        findings = [each.finding for each in reasons]
        fresh = [each.finding for each in reasons if not each.frozen]
        if seen is Seen.UNKNOWN and self._standing.stood:
            self._withhold(findings, _UNSURE)
        elif self._leads():
            stands = seen is Seen.FROZEN and not fresh
            left = [name for name in self._settings.switches if name != FREEZE or not stands]
            if self._act(findings, left, self._leads):
                self._reasons.done(findings)
        elif fresh and seen in {Seen.FREE, Seen.OUTGROWN} and self._leader_is_idle():
            self._stand_in(fresh)
        elif self._why_not():
            self._withhold(findings, self._why_not())
        elif seen is Seen.UNKNOWN and self._leader_is_idle():
            self._withhold(findings, _UNSEEN)
        return self._repeats.pause() if self.state.failures > failures else RETRY

    def _stand_in(self, findings: Sequence[Finding]) -> None:
        """Freeze in the place of whoever should; what more there is to do waits until this guard leads."""
        self._withhold(findings, f"{self._why_not() or _LEFT}; this guard freezes now")
        if self._act(findings, (FREEZE,), self._leader_is_idle):
            if self._others:
                self._reasons.frozen(findings)
            else:
                self._reasons.done(findings)

    @property
    def _others(self) -> list[str]:
        """What it may use besides a freeze."""
        return [name for name in self._settings.switches if name != FREEZE]

    def _run_out(self, seen: Seen) -> None:
        """Say of what is too old by now that it is a reason no more.

        Of another's switches but the freeze nothing can be seen: it may have used them.
        """
        ours = self._leads() or self._why_not()
        for each in self._reasons.run_out():
            if not ours and (FREEZE not in self._settings.switches or each.frozen):
                continue
            what = f"frozen, but not acted on by {', '.join(self._others)}" if each.frozen else "NOT acted on"
            self.state.failures += each.finding.key not in self._withheld
            title = f"{each.finding.rule}: {each.finding.title}"
            self._say("RanOut", f"{title}: {what} within {FRESH:g} s, and no more a reason to: {self._why_left(seen)}")

    def _why_left(self, seen: Seen) -> str:
        if seen is Seen.UNKNOWN:
            return _UNSURE if self._standing.stood else _UNSEEN
        if self._leads():
            return "what this guard tried failed, or it leads only now"
        rest, why = self._settings.stand_down_seconds, self._why_not() or _LEFT
        young = self._clock.monotonic() - self._began <= rest
        late = f"; this guard began, or was away, less than {rest:g} s ago, and stands in for nobody"
        return why + (late if young else "")

    def _is_settled(self, seen: Seen) -> bool:
        """Whether a freeze stands, and all that this guard could do besides is the leader's."""
        others = not self._why_not() or not self._others
        return seen is Seen.FROZEN and others and not self._leads()

    def _leader_is_idle(self) -> bool:
        """Whether nobody has frozen although there is a reason, and whoever holds the Lease (if anybody) had his time.

        That it is idle is seen by a freeze that is not there: where none is wanted nothing can be said of it.
        A guard that has just begun, or was away, may not know that the leader leaves a person's thaw alone: it waits
        for longer.
        """
        now, wait = self._clock.monotonic(), min(2 * self._settings.lease_seconds, FRESH / 2)
        if now - self._looked > AWAY:
            return False
        idle = FREEZE in self._settings.switches and now - self._reasons.since > wait
        return idle and now - self._began > self._settings.stand_down_seconds

    def _withhold(self, reasons: Sequence[Finding], why: str) -> None:
        """There is a reason, and whoever should does not act: said once for each reason, and counted as a failure."""
        for each in reasons:
            if each.key not in self._withheld:
                self.state.failures += 1
                self._say("NotActing", f"{each.rule}: {each.title}: NOT acted on: {why}")
        self._withheld = frozenset(each.key for each in reasons)

    def _foresee(self) -> None:
        """Say that a freeze would fail before one is needed: who grants rights is asleep by then.

        It takes a plan and its dry runs: never while there is a reason to act.
        """
        board = self._board() if FREEZE in self._settings.switches else None
        if board is not None and self._ability.look(board):
            self.state.cannot = self._ability.why_not
            if self.state.cannot:
                self._say("CantFreeze", f"it could not freeze the optimizer now: {self.state.cannot}")

    def _widen(self) -> None:
        """Freeze whomever the optimizer acts as besides those who are frozen, unless a person has just thawed."""
        rests = self._time() < self.state.standing_down_until
        if rests or FREEZE not in self._settings.switches or not self._leads():
            return
        self._say_news("Outgrown", "the optimizer acts as somebody whom the freeze does not cover: frozen too")
        if self._execute(FREEZE, self._leads):
            self._repeats.over()
        else:
            self.state.failures += 1

    def _act(self, reasons: Sequence[Finding], switches: Sequence[str], may: Callable[[], bool]) -> bool:
        """Execute ``switches``. Whether all was done: what fails stays a reason, and is tried again."""
        first = reasons[0]
        reason = f"{first.rule}: {first.title}"
        if self._repeats.is_news("Tripped", reason, again=False):  # what is tried again tripped it once
            self.state.reason, self.state.tripped_at = reason, self._clock.now()
            self._say("Tripped", reason)
        done = all(self._execute(name, may) for name in switches)
        if done:
            self.state.trips += 1
            self._repeats.over()
        else:
            self.state.failures += 1
        return done

    def _execute(self, name: str, may: Callable[[], bool]) -> bool:
        """Whether it was done, or nothing was left to do. ``may``: whether it still is this guard's to do."""
        board = self._board()
        if board is None:
            return False
        try:
            plan = board.make_plan(name, at_once=True)
            if plan.blocked:
                return self._blocked(plan)
            if may():
                return self._is_done(name, board.execute(plan).result())
            # It was held up for longer than its Lease is good, and another may have acted since.
            self._say_news("NotActing", f"{name}: not this guard's to do any more: it was held up while it planned")
        except (ClusterError, JournalError, StalePlanError, BusyError, BlockedError, CancelledError) as error:
            self._say_news("Failed", f"{name}: {error}; {AGAIN}; {advice(error)}")
        return False

    def _is_done(self, name: str, outcome: Outcome) -> bool:
        """Whether nothing is left to try again; says what came of it."""
        if outcome.success:
            self._say("Frozen" if name == FREEZE else "Executed", f"{name}: proved; run {outcome.run}")
            return True
        if name == FREEZE and outcome.finished is not None and frozen_all_the_same(outcome.proofs):
            self._say(
                "Frozen", f"{name}: its writes are refused, but NOT PROVED: {why_not(outcome)}; run {outcome.run}"
            )
            return True
        # A way round is no failure to freeze: trying again would find the same one.
        failed = [proof for proof in outcome.proofs if proof.holds is False and not is_way_round(proof)]
        words = "; ".join(f"{proof.claim}: {proof.detail}" for proof in outcome.proofs if not proof.holds)
        done = not failed and not outcome.error
        self._say_news("Unproved", f"{name}: {words or outcome.error}", "" if done else AGAIN, f"run {outcome.run}")
        return done

    def _blocked(self, plan: Plan) -> bool:
        """Whether nothing is left to do: a person, or another guard, was faster, and what stands is as good as ours."""
        if plan.switch == FREEZE:
            done, kind = self._frozen(), "AlreadyFrozen"
        else:
            done, kind = plan.nothing, "NothingToDo"
        if done:
            self._say(kind, f"{plan.switch}: {plan.blocked}")
        else:
            self._say_news("Blocked", f"{plan.switch}: {plan.blocked}", AGAIN)
        return done

    def look(self, *, at_once: bool = False) -> Seen:
        """See how the freeze stands; a freeze that somebody took back is told, and left to them for a while.

        ``at_once``: ways round it are not asked for now.
        """
        facts = self._facts(at_once=at_once)
        seen = self._standing.see(facts)
        if facts is None or seen is Seen.UNKNOWN:
            self.state.frozen = self.state.holes = None
            return seen
        if facts.asked:
            self.state.holes = sum(hole.allowed is not False for hole in facts.holes)
        if seen is Seen.THAWED:
            rest = self._settings.stand_down_seconds
            with self._timing:  # a step is put right before these are told by the clock, or after: never both
                now = self._put_right()
                self.state.standing_down_until = now + rest
                self._trigger.stand_down(now)
            self._reasons.settle()
            self._say("Thawed", f"somebody has thawed the optimizer: the guard does not freeze it again for {rest:g} s")
        self.state.frozen = seen is Seen.FROZEN
        return seen

    def _frozen(self) -> bool:
        facts = self._facts(at_once=True)
        return facts is not None and facts.stands

    def _facts(self, *, at_once: bool) -> FreezeFacts | None:
        board = self._board()
        if board is None:
            return None
        try:
            switch = board.switch(FREEZE)
            quick = gathering_at_once(switch) if at_once else None
            facts = (quick or switch.gather)()
        except ClusterError:
            return None
        return facts if isinstance(facts, FreezeFacts) else None

    def _board(self) -> Switchboard | None:
        board = self._console.switchboard
        return board if isinstance(board, Switchboard) else None

    def _say_news(self, kind: str, text: str, *more: str) -> None:
        """Say what may be so again with the next try; ``more`` makes no news of it."""
        if self._repeats.is_news(kind, text):
            self._say(kind, "; ".join(filter(None, (text, *more))))

    def _say(self, kind: str, text: str) -> None:
        self._tell(Word(self._clock.now(), kind, text, serious=True))
