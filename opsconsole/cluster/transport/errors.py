"""What can go wrong between us and the API server, each with a sentence for the person who reads it.

No message holds a token, a header or a kubeconfig; what the server said is cleaned and cut short.
"""

# ruff: noqa: N818 - the names read as what happened: ``except Denied``
from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator

from opsconsole.cluster.transport import paths
from opsconsole.decoding import loads
from opsconsole.text import clean_line

REASON_LENGTH = 400
"""Characters kept of what a server says; admission webhooks have been seen to answer with whole web pages."""


class ClusterError(Exception):
    """Something about the cluster failed. ``str()`` is a sentence that names what was asked and why it failed.

    ``lost`` is true where an earlier try of the same request got no answer: that one may have been done.
    """

    lost = False


class ReadOnlyError(ClusterError):
    """A request that is no pure read was stopped before it left, since this console was started read-only."""


class AccessError(ClusterError):
    """There is no usable way to the cluster: the kubeconfig, the context or the credential plugin is at fault."""


class PluginFailed(AccessError):
    """The credential plugin was run and gave nothing that can be used."""


class Unreachable(ClusterError):
    """No connection, or it was cut before the answer was whole."""


class TimedOut(Unreachable):
    """The connection is there (or half there), but nothing came in time."""


class TlsRefused(Unreachable):
    """One side does not accept what the other shows: a certificate that ran out, was renewed, or is a stranger's.

    ``unread`` is true where the handshake itself failed: no server has read the request then, whatever it was.
    """

    unread = False


