"""On a real control plane: writes by a ServiceAccount, attributed by their field manager and matched with its log."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from opsconsole.composition import build_console
from opsconsole.governor.account.damage import DamageState
from opsconsole.governor.announced.announcements import AnnouncementState
from opsconsole.records import Change, Decision, Finding, Kind, State
from opsconsole.settings import ClusterSettings, GovernorSettings, OptimizerSettings, Settings
from tests.support.waiting import DEADLINE
from tests.testbed.api import STRATEGIC_PATCH, Api, ApiError
from tests.testbed.aura import AuraWorld, make_aura_world
from tests.testbed.cluster import TestCluster
from tests.testbed.plane.logs import append_log
from tests.testbed.population import aura_objects as made
from tests.testbed.population.churn import Churn, restarts
from tests.testbed.population.populate import populate

pytestmark = pytest.mark.cluster
FEEDS = ("deployments", "nodes", "pods", "clusterrolebindings", "poddisruptionbudgets")


class Watching:
    """A console on the real cluster, pumped by the test."""

    def __init__(self, cluster: TestCluster, world: AuraWorld, governor: GovernorSettings) -> None:
        self.world = world
        settings = Settings(
            cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)),
            optimizer=OptimizerSettings(name=f"Deployment/{world.ops}/{world.optimizer}"),
            governor=governor,
        )
        self.woken = threading.Event()
        self.console = build_console(settings, only={"pods", "cluster", "decisions", "judges"})
        self.console.on_wake(self.woken.set)
        self.console.start()
        self.wait("its feeds are live", lambda: all(self._live(feed) for feed in (*FEEDS, "decisions")))

    def wait(self, what: str, condition: Callable[[], Any]) -> Any:
        """Pump until ``condition`` gives something, and return that."""
        deadline = time.monotonic() + DEADLINE
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited {DEADLINE} s in vain until {what}: {self.changes()}"
            self.woken.wait(0.2)
            self.woken.clear()
            self.console.pump()
        return found

    def changes(self, name: str = "", path: str = "") -> list[Change]:
        return [
            change
            for change in self.console.governor.changes
            if change.about.namespace in ("", self.world.production)
            and name in ("", change.about.name)
            and any(path in field.path for field in change.fields)
        ]

    def change(self, name: str, path: str, after: str) -> Change:
        def seen() -> Change | None:
            fits = (each for each in self.changes(name, path) if any(field.after == after for field in each.fields))
            return next(fits, None)

        return self.wait(f"{path} of {name} is {after}", seen)

    def findings(self, rule: str, about: str = "") -> list[Finding]:
        return [
            finding
            for finding in self.console.governor.findings
            if finding.rule == rule and about in ("", finding.about.name if finding.about else "")
        ]

    def decision(self, text: str) -> Decision:
        lines = self.console.store.decisions
        return self.wait(
            f"the line {text!r} is read", lambda: next((d for d in lines.values() if text in d.body), None)
        )

    def _live(self, feed: str) -> bool:
        health = self.console.store.health.get(feed)
        return health is not None and health.state is State.LIVE


@pytest.fixture
def world(cluster: TestCluster) -> Iterator[AuraWorld]:
    made_world = make_aura_world(cluster, suffix=f"-{time.time_ns() % 10**9:x}", night=False)
    yield made_world
    made_world.remove(cluster)


@pytest.fixture
def watching(cluster: TestCluster, world: AuraWorld) -> Iterator[Watching]:
    # What belongs together comes within these, on a busy machine too; a silent write takes the first to be noticed.
    watching = Watching(cluster, world, GovernorSettings(late_seconds=10.0, match_seconds=120.0))
    yield watching
    watching.console.stop()


def its_api(cluster: TestCluster, world: AuraWorld, agent: str = "aura-optimizer/2.0.4") -> Api:
    """The optimizer's own client; the User-Agent's first word becomes the field manager."""
    return cluster.service_account_api(world.ops, world.service_account, user_agent=agent)


def deployment(world: AuraWorld, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{world.production}/deployments/{name}"


def say(world: AuraWorld, target: str, limits: dict[str, str]) -> str:
    """Log a decision as the sidecar does, with its real namespace; returns its time."""
    at = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    record = made.decision(target, made.container_of(target), limits, at) | {"namespace": world.production}
    append_log(world.sidecar_log, json.dumps(record, indent=2))
    return at


def cut(api: Api, world: AuraWorld, name: str, limits: dict[str, str]) -> None:
    api.patch(deployment(world, name), made.limits_patch(made.container_of(name), limits), STRATEGIC_PATCH)


def test_an_announced_patch_is_attributed_matched_and_learned(cluster, world, watching):
    limits = made.CUTS["auth-service"]
    at = say(world, "auth-service", limits)
    cut(its_api(cluster, world), world, "auth-service", limits)
    decision = watching.decision(at)
    change = watching.change("auth-service", "limits.memory", "64Mi")
    watching.wait("it is matched", lambda: watching.console.governor.deed(decision.key).state is AnnouncementState.DONE)
    change = watching.console.governor.change(change.key)
    assert (change.manager, change.by_optimizer, change.decision) == ("aura-optimizer", True, decision.key)
    assert watching.console.governor.managers == ("aura-optimizer",)
    found = watching.findings("limit-cut", "auth-service")
    assert {finding.decision for finding in found} == {decision.key}
    assert any("1000Mi → 64Mi" in finding.title for finding in found)


def test_a_generic_client_is_known_by_its_word_alone(cluster, world, watching):
    api = its_api(cluster, world, "OpenAPI-Generator/37.0.2/python")
    say(world, "api-gateway", made.CUTS["api-gateway"])
    cut(api, world, "api-gateway", made.CUTS["api-gateway"])
    first = watching.change("api-gateway", "limits.memory", "128Mi")
    watching.wait("it is matched", lambda: watching.console.governor.change(first.key).decision)
    assert watching.console.governor.change(first.key).by_optimizer is True
    cut(api, world, "vector-proxy", {"cpu": "1", "memory": "500Mi"})
    second = watching.change("vector-proxy", "limits.memory", "500Mi")
    assert (second.manager, second.by_optimizer, second.decision) == ("OpenAPI-Generator", None, "")


def test_a_persons_kubectl_is_a_persons(cluster, world, watching):
    cluster.kubectl("-n", world.production, "set", "resources", "deployment/auth-service", "--limits=memory=64Mi")
    change = watching.change("auth-service", "limits.memory", "64Mi")
    assert change.manager.startswith("kubectl")
    assert change.by_optimizer is False
    assert not watching.findings("limit-cut", "auth-service")


def test_a_silent_write_is_named(cluster, world, watching):
    limits = {"cpu": "1", "memory": "990Mi"}
    say(world, "auth-service", limits)
    api = its_api(cluster, world)
    cut(api, world, "auth-service", limits)
    change = watching.change("auth-service", "limits.memory", "990Mi")
    watching.wait("it is known", lambda: watching.console.governor.change(change.key).by_optimizer)
    api.patch(deployment(world, "vector-proxy"), {"spec": {"replicas": 2}})
    watching.wait("the silence is noticed", lambda: watching.findings("silent-write", "vector-proxy"))


def test_the_optimizer_takes_back_what_a_person_scales(cluster, world, watching):
    cluster.kubectl("-n", world.production, "scale", "deployment/auth-service", "--replicas=3")
    its_api(cluster, world).patch(deployment(world, "auth-service"), {"spec": {"replicas": 1}})
    finding = watching.wait("the fight is seen", lambda: watching.findings("tug-of-war", "auth-service"))[0]
    assert "kubectl" in finding.title
    managers = [change.manager for change in watching.changes("auth-service", "replicas")]
    assert managers == ["aura-optimizer", "kubectl"]


def test_scaling_by_the_subresource_has_a_writer_each_time(cluster, world, watching):
    api, path = its_api(cluster, world), f"{deployment(world, 'vector-proxy')}/scale"
    for count in (2, 3, 4):
        api.patch(path, {"spec": {"replicas": count}})
        assert watching.change("vector-proxy", "replicas", str(count)).manager == "aura-optimizer"
    cluster.kubectl("-n", world.production, "scale", "deployment/vector-proxy", "--replicas=1")
    assert watching.change("vector-proxy", "replicas", "1").manager == "kubectl"


def test_scaling_to_zero_by_the_subresource_has_no_writer_but_a_word_may_tell(cluster, world, watching):
    """A real API server keeps no trace of it in managedFields: honest is "can't be told"."""
    api = its_api(cluster, world)
    api.patch(f"{deployment(world, 'vector-proxy')}/scale", {"spec": {"replicas": 0}})
    change = watching.change("vector-proxy", "replicas", "0")
    assert (change.manager, change.by_optimizer) == ("", None)
    finding = watching.wait("it is flagged", lambda: watching.findings("replicas-zero", "vector-proxy"))[0]
    assert finding.detail.endswith("can't be told.")
    at = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    record = {"timestamp": at, "action": "scale_deployment", "target": "vector-proxy", "replicas": 0}
    append_log(world.sidecar_log, json.dumps(record | {"namespace": world.production}))
    watching.wait("it is matched", lambda: watching.console.governor.change(change.key).by_optimizer)
    assert watching.findings("replicas-zero", "vector-proxy")[0].decision


def test_taints_by_the_optimizer(cluster, world, watching):
    taints = {"spec": {"taints": [{"key": "aura.ai/isolated", "value": "true", "effect": "NoSchedule"}]}}
    its_api(cluster, world).patch(f"/api/v1/nodes/{world.tainted_node}", taints)
    watching.wait("it is flagged", lambda: watching.findings("taints-changed", world.tainted_node))
    change = watching.changes(world.tainted_node, "taints")[0]
    assert (change.manager, change.fields[0].after) == ("aura-optimizer", "aura.ai/isolated=true:NoSchedule")


def test_a_denied_write_is_a_word_without_a_deed(cluster, world, watching):
    cluster.api.delete(f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{world.binding}")
    api = its_api(cluster, world)
    at = say(world, "auth-service", made.CUTS["auth-service"])
    decision = watching.decision(at)

    def refused() -> str:
        try:
            api.get(deployment(world, "auth-service"))
        except ApiError as error:
            return error.message if error.status == 403 else ""
        return ""

    words = watching.wait("its rights are gone", refused)
    now = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S}"
    append_log(world.optimizer_log, f"[{now}] ERROR: Failed to patch deployment 'auth-service': 403 Forbidden {words}")
    deed = watching.wait(
        "the denial is read",
        lambda: (
            watching.console.governor.deed(decision.key)
            if watching.console.governor.deed(decision.key).state is AnnouncementState.DENIED
            else None
        ),
    )
    assert "forbidden" in deed.detail
    assert not watching.changes("auth-service", "limits")


def test_a_deployment_that_is_deleted_and_made_anew_smaller(cluster, world, watching):
    path = deployment(world, "vector-proxy")
    body = cluster.api.get(path)
    api = its_api(cluster, world)
    api.delete(path)
    smaller = {"metadata": {"name": "vector-proxy", "labels": body["metadata"]["labels"]}, "spec": body["spec"]}
    smaller["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "64Mi"
    api.post(path.rpartition("/")[0], smaller)
    change = watching.change("vector-proxy", "limits.memory", "64Mi")
    assert [field.after for field in change.fields if field.path == "object"] == ["there"]
    assert watching.findings("limit-cut", "vector-proxy")


def test_the_damage_of_the_night_and_its_repair(cluster, world, watching):
    api = its_api(cluster, world)
    for name, limits in made.CUTS.items():
        say(world, name, limits)
        cut(api, world, name, limits)
        watching.change(name, "limits.memory", limits["memory"])
    watching.wait("all is attributed", lambda: all(change.by_optimizer for change in watching.changes(path="limits")))
    rows = {(row.about.name, row.path.rpartition(".")[2]): row for row in watching.console.governor.damage()}
    auth = rows["auth-service", "memory"]
    assert (auth.before, auth.now, auth.standing, auth.certain) == ("1000Mi", "64Mi", DamageState.DAMAGED, True)
    cluster.kubectl(
        "-n", world.production, "set", "resources", "deployment/auth-service", "--limits=memory=1000Mi,cpu=1"
    )
    watching.change("auth-service", "limits.memory", "1000Mi")
    rows = {(row.about.name, row.path.rpartition(".")[2]): row for row in watching.console.governor.damage()}
    assert rows["auth-service", "memory"].standing is DamageState.RESTORED
    assert rows["api-gateway", "memory"].standing is DamageState.DAMAGED
    budget = watching.console.governor.budget
    assert budget.memory == (1000 - 64 + 1024 - 128) * 2**20
    assert budget.share is not None


def test_posture_of_the_optimizer_as_it_was_deployed(cluster, world, watching):
    rules = {"autonomy", "cluster-admin", "mutable-image", "no-limits"}
    watching.wait("its posture is judged", lambda: all(watching.findings(rule) for rule in rules))


@pytest.mark.timeout(900)
def test_ten_thousand_pods_that_churn_hide_nothing_and_raise_nothing():
    """Rollouts, restarts and status writes of others around the optimizer's one write."""
    with TestCluster(nodes=1, audit=False) as cluster:
        world = make_aura_world(cluster, night=False)
        population = populate(cluster, 10_000)
        watching = Watching(cluster, world, GovernorSettings())
        watching.wait("all pods are there", lambda: len(watching.console.store.pods) >= population.pods)
        before = {finding.key for finding in watching.console.governor.findings}
        with Churn(cluster.store, restarts(population.running), 300):
            limits = made.CUTS["auth-service"]
            at = say(world, "auth-service", limits)
            cut(its_api(cluster, world), world, "auth-service", limits)
            decision = watching.decision(at)
            watching.wait("it is matched", lambda: watching.console.governor.deed(decision.key).change)
        new = [finding for finding in watching.console.governor.findings if finding.key not in before]
        watching.console.stop()
    # The optimizer is held beside what it has changed every half a minute: true of it now, and no churn's doing.
    raised = [finding for finding in new if finding.rule != "bigger-than-victims"]
    assert {finding.about.name for finding in raised if finding.about} == {"auth-service"}
    assert not [finding for finding in new if finding.key.startswith("rule-broken")]
    assert watching.console.store.table(Kind.POD)


def test_small_cuts_by_real_patches_are_named_as_salami(cluster, world, watching):
    api = its_api(cluster, world)
    memory = 1000.0
    for _ in range(12):
        memory *= 0.9
        limits = {"cpu": "1", "memory": f"{memory:.0f}Mi"}
        cut(api, world, "auth-service", limits)
        watching.change("auth-service", "limits.memory", limits["memory"])
    found = watching.wait("the cuts are added up", lambda: watching.findings("cut-by-steps", "auth-service"))
    assert "by 12 writes" in found[0].title
    assert found[0].severity.value == "critical"


def test_nodes_cordoned_by_real_patches_are_counted(cluster, world, watching):
    api = its_api(cluster, world)
    names = sorted(watching.console.store.nodes)[:2]
    assert len(names) == 2, "the test bed has nodes enough"
    try:
        for name in names:
            api.patch(f"/api/v1/nodes/{name}", {"spec": {"unschedulable": True}})
        found = watching.wait("they are counted", lambda: watching.findings("blast-radius"))
        assert "drains, cordons, taints, restarts or deletes" in found[0].title
    finally:
        for name in names:
            cluster.kubectl("uncordon", name)
