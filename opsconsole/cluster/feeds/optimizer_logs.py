"""The logs of all of the optimizers' containers, followed through restarts and re-creations of their pods."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.questions.logs import ContainerLog
from opsconsole.cluster.questions.optimizer import FoundOptimizers, Membership, OptimizerError, find
from opsconsole.cluster.transport.errors import ClusterError, Denied, NotFound, Rejected, Unreachable
from opsconsole.feeds.backoff import Backoff
from opsconsole.feeds.polling import Loop, in_words
from opsconsole.records import AnyRecord, Container, Health, Kind, Pod, State

if TYPE_CHECKING:
    from opsconsole.clock import Clock
    from opsconsole.cluster.transport.connection import Connection
    from opsconsole.optimizer import Optimizers

OnLine = Callable[[str, str, float | None], None]
OnHealth = Callable[[Health], None]

NAME = "decisions"

LINGER = 2.0
"""Seconds that a log is read on after its pod has gone, for the lines that are on their way."""

MAX_LOGS = 40
"""Containers followed at once; each is a thread and a connection. A CronJob's history goes first."""

MAX_NAMES = 1_000
"""Logs whose optimizer is remembered: pods of a CronJob come and go."""

FIND_AGAIN = 10.0
"""Seconds between two looks for an optimizer that is not there."""


class OptimizerLogs:
    """Follows the optimizers' logs and gives out each line. A ``LineSource`` for the decision feed.

    It watches the pods of their namespaces by itself, so that it works where all namespaces may not be read.

    Args:
        connection: where to read.
        optimizers: who they are, and which of their containers speak.
        clock: the time.
        tail: lines of history of each container.
        dice: chooses delays.
    """

    def __init__(
        self,
        connection: Connection,
        optimizers: Optimizers,
        clock: Clock,
        *,
        tail: int = 500,
        dice: random.Random | None = None,
    ) -> None:
        self._connection = connection
        self._optimizers = optimizers
        self._clock = clock
        self._tail = tail
        self._dice = dice or random.Random()  # noqa: S311 - jitter, no secret
        self._stopping = threading.Event()
        self._finding: Loop | None = None
        self._follower: _Follower | None = None
        self._reflectors: list[Reflector] = []

    def start(self, on_line: OnLine, on_health: OnHealth) -> None:
        """Begin to read on daemon threads. Returns at once; both callbacks are called from those threads."""
        since, backoff = self._clock.now(), Backoff(self._dice)

        def trouble(error: BaseException) -> float:
            state = State.DENIED if isinstance(error, Denied) else State.DOWN
            words = str(error) if isinstance(error, ClusterError) else in_words(error)
            unfound = isinstance(error, OptimizerError)  # there is no such optimizer; else that is not known
            on_health(Health(NAME, state, since, None, words, unread=0 if unfound else 1))
            return FIND_AGAIN if unfound else backoff.next()

        self._finding = Loop("optimizer", lambda: self._find(on_line, on_health), trouble)
        self._finding.start()

    def stop(self) -> None:
        """Ask the threads to end."""
        self._stopping.set()
        if self._finding is not None:
            self._finding.stop()
        for reflector in self._reflectors:
            reflector.stop()
        if self._follower is not None:
            self._follower.stop()

    def optimizer_of(self, source: str) -> str:
        """The name of the optimizer whose log ``source`` is; empty if that is not known."""
        return self._follower.names.get(source, "") if self._follower is not None else ""

    def _find(self, on_line: OnLine, on_health: OnHealth) -> float:
        """Look for the optimizers; once they are found, follow them and look no more."""
        found = find(self._connection, self._optimizers)
        follower = _Follower(self._connection, found, on_line, tail=self._tail, dice=self._dice)
        reporter = _Reporter(self._clock, found, follower, on_health)
        follower.changed = reporter.say
        self._follower = follower
        self._reflectors = [
            Reflector(self._connection, PODS, self._clock, namespace=namespace, dice=self._dice)
            for namespace in found.namespaces
        ]
        for reflector, namespace in zip(self._reflectors, found.namespaces, strict=True):
            if not self._stopping.is_set():
                reflector.start(_PodSink(follower, reporter, namespace))
        if self._finding is not None:
            self._finding.stop()
        return 0.0


