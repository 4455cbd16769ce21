"""A reflector of a kind that not every cluster has: asked for only where the API server serves its group.

Discovery is open to every user; a list of what is not there would be refused to those who have no right to it, and look
like a hole in the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.transport.errors import NotFound

if TYPE_CHECKING:
    from opsconsole.feeds.health_reporter import HealthReporter
    from opsconsole.feeds.protocol import Sink

LOOK_AGAIN = 300.0
"""Seconds until a cluster that does not serve the kind is asked again: operators are installed rarely."""


class OptionalReflector(Reflector):
    """A reflector that is calm, and asks for nothing more, where its kind is not served."""

    _served = False

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        """Wait for what the screen fills with first, and ask whether the kind is served; then do as any reflector."""
        if not self.previewed.is_set():
            self._paint(sink)
        if not self._served and not self._ask():
            health.absent(f"this cluster has no {self._resource.plural} ({self._resource.group})")
            return LOOK_AGAIN
        return super().poll(sink, health)

    def _ask(self) -> bool:
        try:
            self._connection.request("GET", f"/apis/{self._resource.group}/{self._resource.version}")
        except NotFound:
            return False
        self._served = True
        return True
