"""The account of the damage, for those who are not on the pump's thread: asked for here, summed up there."""

from __future__ import annotations

import threading

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.console import JUDGES, Console
from opsconsole.governor.account.damage import Damage
from opsconsole.records import Health, State
from opsconsole.store import Delta, Store
from opsconsole.switches.restore.spec import LOG, SPEC

_NODES = "nodes"

_SEEN = tuple(feed for feed in SPEC.waits_for if feed != LOG)
"""Feeds that tell of what stands now and, by the revisions, of what stood before."""

_SILENT = "not read yet"
"""How a feed is that has not said how it is: that nothing is known of it is never taken for nothing."""

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
        # Who reads some namespaces alone asks of nothing outside them, and may not put a node back either.
        narrow = any(health.namespaces for feed in _SEEN if (health := known.get(feed)))
        feeds = [feed for feed in _SEEN if not (narrow and feed == _NODES)]
        whys: dict[str, list[str]] = {}
        for feed in feeds:
            whys.setdefault(_gap(known.get(feed)), []).append(feed)
        whys.setdefault(unjudged(self._console), []).append(JUDGES)
        return "; ".join(f"{', '.join(names)}: {why}" for why, names in whys.items() if why)

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
    # No log at all is said as being down: no such optimizer, no file yet. Where that is not known it has unread.
    if health is not None and health.state is State.DOWN and not health.unread:
        return ""
    return _gap(health)


def unjudged(console: Console) -> str:
    """Why what changed was not wholly looked at; empty where it was."""
    health = console.health().get(JUDGES)
    return "" if health is None else _gap(health)


def _gap(health: Health | None) -> str:
    """Why what a feed reads is not wholly known; empty where it is."""
    if health is None:
        return _SILENT
    if health.state in (State.LIVE, State.ABSENT) and not health.unread and not health.failing:
        return ""
    return health.detail or health.state.value


class _Question:
    """One question, and its answer once it is there."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.rows: tuple[Damage, ...] | None = None
