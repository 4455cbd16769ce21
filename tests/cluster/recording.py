"""A TLS server that says who came to it: the path, the credentials, whom they impersonate, the certificate shown."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from tests.testbed.plane.certificates import CertificateAuthority


class Came(NamedTuple):
    """One request, as far as it says who asks."""

    path: str
    authorization: str
    impersonation: tuple[tuple[str, str], ...]
    certificate: str


class RecordingServer:
    """Answers every request with a version, and remembers who asked.

    Args:
        folder: for its certificate.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = CertificateAuthority()
        pair = self.authority.serving("recording", ["recording.test"])
        certificate, key, authority = folder / "server.crt", folder / "server.key", folder / "ca.crt"
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)
        authority.write_bytes(self.authority.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_OPTIONAL
        self.came: list[Came] = []
        self._http = _Quiet(("127.0.0.1", 0), _handler_of(self.came))
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def last(self) -> Came | None:
        """Return who came last, if anybody came, and forget all."""
        found = self.came[-1] if self.came else None
        self.came.clear()
        return found


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_about: object) -> None:
        """Say nothing: clients that refuse our certificate are part of the table."""


def _handler_of(came: list[Came]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = self.headers.items()
            whom = sorted((name.lower(), value) for name, value in sent if name.lower().startswith("impersonate-"))
            shown: Any = self.connection.getpeercert()  # type: ignore[attr-defined]
            subject = {key: value for part in (shown or {}).get("subject", ()) for key, value in part}
            name = str(subject.get("commonName", ""))
            came.append(Came(self.path, self.headers.get("Authorization", ""), tuple(whom), name))
            body = b'{"major":"1","minor":"36","gitVersion":"v1.36.3"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler
