"""What copies of the optimizer may change by themselves: the authorizer tells, as whom each of them runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.cluster.questions.rbac import read_rbac
from opsconsole.cluster.questions.reviews import Access, Api
from opsconsole.cluster.transport.errors import ClusterError, Denied
from opsconsole.names import WorkloadName
from opsconsole.parallel import in_parallel
from opsconsole.records import Outcome, Proof, Ref, StepState
from opsconsole.switches.delete.copies import Copies, PodCopy, StillListingError
from opsconsole.switches.delete.proofs import DeletionChecks
from opsconsole.switches.target.acts_as.clouds import NodeClouds
from opsconsole.switches.target.acts_as.node_volumes import NodeVolumes
from opsconsole.switches.target.acts_as.secrets import PodSecrets
from opsconsole.switches.target.credentials import review
from opsconsole.switches.target.facts import ArmedCopy, OptimizerFacts, PodFact, WorkFact
from opsconsole.switches.target.matrix import asked_of
from opsconsole.switches.target.rights import Account, Principal, principal, reaching
from opsconsole.switches.target.workloads.climb import climb
from opsconsole.switches.target.workloads.reader import WorkloadReader
from opsconsole.switches.target.workloads.reads import Reads
from opsconsole.switches.target.workloads.wire import PodShape, owner_of, pod_fact

_REVIEW_TIMEOUT = 5.0
_MOST_ACCOUNTS = 5
"""Accounts that are asked about; of further ones it is said that they were not."""

_EVERY = 2.0
"""Seconds between two looks while a deletion is being proved."""

_NUMBER = itertools.count(1)
CLAIM = "no copy of it runs as somebody who may change something"


class ArmedLook(NamedTuple):
    """The copies that may change something; and why more of them may be there, if that can't be told.

    ``within`` are the namespaces that were looked in, where not all of them may be; ``others`` are optimizers that are
    named and not chosen, and that run its image.
    """

    armed: tuple[ArmedCopy, ...] = ()
    trouble: ClusterError | None = None
    within: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def unproved(self, named: Sequence[str]) -> str:
        """Why it is not known of all that the operator has named; empty where it is, or can be told in a moment."""
        if self.trouble is None or isinstance(self.trouble, StillListingError):
            return ""
        return "" if named and set(named) <= set(self.within) else str(self.trouble)


class ArmedCopies:
    """Tells which copies of the optimizer may change something by themselves.

    Args:
        api: asks the authorizer; tries again where the server is busy.
        reads: reads pods and what makes them.
        copies: finds the copies.
        unchosen: further optimizers that the settings name: what runs one of those is nobody's copy.
    """

    def __init__(self, api: Api, reads: Reads, copies: Copies, unchosen: Sequence[WorkloadName] = ()) -> None:
        self._unchosen = unchosen
        self._api = api
        self._reads = reads
        self._copies = copies
        self._secrets = PodSecrets(api, reads.timeout)
        self._volumes = NodeVolumes(api, reads.timeout)
        self._clouds = NodeClouds(api, reads.timeout)

    @property
    def places(self) -> tuple[str, ...]:
        """The namespaces that the operator named."""
        return self._copies.places

    def look(self, workloads: Sequence[OptimizerFacts], about: str = "") -> ArmedLook:
        """Those that are there now, of the newest list ``about`` this (see :meth:`Copies.look`)."""
        looked = self._copies.look(workloads, about)
        own = {ref.uid for each in workloads for ref in (*each.chain, each.above) if ref is not None}
        try:
            there = in_parallel(self._still_there, looked.telling)
            copies = [each for each in there if each is not None and not own & {root.uid for root in each.made_by}]
            named = {name: self._meant(name) for name in {name for each in copies for name in self._named(each)}}
            others = {str(name) for each in copies for name in self._named(each) if each.is_of(named[name].own)}
            copies = [each for each in copies if not any(each.is_of(named[name].own) for name in self._named(each))]
            may = self._may({each.account for each in copies})

            def judged(copy: _Copy) -> ArmedCopy | None:
                doubts = [named[name].doubt for name in self._named(copy) if named[name].doubt]
                return self._armed(copy, may[copy.account], looked.strong, doubts)

            found = in_parallel(judged, copies)
        except ClusterError as error:
            return ArmedLook((), error)
        armed = tuple(each for each in found if each is not None)
        return ArmedLook(armed, looked.trouble, looked.within, tuple(sorted(others)))

    def _named(self, copy: _Copy) -> list[WorkloadName]:
        """The names of optimizers that were not chosen by which it, or what really makes it, is called."""
        return [name for name in self._unchosen if any(_names(name, ref) for ref in copy.refs)]

    def _meant(self, name: WorkloadName) -> _Meant:
        """Which objects a name means. Anybody may make another workload of a name that is without a kind."""
        if name.kind:
            return _Meant(None)
        try:
            found = WorkloadReader(self._reads, str(name), name).read()
        except ClusterError as error:
            return _Meant(frozenset(), f"which workload {name} is can't be told: {error}")
        if found.problem:
            return _Meant(frozenset(), found.problem)
        refs = (*found.chain, *([found.root.ref] if found.root else []))
        return _Meant(frozenset(ref.uid for ref in refs))

    def _still_there(self, copy: PodCopy) -> _Copy | None:
        """As it stands now, and what makes it: the newest list may be a minute old."""
        ref = copy.ref
        if ref.kind != "Pod":
            work = self._reads.work(ref)
            return _Copy(work, copy.account, copy.images, work) if work is not None and not work.stopped else None
        shape = self._reads.get("Pod", ref.namespace, ref.name, PodShape)
        if shape is None or shape.metadata.uid != ref.uid:
            return None
        pod = pod_fact(shape)
        try:
            above = climb(pod, owner_of(shape), self._reads.controllers)
        except Denied:
            return None if pod.over else _Copy(pod, copy.account, copy.images)
        return None if pod.over else _Copy(pod, copy.account, copy.images, above.root, above.chain)

    def _may(self, accounts: Iterable[Account]) -> dict[Account, str]:
        """What each account may, in words; empty where everything that was asked was denied."""
        known = sorted(accounts)
        if not known:
            return {}
        asked = known[:_MOST_ACCOUNTS]
        rbac = read_rbac(self._api, None, [each.namespace for each in asked])
        roles = {(role.ref.kind, role.ref.key): role for role in rbac.roles}

        def questions(who: Principal) -> list[Access]:
            grants = [grant for grant in rbac.grants if reaching(grant, who)]
            own = who.account.namespace if who.account else ""
            places = dict.fromkeys(["", own, *(grant.ref.namespace for grant in grants)])
            return list(dict.fromkeys(asked_of(who, places, grants, roles)))

        found = {account: self._first(who := principal(account), questions(who)) for account in asked}
        return found | dict.fromkeys(known[_MOST_ACCOUNTS:], "was not asked about: there are too many accounts")

    def _first(self, who: Principal, questions: Sequence[Access]) -> str:
        answers = in_parallel(lambda access: review(self._api, who, access, _REVIEW_TIMEOUT), questions)
        pairs = list(zip(questions, answers, strict=True))
        for access, answer in pairs:
            if answer.allowed:
                return f"may {access}"
        unknown = [answer for _, answer in pairs if answer.allowed is None]
        return f"may do what is not known: {unknown[0].reason}" if unknown else ""

    def _armed(self, copy: _Copy, may: str, strong: frozenset[str], doubts: Sequence[str] = ()) -> ArmedCopy | None:
        """What it is, with the reason why it may change something; ``None`` where it may not."""
        fact, owner, alike = copy.fact, copy.owner, not copy.images & strong
        may = may or (self._beside_its_account(fact) if isinstance(fact, PodFact) else "")
        may += f" ({doubts[0]})" if may and doubts else ""
        if isinstance(fact, WorkFact):
            return ArmedCopy(fact.ref, copy.account, may, owner, alike=alike) if may else None
        return ArmedCopy(fact.ref, copy.account, may, owner, fact.mirror, alike) if may else None

    def _beside_its_account(self, pod: PodFact) -> str:
        """By what it may act as somebody else than its account; empty where nothing is seen."""
        unsure: list[str] = []
        (pod,) = self._clouds.looked_up(self._volumes.looked_up((pod,), unsure))
        if pod.on_node:
            return f"may not matter: it reaches the credentials of its node by {pod.on_node[0]}"
        if unsure:
            return f"may not matter: {unsure[0]}"
        logins, _ = self._secrets.logins([OptimizerFacts(pod.ref.key, pods=(pod,))], [])
        return f"may not matter: {logins[0]}" if logins else ""


class _Copy(NamedTuple):
    """One as it stands now, whom it runs as, and what makes it."""

    fact: PodFact | WorkFact
    account: Account
    images: frozenset[str]
    owner: WorkFact | None = None
    made_by: tuple[Ref, ...] = ()

    @property
    def refs(self) -> tuple[Ref, ...]:
        """It, and everything that makes it."""
        return (self.fact.ref, *self.made_by, *([self.owner.ref] if self.owner else []))

    def is_of(self, own: frozenset[str] | None) -> bool:
        """Whether it is one of these objects or made by one (``None``: by a name that tells alone)."""
        return own is None or any(ref.uid in own for ref in self.refs)


class _Meant(NamedTuple):
    """The UIDs of what a name means (``None``: whatever is called so); and why that can't be told."""

    own: frozenset[str] | None
    doubt: str = ""


