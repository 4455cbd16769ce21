"""The switch that signs off one write that a rule refuses the optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import json_object
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.govern.annotations import notes_of
from opsconsole.govern.approvals.listed import lines
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import APPROVED
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Ref, StepState
from opsconsole.switches.approve.denials import Denials
from opsconsole.switches.approve.effects import GrantApproval, TakeApproval
from opsconsole.switches.approve.facts import ApprovalReader, ApproveFacts
from opsconsole.switches.approve.heard import HeardAsks
from opsconsole.switches.approve.listing import ListApproval, UnlistApproval
from opsconsole.switches.approve.plan import ApprovalCheck, ApprovalChecks, approving
from opsconsole.switches.approve.spec import SPEC
from opsconsole.switches.approve.tries import telling, tried_by, ways_to_write
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.freeze.switch import FreezeSwitch
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi
from opsconsole.switches.parts import Parts
from opsconsole.switches.restore.fields import UnfitError, patch

PATIENCE = 10.0
"""Seconds that the proof may take where the server answers quickly."""
_TIMEOUT = 5.0


def build(parts: Parts) -> ApproveSwitch:
    """Make the switch; it asks what the freeze knows: who is governed, and who we are."""
    freeze = parts.built["freeze"]
    if not isinstance(freeze, FreezeSwitch):
        raise TypeError("the switch that freezes has to be made before the one that approves")
    asks = None
    if parts.console is not None:
        asks = HeardAsks(parts.console, parts.clock)
        parts.console.add_observer(asks)
    denials = Denials(parts.journal)
    govern = parts.settings.govern
    heard, unheard = asks or (lambda: ()), asks.unheard if asks else str
    read = ApprovalReader(
        parts.connection,
        freeze.reader,
        asked=heard,
        denied=denials,
        settings=govern,
        clock=parts.clock,
        unheard=unheard,
    )
    kinds = (GrantApproval, TakeApproval, ListApproval, UnlistApproval)
    effects = [kind(parts.writer, parts.clock) for kind in kinds]
    return ApproveSwitch(
        read, parts.connection, effects, minutes=govern.approval_minutes, clock=parts.clock, denials=denials
    )


class ApproveSwitch:
    """Puts a grant on each object that is chosen.

    Args:
        read: reads what is asked for.
        api: tries the approved write as the optimizer.
        effects: that its plans name, and those of the switch that takes them back.
        minutes: how long a grant is good.
        clock: where the time comes from.
        denials: what was denied.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 0.5

    def __init__(
        self,
        read: ApprovalReader,
        api: ImpersonatingApi,
        effects: Sequence[Effect],
        *,
        minutes: float,
        clock: Clock,
        denials: Denials,
    ) -> None:
        self.reader = read
        self.denials = denials
        self.minutes = minutes
        self._api = api
        self._effects = {effect.name: effect for effect in effects}
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> ApproveFacts:
        return self.reader()

    def plan(self, facts: ApproveFacts) -> Plan:
        return approving(facts, self.minutes, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        known = decode_as(plan.checks, ApprovalChecks)
        given = {
            step.step: str(msgspec.json.decode(step.after).get("value"))
            for step in outcome.steps
            if step.state is StepState.DONE and step.after
        }
        checks = [each for each in known.each if each.step in given]
        patience = Patience(self._clock, PATIENCE)
        while True:
            last = patience.is_over()
            yield tuple(
                proof
                for check in checks
                for proof in self._proofs(check, given[check.step], known.identities, last=last)
            )
            if last:
                return

    def _proofs(self, check: ApprovalCheck, given: str, identities: Identities, *, last: bool) -> Iterator[Proof]:
        stands = f"the approval stands on {check.target}"
        through = f"the approved write of {check.target} would get through (dry run as the optimizer)"
        try:
            found = read_object(self._api, check.target)
        except ClusterError as error:
            yield Proof(stands, None, f"unknown: {error}")
            return
        yield self._stands(stands, check, found, given, last=last)
        yield self._through(through, check, found, identities, last=last)

    def _stands(self, claim: str, check: ApprovalCheck, found: JsonObject, given: str, *, last: bool) -> Proof:
        try:
            notes = (
                (notes_of(found).get(APPROVED),)
                if check.listed_by is None
                else lines(read_object(self._api, check.listed_by))
            )
        except ClusterError as error:
            return Proof(claim, None, f"unknown: {error}")
        if given in notes:
            return Proof(claim, holds=True)
        other = check.listed_by is None and notes != (None,)
        words = "another one stands there now" if other else "it is there no more"
        return Proof(claim, False if last else None, words)

    def _through(
        self, claim: str, check: ApprovalCheck, found: JsonObject, identities: Identities, *, last: bool
    ) -> Proof:
        target, arguments = check.target, check.arguments
        try:
            if not arguments.deletes and not patch(target.kind, found, arguments.puts):
                return Proof(claim, holds=True, detail="it was made already")
            ways = list(ways_to_write(target, found, arguments.puts, listed=check.listed_by is not None))
        except UnfitError as error:
            return Proof(claim, None, str(error))
        tried = tried_by(self._api, identities, ways)
        taken = list(dict.fromkeys(each.way for each in tried if each.refused == ""))
        if taken:
            return Proof(claim, holds=True, detail=f"by {' and '.join(taken)}" if len(ways) > 1 else "")
        tells = telling(tried)
        return Proof(claim, False if tells.refused and last else None, tells.refused or tells.why)


def read_object(api: ImpersonatingApi, target: Ref) -> JsonObject:
    """The object of that name as it is now.

    Raises:
        ClusterError: it can't be read.
    """
    path = paths.item(*api_of(target.kind), target.namespace, target.name)
    return json_object(api.request("GET", path, timeout=_TIMEOUT), target)
