"""What fails again and again: each trouble is told once, then ever more seldom, with what a person can do about it."""

from __future__ import annotations

from opsconsole.clock import Clock
from opsconsole.cluster.transport.errors import Denied, ServerFailure, Throttled, Unreachable
from opsconsole.journal.writer import JournalError
from opsconsole.switches.engine.board import BusyError

RETRY = 1.0
"""Seconds until what failed is tried again, the first time; each further try waits twice as long."""

SLOWEST = 4.0
"""Seconds between two tries at most: of the minute for which a reason counts none may be left unused for long."""

TOLD_AGAIN, SELDOM = 10.0, 60.0
"""Seconds until the same trouble is told once more, twice as many each time, and the most of them."""

MOST = 100
"""Troubles that are remembered: an error may have another text each time."""

AGAIN = "it is tried again until the reason is a minute old"

GRANT = "bind the ClusterRole of deploy/guard/rbac.yaml to it, by a ClusterRoleBinding: policies have no namespace"

_BY_HAND = "whoever can writes to the API server by hand: opsconsole kill freeze, or kill revoke"
_ADVICE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (Denied, f"{GRANT}; until then {_BY_HAND}"),
    ((Unreachable, Throttled, ServerFailure), f"look at the API server and at the way to it; {_BY_HAND}"),
    (JournalError, f"make room for the journal, or give its folder to the guard's user; until then {_BY_HAND}"),
    (BusyError, "it is done as soon as that is over"),
)


def advice(error: BaseException) -> str:
    """What a person can do about ``error``."""
    return next((words for kinds, words in _ADVICE if isinstance(error, kinds)), _BY_HAND)


class Repeats:
    """Tells what is news from what was told a moment ago, and how long to wait until the next try.

    Args:
        clock: where the time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], tuple[float, float]] = {}
        self._tries = 0

    def is_news(self, kind: str, text: str, *, again: bool = True) -> bool:
        """Whether to tell this: it was not yet since it last went well, or (``again``) not for some time."""
        now, key = self._clock.monotonic(), (kind, text)
        due, pause = self._told.pop(key, (now, TOLD_AGAIN))
        news = now >= due
        pause = pause if again else float("inf")
        self._told[key] = (now + pause, min(pause * 2, SELDOM)) if news else (due, pause)
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]
        return news

    def pause(self) -> float:
        """Seconds until the next try."""
        self._tries += 1
        return min(SLOWEST, RETRY * 2.0 ** min(self._tries - 1, 10))

    def forget(self, kind: str) -> None:
        """What was told of this kind is news once more."""
        self._told = {key: told for key, told in self._told.items() if key[0] != kind}

    def over(self) -> None:
        """It went well, or there is nothing more to do: the next trouble is a new one."""
        self._told.clear()
        self._tries = 0
