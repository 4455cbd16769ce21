"""Whether a deletion worked: looks again and again at the pods by UID, at what makes them, at the decision stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.decoding import decode_as
from opsconsole.records import Plan, Proof, Record, Ref
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.engine.proving.together import is_open
from opsconsole.switches.target.facts import OptimizerFacts, PodFact, WorkFact
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.target.workloads.kinship import dependents, twins


class DeletedWorkload(Record, frozen=True):
    """One workload that was deleted, as the plan has it, and the pods that are to go."""

    facts: OptimizerFacts
    pods: tuple[Ref, ...] = ()


class DeletionChecks(Record, frozen=True):
    """What a deletion's plan wants verified: its ``checks``. ``left``: the title of what runs on, and why."""

    each: tuple[DeletedWorkload, ...] = ()
    left: tuple[tuple[str, str], ...] = ()


class Decisions(NamedTuple):
    """How the decision stream stands: whether it is read at all, and the key of the line that came last."""

    read: bool
    newest: str | None = None


class Deletion:
    """Watches that one deleted workload of an optimizer stays gone.

    Args:
        world: reads it again.
        gone: what was deleted, as the plan has it.
        quiet: seconds that nothing new may come for.
        clock: where the time comes from.
        decisions: the decision stream; ``None`` where there is none to look at.
        forced: pods that were deleted by force.
        unstopped: whether the step that was to stop what makes its pods did nothing.
        whose: is put before each claim that does not name it; empty where one alone is watched.
    """

    def __init__(
        self,
        world: TargetReader,
        gone: DeletedWorkload,
        quiet: float,
        clock: Clock,
        *,
        decisions: Callable[[], Decisions] | None = None,
        forced: Sequence[Ref] = (),
        unstopped: bool = False,
        whose: str = "",
    ) -> None:
        self._world = world
        self._facts = gone.facts
        self._whose = f"{whose}: " if whose else ""
        self._doomed = {ref.uid: ref for ref in gone.pods}
        self._quiet = quiet
        self._clock = clock
        self._decisions = decisions
        self._forced = forced
        self._unstopped = unstopped
        self._known = {pod.ref.uid for pod in self._facts.sharing}
        self._owners = {pod.owner.uid for pod in self._facts.sharing if pod.owner}
        self._gone: set[str] = set()
        self._since: float | None = None
        self._unanswered = False
        self._spoke = clock.monotonic()
        self._newest = decisions().newest if decisions else None

    def proofs(self, patience: float) -> Iterator[tuple[Proof, ...]]:
        """The proofs as they stand at each look.

        They may hold now and not at the next look, so that whoever looks ends it; but what went by force, or has an
        owner that can't be stopped, is never proved, and is not looked at any longer than the rest takes.
        """
        patient = Patience(self._clock, self._quiet + patience)
        while True:
            last = patient.is_over()
            found, never = self._look(last=last), (*self._above(), *self._by_force())
            if self._unanswered:
                patient.unanswered()
            yield (*found, *never)
            if last and is_open((*found, *never)):
                return
            if all(proof.holds for proof in found) and not all(proof.holds for proof in never):
                return

    def _look(self, *, last: bool) -> tuple[Proof, ...]:
        further, self._unanswered = tuple(self._silence()), False
        try:
            own, sharing = self._world.pods_of(self._facts)
            left = self._still_there((*own, *sharing))
            root = self._facts.root and self._world.work(_by_name(self._facts.root.ref))
        except ClusterError as error:
            self._since, self._unanswered = None, True
            claims = [self._gone_claim, self._claim()]
            claims += [self._owner_claim] if self._facts.root else []
            return (*(Proof(claim, None, f"unknown: {error}") for claim in claims), *further)
        new = [pod for pod in own if pod.ref.uid not in self._doomed and not pod.over]
        new += [pod for pod in sharing if self._is_new(pod)]
        gone = (self._are_gone(left, last=last), self._stays_quiet(left, new, last=last), *self._owner(root))
        return (*gone, *self._dependents(sharing, last=last), *self._others(sharing, last=last), *further)

    def _dependents(self, sharing: Sequence[PodFact], *, last: bool) -> Iterator[Proof]:
        """Whether the pods that its own pods owned are gone with them, where there were any."""
        found = dependents(self._facts, sharing)
        if found or dependents(self._facts, self._facts.sharing):
            yield _none_left(f"{self._whose}the pods that its pods own are gone", found, last=last)

    def _others(self, sharing: Sequence[PodFact], *, last: bool) -> Iterator[Proof]:
        """Whether its image runs as its account in pods of others, where it did, or does now."""
        found = twins(self._facts, sharing)
        if not found and not twins(self._facts, self._facts.sharing):
            return
        claim = f"{self._whose}no other pod runs its image as {self._facts.account}"
        if self._facts.strays:
            claim += f" or {', '.join(dict.fromkeys(pod.runs_as for pod in self._facts.strays))}"
        yield _none_left(claim, found, last=last)

    def _still_there(self, listed: Sequence[PodFact]) -> list[PodFact]:
        """The doomed pods that are there yet, by their UIDs: one that took off its labels or its owner counts too."""
        seen = {pod.ref.uid: pod for pod in listed}
        left = []
        for uid, ref in self._doomed.items():
            if uid in self._gone:
                continue
            pod = seen.get(uid) or self._world.pod(ref)
            if pod is None:
                self._gone.add(uid)  # a UID never comes back
            else:
                left.append(pod)
        return left

    def _is_new(self, pod: PodFact) -> bool:
        """Whether a pod of the same account came since, and not merely anew from a neighbour that was there before."""
        known = pod.ref.uid in self._known or pod.ref.uid in self._doomed
        return not known and not (pod.owner and pod.owner.uid in self._owners)

    @property
    def _gone_claim(self) -> str:
        number = len(self._doomed)
        return self._whose + ("its pod is gone (UID)" if number == 1 else f"its {number} pods are gone (UIDs)")

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

    @staticmethod
    def _writer(now: WorkFact, planned: WorkFact) -> str:
        """Who wrote it since, in words. Of a write through ``/scale`` the API server may note nobody."""
        since = now.written_at is None or (now.written_by, now.written_at) != (planned.written_by, planned.written_at)
        if now.written_by and since:
            return f" (last written by {now.written_by})"
        return " (by whom is not noted, as of writes through /scale)" if now.written_by else ""

    def _owner(self, root: WorkFact | None) -> Iterator[Proof]:
        if self._facts.root is None:
            return
        if root is None:
            yield Proof(self._owner_claim, holds=True, detail="it is not there any more")
            return
        by = self._writer(root, self._facts.root)
        owner = f"; its owner is {root.owner}: stop that" if root.owner else ""
        words = f"it wants {root.replicas if root.replicas is not None else 'pods'} again{by}{owner}"
        if self._unstopped:
            words = "its step did not stop it: it is as it was"
        if root.ref.uid != self._facts.root.ref.uid:
            words = f"it was MADE ANEW{by} and wants {root.replicas if root.replicas is not None else 'pods'}{owner}"
        yield Proof(self._owner_claim, holds=root.stopped, detail="" if root.stopped else words)

    def _silence(self) -> Iterator[Proof]:
        if self._decisions is None:
            return
        claim = f"no new decision line for {self._quiet:g} s"
        stream = self._decisions()
        if not stream.read:
            yield Proof(claim, None, "unknown: its decisions are not read now")
            return
        if stream.newest != self._newest:
            self._newest, self._spoke = stream.newest, self._clock.monotonic()
        silent = self._clock.monotonic() - self._spoke
        if silent >= self._quiet:
            yield Proof(claim, holds=True, detail=f"{silent:.0f} s")
        else:
            yield Proof(claim, None, f"{silent:.0f} of {self._quiet:g} s")

    def _above(self) -> Iterator[Proof]:
        """Whether the owner that can't be stopped here is gone: while it is there, no quiet time tells anything."""
        above = self._facts.above
        if above is None:
            return
        claim = f"{self._whose}its owner {self._facts.foreign or above} makes nothing anew"
        try:
            gone = self._world.is_gone(above)
        except ClusterError as error:
            yield Proof(claim, None, f"unknown: {error}")
            return
        words = "unknown: it is there, can't be stopped here, and may do so whenever it wants"
        yield Proof(claim, holds=True, detail="it is gone") if gone else Proof(claim, None, words)

    def _by_force(self) -> Iterator[Proof]:
        if self._forced:
            names = ", ".join(ref.name for ref in self._forced[:3])
            words = f"unknown, {names} went by force: ask the node (crictl ps)"
            yield Proof(f"{self._whose}its containers have ended", None, words)


def _none_left(claim: str, found: Sequence[PodFact], *, last: bool) -> Proof:
    """One that is terminating runs yet: it is no proof of anything until it is gone."""
    names = ", ".join(pod.ref.key + (" (terminating)" if pod.deleting is not None else "") for pod in found[:3])
    return Proof(claim, (False if last else None) if found else True, f"there is: {names}" if found else "")


def _by_name(ref: Ref) -> Ref:
    """Whichever object has this name: an operator may have made the workload anew."""
    return Ref(ref.kind, ref.namespace, ref.name)


def decode_gone(plan: Plan) -> DeletionChecks:
    """What a deletion's plan wants verified."""
    return decode_as(plan.checks, DeletionChecks)
