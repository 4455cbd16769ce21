"""Keeps the lease: one of several guards acts, and another takes over when it is silent."""

from __future__ import annotations

import threading
from collections.abc import Callable

from opsconsole.clock import Clock
from opsconsole.cluster.lease import Lease
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.guard.report import Word


class Leadership:
    """Tends a lease on a thread of its own.

    Args:
        seconds: between two looks.
        clock: where the time comes from.
        tell: is told when this guard begins or ends to lead.
    """

    def __init__(self, seconds: float, clock: Clock, tell: Callable[[Word], object]) -> None:
        self.lease: Lease | None = None
        """What is tended; ``None`` where a guard is alone and always leads."""
        self._seconds = seconds
        self._clock = clock
        self._tell = tell
        self._stopped = threading.Event()
        self._led = False
        self.trouble = ""

    def __call__(self) -> bool:
        """Whether this guard acts now."""
        return self.lease is None or self.lease.ours

    @property
    def holder(self) -> str:
        """Who leads, as far as it is known."""
        return self.lease.holder if self.lease else "this guard"

    def start(self) -> None:
        """Begin. Returns at once."""
        if self.lease is not None:
            threading.Thread(target=self._run, name="guard-lease", daemon=True).start()

    def stop(self) -> None:
        """Tend it no more: it runs out by itself, and another guard takes over."""
        self._stopped.set()

    def _run(self) -> None:
        lease = self.lease
        while lease is not None and not self._stopped.is_set():
            try:
                lease.tend()
                self.trouble = ""
            except ClusterError as error:
                self.trouble = str(error)
            if lease.ours != self._led:
                self._led = lease.ours
                words = "this guard leads" if self._led else f"this guard does not lead any more; {lease.holder} does"
                self._tell(Word(self._clock.now(), "Leading" if self._led else "NotLeading", words))
            self._stopped.wait(self._seconds)
