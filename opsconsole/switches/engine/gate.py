"""The one gate. Nothing changes the world but here: intent to the disk → permit → effect → outcome to the disk → proof.

For each step the target is read again first, and what it was goes to the journal before the permit for it exists. Where
the write itself is refused unless the target is as it was read (``guarded``), the look before the plan is that read.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from functools import partial
from itertools import groupby

import msgspec

from opsconsole import containment
from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError, ServerFailure, Unreachable
from opsconsole.cluster.transport.sockets import KEPT_CONNECTIONS
from opsconsole.journal.runs import VERSION, as_json, plan_to_json
from opsconsole.journal.undo_store import UndoStore
from opsconsole.journal.writer import NOTHING, Journal, JournalError
from opsconsole.masking import mask
from opsconsole.parallel import in_parallel
from opsconsole.permit import Mint, PermitError
from opsconsole.records import JsonObject, Outcome, Plan, Step, StepOutcome, StepState
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.ledger import GateJournal
from opsconsole.switches.engine.obstacles import in_words
from opsconsole.switches.engine.ongoing import OngoingRun, Tell
from opsconsole.switches.engine.proving.follow import follow
from opsconsole.switches.engine.retries import AGAIN, EVERY, Retries, is_passing
from opsconsole.switches.engine.switch import Call, Effect, Switch

LOOK_AHEAD = 2.0
"""Seconds that the first effect waits at most for what the targets are; what comes later is kept step by step."""

UNANSWERED = 0.5
"""Seconds that a write which acts at once may take before it is written down that it has begun."""


class BlockedError(Exception):
    """There is nothing that this plan could do; the text is the plan's own reason."""


