"""A console over the Aura night: a feed in memory, a clock that stands still, a switchboard that does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from opsconsole.clock import Clock
from opsconsole.console import Console
from opsconsole.feeds.protocol import Sink
from opsconsole.records import (
    AnyRecord,
    Health,
    Identity,
    Kind,
    Outcome,
    Plan,
)
from opsconsole.settings import ClusterSettings, OptimizerSettings, Settings, UiSettings
from opsconsole.ui.status.containment import Executed
from tests.support.clock import ManualClock
from tests.ui.night import (
    NOW,
    decisions,
    events,
    findings,
    gpu_processes,
    gpus,
    health,
    nodes,
    pods,
    records,
    workloads,
)

__all__ = [
    "NOW",
    "decisions",
    "events",
    "findings",
    "gpu_processes",
    "gpus",
    "health",
    "nodes",
    "pods",
    "records",
    "workloads",
]


class MemoryFeed:
    """Puts records into the sink when it is started, and more whenever a test says so."""

    name = "memory"

    def __init__(self, records: dict[Kind, Sequence[AnyRecord]] | None = None, health: Iterable[Health] = ()) -> None:
        self.records = records or {}
        self.words = list(health)
        self.sink: Sink | None = None
        self.stopped = False

    def start(self, sink: Sink) -> None:
        self.sink = sink
        for kind, known in self.records.items():
            sink.put(kind, known)
        for word in self.words:
            sink.health(word)

    def stop(self) -> None:
        self.stopped = True

    def put(self, kind: Kind, *records: AnyRecord) -> None:
        assert self.sink is not None
        self.sink.put(kind, records)

    def drop(self, kind: Kind, *keys: str) -> None:
        assert self.sink is not None
        self.sink.drop(kind, keys)

    def health(self, *words: Health) -> None:
        assert self.sink is not None
        for word in words:
            self.sink.health(word)


SETTINGS = Settings(
    cluster=ClusterSettings(context="prod-east"),
    optimizer=OptimizerSettings(name="ops-tools/aura-optimizer-v2"),
    ui=UiSettings(bell=False),
)


def console(feed: MemoryFeed | None = None, settings: Settings = SETTINGS, clock: Clock | None = None) -> Console:
    """A console over one feed: the whole night, unless another feed is given."""
    core = Console(settings, [feed or MemoryFeed(records(), health())], clock or ManualClock(NOW))
    core.identity = Identity(
        user="oncall@corp",
        context="prod-east",
        cluster="eks-prod-east",
        version="v1.28.2",
        server="https://10.0.0.1:6443",
    )
    return core


class Board:
    """A switchboard as far as the cockpit looks at it."""

    class _Switch:
        name, key = "revoke", "1"

    registry = (_Switch(),)

    def __init__(self) -> None:
        self.listeners: list[Callable[[Plan, Outcome], None]] = []
        self.at_work: Executed | None = None

    def on_finished(self, listener: Callable[[Plan, Outcome], None]) -> None:
        self.listeners.append(listener)

    def finish(self, plan: Plan, outcome: Outcome) -> None:
        for listener in self.listeners:
            listener(plan, outcome)

    def running(self, name: str) -> Executed | None:
        return self.at_work if self.at_work is not None and self.at_work.plan.switch == name else None

    def stop(self) -> None: ...
