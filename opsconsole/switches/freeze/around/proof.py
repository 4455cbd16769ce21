"""The proof that nobody who is frozen or governed has a way round it: the authorizer denies every question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

import msgspec

from opsconsole.cluster.questions.rbac import Rbac
from opsconsole.cluster.questions.reviews import Access, Api
from opsconsole.govern.identities import Identities
from opsconsole.parallel import in_parallel
from opsconsole.records import Proof
from opsconsole.switches.freeze.around import named
from opsconsole.switches.freeze.around.ways import (
    CLAIMS,
    TAKEN_AWAY,
    Asked,
    WayAnswer,
    ask,
    by_groups,
    questions,
)
from opsconsole.switches.target.credentials import Credentials

ROUNDS = 3
"""Denials in a row that settle it: there may be several API servers, each with its caches."""

MANY = 8
"""Identities from which on a look that confirms another asks for the list of each one's rules: 8 are 400 questions."""

_TIMEOUT = 5.0

_TRIES = 9
"""After so many it is settled that something can't be known: who may not ask is told so every time."""


class WaysRound:
    """Asks until everything was denied three times in a row. What is allowed settles it at once.

    An identity of whom everything is settled is asked about no more. A hundred identities are thousands of questions:
    of many, each question is asked once, and whoever was denied everything is confirmed by the list of all its rules.

    Args:
        api: asks.
        identities: who is frozen or governed.
        names: of the policies (and bindings) that refuse their writes.
        namespaces: where it is asked what can be given in a namespace.
        rbac: reads RBAC, which tells where else to ask, and about which single objects.
        ungrouped: users of whom no group is named: what those give them stays unknown.
        credentials: what their tokens carry, which is sent with each question.
        denied: tells whether all rules of an identity, in these namespaces, give none of the questions.
    """

    def __init__(
        self,
        api: Api,
        identities: Identities,
        names: Sequence[str],
        namespaces: Sequence[str],
        *,
        ungrouped: Sequence[str] = (),
        credentials: Credentials = MappingProxyType({}),
        rbac: Callable[[], Rbac] | None = None,
        denied: Callable[[Asked, Sequence[Access], Sequence[str]], bool] | None = None,
    ) -> None:
        self._api = api
        self._open = questions(identities)
        self._names = names
        self._namespaces = namespaces
        self._ungrouped = ungrouped
        self._credentials = credentials
        self._rbac = rbac or named.once(api, namespaces, _TIMEOUT)
        self._denied = denied if len(self._open) >= MANY else None
        self._answers: dict[Asked, tuple[WayAnswer, ...]] = {}
        self._row: dict[str, int] = {}
        self._proofs: dict[Asked, tuple[Proof, ...]] = dict.fromkeys(self._open, ())
        self._tried = 0
        self.settled = False

    def look(self) -> tuple[Proof, ...]:
        """Ask once more, unless it is settled."""
        if not self.settled:
            self._answers = self._ask()
            for who, its in self._answers.items():
                self._proofs[who] = tuple(map(self._judge, its))
            self._open = [who for who in self._open if any(proof.holds is None for proof in self._proofs[who])]
            self._tried += 1
            self.settled = self._tried >= _TRIES or not self._open
        return (*(proof for its in self._proofs.values() for proof in its), *self._by_groups())

    def _by_groups(self) -> Iterator[Proof]:
        """What no question settles: a user may be in groups of which the API server keeps no list."""
        for hole in by_groups(self._ungrouped, self._names, self._rbac()) if self._ungrouped else ():
            yield Proof(f"{hole.who} {TAKEN_AWAY} by a group that is not named", None, str(hole))

    def _ask(self) -> dict[Asked, tuple[WayAnswer, ...]]:
        told = in_parallel(self._confirmed, self._open)
        left = [who for who, its in zip(self._open, told, strict=True) if its is None]
        asked = (
            ask(self._api, left, self._names, self._namespaces, self._rbac(), credentials=self._credentials)
            if left
            else ()
        )
        answers = dict(zip(left, asked, strict=True))
        return {who: its or answers[who] for who, its in zip(self._open, told, strict=True)}

    def _confirmed(self, who: Asked) -> tuple[WayAnswer, ...] | None:
        """The answers of the look before, if that denied everything and the rules of the identity do so now."""
        before = self._answers.get(who, ())
        if self._denied is None or not before or any(answer.hole for answer in before):
            return None
        accesses = [access for answer in before for access in answer.accesses]
        places = sorted({access.namespace for access in accesses} - {""})
        if not self._denied(who, accesses, places):
            return None
        return tuple(msgspec.structs.replace(answer, by_rules=True) for answer in before)

    def _judge(self, answer: WayAnswer) -> Proof:
        hole = answer.hole
        row = self._row[answer.claim] = 0 if hole else self._row.get(answer.claim, 0) + 1
        if hole is not None:
            return Proof(answer.claim, False if hole.allowed else None, str(hole))
        words = f"denied: {len(answer.accesses)} questions, {row} times in a row"
        words += ", at last by the list of all its rules" if answer.by_rules else ""
        return Proof(answer.claim, True if row >= ROUNDS else None, words)


def frozen_all_the_same(proofs: Sequence[Proof]) -> bool:
    """Whether everything holds but that there is no way round: their writes are refused, and they could end that."""
    open_ones = [proof for proof in proofs if proof.holds is not True]
    return bool(open_ones) and all(is_way_round(proof) for proof in open_ones)


def is_way_round(proof: Proof) -> bool:
    """Whether a proof is about a way round."""
    return any(f" {words}" in proof.claim for words in CLAIMS)
