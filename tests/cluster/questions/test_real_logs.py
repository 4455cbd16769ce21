"""Logs on a real control plane: through new pods, a server that was away, and rights in one namespace."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.cluster.feeds.cluster_feeds import feeds
from opsconsole.cluster.feeds.optimizer_logs import OptimizerLogs
from opsconsole.cluster.objects.codec import Codec
from opsconsole.cluster.objects.resources import PODS
from opsconsole.cluster.questions.inspector import ClusterInspector
from opsconsole.cluster.transport.connection import Connection
from opsconsole.decisions.events import EventReader, EventTap
from opsconsole.decisions.feed import DecisionFeed
from opsconsole.feeds.protocol import Inbox
from opsconsole.optimizer import Optimizers
from opsconsole.present.decisions import speaker
from opsconsole.records import Decision, Kind, Mood, State
from opsconsole.records.decisions import UNREADABLE
from opsconsole.settings import ClusterSettings, OptimizerEntry, OptimizerSettings, Settings
from tests.cluster.conftest import Connect
from tests.cluster.feeds.test_optimizer import Listener
from tests.cluster.helpers import RecordingSink
from tests.cluster.test_real_cluster import CLOCK, grant, make_pod
from tests.support.waiting import eventually
from tests.testbed.aura import AuraWorld
from tests.testbed.cluster import TestCluster
from tests.testbed.plane.logs import append_log


@pytest.fixture
def listen(connect_to: Connect) -> Iterator[Callable[..., Listener]]:
    started: list[OptimizerLogs] = []

    def make(config: Path, name: str, container: str = "") -> Listener:
        settings = Optimizers.of(OptimizerSettings(name=name, container=container))
        source = OptimizerLogs(connect_to(config), settings, CLOCK, dice=random.Random(1))
        listener = Listener()
        started.append(source)
        source.start(listener.on_line, listener.on_health)
        return listener

    yield make
    for source in started:
        source.stop()


def said(listener: Listener, words: str) -> list[str]:
    return [source for source, text in listener.lines if words in text]


def test_the_optimizers_log_is_followed_into_a_new_pod(
    cluster: TestCluster, aura: AuraWorld, listen: Callable[..., Listener]
) -> None:
    listener = listen(cluster.admin_kubeconfig, f"{aura.ops}/{aura.optimizer}")
    listener.wait(lambda each: said(each, "Failed to patch deployment") and said(each, "confidence_score"))
    append_log(aura.optimizer_log, "a new line")
    listener.wait(lambda each: said(each, "a new line") == [f"{aura.optimizer_pod}/optimizer"])
    cluster.api.delete(f"/api/v1/namespaces/{aura.ops}/pods/{aura.optimizer_pod}")

    def successor() -> str:
        names = [pod["metadata"]["name"] for pod in cluster.pods(aura.ops, "app=aura-optimizer")]
        return next((name for name in names if name != aura.optimizer_pod), "")

    eventually(successor, "the Deployment has made another pod")
    name = successor()
    append_log(cluster.log_file(aura.ops, name, "optimizer"), "I am back")
    listener.wait(lambda each: said(each, "I am back") == [f"{name}/optimizer"])


def test_the_optimizers_log_goes_on_after_the_api_server_was_away(
    served: TestCluster, aura: AuraWorld, listen: Callable[..., Listener]
) -> None:
    listener = listen(served.admin_kubeconfig, f"deployment/{aura.ops}/{aura.optimizer}", "optimizer")
    listener.wait(lambda each: said(each, "Failed to patch deployment"))
    served.kill_apiserver()
    listener.wait(lambda each: each.healths[-1].state is State.STALE)
    append_log(aura.optimizer_log, "said while nobody could listen")
    served.restart_apiserver()
    listener.wait(lambda each: said(each, "said while nobody"))
    listener.wait_health(State.LIVE, "1 log")
    texts = [text for _, text in listener.lines]
    assert texts.count("said while nobody could listen") == 1
    assert len(said(listener, "Failed to patch deployment")) == 1


def test_a_line_of_megabytes_is_cut_and_a_decision_that_could_not_be_read(
    cluster: TestCluster, aura: AuraWorld, connect_to: Connect
) -> None:
    optimizers = Optimizers.of(OptimizerSettings(name=f"{aura.ops}/{aura.optimizer}"))
    source = OptimizerLogs(connect_to(cluster.admin_kubeconfig), optimizers, CLOCK)
    feed, sink = DecisionFeed(source, CLOCK), RecordingSink()
    feed.start(sink)
    try:
        append_log(aura.optimizer_log, "thinking " * 400_000)
        append_log(aura.optimizer_log, "said after that")
        said = sink.records[Kind.DECISION]
        sink.wait(lambda s: any("said after that" in each.message for each in s.records[Kind.DECISION].values()))
        (problem,) = {why for each in list(said.values()) for why in each.problems if why.startswith(UNREADABLE)}
        assert "no end within 1 MiB" in problem
        assert sum(len(each.message) for each in list(said.values())) < 2 << 20
    finally:
        feed.stop()


def test_the_optimizer_is_followed_by_somebody_who_may_read_its_namespace_alone(
    cluster: TestCluster, aura: AuraWorld, listen: Callable[..., Listener]
) -> None:
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
    ]
    grant(cluster, aura.ops, "listener", rules)
    listener = listen(cluster.kubeconfig_for_user("listener"), f"{aura.ops}/{aura.optimizer}")
    listener.wait(lambda each: said(each, "confidence_score"))
    listener.wait_health(State.LIVE, "2 logs of 1 pod")


def test_an_optimizer_scaled_to_nothing_is_a_calm_absence(
    cluster: TestCluster, aura: AuraWorld, listen: Callable[..., Listener]
) -> None:
    listener = listen(cluster.admin_kubeconfig, f"{aura.ops}/{aura.optimizer}")
    listener.wait_health(State.LIVE, "2 logs of 1 pod")
    path = f"/apis/apps/v1/namespaces/{aura.ops}/deployments/{aura.optimizer}"
    cluster.api.patch(path, {"spec": {"replicas": 0}})
    listener.wait_health(State.ABSENT, "has no pod now")


def test_a_log_is_opened_with_its_previous_one(cluster: TestCluster, namespace: str, connect_to: Connect) -> None:
    make_pod(cluster, namespace, "web")
    cluster.wait_for_pods(namespace, "", 1)
    append_log(cluster.log_file(namespace, "web", "main"), "first life \x1b[31m")
    cluster.logs.restart(namespace, "web", "main")
    append_log(cluster.log_file(namespace, "web", "main"), "second life")
    inspector = ClusterInspector(connect_to(cluster.admin_kubeconfig))
    (pod,) = pods_now(connect_to(cluster.admin_kubeconfig), namespace)
    read = {
        previous: list(inspector.logs(pod, "main", previous=previous, follow=False, tail=10))
        for previous in (False, True)
    }
    assert read == {False: ["second life"], True: ["first life ␛[31m"]}


def pods_now(connection: Connection, namespace: str) -> list[Any]:
    return Codec(PODS).page(connection.request("GET", PODS.path(namespace))).records


def test_each_log_is_of_the_optimizer_that_the_settings_name(
    cluster: TestCluster, aura: AuraWorld, connect_to: Connect
) -> None:
    mine = OptimizerEntry(name="night shift", workloads=(f"deployment/{aura.ops}/{aura.optimizer}",))
    other = OptimizerEntry(name="day shift", workloads=(f"deployment/{aura.ops}/nobody",))
    source = OptimizerLogs(
        connect_to(cluster.admin_kubeconfig), Optimizers.of(Settings(optimizers=(other, mine))), CLOCK
    )
    feed, inbox = DecisionFeed(source, CLOCK, optimizer=source.optimizer_of), Inbox()
    feed.start(inbox)
    try:
        told: dict[str, str] = {}

        def speakers() -> set[str]:
            decisions = inbox.drain().latest.get(Kind.DECISION, {}).values()
            told.update({each.key: speaker(each) for each in decisions if isinstance(each, Decision)})
            return set(told.values())

        eventually(lambda: speakers() == {"night shift"}, "the log is read under its optimizer's name")
    finally:
        feed.stop()


def _core_event(pod: str, namespace: str, count: int) -> dict[str, Any]:
    """An event of ``v1``, as client-go's older recorders write it."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{pod}.evicted", "namespace": namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": pod, "namespace": namespace, "uid": "u-1"},
        "reason": "EvictedByVPA",
        "message": "Pod was evicted by VPA Updater to apply resource recommendation.",
        "type": "Normal",
        "source": {"component": "vpa-updater"},
        "firstTimestamp": "2026-11-26T01:00:00Z",
        "lastTimestamp": "2026-11-26T01:10:00Z",
        "count": count,
    }


