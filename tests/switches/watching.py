"""A console that watches a namespace of the real control plane while an optimizer and people write there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from opsconsole.composition import build_console
from opsconsole.governor.account.damage import Damage
from opsconsole.records import Outcome, Plan, State
from opsconsole.switches.engine.board import Switchboard
from tests.support.waiting import eventually
from tests.switches.conftest import run, settings_for
from tests.testbed.api import STRATEGIC_PATCH

if TYPE_CHECKING:
    from tests.testbed.cluster import TestCluster

Object = dict[str, Any]
IT = "aura-optimizer"
"""The optimizer's field manager."""

FEEDS = ("deployments", "replicasets", "statefulsets", "daemonsets", "cronjobs", "nodes", "horizontalpodautoscalers")
CUT = {"limits": {"cpu": "100m", "memory": "64Mi"}}
RESOURCES = {"limits": {"cpu": "1", "memory": "1000Mi"}, "requests": {"cpu": "10m", "memory": "16Mi"}}


def path_of(kind: str, namespace: str, name: str) -> str:
    group = {
        "CronJob": "/apis/batch/v1",
        "HorizontalPodAutoscaler": "/apis/autoscaling/v2",
        "PodDisruptionBudget": "/apis/policy/v1",
        "Node": "/api/v1",
    }.get(kind, "/apis/apps/v1")
    return f"{group}/{f'namespaces/{namespace}/' if namespace else ''}{kind.lower()}s/{name}"


def limits(**containers: Object) -> Object:
    """A strategic patch of containers' resources: ``limits(main={"limits": {"memory": "64Mi"}})``."""
    found = [{"name": name.replace("_", "-"), "resources": each} for name, each in containers.items()]
    return {"spec": {"template": {"spec": {"containers": found}}}}


class Watch:
    """The console, its switchboard, and hands to write with."""

    def __init__(self, cluster: TestCluster, namespace: str, journal: Path, kubeconfig: Path | None = None) -> None:
        self.cluster = cluster
        self.namespace = namespace
        quick = {"ready_seconds": 60.0, "patience_seconds": 3.0}
        given = settings_for(kubeconfig or cluster.admin_kubeconfig, journal, f"Deployment/{namespace}/aura", **quick)
        given = msgspec.structs.replace(
            given,
            cluster=msgspec.structs.replace(given.cluster, namespace=namespace),
            optimizer=msgspec.structs.replace(given.optimizer, managers=(IT,)),
        )
        self.console = build_console(given, only={"cluster", "decisions", "judges", "switches"})
        self._ended = threading.Event()
        self.console.start()
        threading.Thread(target=self._pump, name="pump", daemon=True).start()
        eventually(self._watches, "it watches", 60)
        self.board: Switchboard = self.console.switchboard
        self.board.stop()

    def close(self) -> None:
        self._ended.set()
        self.console.stop()

    def make(self, kind: str = "Deployment", name: str = "web", containers: int = 1, **spec: Any) -> str:
        """Create a workload and wait until the console has seen it."""
        names = ["main", "side-car", "third"][:containers]
        image = "registry.example/app:1"
        template = {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [{"name": each, "image": image, "resources": RESOURCES} for each in names],
            },
        }
        body: Object = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
        if kind == "CronJob":
            template["spec"]["restartPolicy"] = "Never"  # type: ignore[index]
            body = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}, **spec}
        self.create(kind, name, body)
        eventually(lambda: f"{kind}/{self.namespace}/{name}" in self.console.store.workloads, f"{name} is seen")
        return path_of(kind, self.namespace, name)

    def create(self, kind: str, name: str, spec: Object) -> str:
        group, _, rest = path_of(kind, self.namespace, name).rpartition("/namespaces/")
        version = group.removeprefix("/apis/").removeprefix("/api/")
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
        self.cluster.api.post(f"{group}/namespaces/{rest.rpartition('/')[0]}?fieldManager=kubectl-create", body)
        return path_of(kind, self.namespace, name)

    def its(self, path: str, patch: Object, paths: int = 1) -> None:
        """The optimizer writes, and the console sees it: that many more fields of the object are damaged."""
        before = self.open(path)
        self.cluster.api.patch(f"{path}?fieldManager={IT}", patch, _kind(path))
        eventually(lambda: self.open(path) >= before + paths, "the damage is seen")

    def persons(self, path: str, patch: Object, manager: str = "kubectl-edit") -> None:
        self.cluster.api.patch(f"{path}?fieldManager={manager}", patch, _kind(path))

    def open(self, path: str) -> int:
        name = path.rpartition("/")[2]
        return sum(row.about.name == name and row.now != row.before for row in self.damage())

    def damage(self) -> list[Damage]:
        """The account, as the pump's thread sums it up."""
        return list(self.board.switch("restore")._account())  # type: ignore[attr-defined]

    def standing(self, name: str) -> dict[str, str]:
        return {row.path: row.standing.value for row in self.damage() if row.about.name == name}

    def plan(self) -> Plan:
        return self.board.make_plan("restore")

    def run(self, plan: Plan, **options: Any) -> Outcome:
        return run(self.board, plan, **options)

    def get(self, path: str) -> Object:
        return self.cluster.api.get(path)

    def resources(self, path: str, container: int = 0) -> Object:
        found: Object = self.get(path)["spec"]["template"]["spec"]["containers"][container]["resources"]
        return found

    def _pump(self) -> None:
        while not self._ended.wait(0.05):
            self.console.pump()

    def _watches(self) -> bool:
        health = self.console.health()
        live = all(feed in health and health[feed].state is State.LIVE for feed in FEEDS)
        return live and isinstance(self.console.switchboard, Switchboard) and self.console.governor is not None


WatchMaker = Callable[..., Watch]


def _kind(path: str) -> str:
    return STRATEGIC_PATCH if "/nodes/" not in path else "application/merge-patch+json"
