"""Whether the rights are gone: asks the authorizer again and again, and says exactly what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access, Api, Review
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.decoding import decode_as
from opsconsole.parallel import in_parallel
from opsconsole.records import Plan, Proof, Record
from opsconsole.switches.engine.proving.patience import Patience
from opsconsole.switches.engine.proving.together import is_open
from opsconsole.switches.revoke.beyond import source, way_out
from opsconsole.switches.revoke.plan import asked_in_words, latent, later_words, open_to_all
from opsconsole.switches.revoke.plan import plan as plan_for
from opsconsole.switches.target.credentials import review
from opsconsole.switches.target.facts import Reviewed, RevokeFacts
from opsconsole.switches.target.matrix import sample
from opsconsole.switches.target.rights import Account, Principal
from opsconsole.switches.target.rights_reader import REVIEW_TIMEOUT

QUIET_AT_LEAST = 5.0
"""Seconds that no binding may come anew for; what makes them is often a loop that looks every few seconds."""

ROUNDS = 3
"""Everything must come out denied this often in a row: there may be several API servers, and authorizers cache."""

_SWEEP_SECONDS = 3.0
"""How long one look may ask in the other namespaces; it goes on at the next look."""

_BATCH = 64
"""Questions of the sweep between two looks at the clock."""

NO_BINDING = "no binding gives it rights of its own"
"""Not those of a group that others are in, which are left unless they are chosen."""


class Matrix(Record, frozen=True):
    """What a revocation's plan wants verified: its ``checks``."""

    account: Account | None = None
    asked: tuple[Access, ...] = ()
    who: tuple[Principal, ...] = ()


def decode_matrix(plan: Plan) -> Matrix:
    """What a revocation's plan wants verified."""
    return decode_as(plan.checks, Matrix)


def revoked(
    api: Api,
    matrix: Matrix,
    read: Callable[[Sequence[Access]], RevokeFacts],
    clock: Clock,
    patience: float,
    *,
    returns: Returns,
    also: Callable[[bool], Iterable[Proof]] = lambda _last: (),
) -> Iterator[tuple[Proof, ...]]:
    """Look until everything was denied three times in a row, no binding is left or comes, and all namespaces are asked.

    Args:
        api: asks about the other namespaces.
        matrix: what the plan asked.
        read: reads the rights as they are now, and asks these questions among others.
        clock: where the time comes from.
        patience: seconds that it may take where the server answers quickly; as long again where bindings came anew.
        returns: when bindings came anew.
        also: further proofs at each look; is told whether it is the last.
    """
    if not matrix.asked:
        return
    end = clock.monotonic() + 2 * patience
    tally, sweep = _Tally(), _Sweep(api, clock)
    patient = Patience(clock, patience)
    looks, held = 0, False
    while True:
        looks += 1
        waits = returns.left > 0 and (not returns.number or clock.monotonic() < end)
        last = patient.is_over() and looks >= ROUNDS and not waits
        try:
            facts = read(matrix.asked)
        except ClusterError as error:
            patient.unanswered()
            found = [Proof(claim, None, f"unknown: {error}") for claim in (*map(_claim, matrix.who), NO_BINDING)]
        else:
            found = [*tally.proofs(facts, last=last), _no_binding(facts, clock.now())]
            others = sweep.proof(facts, last=last, now=all(proof.holds for proof in found))
            found += [others, returns.proof(last=last), *_without_a_name(facts, last=last)]
        found += also(last)
        yield tuple(found)
        if last and not held and is_open(found):
            return  # what held until now and does no more has just come: it is taken away, and looked for again
        held = not is_open(found)


