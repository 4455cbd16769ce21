"""How long to wait before asking a source in trouble again."""

from __future__ import annotations

import random

LONGEST_ASKED = 30.0
"""Seconds of a ``Retry-After`` that are honoured: a server that said ten minutes is well again long before they end."""


class Backoff:
    """Exponential back-off with jitter: twenty feeds that lost the same server must not return in one moment.

    Args:
        dice: the source of randomness.
        base: seconds before the first retry, give or take half of it.
        cap: seconds that no delay exceeds unless the server asks for more.
    """

    def __init__(self, dice: random.Random, base: float = 0.5, cap: float = 10.0) -> None:
        self._dice = dice
        self._base = base
        self._cap = cap
        self.failures = 0
        """Failures since something worked."""

    def reset(self) -> None:
        """Forget the failures: something worked."""
        self.failures = 0

    def next(self, asked: float | None = None) -> float:
        """Return the seconds to wait after one more failure.

        Args:
            asked: what the server's ``Retry-After`` says; honoured as the least, up to :data:`LONGEST_ASKED`.
        """
        limit = min(self._cap, self._base * 2.0 ** min(self.failures, 32))
        self.failures += 1
        delay = limit * self._dice.uniform(0.5, 1.0)
        return delay if asked is None else min(asked, LONGEST_ASKED) + delay