class _Follower:
    """One thread for each log that is followed."""

    def __init__(
        self,
        connection: Connection,
        found: FoundOptimizers,
        on_line: OnLine,
        *,
        tail: int,
        dice: random.Random,
    ) -> None:
        self._connection = connection
        self._members = Membership(connection, found)
        self._tail = tail
        self._on_line = on_line
        self._dice = dice
        self._asking = threading.Lock()
        self._lock = threading.Lock()
        self._logs: dict[tuple[str, str], ContainerLog] = {}
        self._finished: set[tuple[str, str]] = set()
        self._unread: set[tuple[str, str]] = set()
        self.pods: dict[str, Pod] = {}
        self.names: dict[str, str] = {}
        self.troubles: dict[tuple[str, str], ClusterError] = {}
        self.changed: Callable[[], None] = lambda: None

    @property
    def following(self) -> int:
        """How many logs are open, or being tried."""
        return len(self._logs)

    @property
    def unread(self) -> int:
        """Logs that can't be read now, though their containers have begun to run."""
        return sum(not isinstance(error, Rejected) for error in list(self.troubles.values()))

    @property
    def reading(self) -> bool:
        """Whether a log is open whose history has not been read to its end: what it tells is not known yet."""
        return any(place not in self.troubles for place in list(self._unread))

    def put(self, pods: Iterable[Pod]) -> None:
        """Take in what the pods are now, and open the logs of those that have begun to run."""
        for pod in sorted(pods, key=lambda each: each.created or 0.0, reverse=True):
            # One pod after the other, though each namespace has a thread of its own: the owners are asked for once.
            with self._asking:
                optimizer = self._members.whose(pod)
            if optimizer is None:
                continue
            known = self.pods.get(pod.key)
            if known is not None and known.uid != pod.uid:
                self.drop([pod.key])
            self.pods[pod.key] = pod
            for container in pod.containers:
                if container.name == (optimizer.container or container.name) and _has_begun(container):
                    self._name(_source(pod, container.name), optimizer.name)
                    self._open(pod, container.name)
        self.changed()

    def drop(self, keys: Iterable[str]) -> None:
        """These pods are gone: their logs are closed when the last lines are through."""
        for key in keys:
            pod = self.pods.pop(key, None)
            if pod is None:
                continue
            for container in pod.containers:
                self._finished.discard((pod.uid, container.name))
                log = self._logs.get((pod.uid, container.name))
                if log is not None:
                    ending = threading.Timer(LINGER, log.close)
                    ending.daemon = True
                    ending.start()
        self.changed()

    def stop(self) -> None:
        """Close every log."""
        with self._lock:
            for log in self._logs.values():
                log.close()

    def _name(self, source: str, optimizer: str) -> None:
        """Remember whose log it is; longer than the pod is there, for lines that are on their way."""
        self.names[source] = optimizer
        if len(self.names) > MAX_NAMES:
            del self.names[next(iter(self.names))]

    def _open(self, pod: Pod, container: str) -> None:
        place = (pod.uid, container)
        with self._lock:
            if place in self._logs or place in self._finished or len(self._logs) >= MAX_LOGS:
                return
            log = ContainerLog(
                self._connection,
                pod.namespace,
                pod.name,
                container,
                follow=True,
                tail=self._tail,
                trouble=lambda error: self._note(place, error),
                read=lambda: self._is_read(place),
                over=lambda: self._is_over(pod),
                backoff=Backoff(self._dice),
            )
            self._logs[place] = log
            self._unread.add(place)
        name = f"log-{pod.name}-{container}"
        threading.Thread(target=self._read, args=(log, place, pod, container), name=name, daemon=True).start()

    def _read(self, log: ContainerLog, place: tuple[str, str], pod: Pod, container: str) -> None:
        source = _source(pod, container)
        try:
            for line in log:
                self._on_line(source, line.text, line.at)
        except NotFound:
            pass  # the pod has gone; the watch says so too
        except BaseException as error:  # noqa: BLE001 - it is said, and the log is opened again when its pod changes
            with self._lock:
                self._logs.pop(place, None)
                self._unread.discard(place)
            self._note(place, ClusterError(f"log {source}: {in_words(error)}"))
            return
        with self._lock:
            self._logs.pop(place, None)
            self._unread.discard(place)
            self.troubles.pop(place, None)
            if pod.key in self.pods:
                self._finished.add(place)
        self.changed()

    def _is_read(self, place: tuple[str, str]) -> None:
        with self._lock:
            self._unread.discard(place)
        self.changed()

    def _is_over(self, pod: Pod) -> bool:
        now = self.pods.get(pod.key)
        return now is None or now.uid != pod.uid or now.phase in {"Succeeded", "Failed"}

    def _note(self, place: tuple[str, str], error: ClusterError | None) -> None:
        before = self.troubles.get(place)
        if error is None:
            self.troubles.pop(place, None)
        else:
            self.troubles[place] = error
        if str(before) != str(error):
            self.changed()