class CopiesWatch:
    """Whether copies of the optimizer go on in its place, while a deletion is being proved.

    Args:
        copies: looks for them.
        gone: what was deleted.
        outcome: what was done: a copy whose step was chosen may be on its way out.
        clock: where the time comes from.
        patience: seconds that listing them may fail before it is not waited for any longer.
    """

    def __init__(
        self, copies: ArmedCopies, gone: DeletionChecks, outcome: Outcome, clock: Clock, patience: float
    ) -> None:
        self._patience = patience
        self._began = clock.monotonic()
        self._copies = copies
        self._workloads = [each.facts for each in gone.each]
        self._planned = any(each.armed for each in self._workloads)
        self._done = {step.step for step in outcome.steps if step.state is StepState.DONE}
        self._clock = clock
        self._about = f"proof {next(_NUMBER)}"
        self._looked: tuple[float, ArmedLook] | None = None

    @property
    def stays(self) -> bool:
        """Whether nothing is to be waited for: none of what was found is on its way out, or can be listed."""
        look = self._looked[1] if self._looked else ArmedLook()
        late = self._clock.monotonic() - self._began >= self._patience
        if look.unproved(self._copies.places) and (late or isinstance(look.trouble, Denied)):
            return True
        return any(not any(step.endswith(f"/{_doomed(each)}") for step in self._done) for each in look.armed)

    def proofs(self) -> tuple[Proof, ...]:
        """The proof as it stands; none where there never was one."""
        now = self._clock.monotonic()
        if self._looked is None or now - self._looked[0] >= _EVERY:
            self._looked = (now, self._copies.look(self._workloads, self._about))
        look = self._looked[1]
        if look.armed:
            more = f"; and {len(look.armed) - 1} more" if len(look.armed) > 1 else ""
            return (Proof(CLAIM, None, f"unknown, {look.armed[0]}{more}: whether it is the optimizer is yours to say"),)
        if look.trouble is not None:
            return (self._in_part(look),)
        return (Proof(CLAIM, holds=True),) if self._planned else ()

    def _in_part(self, look: ArmedLook) -> Proof:
        """Who may not look everywhere proves it of the namespaces that he has named, and of no other."""
        named = self._copies.places
        if not look.unproved(named) and not isinstance(look.trouble, StillListingError):
            return Proof(f"{CLAIM} in {', '.join(look.within)}", holds=True, detail="not looked for elsewhere")
        which = "" if named else "; --namespace names those in which it is to be proved"
        return Proof(CLAIM, None, f"unknown: {look.trouble}{which}")


def _names(name: WorkloadName, ref: Ref) -> bool:
    """Whether an object is what a workload's name may mean; a pod, which anybody may call so, only where it says so."""
    kind = name.kind == ref.kind or (not name.kind and ref.kind != "Pod")
    kind = ref.kind.startswith(name.kind.partition(".")[0]) if "." in name.kind else kind
    return kind and (name.namespace, name.name) == (ref.namespace, ref.name)


def _doomed(copy: ArmedCopy) -> str:
    """The key of what its step acts on: what makes it, where that is known, else itself."""
    return copy.owner.ref.key if copy.owner is not None else copy.ref.key
