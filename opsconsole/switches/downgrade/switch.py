"""The switch that swaps the optimizer's grants for one that holds only what its work needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.console import Console
from opsconsole.governor.account.damage import Damage
from opsconsole.optimizer import Optimizers
from opsconsole.records import Health, Outcome, Plan, Proof, State
from opsconsole.settings import SwitchSettings
from opsconsole.switches.downgrade import plan as downgrade
from opsconsole.switches.downgrade.effects import MakeGrant
from opsconsole.switches.downgrade.facts import DowngradeFacts, DowngradeReader
from opsconsole.switches.downgrade.needs import WorkNeeds
from opsconsole.switches.downgrade.plan import decode_checks, without
from opsconsole.switches.downgrade.spec import SPEC
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.parts import Parts
from opsconsole.switches.restore.damage_source import DamageAccount, unjudged
from opsconsole.switches.revoke.proofs import Returns, revoked
from opsconsole.switches.target.credentials import review
from opsconsole.switches.target.facts import RevokeFacts
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.target.rights_reader import REVIEW_TIMEOUT


def build(parts: Parts) -> DowngradeSwitch:
    """Make the switch; it uses the effects of the one that revokes, which was made before."""
    account: Callable[[], Sequence[Damage]] | None = None
    blind: Callable[[], Sequence[str]] = tuple
    if parts.console is not None:
        asked = DamageAccount(parts.console)
        parts.console.add_observer(asked)
        account, blind = asked.rows, partial(unwatched, parts.console)
    each = Optimizers.of(parts.settings).each
    read = DowngradeReader(
        parts.connection,
        lambda: parts.world.revocation(ask=True),
        account,
        managers=frozenset(name for one in each for name in one.managers),
        roles=tuple(one.role for one in each),
        guarded=parts.settings.govern.namespace,
        places=parts.settings.cluster.namespaces,
        blind=blind,
    )
    return DowngradeSwitch(read, parts.world, [MakeGrant(parts.writer)], parts.settings.switches, parts.clock)


def unwatched(console: Console) -> Sequence[str]:
    """Which of the objects that it may write are not watched everywhere, and why."""
    known = console.health()
    missed = unjudged(console)
    return [
        *(
            f"whether it wrote {feed} elsewhere was not seen: {why}"
            for feed in SPEC.waits_for
            if (why := _why_not(known.get(feed)))
        ),
        *([f"what it wrote was not wholly seen: {missed}"] if missed else []),
    ]


def _why_not(health: Health | None) -> str:
    if health is None:
        return "not read yet"
    return "" if health.state is State.ABSENT or health.covers("") else health.detail or health.state.value


class DowngradeSwitch:
    """Leaves the optimizer what its work needs, and takes everything else.

    Args:
        read: reads the grants, and what it was seen to write.
        world: reads the rights again for the proof.
        effects: that its plans name, besides those of the revocation.
        settings: how long the proof may take.
        clock: where the time comes from.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0
    kept_ready = False
    """It reads all RBAC and eight kinds of objects: that is too much for every few seconds, and it is never urgent."""

    def __init__(
        self,
        read: DowngradeReader,
        world: TargetReader,
        effects: Sequence[Effect],
        settings: SwitchSettings,
        clock: Clock,
    ) -> None:
        self._read = read
        self._world = world
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> DowngradeFacts:
        return self._read()

    def plan(self, facts: DowngradeFacts) -> Plan:
        return downgrade.plan(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        del outcome
        checks = decode_checks(plan)
        newest: list[RevokeFacts] = []

        def read(asked: Sequence[Access]) -> RevokeFacts:
            newest[:] = [self._world.revocation(ask=True, also=asked)]
            return without(newest[0], checks.work)

        def left(last: bool) -> list[Proof]:
            return [self._left(facts, checks.work, last=last) for facts in newest]

        patience, returns = self._settings.patience_seconds, Returns(self._clock, self._settings.quiet_seconds)
        yield from revoked(self._world.api, checks.matrix, read, self._clock, patience, returns=returns, also=left)

    def _left(self, facts: RevokeFacts, work: WorkNeeds, *, last: bool) -> Proof:
        """Whether what is left to it is allowed, as the authorizer says."""
        writes = work.cluster or work.namespaced
        claim = f"reading{', and writing what it was seen to write,' if writes else ''} is left to it"
        if not facts.identities:
            return Proof(claim, None, "unknown: no identity of it is known by now, so nobody was asked about")
        for who in facts.identities:
            for access in work.granted:
                answer = review(self._world.api, who, access, REVIEW_TIMEOUT)
                if answer.allowed is None:
                    return Proof(claim, None, f"unknown: {answer.reason}")
                if not answer.allowed:
                    return Proof(claim, False if last else None, f"{who} may not {access}")
        return Proof(claim, holds=True, detail=f"allowed: {len(work.granted)} questions about each identity")
