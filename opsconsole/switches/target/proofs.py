"""Whether it worked: looks at the world again and again and says what is proved, what is not, and what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access, Answer, Api, may
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import Plan, Proof, Record, Ref
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, WorkFact
from opsconsole.switches.target.reader import World
from opsconsole.switches.target.rights import Account

ROUNDS = 3
"""A matrix must come out denied this often in a row: there may be several API servers, and authorizers cache."""

_REVIEW_TIMEOUT = 5.0


class Matrix(Record, frozen=True):
    """What :func:`revoked` asks: the ``checks`` of a revocation's plan."""

    account: Account | None = None
    asked: tuple[Access, ...] = ()


class Gone(Record, frozen=True):
    """What :func:`deleted` looks for: the ``checks`` of a deletion's plan."""

    facts: OptimizerFacts | None = None
    pods: tuple[Ref, ...] = ()


def revoked(
    api: Api, matrix: Matrix, plan_again: Callable[[], Plan], clock: Clock, patience: float
) -> Iterator[tuple[Proof, ...]]:
    """Ask the matrix until it was denied three times in a row, and look whether a binding is left."""
    if matrix.account is None:
        return
    tally = _Tally(matrix)
    deadline = clock.monotonic() + patience
    while True:
        for access in matrix.asked:
            tally.count(access, may(api, matrix.account.user, matrix.account.groups, access, _REVIEW_TIMEOUT))
        last = clock.monotonic() >= deadline
        yield (*tally.proofs(last=last), _nothing_left(plan_again))
        if last:
            return


