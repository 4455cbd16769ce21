"""The switch that takes the optimizer's rights away: reads the bindings, and proves it with access reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.records import Outcome, Plan, Proof, Step
from opsconsole.settings import SwitchSettings
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.parts import Parts
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.revoke.account import DeleteAccount, accounts_gone
from opsconsole.switches.revoke.effects import DeleteGrant, RecreateGrant, RemoveSubjects, ReturnSubjects
from opsconsole.switches.revoke.proofs import Returns, decode_matrix, revoked
from opsconsole.switches.revoke.spec import SPEC
from opsconsole.switches.target.facts import RevokeFacts
from opsconsole.switches.target.reader import TargetReader


def build(parts: Parts) -> RevokeSwitch:
    """Make the switch."""
    kinds = (DeleteGrant, RemoveSubjects, RecreateGrant, ReturnSubjects, DeleteAccount)
    effects: list[Effect] = [kind(parts.writer) for kind in kinds]
    return RevokeSwitch(parts.world, effects, parts.settings.switches, parts.clock)


class RevokeSwitch:
    """Takes away every right to write that the optimizer has, whoever it acts as."""

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(self, world: TargetReader, effects: Sequence[Effect], settings: SwitchSettings, clock: Clock) -> None:
        self._world = world
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock
        self._newest: RevokeFacts | None = None
        self._tried: set[str] = set()
        self._returns = Returns(clock, settings.quiet_seconds)

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> RevokeFacts:
        return self._world.revocation(ask=True)

    def plan(self, facts: RevokeFacts) -> Plan:
        return revoke.plan(facts, self._clock.now())

    def further(self, plan: Plan) -> Iterator[tuple[Effect, Step]]:
        """Bindings that came while it was being proved: something makes a new one for each that goes."""
        del plan
        facts, self._newest = self._newest, None
        for step in self.plan(facts).steps if facts else ():
            if step.chosen and step.target.uid and step.target.uid not in self._tried:
                self._tried.add(step.target.uid)
                self._returns.came()
                yield self._effects[step.effect], step

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        del outcome
        self._tried = {target.uid for target in plan.targets}
        self._returns = Returns(self._clock, self._settings.quiet_seconds)

        def read(asked: Sequence[Access]) -> RevokeFacts:
            self._newest = self._world.revocation(ask=True, also=asked)
            return self._newest

        patience = self._settings.patience_seconds
        matrix = decode_matrix(plan)
        yield from revoked(
            self._world.api,
            matrix,
            read,
            self._clock,
            patience,
            returns=self._returns,
            also=lambda _last: accounts_gone(self._world.reads, plan),
        )
