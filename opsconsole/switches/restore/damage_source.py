"""The account of the damage, for those who are not on the pump's thread: asked for here, summed up there."""

from __future__ import annotations

import threading

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.console import Console
from opsconsole.governor.account.damage import Damage
from opsconsole.records import Health, State
from opsconsole.store import Delta, Store

LOG = "decisions"
"""The feed that reads what the optimizer says."""

_SEEN = ("deployments", "statefulsets", "replicasets", "cronjobs")
"""Feeds that tell of what stands now and, by the revisions, of what stood before."""

PATIENCE = 5.0
"""Seconds that the pump may take to answer; the screen pumps once a second at least."""


class AccountError(ClusterError):
    """There is no account of the damage to be had."""


class DamageAccount:
    """A :class:`opsconsole.console.Observer`: it answers questions between two looks of the governor.

    Args:
        console: has the governor, once it is built, and is pumped.
        patience: seconds to wait for an answer.
    """

    def __init__(self, console: Console, patience: float = PATIENCE) -> None:
        self._console = console
        self._patience = patience
        self._lock = threading.Lock()
        self._asked: list[_Question] = []

    def rows(self) -> tuple[Damage, ...]:
        """The damage as it stands. Blocks until the pump's thread has summed it up; call it from any other.

        Raises:
            AccountError: nothing judges here, or the pump does not answer.
        """
        question = _Question()
        with self._lock:
            self._asked.append(question)
        self._console.inbox.wake()
        if not question.answered.wait(self._patience):
            raise AccountError(f"the account of the damage did not come within {self._patience:g} s; it is asked again")
        if question.rows is None:
            raise AccountError("the governor is off (governor.enabled): damage is not tracked")
        return question.rows

    def unheard(self) -> str:
        """Why the optimizer's log is not read, or not to the end of its history yet; empty where it is."""
        return unheard(self._console)

    def unseen(self) -> str:
        """What of the objects that may be damaged is not read, and why; empty where all of it is."""
        known = self._console.health()
        words = ((feed, known.get(feed)) for feed in _SEEN)
        return "; ".join(f"{feed}: {_why(health)}" for feed, health in words if health and not _is_complete(health))

    def observe(self, store: Store, delta: Delta) -> None:
        """Answer whoever has asked."""
        del store, delta
        if self._asked:
            with self._lock:
                asked, self._asked = self._asked, []
            governor = self._console.governor
            rows = tuple(governor.damage()) if governor is not None and governor.settings.enabled else None
            for question in asked:
                question.rows = rows
                question.answered.set()

    def next_due(self) -> float | None:
        """At once, if somebody has asked."""
        return 0.0 if self._asked else None


def unheard(console: Console) -> str:
    """Why the optimizer's log is not read, or not to the end of its history yet; empty where it is."""
    health = console.health().get(LOG)
    # None at all is said as being down: no such optimizer, no file yet. An error of which that is not known has unread.
    if health is None or _is_complete(health) or (health.state is State.DOWN and not health.unread):
        return ""
    return _why(health)


def _is_complete(health: Health) -> bool:
    return health.state in (State.LIVE, State.ABSENT) and not health.unread and not health.failing


def _why(health: Health) -> str:
    return health.detail or health.state.value


class _Question:
    """One question, and its answer once it is there."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.rows: tuple[Damage, ...] | None = None
