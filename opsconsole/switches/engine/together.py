"""Looks at several verifications in turn, as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsconsole.records import Proof

Looks = Iterator[tuple[Proof, ...]]


def together(looks: Sequence[Looks]) -> Looks:
    """Yield the newest proofs of all ``looks`` at each round, until each has ended.

    What holds is looked at again while another is open: all of them must hold in one round.
    """
    going = dict(enumerate(looks))
    newest: dict[int, tuple[Proof, ...]] = dict.fromkeys(going, ())
    while going:
        for place in list(going):
            found = next(going[place], None)
            if found is None:
                del going[place]
                continue
            newest[place] = found
        yield tuple(proof for proofs in newest.values() for proof in proofs)
