"""Asks before a plan is shown which of its steps we would be refused (SelfSubjectAccessReview)."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.reviews import Access, Answer, Api, may_i
from opsconsole.records import Plan, Step
from opsconsole.switches.switch import Effect

KEPT = 60.0
"""Seconds an answer is good for: rights change seldom, plans are made every few seconds."""

_TIMEOUT = 5.0


class Preflight:
    """Fills in why steps would be refused. An answer that can't be had refuses nothing: the step will be tried."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[Access, tuple[float, Answer]] = {}

    def check(self, plan: Plan, effects: Mapping[str, Effect]) -> Plan:
        """``plan`` with each step's ``refused``."""
        steps = tuple(self._step(step, effects.get(step.effect)) for step in plan.steps)
        return msgspec.structs.replace(plan, steps=steps)

    def _step(self, step: Step, effect: Effect | None) -> Step:
        if effect is None or step.refused:
            return step
        refused = [access for access in effect.needs(step) if self._ask(access).allowed is False]
        return msgspec.structs.replace(step, refused=_in_words(refused)) if refused else step

    def _ask(self, access: Access) -> Answer:
        now = self._clock.monotonic()
        with self._lock:
            at, answer = self._answers.get(access, (now - KEPT, Answer(None)))
        if now - at < KEPT:
            return answer
        answer = may_i(self._api, access, _TIMEOUT)
        if answer.allowed is not None:
            with self._lock:
                self._answers[access] = (now, answer)
        return answer


def _in_words(refused: list[Access]) -> str:
    words = "; ".join(str(access) for access in refused)
    if all(access.verb == "bind" for access in refused):
        return f"you may not {words}: RBAC lets nobody change a binding of a role whose rights he can't give"
    return f"you may not {words}"
