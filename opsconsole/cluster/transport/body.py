"""The body of an answer that goes on: everything that has come so far, in as few calls as can be.

``HTTPResponse.read1`` gives one chunk at a time, which is one watch event, and takes longer over it than decoding it
does. Here the chunks are taken apart in bulk. It needs the socket below the response (``_fp.fp``, attributes of urllib3
and http.client that have stood for a decade); where those are not as expected, ``read1`` does the work.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from opsconsole.cluster.transport.errors import BadAnswer

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

READ_SIZE = 1 << 16
"""Bytes read at once of what is there."""

WAIT_SIZE = 1 << 12
"""Bytes of the buffer in which a stream waits, as long as a TLS record of the API server; two dozen of them do so."""

ENOUGH = 1 << 18
"""Bytes after which a read returns though more is there: what came first is not kept waiting, and little is held."""

_MAX_SIZE_LINE = 1024


class Body:
    """Reads a response's body piece by piece. One thread's alone.

    Args:
        response: an answer whose body is unread.
        silence: seconds that a read may take; ``None``: as long as the answer's beginning might.
        enough: see :data:`ENOUGH`.
    """

    def __init__(self, response: BaseHTTPResponse, silence: float | None = None, enough: int = ENOUGH) -> None:
        self._response = response
        reader = getattr(getattr(response, "_fp", None), "fp", None)
        if silence is not None and (below := _socket_below(reader)) is not None:
            below.settimeout(silence)
        chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
        self._chunks = _Chunks(reader, enough) if chunked and isinstance(reader, io.BufferedReader) else None

    def read(self) -> bytes:
        """Return what there is, waiting for the first byte of it; nothing at the end of the body.

        Raises:
            OSError: the connection failed, or was silent for too long (``TimeoutError``).
            HTTPError: of urllib3, for the same.
        """
        if self._chunks is None:
            return self._response.read1(READ_SIZE)
        return self._chunks.read()


class _Chunks:
    """Takes a chunked body apart."""

    def __init__(self, reader: io.BufferedReader, enough: int) -> None:
        self._enough = enough
        self._reader: io.BufferedReader | None = reader
        self._raw: Any = reader.raw
        self._socket = _socket_below(reader)
        self._view = memoryview(bytearray(WAIT_SIZE))
        self._rest = b""
        self._left = 0
        self._after_chunk = False
        self._ended = False

    def read(self) -> bytes:
        while not self._ended:
            data = self._receive()
            if not data:
                raise ConnectionResetError("the answer broke off")
            if content := self._take_apart(self._rest + data):
                return bytes(content)
        return b""

    def _receive(self) -> bytes:
        if self._reader is not None:
            # What http.client has read ahead of the body; peek fills an empty buffer by one read.
            ahead = len(self._reader.peek(1))
            data, self._reader = self._reader.read(ahead), None
            return data
        count = self._raw.readinto(self._view)
        first = bytes(self._view[:count])
        return first + self._more() if count else b""

    def _more(self) -> bytes:
        """Read what else is there already.

        The API server sends TLS records of 4 KB: to ask before each whether it is there takes a call more.
        """
        below = self._socket
        if below is None:
            return b""
        found: list[bytes] = []
        view, at = memoryview(bytearray(READ_SIZE)), 0
        patience = below.gettimeout()
        below.settimeout(0.0)
        try:
            while len(found) * READ_SIZE < self._enough and (count := below.recv_into(view[at:])):
                at += count
                if at == READ_SIZE:
                    found.append(bytes(view))
                    at = 0
        except OSError:
            pass  # nothing more is there; what is wrong with the connection, the next read says
        finally:
            below.settimeout(patience)
        return b"".join([*found, view[:at]])

    def _take_apart(self, data: bytes) -> bytearray:
        """Return the contents of the chunks in ``data`` and keep what is not whole yet.

        They are put together at once: kept apart, each takes two hundred bytes, and a chunk may have one.
        """
        content = bytearray()
        view, at = memoryview(data), 0
        while not self._ended:
            if self._left:
                part = view[at : at + self._left]
                if not part:
                    break
                content += part
                at += len(part)
                self._left -= len(part)
                self._after_chunk = not self._left
                continue
            if self._after_chunk:
                if len(data) < at + 2:
                    break
                at, self._after_chunk = at + 2, False
            end = data.find(b"\r\n", at, at + _MAX_SIZE_LINE)
            if end < 0:
                if len(data) - at >= _MAX_SIZE_LINE:
                    raise BadAnswer("the answer's chunks have no size")
                break
            self._left = _size(data[at:end])
            self._ended = not self._left
            at = end + 2
        self._rest = data[at:]
        return content


def _socket_below(reader: io.BufferedReader | None) -> Any:
    """Return the socket, or what stands for one where TLS goes through a TLS proxy; ``None`` if there is none."""
    below = getattr(getattr(reader, "raw", None), "_sock", None)
    return below if hasattr(below, "settimeout") and hasattr(below, "fileno") else None


def _size(line: bytes) -> int:
    try:
        size = int(line.partition(b";")[0], 16)
    except ValueError:
        size = -1
    if size < 0:
        raise BadAnswer("the answer's chunks have no size")
    return size