class ServerError(ClusterError):
    """The API server answered, and the answer is not what was asked for.

    Attributes:
        status: the HTTP status code.
        reason: the server's own message, cleaned; may be empty.
        verb: the RBAC verb that was asked for.
        resource: the resource it was asked of (``pods/log``), or the path where it is none.
        namespace: where; empty for a cluster-wide request.
    """

    def __init__(self, sentence: str, *, status: int = 0, reason: str = "", asked: RequestWords | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason
        self.verb = asked.verb if asked else ""
        self.resource = asked.resource if asked else ""
        self.namespace = asked.namespace if asked else ""


class Unauthorized(ServerError):
    """401: the credentials are not (or no longer) accepted."""


class Denied(ServerError):
    """403: RBAC, an admission policy or a webhook says no."""


class NotFound(ServerError):
    """404."""


class Conflict(ServerError):
    """409: the object changed since it was read, or exists already."""


class Gone(ServerError):
    """410: the resource version or the continue token is too old; list again."""


class Rejected(ServerError):
    """Any other 4xx: the request itself was not acceptable (422: failed validation)."""


class Throttled(ServerError):
    """429: asked too often, or an eviction that a PodDisruptionBudget forbids. ``retry_after`` is seconds or None."""

    retry_after: float | None = None


class ServerFailure(ServerError):
    """5xx. ``retry_after`` is seconds, or None where the server does not say."""

    retry_after: float | None = None


class BadAnswer(ServerError):
    """What came is not what the API serves: no JSON, another shape, or far too long."""


class RequestWords:
    """What a request asks for, in the words of RBAC; made only when something has to be said about it."""

    def __init__(self, method: str, path: str, *, watching: bool = False) -> None:
        target = paths.parse(path)
        self.verb = paths.verb(method, target, watching=watching)
        self.resource = clean_line(target.words if target else path, 200)
        self.name = clean_line(target.name, 253) if target else ""
        self.namespace = clean_line(target.namespace, 63) if target else ""

    def __str__(self) -> str:
        words = f"{self.verb} {self.resource}"
        if self.name:
            words += f" {self.name}"
        return f"{words} -n {self.namespace}" if self.namespace else words


_BY_STATUS: dict[int, tuple[type[ServerError], str]] = {
    401: (Unauthorized, "401: {asked}: the API server does not accept our credentials; log in again"),
    403: (Denied, "403: may not {asked}"),
    404: (NotFound, "404: {asked}: there is no such thing"),
    409: (Conflict, "409: {asked}: it has changed since it was read, or is there already"),
    410: (Gone, "410: {asked}: that version is too old"),
    429: (Throttled, "429: {asked}: the API server asks us to wait"),
}


def from_status(status: int, body: bytes, asked: RequestWords, retry_after: str | None = None) -> ServerError:
    """Return the error for an HTTP status of 300 or more, with what the server says about it."""
    kind, sentence = _BY_STATUS.get(status, (Rejected, "{status}: {asked}: refused"))
    if status >= 500:
        kind, sentence = ServerFailure, "{status}: {asked}: the API server failed"
    elif status < 400:
        kind, sentence = BadAnswer, "{status}: {asked}: we were sent elsewhere; is this an API server?"
    reason = _reason(body)
    text = sentence.format(status=status, asked=asked)
    error = kind(f"{text} ({reason})" if reason else text, status=status, reason=reason, asked=asked)
    if isinstance(error, Throttled | ServerFailure):
        error.retry_after = _seconds(retry_after)
    return error


def _reason(body: bytes) -> str:
    try:
        document = loads(body[: 64 * 1024])
        text = document.get("message") if isinstance(document, dict) else None
    except ValueError:
        text = None
    if not isinstance(text, str):
        text = body[: 4 * REASON_LENGTH].decode("utf-8", "replace")
    return clean_line(text.strip(), REASON_LENGTH)


def _seconds(header: str | None) -> float | None:
    """Read a ``Retry-After``; its date form is not one the API server uses, and counts as absent."""
    try:
        seconds = float(header) if header else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < 86_400 else None


def unreachable(error: BaseException, server: str, proxy: str = "") -> Unreachable:
    """Return the error for a connection that failed, in words, whatever library's exception it is wrapped in.

    Args:
        error: what was raised.
        server: the URL that was to be reached.
        proxy: the proxy on the way, without its password.
    """
    server = clean_line(server, 200) + (f" through the proxy {proxy}" if proxy else "")
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = clean_line(cause.verify_message, 200)
            return _unread(TlsRefused(f"{server} shows a certificate that we do not trust: {why}"))
        if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
            return TimedOut(f"no answer from {server} in time")
        if isinstance(cause, ssl.SSLError):
            why = clean_line((cause.reason or "").lower().replace("_", " "), 200)
            refused = TlsRefused(f"no TLS connection to {server}: {why or 'the handshake failed'}")
            return _unread(refused) if (cause.reason or "") in _HANDSHAKE_ALERTS else refused
        if isinstance(cause, socket.gaierror):
            return Unreachable(f"the name of {server} can't be resolved: {clean_line(cause.strerror or '', 200)}")
        if why := _system_s_words(cause):
            return Unreachable(f"can't reach {server}: {why}")
    return Unreachable(f"the connection to {server} was cut")


_HANDSHAKE_ALERTS = frozenset(
    f"{version}_ALERT_{what}"
    for version in ("SSLV3", "TLSV1", "TLSV13")
    for what in (
        "ACCESS_DENIED", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_REQUIRED", "CERTIFICATE_REVOKED",
        "CERTIFICATE_UNKNOWN", "HANDSHAKE_FAILURE", "UNKNOWN_CA", "UNSUPPORTED_CERTIFICATE",
    )
)  # fmt: skip
"""What a server says that refuses our certificate. It checks that before it reads a request, in TLS 1.3 too, where we
may have sent one by then."""


def _unread(refused: TlsRefused) -> TlsRefused:
    refused.unread = True
    return refused


def _system_s_words(cause: BaseException) -> str:
    """What the system, or a proxy, says about a connection that failed; empty where neither says anything."""
    if refusal := _REFUSAL.search(str(cause)):
        return f"the proxy refuses: {clean_line(refusal.group(1), 200)}"
    strerror = cause.strerror if isinstance(cause, OSError) else None
    return clean_line(strerror, 200).lower() if strerror else ""


_REFUSAL = re.compile(r"(?:Tunnel connection failed:|SOCKS5 authentication|^0x0[1-8]:) *(.{0,200})")
"""How http.client and PySocks say that a proxy does not let us through."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the innermost causes first: they say what happened, the wrappers only where."""
    chain: list[BaseException] = []
    pending: list[BaseException] = [error]
    while pending and len(chain) < 20:
        current = pending.pop()
        if current in chain:
            continue
        chain.append(current)
        inner = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        pending += [each for each in inner if isinstance(each, BaseException)]
    return reversed(chain)
