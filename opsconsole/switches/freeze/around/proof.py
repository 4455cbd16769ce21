"""The proof that nobody who is frozen or governed has a way round it: the authorizer denies every question."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opsconsole.cluster.questions.rbac import Rbac
from opsconsole.cluster.questions.reviews import Api
from opsconsole.govern.identities import Identities
from opsconsole.records import Proof
from opsconsole.switches.freeze.around import named
from opsconsole.switches.freeze.around.ways import CLAIMS, WayAnswer, ask

ROUNDS = 3
"""Denials in a row that settle it: there may be several API servers, each with its caches."""

_TIMEOUT = 5.0

_TRIES = 9
"""After so many it is settled that something can't be known: who may not ask is told so every time."""


class WaysRound:
    """Asks until everything was denied three times in a row. What is allowed settles it at once.

    Args:
        api: asks.
        identities: who is frozen or governed.
        names: of the policies (and bindings) that refuse their writes.
        namespaces: where it is asked what can be given in a namespace.
        rbac: reads RBAC, which tells where else to ask, and about which single objects.
    """

    def __init__(
        self,
        api: Api,
        identities: Identities,
        names: Sequence[str],
        namespaces: Sequence[str],
        rbac: Callable[[], Rbac] | None = None,
    ) -> None:
        self._api = api
        self._identities = identities
        self._names = names
        self._namespaces = namespaces
        self._rbac = rbac or named.once(api, namespaces, _TIMEOUT)
        self._row: dict[str, int] = {}
        self._proofs: dict[str, Proof] = {}
        self._tried = 0
        self.settled = False

    def look(self) -> tuple[Proof, ...]:
        """Ask once more, unless it is settled."""
        if not self.settled:
            answers = ask(self._api, self._identities, self._names, self._namespaces, self._rbac())
            self._proofs = {answer.claim: self._judge(answer) for answer in answers}
            self._tried += 1
            self.settled = self._tried >= _TRIES or all(proof.holds is not None for proof in self._proofs.values())
        return tuple(self._proofs.values())

    def _judge(self, answer: WayAnswer) -> Proof:
        hole = answer.hole
        row = self._row[answer.claim] = 0 if hole else self._row.get(answer.claim, 0) + 1
        if hole is not None:
            return Proof(answer.claim, False if hole.allowed else None, str(hole))
        words = f"denied: {answer.asked} questions, {row} times in a row"
        return Proof(answer.claim, True if row >= ROUNDS else None, words)


def frozen_all_the_same(proofs: Sequence[Proof]) -> bool:
    """Whether everything holds but that there is no way round: their writes are refused, and they could end that."""
    open_ones = [proof for proof in proofs if proof.holds is not True]
    return bool(open_ones) and all(is_way_round(proof) for proof in open_ones)


def is_way_round(proof: Proof) -> bool:
    """Whether a proof is about a way round."""
    return any(f" {words}" in proof.claim for words in CLAIMS)
