"""Read-only, structurally: with it no connection exists that could carry a write.

The check sits where a request line is put on the wire. :func:`read_only` derives the connection classes that a
read-only console's pools use, so there is no unguarded object behind the guarded one that somebody could reach for.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import ReadOnlyError

REVIEWS = frozenset(
    {
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    }
)
"""The POSTs that store nothing: they ask who we are and what somebody may do."""

_LOCAL_REVIEWS = re.compile(r"/apis/authorization\.k8s\.io/v1/namespaces/[a-z0-9-]{1,63}/localsubjectaccessreviews")
"""The same question, asked within one namespace by whoever has rights there alone."""

READABLE_SUBRESOURCES = frozenset({"", "log", "status", "scale"})
"""GETs below an object that only read. ``exec``, ``attach``, ``portforward`` and ``proxy`` are GETs too (an upgraded
connection, or whatever the pod's own web server does with a GET) and act on the world."""

_DISCOVERY = re.compile(r"/(api|apis|version|livez|readyz|healthz|openapi)(/.*)?")
_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9._:@~+-]+")


def check(method: str, target: str, base: str = "") -> None:
    """Raise unless a request only reads.

    Args:
        method: as it would be on the wire; HTTP methods are case-sensitive, and only exact ones pass.
        target: the request target: an absolute path with its query, or (through a proxy) a whole URL.
        base: path of the API server's URL, for one that is served below a path.

    Raises:
        ReadOnlyError: for everything else than a GET that reads and the POSTs of :data:`REVIEWS`.
    """
    path, query = _split(target)
    path = path.removeprefix(base) if path.startswith(f"{base}/") else path
    if not target.isascii() or not target.isprintable() or not _is_plain(path):
        _refuse(method, "the path is written in a way that could mean another one")
    if method == "GET":
        _check_get(path)
    elif method != "POST" or query or not (path in REVIEWS or _LOCAL_REVIEWS.fullmatch(path)):
        _refuse(method, "only GET and access reviews pass")


def _split(target: str) -> tuple[str, str]:
    if target.startswith(("http://", "https://")):
        parts = urlsplit(target)
        return parts.path, parts.query
    # Not by urlsplit: it would take what follows a leading // for a host, and drop a newline silently.
    path, _, query = target.partition("?")
    return path, query


def _is_plain(path: str) -> bool:
    """Whether every segment is there, is no ``.`` or ``..``, and means the same after decoding it again."""
    if not path.startswith("/"):
        return False
    segments = [unquote(segment) for segment in path[1:].split("/")]
    return all(_PLAIN_SEGMENT.fullmatch(segment) and segment.strip(".") for segment in segments)


def _check_get(path: str) -> None:
    found = paths.parse(path)
    if found is None:
        if not _DISCOVERY.fullmatch(path):
            _refuse("GET", "it is no path of the Kubernetes API")
        return
    if found.resource in {"watch", "proxy"} or found.subresource not in READABLE_SUBRESOURCES:
        _refuse("GET", f"{found.words} does more than read")


def _refuse(method: str, why: str) -> None:
    verb = method if re.fullmatch(r"[A-Z]{1,10}", method) else "request"
    raise ReadOnlyError(f"read-only: a {verb} was stopped before it left this machine; {why}")


def read_only(pool_class: type[Any], base: str = "") -> type[Any]:
    """Return a connection pool class like ``pool_class`` whose connections refuse to write.

    Args:
        pool_class: a ``urllib3`` pool class; its ``ConnectionCls`` is what is derived from.
        base: see :func:`check`.
    """
    connection_class = pool_class.ConnectionCls

    def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        check(method, url, base)
        return connection_class.putrequest(self, method, url, *args, **kwargs)

    guarded = type(f"ReadOnly{connection_class.__name__}", (connection_class,), {"putrequest": putrequest})
    return type(f"ReadOnly{pool_class.__name__}", (pool_class,), {"ConnectionCls": guarded})
