"""Keeps the lease: one of several guards acts, and another takes over when it is silent."""

from __future__ import annotations

import threading
from collections.abc import Callable

from opsconsole.clock import Clock
from opsconsole.cluster.lease import Lease
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound
from opsconsole.files.faults import record_fault
from opsconsole.guard.report import Word

REPEAT = 60.0
"""Seconds until it is said again that this guard can't lead: who reads a log reads its end."""


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
        self._said = float("-inf")
        self._trouble = ""
        self.failures = 0
        """How often the Lease could not be read or written."""

    def __call__(self) -> bool:
        """Whether this guard acts now."""
        return self.lease is None or self.lease.ours

    def why_not(self) -> str:
        """Why this guard can't lead and would not act; empty where it or another leads, and before it knows."""
        return "" if self() or not self._trouble else self._trouble

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
            self._round(lease)
            self._stopped.wait(self._seconds)

    def _round(self, lease: Lease) -> None:
        try:
            lease.tend()
            self._trouble, self._said = "", float("-inf")
        except ClusterError as error:
            self.failures += 1
            self._trouble = _cant_lead(lease, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the Lease must be tended
            record_fault("the Lease could not be tended", error)
            self.failures += 1
            self._trouble = f"{type(error).__name__}: {error}"
        was, self._led = self._led, lease.ours
        if self._led and not was:
            self._tell(Word(self._clock.now(), "Leading", "this guard leads"))
        elif self.why_not():
            self._say_why()
        elif was and not self._led:
            words = f"this guard does not lead any more; {lease.holder} does"
            self._tell(Word(self._clock.now(), "NotLeading", words))

    def _say_why(self) -> None:
        """At once, and again every minute for as long as it lasts."""
        if self._clock.monotonic() - self._said >= REPEAT:
            self._said = self._clock.monotonic()
            self._tell(Word(self._clock.now(), "NotLeading", self._trouble, serious=True))


def _cant_lead(lease: Lease, error: ClusterError) -> str:
    """Why a guard does not lead, and what to do about it."""
    words = (
        f"not leading, and so freezing late and doing nothing else, because its Lease ({lease.place}) can't be kept: "
        f"{error}"
    )
    if isinstance(error, NotFound):
        words += (
            f"; make the namespace (kubectl create namespace {lease.namespace}), name another (govern.namespace), "
            "or start the guard with --alone if there is no other"
        )
    elif isinstance(error, Denied):
        words += "; grant it get, create and update of leases there (deploy/guard/rbac.yaml)"
    return words
