"""Reads a container's log: a piece of it, or followed through API restarts, restarts of the container and silence."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from opsconsole.cluster.questions.loglines import LogLine, Place
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound, TimedOut, Unreachable
from opsconsole.feeds.backoff import Backoff
from opsconsole.text import LINE_GOES_ON

if TYPE_CHECKING:
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.cluster.transport.streams import Stream

MAX_LINE = 1 << 20
"""Bytes kept of one line; :data:`~opsconsole.text.LINE_GOES_ON` stands behind one that is cut. The kubelet joins what
the runtime cut at 16 KiB, so that a line has no end of its own."""

SILENCE = 90.0
"""Seconds without a line after which a followed log is opened again: a quiet log and a dead link look the same."""

DENIED_PAUSE = 30.0


class ContainerLog:
    """The lines of one container's log, oldest first. Iterate it on one thread; close it from any.

    Args:
        connection: where to read.
        namespace: of the pod.
        pod: its name.
        container: its name; empty: the only one.
        previous: the log of the container's life before this one.
        follow: go on with new lines until :meth:`close`, whatever happens to the API server meanwhile. What is there
            is read to its end first: of a log that is followed nobody can tell where its history ends.
        tail: lines of history at most; ``None``: all that there is.
        trouble: told what is wrong while following, and ``None`` when the log is open; a line that it returns is given
            out in that place.
        read: told once, when that history has been read.
        over: asked when the log has ended while following; true: there will be no more of it.
        backoff: how to wait after failures.
        denied_pause: seconds between two questions whether we may read now.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        pod: str,
        container: str = "",
        *,
        previous: bool = False,
        follow: bool = False,
        tail: int | None = None,
        trouble: Callable[[ClusterError | None], LogLine | None] = lambda _error: None,
        read: Callable[[], object] = lambda: None,
        over: Callable[[], bool] = lambda: False,
        backoff: Backoff | None = None,
        denied_pause: float = DENIED_PAUSE,
    ) -> None:
        self._connection = connection
        self._path = paths.of_kind("Pod", namespace, pod, "log")
        self._query: dict[str, str | int | bool | None] = {
            "container": container or None,
            "previous": previous or None,
            "timestamps": True,
        }
        self._follow = follow and not previous
        self._tail = tail
        self._trouble = trouble
        self._read = read
        self._over = over
        self._backoff = backoff or Backoff(random.Random())  # noqa: S311 - jitter, no secret
        self._denied_pause = denied_pause
        self._place = Place()
        self._is_read = False
        self._closed = threading.Event()
        self._stream: Stream | None = None

    def __iter__(self) -> Iterator[LogLine]:
        """Yield lines; see the class for when they end.

        Raises:
            NotFound: the pod is gone, or there is no such container in it.
            ClusterError: it can't be read; while following, only a pod that is gone ends it.
        """
        while not self._closed.is_set():
            opened, problem, delay = False, None, 0.0
            try:
                for line in self._once():
                    opened = True
                    if line is not None:
                        yield line
                after = self._ended()
                if after is None:
                    return
                delay = after
            except ClusterError as error:
                if not self._follow or isinstance(error, NotFound):
                    raise
                quiet = isinstance(error, TimedOut) and self._is_read
                problem = None if quiet and (opened or self._server_answers()) else error
            finally:
                self._stream = None
            if problem is not None:
                delay = self._denied_pause if isinstance(problem, Denied) else self._backoff.next()
                if (note := self._trouble(problem)) is not None:
                    yield note
            self._closed.wait(delay)

    def close(self) -> None:
        """End it; the iterating thread stops soon."""
        self._closed.set()
        if (stream := self._stream) is not None:
            stream.close()

    def _ended(self) -> float | None:
        """The log was read to its end: seconds until it is opened again; ``None``: there is nothing more to come."""
        if self._follow and not self._is_read:
            self._is_read = True
            self._read()
            return 0.0
        return self._backoff.next() if self._follow and not self._over() else None

    def _server_answers(self) -> bool:
        """Whether the API server is there.

        Silence is what most logs are made of, and a kubelet's answer begins only with the first line.
        """
        try:
            self._connection.request("GET", "/livez")
        except Unreachable:
            return False
        except ClusterError:
            return True
        return True

    def _once(self) -> Iterator[LogLine | None]:
        """Open the log where it was left and yield its lines until it ends; ``None`` says that it is open."""
        since = self._place.since
        query = self._query | ({"sinceTime": since} if since else {"tailLines": self._tail})
        if self._is_read:
            query["follow"] = True
        self._place.resume()
        timeout = SILENCE if self._is_read else None
        with self._connection.stream(
            self._path, query, accept="*/*", timeout=timeout, max_line=MAX_LINE, cut=True
        ) as stream:
            self._stream = stream
            if self._closed.is_set():
                return
            yield self._trouble(None)
            for raw in stream:
                line = self._place.read(raw)
                if line is not None:
                    self._backoff.reset()
                    yield line
                    if len(raw) >= MAX_LINE:
                        yield LogLine(LINE_GOES_ON, None)
