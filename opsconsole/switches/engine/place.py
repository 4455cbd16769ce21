"""Which cluster this is: the one name that nobody can give to another, and that every plan, entry and undo carries."""

from __future__ import annotations

import threading
from collections.abc import Callable

from opsconsole.clock import Clock
from opsconsole.cluster.questions.about.cluster_uid import cluster_uid
from opsconsole.cluster.questions.reviews import Api
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.journal.entry import Who
from opsconsole.journal.runs import Run
from opsconsole.text import clean_line

FRESH = 30.0
"""Seconds for which an answer is used again: behind one address another cluster may answer after a failover."""

_TIMEOUT = 5.0


class ClusterPlace:
    """The cluster that the switches act on.

    Args:
        api: the connection.
        clock: where the time comes from.
        who: who acts, with context and server.
        optimizer: the optimizers that the settings name, in words.
    """

    def __init__(self, api: Api, clock: Clock, who: Callable[[], Who], optimizer: str = "") -> None:
        self._api = api
        self._clock = clock
        self._who = who
        self.optimizer = optimizer
        self._lock = threading.Lock()
        self._known: tuple[float, str] | None = None

    def uid(self) -> str:
        """The UID of ``kube-system``; empty where it can't be known now."""
        with self._lock:
            now = self._clock.monotonic()
            if self._known is None or now - self._known[0] > FRESH:
                try:
                    self._known = (now, cluster_uid(self._api, _TIMEOUT))
                except ClusterError:
                    return ""
            return self._known[1]

    def words(self) -> str:
        """The cluster for a person: context, server, UID."""
        who, uid = self._who(), self.uid()
        parts = [who.context and f"context {who.context}", who.server, f"cluster UID {uid or 'unknown'}"]
        return clean_line(", ".join(part for part in parts if part))

    def why_not(self, run: Run) -> str:
        """Why an execution was on another cluster, or about another optimizer; empty if not, as far as known."""
        uid, plan, who = self.uid(), run.plan, self._who()
        if uid and plan.cluster and uid != plan.cluster:
            return f"it was on another cluster ({plan.where or plan.cluster}); this is {self.words()}"
        if not (uid and plan.cluster) and run.who.server and who.server and run.who.server != who.server:
            return f"it was on {clean_line(run.who.server)}, and this is {clean_line(who.server)}"
        if plan.optimizer and self.optimizer and plan.optimizer != self.optimizer:
            return f"it was about the optimizer {clean_line(plan.optimizer)}, and this is about {self.optimizer}"
        return ""

    def unsure(self, run: Run) -> str:
        """What is not known about where an execution was; empty if it was here for certain."""
        if self.uid() and run.plan.cluster:
            return ""
        which = "this cluster's UID" if not self.uid() else "the UID of the cluster of that execution"
        was = clean_line(f"{run.who.context or 'context unknown'} {run.who.server}".strip())
        return f"WHICH CLUSTER: {which} is not known; that execution was on {was}, and this is {self.words()}"
