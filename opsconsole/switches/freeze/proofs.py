"""Whether a freeze (or a thaw) holds: a write as the identity itself, tried without being done.

The witness is another than the one that acts: the API server's whole way of a write, as the governed identity, with
``dryRun=All``. Where we may not impersonate it the proof stays unknown, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access, may, may_i
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, ServerError
from opsconsole.govern.identities import ACCOUNT_PREFIX
from opsconsole.govern.names import FROZEN_WORDS
from opsconsole.records import JsonObject, Proof
from opsconsole.switches.engine.patience import Patience
from opsconsole.switches.freeze.plan import Checks
from opsconsole.switches.freeze.ways import PROBE_USER, questions
from opsconsole.switches.freeze.ways_proof import WaysRound
from opsconsole.switches.freeze.witness import AuditWitness

ROUNDS = 3
"""A write must come out the same this often in a row: there may be several API servers, and each has its caches."""

_ALL_POWERFUL = "system:masters"
"""RBAC refuses this group nothing, so that what refuses a stranger in it is the freeze."""

_NAME = "opsconsole-probe"
_TIMEOUT = 5.0


class ImpersonatingApi(Protocol):
    """What is needed of :class:`opsconsole.cluster.transport.connection.Connection`."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | bool | None] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: float | None = None,
        impersonate: bool = True,
        further: Mapping[str, str] | None = None,
    ) -> bytes:
        """Make one request and return the body of its 2xx answer, or raise a ``ClusterError``."""
        ...


class FreezeVerdict(NamedTuple):
    """What came of one try: ``frozen`` is ``None`` where it can't be told, and ``why`` says what happened."""

    frozen: bool | None
    why: str


class WriteProbe:
    """Tries a write as one identity.

    Args:
        api: the connection.
        user: whom to act as.
        groups: the groups to act with; empty lets the API server add a ServiceAccount's own.
        title: how the identity is called.
    """

    def __init__(self, api: ImpersonatingApi, user: str, groups: tuple[str, ...], title: str = "") -> None:
        self._api = api
        self._user = user
        self._groups = groups
        self.user = user
        self.title = title or (user if user != PROBE_USER else f"group {groups[0]}")
        self._manifest: JsonObject | None = None

    def __call__(self) -> FreezeVerdict:
        """Try once. Never raises for a cluster that can't be reached."""
        if self._manifest is None:
            self._manifest, why = self._choose()
            if self._manifest is None:
                return FreezeVerdict(None, why)
        group, version, plural = paths.API_KINDS[self._manifest["kind"]]
        place = paths.collection(group, version, plural, self._manifest["metadata"]["namespace"])
        try:
            self._api.request(
                "POST", place, query={"dryRun": "All", "fieldManager": _NAME}, body=self._manifest,
                timeout=_TIMEOUT, impersonate=False, further=impersonating(self._user, self._groups),
            )  # fmt: skip
        except Denied as error:
            return self._denied(error)
        except ClusterError as error:
            return FreezeVerdict(None, f"unknown: {error}")
        return FreezeVerdict(frozen=False, why=f"a dry run ({self._tried()}) was let through")

    def _tried(self) -> str:
        """What was tried, in words: the proof claims no more than that."""
        if self._manifest is None:
            return "nothing"
        group, version, plural = paths.API_KINDS[self._manifest["kind"]]
        del group, version
        return f"create {plural} -n {self._manifest['metadata']['namespace']}"

    def _denied(self, error: ServerError) -> FreezeVerdict:
        if FROZEN_WORDS in error.reason:
            return FreezeVerdict(frozen=True, why=f"a dry run ({self._tried()}) was refused by the freeze")
        if "impersonate" in error.reason:
            return FreezeVerdict(None, f"unproved: you may not impersonate it ({error.reason})")
        return FreezeVerdict(None, f"unproved: its write was refused, but not by the freeze ({error.reason})")

    def _choose(self) -> tuple[JsonObject | None, str]:
        """A write that RBAC lets it make: one that RBAC refuses would say nothing of the freeze."""
        allowed = may_i(self._api, self._impersonation(), _TIMEOUT)
        if allowed.allowed is False:
            return None, f"unproved: you may not {self._impersonation()}, so no write of it can be tried"
        unknown = ""
        for manifest in _candidates(self._namespaces()):
            group, _, plural = paths.API_KINDS[manifest["kind"]]
            access = Access("create", plural, group, namespace=manifest["metadata"]["namespace"])
            answer = may(self._api, self._user, self._groups, access, _TIMEOUT)
            if answer.allowed:
                return manifest, ""
            unknown = unknown or (answer.reason if answer.allowed is None else "")
        if unknown:
            return next(iter(_candidates(self._namespaces()))), ""  # what it may is not known: try, and see
        return None, "unproved: RBAC lets it create nothing that could be tried without harm"

    def _impersonation(self) -> Access:
        if not self._user.startswith(ACCOUNT_PREFIX):
            return Access("impersonate", "users", name=self._user)
        namespace, _, name = self._user.removeprefix(ACCOUNT_PREFIX).partition(":")
        return Access("impersonate", "serviceaccounts", namespace=namespace, name=name)

    def _namespaces(self) -> tuple[str, ...]:
        own = self._user.removeprefix(ACCOUNT_PREFIX).partition(":")[0]
        return (own, "default") if self._user.startswith(ACCOUNT_PREFIX) else ("default",)


