"""The watchdog after a deletion: what is back is an alarm, and what can't be looked at is never said to stay away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opsconsole.cluster.transport.errors import RequestWords, from_status
from opsconsole.feeds.protocol import Inbox
from opsconsole.records import State
from opsconsole.settings import OptimizerEntry, Settings
from opsconsole.store import Store
from opsconsole.switches.watchdog import NAME, Watchdog
from tests.switches.fakeapi import FakeApi
from tests.switches.target.test_several_optimizers import board_on

AURA = OptimizerEntry("aura", workloads=("ops/aura",))
DEPLOYMENT = "/apis/apps/v1/namespaces/ops/deployments/aura"


class Cluster(FakeApi):
    """Refuses to read ``refused``."""

    refused = "nothing"

    def request(self, method: str, path: str, **options: Any) -> bytes:
        if method == "GET" and self.refused in path:
            raise from_status(403, b"a fault of the test", RequestWords(method, path))
        return super().request(method, path, **options)

    def run(self, name: str, *, account: str = "aura", namespace: str = "ops", bare: bool = False) -> None:
        """Let a pod run, under a Deployment of that name unless it is ``bare``."""
        meta: dict[str, Any] = {"labels": {"app": name, "pod-template-hash": "5d4f8c7b9"}}
        template = {"spec": {"serviceAccountName": account, "containers": [{"name": "main"}]}}
        spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
        if not bare:
            for kind, each in (("Deployment", name), ("ReplicaSet", f"{name}-5d4f8c7b9")):
                made = self.add(kind, namespace, each, spec=spec, metadata=dict(meta))
                owner = {"apiVersion": "apps/v1", "kind": kind, "name": each, "uid": made["metadata"]["uid"]}
                meta["ownerReferences"] = [owner | {"controller": True}]
        pod = name if bare else f"{name}-5d4f8c7b9-abcde"
        self.add("Pod", namespace, pod, status={"phase": "Running"}, metadata=meta, **template)


class Watching:
    """Deletes the optimizers that run, and watches from then on."""

    def __init__(self, api: Cluster, folder: Path, *entries: OptimizerEntry) -> None:
        board, clock = board_on(api, folder, Settings(optimizers=entries))
        board.execute(board.make_plan("optimizer")).result(timeout=60)
        board._executor.close()
        world = board.registry.get("optimizer")._world  # type: ignore[attr-defined]
        self.clock = clock
        self._dog = Watchdog(world, clock, board.memory)
        self._inbox, self._store = Inbox(), Store()

    def look(self) -> tuple[list[str], State]:
        """The alarms' titles, and the feed's state."""
        self._dog._looked = float("-inf")
        self._dog._turn(self._inbox)
        self._store.apply(self._inbox.drain())
        return [each.title for each in self._store.findings.values()], self._store.health[NAME].state


def test_a_workload_that_can_not_be_read_is_not_away(tmp_path: Path) -> None:
    api = Cluster()
    api.run("aura")
    api.run("scaler", account="scaler")
    watching = Watching(api, tmp_path, AURA, OptimizerEntry("scaler", workloads=("ops/scaler",)))
    assert watching.look() == ([], State.LIVE)
    api.objects[DEPLOYMENT]["spec"]["replicas"] = 1
    back = ["the optimizer is back: Deployment/aura -n ops"]
    assert watching.look() == (back, State.LIVE)
    api.refused = DEPLOYMENT
    assert watching.look() == (back, State.STALE)
    api.refused = "nothing"
    api.objects[DEPLOYMENT]["spec"]["replicas"] = 0
    assert watching.look() == ([], State.LIVE)


def test_pods_that_can_not_be_listed_are_not_away(tmp_path: Path) -> None:
    api = Cluster()
    api.run("aura")
    watching = Watching(api, tmp_path, AURA)
    api.refused = "/pods"
    assert watching.look() == ([], State.STALE)


def test_one_of_which_nothing_can_be_looked_at_does_not_keep_the_others_from_being_watched(tmp_path: Path) -> None:
    api = Cluster()
    api.run("aura")
    watching = Watching(api, tmp_path, AURA, OptimizerEntry("agent", users=("oidc:agent@example.com",)))
    assert watching.look() == ([], State.LIVE)


@pytest.mark.parametrize("namespace", ["ml", "ops"])
def test_a_bare_pod_that_comes_back_is_an_alarm_though_another_workload_was_stopped(
    namespace: str, tmp_path: Path
) -> None:
    api = Cluster()
    api.run("aura")
    api.run("scaler", account="scaler", namespace=namespace, bare=True)
    watching = Watching(api, tmp_path, AURA, OptimizerEntry("scaler", workloads=(f"pod/{namespace}/scaler",)))
    assert watching.look() == ([], State.LIVE)
    api.run("scaler", account="scaler", namespace=namespace, bare=True)
    assert watching.look() == ([f"the optimizer is back: Pod/scaler -n {namespace}"], State.LIVE)


def test_one_that_is_named_by_its_account_is_back_under_any_name(tmp_path: Path) -> None:
    api = Cluster()
    api.run("aura")
    watching = Watching(api, tmp_path, OptimizerEntry("aura", service_accounts=("ops/aura",)))
    assert watching.look() == ([], State.LIVE)
    api.run("other-name")
    assert watching.look() == (["the optimizer is back: Deployment/other-name -n ops"], State.LIVE)


@pytest.mark.parametrize("days", [2, -2], ids=["forward", "back"])
def test_a_clock_that_is_set_by_days_does_not_end_the_watch(tmp_path: Path, days: int) -> None:
    api = Cluster()
    api.run("aura")
    watching = Watching(api, tmp_path, AURA)
    assert watching.look() == ([], State.LIVE)
    watching.clock.is_set(days * 86_400.0)
    api.objects[DEPLOYMENT]["spec"]["replicas"] = 1
    assert watching.look() == (["the optimizer is back: Deployment/aura -n ops"], State.LIVE)
