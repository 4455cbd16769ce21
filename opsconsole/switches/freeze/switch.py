"""The switch that lets the API server refuse every write of the optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from opsconsole.clock import Clock
from opsconsole.cluster.transport.connection import Connection
from opsconsole.govern.identities import Identities
from opsconsole.optimizer import NO_GROUPS, Optimizers
from opsconsole.records import Outcome, Plan, Proof
from opsconsole.settings import Settings, SwitchSettings
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.freeze.around.ways import groups_of
from opsconsole.switches.freeze.effects import CreateAtOnce, DeleteObject, FlipParameter
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.plan import decode_checks, freezing
from opsconsole.switches.freeze.proofs import proofs
from opsconsole.switches.freeze.reader import FreezeReader
from opsconsole.switches.freeze.spec import SPEC
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi
from opsconsole.switches.freeze.trying.witness import AuditWitness
from opsconsole.switches.parts import Parts
from opsconsole.switches.target.reader import TargetReader


def build(parts: Parts) -> FreezeSwitch:
    """Make the switch."""
    effects = [kind(parts.writer) for kind in (CreateAtOnce, DeleteObject, FlipParameter)]
    read = freeze_reader(parts.settings, parts.connection, parts.clock, parts.world)
    log = parts.settings.writers.audit_log
    return FreezeSwitch(read, parts.connection, effects, parts.settings.switches, parts.clock, audit_log=log)


def freeze_reader(
    settings: Settings, connection: Connection, clock: Clock, world: TargetReader | None = None
) -> FreezeReader:
    """Return what reads how the freeze stands. It reads alone, so that a read-only console may have it."""
    optimizers = Optimizers.of(settings)
    world = world or TargetReader(connection, optimizers)
    whom, ungrouped = named(optimizers), optimizers.ungrouped
    return FreezeReader(connection, world, whom, settings.govern, clock, ungrouped=ungrouped)


def named(optimizers: Optimizers) -> Identities:
    """Whom the settings name, besides the ServiceAccounts that the optimizer's pods run as."""
    users = (*(account.user for account in optimizers.accounts), *optimizers.users)
    return Identities(users, tuple(group for group in optimizers.groups if group != NO_GROUPS))


POLL_SECONDS = 0.05
"""Seconds between two looks. A freeze made on the spot has held after 0.3 to 0.9 s (1.36.3): look often."""


_EVERYBODY = "everybody whom the optimizer acts as is frozen"
_NOT_LOOKED = Proof(_EVERYBODY, None, "not looked at yet")


class FreezeSwitch:
    """Lets the API server refuse every write of the optimizer.

    Args:
        read: reads how the freeze stands.
        api: tries writes as the identities.
        effects: that its plans name.
        settings: how long the proof may take.
        clock: where the time comes from.
        audit_log: of the API server, where this host can read it; empty: none.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = POLL_SECONDS

    def __init__(
        self,
        read: FreezeReader,
        api: ImpersonatingApi,
        effects: Sequence[Effect],
        settings: SwitchSettings,
        clock: Clock,
        *,
        audit_log: str = "",
    ) -> None:
        self._read = read
        self._api = api
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock
        self._audit_log = audit_log

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    @property
    def reader(self) -> FreezeReader:
        """Reads how the freeze stands; other switches ask it too, so that its questions are asked once."""
        return self._read

    def gather(self) -> FreezeFacts:
        return self._read()

    def gather_at_once(self) -> FreezeFacts:
        """What a plan that nobody looks at is made from: without what the proof asks for anyhow."""
        return self._read(ask=False)

    def plan(self, facts: FreezeFacts) -> Plan:
        return freezing(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        del outcome
        witness = AuditWitness(Path(self._audit_log)) if self._audit_log else None
        checks, missed = decode_checks(plan), tuple[Proof, ...]((_NOT_LOOKED,))
        carried = self._read.credentials(checks.identities) if checks.frozen else {}
        patience = self._settings.patience_seconds
        for found in proofs(self._api, checks, self._clock, patience, witness, credentials=carried):
            missed = missed and tuple(self._missed(checks.identities))
            yield (*found, *missed)

    def _missed(self, frozen: Identities) -> Iterator[Proof]:
        """Whom the freeze leaves out, or may: nothing where it is known that its pods run as nobody else by now."""
        if frozen.break_glass:  # everybody is meant, whoever it acts as
            return
        gaps: list[str] = []
        now, _ = self._read.identities(gaps)
        left_out = [user for user in now.users if not frozen.cover(user, groups_of(user))]
        if left_out:
            yield Proof(_EVERYBODY, holds=False, detail=f"it acts as {', '.join(left_out)} too: freeze again")
        elif gaps:
            yield Proof(_EVERYBODY, None, f"unknown: {gaps[0]}")
