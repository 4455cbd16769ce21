"""Small real proxies on loopback: HTTP (CONNECT and forwarding, with TLS or without) and SOCKS5."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import ssl
import struct
import threading
from typing import Any


class Proxy:
    """A proxy that resolves every name to loopback and remembers where it was asked to go.

    Args:
        kind: ``http``, ``https`` or ``socks5``.
        context: the TLS of an ``https`` proxy.
        login: ``user:password`` that an HTTP proxy asks for.
    """

    def __init__(self, kind: str, context: ssl.SSLContext | None = None, login: str = "") -> None:
        self.kind = kind
        self.asked: list[str] = []
        self.login = login
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    taken = context.wrap_socket(self.request, server_side=True) if context else self.request
                    (proxy._socks if kind == "socks5" else proxy._http)(taken)
                except (OSError, ValueError):
                    return

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.kind}://{self.address}"

    def start(self) -> Proxy:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _http(self, client: Any) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                return
            head += data
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.asked.append(f"{method} {target}")
        wanted = f"Proxy-Authorization: Basic {base64.b64encode(self.login.encode()).decode()}".lower()
        if self.login and wanted not in head.decode("latin-1").lower():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        if method == "CONNECT":
            upstream = socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2])), 10)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            upstream = socket.create_connection(("127.0.0.1", int(target.split("/")[2].rpartition(":")[2])), 10)
            upstream.sendall(head)
        _pump(client, upstream)

    def _socks(self, client: Any) -> None:
        _, count = client.recv(2)
        client.recv(count)
        client.sendall(b"\x05\x00")
        _, _, _, kind = client.recv(4)
        if kind == 3:
            host = client.recv(client.recv(1)[0]).decode()
        else:
            host = socket.inet_ntop(
                socket.AF_INET if kind == 1 else socket.AF_INET6, client.recv(4 if kind == 1 else 16)
            )
        (port,) = struct.unpack(">H", client.recv(2))
        self.asked.append(f"{host}:{port}")
        upstream = socket.create_connection(("127.0.0.1", port), 10)
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01" + struct.pack(">H", port))
        _pump(client, upstream)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _pump(one: Any, other: Any) -> None:
    """Carry bytes both ways until either side ends."""
    with one, other:
        while True:
            waiting = [each for each in (one, other) if isinstance(each, ssl.SSLSocket) and each.pending()]
            ready = waiting or select.select([one, other], [], [], 30)[0]
            for each in ready:
                data = each.recv(65536)
                if not data:
                    return
                (other if each is one else one).sendall(data)
            if not ready:
                return
