"""The server's socket: aiohttp on a thread and an event loop of its own, on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from rehearsal.server.core import Core, HttpAnswer, HttpRequest
from rehearsal.server.logs import LogRequest
from rehearsal.server.objects import errors
from rehearsal.server.watches import ServedWatch

if TYPE_CHECKING:
    from rehearsal.server.objects.storage import Storage

_encode = msgspec.json.Encoder().encode
_MAX_BODY = 8 * 2**20
_START_SECONDS = 10.0

Extra = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer:
    """Serves a :class:`Core` at ``http(s)://127.0.0.1:<port>``.

    Args:
        core: what answers.
        tls: a server context; ``None``: plain HTTP.
        extra: further handlers by path prefix (the rehearsal's Prometheus).
        bookmark_seconds: between two bookmarks of a quiet watch; a real server sends one about every minute.
    """

    def __init__(
        self,
        core: Core,
        *,
        tls: ssl.SSLContext | None = None,
        extra: dict[str, Extra] | None = None,
        bookmark_seconds: float = 10.0,
    ) -> None:
        self.core = core
        self.port = 0
        self._tls = tls
        self._extra = extra or {}
        self._bookmark_seconds = bookmark_seconds
        self._loop = asyncio.new_event_loop()
        self._wakers: set[asyncio.Event] = set()
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="rehearsal-api", daemon=True)
        self._stopping = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on a free port; returns once it does.

        Raises:
            OSError: it can't listen.
        """
        self._thread.start()
        self._ready.wait(_START_SECONDS)
        if self._failed:
            raise OSError(f"the rehearsal's API server can't listen on 127.0.0.1: {self._failed}") from self._failed

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_START_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failed = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        app.on_response_prepare.append(self._date)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls)
            await site.start()
            self.port = runner.addresses[0][1]
            stop_listening = (self.core.storage.listen(self._wake), self.core.logs.listen(self._wake))
            self._ready.set()
            await self._stopping.wait()
            for stop in stop_listening:
                stop()
        finally:
            self._wake_now()
            await runner.cleanup()

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Date answers by the rehearsal's own time: a console takes the difference for a clock that is wrong."""
        response.headers["Date"] = formatdate(self.core.clock.now(), usegmt=True)

    # --- requests ----------------------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        for prefix, handler in self._extra.items():
            if request.path.startswith(prefix):
                return await handler(request)
        try:
            answer = self.core.handle(await _read(request))
        except Exception as error:  # noqa: BLE001 - a defect here must not end as a traceback on somebody's screen
            answer = HttpAnswer(500, errors.internal(error).status)
        if isinstance(answer, ServedWatch):
            return await self._watch(request, answer)
        if isinstance(answer, LogRequest):
            return await self._log(request, answer)
        if isinstance(answer.body, str):
            return web.Response(status=answer.status, text=answer.body)
        return web.Response(status=answer.status, body=_encode(answer.body), content_type="application/json")

    async def _watch(self, request: web.Request, watch: ServedWatch) -> web.StreamResponse:
        response = await _begin(request, "application/json")
        with contextlib.suppress(ConnectionError):
            await self._stream(response, watch)
        return response

    async def _stream(self, response: web.StreamResponse, watch: ServedWatch) -> None:
        storage, clock = self.core.storage, self.core.clock
        await _send(response, list(watch.first(clock.now())))
        position, deadline = watch.version, self._loop.time() + watch.timeout
        async with self._waker() as waker:
            bookmark = self._loop.time() + self._bookmark_seconds
            while not self._stopping.is_set() and self._loop.time() < deadline:
                waker.clear()
                try:
                    writes = storage.since(position)
                except errors.ApiError as error:
                    await _send(response, [{"type": "ERROR", "object": error.status}])
                    return
                if writes:
                    position = writes[-1].version
                    await _send(response, list(watch.events(writes, clock.now())))
                if self._loop.time() >= bookmark:
                    bookmark = self._loop.time() + self._bookmark_seconds
                    if watch.bookmarks:
                        await _send(response, [watch.bookmark(_settled(storage, position))])
                await _wait(waker, min(bookmark, deadline) - self._loop.time())

    async def _log(self, request: web.Request, log: LogRequest) -> web.StreamResponse:
        lines, position, closed = log.first()
        body = log.encode(lines)
        if not log.follow:
            return web.Response(body=body[: log.limit], content_type="text/plain")
        response = await _begin(request, "text/plain")
        with contextlib.suppress(ConnectionError):
            await response.write(body)
            async with self._waker() as waker:
                while not closed and not self._stopping.is_set():
                    waker.clear()
                    lines, position, closed = log.book.read(log.log, position)
                    if lines:
                        await response.write(log.encode(lines))
                    elif not closed:
                        await _wait(waker, 60)
        return response

    # --- waking what waits ---------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _waker(self) -> AsyncIterator[asyncio.Event]:
        waker = asyncio.Event()
        self._wakers.add(waker)
        try:
            yield waker
        finally:
            self._wakers.discard(waker)

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._wake_now)

    def _wake_now(self) -> None:
        for waker in self._wakers:
            waker.set()


def _settled(storage: Storage, position: int) -> int:
    """The version that a watch which has sent everything up to ``position`` may vouch for."""
    with storage.lock:
        return storage.version if not storage.since(position) else position


async def _begin(request: web.Request, content_type: str) -> web.StreamResponse:
    """The head of an answer that goes on."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    response.enable_chunked_encoding()
    await response.prepare(request)
    return response


async def _wait(waker: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(waker.wait(), max(seconds, 0.001))


async def _send(response: web.StreamResponse, events: list[dict[str, object]]) -> None:
    if events:
        await response.write(b"".join(_encode(event) + b"\n" for event in events))


async def _read(request: web.Request) -> HttpRequest:
    headers = request.headers
    return HttpRequest(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        authorization=headers.get("Authorization", ""),
        content_type=headers.get("Content-Type", ""),
        accept=headers.get("Accept", ""),
        agent=headers.get("User-Agent", ""),
        body=await request.read(),
        impersonate=(headers.get("Impersonate-User", ""), tuple(headers.getall("Impersonate-Group", ()))),
    )


__all__ = ["HttpAnswer", "HttpServer"]
