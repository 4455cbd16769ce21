"""Looks at several verifications in turn, as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsconsole.records import Proof

Looks = Iterator[tuple[Proof, ...]]


def together(looks: Sequence[Looks]) -> Looks:
    """Yield the newest proofs of all ``looks`` at each round, until each has ended or nothing can change any more.

    What holds is looked at again while another is open, whatever time its own verification was given: all of them must
    hold in one round. It is not waited for once one of the others has ended with an open proof.
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
        if len(going) < len(newest) and not any(is_open(newest[place]) for place in going):
            return


def is_open(proofs: Sequence[Proof]) -> bool:
    """Whether something is not proved. A verification whose time is over ends only then: see :func:`together`."""
    return not proofs or not all(proof.holds for proof in proofs)
