"""Working sets belong to the workload that really owns the pod, not to the one that its name sounds like."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.metrics.client import Sample
from opsconsole.metrics.feed import MetricsFeed
from opsconsole.metrics.memory import WORKING_SETS, StoreOwners, working_sets
from opsconsole.records import Kind, Pod, Ref, Severity, Workload
from opsconsole.settings import MetricsSettings
from opsconsole.store import Batch, Store
from tests.governor.scene import Scene, deployment

MEBI = 2.0**20


def owner(kind: str, name: str) -> Ref:
    return Ref(kind, "production", name)


def store_of(*records: Pod | Workload) -> Store:
    latest: dict[Kind, dict[str, Any]] = {Kind.POD: {}, Kind.WORKLOAD: {}}
    for each in records:
        latest[Kind.POD if isinstance(each, Pod) else Kind.WORKLOAD][each.key] = each
    store = Store()
    store.apply(Batch(latest, [], {}))  # type: ignore[arg-type]
    return store


def pod(name: str, kind: str = "", of: str = "", **more: Any) -> Pod:
    return Pod("production", name, owner=owner(kind, of) if kind else None, **more)


def workload(kind: str, name: str, above: Ref | None = None) -> Workload:
    return Workload(kind, "production", name, owner=above)


@pytest.mark.parametrize(
    ("records", "name", "expected"),
    [
        ([pod("train-x7k2p", "Job", "train")], "train-x7k2p", "Job/train"),
        ([pod("web-x7k2p", "DaemonSet", "web")], "web-x7k2p", "DaemonSet/web"),
        ([pod("old-x7k2p", "ReplicaSet", "old", labels=(("app", "old"),))], "old-x7k2p", "ReplicaSet/old"),
        (
            [
                pod("odd-x7k2p", "ReplicaSet", "odd"),
                workload("ReplicaSet", "odd", owner("Deployment", "web")),
            ],
            "odd-x7k2p",
            "Deployment/web",
        ),
        (
            [
                pod("night-29012345-x7k2p", "Job", "night-29012345"),
                workload("Job", "night-29012345", owner("CronJob", "night")),
            ],
            "night-29012345-x7k2p",
            "CronJob/night",
        ),
        ([pod("ray-head-x7k2p", "RayCluster", "ray")], "ray-head-x7k2p", "RayCluster/ray"),
        ([pod("web-7f8d9b6c5-x7k2p")], "web-7f8d9b6c5-x7k2p", "Pod/web-7f8d9b6c5-x7k2p"),
        # Pods that are gone: the workloads that there are tell.
        ([workload("Job", "train")], "train-x7k2p", "Job/train"),
        ([workload("Job", "train")], "train-0-x7k2p", "Job/train"),
        ([workload("DaemonSet", "train")], "train-x7k2p", "DaemonSet/train"),
        ([workload("StatefulSet", "db")], "db-0", "StatefulSet/db"),
        ([workload("Job", "train"), workload("DaemonSet", "train")], "train-x7k2p", None),
        ([], "train-x7k2p", None),
    ],
)
def test_the_owner_of_a_pod(records: list[Pod | Workload], name: str, expected: str | None) -> None:
    found = StoreOwners(store_of(*records))("production", name)
    assert (f"{found.kind}/{found.name}" if found else None) == expected


class Answers:
    """A Prometheus that knows one working set."""

    def __init__(self, name: str, bytes_used: float) -> None:
        labels = {"namespace": "production", "pod": name, "container": "trainer"}
        self._reading = Sample(labels, bytes_used, 0.0)

    def query(self, query: str, at: float | None = None) -> list[Sample]:
        del at
        return [self._reading] if query == WORKING_SETS else []

    def close(self) -> None:
        """Nothing is open."""


def test_the_feed_is_given_the_owner_of_a_pod() -> None:
    store = store_of(pod("train-x7k2p", "Job", "train"))
    seen: dict[str, Any] = {}
    there = threading.Event()

    class Sink:
        def put(self, kind: Kind, records: Any) -> None:
            seen.update({each.key: each for each in records})
            if any(key.startswith("working_set/") for key in seen):
                there.set()

        def drop(self, kind: Kind, keys: Any) -> None: ...

        def health(self, health: Any) -> None: ...

    feed = MetricsFeed(
        MetricsSettings(url="http://127.0.0.1:1"),
        SystemClock(),
        owner=StoreOwners(store),
        connect=lambda _settings: Answers("train-x7k2p", 900 * MEBI),  # type: ignore[arg-type,return-value]
        rng=random.Random(1),
    )
    feed.start(Sink())
    assert there.wait(60), list(seen)
    feed.stop()
    assert "working_set/Job/production/train/trainer" in seen
    assert not any("DaemonSet" in key for key in seen)


def test_will_oom_speaks_for_a_job_too() -> None:
    """The rule asks for the workload's working set, which a guess by the pod's name would have filed elsewhere."""
    scene = Scene()
    job = Workload("Job", "production", "train", containers=deployment(container="trainer").containers)
    scene.put(job, pod("train-x7k2p", "Job", "train", uid="u"))
    found = working_sets(Answers("train-x7k2p", 900 * MEBI), 1.0, StoreOwners(scene.store))  # type: ignore[arg-type]
    scene.put(*found).wait(22)
    limits = '{"containers": [{"name": "trainer", "resources": {"limits": {"memory": "896Mi"}}}]}'
    scene.say(
        '{"action": "patch_job", "kind": "Job", "target": "train", "namespace": "production", '
        f'"patch": {{"spec": {{"template": {{"spec": {limits}}}}}}}}}'
    )
    assert [each.severity for each in scene.of("will-oom")] == [Severity.CRITICAL]
