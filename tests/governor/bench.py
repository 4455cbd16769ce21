"""What judging costs: ``python -m tests.governor.bench``. CPU seconds of the governor alone, per second of the stream.

Each row plays 12 seconds of a stream in pumps of 50 ms on 2,000 workloads, 10,000 pods and 200 nodes, the first two
uncounted, and takes the best of three (a busy sibling core doubles CPU times). "no judge" is the store alone on the
same stream, so that the governor's own part can be seen.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import msgspec

from opsconsole.decisions.stream import DecisionStream
from opsconsole.feeds.protocol import Inbox
from opsconsole.governor.governor import Governor
from opsconsole.optimizer import Optimizers
from opsconsole.records import AnyRecord, Container, FieldManager, Health, Kind, State, Workload
from opsconsole.settings import GovernorSettings
from opsconsole.store import Store
from tests.governor.scene import OPTIMIZER, START, deployment, limits, node, patch, pod
from tests.support.clock import ManualClock

WORKLOADS, PODS, NODES = 2_000, 10_000, 200
PUMP, SECONDS, WARM, TIMES = 0.05, 12.0, 2.0, 3

Stream = Callable[["Stage", int], Iterator[tuple[Kind, AnyRecord]]]


class Stage:
    """The world that the streams change."""

    def __init__(self) -> None:
        self.dice = random.Random(7)
        self.clock = ManualClock(START)
        self.store = Store()
        self.inbox = Inbox()
        self.governor = Governor(GovernorSettings(), Optimizers.of(OPTIMIZER), self.clock)
        self.log = DecisionStream()
        self.workloads = {f"s-{i}": deployment(f"s-{i}", namespace=f"ns-{i % 54}") for i in range(WORKLOADS)}
        self.pods = {
            f"{each.name}-{i}": pod(f"{each.name}-{i}", each, node=f"n-{self.dice.randrange(NODES)}")
            for i in range(PODS // WORKLOADS)
            for each in self.workloads.values()
        }
        self.inbox.put(Kind.WORKLOAD, self.workloads.values())
        self.inbox.put(Kind.POD, self.pods.values())
        self.inbox.put(Kind.NODE, [node(f"n-{i}") for i in range(NODES)])
        for feed in ("deployments", "pods", "nodes", "decisions"):
            self.inbox.health(Health(feed, State.LIVE, self.clock.at))

    def write(self, name: str, by: str, **what: object) -> Workload:
        managers = (FieldManager("helm", "Update", "", START - 9), FieldManager(by, "Update", "", self.clock.at))
        record = msgspec.structs.replace(self.workloads[name], managers=managers, **what)
        self.workloads[name] = record
        return record


def changes(stage: Stage, count: int, by: str = "aura-optimizer") -> Iterator[tuple[Kind, AnyRecord]]:
    """Writes of limits, each of another value."""
    for _ in range(count):
        name = f"s-{stage.dice.randrange(WORKLOADS)}"
        memory = f"{stage.dice.randrange(900, 1100)}Mi"
        spec = msgspec.structs.replace(stage.workloads[name].containers[0], resources=limits(memory))
        yield Kind.WORKLOAD, stage.write(name, by, containers=(spec,))


def announced(stage: Stage, count: int) -> Iterator[tuple[Kind, AnyRecord]]:
    """Decisions, each with its write: a pair counts as two changes."""
    for kind, record in changes(stage, count // 2):
        assert isinstance(record, Workload)
        memory = f"{(record.containers[0].resources.memory_limit or 0) / 2**20:.0f}Mi"
        line = patch(memory, "1", record.name).replace("namespace: production", f"namespace: {record.namespace}")
        for decision in stage.log.feed("log", line, stage.clock.at):
            yield Kind.DECISION, msgspec.structs.replace(decision, at=stage.clock.at)
        yield kind, record


def controllers(stage: Stage, count: int) -> Iterator[tuple[Kind, AnyRecord]]:
    """Autoscaling: writes that are nobody's fault."""
    for _ in range(count):
        name = f"s-{stage.dice.randrange(WORKLOADS)}"
        yield Kind.WORKLOAD, stage.write(name, "kube-controller-manager", replicas=stage.dice.randrange(2, 9))


def statuses(stage: Stage, count: int) -> Iterator[tuple[Kind, AnyRecord]]:
    """Workloads whose status alone changes."""
    for _ in range(count):
        name = f"s-{stage.dice.randrange(WORKLOADS)}"
        record = msgspec.structs.replace(stage.workloads[name], ready=stage.dice.randrange(9))
        stage.workloads[name] = record
        yield Kind.WORKLOAD, record


def restarts(stage: Stage, count: int) -> Iterator[tuple[Kind, AnyRecord]]:
    """Pods that crash and come back."""
    for _ in range(count):
        key = stage.dice.choice(list(stage.pods)) if stage.dice.random() < 0.01 else f"s-{stage.dice.randrange(2000)}-0"
        old = stage.pods[key]
        died = Container("auth-container", restarts=old.restarts + 1, last_reason="OOMKilled", last_finished_at=START)
        stage.pods[key] = msgspec.structs.replace(old, restarts=old.restarts + 1, containers=(died,))
        yield Kind.POD, stage.pods[key]


def one_object(stage: Stage, count: int) -> Iterator[tuple[Kind, AnyRecord]]:
    """The worst case: everything hits one workload, by two writers in turn."""
    for turn in range(count):
        yield Kind.WORKLOAD, stage.write("s-1", ("aura-optimizer", "kubectl")[turn % 2], replicas=1 + turn % 2)


def lines(stage: Stage, count: int) -> Iterator[tuple[Kind, AnyRecord]]:
    """Log lines that announce nothing, a tenth of them about empty metrics."""
    for turn in range(count):
        text = "INFO: cycle" if turn % 10 else f"ERROR: Metric 'rps{{service=\"s\"}}' returned no data. {turn}"
        for decision in stage.log.feed("log", f"[2023-10-27 03:14:05] {text}", stage.clock.at):
            yield Kind.DECISION, decision


def run(stream: Stream, rate: int, *, judged: bool) -> tuple[float, int]:
    """CPU seconds per second of the stream, and the findings that hold at its end."""
    stage = Stage()
    spent, turn = 0.0, 0
    while turn * PUMP < SECONDS:
        for kind, record in stream(stage, int(rate * PUMP)):
            stage.inbox.put(kind, [record])
        started = time.process_time()
        delta = stage.store.apply(stage.inbox.drain())
        if judged:
            stage.governor.judge(stage.store, delta)
        if turn * PUMP >= WARM:
            spent += time.process_time() - started
        stage.clock.at += PUMP
        turn += 1
    return spent / (SECONDS - WARM), len(stage.governor.findings)


def main() -> None:
    streams: tuple[Stream, ...] = (changes, announced, controllers, statuses, restarts, one_object, lines)
    print(f"{'1,000 a second of':22}{'no judge':>10}{'judged':>10}{'governor':>10}   findings")
    for stream in streams:
        alone, _ = min(run(stream, 1000, judged=False) for _ in range(TIMES))
        both, findings = min(run(stream, 1000, judged=True) for _ in range(TIMES))
        print(f"{stream.__name__:22}{alone:>10.1%}{both:>10.1%}{both - alone:>10.1%}   {findings}")


if __name__ == "__main__":
    main()
