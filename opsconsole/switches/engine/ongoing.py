"""The outcome of an execution that is under way: it grows from several threads, and every change is told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping

import msgspec

from opsconsole.clock import Clock
from opsconsole.records import Outcome, Plan, Proof, StepOutcome, StepState
from opsconsole.switches.engine.retries import Retries

Tell = Callable[[Outcome], None]


class OngoingRun:
    """The outcome as it grows. Written from several threads; every change is told."""

    def __init__(
        self, run: str, plan: Plan, clock: Clock, tell: Tell, *, kept: Mapping[str, bytes], again: Retries
    ) -> None:
        self.run = run
        self.plan = plan
        self.kept = kept
        self.again = again
        self._listener = tell
        self._lock = threading.Lock()
        steps = tuple(StepOutcome(step.key, StepState.WAITING) for step in plan.steps)
        self.outcome = Outcome(plan.switch, clock.now(), steps=steps, run=run)
        self.further: tuple[str, ...] = ()
        self._tell(self.outcome)

    def set(self, done: StepOutcome) -> None:
        self._change(lambda now: {"steps": tuple(done if step.step == done.step else step for step in now.steps)})

    def say(self, key: str, words: str) -> None:
        step = self.step(key)
        self.set(msgspec.structs.replace(step, detail=words))

    def before(self, key: str) -> bytes:
        return self.step(key).before

    def prove(self, proofs: tuple[Proof, ...]) -> None:
        self._change(lambda _: {"proofs": proofs})

    def note(self, words: str) -> None:
        self._change(lambda now: {"notes": (*now.notes, words)})

    def fail(self, words: str) -> None:
        self._change(lambda _: {"error": words})

    def end(self, outcome: Outcome) -> Outcome:
        with self._lock:
            self.outcome = outcome
        self._tell(outcome)
        return outcome

    def _tell(self, outcome: Outcome) -> None:
        """A screen that fails, or is gone, must not stop what was begun."""
        with contextlib.suppress(Exception):
            self._listener(outcome)

    def step(self, key: str) -> StepOutcome:
        return next(step for step in self.outcome.steps if step.step == key)

    def _change(self, fields: Callable[[Outcome], Mapping[str, object]]) -> None:
        with self._lock:
            self.outcome = msgspec.structs.replace(self.outcome, **fields(self.outcome))
            outcome = self.outcome
        self._tell(outcome)
