"""The optimizer: found by its name, its pods by their owners, its logs through re-creations."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds import optimizer_logs as optimizerlogs
from opsconsole.cluster.feeds.optimizer_logs import OptimizerLogs
from opsconsole.cluster.questions.optimizer import FoundOptimizers, FoundWorkload, Membership, OptimizerError, find
from opsconsole.names import AccountName, WorkloadName
from opsconsole.optimizer import Optimizers
from opsconsole.records import Health, Pod, Ref, State
from opsconsole.settings import OptimizerSettings
from tests.cluster import faults as answers
from tests.cluster.conftest import Connect
from tests.cluster.faults import Exchange, FaultServer, LiveWatch
from tests.cluster.helpers import event, pod
from tests.support.waiting import eventually

APPS = "/apis/apps/v1/namespaces/ops"
PODS = "/api/v1/namespaces/ops/pods"


def workload(kind: str, name: str, owner: tuple[str, str] | None = None, account: str = "") -> dict[str, Any]:
    owners = [{"kind": owner[0], "name": owner[1], "uid": "u", "controller": True}] if owner else []
    template = {"spec": {"serviceAccountName": account, "containers": [{"name": "optimizer"}]}}
    metadata = {"name": name, "namespace": "ops", "uid": f"uid-{name}", "ownerReferences": owners}
    return {"kind": kind, "metadata": metadata, "spec": {"template": template}}


def test_a_bare_name_is_looked_for_in_every_kind(faults: FaultServer, connect_to: Connect) -> None:
    faults.on("/apis/batch/v1/namespaces/ops/jobs/aura", answers.body(workload("Job", "aura", account="aura-sa")))
    found = find(connect_to(faults.url), Optimizers.of(OptimizerSettings(name="ops/aura")))
    assert found.workloads == (FoundWorkload(Ref("Job", "ops", "aura", "uid-aura"), "aura-sa"),)
    assert found.each[0].workloads == (WorkloadName("Job", "ops", "aura"),)
    assert found.each[0].accounts == (AccountName("ops", "aura-sa"),)
    assert [asked.path.split("/")[-2] for asked in faults.asked] == ["deployments", "statefulsets", "cronjobs", "jobs"]


def test_the_default_account_says_nothing(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(f"{APPS}/deployments/aura", answers.body(workload("Deployment", "aura")))
    connection = connect_to(faults.url)
    found = find(connection, Optimizers.of(OptimizerSettings(name="deployment/ops/aura")))
    assert found.workloads[0].service_account == "default"
    assert not Membership(connection, found)(member("stranger"))
    named = find(connection, Optimizers.of(OptimizerSettings(name="deployment/ops/aura", service_account="ops/own")))
    assert Membership(connection, named)(member("worker", account="own"))


def test_an_optimizer_that_is_nowhere_says_where_it_was_looked_for(faults: FaultServer, connect_to: Connect) -> None:
    with pytest.raises(OptimizerError, match=r"no Deployment, .* named aura in ops$"):
        find(connect_to(faults.url), Optimizers.of(OptimizerSettings(name="ops/aura")))


def test_an_optimizer_that_may_not_be_read_is_taken_to_be_there(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(f"{APPS}/statefulsets/aura", answers.status(403, "no"))
    found = find(connect_to(faults.url), Optimizers.of(OptimizerSettings(name="ops/aura", service_account="ops/own")))
    assert found.workloads[0].ref == Ref("StatefulSet", "ops", "aura")
    assert found.each[0].accounts == (AccountName("ops", "own"),)
    assert "may not get statefulsets" in found.workloads[0].note


def member(name: str, owner: Ref | None = None, account: str = "default", namespace: str = "ops") -> Pod:
    return Pod(namespace=namespace, name=name, owner=owner, service_account=account)


def named(name: str, account: str = "") -> FoundOptimizers:
    return FoundOptimizers(Optimizers.of(OptimizerSettings(name=name, service_account=account)).each)


def test_pods_are_told_by_their_chain_of_owners(faults: FaultServer, connect_to: Connect) -> None:
    replica_set = workload("ReplicaSet", "aura-1", ("Deployment", "aura"))
    faults.on(f"{APPS}/replicasets/aura-1", answers.body(replica_set))
    faults.on(
        f"{APPS}/replicasets/aura-other-1", answers.body(workload("ReplicaSet", "x", ("Deployment", "aura-other")))
    )
    belongs = Membership(connect_to(faults.url), named("Deployment/ops/aura"))
    assert belongs(member("aura-1-a", Ref("ReplicaSet", "ops", "aura-1")))
    assert belongs(member("aura-1-b", Ref("ReplicaSet", "ops", "aura-1")))
    assert not belongs(member("aura-other-1-a", Ref("ReplicaSet", "ops", "aura-other-1")))
    assert not belongs(member("aura"))
    assert not belongs(member("x", Ref("Node", "ops", "aura")))
    assert not belongs(member("aura-1-a", Ref("ReplicaSet", "other", "aura-1"), namespace="other"))
    assert len(faults.asked) == 4  # each owner once: two ReplicaSets and the two Deployments


def test_owners_that_may_not_be_read_are_told_by_their_names(faults: FaultServer, connect_to: Connect) -> None:
    faults.on(f"{APPS}/replicasets/aura-7f8d9b6c5", answers.status(403, "no"))
    belongs = Membership(connect_to(faults.url), named("Deployment/ops/aura"))
    assert belongs(member("aura-7f8d9b6c5-x", Ref("ReplicaSet", "ops", "aura-7f8d9b6c5")))
    job = Membership(connect_to(faults.url), named("CronJob/ops/night"))
    assert job(member("night-29012345-x", Ref("Job", "ops", "night-29012345")))


def test_pods_of_its_own_account_are_its_own(connect_to: Connect) -> None:
    belongs = Membership(connect_to("http://127.0.0.1:1"), named("Pod/ops/aura", "ops/aura-sa"))
    assert belongs(member("aura"))
    assert belongs(member("trainer", account="aura-sa"))
    assert not belongs(member("web"))


class Listener:
    """What the decision feed would be."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.healths: list[Health] = []
        self.changed = threading.Condition()

    def on_line(self, source: str, text: str, _at: float | None) -> None:
        with self.changed:
            self.lines.append((source, text))
            self.changed.notify_all()

    def on_health(self, health: Health) -> None:
        with self.changed:
            self.healths.append(health)
            self.changed.notify_all()

    def wait(self, condition: Callable[[Listener], Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), 60), (self.lines, self.healths[-4:])

    def wait_health(self, state: State, words: str, unread: int = 0) -> None:
        def said(each: Listener) -> bool:
            newest = each.healths[-1] if each.healths else None
            return newest is not None and (newest.state, newest.unread) == (state, unread) and words in newest.detail

        self.wait(said)


