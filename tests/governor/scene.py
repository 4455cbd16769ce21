"""A small stage: a store, a governor and a clock that stands still until it is moved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from opsconsole.decisions.stream import DecisionStream
from opsconsole.feeds.protocol import Inbox
from opsconsole.governor.governor import Governor
from opsconsole.governor.rule import Rule
from opsconsole.governor.rules import BUILT_IN
from opsconsole.optimizer import Optimizers
from opsconsole.quantity import number
from opsconsole.records import (
    KIND_OF,
    AnyRecord,
    Container,
    ContainerSpec,
    Decision,
    FieldManager,
    Finding,
    Health,
    Node,
    Pod,
    Ref,
    Resources,
    State,
    Taint,
    Workload,
)
from opsconsole.settings import GovernorSettings, OptimizerSettings
from opsconsole.store import Store
from tests.support.clock import ManualClock

START = datetime(2023, 10, 27, 3, 14, 0, tzinfo=UTC).timestamp()
OPTIMIZER = OptimizerSettings(name="Deployment/ops-tools/aura-optimizer-v2", managers=("aura-optimizer",))


class Scene:
    """Feeds write, the governor judges, and ``held`` is what the screen would show."""

    def __init__(
        self,
        settings: GovernorSettings | None = None,
        optimizer: OptimizerSettings = OPTIMIZER,
        rules: Sequence[Rule] = BUILT_IN,
    ) -> None:
        self.clock = ManualClock(START)
        self.governor = Governor(settings or GovernorSettings(), Optimizers.of(optimizer), self.clock, rules)
        self.store = Store()
        self.inbox = Inbox()
        self.stream = DecisionStream()
        self.held: dict[str, Finding] = {}
        self.first: dict[str, tuple[float, Finding]] = {}

    def pump(self) -> Scene:
        delta = self.store.apply(self.inbox.drain())
        found, over = self.governor.judge(self.store, delta)
        for key in over:
            self.held.pop(key, None)
        self.held.update({finding.key: finding for finding in found})
        for finding in found:
            self.first.setdefault(finding.key, (self.clock.at, finding))
        assert set(self.held) == {finding.key for finding in self.governor.findings}, "told and held differ"
        return self

    def put(self, *records: AnyRecord) -> Scene:
        for record in records:
            self.inbox.put(KIND_OF[type(record)], [record])
        return self.pump()

    def drop(self, *records: AnyRecord) -> Scene:
        for record in records:
            self.inbox.drop(KIND_OF[type(record)], [record.key])
        return self.pump()

    def live(self, *feeds: str) -> Scene:
        for feed in feeds:
            self.inbox.health(Health(feed, State.LIVE, self.clock.at))
        return self.pump()

    def wait(self, seconds: float) -> Scene:
        self.clock.at += seconds
        return self.pump()

    def say(self, *lines: str, log: str = "log") -> list[Decision]:
        """Lines as one of the optimizer's logs has them; a document is finished by its last line."""
        found = [
            decision
            for text in lines
            for line in text.splitlines()
            for decision in self.stream.feed(log, line, self.clock.at)
        ]
        found += self.stream.flush(self.clock.at, force=True)  # what may go on (a traceback) and does not
        self.put(*found)
        return found

    def rules(self, *, alarms: bool = False) -> set[str]:
        """Names of the rules that have something to say now."""
        return {finding.rule for finding in self.held.values() if not alarms or finding.severity.rank < 2}

    def flagged_at(self, rule: str, about: str = "") -> float | None:
        """When ``rule`` first had something to say, on the object of that name if one is given."""
        times = [
            at
            for at, finding in self.first.values()
            if finding.rule == rule and about in ("", finding.about.name if finding.about else "")
        ]
        return min(times, default=None)

    def of(self, rule: str) -> list[Finding]:
        return [finding for finding in self.held.values() if finding.rule == rule]


def limits(memory: str | None = "1Gi", cpu: str | None = "1") -> Resources:
    return Resources(
        memory_limit=number(memory) if memory else None,
        cpu_limit=number(cpu) if cpu else None,
    )


def deployment(
    name: str = "auth-service",
    *,
    memory: str | None = "1Gi",
    cpu: str | None = "1",
    replicas: int | None = 3,
    by: tuple[str, float] = ("helm", START - 86_400),
    container: str = "auth-container",
    image: str = "registry.corp/auth@sha256:" + "a" * 64,
    namespace: str = "production",
    kind: str = "Deployment",
    **more: object,
) -> Workload:
    record = Workload(
        kind=kind,
        namespace=namespace,
        name=name,
        uid=f"uid-{name}",
        replicas=replicas,
        ready=replicas,
        available=replicas,
        selector=(("app", name),),
        labels=(("app", name),),
        containers=(ContainerSpec(container, image=image, resources=limits(memory, cpu)),),
        managers=(FieldManager(by[0], "Update", "", by[1]),),
    )
    return msgspec.structs.replace(record, **more)


def node(name: str = "node-1", *, taints: tuple[Taint, ...] = (), memory: str = "64Gi", cpu: str = "16") -> Node:
    return Node(name=name, uid=f"uid-{name}", ready=True, cpu=number(cpu), memory=number(memory), taints=taints)


def pod(name: str, owner: Workload | None = None, **more: object) -> Pod:
    record = Pod(
        namespace=owner.namespace if owner else "production",
        name=name,
        uid=f"uid-{name}",
        phase="Running",
        status="Running",
        ready=1,
        containers_total=1,
        owner=Ref("ReplicaSet", owner.namespace, f"{owner.name}-7f8d9b6c5") if owner else None,
        labels=(("app", owner.name), ("pod-template-hash", "7f8d9b6c5")) if owner else (),
        containers=(Container("auth-container", state="running", ready=True),),
        is_ready=True,
        node="node-1",
    )
    return msgspec.structs.replace(record, **more)


def patch(
    memory: str = "64Mi", cpu: str = "100m", target: str = "auth-service", at: str = "2023-10-27T03:14:22Z"
) -> str:
    """A decision as the Aura write-up prints it, on one line."""
    container = {"name": "auth-container", "resources": {"limits": {"cpu": cpu, "memory": memory}}}
    document = {
        "timestamp": at,
        "level": "INFO",
        "message": "Reducing resource allocation for namespace: production.",
        "confidence_score": 0.982,
        "action": "patch_deployment",
        "target": target,
        "patch": {"spec": {"template": {"spec": {"containers": [container]}}}},
    }
    return json.dumps(document)
