"""Sockets to the API server: TLS from PEM in memory, connection pools, time-outs. The one user of urllib3.

Streams have a pool of their own, and neither pool ever makes anyone wait for a free connection: a kill switch must not
queue behind six followed logs.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from opsconsole import __version__
from opsconsole.cluster.transport.errors import AccessError, ClusterError, RequestWords, unreachable
from opsconsole.cluster.transport.kubeconfig.credentials import Tls
from opsconsole.cluster.transport.kubeconfig.load import ClusterAccess
from opsconsole.cluster.transport.kubeconfig.proxies import login_of, shown
from opsconsole.cluster.transport.readonly import read_only as read_only_pool

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

USER_AGENT = f"opsconsole/{__version__}"
KEPT_CONNECTIONS = 24
"""Idle connections kept for the next request; more are opened when needed and closed after use."""


class HttpCall(NamedTuple):
    """One request. ``target`` is the path with its query.

    ``patience``: the seconds it may be silent; ``within``: those that its whole answer may take, if fewer than usual.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None
    patience: float
    streaming: bool = False
    impersonate: bool = True
    within: float | None = None

    @property
    def asked(self) -> RequestWords:
        """What it asks for, in words."""
        return RequestWords(self.method, self.target.partition("?")[0], watching="watch=" in self.target)


class ServerSockets:
    """Two pools of connections to one server with one set of certificates.

    Args:
        access: where to and with what trust; its token is not used here, since it changes more often.
        read_only: build pools whose connections can't carry a write.
        connect_timeout: seconds for TCP and TLS together with a proxy's part.
    """

    def __init__(self, access: ClusterAccess, *, read_only: bool, connect_timeout: float) -> None:
        self.server = access.server
        self._proxy = shown(access.proxy) if access.proxy else ""
        self._connect_timeout = connect_timeout
        context = tls_context(access.tls) if access.server.startswith("https") else None
        self._pools = {streaming: _pool(access, context, read_only=read_only) for streaming in (False, True)}

    def open(self, call: HttpCall, headers: Iterable[tuple[str, str]]) -> BaseHTTPResponse:
        """Send a request and return the answer as soon as its headers are there; the body is unread.

        Raises:
            Unreachable: no connection, no answer in time, or cut off.
            ReadOnlyError: the console is read-only and this is no read.
        """
        from urllib3 import HTTPHeaderDict, Timeout  # noqa: PLC0415

        sent = HTTPHeaderDict({"User-Agent": USER_AGENT})
        for name, value in headers:
            sent.add(name, value)

        try:
            return self._pools[call.streaming].request(
                call.method,
                self.server + call.target,
                body=call.body,
                headers=sent,
                timeout=Timeout(connect=self._connect_timeout, read=call.patience),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except ClusterError:
            raise
        except Exception as error:
            raise self.failure(error) from error

    def failure(self, error: Exception) -> Exception:
        """Return ``error`` in our words if the network raised it, else itself."""
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        return unreachable(error, self.server, self._proxy) if isinstance(error, HTTPError | OSError) else error

    def close(self) -> None:
        """Close every idle connection."""
        for pool in self._pools.values():
            pool.clear()


def _pool(access: ClusterAccess, context: ssl.SSLContext | None, *, read_only: bool) -> PoolManager:
    import urllib3  # noqa: PLC0415 - 80 ms of CPU, on a feed's thread

    from opsconsole.cluster.transport.in_time import timed  # noqa: PLC0415 - as above

    # The kubeconfig's insecure-skip-tls-verify was somebody's decision; a warning per request would end on the screen.
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    options: dict[str, Any] = {"maxsize": KEPT_CONNECTIONS, "block": False}
    if context is not None:
        options["ssl_context"] = context
        if access.tls.server_name:
            options["server_hostname"] = access.tls.server_name
    pool = _proxied(access.proxy, context, options) if access.proxy else urllib3.PoolManager(**options)
    classes = {scheme: timed(each) for scheme, each in pool.pool_classes_by_scheme.items()}
    if read_only:
        base = urlsplit(access.server).path
        classes = {scheme: read_only_pool(each, base) for scheme, each in classes.items()}
    pool.pool_classes_by_scheme = classes
    return pool


def _proxied(proxy: str, context: ssl.SSLContext | None, options: dict[str, Any]) -> PoolManager:
    """Return pools whose connections go through a proxy, which resolves the server's name."""
    import urllib3  # noqa: PLC0415

    user, password = login_of(proxy)
    parts = urlsplit(proxy)
    if parts.scheme.startswith("socks5"):
        from urllib3.contrib.socks import SOCKSProxyManager  # noqa: PLC0415

        address = f"socks5h://{parts.netloc.rpartition('@')[2]}"
        return SOCKSProxyManager(address, username=user or None, password=password or None, **options)

    class Proxied(urllib3.ProxyManager):
        def _set_proxy_headers(self, _url: str, headers: Any = None) -> Any:
            return headers  # urllib3 would fold headers that come twice into one: other groups than were meant

    login = urllib3.make_headers(proxy_basic_auth=f"{unquote(user)}:{unquote(password)}") if user else None
    # Like Go: a proxy that speaks TLS is trusted by what the cluster is trusted by.
    return Proxied(proxy, proxy_headers=login, proxy_ssl_context=context, **options)


def tls_context(tls: Tls) -> ssl.SSLContext:
    """What a connection trusts and shows, from PEM in memory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        if tls.ca:
            _load_authorities(context, tls.ca)
        elif tls.verify:
            context.load_default_certs()
        if tls.certificate:
            _load_certificate(context, tls)
    except (ssl.SSLError, ValueError) as error:
        raise AccessError("the kubeconfig's certificates or its key can't be used: no PEM, or no pair") from error
    return context


def _load_authorities(context: ssl.SSLContext, bundle: bytes) -> None:
    """Trust each certificate of a bundle that can be read, as Go does: one damaged one does not cost the others."""
    loaded, failure = 0, None
    for each in bundle.split(b"-----END CERTIFICATE-----")[:-1]:
        try:
            context.load_verify_locations(cadata=(each + b"-----END CERTIFICATE-----\n").decode("ascii", "replace"))
            loaded += 1
        except ssl.SSLError as error:
            failure = error
    if failure is not None and not loaded:
        raise failure


def _load_certificate(context: ssl.SSLContext, tls: Tls) -> None:
    """Load certificate and key from memory files: OpenSSL wants a path, and a key must never be put on a disk."""
    descriptor = os.memfd_create("opsconsole")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(tls.certificate.rstrip() + b"\n" + tls.key)
        # A password is never asked for: the prompt would be drawn over the screen.
        context.load_cert_chain(f"/proc/self/fd/{descriptor}", password=lambda: b"")
    finally:
        os.close(descriptor)
