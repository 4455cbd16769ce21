"""What became of a freeze from one look to the next: thawed, outgrown, or not known. Pure."""

from __future__ import annotations

from enum import Enum

from opsconsole.govern.identities import Identities
from opsconsole.switches.freeze.facts import FreezeFacts, all_covered


class Seen(Enum):
    """How the freeze stands.

    ``THAWED``: it covers those no more whom it covered. ``OUTGROWN``: it still covers them, but not everybody whom the
    optimizer acts as by now.
    """

    UNKNOWN = "unknown"
    FREE = "free"
    FROZEN = "frozen"
    THAWED = "thawed"
    OUTGROWN = "outgrown"


class FreezeWatch:
    """Whom the freeze was last known to cover. What can't be read changes nothing of that."""

    def __init__(self) -> None:
        self._covered: Identities | None = None

    @property
    def stood(self) -> bool:
        """Whether a freeze stood when that was last known."""
        return self._covered is not None

    def see(self, facts: FreezeFacts | None) -> Seen:
        """Compare a look with the last that told something; ``None``: the look failed."""
        if facts is None or facts.problem:
            return Seen.UNKNOWN
        if facts.stands and not facts.gaps:
            self._covered = facts.identities
        covered = self._covered
        if covered is not None and not all_covered(covered, list(facts.in_force())):
            self._covered = None
            return Seen.THAWED
        if facts.stands:
            self._covered = covered or facts.identities
            return Seen.FROZEN
        return Seen.FREE if covered is None else Seen.OUTGROWN
