"""A TLS proxy in front of an API server, which does to answers what networks, load balancers and attackers do."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from rehearsal.server.tls import make_identity

PIECE = 1 << 14


class Wires(NamedTuple):
    """One request: the client's end, the target that was asked for, its answer from the server in pieces."""

    client: ssl.SSLSocket
    target: str
    answer: Iterator[bytes]
    over: threading.Event
    """Set when the fault ends."""


Misdeed = Callable[[Wires], None]


class TlsProxy:
    """Forwards each request on a connection of its own, as itself, and its answer as :attr:`fault` lets it.

    Args:
        server: URL of the API server.
        upstream: how to trust it, and the client certificate for it where there is one.
        folder: where the certificate for the proxy is made.
    """

    def __init__(self, server: str, upstream: ssl.SSLContext, folder: Path) -> None:
        parts = urlsplit(server)
        self._address = (str(parts.hostname), int(parts.port or 443))
        self._upstream = upstream
        identity = make_identity(folder)
        assert identity is not None
        self._tls, self.ca_file = identity.context, identity.ca_file
        self._fault: Misdeed | None = None
        self._over = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.lists = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True, name="proxy").start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def begin(self, fault: Misdeed, *, cut: bool = True) -> None:
        """Let ``fault`` happen to every answer from now on; connections that are open are cut."""
        self._fault, self._over, self.lists = fault, threading.Event(), 0
        if cut:
            self.cut()

    def end(self) -> None:
        """Let answers through again."""
        self._fault = None
        self._over.set()
        self.cut()

    def cut(self) -> None:
        """Reset every connection that is open."""
        with self._lock:
            found = list(self._open)
        for each in found:
            _reset(each)

    def close(self) -> None:
        self._over.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True, name="proxied").start()

    def _serve(self, raw: socket.socket) -> None:
        over = self._over
        with contextlib.suppress(OSError, ValueError), raw:
            if self._fault is no_handshake:
                over.wait()
                return
            with self._tls.wrap_socket(raw, server_side=True) as client:
                self._remember(client)
                try:
                    self._exchange(client)
                finally:
                    with self._lock:
                        self._open.discard(client)

    def _remember(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def _exchange(self, client: ssl.SSLSocket) -> None:
        request = _request(client)
        if not request:
            return
        target = request.split(b" ", 2)[1].decode()
        self.lists += "watch=" not in target
        wires = Wires(client, target, self._forwarded(request), self._over)
        (self._fault or honest)(wires)

    def _forwarded(self, request: bytes) -> Iterator[bytes]:
        with (
            socket.create_connection(self._address) as raw,
            self._upstream.wrap_socket(raw, server_hostname=self._address[0]) as server,
        ):
            self._remember(server)
            try:
                head, blank, body = request.partition(b"\r\n\r\n")
                server.sendall(head + b"\r\nConnection: close" + blank + body)
                while piece := server.recv(PIECE):
                    yield piece
            finally:
                with self._lock:
                    self._open.discard(server)


def _request(client: ssl.SSLSocket) -> bytes:
    """One request, with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(PIECE)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = (int(lengths[0].split(b":")[1]) if lengths else 0) - len(body)
    while missing > 0 and (piece := client.recv(PIECE)):
        data += piece
        missing -= len(piece)
    return data


def _reset(one: socket.socket) -> None:
    """Close with a RST, as a dying load balancer does."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)


# --- what may happen to an answer ------------------------------------------------------------------------------------


def honest(wires: Wires) -> None:
    """Nothing."""
    for piece in wires.answer:
        wires.client.sendall(piece)


def no_handshake(wires: Wires) -> None:
    """Accepts TCP, and never speaks TLS."""
    raise AssertionError("the proxy sees to this before there is a request")


def silence(wires: Wires) -> None:
    """Takes the request, and never answers."""
    wires.over.wait()


def reset(wires: Wires) -> None:
    """Resets the connection instead of answering."""
    _reset(wires.client)


def reset_midway(wires: Wires) -> None:
    """Resets in the middle of the first piece."""
    wires.client.sendall(next(wires.answer)[: PIECE // 3])
    _reset(wires.client)


def half(wires: Wires) -> None:
    """Ends an answer in good order after a part of it: a chunk that is not whole, half a list."""
    wires.client.sendall(next(wires.answer)[:900])


def refusing(status: str, *headers: str) -> Misdeed:
    """Answers with an error of a load balancer's own."""

    def refuse(wires: Wires) -> None:
        body = b"no, says somebody in between"
        head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
        wires.client.sendall("\r\n".join(head).encode() + body)

    return refuse


def saying(body: bytes, content_type: str = "application/json") -> Misdeed:
    """Answers 200 with something else."""

    def say(wires: Wires) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        wires.client.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)

    return say


def endless(wires: Wires) -> None:
    """A list that never ends."""
    wires.client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    item = b'{"metadata":{"name":"x","namespace":"y","uid":"z"},"spec":{},"status":{}},' * 200
    data = b'{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":['
    while not wires.over.is_set():
        wires.client.sendall(b"%x\r\n%s\r\n" % (len(data), data))
        data = item


def trickle(wires: Wires) -> None:
    """Lets an answer through byte by byte, its head included: no read is ever silent for long."""
    for piece in wires.answer:
        for at in range(len(piece)):
            wires.client.sendall(piece[at : at + 1])
            if wires.over.wait(0.3):
                return


def raw(data: bytes) -> Misdeed:
    """Answers with these bytes, whatever they are, and ends."""

    def send(wires: Wires) -> None:
        wires.client.sendall(data)

    return send


def flood(begin: bytes, piece: bytes) -> Misdeed:
    """Answers with ``begin``, then with ``piece`` again and again."""

    def send(wires: Wires) -> None:
        wires.client.sendall(begin)
        while not wires.over.is_set():
            wires.client.sendall(piece)

    return send


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def watched(*events: bytes, again: bool = False) -> Misdeed:
    """Lets lists through, and says these events on a watch, once and then nothing, or ``again`` and again."""

    def send(wires: Wires) -> None:
        if "watch=" not in wires.target:
            honest(wires)
            return
        wires.client.sendall(CHUNKED)
        while not wires.over.is_set():
            for event in events:
                wires.client.sendall(chunk(event))
            if not again:
                wires.over.wait()

    return send


def flood_watch(begin: bytes, piece: bytes) -> Misdeed:
    """Lets lists through, and answers a watch with an event that begins and never ends."""
    send = flood(CHUNKED + chunk(begin), chunk(piece))
    return lambda wires: send(wires) if "watch=" in wires.target else honest(wires)
