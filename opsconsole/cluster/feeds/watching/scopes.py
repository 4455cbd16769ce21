"""What is read: the whole cluster, the namespaces that were named, or our own where the cluster's scope is denied.

Behind one feed there is a reflector for each of them. That of the whole cluster goes on asking while namespaces stand
in for it, and takes their place as soon as it may.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from opsconsole.cluster.feeds.watching.scope_health import merged
from opsconsole.cluster.questions.about.namespaces import Namespaces
from opsconsole.feeds.polling import in_words
from opsconsole.files.faults import record_fault
from opsconsole.records import Health, State

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.feeds.watching.reflector import Reflector
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.feeds.protocol import Sink
    from opsconsole.records import AnyRecord, Kind

CLUSTER = ""
"""The scope of the whole cluster."""


class Scope:
    """The namespaces that every feed reads. Safe to use from several threads.

    Args:
        named: by the settings; none: the whole cluster, or ``own`` where that is denied.
        own: says which namespace is ours. May read the kubeconfig.
        namespaces: tells whether a namespace is there.
    """

    def __init__(self, named: Sequence[str], own: Callable[[], str], namespaces: Namespaces) -> None:
        self._lock = threading.Lock()
        self._named = tuple(dict.fromkeys(named))
        self._own = own
        self._feeds: list[ScopedFeed] = []
        self.namespaces = namespaces

    @classmethod
    def of(cls, connection: Connection, clock: Clock) -> Scope:
        """The scope that the connection's settings name."""
        own = lambda: connection.access.namespace or "default"  # noqa: E731 - asked late: it may read files
        return cls(connection.settings.namespaces, own, Namespaces(connection, clock))

    @property
    def named(self) -> tuple[str, ...]:
        """The namespaces that were named so far."""
        return self._named

    def instead(self) -> tuple[str, ...]:
        """Return the namespaces to read where the cluster may not be."""
        return self._named or (self._own(),)

    def join(self, feed: ScopedFeed) -> None:
        """Have a feed told of namespaces that are named later."""
        with self._lock:
            self._feeds.append(feed)

    def read(self, namespace: str) -> None:
        """Read ``namespace`` too, where not all of them are read already. Returns at once."""
        with self._lock:
            self._named = tuple(dict.fromkeys((*self._named, namespace)))
            feeds = list(self._feeds)
        for feed in feeds:
            feed.read(namespace)

    def trouble(self, namespace: str) -> str:
        """Return what is wrong with a namespace's name, or empty. Blocks."""
        presence = self.namespaces.look(namespace)
        return presence.words if presence.there is False else ""


class ScopedFeed:
    """One resource in one or several scopes, told as one feed.

    Args:
        name: of the feed.
        make: makes the reflector of a namespace (of the whole cluster: of an empty one).
        scope: says which.
        clock: the time.
    """

    def __init__(self, name: str, make: Callable[[str], Reflector], scope: Scope, clock: Clock) -> None:
        self.name = name
        self._make = make
        self._scope = scope
        self._clock = clock
        self._lock = threading.RLock()
        self._parts = {each: make(each) for each in scope.named or (CLUSTER,)}
        self.previewed = next(iter(self._parts.values())).previewed
        """Set when the first rows are in the sink, or when there will be none before the list."""
        self._words: dict[str, Health] = {}
        self._sink: Sink | None = None
        self._ever_whole = self._turning = self._stopped = False
        scope.join(self)

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        with self._lock:
            self._sink = sink
            parts = dict(self._parts)
        for name, part in parts.items():
            part.start(_PartSink(sink, name, self._hear))

    def stop(self) -> None:
        """Ask every thread to end. Returns at once."""
        with self._lock:
            self._stopped = True
            parts = list(self._parts.values())
        for part in parts:
            part.stop()

    def retry(self) -> None:
        """Ask now."""
        with self._lock:
            parts = list(self._parts.values())
        for part in parts:
            part.retry()

    def read(self, namespace: str) -> None:
        """Read ``namespace`` too, unless the whole cluster is read, or its answer is still waited for."""
        with self._lock:
            cluster = self._words.get(CLUSTER)
            wanted = CLUSTER not in self._parts or (cluster is not None and cluster.state is State.DENIED)
        if wanted and not self._ever_whole:
            self._aside(lambda: self._turn([namespace], self._guessed()))

    def _guessed(self) -> list[str]:
        """Our own namespace, where it was tried unasked and is denied: what is named by hand takes its place."""
        with self._lock:
            denied = [name for name, word in self._words.items() if name and word.state is State.DENIED]
        return [name for name in denied if name not in self._scope.named]

    def _hear(self, scope: str, word: Health) -> None:
        """Take in how one scope stands; called with locks held that starting and stopping need: that is done aside."""
        with self._lock:
            if scope not in self._parts:
                return
            self._words[scope] = word
            narrow = [name for name in self._parts if name]
            turn = scope == CLUSTER and not self._turning and not self._stopped
            if scope == CLUSTER and word.state is State.LIVE:
                self._ever_whole, work = True, lambda: self._turn([], narrow)
                turn = turn and bool(narrow)
            else:
                work = lambda: self._turn(self._scope.instead(), [])  # noqa: E731 - one of two, run on another thread
                turn = turn and word.state is State.DENIED and not (narrow or self._ever_whole)
            self._turning = self._turning or turn
            self._tell()
        if turn:
            self._aside(work)

    def _tell(self) -> None:
        if self._sink is not None and self._words:
            self._sink.health(merged(self.name, self._words, self._clock.now()))

    def _aside(self, work: Callable[[], None]) -> None:
        threading.Thread(target=self._guarded, args=(work,), name=f"scope-{self.name}", daemon=True).start()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and the cluster's scope goes on asking
            record_fault(f"choosing the namespaces of {self.name}", error)
            with self._lock:
                word = Health(self.name, State.DOWN, self._clock.now(), None, in_words(error))
                if self._sink is not None:
                    self._sink.health(word)
        finally:
            with self._lock:
                self._turning = False

    def _turn(self, begin: Iterable[str], end: Iterable[str]) -> None:
        """Begin to read some namespaces, and leave others."""
        with self._lock:
            if self._stopped:
                return
            ended = [self._parts.pop(name) for name in end if name in self._parts]
            self._words = {name: word for name, word in self._words.items() if name in self._parts}
            begun = {name: self._make(name) for name in begin if name not in self._parts}
            self._parts |= begun
            sink = self._sink
        for part in ended:
            part.stop()
        for name, part in begun.items():
            if sink is not None:
                part.start(_PartSink(sink, name, self._hear))
        with self._lock:
            self._tell()


class _PartSink:
    """The sink of one scope's reflector: records go through, its health becomes a part of the feed's."""

    def __init__(self, sink: Sink, scope: str, hear: Callable[[str, Health], None]) -> None:
        self._sink = sink
        self._scope = scope
        self._hear = hear

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        self._sink.put(kind, records)

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        self._sink.drop(kind, keys)

    def health(self, health: Health) -> None:
        self._hear(self._scope, health)
