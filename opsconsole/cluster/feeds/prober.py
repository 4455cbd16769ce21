"""Notices an API server that has fallen silent, or is ill, long before the watches would.

A watch is silent for a minute at a time when all is well, so its own silence proves little. A question that must be
answered at once does: from the first that is not, no feed of this server calls itself live. Where two in a row are not,
every stream is ended, and the feeds find out by themselves what is wrong and say so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opsconsole.cluster.transport.errors import ClusterError, ServerError, ServerFailure
from opsconsole.feeds.polling import PollingFeed, in_words
from opsconsole.files.shared import shared_file_findings
from opsconsole.records import Health, Kind, State
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.health_reporter import HealthReporter
    from opsconsole.feeds.protocol import Sink

EVERY = 5.0
"""Seconds between two questions."""

PATIENCE = 4.0
"""Seconds that an answer may take; an API server this slow is of no use to anybody."""

PATH = "/livez"

LONGEST_WORD = 1 << 20
"""Bytes of an answer, which is "ok" or a line for each check. A flood is not held beside what the lists may hold."""

CLOCK = "server clock"
"""The feed under which it is told that the server's clock is not ours; its detail says by how much."""

_FAILING = re.compile(r"\[-\](\S+) failed")


class Prober(PollingFeed):
    """A feed without records: its health is whether the API server answers, and finds itself well.

    Args:
        connection: what is asked, and whose streams are ended.
        clock: the time.
        every: see :data:`EVERY`.
        patience: see :data:`PATIENCE`.
    """

    def __init__(
        self, connection: Connection, clock: Clock, *, every: float = EVERY, patience: float = PATIENCE
    ) -> None:
        super().__init__("api-server", clock)
        self._connection = connection
        self._every = every
        self._patience = patience
        self._missed = 0
        self._begun = False
        self._clock_words = ""
        self._remarks: tuple[str, ...] = ()

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        """Ask once. The first question waits: at the start the feeds ask enough of their own."""
        if not self._begun:
            self._begun = True
            return self._every
        try:
            self._connection.request("GET", PATH, timeout=self._patience, within=2 * self._patience, most=LONGEST_WORD)
        except ServerFailure as error:
            failing, words = _illness(error)
            health.failed(words)
            # Without etcd nothing changes and no change is seen; another check's failure does not touch the watches.
            self._connection.doubt(words if not failing or "etcd" in " ".join(failing) else "")
            return self._every
        except ServerError:
            pass  # whatever else it says (403, 404 of a proxy, 429): it speaks
        self._missed = 0
        self._connection.doubt("")
        health.live()
        self._tell_clock(sink)
        self._tell_remarks(sink)
        return self._every

    def _tell_remarks(self, sink: Sink) -> None:
        """Say which files of the kubeconfig others may change, when that changes."""
        access = self._connection.known_access
        if access is not None and access.remarks != self._remarks:
            sink.drop(Kind.FINDING, [each.key for each in shared_file_findings(self._remarks, 0.0)])
            self._remarks = access.remarks
            sink.put(Kind.FINDING, shared_file_findings(access.remarks, self._clock.now()))

    def _tell_clock(self, sink: Sink) -> None:
        """Say how far the server's clock is from ours, when that changes."""
        words = self._connection.server_clock.words
        if words != self._clock_words:
            self._clock_words = words
            now = self._clock.now()
            sink.health(Health(CLOCK, State.LIVE, now, now, words))

    def failed(self, error: BaseException, health: HealthReporter) -> float:
        """No answer: no feed is live from now on; after the second in a row every stream is ended."""
        words = str(error) if isinstance(error, ClusterError) else in_words(error)
        self._missed += 1
        health.failed(words)
        self._connection.doubt(words)
        if self._missed == 2:
            self._connection.interrupt()
        return self._every


def _illness(error: ServerFailure) -> tuple[list[str], str]:
    """Return which of its own checks the server fails, and that in words."""
    failing = [clean_line(name, 40) for name in _FAILING.findall(error.reason)]
    words = f"the API server calls itself ill: {', '.join(failing[:5])} fails" if failing else str(error)
    return failing, words
