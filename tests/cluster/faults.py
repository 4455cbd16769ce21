"""A small HTTP server on loopback that answers as a test's script says: well, badly, late, or not at all."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

Answer = Callable[["Exchange"], None]


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    header_lists: dict[str, list[str]]
    """Every value of a header that comes more than once, by its name in small letters."""


class Exchange:
    """What an answer writes to."""

    def __init__(self, handler: BaseHTTPRequestHandler, asked: Asked, closing: threading.Event) -> None:
        self.handler = handler
        self.asked = asked
        self.closing = closing

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer."""
        self.handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def begin_stream(self) -> None:
        """Begin a chunked answer, as a watch is."""
        self.handler.send_response(200)
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()

    def chunk(self, data: bytes) -> None:
        """Send one chunk; an empty one ends the answer."""
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.handler.wfile.flush()

    def cut(self) -> None:
        """Drop the connection."""
        self.handler.close_connection = True


class FaultServer:
    """Answers by path. Answers of one path are used up in order; the last one is given again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._routes: dict[str, list[Answer]] = {}
        self._lock = threading.Lock()
        self._http = _Quiet(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def on(self, path: str, *answers: Answer) -> None:
        """Answer GETs of ``path`` like this; ``path?watch`` is its watch, ``POST path`` another method."""
        with self._lock:
            self._routes[path] = list(answers)

    def requests(self, path: str, *, watch: bool | None = None) -> list[Asked]:
        """Return what was asked of ``path``, all of it or only its (or no) watches."""
        with self._lock:
            found = [asked for asked in self.asked if asked.path == path]
        return found if watch is None else [asked for asked in found if ("watch" in asked.query) is watch]

    def answer(self, asked: Asked) -> Answer:
        """Return the next answer to a request."""
        key = asked.path + ("?watch" if "watch" in asked.query else "")
        if asked.method != "GET":
            key = f"{asked.method} {key}"
        with self._lock:
            self.asked.append(asked)
            answers = self._routes.get(key)
            if not answers:
                return status(404, "no such route in this test")
            return answers.pop(0) if len(answers) > 1 else answers[0]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_about: object) -> None:
        """Say nothing: clients that hang up are what these tests are about."""


def _handler_of(server: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            sent, query = self.headers, dict(parse_qsl(split.query))
            lists = {name.lower(): sent.get_all(name, []) for name in sent}
            asked = Asked(self.command, split.path, query, dict(sent), self.rfile.read(length), lists)
            answer = server.answer(asked)
            try:
                answer(Exchange(self, asked, server.closing))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


# --- answers -------------------------------------------------------------------------------------------------------


def body(data: bytes | str | dict[str, Any], code: int = 200, **headers: str) -> Answer:
    """A whole answer; a mapping is sent as JSON, ``Retry_After`` as ``Retry-After``."""
    raw = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.send(code, raw, named)


def status(code: int, message: str = "", **headers: str) -> Answer:
    """An error as the API server words it."""
    document = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return body(document, code, **headers)


def silence(exchange: Exchange) -> None:
    """Say nothing until the test is over."""
    exchange.closing.wait()
    exchange.cut()


def hang_up(exchange: Exchange) -> None:
    """Close the connection without a word."""
    exchange.cut()


def half(data: bytes) -> Answer:
    """Promise a body and send half of it."""

    def answer(exchange: Exchange) -> None:
        exchange.handler.send_response(200)
        exchange.handler.send_header("Content-Length", str(len(data)))
        exchange.handler.end_headers()
        exchange.handler.wfile.write(data[: len(data) // 2])
        exchange.cut()

    return answer


def pages(*documents: dict[str, Any]) -> Answer:
    """A list in pages: the continue token is the number of the next one."""

    def answer(exchange: Exchange) -> None:
        number = int(exchange.asked.query.get("continue", "0"))
        document = documents[number]
        metadata = {"resourceVersion": "1", **document.get("metadata", {})}
        if number + 1 < len(documents):
            metadata["continue"] = str(number + 1)
        exchange.send(200, json.dumps({**document, "metadata": metadata}).encode())

    return answer


def events(*found: dict[str, Any] | bytes, then: Answer | None = None) -> Answer:
    """A watch that sends these events, then ends well, or as ``then`` says (which must not begin an answer)."""

    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        for each in found:
            exchange.chunk((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n")
        if then is not None:
            then(exchange)
        else:
            exchange.chunk(b"")

    return answer


class LiveWatch:
    """A watch that the test feeds while it runs."""

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes | None] = queue.Queue()
        self.opened = threading.Event()

    def send(self, *found: dict[str, Any]) -> None:
        self._queue.put(b"".join(json.dumps(each).encode() + b"\n" for each in found))

    def cut(self) -> None:
        """Drop the connection of whoever is watching."""
        self._queue.put(None)

    def __call__(self, exchange: Exchange) -> None:
        exchange.begin_stream()
        self.opened.set()
        while not exchange.closing.is_set():
            try:
                data = self._queue.get(timeout=0.05)
            except queue.Empty:
                continue
            if data is None:
                exchange.cut()
                return
            exchange.chunk(data)
