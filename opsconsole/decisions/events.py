"""Kubernetes events that optimizers report, as decisions beside those of their logs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeGuard

import msgspec

from opsconsole.clock import Clock
from opsconsole.decisions.entry import DecisionParser, Entry, EventHead
from opsconsole.decisions.words.reporters import is_optimizer
from opsconsole.feeds.protocol import Feed, Sink
from opsconsole.optimizer import Optimizer, Optimizers
from opsconsole.records import AnyRecord, Decision, Event, Health, Kind, Mood

if TYPE_CHECKING:
    from opsconsole.decisions.stream import DecisionStream

NAME = "event"
"""Begins the keys of decisions that events tell."""

MAX_HISTORY = 500
"""Events read of one list, the newest: a cluster keeps an hour of them, and a decision is a line in a stream."""

MAX_REMEMBERED = 20_000
"""Events whose count is remembered, as many as the store keeps of events."""

_DONE_BY_OTHERS = frozenset({Mood.DONE, Mood.PLANNED})


class EventReader:
    """Reads the events that optimizers report: each when it is new and when its count has grown. Safe for threads.

    An event that a configured optimizer reports means what it says. Who reported it is its own word, so what anybody
    else reports is :attr:`~opsconsole.records.Mood.OBSERVED`: it is shown, and announces nothing.

    Args:
        optimizers: tells those that are configured now: others may be named while it reads.
        clock: when events come.
        parsers: gives those that are asked in turn, as for lines of a log; ``None``: the built-in ones.
        on_broken: told when a parser raises.
    """

    def __init__(
        self,
        optimizers: Callable[[], Optimizers],
        clock: Clock,
        parsers: Callable[[], Sequence[DecisionParser]] | None = None,
        on_broken: Callable[[str, Exception], None] = lambda _name, _error: None,
    ) -> None:
        self._optimizers = optimizers
        self._named: Optimizers | None = None
        self._configured: dict[str, Optimizer] = {}
        self._clock = clock
        self._parsers = parsers
        self._on_broken = on_broken
        self._stream: DecisionStream | None = None
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def read(self, events: Iterable[AnyRecord]) -> list[Decision]:
        """Return the decisions of those events that were not read before, the oldest first."""
        with self._lock:
            self._meet(self._optimizers())
            new = sorted(filter(self._is_news, events), key=_last)
            return [decision for event in new[-MAX_HISTORY:] for decision in self._decisions(event)]

    def _meet(self, optimizers: Optimizers) -> None:
        """Take others for the optimizers, where they are others than before: events come by the thousand."""
        if optimizers is not self._named:
            self._named = optimizers
            self._configured = {name: each for each in optimizers.each for name in _names(each)}

    def _is_news(self, event: AnyRecord) -> TypeGuard[Event]:
        if not isinstance(event, Event) or not (event.source in self._configured or is_optimizer(event.source)):
            return False
        known = self._counts.pop(event.key, 0)
        self._counts[event.key] = max(event.count, known)
        if len(self._counts) > MAX_REMEMBERED:
            del self._counts[next(iter(self._counts))]
        return event.count > known

    def _decisions(self, event: Event) -> list[Decision]:
        whose = self._configured.get(event.source)
        entry = Entry(
            source=f"{NAME} {event.source}",
            text=event.message,
            received=self._clock.now(),
            logged=event.last,
            level="WARNING" if event.type == "Warning" else "INFO",
            optimizer=whose.name if whose is not None else "",
            event=EventHead(event.about, event.reason, event.type),
        )
        decisions = self._reading().take(entry)
        return decisions if whose is not None else [_only_seen(decision) for decision in decisions]

    def _reading(self) -> DecisionStream:
        """What reads messages; imported with the first event of an optimizer, which most clusters never have."""
        if self._stream is None:
            from opsconsole.decisions.stream import BUILT_IN, DecisionStream  # noqa: PLC0415

            self._stream = DecisionStream(self._parsers() if self._parsers else BUILT_IN, NAME, self._on_broken)
        return self._stream


class EventTap:
    """The feed of events, whose optimizers' events are decisions too.

    Args:
        feed: the feed of events.
        reader: reads them.
    """

    def __init__(self, feed: Feed, reader: EventReader) -> None:
        self.name = feed.name
        self._feed = feed
        self._reader = reader

    def start(self, sink: Sink) -> None:
        """Begin to read. Returns at once."""
        self._feed.start(_TapSink(sink, self._reader))

    def stop(self) -> None:
        """End."""
        self._feed.stop()

    def retry(self) -> None:
        """Ask the source now, however long its back-off would still last."""
        retry = getattr(self._feed, "retry", None)
        if retry is not None:
            retry()


class _TapSink:
    """Passes everything on, and adds the decisions."""

    def __init__(self, sink: Sink, reader: EventReader) -> None:
        self._sink = sink
        self._reader = reader

    def put(self, kind: Kind, records: Iterable[AnyRecord]) -> None:
        records = list(records)
        self._sink.put(kind, records)
        if kind is Kind.EVENT and (decisions := self._reader.read(records)):
            self._sink.put(Kind.DECISION, decisions)

    def drop(self, kind: Kind, keys: Iterable[str]) -> None:
        self._sink.drop(kind, keys)

    def health(self, health: Health) -> None:
        self._sink.health(health)


def _only_seen(decision: Decision) -> Decision:
    """An action that is not known to be a configured optimizer's own."""
    if decision.mood not in _DONE_BY_OTHERS:
        return decision
    return msgspec.structs.replace(decision, mood=Mood.OBSERVED)


def _last(event: Event) -> float:
    return event.last or event.first or 0.0


def _names(optimizer: Optimizer) -> set[str]:
    """What an optimizer's event recorder may be called."""
    workloads = (name.name for name in optimizer.workloads)
    accounts = (account.name for account in optimizer.accounts)
    return {
        name for name in (optimizer.title, *workloads, *accounts, *optimizer.managers) if name and name != "default"
    }