@pytest.fixture
def listen(faults: FaultServer, connect_to: Connect) -> Iterator[Callable[..., Listener]]:
    started: list[OptimizerLogs] = []

    def make(name: str = "deployment/ops/aura", container: str = "") -> Listener:
        settings = Optimizers.of(OptimizerSettings(name=name, container=container))
        source = OptimizerLogs(connect_to(faults.url), settings, SystemClock(), tail=9, dice=random.Random(1))
        listener = Listener()
        started.append(source)
        source.start(listener.on_line, listener.on_health)
        return listener

    yield make
    for source in started:
        source.stop()


def optimizer_pod(name: str, state: str = "running", phase: str = "Running") -> dict[str, Any]:
    found = pod(name, "ops", phase=phase)
    owner = {"kind": "ReplicaSet", "name": "aura-7f8d9b6c5", "uid": "u", "controller": True}
    found["metadata"] |= {"ownerReferences": [owner], "labels": {"pod-template-hash": "7f8d9b6c5"}}
    found["spec"]["containers"] = [{"name": "optimizer"}, {"name": "decision-log"}]
    found["status"]["containerStatuses"] = [
        {"name": name, "state": {state: {}}} for name in ("optimizer", "decision-log")
    ]
    return found


def log_of(name: str, *, hold: bool = True) -> answers.Answer:
    def answer(exchange: Exchange) -> None:
        container = exchange.asked.query["container"]
        exchange.begin_stream()
        exchange.chunk(f"2026-11-21T22:36:01.000000001Z {name} {container} says\n".encode())
        if hold and exchange.asked.query.get("follow"):
            answers.silence(exchange)
        else:
            exchange.chunk(b"")

    return answer