def _new_event(pod: str, namespace: str) -> dict[str, Any]:
    """An event of ``events.k8s.io/v1``, as newer recorders write it."""
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{pod}.disrupted", "namespace": namespace},
        "regarding": {"apiVersion": "v1", "kind": "Pod", "name": pod, "namespace": namespace, "uid": "u-2"},
        "reason": "Evicted",
        "action": "Evict",
        "note": "Evicted pod: Underutilized/Delete",
        "type": "Normal",
        "eventTime": "2026-11-26T01:20:00.000000Z",
        "reportingController": "karpenter.sh/karpenter",
        "reportingInstance": "karpenter-0",
    }


def test_events_of_optimizers_are_decisions(cluster: TestCluster, namespace: str, connect_to: Connect) -> None:
    api, core = cluster.api, f"/api/v1/namespaces/{namespace}/events"
    api.post(core, _core_event("web-1", namespace, 1))
    settings = Settings(cluster=ClusterSettings(namespace=namespace))
    found = feeds(connect_to(cluster.admin_kubeconfig), settings, CLOCK)
    feed = next(each for each in found.others if each.name == "events")
    tap, inbox = EventTap(feed, EventReader(lambda: Optimizers.of(settings), CLOCK)), Inbox()
    told: dict[str, Decision] = {}

    def heard() -> list[tuple[str, str, str, str]]:
        told.update({key: each for key, each in inbox.drain().latest.get(Kind.DECISION, {}).items() if each})
        return [(each.source, each.verb, str(each.target), each.mood) for each in told.values()]

    tap.start(inbox)
    try:
        first = ("event vpa-updater", "evict", f"Pod/web-1 -n {namespace}", Mood.OBSERVED)
        eventually(lambda: heard() == [first], "the event of v1 is a decision")
        api.post(f"/apis/events.k8s.io/v1/namespaces/{namespace}/events", _new_event("web-2", namespace))
        second = ("event karpenter.sh/karpenter", "evict", f"Pod/web-2 -n {namespace}", Mood.OBSERVED)
        eventually(lambda: heard() == [first, second], "the event of events.k8s.io/v1 is a decision")
        known = api.get(f"{core}/web-1.evicted")
        api.put(f"{core}/web-1.evicted", known | {"count": 2})
        eventually(lambda: heard() == [first, second, first], "an event that came again is a decision again")
    finally:
        tap.stop()