class Gate:
    """Executes confirmed plans.

    Args:
        journal: where intent and outcome go.
        mint: makes the permits; the writing halves redeem them with the same one.
        clock: where the time comes from.
        executor: runs parallel steps.
        pause: waits for the seconds given.
        undoable: names of the effects that undo can take back: what their targets are is kept before the first effect.
        again: seconds for which what the API server does not take is tried again.
    """

    def __init__(
        self,
        journal: Journal,
        mint: Mint,
        clock: Clock,
        executor: ReservedExecutor,
        pause: Callable[[float], object],
        *,
        undoable: frozenset[str] = frozenset(),
        again: float = AGAIN,
    ) -> None:
        self._undo = UndoStore(journal.folder)
        self._undoable = undoable
        self._ledger = GateJournal(journal)
        self._mint = mint
        self._clock = clock
        self._executor = executor
        self._pause = pause
        self._again = again
        self._prepared: dict[str, tuple[Plan, JsonObject]] = {}
        self.unattended = ""
        """Why nobody looks any more; empty while somebody does."""

    def prepare(self, plan: Plan, effects: Mapping[str, Effect]) -> None:
        """Do what can be done of an execution before anybody confirms it: of plans that are to act at once."""
        if any(_acts_at_once(effects.get(step.effect)) for step in plan.steps):
            self._prepared[plan.switch] = (plan, mask(plan_to_json(plan)))

    def execute(
        self,
        switch: Switch,
        plan: Plan,
        effects: Mapping[str, Effect],
        tell: Tell = lambda _: None,
        *,
        without_journal: bool = False,
    ) -> Outcome:
        """Do what ``plan`` says, step by step, and verify it. Goes on when a step fails, and says so.

        What the API server did not take is tried again once all others had their turn.

        Args:
            switch: whose plan it is; it verifies.
            plan: as it was shown and confirmed.
            effects: of every registered switch, by name.
            tell: is given the outcome as it stands whenever it changes, from this thread and others.
            without_journal: act even though the journal can't be written; the operator was asked and said so.

        Raises:
            BlockedError: the plan says why it can't be executed.
            JournalError: the intent is not on the disk, and nothing was done.
        """
        if plan.blocked:
            raise BlockedError(plan.blocked)
        run = secrets.token_hex(4)
        kept = self._begin(run, plan, effects, without_journal=without_journal)
        execution = OngoingRun(run, plan, self._clock, tell, kept=kept, again=Retries(self._clock, self._again))
        self._carry_through(execution, effects, plan)
        self._verify(execution, switch, plan)
        return self._finish(execution)

    def _begin(
        self, run: str, plan: Plan, effects: Mapping[str, Effect], *, without_journal: bool
    ) -> Mapping[str, bytes]:
        """Write down what is meant, and what undo needs: whole, on the disk, before the first effect."""
        before, missing = self._look_ahead(plan, effects)
        body: JsonObject = {"v": VERSION, "run": run, "switch": plan.switch, "cluster": plan.cluster}
        masked = {"plan": self._masked(plan)}
        if at_once := [step.key for step in plan.steps if step.chosen and _acts_at_once(effects.get(step.effect))]:
            body["at_once"] = at_once  # they may have begun before an entry of their own says so
        try:
            if any(step.effect in self._undoable for step in plan.steps):
                kept = self._undo.keep(run, plan, before)
                body["undo"] = {"kept": msgspec.to_builtins(kept), "missing": missing}
            if not without_journal:
                self._ledger.must("intent", body, masked)
                return before
        except JournalError as error:
            if not without_journal:
                raise
            self._ledger.trouble = str(error)
        self._ledger.may("intent", body, masked)
        self._ledger.may("override", {"run": run, "why": self._ledger.trouble or "by choice"})
        return before

    def _masked(self, plan: Plan) -> JsonObject:
        """The plan as the journal shows it."""
        prepared, known = self._prepared.get(plan.switch, (None, NOTHING))
        masked: JsonObject = known if prepared == plan else mask(plan_to_json(plan))
        return masked

    def _look_ahead(self, plan: Plan, effects: Mapping[str, Effect]) -> tuple[dict[str, bytes], list[str]]:
        """What the targets are, all read at once; the second is what did not come in time: its step reads it again."""
        steps = [step for step in plan.steps if step.effect in self._undoable and step.effect in effects]
        if not steps:  # what acts at once is kept waiting for no other thread
            return {}, []
        found: dict[str, bytes | StepOutcome] = {}

        def look(step: Step) -> None:
            with contextlib.suppress(Exception):  # its step reads it again, and tells what is wrong
                found[step.key] = effects[step.effect].read(step)

        wait([self._executor.submit(partial(in_parallel, look, steps, KEPT_CONNECTIONS))], timeout=LOOK_AHEAD)
        seen = dict(found)
        before = {key: each for key, each in seen.items() if isinstance(each, bytes)}
        return before, [step.key for step in steps if step.key not in seen]

    def _carry_through(self, execution: OngoingRun, effects: Mapping[str, Effect], plan: Plan) -> None:
        """Let each step have its turn, then those again that were not taken, until none is left to be tried."""
        steps: Sequence[Step] = plan.steps
        beside: list[Future[None]] = []
        while steps:
            beside += self._round(execution, effects, steps)
            steps = execution.again.round(plan.steps)
            if not steps:  # what ran beside the others keeps no step waiting, and may be one to be tried again itself
                for future in beside:
                    future.result()
                beside, steps = [], execution.again.round(plan.steps)
            if steps:
                self._pause(EVERY)

    def _round(self, execution: OngoingRun, effects: Mapping[str, Effect], steps: Sequence[Step]) -> list[Future[None]]:
        """Let each of ``steps`` have its turn, in the plan's order; returns those that run beside the others."""
        beside: list[Future[None]] = []
        for effect, group in groupby(steps, key=lambda step: effects.get(step.effect)):
            if effect is not None and getattr(effect, "beside", False):
                beside += [self._executor.submit(partial(self._step, execution, effect, step)) for step in group]
            else:
                self._steps(execution, effect, list(group))
        return beside

    def _steps(self, execution: OngoingRun, effect: Effect | None, steps: Sequence[Step]) -> None:
        if effect is None:
            for step in steps:
                execution.set(StepOutcome(step.key, StepState.FAILED, f"nothing here can do {step.effect}"))
        elif effect.parallel and len(steps) > 1 and (at_once := getattr(effect, "at_once", 0)):
            in_parallel(partial(self._step, execution, effect), steps, at_once)
        elif effect.parallel and len(steps) > 1:
            running = [self._executor.submit(partial(self._step, execution, effect, step)) for step in steps]
            for future in running:
                future.result()
        else:
            for step in steps:
                self._step(execution, effect, step)

    def _step(self, execution: OngoingRun, effect: Effect, step: Step) -> None:
        if not step.chosen:
            skipped = StepOutcome(step.key, StepState.SKIPPED, "not chosen")
            execution.set(skipped)
            self._ledger.may("end", _end(execution.run, step, skipped))
            return
        started = self._clock.monotonic()
        tries = execution.again.begun(step)
        if tries == 1:
            execution.set(StepOutcome(step.key, StepState.RUNNING))
        earlier = execution.step(step.key)
        try:
            done = self._try(execution, effect, step, tries)
            first = earlier.before if earlier.unsure else b""
            done = msgspec.structs.replace(done, before=first or done.before or earlier.before)
        except Exception as error:  # noqa: BLE001 - one step's failure must not keep the others from being done
            done = self._failed(execution, effect, step, error)
            done = msgspec.structs.replace(done, unsure=done.unsure or earlier.unsure)
            if done.state is StepState.FAILED and execution.again.takes(step, error):
                words = f"{done.detail}; it is tried again"
                execution.set(msgspec.structs.replace(done, state=StepState.RUNNING, detail=words, tries=tries + 1))
                self._ledger.may(
                    "retry", {"run": execution.run, "step": step.key, "title": step.title, "detail": words}
                )
                return
        done = msgspec.structs.replace(done, seconds=self._clock.monotonic() - started, tries=tries)
        execution.set(done)
        self._ledger.may("end", _end(execution.run, step, done))

    def _failed(self, execution: OngoingRun, effect: Effect, step: Step, error: Exception) -> StepOutcome:
        """What a step that raised ``error`` has come to."""
        # A server that fails may have done it all the same: its etcd answered too late, or a proxy before it did.
        late = isinstance(error, ServerFailure) and is_passing(error)
        if isinstance(error, ClusterError) and (late or error.lost or isinstance(error, Unreachable)):
            return self._settle(execution, effect, step, error)
        known = isinstance(error, ClusterError | PermitError | JournalError)
        words = in_words(error) if known else f"a defect of the console: {type(error).__name__}: {error}"
        return StepOutcome(step.key, StepState.FAILED, words, before=execution.before(step.key))

    def _try(self, execution: OngoingRun, effect: Effect, step: Step, tries: int) -> StepOutcome:
        known: Callable[[Step], bytes] | None = getattr(effect, "known", None)
        if known is not None and tries == 1:  # an earlier try may have done it: then what the plan saw is old
            return self._at_once(execution, effect, step, known(step))
        kept = execution.kept.get(step.key) if getattr(effect, "guarded", False) else None
        seen = effect.read(step) if kept is None else kept
        if isinstance(seen, StepOutcome):
            return seen
        earlier = execution.step(step.key)
        # What an earlier try whose answer was lost has done is there now: what was before that is what undo needs.
        before = earlier.before if earlier.unsure else seen
        execution.set(StepOutcome(step.key, StepState.RUNNING, before=before, unsure=earlier.unsure, tries=tries))
        body: JsonObject = {"run": execution.run, "step": step.key, "title": step.title, "before": as_json(before)}
        self._ledger.may("begin", body | ({} if earlier.unsure else self._keep(execution, step, seen, tries)))
        call = Call(execution.run, lambda words: execution.say(step.key, words), self._ledger.may)
        done = effect.act(step, self._mint.issue(step), call)
        return done if done.before else msgspec.structs.replace(done, before=before)

    def _at_once(self, execution: OngoingRun, effect: Effect, step: Step, seen: bytes) -> StepOutcome:
        """Act on what the plan saw, without a further look.

        That it begins is written down only once it was answered, or is not for a while: to write at the same time
        would keep the request waiting. The intent says already that it may have begun.
        """
        execution.set(StepOutcome(step.key, StepState.RUNNING, before=seen))
        body: JsonObject = {"run": execution.run, "step": step.key, "title": step.title, "before": as_json(seen)}
        answered = threading.Event()

        def begin() -> None:
            answered.wait(UNANSWERED)
            self._ledger.may("begin", body)

        begun = self._executor.submit(begin)
        try:
            call = Call(execution.run, lambda words: execution.say(step.key, words), self._ledger.may)
            done = effect.act(step, self._mint.issue(step), call)
        finally:
            answered.set()
            if (defect := begun.exception()) is not None:  # it says nothing of the write, which was done or was not
                execution.note(f"that {step.title} has begun is not in the journal: {type(defect).__name__}: {defect}")
        return done if done.before else msgspec.structs.replace(done, before=seen)

    def _keep(self, execution: OngoingRun, step: Step, seen: bytes, tries: int) -> JsonObject:
        """Keep what undo needs of a target that is not as it was when the plan began."""
        if step.effect not in self._undoable or execution.kept.get(step.key) == seen:
            return {}
        try:
            part = step.key if tries == 1 else f"{step.key}#{tries}"
            kept = self._undo.keep(execution.run, execution.plan, {step.key: seen}, part)
        except JournalError as error:
            execution.note(f"undo will lack {step.target}: {error}")
            return {"undo": {"missing": str(error)}}
        return {"undo": {"kept": msgspec.to_builtins(kept)}}

    def _settle(self, execution: OngoingRun, effect: Effect, step: Step, error: ClusterError) -> StepOutcome:
        """The answer to a write was lost, perhaps: look whether it was done."""
        before, why = execution.before(step.key), in_words(error)
        failed = StepOutcome(step.key, StepState.FAILED, why, before=before)
        if not before:
            return failed
        try:
            now = effect.read(step)
        except Exception:  # noqa: BLE001 - whatever this is, it says nothing of the write
            words = f"{why}; whether it was done is not known"
            return msgspec.structs.replace(failed, detail=words, unsure=True)
        if isinstance(now, StepOutcome) and now.state is not StepState.FAILED:
            return msgspec.structs.replace(now, detail=f"done, though its answer was lost ({error})", before=before)
        if now == before:
            return msgspec.structs.replace(failed, detail=f"{why}; read again: it was not done")
        return msgspec.structs.replace(failed, detail=f"{why}; read again: it has changed", unsure=True)

    def _verify(self, execution: OngoingRun, switch: Switch, plan: Plan) -> None:
        try:
            for proofs in switch.verify(plan, execution.outcome):
                execution.prove(proofs)
                if proofs and all(proof.holds for proof in proofs):
                    break
                execution.further += follow(switch, plan, execution.run, self._mint, self._ledger.may)
                self._pause(switch.poll_seconds)
        except Exception as error:  # noqa: BLE001 - what was done is done; the outcome has to be told whatever happens
            execution.fail(f"verification broke off: {type(error).__name__}: {error}")

    def _finish(self, execution: OngoingRun) -> Outcome:
        outcome = msgspec.structs.replace(execution.outcome, finished=self._clock.now())
        body: JsonObject = {
            "run": outcome.run,
            "switch": outcome.switch,
            "contained": containment.contained(outcome),
            "verdict": containment.verdict(outcome).value,
            "proofs": msgspec.to_builtins(outcome.proofs),
            "error": outcome.error,
            "seconds": (outcome.finished or 0.0) - outcome.started,
        }
        if self.unattended:
            body["unattended"] = self.unattended
        entry = self._ledger.may("outcome", body)
        notes = (*outcome.notes, *execution.further)
        if entry is None:
            notes = (*notes, f"the journal could not be written: {self._ledger.trouble}")
        return execution.end(msgspec.structs.replace(outcome, head=entry.hash if entry else "", notes=notes))


def _acts_at_once(effect: Effect | None) -> bool:
    return getattr(effect, "known", None) is not None


def _end(run: str, step: Step, done: StepOutcome) -> JsonObject:
    return {
        "run": run,
        "step": step.key,
        "title": step.title,
        "state": done.state,
        "detail": done.detail,
        "before": as_json(done.before),
        "after": as_json(done.after),
        "seconds": done.seconds,
        **({"unsure": True} if done.unsure else {}),
        **({"tries": done.tries} if done.tries > 1 else {}),
    }
