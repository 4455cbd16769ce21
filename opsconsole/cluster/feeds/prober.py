"""Notices an API server that has fallen silent, long before the watches would.

A watch is silent for a minute at a time when all is well, so its own silence proves little. A question that must be
answered at once does: where two of them in a row are not, every stream is ended, and the feeds find out by themselves
what is wrong and say so.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from opsconsole.cluster.feeds.health_reporter import Vitals
from opsconsole.cluster.transport.errors import AccessError, ClusterError, ServerError, Unreachable

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds import Sink

EVERY = 5.0
"""Seconds between two questions."""

PATIENCE = 4.0
"""Seconds that an answer may take; an API server this slow is of no use to anybody."""

PATH = "/livez"


class Prober:
    """A feed without records: its health is whether the API server answers.

    Args:
        connection: what is asked, and whose streams are ended.
        clock: the time.
        every: see :data:`EVERY`.
        patience: see :data:`PATIENCE`.
    """

    name = "api-server"

    def __init__(
        self, connection: Connection, clock: Clock, *, every: float = EVERY, patience: float = PATIENCE
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._every = every
        self._patience = patience
        self._stopping = threading.Event()

    def start(self, sink: Sink) -> None:
        """Begin to ask on a daemon thread. Returns at once."""
        vitals = Vitals(self.name, self._clock, sink)
        threading.Thread(target=self._run, args=(vitals,), name=f"feed-{self.name}", daemon=True).start()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopping.set()

    def _run(self, vitals: Vitals) -> None:
        missed = 0
        while not self._stopping.wait(self._every):
            try:
                self._connection.request("GET", PATH, timeout=self._patience)
            except (Unreachable, AccessError) as error:
                missed += 1
                vitals.failed(str(error))
                if missed == 2:
                    self._connection.interrupt()
                continue
            except ServerError:
                # Whatever it says (403, 404 of a proxy, 500 of a failing check): it speaks.
                pass
            except ClusterError as error:
                vitals.failed(str(error))
                continue
            missed = 0
            vitals.live()