class _Tally:
    """How often each question of a matrix was answered "denied" in a row."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self._clean = dict.fromkeys(matrix.asked, 0)
        self._newest: dict[Access, Answer] = {}

    def count(self, access: Access, answer: Answer) -> None:
        self._newest[access] = answer
        if answer.allowed is not None:
            self._clean[access] = 0 if answer.allowed else self._clean[access] + 1

    def proofs(self, *, last: bool) -> Iterator[Proof]:
        """One proof for each namespace that was asked about."""
        for namespace in dict.fromkeys(access.namespace for access in self._matrix.asked):
            asked = [access for access in self._matrix.asked if access.namespace == namespace]
            where = f"in namespace {namespace}" if namespace else "in the whole cluster"
            yield self._proof(f"{self._matrix.account} may change nothing {where}", asked, last=last)

    def _proof(self, claim: str, asked: Sequence[Access], *, last: bool) -> Proof:
        allowed = [access for access in asked if self._newest[access].allowed]
        unknown = [access for access in asked if self._newest[access].allowed is None]
        if allowed:
            why = self._newest[allowed[0]].reason
            words = f"still allowed: {allowed[0]}" + (f" ({why})" if why else "")
            more = f", and {len(allowed) - 1} more" if len(allowed) > 1 else ""
            return Proof(claim, False if last else None, words + more)
        if unknown:
            return Proof(claim, None, f"unknown: {self._newest[unknown[0]].reason}")
        rounds = min(self._clean[access] for access in asked)
        denied = f"{len(asked)} of {len(asked)} access reviews denied"
        if rounds < ROUNDS:
            return Proof(claim, None, f"{denied}, asked {rounds} of {ROUNDS} times")
        return Proof(claim, holds=True, detail=f"{denied}, {rounds} times in a row")


def _nothing_left(plan_again: Callable[[], Plan]) -> Proof:
    claim = "no binding that may be touched gives it a right"
    try:
        left = plan_again()
    except ClusterError as error:
        return Proof(claim, None, f"unknown: {error}")
    if left.steps:
        return Proof(claim, holds=False, detail=f"there are: {', '.join(str(ref) for ref in left.targets[:3])}")
    return Proof(claim, holds=True)


class Decisions(NamedTuple):
    """How the decision stream stands: whether it is read at all, and when its newest line came (epoch seconds)."""

    read: bool
    newest: float | None = None


class Deletion:
    """Watches that a deleted optimizer stays gone.

    Args:
        world: reads it again.
        gone: what was deleted, as the plan has it.
        quiet: seconds that nothing new may come for.
        clock: where the time comes from.
        decisions: the decision stream; ``None`` where there is none to look at.
        forced: pods that were deleted by force.
    """

    def __init__(
        self,
        world: World,
        gone: Gone,
        quiet: float,
        clock: Clock,
        *,
        decisions: Callable[[], Decisions] | None = None,
        forced: Sequence[Ref] = (),
    ) -> None:
        self._world = world
        self._facts = gone.facts or OptimizerFacts("")
        self._doomed = {ref.uid: ref for ref in gone.pods}
        self._quiet = quiet
        self._clock = clock
        self._decisions = decisions
        self._forced = forced
        self._known = {pod.ref.uid for pod in self._facts.sharing}
        self._owners = {pod.owner.uid for pod in self._facts.sharing if pod.owner}
        self._since: float | None = None
        self._started = clock.now()

    def proofs(self, patience: float) -> Iterator[tuple[Proof, ...]]:
        """The proofs as they stand at each look."""
        deadline = self._clock.monotonic() + self._quiet + patience
        while True:
            last = self._clock.monotonic() >= deadline
            yield self._look(last=last)
            if last:
                return

    def _look(self, *, last: bool) -> tuple[Proof, ...]:
        further = (*self._silence(), *self._by_force())
        try:
            own, sharing = self._world.pods_of(self._facts)
            root = self._facts.root and self._world.work(self._facts.root.ref)
        except ClusterError as error:
            self._since = None
            claims = [self._gone_claim, self._claim()]
            claims += [self._owner_claim] if self._facts.root else []
            return (*(Proof(claim, None, f"unknown: {error}") for claim in claims), *further)
        left = [pod for pod in own if pod.ref.uid in self._doomed]
        new = [pod for pod in own if pod.ref.uid not in self._doomed and not pod.over]
        new += [pod for pod in sharing if self._is_new(pod)]
        return (self._are_gone(left, last=last), self._stays_quiet(left, new, last=last), *self._owner(root), *further)

    def _is_new(self, pod: PodFact) -> bool:
        """Whether a pod of the same account came since, and not merely anew from a neighbour that was there before."""
        return pod.ref.uid not in self._known and not (pod.owner and pod.owner.uid in self._owners)

    @property
    def _gone_claim(self) -> str:
        number = len(self._doomed)
        return "its pod is gone (UID)" if number == 1 else f"its {number} pods are gone (UIDs)"

    @property
    def _owner_claim(self) -> str:
        return f"{self._facts.root.ref} wants no pods" if self._facts.root else ""

    def _are_gone(self, left: Sequence[PodFact], *, last: bool) -> Proof:
        number, claim = len(self._doomed), self._gone_claim
        if not left:
            return Proof(claim, holds=True)
        first = left[0]
        held = f", held by finalizers {', '.join(first.finalizers)}" if first.finalizers else ""
        state = "terminating" if first.deleting is not None else f"{first.phase or 'there'}, not even terminating"
        words = f"{number - len(left)} of {number}; {first.ref.name} is {state}{held}"
        return Proof(claim, False if last else None, words)

    def _claim(self) -> str:
        account = f" or ServiceAccount {self._facts.account}" if self._facts.account else ""
        owner = self._facts.root.ref if self._facts.root else self._facts.name
        return f"no new pod of {owner}{account} for {self._quiet:g} s"

    def _stays_quiet(self, left: Sequence[PodFact], new: Sequence[PodFact], *, last: bool) -> Proof:
        now = self._clock.monotonic()
        if left or new:
            self._since = None
        elif self._since is None:
            self._since = now
        if new:
            names = ", ".join(pod.ref.key for pod in new[:3])
            return Proof(self._claim(), False if last else None, f"there is: {names}")
        if self._since is None:
            return Proof(self._claim(), False if last else None, "counts once the old ones are gone")
        seconds = now - self._since
        if seconds >= self._quiet:
            return Proof(self._claim(), holds=True, detail=f"{seconds:.0f} s")
        return Proof(self._claim(), None, f"{seconds:.0f} of {self._quiet:g} s")

    def _owner(self, root: WorkFact | None) -> Iterator[Proof]:
        if self._facts.root is None:
            return
        if root is None:
            yield Proof(self._owner_claim, holds=True, detail="it is not there any more")
        else:
            words = "" if root.stopped else f"it wants {root.replicas if root.replicas is not None else 'pods'} again"
            yield Proof(self._owner_claim, holds=root.stopped, detail=words)

    def _silence(self) -> Iterator[Proof]:
        if self._decisions is None:
            return
        claim = f"no new decision line for {self._quiet:g} s"
        stream = self._decisions()
        if not stream.read:
            yield Proof(claim, None, "unknown: its decisions are not read now")
            return
        silent = self._clock.now() - max(self._started, stream.newest or self._started)
        if silent >= self._quiet:
            yield Proof(claim, holds=True, detail=f"{silent:.0f} s")
        else:
            yield Proof(claim, None, f"{max(silent, 0.0):.0f} of {self._quiet:g} s")

    def _by_force(self) -> Iterator[Proof]:
        if self._forced:
            names = ", ".join(ref.name for ref in self._forced[:3])
            yield Proof("its containers have ended", None, f"unknown, {names} went by force: ask the node (crictl ps)")


def decode_matrix(plan: Plan) -> Matrix:
    """What a revocation's plan wants verified."""
    return msgspec.json.decode(plan.checks, type=Matrix)


def decode_gone(plan: Plan) -> Gone:
    """What a deletion's plan wants verified."""
    return msgspec.json.decode(plan.checks, type=Gone)
