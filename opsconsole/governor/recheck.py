"""What rules want to be asked about again, and when."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from opsconsole.governor.rule import Again
from opsconsole.records import Kind

SOONEST_SECONDS = 1.0
"""A rule that asks to be asked again gets this pause at least."""


class Wish(NamedTuple):
    """A rule's wish to be asked again, about one record or one scope."""

    rule: str
    kind: Kind
    about: str


class Rechecks:
    """One wish for each rule and record (or scope); of several the soonest counts, for the newest record."""

    def __init__(self) -> None:
        self._due: list[tuple[float, Wish]] = []
        self._asked: dict[Wish, tuple[float, str]] = {}

    def __len__(self) -> int:
        return len(self._due)

    def wish(self, rule: str, kind: Kind, key: str, again: Again, now: float) -> None:
        """``rule`` wants to be asked about the record with ``key`` again."""
        at = max(again.at, now + SOONEST_SECONDS)
        wish = Wish(rule, kind, again.scope or key)
        asked = self._asked.get(wish)
        if asked is not None and asked[0] <= at:
            self._asked[wish] = (asked[0], key)
            return
        self._asked[wish] = (at, key)
        heapq.heappush(self._due, (at, wish))

    def due(self, now: float) -> Iterator[tuple[str, Kind, str]]:
        """Rules, kinds and keys that are to be asked about by now; each is given once."""
        while self._due and self._due[0][0] <= now:
            at, wish = heapq.heappop(self._due)
            asked = self._asked.get(wish)
            if asked is not None and asked[0] == at:
                del self._asked[wish]
                yield wish.rule, wish.kind, asked[1]

    def next_due(self) -> float | None:
        """When :meth:`due` has something to give next."""
        return self._due[0][0] if self._due else None
