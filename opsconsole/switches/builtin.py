"""The two switches on the cluster: revoke the optimizer's rights, delete the optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from opsconsole.clock import Clock
from opsconsole.records import Outcome, Plan, Proof, StepState
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.delete.proofs import Decisions, Deletion, decode_gone
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.target.facts import OptimizerFacts, RevokeFacts
from opsconsole.switches.target.proofs import decode_matrix, revoked
from opsconsole.switches.target.reader import World

POLL_SECONDS = 1.0


class RevokeSwitch:
    """Takes away every right to write that the optimizer's ServiceAccount has."""

    name = revoke.NAME
    title = "Revoke its rights"
    key = "1"
    poll_seconds = POLL_SECONDS

    def __init__(self, world: World, effects: Sequence[Effect], settings: SwitchSettings, clock: Clock) -> None:
        self._world = world
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> RevokeFacts:
        return self._world.revocation()

    def plan(self, facts: RevokeFacts) -> Plan:
        return revoke.plan(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        del outcome
        return revoked(
            self._world.api,
            decode_matrix(plan),
            lambda: self.plan(self.gather()),
            self._clock,
            self._settings.patience_seconds,
        )


class OptimizerSwitch:
    """Stops what makes the optimizer's pods, and deletes them.

    Args:
        world: reads it.
        effects: that its plans name.
        settings: grace, evidence and quiet times.
        clock: where the time comes from.
        decisions: how the decision stream stands; ``None`` where there is none to look at.
    """

    name = optimizer.NAME
    title = "Delete the optimizer"
    key = "2"
    poll_seconds = POLL_SECONDS

    def __init__(
        self,
        world: World,
        effects: Sequence[Effect],
        settings: SwitchSettings,
        *,
        clock: Clock,
        decisions: Callable[[], Decisions] | None = None,
    ) -> None:
        self._world = world
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock
        self._decisions = decisions

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> OptimizerFacts:
        return self._world.optimizer()

    def plan(self, facts: OptimizerFacts) -> Plan:
        return optimizer.plan(facts, self._settings, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        done = {step.step for step in outcome.steps if step.state is StepState.DONE and step.before}
        forced = [step.target for step in plan.steps if step.key in done and self._is_force(step.effect)]
        watch = Deletion(
            self._world,
            decode_gone(plan),
            self._settings.quiet_seconds,
            self._clock,
            decisions=self._decisions,
            forced=forced,
        )
        return watch.proofs(self._settings.patience_seconds)

    def _is_force(self, effect: str) -> bool:
        return effect == optimizer.FORCE or (effect == optimizer.DELETE and not self._settings.grace_seconds)
