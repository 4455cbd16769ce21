"""How an optimizer speaks to the API server and to Prometheus: plain HTTP from the standard library, as scripts do."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any, Protocol
from urllib.parse import SplitResult, urlencode, urlsplit

AGENT = "OpenAPI-Generator/28.1.0/python"
"""What every Python client calls itself; its first word becomes the field manager."""

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
TIMEOUT = 5.0


class RefusedError(Exception):
    """The server said no (or nothing: ``code`` 0)."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason

    @property
    def words(self) -> str:
        """``409 Conflict``: how its log has it."""
        return f"{self.code} {self.reason}" if self.code else f"connection failed: {self}"


class OptimizerApi(Protocol):
    """What the optimizers need of the world. Every call raises :class:`RefusedError` when it gets no."""

    def request(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """Send one request and return the decoded answer. ``body`` may hold NaN: it is sent as Python writes it."""
        ...

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Ask Prometheus: labels and value of each series."""
        ...


class HttpApi:
    """Over HTTP, with a bearer token."""

    def __init__(self, server: str, token: str, prometheus: str, ca_file: str = "") -> None:
        self._server = urlsplit(server)
        self._prometheus = urlsplit(prometheus)
        self._tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": AGENT, "Accept": "application/json"}

    def request(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body)
        headers = self._headers | ({"Content-Type": content_type} if data else {})
        return _decoded(*_send(_connect(self._server, self._tls), method, path, data, headers))

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        if not self._prometheus.hostname:
            raise RefusedError(0, "", "no Prometheus")
        path = f"{self._prometheus.path}/api/v1/query?{urlencode({'query': expression})}"
        answer = _decoded(*_send(_connect(self._prometheus, self._tls), "GET", path, None, {}))
        return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]


def _connect(server: SplitResult, tls: ssl.SSLContext | None) -> http.client.HTTPConnection:
    host, port = server.hostname or "", server.port
    if server.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=tls)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def _send(
    connection: http.client.HTTPConnection, method: str, path: str, data: str | None, headers: dict[str, str]
) -> tuple[int, str, str]:
    try:
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return answer.status, answer.reason, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise RefusedError(0, "", str(error)) from error
    finally:
        connection.close()


def _decoded(status: int, reason: str, text: str) -> Any:
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    if status >= 400:
        raise RefusedError(status, reason, str(body.get("message", text[:200])))
    return body
