"""Whether a freeze (or a thaw) holds: a write as the identity itself, tried without being done.

The witness is another than the one that acts: the API server's whole way of a write, as the governed identity, with
``dryRun=All``. Where we may not impersonate it the proof stays unknown, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import MappingProxyType

from opsconsole.clock import Clock
from opsconsole.govern.identities import Identities
from opsconsole.parallel import in_parallel
from opsconsole.records import Proof
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.freeze.around import named
from opsconsole.switches.freeze.around.proof import WaysRound
from opsconsole.switches.freeze.around.ways import PROBE_USER, TAKEN_AWAY, questions
from opsconsole.switches.freeze.plan import Checks
from opsconsole.switches.freeze.trying.probe import FreezeVerdict, ImpersonatingApi, WriteProbe
from opsconsole.switches.freeze.trying.rules import denying
from opsconsole.switches.freeze.trying.witness import AuditWitness
from opsconsole.switches.target.credentials import Credentials

ROUNDS = 3
"""A write must come out the same this often in a row: there may be several API servers, and each has its caches."""

_ALL_POWERFUL = "system:masters"
"""RBAC refuses this group nothing, so that what refuses a stranger in it is the freeze."""

_TIMEOUT = 5.0


def proofs(
    api: ImpersonatingApi,
    checks: Checks,
    clock: Clock,
    patience: float,
    witness: AuditWitness | None = None,
    *,
    credentials: Credentials = MappingProxyType({}),
) -> Iterator[tuple[Proof, ...]]:
    """Try each identity's write until it came out as wanted three times in a row, or patience is over.

    Where a write of it can't be tried, a ``witness`` is waited for: its own next write that the freeze refuses.
    ``credentials`` are sent with what is asked about ways round the freeze.
    """
    rbac = named.once(api, checks.namespaces, _TIMEOUT)
    probes = [WriteProbe(api, user, groups, rbac) for user, groups in questions(checks.identities)]
    if checks.identities.break_glass:
        probes.append(WriteProbe(api, PROBE_USER, (_ALL_POWERFUL,), rbac, "anybody outside the group"))
    heard = witness if checks.frozen else None
    tallies = [_Tally(probe, clock, frozen=checks.frozen, witness=heard) for probe in probes]
    around = []
    if checks.frozen:
        names, places = (checks.name,), checks.namespaces
        who, ungrouped = checks.identities, checks.ungrouped
        ways = partial(WaysRound, api, who, names, places, ungrouped=ungrouped, credentials=credentials)
        around = [ways(rbac=rbac, denied=denying(api))]
    unasked = tuple(_everybody(checks.identities)) if checks.frozen else ()
    patient = Patience(clock, patience)
    while True:
        last = patient.is_over()
        tried = in_parallel(lambda tally: tally.look(last=last), tallies)  # noqa: B023 - called at once
        closed = tuple(proof for ways in around for proof in ways.look())
        yield (*tried, *closed, *unasked)
        if last or (all(tally.settled for tally in tallies) and all(ways.settled for ways in around)):
            return


def _everybody(identities: Identities) -> Iterator[Proof]:
    """Where everybody but one group is frozen and nobody is named, there is nobody whose ways round could be asked."""
    if identities.break_glass and not (identities.users or identities.groups):
        claim = f"everybody who is not in group {identities.break_glass} {TAKEN_AWAY}"
        yield Proof(claim, None, "unknown: nobody is named, and an authorizer can't be asked about everybody")


class _Tally:
    """How often a probe came out as wanted in a row."""

    def __init__(self, probe: WriteProbe, clock: Clock, *, frozen: bool, witness: AuditWitness | None = None) -> None:
        self._probe = probe
        self._witness = witness
        self._clock = clock
        self._frozen = frozen
        self._begun = clock.monotonic()
        self._first: float | None = None
        self._through = 0
        self._row = 0
        self.settled = False

    def look(self, *, last: bool) -> Proof:
        verb = "writes of {} are refused" if self._frozen else "writes of {} get through again"
        claim = verb.format(self._probe.title)
        verdict = self._probe()
        if verdict.frozen is None:
            return self._heard(claim, verdict, last=last)
        if verdict.frozen is not self._frozen:
            self._row, self._through = 0, self._through + 1
            self.settled = False
            return Proof(claim, False if last else None, verdict.why)
        self._row += 1
        if self._first is None:
            self._first = self._clock.monotonic() - self._begun
        if self._row < ROUNDS:
            return Proof(claim, None, f"{verdict.why}, {self._row} of {ROUNDS} times")
        self.settled = True
        return Proof(claim, holds=True, detail=f"{verdict.why}, {self._row} times in a row; {self._sooner()}")

    def _heard(self, claim: str, tried: FreezeVerdict, *, last: bool) -> Proof:
        """What the audit log tells of its own writes, where none of it can be tried."""
        if self._witness is None:
            self.settled = not tried.passing
            return Proof(claim, None, tried.why)
        self._witness.look()
        frozen, words = self._witness.verdict(self._probe.user)
        self.settled = frozen is True
        return Proof(claim, False if frozen is False and last else frozen or None, f"{tried.why}; {words}")

    def _sooner(self) -> str:
        if not self._through:
            return "the first try already"
        return f"first after {self._first or 0.0:.2f} s, {self._through} tries came out otherwise before"