def serve(faults: FaultServer, *pods: dict[str, Any]) -> LiveWatch:
    watch = LiveWatch()
    faults.on(f"{APPS}/deployments/aura", answers.body(workload("Deployment", "aura")))
    faults.on(PODS, answers.body(json.dumps({"metadata": {"resourceVersion": "1"}, "items": list(pods)})))
    faults.on(f"{PODS}?watch", watch)
    return watch


def test_every_container_of_every_pod_is_followed(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    watch = serve(faults, optimizer_pod("aura-1"))
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1"))
    faults.on(f"{PODS}/aura-2/log", log_of("aura-2"))
    listener = listen()
    listener.wait(lambda each: len(each.lines) == 2)
    listener.wait_health(State.LIVE, "2 logs of 1 pod")
    watch.send(event("ADDED", optimizer_pod("aura-2")), event("DELETED", optimizer_pod("aura-1")))
    listener.wait(lambda each: len(each.lines) == 4)
    assert sorted(listener.lines) == [
        (f"aura-{number}/{container}", f"aura-{number} {container} says")
        for number in (1, 2)
        for container in ("decision-log", "optimizer")
    ]
    asked = [each.query for each in faults.requests(f"{PODS}/aura-1/log")]
    assert [query["tailLines"] for query in asked if "follow" not in query] == ["9", "9"]
    assert {query["sinceTime"] for query in asked if "follow" in query} == {"2026-11-21T22:36:01.000000001Z"}


def test_the_stream_is_live_when_the_history_has_been_read(
    faults: FaultServer, listen: Callable[..., Listener]
) -> None:
    """Before that nobody can say what the log tells of, and above all not that it tells of nothing."""
    serve(faults, optimizer_pod("aura-1"))
    go_on, told = threading.Event(), log_of("aura-1")

    def slow(exchange: Exchange) -> None:
        if exchange.asked.query["container"] == "optimizer":
            go_on.wait(60)
        told(exchange)

    faults.on(f"{PODS}/aura-1/log", slow)
    listener = listen()
    listener.wait_health(State.STARTING, "reading 2 logs of 1 pod")
    listener.wait(lambda each: len(each.lines) == 1)
    assert State.LIVE not in [health.state for health in listener.healths]
    go_on.set()
    listener.wait_health(State.LIVE, "2 logs of 1 pod")
    assert len(listener.lines) == 2


def test_only_the_named_container_is_followed(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    serve(faults, optimizer_pod("aura-1"))
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1"))
    listener = listen(container="decision-log")
    listener.wait_health(State.LIVE, "1 log of 1 pod")
    listener.wait(lambda each: each.lines == [("aura-1/decision-log", "aura-1 decision-log says")])


def test_a_container_that_waits_is_opened_when_it_runs(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    watch = serve(faults, optimizer_pod("aura-1", "waiting", "Pending"))
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1"))
    listener = listen()
    listener.wait_health(State.LIVE, "1 pod, no container is running")
    assert not faults.requests(f"{PODS}/aura-1/log")
    watch.send(event("MODIFIED", optimizer_pod("aura-1")))
    listener.wait(lambda each: len(each.lines) == 2)


def test_a_pod_with_the_same_name_and_another_uid_is_read_anew(
    faults: FaultServer, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimizerlogs, "LINGER", 0.05)
    watch = serve(faults, optimizer_pod("aura-0"))
    faults.on(f"{PODS}/aura-0/log", log_of("aura-0"))
    listener = listen(container="optimizer")
    listener.wait(lambda each: len(each.lines) == 1)
    again = optimizer_pod("aura-0")
    again["metadata"]["uid"] = "another"
    watch.send(event("MODIFIED", again))
    listener.wait(lambda each: len(each.lines) == 2)


def test_a_finished_pod_is_read_once(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    watch = serve(faults, optimizer_pod("aura-1", "terminated", "Succeeded"))
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1", hold=False))
    listener = listen()
    listener.wait(lambda each: len(each.lines) == 2)
    listener.wait_health(State.LIVE, "no container is running")
    watch.send(event("MODIFIED", optimizer_pod("aura-1", "terminated", "Succeeded")))
    watch.send(event("DELETED", optimizer_pod("aura-1", "terminated", "Succeeded")))
    listener.wait_health(State.ABSENT, "Deployment/aura -n ops has no pod now")
    assert len(listener.lines) == 2


def test_no_pod_is_a_calm_absence(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    serve(faults)
    listen().wait_health(State.ABSENT, "has no pod now")


def test_a_forbidden_log_is_denied_by_name(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    serve(faults, optimizer_pod("aura-1"))
    faults.on(f"{PODS}/aura-1/log", answers.status(403, "no"))
    listen().wait_health(State.DENIED, "may not get pods/log aura-1 -n ops", unread=2)


def test_one_forbidden_log_of_two_is_said_beside_the_other(
    faults: FaultServer, listen: Callable[..., Listener]
) -> None:
    def answer(exchange: Exchange) -> None:
        if exchange.asked.query["container"] == "optimizer":
            answers.status(403, "no")(exchange)
        else:
            log_of("aura-1")(exchange)

    serve(faults, optimizer_pod("aura-1"))
    faults.on(f"{PODS}/aura-1/log", answer)
    listen().wait_health(State.LIVE, "2 logs of 1 pod; 1 can't be read: 403", unread=1)


def test_forbidden_pods_are_denied_by_name(faults: FaultServer, listen: Callable[..., Listener]) -> None:
    serve(faults)
    faults.on(PODS, answers.status(403, "no"))
    listen().wait_health(State.DENIED, "may not list pods -n ops")


def test_an_optimizer_that_comes_later_is_found(
    faults: FaultServer, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimizerlogs, "FIND_AGAIN", 0.05)
    listener = listen()
    listener.wait_health(State.DOWN, "there is no Deployment named aura in ops")
    serve(faults, optimizer_pod("aura-1"))
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1"))
    listener.wait(lambda each: len(each.lines) == 2)


def test_the_log_is_followed_by_somebody_who_may_read_pods_alone(
    faults: FaultServer, listen: Callable[..., Listener]
) -> None:
    told = optimizer_pod("aura-1")
    told["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "aura-5d4f3e2a1", "controller": True}]
    told["metadata"]["labels"] = {"pod-template-hash": "5d4f3e2a1"}
    serve(faults, told)
    for path in (f"{APPS}/deployments/aura", f"{APPS}/replicasets/aura-5d4f3e2a1"):
        faults.on(path, answers.status(403, "no"))
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1"))
    listen("ops/aura").wait(lambda each: len(each.lines) == 2)


def test_an_api_server_that_is_away_is_said_and_waited_for(
    faults: FaultServer, listen: Callable[..., Listener]
) -> None:
    serve(faults, optimizer_pod("aura-1"))
    faults.on(f"{APPS}/deployments/aura", answers.hang_up)
    faults.on(f"{PODS}/aura-1/log", log_of("aura-1"))
    listener = listen()
    listener.wait_health(State.DOWN, "cut", unread=1)
    serve(faults, optimizer_pod("aura-1"))
    listener.wait(lambda each: len(each.lines) == 2)


def test_stopping_ends_every_thread(faults: FaultServer, connect_to: Connect) -> None:
    serve(faults, optimizer_pod("stopme-1"))
    faults.on(f"{PODS}/stopme-1/log", log_of("stopme-1"))
    source = OptimizerLogs(
        connect_to(faults.url), Optimizers.of(OptimizerSettings(name="deployment/ops/aura")), SystemClock()
    )
    listener = Listener()
    source.start(listener.on_line, listener.on_health)
    listener.wait(lambda each: len(each.lines) == 2)
    source.stop()
    eventually(lambda: not [t for t in threading.enumerate() if "stopme" in t.name], "no log is read any more")
