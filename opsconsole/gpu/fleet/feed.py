"""The feed of the GPU pane where other machines are looked at too: each on a thread of its own, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from typing import NamedTuple

from opsconsole.clock import Clock
from opsconsole.feeds.health_reporter import HealthReporter
from opsconsole.feeds.polling import Loop, PollingFeed, in_words
from opsconsole.feeds.protocol import Sink
from opsconsole.gpu.fleet.door import Door, DoorError
from opsconsole.gpu.fleet.facts import FleetFacts
from opsconsole.gpu.fleet.node_record import after_failure, after_look
from opsconsole.gpu.fleet.watch import NodeLook, NodeWatch
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.observe import GpuReading
from opsconsole.gpu.pods import PodSource
from opsconsole.gpu.rules import rules_of
from opsconsole.parallel import in_parallel, within
from opsconsole.records import AnyRecord, GpuNode, Kind, State
from opsconsole.settings import Settings

ROUND = 1.0
"""Seconds between two looks at which nodes there are and how they stand."""

PODS_FIRST = 3.0
"""Seconds that the first looks wait at most until the pods are known: without them nobody can be judged."""

SLOW_LANES = 4
"""One in so many of the places at once is for nodes that did not answer last time: they must not take all of them."""

_ROWS = (Kind.GPU, Kind.GPU_PROCESS)
_NAMED = 3


class NodeNames(NamedTuple):
    """Which nodes are to be looked at; ``None``: that is not known now, and ``why``."""

    names: frozenset[str] | None
    why: str = ""


class _Failure(NamedTuple):
    """A look that failed, and when that was known, by the monotonic clock."""

    at: float
    error: ProbeError


class _Watched:
    """One node: its watch, the thread that looks, and what is on the screen of it."""

    def __init__(self, watch: NodeWatch, loop: Loop, record: GpuNode) -> None:
        self.watch = watch
        self.loop = loop
        self.record = record
        self.keys: dict[Kind, set[str]] = {kind: set() for kind in _ROWS}
        self.gone = False
        self.failure: _Failure | None = None
        """Of the last look; ``None``: it did not fail."""
        self.lock = threading.Lock()
        """Whoever publishes a look holds it: two looks must not mix their rows."""


class FleetFeed(PollingFeed):
    """Puts the GPUs, processes and nodes of a fleet, and findings about them, into the sink.

    A node that can't be looked at keeps its old rows; its :class:`~opsconsole.records.GpuNode` says how old they are
    and why, and so does the feed's health. It costs the others nothing but its place among those at once.

    Args:
        settings: ``gpu`` and ``optimizer.processes`` are used.
        clock: where the time comes from.
        door: how the nodes are reached; closed with the feed.
        nodes: says which there are. Called once a second, must be quick.
        pods: how the pods stand.
        host_pids: see :class:`~opsconsole.gpu.fleet.watch.NodeWatch`.

    Raises:
        SettingsError: see :func:`~opsconsole.gpu.rules.rules_of`.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        door: Door,
        nodes: Callable[[], NodeNames],
        pods: PodSource,
        *,
        host_pids: bool | None = None,
    ) -> None:
        super().__init__("gpu", clock)
        self._settings = settings.gpu
        self._rules = rules_of(settings.gpu, settings.optimizer)
        self._door = door
        self._nodes = nodes
        self._pods = pods
        self._host_pids = host_pids
        self._slots = threading.BoundedSemaphore(settings.gpu.nodes_at_once)
        self._slow = threading.BoundedSemaphore(max(1, settings.gpu.nodes_at_once // SLOW_LANES))
        self._begun = clock.monotonic()
        self._pods_known = threading.Event()
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._facts = FleetFacts()
        self._findings: set[str] = set()
        self._killed: frozenset[str] = frozenset()

    # --- what the switches ask -------------------------------------------------------------------------------------

    def look(self, nodes: Collection[str] | None = None, *, patience: float | None = None) -> GpuReading:
        """Look at these nodes now, or at every one; those that can't be seen are named in ``unseen``.

        Of every one, those that did not answer the last time, moments ago, are not asked again: who waits for this look
        would wait for them each time. They are asked again by the feed.

        Args:
            nodes: their names; ``None``: all.
            patience: seconds after which a node that has not answered counts as not seen; ``None``: as long as a look
                may take.

        Raises:
            ProbeError: none can be seen, and why.
        """
        names = self._nodes()
        self._follow(names)
        watched = [each for each in self._now() if nodes is None or each.watch.node in nodes]
        watched.sort(key=lambda each: _answers(each.record), reverse=True)  # those that hang come last
        again = nodes is not None
        found = in_parallel(
            lambda each: self._try_soon(each, patience, again=again), watched, self._settings.nodes_at_once
        )
        looks = [one for one in found if isinstance(one, NodeLook)]
        failed = [(each, one) for each, one in zip(watched, found, strict=True) if isinstance(one, ProbeError)]
        left = sorted(set(nodes or ()) - {each.watch.node for each in watched})
        unseen = (
            *((each.watch.node, str(one)) for each, one in failed if one.state is not State.ABSENT),
            *((node, "it is not looked at any more") for node in left),
        )
        if not looks and unseen:
            raise ProbeError(State.DOWN, _list_of(f"{node}: {why}" for node, why in unseen))
        if not looks and not watched and names.names is None:
            raise ProbeError(State.DOWN, names.why)  # not known is not none
        if not looks:
            raise ProbeError(State.ABSENT, f"no GPU on {len(watched)} nodes" if watched else self._nobody())
        return GpuReading(
            tuple(device for look in looks for device in look.reading.devices),
            tuple(process for look in looks for process in look.reading.processes),
            note="; ".join(dict.fromkeys(look.reading.note for look in looks if look.reading.note)),
            unseen=unseen,
        )

    def watch_of(self, node: str) -> NodeWatch | None:
        """The watch of one node; ``None``: it is none of those that are looked at."""
        with self._lock:
            watched = self._watched.get(node)
        return None if watched is None else watched.watch

    def optimizer_killed(self, uids: Iterable[str]) -> None:
        """Say which pods were the killed optimizer's: their processes are candidates without the wait."""
        self._killed |= frozenset(uids)
        for watched in self._now():
            watched.watch.pods.add_killed(self._killed)
            watched.loop.hurry()

    # --- the feed --------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        super().stop()
        for watched in self._now():
            watched.loop.stop()
        # No daemon: the interpreter waits for it, or sockets and connections would be left. It takes seconds at most.
        threading.Thread(target=self._door.close, name="gpu-close", daemon=False).start()

    def retry(self) -> None:
        super().retry()
        for watched in self._now():
            watched.loop.hurry()

    def poll(self, sink: Sink, health: HealthReporter) -> float:
        if not self._pods_known.is_set():
            late = self._clock.monotonic() - self._begun >= PODS_FIRST
            if late or self._pods(frozenset()).complete:
                self._pods_known.set()
        names = self._nodes()
        self._follow(names)
        records = [watched.record for watched in self._now()]
        found = self._facts.findings(records, self._clock.now())
        sink.drop(Kind.FINDING, self._findings - found.keys())
        sink.put(Kind.FINDING, found.values())
        self._findings = set(found)
        self._say(records, names, health)
        return ROUND if self._pods_known.is_set() else ROUND / 10

    def _say(self, records: list[GpuNode], names: NodeNames, health: HealthReporter) -> None:
        if not records:
            (health.absent if names.names is not None else health.starting)(self._nobody())
            return
        unseen = [one for one in records if not _answers(one)]
        live = [one for one in records if one.state is State.LIVE]
        whys = _list_of(_why_unseen(one) for one in unseen)
        waiting = sum(one.state is State.STARTING for one in records)
        if waiting and not health.ever_live:
            health.starting(f"{self._door.name}: {len(records) - waiting} of {len(records)} nodes have answered")
        elif live:
            detail = f"{self._door.name}, {len(live)} of {len(records)} nodes" if unseen else f"{self._door.name}"
            partly = sum(bool(one.detail) for one in live)
            health.live(f"{detail}; {whys}" if whys else detail, unread=len(unseen) + waiting + partly)
        elif unseen:
            health.failed(whys)
        else:
            health.absent(f"no GPU on {len(records)} nodes")

    def _nobody(self) -> str:
        names = self._nodes()
        return "no node of this cluster offers a GPU" if names.names is not None else names.why

    def _follow(self, names: NodeNames) -> None:
        """Begin with nodes that came and end with those that went. Where it is not known who is there, none goes."""
        if names.names is None:
            return
        with self._lock:
            new = [self._begin(name) for name in sorted(names.names - self._watched.keys())]
            gone = [self._watched.pop(name) for name in self._watched.keys() - names.names]
            self._watched |= {one.watch.node: one for one in new}
        for watched in gone:
            watched.loop.stop()
            self._publish(watched, None, dict.fromkeys(_ROWS, ()))
        for watched in new:
            self._publish(watched, watched.record, {})
            watched.loop.start()

    def _begin(self, node: str) -> _Watched:
        settings = self._settings
        watch = NodeWatch(
            node,
            self._door,
            self._pods,
            self._rules,
            self._clock,
            seconds=settings.node_timeout,
            host_pids=self._host_pids,
        )
        watch.pods.add_killed(self._killed)

        def step() -> float:
            self._pods_known.wait(PODS_FIRST * 2)
            with nullcontext() if _answers(watched.record) else self._slow, self._slots:
                if not self._stopping.is_set():
                    self._try(watched)
            return settings.node_interval

        def trouble(error: BaseException) -> float:
            self._publish(watched, after_failure(watched.record, State.DOWN, in_words(error), self._clock.now()), {})
            return settings.node_interval

        record = GpuNode(node, State.STARTING, self._clock.now())
        watched = _Watched(watch, Loop(f"gpu-{node}", step, trouble), record)
        return watched

    def _now(self) -> list[_Watched]:
        with self._lock:
            return list(self._watched.values())

    def _try_soon(self, watched: _Watched, patience: float | None, *, again: bool) -> NodeLook | ProbeError:
        """Look at one node for who waits for it; ``again``: though it did not answer moments ago."""
        failure = watched.failure
        if not again and failure and self._clock.monotonic() - failure.at < self._settings.node_interval * 2:
            return failure.error
        if patience is None:
            return self._try(watched)
        try:
            return within(patience, lambda: self._try(watched))
        except TimeoutError:
            return DoorError(State.DOWN, f"no answer yet in {patience:g} s")

    def _try(self, watched: _Watched) -> NodeLook | ProbeError:
        """Look at one node and show what came of it."""
        try:
            look = watched.watch.look()
        except Exception as raised:  # noqa: BLE001 - what a node's answer makes go wrong is that node's alone
            error = raised if isinstance(raised, ProbeError) else DoorError(State.DOWN, in_words(raised))
            # Where the door failed there is no report of this look; where NVML failed, there is.
            report = None if isinstance(error, DoorError) else watched.watch.report
            record = after_failure(watched.record, error.state, str(error), self._clock.now(), report)
            rows: Mapping[Kind, Iterable[AnyRecord]] = {}
            if error.state is State.ABSENT:
                rows = dict.fromkeys(_ROWS, ())
            watched.failure = None if error.state is State.ABSENT else _Failure(self._clock.monotonic(), error)
            self._publish(watched, record, rows)
            return error
        watched.failure = None
        record = after_look(watched.record, look, self._clock.now())
        self._publish(watched, record, {Kind.GPU: look.reading.devices, Kind.GPU_PROCESS: look.reading.processes})
        return look

    def _publish(self, watched: _Watched, record: GpuNode | None, rows: Mapping[Kind, Iterable[AnyRecord]]) -> None:
        sink = self._sink
        with watched.lock:
            watched.gone = watched.gone or record is None
            if record is not None:
                watched.record = record
            if sink is None or (watched.gone and record is not None):
                return  # a look that was under way when its node went
            for kind, records in rows.items():
                found = {one.key: one for one in records}
                sink.drop(kind, watched.keys[kind] - found.keys())
                sink.put(kind, found.values())
                watched.keys[kind] = set(found)
            if record is None:
                sink.drop(Kind.GPU_NODE, [watched.watch.node])
            else:
                sink.put(Kind.GPU_NODE, [record])


def _answers(node: GpuNode) -> bool:
    """Whether the last look at a node, if there was one, had an answer."""
    return node.state in (State.LIVE, State.ABSENT, State.STARTING)


def _why_unseen(node: GpuNode) -> str:
    """Why, with its name: what the door says of a failure has it mostly, what NVML says has not."""
    return node.detail if node.name in node.detail else f"{node.name}: {node.detail}"


def _list_of(words: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    every = list(words)
    rest = f", and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return "; ".join(every[:_NAMED]) + rest