def _source(pod: Pod, container: str) -> str:
    return f"{pod.name}/{container}"


def _has_begun(container: Container) -> bool:
    return container.state in {"running", "terminated"} or container.last_exit_code is not None


class _Reporter:
    """Turns what pods and logs are like into one health of the decision stream."""

    def __init__(self, clock: Clock, found: FoundOptimizers, follower: _Follower, on_health: OnHealth) -> None:
        self._clock = clock
        self._found = found
        self._follower = follower
        self._on_health = on_health
        self._lock = threading.Lock()
        self._watches = {namespace: Health(NAME, State.STARTING, clock.now()) for namespace in found.namespaces}
        self._said: Health | None = None

    def pods_are(self, namespace: str, health: Health) -> None:
        """Take in how the watch of a namespace's pods is."""
        self._watches[namespace] = health
        self.say()

    def say(self) -> None:
        """Tell the health if it is not what was told last."""
        with self._lock:
            state, detail = self._now()
            said = self._said
            unread = self._follower.unread
            if said is not None and (said.state, said.detail, said.unread) == (state, detail, unread):
                return
            since = said.since if said is not None and said.state is state else self._clock.now()
            self._said = Health(NAME, state, since, None, detail, unread)
            self._on_health(self._said)

    def _now(self) -> tuple[State, str]:
        for watch in list(self._watches.values()):
            if watch.state is not State.LIVE:
                return watch.state, watch.detail
        follower = self._follower
        pods, troubles = len(follower.pods), list(follower.troubles.values())
        if not pods:
            notes = [*(each.note for each in self._found.workloads if each.note), *self._found.missing]
            note = f" ({'; '.join(notes)})" if notes else ""
            has = "have" if len(self._found.workloads) > 1 else "has"
            return State.ABSENT, f"{self._found.title} {has} no pod now{note}"
        if not follower.following and not troubles:
            return State.LIVE, f"{_count(pods, 'pod')}, no container is running"
        if len(troubles) >= max(1, follower.following):
            return _state_of(troubles[0]), str(troubles[0])
        detail = f"{_count(follower.following, 'log')} of {_count(pods, 'pod')}"
        if follower.reading and (self._said is None or self._said.state is State.STARTING):
            return State.STARTING, f"reading {detail}"
        lacks = [f"{len(troubles)} can't be read: {troubles[0]}"] if troubles else []
        return State.LIVE, "; ".join([detail, *lacks, *self._found.missing])


def _state_of(error: ClusterError) -> State:
    if isinstance(error, Denied):
        return State.DENIED
    # 400: the container waits to start.
    return State.LIVE if isinstance(error, Rejected) and not isinstance(error, Unreachable) else State.STALE


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


class _PodSink:
    """What the reflector of the pods writes into."""

    def __init__(self, follower: _Follower, reporter: _Reporter, namespace: str) -> None:
        self._follower = follower
        self._reporter = reporter
        self._namespace = namespace

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        self._follower.put(record for record in records if kind is Kind.POD and isinstance(record, Pod))

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        if kind is Kind.POD:
            self._follower.drop(keys)

    def health(self, health: Health) -> None:
        self._reporter.pods_are(self._namespace, health)
