"""The connection to one cluster: requests and streams, credentials renewed, every call with its time-outs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from opsconsole.cluster.transport import readonly as guard
from opsconsole.cluster.transport.body import READ_SIZE
from opsconsole.cluster.transport.errors import (
    AccessError,
    BadAnswer,
    ClusterError,
    PluginFailed,
    TimedOut,
    TlsRefused,
    Unreachable,
    from_status,
)
from opsconsole.cluster.transport.impersonation import header_value
from opsconsole.cluster.transport.kubeconfig.load import REREAD, ClusterAccess, Pin, load
from opsconsole.cluster.transport.server_clock import ServerClock
from opsconsole.cluster.transport.sockets import HttpCall, ServerSockets
from opsconsole.cluster.transport.streams import MAX_LINE, Stream

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from opsconsole.clock import Clock
    from opsconsole.settings import ClusterSettings

Query = Mapping[str, str | int | bool | None]

MAX_BODY = 192 << 20
"""Bytes of an answer that is taken whole: 25,000 pods, or 300,000 bindings. Whole lists of a cluster are streams."""

MAX_WORDS = 1 << 20
"""Bytes of an error's body; a Status has some hundreds."""

MAX_REQUEST_FACTOR = 10
"""One request may take this many read time-outs in all, however slowly its bytes trickle in."""

RENEW_EARLY = 30.0
"""Seconds before they expire at which credentials are renewed."""

RENEW_PAUSE = 5.0
"""Seconds between two renewals of credentials that still work, are refused, or can't be had: a plugin is a process each
time, and often a login, of which some failures lock an account."""


