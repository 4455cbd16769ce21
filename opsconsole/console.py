"""The headless core: observe → store → judge. The screen, the command line and the guard all run this."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from opsconsole.clock import ClockWatch
from opsconsole.feeds.protocol import Batch, Feed, Inbox
from opsconsole.files.faults import record_fault
from opsconsole.records import AnyRecord, Finding, Health, Identity, Kind, Pod, Ref, State
from opsconsole.store import Delta, Store
from opsconsole.text import clean_line

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.settings import Settings

JUDGES = "judges"
"""Under this name it is told that what is looked at as it changes is not, or not wholly, looked at."""

_LONGEST = 200
"""Characters of why."""


class LogStream(Protocol):
    """Lines of one container's log, oldest first, cleaned. Iterating blocks; ``close`` from any thread ends it."""

    def __iter__(self) -> Iterator[str]: ...

    def close(self) -> None:
        """End the stream; the iterating thread stops soon."""
        ...


class Inspector(Protocol):
    """Reads one thing whole when someone opens it. Every call blocks and is made off the UI's thread.

    Raises:
        InspectError: in words for the screen (what failed, on what, why, what to do next).
    """

    def manifest(self, ref: Ref) -> str:
        """The object as YAML, cleaned, ``managedFields`` folded to one line per manager, Secret data masked."""
        ...

    def logs(self, pod: Pod, container: str, *, previous: bool, follow: bool, tail: int) -> LogStream:
        """Open a container's log."""
        ...


class NamespaceScope(Protocol):
    """Which namespaces are read."""

    def read(self, namespace: str) -> None:
        """Read ``namespace`` too, where not all of them are read already. Returns at once."""
        ...

    def trouble(self, namespace: str) -> str:
        """What is wrong with a namespace's name (there is none of it), or empty. Blocks."""
        ...


class InspectError(Exception):
    """What was asked for can't be shown; the text is for the person at the screen."""


class Judge(Protocol):
    """Turns what changed into findings. Called on the pump's thread; must be quick (it sees only what changed)."""

    def judge(self, store: Store, delta: Delta) -> tuple[Sequence[Finding], Sequence[str]]:
        """Return the findings that are new or changed, and the keys of those that no longer hold."""
        ...

    def next_due(self) -> float | None:
        """When (seconds since the epoch) it wants to be asked again though nothing changed; ``None``: not at all."""
        ...


class Observer(Protocol):
    """Wants to see what a pump changed, findings included, and judges nothing. Called on the pump's thread, quickly."""

    def observe(self, store: Store, delta: Delta) -> None:
        """Look at what changed."""
        ...

    def next_due(self) -> float | None:
        """When (seconds since the epoch) it wants to look again though nothing changed; ``None``: not at all."""
        ...


