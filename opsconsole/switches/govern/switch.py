"""Installing and uninstalling the governor, as switches of the command line: planned, journalled and proved alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied
from opsconsole.govern.governor import Wanted, key, manifests
from opsconsole.govern.names import FROZEN, LAPSED, PARAMETER
from opsconsole.records import Outcome, Plan, Proof
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.freeze.around.proof import WaysRound
from opsconsole.switches.freeze.around.ways import questions
from opsconsole.switches.freeze.trying.probe import ImpersonatingApi, impersonating, is_of_impersonation
from opsconsole.switches.freeze.trying.rules import denying
from opsconsole.switches.govern.facts import GovernFacts, GovernorReader
from opsconsole.switches.govern.plan import INSTALL, UNINSTALL, GovernChecks, decode_checks, installing, uninstalling

PATIENCE = 15.0
"""Seconds that the proof may take where the server answers quickly."""

TAKEN_UP = 1.5
"""Seconds after which an API server judges by a new policy: it looks for them once a second."""

_TIMEOUT = 5.0


class InstallSwitch:
    """Installs the governor, or makes it what the settings ask for.

    Args:
        read: reads what is there.
        api: tries a write as the governed.
        effects: that its plans name.
        clock: where the time comes from.
    """

    name = INSTALL
    title = "Install the governor"
    key = INSTALL  # no key of the keyboard's: the screen has no such switch
    poll_seconds = 0.2
    gone = "no policy of the governor is left"

    def __init__(self, read: GovernorReader, api: ImpersonatingApi, effects: Sequence[Effect], clock: Clock) -> None:
        self._read = read
        self._api = api
        self._effects = {effect.name: effect for effect in effects}
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> GovernFacts:
        facts = self._read()
        if facts.freeze.problem:
            return facts
        others, unowned = self._read.others(facts.wanted), self._read.unowned(facts.freeze)
        return msgspec.structs.replace(facts, others=others, unowned=unowned)

    def plan(self, facts: GovernFacts) -> Plan:
        return installing(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        del outcome
        checks = decode_checks(plan)
        wanted, begun = checks.wanted, self._clock.monotonic()
        around, patience = self._around(checks), Patience(self._clock, PATIENCE)
        while True:
            last, elapsed = patience.is_over(), self._clock.monotonic() - begun
            proofs = (self._read_back(wanted, elapsed, last=last), *self._refused(wanted, last=last))
            yield (*proofs, *(around.look() if around else ()))
            if last or (around is not None and around.settled and all(proof.holds for proof in proofs)):
                return

    def _around(self, checks: GovernChecks) -> WaysRound | None:
        """Who could get round the governor, asked by the names of its policies; nothing once it is taken away."""
        if checks.wanted is None:
            return None
        names = sorted({key(each)[1] for each in manifests(checks.wanted)})
        who, places, ungrouped = checks.wanted.identities, checks.namespaces, checks.ungrouped
        ways = partial(WaysRound, self._api, who, names, places, ungrouped=ungrouped, denied=denying(self._api))
        return ways(credentials=self._read.credentials(who))

    def _read_back(self, wanted: Wanted | None, elapsed: float, *, last: bool) -> Proof:
        claim = "every object of the governor is as it should be" if wanted else self.gone
        try:
            left = self._left()
        except ClusterError as error:
            return Proof(claim, None, f"unknown: {error}")
        if not left and elapsed < TAKEN_UP:
            return Proof(claim, None, "read back; API servers take policies up within a second")
        return Proof(claim, holds=True) if not left else Proof(claim, False if last else None, left)

    def _left(self) -> str:
        facts = self._read()
        if facts.freeze.problem:  # then nothing is wanted, and nothing would be missing
            raise ClusterError(facts.freeze.problem)
        return ", ".join(str(step.target) for step in installing(facts, 0.0).steps)

    def _refused(self, wanted: Wanted | None, *, last: bool) -> Iterator[Proof]:
        """One dry-run write of each identity where it is governed from; whoever refuses it, it is refused."""
        if wanted is None:
            return
        for user, groups in questions(wanted.identities):
            claim = f"{user} can't write its own thaw (the annotation of Namespace {PARAMETER})"
            try:
                self._api.request(
                    "PATCH",
                    paths.of_kind("Namespace", "", PARAMETER),
                    query={"dryRun": "All"},
                    body={"metadata": {"annotations": {FROZEN: "false"}}},
                    content_type="application/merge-patch+json",
                    timeout=_TIMEOUT,
                    impersonate=False,
                    further=impersonating(user, groups),
                )
            except Denied as error:
                unproved = is_of_impersonation(error)
                yield Proof(claim, None if unproved else True, error.reason if unproved else "its dry run was refused")
            except ClusterError as error:
                yield Proof(claim, None, f"unknown: {error}")
            else:
                yield Proof(claim, False if last else None, "a dry-run write of it was let through")


class UninstallSwitch(InstallSwitch):
    """Takes the governor away; with ``keep_clock`` all of it but rule ``lapsed``."""

    name = UNINSTALL
    title = "Take the governor away"
    key = UNINSTALL

    def __init__(
        self,
        read: GovernorReader,
        api: ImpersonatingApi,
        effects: Sequence[Effect],
        clock: Clock,
        *,
        keep_clock: bool = False,
    ) -> None:
        super().__init__(read, api, effects, clock)
        self._keep_clock = keep_clock
        if keep_clock:
            self.gone = f"no policy of the governor is left but {LAPSED}"

    def gather(self) -> GovernFacts:
        return self._read()

    def plan(self, facts: GovernFacts) -> Plan:
        return uninstalling(facts, self._clock.now(), keep_clock=self._keep_clock)

    def _left(self) -> str:
        steps = uninstalling(self._read(), 0.0, keep_clock=self._keep_clock).steps
        return ", ".join(str(step.target) for step in steps)
