"""One API server under test, and raw requests to it: nothing is hidden that a server answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import urllib3

from tests.support.waiting import DEADLINE, eventually
from tests.testbed import objects

Object = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"

AGENT = "contract/1.0"


class Reply(NamedTuple):
    """One answer. ``body`` is ``{}`` where it is no JSON object."""

    status: int
    body: Object
    text: str

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))

    @property
    def reason(self) -> str:
        return str(self.body.get("reason", ""))


class Target:
    """An API server; requests are made as cluster-admin unless a token is given."""

    def __init__(
        self,
        name: str,
        server: str,
        *,
        token: str = "",
        ca: Path | None = None,
        cert: Path | None = None,
        key: Path | None = None,
    ) -> None:
        self.name = name
        self.core: Any = None
        self._server = server
        self._token = token
        timeout = urllib3.Timeout(connect=DEADLINE, read=DEADLINE)
        tls = {"ca_certs": str(ca)} if ca else {}
        self._admin = urllib3.PoolManager(
            **tls,
            cert_file=str(cert) if cert else None,
            key_file=str(key) if key else None,
            timeout=timeout,
            retries=False,
        )
        self._others = urllib3.PoolManager(**tls, timeout=timeout, retries=False)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "application/json",
        token: str | None = None,
        accept: str = "application/json",
        headers: dict[str, str] | None = None,
        **query: str | int,
    ) -> Reply:
        """One request. ``token=""`` is an anonymous one."""
        response = self._open(method, path, body, kind=kind, token=token, accept=accept, headers=headers, query=query)
        text = response.data.decode("utf-8", "replace")
        try:
            decoded = json.loads(text)
        except ValueError:
            decoded = {}
        return Reply(response.status, decoded if isinstance(decoded, dict) else {}, text)

    def _open(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        kind: str,
        token: str | None,
        accept: str,
        headers: dict[str, str] | None,
        query: dict[str, Any],
        stream: bool = False,
    ) -> Any:
        sent = {"Accept": accept, "User-Agent": AGENT} | (headers or {})
        bearer = self._token if token is None else token
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent["Content-Type"] = kind
        url = self._server + path + (("&" if "?" in path else "?") + urlencode(query) if query else "")
        pool = self._admin if token is None else self._others
        return pool.request(method, url, body=data, headers=sent, preload_content=not stream)

    def get(self, path: str, **options: Any) -> Reply:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Reply:
        return self.send("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Reply:
        return self.send("PUT", path, body, **options)

    def patch(self, path: str, body: Any, kind: str = MERGE, **options: Any) -> Reply:
        return self.send("PATCH", path, body, kind=kind, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Reply:
        return self.send("DELETE", path, body, **options)

    @contextmanager
    def stream(
        self, path: str, *, token: str | None = None, accept: str = "application/json", **query: str | int
    ) -> Iterator[Iterator[Object]]:
        """The events of a watch, as an iterator that the server's silence ends with an error."""
        response = self._open(
            "GET",
            path,
            None,
            kind="",
            token=token,
            accept=accept,
            headers=None,
            query={"watch": 1, **query},
            stream=True,
        )
        if response.status >= 400:
            raise AssertionError(f"watch {path}: {response.status} {response.data.decode()[:300]}")
        try:
            yield (json.loads(line) for line in lines(response))
        finally:
            response.close()

    @contextmanager
    def lines(self, path: str, **query: str | int) -> Iterator[Iterator[bytes]]:
        """The lines of a followed log."""
        options: dict[str, Any] = {"kind": "", "token": None, "accept": "*/*", "headers": None}
        response = self._open("GET", path, None, query=query, stream=True, **options)
        try:
            yield lines(response)
        finally:
            response.close()

    # --- what tests need first -------------------------------------------------------------------------------------

    def namespace(self) -> str:
        """A fresh namespace in which pods can be created."""
        name = f"c-{secrets.token_hex(4)}"
        assert self.post("/api/v1/namespaces", {"metadata": {"name": name}}).status == 201
        eventually(lambda: self.get(f"/api/v1/namespaces/{name}/serviceaccounts/default").status == 200)
        return name

    def account(self, namespace: str, name: str) -> str:
        """A new ServiceAccount's token."""
        assert self.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}}).status == 201
        made = self.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", {"spec": {}})
        assert made.status == 201, made
        return str(made.body["status"]["token"])


def lines(response: Any) -> Iterator[bytes]:
    """Whole lines of a streamed answer."""
    rest = b""
    for chunk in response.stream(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def deployment(name: str, *, replicas: int = 1, memory: str = "256Mi", labels: dict[str, str] | None = None) -> Object:
    """A Deployment whose pods no scheduler places."""
    main = objects.container(limits={"cpu": "500m", "memory": memory})
    return objects.deployment(
        name, main, objects.container("sidecar"), replicas=replicas, labels=labels, scheduled=False
    )


def pod(name: str, *, node: str = "", labels: dict[str, str] | None = None) -> Object:
    """A pod that no scheduler places; with ``node`` it counts as placed there."""
    return objects.pod(name, node=node, labels=labels, scheduled=False)


def limits(memory: str) -> Any:
    container = {"name": "main", "resources": {"limits": {"memory": memory}}}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def replicas(value: str) -> bytes:
    return b'{"spec":{"replicas":%s}}' % value.encode()


def said(reply: Reply) -> tuple[int, str, str]:
    return reply.status, reply.reason, reply.message