def impersonating(user: str, groups: Sequence[str]) -> dict[str, str]:
    """Return the headers of a request as somebody else; a ServiceAccount's groups are added by the API server."""
    headers = {"Impersonate-User": user}
    return headers | ({"Impersonate-Group": groups[0]} if user == PROBE_USER else {})


def proofs(
    api: ImpersonatingApi, checks: Checks, clock: Clock, patience: float, witness: AuditWitness | None = None
) -> Iterator[tuple[Proof, ...]]:
    """Try each identity's write until it came out as wanted three times in a row, or patience is over.

    Where a write of it can't be tried, a ``witness`` is waited for: its own next write that the freeze refuses.
    """
    probes = [WriteProbe(api, user, groups) for user, groups in questions(checks.identities)]
    if checks.identities.break_glass:
        probes.append(WriteProbe(api, PROBE_USER, (_ALL_POWERFUL,), "anybody outside the group"))
    heard = witness if checks.frozen else None
    tallies = [_Tally(probe, clock, frozen=checks.frozen, witness=heard) for probe in probes]
    around = [WaysRound(api, checks.identities, (checks.name,), checks.namespaces)] if checks.frozen else []
    patient = Patience(clock, patience)
    while True:
        last = patient.is_over()
        closed = tuple(proof for ways in around for proof in ways.look())
        yield (*(tally.look(last=last) for tally in tallies), *closed)
        if last or (all(tally.settled for tally in tallies) and all(ways.settled for ways in around)):
            return


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
            return self._heard(claim, verdict.why, last=last)
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

    def _heard(self, claim: str, why: str, *, last: bool) -> Proof:
        """What the audit log tells of its own writes, where none of it can be tried."""
        if self._witness is None:
            self.settled = True
            return Proof(claim, None, why)
        self._witness.look()
        frozen, words = self._witness.verdict(self._probe.user)
        self.settled = frozen is True
        return Proof(claim, False if frozen is False and last else frozen or None, f"{why}; {words}")

    def _sooner(self) -> str:
        if not self._through:
            return "the first try already"
        return f"first after {self._first or 0.0:.2f} s, {self._through} tries came out otherwise before"


def _candidates(namespaces: tuple[str, ...]) -> Iterator[JsonObject]:
    """Small valid objects that could be created: what one may create differs from one optimizer to the next."""
    template: JsonObject = {
        "metadata": {"labels": {"app": _NAME}},
        "spec": {"containers": [{"name": "probe", "image": "registry.invalid/none"}], "restartPolicy": "Always"},
    }
    once = {**template, "spec": {**template["spec"], "restartPolicy": "Never"}}
    shapes: list[JsonObject] = [
        {"apiVersion": "v1", "kind": "ConfigMap"},
        {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": _NAME}}, "template": template}},
        {"apiVersion": "v1", "kind": "Pod", "spec": once["spec"]},
        {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": once}},
        {"apiVersion": "v1", "kind": "ServiceAccount"},
    ]  # fmt: skip
    for namespace in dict.fromkeys(namespaces):
        for shape in shapes:
            yield {**shape, "metadata": {"name": _NAME, "namespace": namespace}}
