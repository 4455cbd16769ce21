"""The reflector: list, then watch, and list again when the watch can't be trusted any more.

One reflector is one feed: a daemon thread that keeps the sink's picture of one resource true for as long as it runs,
whatever the API server does in the meantime.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from opsconsole.cluster.feeds.watching import listing
from opsconsole.cluster.feeds.watching.mirror import Mirror
from opsconsole.cluster.objects.codec import Codec, Resource
from opsconsole.cluster.transport.connection import MAX_REQUEST_FACTOR
from opsconsole.cluster.transport.errors import (
    ClusterError,
    Denied,
    Gone,
    NotFound,
    ServerError,
    ServerFailure,
    Throttled,
    TimedOut,
    Unreachable,
)
from opsconsole.feeds.backoff import Backoff
from opsconsole.feeds.polling import PollingFeed

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.objects.codec import Page
    from opsconsole.cluster.questions.about.namespaces import Namespaces
    from opsconsole.cluster.transport.connection import Connection, Query
    from opsconsole.cluster.transport.streams import Stream
    from opsconsole.feeds.health_reporter import HealthReporter
    from opsconsole.feeds.protocol import Sink

DENIED_PAUSE = 30.0
"""Seconds between two questions whether we may read now: rights are granted by people."""

WATCH_SECONDS = (240, 480)
"""How long a watch is asked for, by chance between the two, so that not all of them end at once."""

MAX_PAGE = 20_000
"""Objects in one page when continue tokens keep expiring before the list is through: as many as one body may hold."""

HEAD_START = 2.0
"""Seconds that a feed waits at most for another one that shall paint first."""

LINGER = 0.02
"""Seconds that the events of a busy watch are let gather for; see :mod:`opsconsole.cluster.transport.streams`."""

SHORTEST_WATCH = 1.0
"""Seconds: a watch that brings nothing and ends sooner was not accepted, whatever its status said."""

NO_NAMESPACE_PAUSE = 10.0
"""Seconds between two questions whether a namespace is there by now."""

Preview = Callable[["Sink"], set[str]]
"""Paints rows before the list is there and returns their keys."""


class Reflector(PollingFeed):
    """A feed of one resource's records.

    Args:
        connection: where to read.
        resource: what to read.
        clock: the time.
        namespace: read this namespace alone; empty: all of them.
        dice: chooses delays.
        preview: called once before the first list; see :mod:`opsconsole.cluster.feeds.tables`.
        after: wait (for :data:`HEAD_START` at most) until this is set, for a screen that fills top to bottom.
        namespaces: tells whether ``namespace`` is there at all, where nothing is in it.
        denied_pause: see :data:`DENIED_PAUSE`.
        backoff: how to wait after failures.
    """

    def __init__(
        self,
        connection: Connection,
        resource: Resource,
        clock: Clock,
        *,
        namespace: str = "",
        dice: random.Random | None = None,
        preview: Preview | None = None,
        after: threading.Event | None = None,
        namespaces: Namespaces | None = None,
        denied_pause: float = DENIED_PAUSE,
        backoff: Backoff | None = None,
    ) -> None:
        self._dice = dice or random.Random()  # noqa: S311 - jitter, no secret
        super().__init__(resource.plural, clock, backoff or Backoff(self._dice))
        self.previewed = threading.Event()
        """Set when the first rows are in the sink, or when there will be none before the list."""
        self._connection = connection
        self._resource = resource
        self._namespace = namespace
        self._codec = Codec(resource)
        self._mirror = Mirror(self._codec, self._stopping)
        self._path = resource.path(namespace)
        self._preview = preview
        self._after = after
        self._namespaces = namespaces
        self._beside = ""
        self._denied_pause = denied_pause
        self._in_pages = False
        self._stream: Stream | None = None

    def start(self, sink: Sink) -> None:
        """Begin to read on a daemon thread. Returns at once."""
        super().start(sink)
        if self._reporter is not None:
            self._connection.on_doubt(self._reporter.doubt)

    def stop(self) -> None:
        """Ask the thread to end; a watch that waits is woken up."""
        super().stop()
        if self._reporter is not None:
            self._connection.forget(self._reporter.doubt)
        if (stream := self._stream) is not None:
            stream.close()

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        """Paint, once; then list if need be, and watch until the watch ends."""
        if not self.previewed.is_set():
            self._paint(sink)
        self._reflect(sink, health)
        return 0.0

    def failed(self, error: BaseException, health: HealthReporter) -> float:
        """Say what went wrong, decide whether to list anew, and return the seconds to wait."""
        if isinstance(error, ClusterError):
            return self._answer(error, health)
        self._mirror.version = ""
        return super().failed(error, health)

    def _paint(self, sink: Sink) -> None:
        try:
            if self._after is not None:
                self._after.wait(HEAD_START)
            if self._preview is not None:
                self._mirror.painted(self._preview(sink))
        finally:
            self.previewed.set()

    def _reflect(self, sink: Sink, health: HealthReporter) -> None:
        """List if need be, then watch until the watch ends."""
        if not self._mirror.version:
            self._mirror.version = self._list(sink)
            if self._stopping.is_set():
                return
            self._look_for_namespace()
            health.live(self._remark(), self._mirror.unread)
            self._backoff.reset()
        self._watch(sink, health)

    def _answer(self, error: ClusterError, health: HealthReporter) -> float:
        if isinstance(error, Denied):
            missing = self._missing_namespace()
            if not missing:
                health.denied(str(error))
                return self._denied_pause
            error = _NoNamespaceError(missing)
        if isinstance(error, _NoNamespaceError):
            self._mirror.version = ""
            health.forget()
            health.failed(str(error))
            return NO_NAMESPACE_PAUSE
        if isinstance(error, NotFound):
            health.absent(f"this API server does not serve {self._resource.plural}")
            return self._denied_pause
        first = not self._backoff.failures
        asked = error.retry_after if isinstance(error, Throttled | ServerFailure) else None
        delay = self._backoff.next(asked)
        # Nothing is wrong yet where a version has expired, or a balancer has closed a connection.
        if first and isinstance(error, Gone):
            return delay
        if first and isinstance(error, _Cut) and self._mirror.version:
            return 0.0
        health.failed(str(error))
        return delay

    def _look_for_namespace(self) -> None:
        """Where nothing is there: neither may the namespace be.

        Raises:
            _NoNamespaceError: it is not.
        """
        self._beside = ""
        if self._mirror.empty and self._namespace and self._namespaces is not None:
            presence = self._namespaces.look(self._namespace)
            if presence.there is False:
                raise _NoNamespaceError(presence.words)
            self._beside = presence.words

    def _missing_namespace(self) -> str:
        """Who may not list in a namespace may be told that it is not there: most often it is a mistyped name."""
        if not self._namespace or self._namespaces is None:
            return ""
        presence = self._namespaces.look(self._namespace)
        return presence.words if presence.there is False else ""

    def _remark(self) -> str:
        count = self._mirror.unread
        return f"{count} could not be read and may be missing or old here" if count else self._beside

    def _list(self, sink: Sink) -> str:
        """Put everything there is, take away what is gone, and return the version to watch from."""
        try:
            version = self._listed_in_pages(sink) if self._in_pages else self._mirror.take_list(sink, self._whole())
        except (Denied, NotFound):
            raise
        except ClusterError:
            self._in_pages = True  # what does not get through whole may in parts
            raise
        self._in_pages = False
        return version

    def _whole(self) -> Iterator[Page]:
        """Ask for the list as it is in the API server's memory, at least as new as what was seen already."""
        page: Page | None = None
        query: Query = {"resourceVersion": self._mirror.newest_version or "0"}
        deadline = self._connection.settings.read_timeout * MAX_REQUEST_FACTOR
        accept = self._resource.accept[0]
        with self._connection.stream(self._path, query, accept=accept, deadline=deadline) as stream:
            self._stream = stream
            try:
                for page in listing.whole(stream, self._codec):
                    yield page
            finally:
                self._stream = None
        if page is not None and page.more:
            size = self._connection.settings.page_size
            yield from listing.pages(self._connection, self._path, size, self._codec, page.more)

    def _listed_in_pages(self, sink: Sink) -> str:
        size = self._connection.settings.page_size
        while True:
            try:
                return self._mirror.take_list(sink, listing.pages(self._connection, self._path, size, self._codec))
            except Gone:
                # The continue token expired on the way. Larger pages get through in fewer steps.
                if size >= MAX_PAGE:
                    raise
                size = min(MAX_PAGE, size * 4)

    def _watch(self, sink: Sink, health: HealthReporter) -> None:
        """Follow changes until the watch ends; the mirror's version is how far it came, empty if a list must follow.

        Raises:
            ClusterError: it could not be opened, or it failed on the way.
        """
        query: Query = {
            "watch": True,
            "allowWatchBookmarks": True,
            "resourceVersion": self._mirror.version,
            "timeoutSeconds": self._dice.randint(*WATCH_SECONDS),
        }
        silence, accept = self._connection.settings.watch_silence, self._resource.accept[1]
        try:
            with self._connection.stream(self._path, query, accept=accept, silence=silence, linger=LINGER) as stream:
                self._stream = stream
                self._follow(stream, sink, health)
        except Gone:
            self._mirror.version = ""
            raise
        finally:
            self._stream = None

    def _follow(self, stream: Stream, sink: Sink, health: HealthReporter) -> None:
        if self._stopping.is_set():
            return
        began, came = self._clock.monotonic(), False
        settled = self._say_live(health)
        try:
            for lines in stream.batches():
                before, held = self._remark(), not came and self._backoff.failures
                came = True
                self._mirror.take_events(sink, lines)
                self._backoff.reset()
                self._look_for_namespace()
                if held or self._remark() != before:
                    health.live(self._remark(), self._mirror.unread)
                health.heard()
        except TimedOut as error:
            self._mirror.version = ""
            silence = self._connection.settings.watch_silence
            raise TimedOut(f"the watch of {self.name} was silent for {silence:.0f} s; {error}") from error
        except Unreachable as error:
            raise _Cut(str(error)) from error
        except ServerError:
            self._mirror.version = ""
            raise
        finally:
            settled.cancel()
        if not came and self._clock.monotonic() - began < SHORTEST_WATCH and not self._stopping.is_set():
            raise _Cut(f"the API server ends the watch of {self.name} as soon as it begins")

    def _say_live(self, health: HealthReporter) -> threading.Timer:
        """Say that the watch is on: at once, or after one that was cut, once this one has brought something or stands.

        One that is cut whenever it begins follows nothing.
        """

        def live() -> None:
            health.live(self._remark(), self._mirror.unread)

        timer = threading.Timer(SHORTEST_WATCH, live)
        timer.daemon = True
        if self._backoff.failures:
            timer.start()
        else:
            live()
        return timer


class _NoNamespaceError(ClusterError):
    """The namespace that is to be read is not there."""


class _Cut(Unreachable):
    """A watch that had begun was cut off; it can go on from where it was."""