class Console:
    """The object that everything runs on: feeds write into the inbox, :meth:`pump` brings the store up to date.

    Args:
        settings: everything that can be set.
        feeds: the sources; each is started by :meth:`start`.
        clock: where the time comes from.
        judges: the governor and the plugins' rules.
        inspector: opens things; ``None`` where there is no cluster.
        wire: builds the rest of the object graph (feeds, judges, inspector, switchboard) once :meth:`start` is called,
            on a thread of its own: what it imports must not hold up the first frame.
    """

    def __init__(
        self,
        settings: Settings,
        feeds: Sequence[Feed],
        clock: Clock,
        *,
        judges: Sequence[Judge] = (),
        inspector: Inspector | None = None,
        wire: Callable[[Console], None] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.inspector = inspector
        self.scope: NamespaceScope | None = None
        self.store = Store()
        self.inbox = Inbox()
        self.identity: Identity = Identity()
        self._feeds = list(feeds)
        self._judges = tuple(judges)
        self._observers: tuple[Observer, ...] = ()
        self.governor: Any = None
        self.switchboard: Any = None
        self.plugin_panes: Sequence[Any] = ()
        self.plugin_tellers: Sequence[Any] = ()
        self.coach: Callable[[], str] | None = None
        self.adopt: Callable[[Settings], None] | None = None
        """Takes other optimizers for the rest of the session, on the pump's thread; ``None`` until all is built."""
        self._begin_writers: Callable[[], None] | None = None
        self._writers_wanted = False
        self._wire = wire
        self._built = threading.Event()
        self._watch = ClockWatch(clock)
        self._pumped = clock.now()
        """When the last pump began."""
        self._started = False
        self._missed = False

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` (from a feed's thread) when there is something to pump. It must return at once."""
        self.inbox.wake = wake

    def add_feed(self, feed: Feed) -> None:
        """Add a feed; it is started at once if the console is running."""
        self._feeds.append(feed)
        if self._started:
            self._start(feed)

    def watch_writers(self) -> None:
        """Begin to read who writes, where that was not begun at the start; as soon as it can be, if not yet."""
        self._writers_wanted = True
        if self._begin_writers is not None:
            self._begin_writers()

    def offer_writers(self, begin: Callable[[], None]) -> None:
        """Say how to begin to read who writes; ``begin`` is called where somebody has asked already, once or twice."""
        self._begin_writers = begin
        if self._writers_wanted:
            begin()

    def remove_feeds(self, names: Collection[str]) -> None:
        """Stop the feeds of these names and forget them; what they brought stays."""
        for feed in [each for each in self._feeds if each.name in names]:
            self._feeds.remove(feed)
            with contextlib.suppress(Exception):  # as in stop()
                feed.stop()

    def add_judge(self, judge: Judge) -> None:
        """Add a judge; from the next pump on it sees what changes."""
        self._judges = (*self._judges, judge)

    def add_observer(self, observer: Observer) -> None:
        """Add an observer; from the next pump on it sees what changes, after the judges."""
        self._observers = (*self._observers, observer)

    def start(self) -> None:
        """Start every feed, and build on a thread of its own what is to be built late."""
        self._started = True
        for feed in list(self._feeds):
            self._start(feed)
        if self._wire is not None:
            threading.Thread(target=self._build, name="wiring", daemon=True).start()
        else:
            self._built.set()

    def _start(self, feed: Feed) -> None:
        try:
            feed.start(self.inbox)
        except Exception as error:  # noqa: BLE001 - the other feeds are needed all the more
            detail = f"can't be started: {error}"
            self.inbox.health(Health(feed.name, State.DOWN, self.clock.now(), detail=detail, unread=1))
            record_fault(f"starting the feed {feed.name}", error)

    def retry(self) -> None:
        """Have every feed ask its source now, however long its back-off would still last."""
        for feed in list(self._feeds):
            retry = getattr(feed, "retry", None)
            if retry is not None:
                retry()

    def _build(self) -> None:
        wire, self._wire = self._wire, None
        try:
            if wire is not None:
                wire(self)
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen stays and says so
            detail = f"can't be set up: {error}"
            self.inbox.health(Health("console", State.DOWN, self.clock.now(), detail=detail, unread=1))
            record_fault("setting up the console", error)
        finally:
            self._built.set()

    def stop(self) -> None:
        """Stop every feed. Returns at once."""
        self._started = False
        for feed in self._feeds:
            with contextlib.suppress(Exception):  # the others want to be stopped too
                feed.stop()
        if self.switchboard is not None:
            self.switchboard.stop()

    def pump(self) -> Delta:
        """Bring the store up to date, judge what changed and apply what was found. Call it from one thread only.

        Returns:
            All that changed, the findings included: an alarm is on the screen with what caused it.

        Raises:
            Exception: a judge or an observer has failed. What changed is in the store, but was not wholly looked at;
                the health of ``judges`` says so from now on.
        """
        try:
            return self._pump()
        except Exception as error:
            self._miss(error)
            raise

    def _pump(self) -> Delta:
        look = self._watch.look()
        self._pumped = look.now
        delta = self.store.apply(self.inbox.drain(), look)
        verdicts: dict[str, AnyRecord | None] = {}
        for judge in self._judges:
            if delta or self._due(judge):
                found, cleared = judge.judge(self.store, delta)
                verdicts.update((finding.key, finding) for finding in found)
                verdicts.update((key, None) for key in cleared)
        if verdicts:
            delta = delta.merged(self.store.apply(Batch({Kind.FINDING: verdicts}, [], {})))
        for observer in self._observers:
            if delta or self._due(observer):
                observer.observe(self.store, delta)
        return delta

    def _miss(self, error: Exception) -> None:
        """Say once that something was missed, for good: nobody shows the judges again what they have not seen."""
        if self._missed:
            return
        self._missed = True
        detail = clean_line(f"what changed was not wholly looked at: {type(error).__name__}: {error}", _LONGEST)
        self.inbox.health(Health(JUDGES, State.DOWN, self.clock.now(), detail=detail, unread=1))

    def rest(self, most: float) -> float:
        """Seconds until the next pump that somebody waits for by the clock alone; ``most`` at most.

        What was due when the last pump began was looked at by it, and is by each.
        """
        lookers: list[Judge | Observer] = [*self._judges, *self._observers]
        due = [at for each in lookers if (at := each.next_due()) is not None and at > self._pumped]
        return max(0.0, min([most, *(at - self.clock.now() for at in due)]))

    def _due(self, looker: Judge | Observer) -> bool:
        due = looker.next_due()
        return due is not None and due <= self.clock.now()

    def silent(self) -> set[str]:
        """The feeds that have not said yet how they are, and ``console`` until all of them are built."""
        spoken = {name for name, health in self.store.health.items() if health.state is not State.STARTING}
        waiting = {feed.name for feed in list(self._feeds)} - spoken
        return waiting | (set() if self._built.is_set() else {"console"})

    def health(self) -> Mapping[str, Health]:
        """The newest word of every feed."""
        return self.store.health
