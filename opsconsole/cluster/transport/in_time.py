"""An answer in time as a whole, not from byte to byte.

A socket's time-out begins anew with each byte. A load balancer that lets one through every now and then would keep a
request waiting for hours: a step of a kill, or what is asked to find out whether the server answers at all.
"""

from __future__ import annotations

import contextlib
import io
import socket
import time
from http.client import HTTPResponse
from typing import Any


class TimedResponse(HTTPResponse):
    """An answer whose head has the time in all that the socket grants each byte; a proxy's to ``CONNECT`` too."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.reads = TimedReads(self.fp.detach(), sock)
        self.reads.end_within(sock.gettimeout())
        self.fp = io.BufferedReader(self.reads)

    def begin(self) -> None:
        """Read the head.

        Raises:
            TimeoutError: it was not whole in time.
        """
        super().begin()
        self.reads.end_within(None)


class TimedReads(io.RawIOBase):
    """What is read from a socket, up to a point in time. One thread's alone.

    Args:
        raw: the socket's own reader.
        sock: the socket, whose time-out is as long as it may be silent.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock  # named as in socket.SocketIO, for those who look for the socket below a response
        self._patience = sock.gettimeout()
        self._deadline: float | None = None

    def end_within(self, seconds: float | None) -> None:
        """Grant all reads from now on so many seconds together; ``None``: as many as they take."""
        if self._deadline is not None:
            with contextlib.suppress(OSError):  # it is closed
                self._sock.settimeout(self._patience)
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what is there, as a socket's reader does.

        Raises:
            TimeoutError: nothing came for too long, or the time for all is over.
        """
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer comes too slowly")
            if self._patience is None or left < self._patience:
                self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Give the socket back with the time-out that it had."""
        if not self.closed:
            self.end_within(None)
            self._raw.close()
        super().close()


def timed(pool_class: type[Any]) -> type[Any]:
    """Return a ``urllib3`` connection pool class like ``pool_class`` whose answers are :class:`TimedResponse`."""
    connection_class = pool_class.ConnectionCls
    connection = type(f"Timed{connection_class.__name__}", (connection_class,), {"response_class": TimedResponse})
    return type(f"Timed{pool_class.__name__}", (pool_class,), {"ConnectionCls": connection})


def end_within(response: Any, seconds: float) -> None:
    """Grant the body of an unread answer of ``urllib3`` so many seconds in all."""
    reads = getattr(getattr(response, "_fp", None), "reads", None)
    if isinstance(reads, TimedReads):
        reads.end_within(seconds)
