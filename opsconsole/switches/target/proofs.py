"""Whether it worked: looks at the world again and again and says what is proved, what is not, and what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access, Answer, Api, may
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import Plan, Proof, Record
from opsconsole.switches.target.rights import Account

ROUNDS = 3
"""A matrix must come out denied this often in a row: there may be several API servers, and authorizers cache."""

_REVIEW_TIMEOUT = 5.0


class Matrix(Record, frozen=True):
    """What :func:`revoked` asks: the ``checks`` of a revocation's plan."""

    account: Account | None = None
    asked: tuple[Access, ...] = ()


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


def decode_matrix(plan: Plan) -> Matrix:
    """What a revocation's plan wants verified."""
    return msgspec.json.decode(plan.checks, type=Matrix)
