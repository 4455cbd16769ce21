"""Asks before a plan is shown which of its steps we would be refused (SelfSubjectAccessReview, dry runs)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access, Api, Review, may_i
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.parallel import in_parallel
from opsconsole.records import Plan, Ref, Step
from opsconsole.switches.engine.switch import Effect

KEPT = 60.0
"""Seconds an answer is good for: rights change seldom, plans are made every few seconds."""

REHEARSED = 20.0
"""Seconds that the answer to a dry run is good for: every webhook of the cluster hears of it."""

_TIMEOUT = 5.0


@runtime_checkable
class Rehearsing(Protocol):
    """An effect whose write can be tried without being done."""

    def rehearse(self, step: Step) -> str:
        """Why the write would be refused; empty if it would be taken.

        Raises:
            ClusterError: it can't be asked now.
        """
        ...


class Preflight:
    """Fills in why steps would be refused. An answer that can't be had refuses nothing: the step will be tried."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[Access, tuple[float, Review]] = {}
        self._tried: dict[tuple[Ref, bytes], tuple[float, str | None]] = {}

    def check(self, plan: Plan, effects: Mapping[str, Effect], *, rehearse: bool = False) -> Plan:
        """``plan`` with each step's ``refused``.

        Args:
            plan: as the switch made it.
            effects: by name.
            rehearse: try the writes that can be tried (``dryRun=All``): for a plan that somebody looks at.
        """
        asked = [access for step in plan.steps if (effect := effects.get(step.effect)) for access in effect.needs(step)]
        in_parallel(self._ask, list(dict.fromkeys(asked)))
        steps = tuple(self._step(step, effects.get(step.effect)) for step in plan.steps)
        plan = msgspec.structs.replace(plan, steps=steps)
        return self._rehearse(plan, effects) if rehearse else plan

    def _step(self, step: Step, effect: Effect | None) -> Step:
        if effect is None or step.refused:
            return step
        refused = [access for access in effect.needs(step) if self._ask(access).allowed is False]
        return msgspec.structs.replace(step, refused=_in_words(refused)) if refused else step

    def _ask(self, access: Access) -> Review:
        now = self._clock.monotonic()
        with self._lock:
            at, answer = self._answers.get(access, (now - KEPT, Review(None)))
        if now - at < KEPT:
            return answer
        answer = may_i(self._api, access, _TIMEOUT)
        if answer.allowed is not None:
            with self._lock:
                self._answers[access] = (now, answer)
        return answer

    def _rehearse(self, plan: Plan, effects: Mapping[str, Effect]) -> Plan:
        able = {name: effect for name, effect in effects.items() if isinstance(effect, Rehearsing)}
        trying = [step for step in plan.steps if step.effect in able and not step.refused]
        answers = {step.key: self._try(able[step.effect], step) for step in trying}
        if not answers:
            return plan
        steps = (msgspec.structs.replace(step, refused=answers.get(step.key) or step.refused) for step in plan.steps)
        return msgspec.structs.replace(plan, steps=tuple(steps), notes=(*plan.notes, _tried(list(answers.values()))))

    def _try(self, effect: Rehearsing, step: Step) -> str | None:
        """Why it would be refused; ``None`` if that can't be told now."""
        now, key = self._clock.monotonic(), (step.target, step.arguments)
        with self._lock:
            self._tried = {each: found for each, found in self._tried.items() if now - found[0] < REHEARSED}
            if key in self._tried:
                return self._tried[key][1]
        try:
            answer: str | None = effect.rehearse(step)
        except ClusterError:
            answer = None
        with self._lock:
            self._tried[key] = (now, answer)
        return answer


def _tried(answers: Sequence[str | None]) -> str:
    taken = sum(answer == "" for answer in answers)
    unknown = sum(answer is None for answer in answers)
    more = f", {unknown} could not be asked" if unknown else ""
    return (
        f"dry run: the API server would take {taken} of {len(answers)} writes{more}; that proves neither that the pods "
        "find a node nor that their memory is enough"
    )


def _in_words(refused: list[Access]) -> str:
    words = "; ".join(str(access) for access in refused)
    if all(access.verb == "bind" for access in refused):
        return f"you may not {words}: RBAC lets nobody change a binding of a role whose rights he can't give"
    return f"you may not {words}"
