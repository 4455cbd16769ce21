"""The logs of several pods, in a bounded time: evidence to keep before pods are deleted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsconsole.cluster import paths
from opsconsole.cluster.errors import ClusterError, NotFound, Rejected
from opsconsole.records import Pod, Record, Ref

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.connection import Connection

MAX_BYTES = 4 << 20
"""Bytes kept of one log, its newest."""

MAX_LINES = 20_000


class LogSnapshot(Record, frozen=True):
    """One log. ``text`` is as the kubelet gave it, with its times; ``error`` says why it is missing."""

    pod: Ref
    container: str
    previous: bool
    text: bytes = b""
    error: str = ""


def snapshot_logs(connection: Connection, pods: Sequence[Pod], seconds: float, clock: Clock) -> list[LogSnapshot]:
    """Read the present and previous log of every container of ``pods``, all at once.

    What is not there by then is left out with a word on it: the kill does not wait for a kubelet that hangs.

    Args:
        connection: where to read.
        pods: whose logs; partial records have no containers, and give one log that names none.
        seconds: after which this returns, whatever has been read.
        clock: measures them.
    """
    wanted = [
        LogSnapshot(pod.ref, container, previous, error=f"not read within {seconds:.0f} s")
        for pod in pods
        for container in [each.name for each in pod.containers] or [""]
        for previous in (False, True)
    ]
    done: dict[int, LogSnapshot | None] = {}
    threads = [
        threading.Thread(target=_read, args=(connection, each, seconds, index, done), name="evidence", daemon=True)
        for index, each in enumerate(wanted)
    ]
    deadline = clock.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - clock.monotonic()))
    found = [done.get(index, each) for index, each in enumerate(wanted)]
    return [each for each in found if each is not None]


def _read(
    connection: Connection, wanted: LogSnapshot, seconds: float, index: int, done: dict[int, LogSnapshot | None]
) -> None:
    """Put what was read into ``done``; ``None`` for a previous log where the container has had no life before."""
    query = {
        "container": wanted.container or None,
        "previous": wanted.previous or None,
        "timestamps": True,
        "tailLines": MAX_LINES,
    }
    path = paths.of_kind("Pod", wanted.pod.namespace, wanted.pod.name, "log")
    text, error = b"", ""
    try:
        text = connection.request("GET", path, query=query, accept="*/*", timeout=seconds)[-MAX_BYTES:]
    except (Rejected, NotFound) as problem:
        if wanted.previous:
            done[index] = None
            return
        error = str(problem)
    except ClusterError as problem:
        error = str(problem)
    done[index] = LogSnapshot(wanted.pod, wanted.container, wanted.previous, text, error)