class Returns:
    """When bindings came anew while a revocation was being proved: what makes them may do so again.

    "Denied three times" fits between two of them, or before the first, so that a quiet time is asked for: once one has
    come, twice the longest time from one to the next, and :data:`QUIET_AT_LEAST` at least.

    Args:
        clock: where the time comes from.
        quiet: seconds that nothing new may come for where nothing came; :data:`QUIET_AT_LEAST` at most.
    """

    claim = "no binding comes anew"

    def __init__(self, clock: Clock, quiet: float) -> None:
        self._clock = clock
        self._quiet = min(quiet, QUIET_AT_LEAST)
        self._at = [clock.monotonic()]

    def came(self) -> None:
        """One has just been found."""
        self._at.append(self._clock.monotonic())

    @property
    def number(self) -> int:
        """How many have come."""
        return len(self._at) - 1

    @property
    def needed(self) -> float:
        """Seconds that nothing new may come for."""
        gaps = [after - before for before, after in pairwise(self._at)]
        return max(QUIET_AT_LEAST, 2 * max(gaps)) if gaps else self._quiet

    @property
    def left(self) -> float:
        """Seconds of it that are left."""
        return max(0.0, self._at[-1] + self.needed - self._clock.monotonic())

    def proof(self, *, last: bool) -> Proof:
        """The proof as it stands."""
        told = f"{self.number or 'none'} came anew while this was being proved"
        claim = f"{self.claim} for {round(self.needed, 1):g} s"
        if not self.left:
            return Proof(claim, holds=True, detail=f"{told}, and none since" if self.number else "")
        if last and self.number:
            return Proof(claim, holds=False, detail=f"{told}: something keeps making them; find it and stop it (2)")
        return Proof(claim, None, f"{told}; {self.left:.0f} s to go")


def _claim(who: object) -> str:
    """Of a user the groups are told that were asked about: which others he is in, no cluster knows."""
    if isinstance(who, Principal) and who.user and who.account is None:
        who = f"{who} (in no other group than {', '.join(who.groups)})"
    return f"{who} may change nothing that was asked about"


class _Tally:
    """How often each question was answered "denied" in a row."""

    def __init__(self) -> None:
        self._clean: dict[tuple[str, Access], int] = {}

    def proofs(self, facts: RevokeFacts, *, last: bool) -> Iterator[Proof]:
        """One proof for each identity."""
        for each in facts.reviews:
            key = (each.who, each.access)
            if each.allowed is not None:
                self._clean[key] = 0 if each.allowed else self._clean.get(key, 0) + 1
        if facts.problem or not facts.reviews:
            yield Proof(_claim("the optimizer"), None, f"unknown: {facts.problem or 'nothing could be asked'}")
        if facts.unsure:
            yield Proof("everybody that it acts as is known", None, f"unknown: {'; '.join(facts.unsure)}")
        for who in facts.identities:
            asked = [each for each in facts.reviews if each.who == str(who)]
            if asked:
                yield self._proof(who, asked, last=last)

    def _proof(self, who: Principal, asked: Sequence[Reviewed], *, last: bool) -> Proof:
        claim = _claim(who)
        allowed = [each for each in asked if each.allowed]
        unknown = [each for each in asked if each.allowed is None]
        if allowed:
            return Proof(claim, False if last else None, _still(allowed, [who]))
        if unknown:
            words = f"unknown: {len(unknown)} of {len(asked)} questions have no answer: {unknown[0].reason}"
            return Proof(claim, None, words)
        rounds = min(self._clean[str(who), each.access] for each in asked)
        denied = f"denied: {asked_in_words(asked)}"
        if rounds < ROUNDS:
            return Proof(claim, None, f"{denied}; {rounds} of {ROUNDS} times")
        return Proof(claim, holds=True, detail=f"{denied}; {rounds} times in a row")


def _still(allowed: Sequence[Reviewed], identities: Sequence[Principal]) -> str:
    foreign = [each for each in allowed if each.foreign]
    first = (foreign or list(allowed))[0]
    more = f", and {len(allowed) - 1} more" if len(allowed) > 1 else ""
    why = f" ({first.reason})" if first.reason else ""
    if foreign:
        return f"still allowed, by {source(first, identities)}: {first.access}{why}{more}; {way_out(first, identities)}"
    return f"still allowed: {first.access}{why}{more}"


