"""The feed of who we are to the API server: it asks until it is told, and ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from opsconsole.cluster.questions.about.identity import identity
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.feeds.polling import PollingFeed, in_words

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.health_reporter import HealthReporter
    from opsconsole.feeds.protocol import Sink
    from opsconsole.records import Identity

IDENTITY_RETRY = 5.0
"""Seconds until an API server that did not say who we are is asked again."""


class IdentityFeed(PollingFeed):
    """Asks who we are until the API server says it, and hands that to ``learn``; the header shows it from then on."""

    def __init__(self, connection: Connection, clock: Clock, learn: Callable[[Identity], None]) -> None:
        super().__init__("identity", clock)
        self._connection = connection
        self._learn = learn

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        del sink  # the identity is no record
        self._learn(identity(self._connection))
        health.live()
        self.stop()
        return 0.0

    def failed(self, error: BaseException, health: HealthReporter) -> float:
        health.failed(str(error) if isinstance(error, ClusterError) else in_words(error))
        return IDENTITY_RETRY
