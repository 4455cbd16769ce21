"""A raw HTTP client of the API server for the test bed's own use: dicts in, dicts out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

Object = dict[str, Any]

MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"


class ApiError(RuntimeError):
    """The API server answered with a status of 400 or more."""

    def __init__(self, method: str, path: str, status: int, message: str) -> None:
        super().__init__(f"{method} {path}: {status} {message}")
        self.status = status
        self.message = message


class Api:
    """Requests to one API server with one identity; safe to use from several threads.

    Every call raises :class:`ApiError` for a refusal and :class:`urllib3.exceptions.HTTPError` if the server
    can't be reached.
    """

    def __init__(
        self,
        server: str,
        ca_file: Path,
        *,
        cert_file: Path | None = None,
        key_file: Path | None = None,
        token: str = "",
        user_agent: str = "opsconsole-testbed",
        connections: int = 8,
    ) -> None:
        self.server = server
        headers = {"Accept": "application/json", "User-Agent": user_agent}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(
            headers=headers,
            maxsize=connections,
            ca_certs=str(ca_file),
            cert_file=str(cert_file) if cert_file else None,
            key_file=str(key_file) if key_file else None,
            # A test that kills the server wants to hear of it at once.
            retries=False,
            timeout=urllib3.Timeout(connect=5.0, read=60.0),
        )

    def get(self, path: str, **query: str | int) -> Object:
        """Return the object or list at ``path``."""
        return self.request("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Object) -> Object:
        """Create ``body`` under the collection ``path``."""
        return self.request("POST", path, body)

    def put(self, path: str, body: Object) -> Object:
        """Replace what is at ``path``."""
        return self.request("PUT", path, body)

    def patch(self, path: str, body: object, kind: str = MERGE_PATCH) -> Object:
        """Patch what is at ``path``; ``kind`` is the patch's content type."""
        return self.request("PATCH", path, body, kind)

    def delete(self, path: str, body: Object | None = None) -> Object:
        """Delete what is at ``path``; ``body`` may hold DeleteOptions."""
        return self.request("DELETE", path, body)

    def remove(self, path: str) -> None:
        """Delete what is at ``path``; that it is gone already is no error."""
        try:
            self.delete(path)
        except ApiError as error:
            if error.status != 404:
                raise

    def apply(self, path: str, body: Object) -> Object:
        """Create or change ``body`` under the collection ``path`` by server-side apply, with force."""
        name = body["metadata"]["name"]
        target = f"{path}/{name}?fieldManager=testbed&force=true"
        return self.request("PATCH", target, body, "application/apply-patch+yaml")

    def exists(self, path: str) -> bool:
        """Say whether there is something at ``path``; other refusals than 404 are raised."""
        try:
            self.get(path)
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def healthy(self, path: str = "/readyz") -> bool:
        """Say whether the server answers 200 at ``path``: no refusal, and no server that is away, raises."""
        try:
            return self._pool.request("GET", self.server + path, timeout=2.0).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def watch(self, path: str, **query: str | int) -> Generator[Object, None, None]:
        """Yield the events of a watch on ``path`` until the server ends it."""
        url = f"{self.server}{path}?{urlencode({'watch': 1, **query})}"
        response = self._pool.request("GET", url, preload_content=False)
        if response.status >= 400:
            raise ApiError("WATCH", path, response.status, response.data.decode(errors="replace")[:500])
        with response:
            for line in response:
                yield json.loads(line)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str = "application/json",
        further: Mapping[str, str] | None = None,
    ) -> Object:
        """Send one request and return the decoded answer (``{}`` for an answer without JSON).

        ``further`` headers: such as those that act as somebody else.
        """
        data = None if body is None else json.dumps(body).encode()
        extra: Mapping[str, str] = {"Content-Type": content_type} if data else {}
        headers = {**self._pool.headers, **extra, **(further or {})}
        response = self._pool.request(method, self.server + path, body=data, headers=headers)
        if response.status >= 400:
            raise ApiError(method, path, response.status, _message(response.data))
        try:
            answer: Object = json.loads(response.data)
        except ValueError:
            return {}
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:500]