def _no_binding(facts: RevokeFacts, now: float) -> Proof:
    left = [step for step in plan_for(facts, now).steps if step.chosen]
    if left:
        shown = ", ".join(dict.fromkeys(str(step.target) for step in left[:3]))
        return Proof(NO_BINDING, holds=False, detail=f"there are: {shown}")
    unread = sorted({"ClusterRoleBinding", "RoleBinding"} & facts.blind)
    if facts.problem or unread:
        why = "; ".join([*filter(None, [facts.problem]), *facts.gaps])
        return Proof(NO_BINDING, None, f"unknown: {why}")
    later = [later_words(grant) for grant in latent(facts)]
    more = f"; and {len(later) - 1} more such" if len(later) > 1 else ""
    return Proof(NO_BINDING, holds=True, detail=f"now: {later[0]}{more}" if later else "")


def _without_a_name(facts: RevokeFacts, *, last: bool) -> Iterator[Proof]:
    """Whether it can go on by leaving its token out, where a binding lets everybody do so."""
    for grant in open_to_all(facts):
        words = "if the API server takes requests without credentials, the optimizer can send them: choose its step"
        yield Proof(f"{grant.ref} lets nobody in without a name", False if last else None, words)


class _Sweep:
    """Asks a few questions in every namespace in which nothing of the optimizer's is known.

    Only another authorizer than RBAC, or a list that lied, can give a right there.
    """

    claim = "it may change nothing in the other namespaces"

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._answers: dict[tuple[str, Access], Review] = {}

    def proof(self, facts: RevokeFacts, *, last: bool, now: bool) -> Proof:
        """The proof as it stands. Nothing is asked before ``now``: until then the rights that are known matter."""
        if facts.namespaces is None:
            return Proof(self.claim, None, "unknown: namespaces can't be listed")
        near = {each.access.namespace for each in facts.reviews}
        far = [place for place in facts.namespaces if place not in near]
        wanted = [(who, access) for place in far for who in facts.identities for access in sample(place)]
        if now or last:
            self._ask(wanted)
        return self._judge(wanted, far, last=last)

    def _ask(self, wanted: Sequence[tuple[Principal, Access]]) -> None:
        left = [each for each in wanted if self._open(each)]
        until = self._clock.monotonic() + _SWEEP_SECONDS
        while left and self._clock.monotonic() < until:
            batch, left = left[:_BATCH], left[_BATCH:]
            answers = in_parallel(lambda q: review(self._api, *q, REVIEW_TIMEOUT), batch)
            self._answers |= {(str(who), access): answer for (who, access), answer in zip(batch, answers, strict=True)}

    def _open(self, question: tuple[Principal, Access]) -> bool:
        """Whether it has to be asked (again): what was denied once stays so where no binding is."""
        answer = self._answers.get((str(question[0]), question[1]))
        return answer is None or answer.allowed is not False

    def _judge(self, wanted: Sequence[tuple[Principal, Access]], far: Sequence[str], *, last: bool) -> Proof:
        found = [
            Reviewed(str(who), access, answer.allowed, answer.reason, answer.foreign)
            for who, access in wanted
            if (answer := self._answers.get((str(who), access))) is not None
        ]
        allowed = [each for each in found if each.allowed]
        unknown = [each for each in found if each.allowed is None]
        if allowed:
            return Proof(self.claim, False if last else None, _still(allowed, [who for who, _ in wanted]))
        if len(found) < len(wanted):
            return Proof(self.claim, None, f"asked {len(found)} of {len(wanted)} questions in {len(far)} namespaces")
        if unknown:
            return Proof(self.claim, None, f"unknown: {unknown[0].reason}")
        if not far:
            return Proof(self.claim, holds=True, detail="there are none: everything was asked in all of them")
        return Proof(self.claim, holds=True, detail=f"denied: {len(found)} questions in {len(far)} namespaces, once")
