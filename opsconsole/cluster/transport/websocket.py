"""Runs a program in a container by the API server's ``exec``: a WebSocket with a channel for each stream.

The way of ``kubectl exec``, with the same credentials, certificates and impersonation as every other request. It is a
write, whatever its method is called: a read-only connection does not open it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from opsconsole.cluster.transport.connection import Connection, headers_of
from opsconsole.cluster.transport.errors import (
    AccessError,
    ClusterError,
    ReadOnlyError,
    RequestWords,
    TimedOut,
    Unreachable,
    from_status,
    unreachable,
)
from opsconsole.cluster.transport.kubeconfig.proxies import login_of, shown
from opsconsole.cluster.transport.sockets import USER_AGENT, HttpCall, tls_context
from opsconsole.decoding import loads
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from websocket import WebSocket

    from opsconsole.cluster.transport.kubeconfig.load import ClusterAccess

STDIN, STDOUT, STDERR, STATUS, CLOSE = 0, 1, 2, 3, 255
PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
_PIECE = 1 << 15
_LONGEST_WORDS = 4096


class CommandFailed(ClusterError):  # noqa: N818 - reads as what happened, as its siblings do
    """What ran in the container ended with an error; the sentence has its last words."""


def run_in_container(
    connection: Connection,
    path: str,
    command: Sequence[str],
    given: bytes,
    *,
    container: str = "",
    seconds: float,
    most: int,
) -> bytes:
    """Run ``command``, a list that no shell reads, and return what it printed, cut at ``most`` bytes.

    Args:
        connection: how the cluster is reached.
        path: of the pod's ``exec``.
        command: program and arguments.
        given: on its standard input. Its end can't be told to every server, so the program must know it.
        container: in which; empty: the pod's first.
        seconds: that all of it may take.
        most: bytes.

    Raises:
        ClusterError: it could not be begun, broke off, took too long, or ended with an error.
    """
    if connection.read_only:
        raise ReadOnlyError("read-only: exec runs a program in a pod, so it is not opened")
    deadline = time.monotonic() + seconds
    query = [("command", word) for word in command] + [(name, "true") for name in ("stdin", "stdout", "stderr")]
    query += [("container", container)] if container else []
    call = HttpCall("POST", f"{path}?{urlencode(query, quote_via=quote)}", {}, None, seconds)
    socket = _open(connection, call, seconds)
    try:
        for start in range(0, len(given), _PIECE):
            socket.send_binary(bytes([STDIN]) + given[start : start + _PIECE])
        return _Answer(most).read(socket, deadline, call.asked)
    except ClusterError:
        raise
    except Exception as error:
        raise _failure(error, connection.access, call.asked, seconds) from error
    finally:
        socket.shutdown()  # type: ignore[no-untyped-call]


def _open(connection: Connection, call: HttpCall, seconds: float) -> WebSocket:
    """The WebSocket, once the server has agreed to it."""
    from websocket import WebSocketBadStatusException, create_connection  # noqa: PLC0415 - 20 ms

    access = connection.access
    sent = [f"{name}: {value}" for name, value in [("User-Agent", USER_AGENT), *headers_of(call, access)]]
    secure = access.server.startswith("https")
    options: dict[str, Any] = {"context": tls_context(access.tls)} if secure else {}
    if access.tls.server_name:
        options["server_hostname"] = access.tls.server_name
    url = "ws" + access.server.removeprefix("http") + call.target
    try:
        return create_connection(
            url,
            timeout=seconds,
            header=sent,
            sslopt=options,
            subprotocols=PROTOCOLS,
            suppress_origin=True,
            redirect_limit=0,
            **_proxy(access),
        )
    except WebSocketBadStatusException as error:
        body = error.resp_body if isinstance(error.resp_body, bytes) else b""
        raise from_status(error.status_code, body, call.asked) from error
    except Exception as error:
        raise _failure(error, access, call.asked, seconds) from error


def _proxy(access: ClusterAccess) -> dict[str, Any]:
    """What the library is told of a proxy; without one it must not look for one itself."""
    if not access.proxy:
        return {"http_no_proxy": ["*"]}
    parts = urlsplit(access.proxy)
    if parts.scheme != "http":
        raise AccessError(f"exec does not go through a {parts.scheme} proxy ({shown(access.proxy)})")
    user, password = login_of(access.proxy)
    login = {"http_proxy_auth": (user, password)} if user else {}
    return {"http_proxy_host": parts.hostname, "http_proxy_port": parts.port or 80, "proxy_type": "http", **login}


class _Answer:
    """What comes on the channels."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._out = bytearray()
        self._words = bytearray()
        self._status = bytearray()

    def read(self, socket: WebSocket, deadline: float, asked: RequestWords) -> bytes:
        """All of standard output, once the server has said how the command ended."""
        while len(self._out) < self._most:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut(f"{asked}: the answer comes too slowly")
            socket.settimeout(left)
            code, data = socket.recv_data()
            if code not in (1, 2):
                break
            self._take(data)
            if self._status:
                self._judge(asked)
                return bytes(self._out)
        if len(self._out) < self._most:
            raise Unreachable(f"{asked}: the connection ended before the command did")
        return bytes(self._out)

    def _take(self, data: bytes) -> None:
        channel, rest = (data[0], data[1:]) if data else (CLOSE, b"")
        if channel == STDOUT:
            self._out += rest[: self._most - len(self._out)]
        elif channel == STDERR:
            self._words = (self._words + rest)[-_LONGEST_WORDS:]
        elif channel == STATUS:
            self._status += rest[:_LONGEST_WORDS]

    def _judge(self, asked: RequestWords) -> None:
        try:
            status = loads(bytes(self._status))
        except ValueError:
            status = None
        if isinstance(status, dict) and status.get("status") == "Success":
            return
        said = str(status.get("message", "")) if isinstance(status, dict) else "no status"
        last = self._words.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise CommandFailed(f"{asked}: {clean_line(said, 160)}" + (f": {clean_line(last, 160)}" if last else ""))


def _failure(error: Exception, access: ClusterAccess, asked: RequestWords, seconds: float) -> ClusterError:
    from websocket import WebSocketException, WebSocketTimeoutException  # noqa: PLC0415 - loaded by then

    if isinstance(error, ClusterError):
        return error
    if isinstance(error, WebSocketTimeoutException | TimeoutError):
        return TimedOut(f"{asked}: no answer in {seconds:g} s")
    if isinstance(error, WebSocketException):
        return Unreachable(f"{asked}: {clean_line(str(error), 160)}")
    return unreachable(error, access.server, shown(access.proxy) if access.proxy else "")
