"""Prometheus as a feed: service levels, burn rate, working sets, input health and the queries of the settings."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

from opsconsole.clock import Clock
from opsconsole.feeds.backoff import Backoff
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.polling import PollingFeed
from opsconsole.feeds.protocol import Sink
from opsconsole.metrics import inputs, levels, memory
from opsconsole.metrics.asking import Asks, number
from opsconsole.metrics.errors import MetricsError
from opsconsole.records import Health, Kind, Metric, State
from opsconsole.settings import MetricsSettings, QuerySettings
from opsconsole.store import Delta, Store
from opsconsole.text import clean_line

SLOW_SECONDS = 60.0
"""Between two rounds of the costly queries (burn rate, working sets, inputs): they look back over an hour and more."""

MAX_BACK_OFF = 60.0
_INPUTS = "inputs"

HISTORY = 60
"""Values kept of each query, for a sparkline."""

MAX_INPUTS = 50
"""Queries of the optimizer that are watched, the newest ones."""


class Closes(Asks, Protocol):
    """A client that can be closed."""

    def close(self) -> None: ...


class _Task(NamedTuple):
    """Some queries that are asked together, every ``seconds``."""

    name: str
    seconds: float
    collect: Callable[[Asks, float], Iterable[Metric]]
    history: bool = True


def _connect(settings: MetricsSettings) -> Closes:
    from opsconsole.metrics.client import Prometheus  # noqa: PLC0415 - heavy; imported on the feed's own thread

    return Prometheus(settings)


class MetricsFeed(PollingFeed):
    """Asks Prometheus on a thread of its own and emits Metric records.

    Without an address it is ``ABSENT`` and everything that would need it is unknown. While the server can't be asked,
    the records stay as they were and the health says since when and why.

    Args:
        settings: address, time-outs, queries.
        clock: for the times of the records.
        owner: tells the workload of a pod (``working_set`` records are by workload); the pod's name does otherwise.
        watch: queries of the optimizer to check from the start; :meth:`watch` adds more.
        connect: makes the client, on the feed's thread.
        rng: for the jitter of the back-off.
    """

    sentences = (MetricsError,)

    def __init__(
        self,
        settings: MetricsSettings,
        clock: Clock,
        *,
        owner: memory.Owner = lambda _namespace, _pod: None,
        watch: Iterable[str] = (),
        connect: Callable[[MetricsSettings], Closes] = _connect,
        rng: random.Random | None = None,
    ) -> None:
        dice = rng or random.Random()  # noqa: S311 - jitter, not a secret
        super().__init__("metrics", clock, Backoff(dice, base=settings.interval, cap=MAX_BACK_OFF))
        self._settings = settings
        self._owner = owner
        self._connect = connect
        self._client: Closes | None = None
        self._rounds = _Rounds(list(self._tasks()), clock)
        self._published = _Published()
        self._inputs: dict[str, None] = {}
        self._changed = threading.Lock()
        self._new_inputs = False
        self.watch(watch)

    def start(self, sink: Sink) -> None:
        """Begin to ask. Returns at once."""
        if self._settings.url:
            super().start(sink)
            return
        detail = "no Prometheus configured; set metrics.url to see service levels"
        sink.health(Health(self.name, State.ABSENT, self._clock.now(), detail=detail))

    def watch(self, queries: Iterable[str]) -> None:
        """Check these queries too, soon and from now on. May be called from any thread."""
        with self._changed:
            for query in queries:
                wanted = clean_line(query.strip())
                if wanted and len(wanted) <= inputs.MAX_QUERY and wanted not in self._inputs:
                    self._inputs[wanted] = None
                    self._new_inputs = True
            while len(self._inputs) > MAX_INPUTS:
                del self._inputs[next(iter(self._inputs))]
            hurry = self._new_inputs and not self._backoff.failures
        if hurry:
            self._loop.hurry()

    def observe(self, store: Store, delta: Delta) -> None:
        """Watch the queries that new decisions tell of; see :class:`opsconsole.console.Observer`."""
        decisions = (store.decisions.get(key) for key in delta.changed.get(Kind.DECISION, ()))
        self.watch([decision.query for decision in decisions if decision and decision.query])

    def next_due(self) -> float | None:
        """Never by time alone."""
        return None

    def _tasks(self) -> Iterator[_Task]:
        quick, slow = self._settings.interval, max(SLOW_SECONDS, self._settings.interval)
        yield _Task("levels", quick, lambda ask, now: levels.service_levels(ask, self._settings, now))
        yield _Task("queries", quick, self._queries)
        yield _Task("burn rate", slow, lambda ask, now: [levels.burn_rate(ask, self._settings, now)])
        yield _Task("working sets", slow, lambda ask, now: memory.working_sets(ask, now, self._owner), history=False)
        yield _Task(_INPUTS, slow, self._check_inputs, history=False)

    def _queries(self, ask: Asks, now: float) -> Iterator[Metric]:
        for name, wanted in self._settings.queries.items():
            yield custom(ask, f"query/{name}", wanted, now)

    def _check_inputs(self, ask: Asks, now: float) -> Iterator[Metric]:
        with self._changed:
            wanted = list(self._inputs)
        for query in wanted:
            yield inputs.check(ask, query, now)

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        self._client = self._client or self._connect(self._settings)
        for task in self._rounds.due(self._settings.interval if self._takes_new_inputs() else None):
            self._published.put(sink, task, list(task.collect(self._client, self._clock.now())))
        health.live()
        self._backoff.reset()
        return self._rounds.pause()

    def end(self) -> None:
        if self._client is not None:
            self._client.close()

    def _takes_new_inputs(self) -> bool:
        with self._changed:
            fresh, self._new_inputs = self._new_inputs, False
        return fresh


class _Rounds:
    """When each task is due. A task that failed stays due."""

    def __init__(self, tasks: Sequence[_Task], clock: Clock) -> None:
        self._tasks = tasks
        self._clock = clock
        self._due = dict.fromkeys((task.name for task in tasks), clock.monotonic())
        self._asked: dict[str, float] = {}

    def due(self, hurry: float | None) -> Iterator[_Task]:
        """The tasks whose time has come. ``hurry``: inputs are due that long after they were last asked."""
        if hurry is not None and _INPUTS in self._asked:
            self._due[_INPUTS] = min(self._due[_INPUTS], self._asked[_INPUTS] + hurry)
        for task in self._tasks:
            if self._due[task.name] <= self._clock.monotonic():
                yield task
                self._asked[task.name] = self._clock.monotonic()
                self._due[task.name] = self._asked[task.name] + task.seconds

    def pause(self) -> float:
        """Seconds until the next task is due."""
        return max(0.0, min(self._due.values()) - self._clock.monotonic())


class _Published:
    """Gives the sink records with their history and takes away what is gone."""

    def __init__(self) -> None:
        self._histories: dict[str, tuple[float | None, ...]] = {}
        self._known: dict[str, set[str]] = {}

    def put(self, sink: Sink, task: _Task, metrics: Sequence[Metric]) -> None:
        """The whole answer of one task."""
        keys = {metric.key for metric in metrics}
        sink.drop(Kind.METRIC, self._known.get(task.name, set()) - keys)
        self._known[task.name] = keys
        sink.put(Kind.METRIC, [self._with_history(metric) for metric in metrics] if task.history else metrics)

    def _with_history(self, metric: Metric) -> Metric:
        history = (*self._histories.get(metric.key, ()), metric.value)[-HISTORY:]
        self._histories[metric.key] = history
        return msgspec.structs.replace(metric, history=history)


def custom(ask: Asks, key: str, wanted: QuerySettings, now: float) -> Metric:
    """One query of the settings as a record."""
    answer = number(ask, wanted.query)
    return Metric(
        key=key,
        title=clean_line(wanted.title),
        query=clean_line(wanted.query),
        value=answer.value,
        unit=clean_line(wanted.unit),
        at=now,
        problem=answer.problem,
        state="" if answer.value is not None else "unknown",
    )
