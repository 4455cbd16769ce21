"""Looks at several verifications in turn, as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opsconsole.records import Proof

Looks = Iterator[tuple[Proof, ...]]


def together(looks: Mapping[str, Looks]) -> Looks:
    """Yield the newest proofs of all ``looks`` at each round; one whose proofs all hold, or that has ended, rests."""
    going = dict(looks)
    newest: dict[str, tuple[Proof, ...]] = dict.fromkeys(going, ())
    while going:
        for name in list(going):
            found = next(going[name], None)
            if found is None:
                del going[name]
                continue
            newest[name] = found
            if found and all(proof.holds for proof in found):
                del going[name]
        yield tuple(proof for proofs in newest.values() for proof in proofs)
