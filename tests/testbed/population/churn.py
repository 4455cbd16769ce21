"""Things that keep happening in a cluster: pods that restart, events that are recorded, at a bounded rate."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from typing import TYPE_CHECKING

from tests.testbed.kubelet import now
from tests.testbed.population.pods import encode, make_uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from tests.testbed.api import Object
    from tests.testbed.plane.store import Entry, Store

_TICK_SECONDS = 0.1
_REASONS = (
    ("Warning", "BackOff", "Back-off restarting failed container"),
    ("Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 502"),
    ("Warning", "OOMKilling", "Memory cgroup out of memory: Killed process 4711 (java)"),
    ("Normal", "Pulled", "Container image already present on machine"),
    ("Normal", "Killing", "Stopping container"),
)


class Churn:
    """Writes a stream of changes into a cluster, on a thread of its own, while it is entered.

    Attributes:
        written: how many changes have been written; less than asked for where the machine can't keep up.
    """

    def __init__(
        self, store: Store, changes: Iterator[Entry], rate: float, *, seconds: float = 3600.0, together: int = 1
    ) -> None:
        """Write ``rate`` of the ``changes`` a second for at most ``seconds``.

        With ``together`` above 1 so many share one revision, which costs etcd a fraction; a watch that breaks
        amid them never hears of the rest. For thousands a second, in measurements alone.
        """
        self._store = store
        self._changes = changes
        self._rate = rate
        self._seconds = seconds
        self._together = together
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="churn", daemon=True)
        self._error: Exception | None = None
        self.written = 0

    def __enter__(self) -> Churn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(30)
        if self._error and error is None:
            raise self._error

    def _run(self) -> None:
        last = started = time.monotonic()
        owed = 0.0
        try:
            while not self._ended.wait(_TICK_SECONDS) and last - started < self._seconds:
                moment = time.monotonic()
                # What a slow machine could not write is left out, never caught up with in a burst.
                owed = min(owed + self._rate * (moment - last), self._rate * _TICK_SECONDS * 3 + 1)
                last = moment
                batch = list(itertools.islice(self._changes, int(owed)))
                owed -= len(batch)
                self._write(batch)
                self.written += len(batch)
        except Exception as error:  # noqa: BLE001 - raised again by __exit__, on the thread that cares
            self._error = error

    def _write(self, batch: list[Entry]) -> None:
        if self._together == 1:
            self._store.put_all(batch)
            return
        for start in range(0, len(batch), self._together):
            self._store.put_together(batch[start : start + self._together])


def restarts(running: Sequence[Entry]) -> Iterator[Entry]:
    """Yield running pods (keys and bodies as in etcd), each time with one more restart, for ever."""
    prepared = [(key, _split_at_restart(body)) for key, body in running]
    for count in itertools.count(1):
        for key, parts in prepared:
            yield key, _joined(parts, count)


def restarted(pod: Entry, count: int) -> Entry:
    """Return a running pod with so many restarts."""
    key, body = pod
    return key, _joined(_split_at_restart(body), count)


def _joined(parts: tuple[bytes, bytes, bytes], count: int) -> bytes:
    head, middle, tail = parts
    return b"%s%d%s%s%s" % (head, count, middle, now().encode(), tail)


def _split_at_restart(body: bytes) -> tuple[bytes, bytes, bytes]:
    # Encoding a whole pod for each change would cost more than all the rest of writing it.
    count, moment = 987_654_321, "2000-02-03T04:05:06Z"
    pod = json.loads(body)
    status = pod["status"]["containerStatuses"][0]
    status["restartCount"] = count
    status["lastState"] = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": moment}}
    head, _, rest = encode(pod).partition(str(count).encode())
    middle, _, tail = rest.partition(moment.encode())
    return head, middle, tail


def events(running: Sequence[Entry], *, seed: int = 1) -> Iterator[Entry]:
    """Yield events about running pods (keys and bodies as in etcd), each a new one, for ever."""
    dice = random.Random(seed)
    for number in itertools.count():
        key, _ = running[number % len(running)]
        _, _, _, namespace, pod = key.split("/")
        event = make_event(dice, namespace, pod, number)
        yield f"/registry/events/{namespace}/{event['metadata']['name']}", encode(event)


def make_event(dice: random.Random, namespace: str, pod: str, number: int) -> Object:
    """Return an event about a pod as a kubelet records it; it stays until it is deleted, as it has no lease."""
    kind, reason, message = _REASONS[number % len(_REASONS)]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{pod}.{number:016x}",
            "namespace": namespace,
            "uid": make_uid(dice),
            "creationTimestamp": now(),
        },
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": pod},
        "type": kind,
        "reason": reason,
        "message": f"{message} ({pod})",
        "source": {"component": "kubelet", "host": "worker-000"},
        "reportingComponent": "kubelet",
        "reportingInstance": "worker-000",
        "firstTimestamp": now(),
        "lastTimestamp": now(),
        "count": 1,
    }
