"""An answer that goes on for ever (a watch, a followed log), read line by line and ended from any thread."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from opsconsole.cluster.transport.body import ENOUGH, Body
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, TimedOut

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

GATHERED = 4 << 20
"""Bytes of one read where lines are let gather."""

FULL = 1 << 16
"""Bytes after which nothing is waited for before the next read: the socket's buffer may be what held the rest back."""

MAX_LINE = 16 << 20
"""Bytes of one line. An object in etcd has at most 1.5 MB; a line that goes on beyond this is no watch event."""


class Stream:
    """Lines of a response body.

    Args:
        response: an answer whose body is unread.
        failure: turns what the network raises into our errors.
        silence: seconds without a byte after which it counts as dead; ``None``: as for the answer's beginning.
        max_line: bytes of one line; see ``cut``.
        cut: cut longer lines off (a log) instead of failing (a watch).
        linger: where lines come faster than this (seconds), let them gather for as long before each read: one read of
            sixty events costs a fraction of sixty reads. What comes alone is never kept waiting.
        deadline: seconds that the whole answer may take, however it trickles in; ``None``: for ever.
    """

    def __init__(
        self,
        response: BaseHTTPResponse,
        failure: Callable[[Exception], Exception],
        *,
        silence: float | None = None,
        max_line: int = MAX_LINE,
        cut: bool = False,
        linger: float = 0.0,
        deadline: float | None = None,
    ) -> None:
        self._response = response
        self._body = Body(response, silence, GATHERED if linger else ENOUGH)
        self._failure = failure
        self._max_line = max_line
        self._cut = cut
        self._linger = linger
        self._end = float("inf") if deadline is None else time.monotonic() + deadline
        self._last = float("-inf")
        self._busy = False
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for lines in self.batches():
            yield from lines

    def batches(self) -> Iterator[list[bytes]]:
        """Yield lines without their newline, as many at once as one read brings.

        Ends when the server ends the answer or :meth:`close` is called.

        Raises:
            Unreachable: the connection was cut.
            TimedOut: nothing came for as long as the read time-out says.
            BadAnswer: a line is longer than ``max_line`` and lines may not be cut.
        """
        tail, skipping = b"", False
        while data := self._read():
            *lines, tail = (tail + data).split(b"\n")
            if lines and skipping:
                lines, skipping = lines[1:], False
            if skipping:
                tail = b""
            elif len(tail) > self._max_line:
                lines.append(self._too_long(tail))
                tail, skipping = b"", True
            if lines:
                yield [line if len(line) <= self._max_line else self._too_long(line) for line in lines]
        if tail and not self._closed.is_set():
            yield [tail]

    def parts(self) -> Iterator[bytes]:
        """Yield the answer as it comes, lines or not. Ends and raises as :meth:`batches`."""
        while data := self._read():
            yield data

    def close(self) -> None:
        """End the stream; a thread that is blocked in a read is woken up. May be called more than once."""
        self._closed.set()
        # The response has no connection any more when the server has ended it, and none to shut down when it is new.
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            self._response.shutdown()

    @property
    def closed(self) -> bool:
        """Whether somebody has ended it."""
        return self._closed.is_set()

    def release(self) -> None:
        """Give up the connection; called by the thread that reads."""
        self._response.close()

    def _read(self) -> bytes:
        if self._busy:
            self._closed.wait(self._linger)
        if self._closed.is_set():
            return b""
        try:
            data = self._body.read()
        except ClusterError:
            raise
        except Exception as error:
            if self._closed.is_set():
                return b""
            raise self._failure(error) from error
        now = time.monotonic()
        if now > self._end:
            raise TimedOut("the answer comes too slowly: it was not whole in the time that it may take")
        soon, self._last = now - self._last < 2 * self._linger, now
        self._busy = soon and len(data) < FULL
        return data

    def _too_long(self, line: bytes) -> bytes:
        if not self._cut:
            raise BadAnswer(f"a line of more than {self._max_line >> 20} MiB came from the API server")
        return line[: self._max_line]
