"""Reads that are asked again when the API server is busy, fails or resets: that is when they are needed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Unpack

from opsconsole.cluster.questions.reviews import Api, RequestOptions
from opsconsole.cluster.transport.errors import ServerFailure, Throttled, TimedOut, Unreachable

TRIES = 4
LONGEST_WAIT = 2.0
"""Seconds between two tries at most, whatever ``Retry-After`` says: somebody waits for the plan."""

_FIRST_WAIT = 0.1


class PatientReads:
    """A connection whose GETs and access reviews are tried up to four times. It carries no write.

    Args:
        api: the connection.
        pause: waits for the seconds given.
        dice: spreads the waits, so that parallel reads do not return in one moment.
    """

    def __init__(
        self, api: Api, pause: Callable[[float], object] | None = None, dice: random.Random | None = None
    ) -> None:
        self._api = api
        self._pause = pause or threading.Event().wait
        self._dice = dice or random.SystemRandom()
        self.throttled = 0
        """Requests that were answered 429, since it was made."""

    def request(self, method: str, path: str, **options: Unpack[RequestOptions]) -> bytes:
        """Make one request; again after 429, 5xx or a lost connection.

        Raises:
            ClusterError: what the last try failed with, or what no further try can mend.
            ValueError: it is no read.
        """
        if method != "GET" and not (method == "POST" and path.endswith("reviews")):
            raise ValueError(f"{method} {path} is no read: it can't be asked again without harm")
        for turn in range(1, TRIES + 1):
            try:
                return self._api.request(method, path, **options)
            except (Throttled, ServerFailure, Unreachable) as error:
                self.throttled += isinstance(error, Throttled)
                # No answer in time has been waited for long enough; a reset comes at once and is often the only one.
                if turn == TRIES or isinstance(error, TimedOut):
                    raise
                self._wait(turn, getattr(error, "retry_after", None))
        raise AssertionError("unreachable")  # pragma: no cover

    def _wait(self, turn: int, wished: float | None) -> None:
        base = _FIRST_WAIT * 2**turn if wished is None else wished
        self._pause(min(LONGEST_WAIT, base) * self._dice.uniform(0.5, 1.0))