class Connection:
    """Speaks to the API server as the kubeconfig says. Safe to use from several threads.

    Nothing is read and nothing imported until the first call, so that making one costs nothing.

    Args:
        settings: kubeconfig, context, time-outs.
        read_only: build connections that can't carry a write.
        clock: for the expiry of credentials and the server's clock.
    """

    def __init__(self, settings: ClusterSettings, *, read_only: bool, clock: Clock) -> None:
        self.settings = settings
        self.read_only = read_only
        self._clock = clock
        self.server_clock = ServerClock(clock)
        """How far the server's clock is from ours."""
        self._lock = threading.Lock()
        self._ready_for: tuple[ClusterAccess, ServerSockets] | None = None
        self._renewed = self._made = float("-inf")
        self._plugin_said = ""
        self._pin: Pin | None = None
        self._streams: set[Stream] = set()
        self._telling = threading.Lock()
        self._doubters: list[Callable[[str], None]] = []
        self._doubt = ""

    @property
    def access(self) -> ClusterAccess:
        """How the cluster is reached. May read files and run a credential plugin.

        Raises:
            AccessError: there is no usable way to the cluster.
        """
        return self._ready()[0]

    @property
    def known_access(self) -> ClusterAccess | None:
        """How the cluster is reached, if that is known already: nothing is read for it."""
        return self._ready_for[0] if self._ready_for is not None else None

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: float | None = None,
        impersonate: bool = True,
        further: Mapping[str, str] | None = None,
        within: float | None = None,
        most: int = MAX_BODY,
    ) -> bytes:
        """Make one request and return the body of its 2xx answer.

        Args:
            method: ``GET``, ``POST`` …
            path: absolute, below the API server's URL, its parts quoted (see :mod:`.paths`).
            query: parameters; those that are ``None`` are left out.
            body: sent as JSON; bytes are sent as they are.
            content_type: of the body.
            accept: what the answer may be.
            timeout: seconds without a byte, if not as the settings say.
            impersonate: ask as whom the kubeconfig names by ``as``; without it, as the login itself.
            further: headers besides, such as those that act as somebody else for one request.
            within: seconds for the body as a whole, if fewer than :data:`MAX_REQUEST_FACTOR` times ``timeout``.
            most: bytes of the body; more are a :class:`.errors.BadAnswer`.

        Raises:
            ClusterError: one of :mod:`.errors`; expired credentials were renewed once before.
        """
        headers = {**(further or {}), "Accept": accept}
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, bytes) else msgspec.json.encode(body)
        patience = timeout or self.settings.read_timeout
        call = HttpCall(method, _target(path, query), headers, body, patience, impersonate=impersonate, within=within)
        response, wire = self._send(call)
        return bytes(self._body(response, wire, call, most))

    def ask(
        self, path: str, query: Query | None = None, *, accept: str = "application/json", most: int = MAX_BODY
    ) -> Callable[[], bytearray]:
        """Send a GET and wait until its answer begins; the returned function (to be called once) reads it.

        For a list's next page: the server makes it while the one before is decoded here, and it waits in the socket
        instead of our memory. ``most`` as for :meth:`request`.

        Raises:
            ClusterError: as for :meth:`request`; the returned function too.
        """
        call = HttpCall("GET", _target(path, query), {"Accept": accept}, None, self.settings.read_timeout)
        response, wire = self._send(call)
        return lambda: self._body(response, wire, call, most)

    @contextmanager
    def stream(
        self,
        path: str,
        query: Query | None = None,
        *,
        accept: str = "application/json",
        timeout: float | None = None,
        silence: float | None = None,
        max_line: int = MAX_LINE,
        cut: bool = False,
        linger: float = 0.0,
        deadline: float | None = None,
    ) -> Iterator[Stream]:
        """Open a GET whose answer goes on, on a connection of its own, and yield its lines.

        Args:
            path: as for :meth:`request`.
            query: as for :meth:`request`.
            accept: what the answer may be.
            timeout: seconds that the answer may take to begin, if not as the settings say.
            silence: seconds without a byte after that; as ``timeout`` if not given.
            max_line: see :class:`~opsconsole.cluster.transport.streams.Stream`.
            cut: see :class:`~opsconsole.cluster.transport.streams.Stream`.
            linger: see :class:`~opsconsole.cluster.transport.streams.Stream`.
            deadline: see :class:`~opsconsole.cluster.transport.streams.Stream`.

        Raises:
            ClusterError: as for :meth:`request`.
        """
        patience = timeout or self.settings.read_timeout
        call = HttpCall("GET", _target(path, query), {"Accept": accept}, None, patience, streaming=True)
        response, wire = self._send(call)
        lines = Stream(
            response, wire.failure, silence=silence, max_line=max_line, cut=cut, linger=linger, deadline=deadline
        )
        self._streams.add(lines)
        try:
            yield lines
        finally:
            self._streams.discard(lines)
            lines.release()

    def interrupt(self) -> None:
        """End every open stream, as if the server had: it is known to be of no use any more."""
        for stream in list(self._streams):
            stream.close()

    def on_doubt(self, tell: Callable[[str], None]) -> None:
        """Call ``tell`` when it becomes known that the server does not answer (why), or does again (empty)."""
        with self._telling:
            self._doubters.append(tell)
        tell(self._doubt)

    def forget(self, tell: Callable[[str], None]) -> None:
        """Undo :meth:`on_doubt`."""
        with self._telling:
            if tell in self._doubters:
                self._doubters.remove(tell)

    def doubt(self, why: str) -> None:
        """Tell every feed of this server that it does not answer, or (empty) that it does again."""
        self._doubt = why
        with self._telling:
            tellers = list(self._doubters)
        for tell in tellers:
            tell(why)

    def close(self) -> None:
        """Close the idle connections. The object stays usable."""
        with self._lock:
            if self._ready_for is not None:
                self._ready_for[1].close()

    def _send(self, call: HttpCall) -> tuple[BaseHTTPResponse, ServerSockets]:
        """Send; once more with renewed credentials after a 401, or where TLS refuses what was shown.

        What may have been received is sent once: of a write that is known where TLS refused before it was read.

        Returns the answer if it is a 2xx, its body unread.
        """
        try:
            access, wire, response = self._open(call, None)
        except TlsRefused as error:
            shown = self.known_access
            if (call.method != "GET" and not error.unread) or shown is None or not self._renewable(shown):
                raise
            access, wire, response = self._open(call, shown)
        if response.status == 401 and self._renewable(access):
            response.close()
            access, wire, response = self._open(call, access)
        if 200 <= response.status < 300:
            return response, wire
        body = self._words(response, wire, call)
        raise from_status(response.status, body, call.asked, response.headers.get("Retry-After"))

    def _open(
        self, call: HttpCall, refused: ClusterAccess | None
    ) -> tuple[ClusterAccess, ServerSockets, BaseHTTPResponse]:
        access, wire = self._ready(refused)
        base = urlsplit(wire.server).path
        if self.read_only:
            guard.check(call.method, base + call.target, base)
        headers = headers_of(call, access)
        try:
            return access, wire, self._asked(wire, call, headers)
        except TimedOut:
            raise
        except Unreachable:
            # The server may just have closed the kept connection that was used; a read can be asked again safely.
            if call.method != "GET":
                raise
            return access, wire, self._asked(wire, call, headers)

    def _asked(self, wire: ServerSockets, call: HttpCall, headers: list[tuple[str, str]]) -> BaseHTTPResponse:
        sent = self._clock.monotonic()
        response = wire.open(call, headers)
        self.server_clock.note(response.headers.get("Date"), sent, self._clock.monotonic())
        return response

    def _words(self, response: BaseHTTPResponse, wire: ServerSockets, call: HttpCall) -> bytes:
        """What the server says of an error; nothing where that is no message but a flood."""
        try:
            return bytes(self._body(response, wire, call, MAX_WORDS))
        except BadAnswer:
            return b""

    def _body(self, response: BaseHTTPResponse, wire: ServerSockets, call: HttpCall, most: int = MAX_BODY) -> bytearray:
        from opsconsole.cluster.transport.in_time import end_within  # noqa: PLC0415 - http.client, loaded by now

        whole = call.within or call.patience * MAX_REQUEST_FACTOR
        deadline = self._clock.monotonic() + whole
        late = TimedOut(f"{call.asked}: the answer of {wire.server} comes too slowly")
        body = bytearray()
        end_within(response, whole)
        try:
            for part in response.stream(READ_SIZE):
                body += part
                if len(body) > most:
                    raise BadAnswer(f"{call.asked}: the answer is longer than {most >> 20} MiB", asked=call.asked)
                if self._clock.monotonic() > deadline:
                    raise late
            response.release_conn()
            return body
        except ClusterError:
            response.close()
            raise
        except Exception as error:
            response.close()
            raise (late if self._clock.monotonic() > deadline else wire.failure(error)) from error

    def _ready(self, refused: ClusterAccess | None = None) -> tuple[ClusterAccess, ServerSockets]:
        """Return credentials and pools, made or renewed where needed.

        While another thread renews what is about to expire, the old ones are used on; what was refused is waited for.
        """
        ready = self._ready_for
        good = ready is not None and ready[0] is not refused and not self._due(ready[0], 0.0)
        if ready is not None and good and not (self._due(ready[0], RENEW_EARLY) and self._may_renew()):
            return ready
        with self._lock:
            if self._ready_for is None or self._ready_for is ready:
                if not good and self._plugin_said and self._clock.monotonic() - self._renewed < RENEW_PAUSE:
                    raise PluginFailed(self._plugin_said)  # every feed would run it with each of its requests
                try:
                    self._ready_for = self._load(ready)
                except AccessError:
                    if ready is None or not good:
                        raise
                    return ready
            return self._ready_for

    def _load(self, before: tuple[ClusterAccess, ServerSockets] | None) -> tuple[ClusterAccess, ServerSockets]:
        self._plugin_said = ""
        try:
            access = load(self.settings.kubeconfig, self.settings.context, pin=self._pin, tell=self.doubt)
            self._pin, self._made = access.pin, self._clock.monotonic()
            if self._due(access, 0.0):  # by one of two clocks that differ: the server decides, not a plugin each time
                access = msgspec.structs.replace(access, expires=None, good_for=REREAD)
            if before is not None and before[0].transport == access.transport:
                return access, before[1]
            timeout = self.settings.connect_timeout
            return access, ServerSockets(access, read_only=self.read_only, connect_timeout=timeout)
        except PluginFailed as error:
            self._plugin_said = str(error)
            raise
        finally:
            self._renewed = self._clock.monotonic()

    def _due(self, access: ClusterAccess, early: float) -> bool:
        """Whether it is to be renewed: by the server's clock, if that is known, and by no clock that can be set."""
        age = self._clock.monotonic() - self._made
        if access.good_for is not None and age >= access.good_for - early:
            return True
        now = self._clock.now() + (self.server_clock.ahead or 0.0)
        return access.expires is not None and now >= access.expires - early

    def _renewable(self, access: ClusterAccess) -> bool:
        """Whether to ask for new credentials now: someone has or is about to, or the last try is some time ago."""
        renewed_since = self._ready_for is None or self._ready_for[0] is not access
        return renewed_since or self._lock.locked() or self._may_renew()

    def _may_renew(self) -> bool:
        return not self._lock.locked() and self._clock.monotonic() - self._renewed >= RENEW_PAUSE


def connect(settings: ClusterSettings, *, read_only: bool, clock: Clock) -> Connection:
    """Return a connection to the cluster that ``settings`` names. Nothing is read until its first use."""
    return Connection(settings, read_only=read_only, clock=clock)


def headers_of(call: HttpCall, access: ClusterAccess) -> list[tuple[str, str]]:
    """The request's own headers, those that say who we are, and as whom we act."""
    own = [("Authorization", header_value(access.authorization, "the token"))] if access.authorization else []
    return [*call.headers.items(), *own, *(access.impersonation.headers() if call.impersonate else ())]


def _target(path: str, query: Query | None) -> str:
    given = {key: _word(value) for key, value in (query or {}).items() if value is not None}
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path


def _word(value: str | int | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
