"""Receives the API server's audit webhook: lists of events by POST, bounded in every way.

Whoever reaches the port can send events, so it listens on loopback unless a token is asked for; other users of this
host reach that too, and only a token keeps them out. A web page in a browser on this host is kept out by what a browser
can't leave out: its ``Origin``, or a type that it may send unasked. Over plain HTTP the API server never sends the
token of a kubeconfig: there it stands in the URL, ``http://127.0.0.1:9444/TOKEN``. There is no TLS here: put a proxy in
front of an address that is not local, and it may hand on the token as ``Authorization``.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opsconsole.clock import Clock
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.protocol import Sink
from opsconsole.text import clean_line
from opsconsole.writers.audit.event import NoAuditEvent, events_of
from opsconsole.writers.audit.intake import AuditIntake

MAX_BODY = 32 << 20
"""Bytes of one list. The API server sends 400 events at most in one, and cuts a list at 10 MiB where it truncates."""

MAX_AT_ONCE = 8
"""Requests that are read at the same time; more are told to come back, as the API server does by itself."""

READ_SECONDS = 10.0
"""Seconds that a sender may be silent in the middle of a request."""


class WebhookAddressError(ValueError):
    """The address can't be listened on; the text says why and what could be."""


class AuditWebhook:
    """A feed of the writes that the API server's webhook tells of.

    Args:
        address: ``host:port``; port 0: any.
        token_file: holds the token that a sender must show; empty: none, and then the host must be loopback.
        clock: the time.
    """

    name = "audit webhook"

    def __init__(self, address: str, token_file: str, clock: Clock) -> None:
        self._address = address
        self._token_file = token_file
        self._clock = clock
        self._server: ThreadingHTTPServer | None = None
        self._health: HealthReporter | None = None

    @property
    def port(self) -> int:
        """Where it listens, once started; 0 where it does not."""
        return self._server.server_address[1] if self._server is not None else 0

    def start(self, sink: Sink) -> None:
        """Begin to listen. Returns at once; what is in the way is told as the feed's health."""
        self._health = HealthReporter(self.name, self._clock, sink)
        try:
            host, port = parse_address(self._address, token=bool(self._token_file))
            token = Path(self._token_file).read_text().strip() if self._token_file else ""
            if self._token_file and not token:
                raise WebhookAddressError(f"{self._token_file} is empty; it must hold the token")
            self._server = _QuietServer((host, port), token, AuditIntake(sink), self._health)
        except (OSError, WebhookAddressError) as error:
            self._health.failed(clean_line(f"can't listen on {self._address}: {error}"))
            return
        self._health.live(f"listening on {host}:{self.port}; nothing has come yet")
        threading.Thread(target=self._server.serve_forever, name="audit-webhook", daemon=True).start()

    def stop(self) -> None:
        """End. Returns soon."""
        server, self._server = self._server, None
        if server is not None:
            threading.Thread(target=_close, args=(server,), name="audit-webhook-end", daemon=True).start()


def parse_address(address: str, *, token: bool) -> tuple[str, int]:
    """Return host and port.

    Raises:
        WebhookAddressError: it is no ``host:port``, or not local and no token is asked for.
    """
    host, colon, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (colon and port.isdigit() and int(port) < 65536):
        raise WebhookAddressError("an address is host:port, such as 127.0.0.1:9444")
    if not token and not _is_loopback(host):
        raise WebhookAddressError("whoever reaches it can send events: listen on 127.0.0.1, or name a token file")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _close(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()


class _QuietServer(ThreadingHTTPServer):
    """Knows what its handlers need; connections that fail are no tracebacks on the terminal."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], token: str, intake: AuditIntake, health: HealthReporter) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.token = token
        self.intake = intake
        self.health = health
        self.room = threading.Semaphore(MAX_AT_ONCE)
        super().__init__(address, _AuditHandler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that breaks off, or is silent for too long, is its own affair: the API server sends again."""


class _AuditHandler(BaseHTTPRequestHandler):
    """Takes POSTs."""

    protocol_version = "HTTP/1.1"
    server: _QuietServer

    def setup(self) -> None:
        """Bound how long the sender may be silent."""
        self.request.settimeout(READ_SECONDS)
        super().setup()

    def do_POST(self) -> None:
        """Take one list of events."""
        self.close_connection = True  # until the body is read, the next request can't be told from it
        if self._is_from_a_web_page():
            self._answer(403, "only the API server's lists are taken: application/json, from no web page")
        elif not self._may():
            self._answer(401, "the token is not the one that is asked for")
        elif not self.server.room.acquire(blocking=False):
            self._answer(503, "too many requests at once")
        else:
            try:
                self._answer(*self._take())
            finally:
                self.server.room.release()

    def _is_from_a_web_page(self) -> bool:
        """Whether a browser may have been made to send this.

        It names the page's origin with each POST; without being asked first, and nothing here answers such a question,
        it sends forms and plain text alone.
        """
        return "Origin" in self.headers or self.headers.get_content_type() != "application/json"

    def _may(self) -> bool:
        path = self.path.partition("?")[0].strip("/")
        shown = (path, self.headers.get("Authorization", "").removeprefix("Bearer "))
        token = self.server.token.encode()
        return not token or any(hmac.compare_digest(each.encode(), token) for each in shown)

    def _take(self) -> tuple[int, str]:
        """Read the list, hand on what it holds, and return what to answer."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return 411, "a length is needed"
        if len(length) > 12 or int(length) > MAX_BODY:
            return 413, f"more than {MAX_BODY} bytes"
        body, intake = self.rfile.read(int(length)), self.server.intake
        self.close_connection = False
        try:
            events = events_of(body)
        except NoAuditEvent as error:
            intake.lost()
            return 400, str(error)
        for event in events:
            if not intake.take(event):
                intake.lost()
        self.server.health.live("", intake.unread)
        return 200, ""

    def _answer(self, status: int, words: str) -> None:
        body = words.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the terminal is the console's."""
