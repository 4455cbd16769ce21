"""What the API server did not take is tried again: what was confirmed is carried through, in bounded time.

An etcd without a leader, or an API server that starts anew, is gone for half a minute. The other steps do not wait for
that: it is tried again once each of them had its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import ServerFailure, Throttled, Unreachable
from opsconsole.records import Step
from opsconsole.switches.engine.obstacles import way_past

AGAIN = 60.0
"""Seconds from the first failure within which a step is begun again, where nothing else is said."""

EVERY = 2.0
"""Seconds between two rounds."""

_MOST = 30
"""Rounds at most, whatever the clock says."""


class Retries:
    """The steps of one execution that are to be tried again. Asked from several threads.

    Args:
        clock: where the time comes from.
        seconds: from the first failure, within which a step is begun again.
    """

    def __init__(self, clock: Clock, seconds: float = AGAIN) -> None:
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._until: float | None = None
        self._rounds = 0
        self._steps: dict[str, Step] = {}
        self._tries: dict[str, int] = {}

    def takes(self, step: Step, error: BaseException) -> bool:
        """Whether a step that failed so is tried again."""
        if not is_passing(error):
            return False
        with self._lock:
            now = self._clock.monotonic()
            self._until = now + self._seconds if self._until is None else self._until
            if now >= self._until or self._rounds >= _MOST:
                return False
            self._steps[step.key] = step
            return True

    def begun(self, step: Step) -> int:
        """Count a try of a step; returns its number, from 1."""
        with self._lock:
            self._tries[step.key] = self._tries.get(step.key, 0) + 1
            return self._tries[step.key]

    def round(self, steps: Sequence[Step]) -> list[Step]:
        """The steps of the next round, in the plan's order; none where nothing is left to be tried."""
        with self._lock:
            taken, self._steps = self._steps, {}
            self._rounds += 1
        return [step for step in steps if step.key in taken]


def is_passing(error: BaseException) -> bool:
    """Whether it is the API server that can't just now. What a webhook refuses or breaks, it breaks again."""
    if not isinstance(error, Unreachable | Throttled | ServerFailure):
        return False
    reason = getattr(error, "reason", "")
    return not way_past(reason) and "webhook" not in reason
