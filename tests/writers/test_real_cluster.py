"""Against a real API server: two writers and a person on one Deployment, told apart by ``managedFields`` alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster import connect
from opsconsole.cluster.feeds.ownership import ownership_feeds
from opsconsole.cluster.feeds.watching.scopes import Scope
from opsconsole.records import ClusterWriter, Kind, State, WriterClass
from opsconsole.settings import ClusterSettings, WriterSettings
from opsconsole.writers.feed import WritersFeed
from tests.cluster.helpers import RecordingSink
from tests.testbed.cluster import TestCluster
from tests.testbed.rights import wait_for_rules
from tests.writers.scene import deployment

CLOCK = SystemClock()


@pytest.fixture
def web(cluster: TestCluster, namespace: str) -> str:
    """A Deployment that a person made; returns its path."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.post(f"{path}?fieldManager=kubectl-create", deployment("web"))
    return f"{path}/web"


@pytest.fixture
def sink(cluster: TestCluster, web: str, namespace: str) -> Iterator[RecordingSink]:
    settings = ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig), namespace=namespace)
    connection = connect(settings, read_only=True, clock=CLOCK)
    feed = WritersFeed(
        ownership_feeds(connection, CLOCK, pods=True, scope=Scope.of(connection, CLOCK)), WriterSettings(), CLOCK
    )
    sink = RecordingSink()
    feed.start(sink)
    try:
        sink.wait_state(State.LIVE)
        sink.wait(lambda s: "manager kubectl-create" in s.records[Kind.WRITER])
        yield sink
    finally:
        feed.stop()


def writer(sink: RecordingSink, key: str) -> ClusterWriter:
    found = sink.records[Kind.WRITER][key]
    assert isinstance(found, ClusterWriter)
    return found


def test_a_program_that_takes_replicas_from_a_person_and_a_forged_part_of_the_control_plane(
    cluster: TestCluster, web: str, sink: RecordingSink
) -> None:
    cluster.api.patch(f"{web}?fieldManager=aura", {"spec": {"replicas": 4}})
    sink.wait(lambda s: "manager aura" in s.records[Kind.WRITER] and writer(s, "manager aura").took == 1)
    cluster.api.patch(f"{web}?fieldManager=kubectl-edit", {"spec": {"replicas": 2}})
    sink.wait(lambda s: writer(s, "manager aura").lost == 1)
    cluster.api.patch(f"{web}?fieldManager=kube-controller-manager", {"spec": {"replicas": 7}})
    key = "manager kube-controller-manager (odd)"
    sink.wait(lambda s: key in s.records[Kind.WRITER])
    aura, forged, real = (writer(sink, each) for each in ("manager aura", key, "manager kube-controller-manager"))
    assert (aura.sort, aura.proved, aura.fields) == (WriterClass.SUSPECT, False, (("spec.replicas", 1),))
    assert (forged.sort, real.sort) == (WriterClass.SUSPECT, WriterClass.SYSTEM)
    assert "spec.replicas" in forged.doubt


def test_a_write_through_scale_is_counted(cluster: TestCluster, web: str, sink: RecordingSink) -> None:
    cluster.api.patch(f"{web}/scale?fieldManager=scaler", {"spec": {"replicas": 5}})
    sink.wait(lambda s: "manager scaler" in s.records[Kind.WRITER])
    assert writer(sink, "manager scaler").verbs == (("update scale", 1),)


def test_kinds_that_may_not_be_read_are_named_and_the_others_are_shown(cluster: TestCluster, namespace: str) -> None:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]}]
    subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "looker"}]
    cluster.api.post("/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/roles", {
        "metadata": {"name": "looker"}, "rules": rules,
    })  # fmt: skip
    cluster.api.post("/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/rolebindings", {
        "metadata": {"name": "looker"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "looker"},
        "subjects": subjects,
    })  # fmt: skip
    wait_for_rules(cluster.api, subjects, rules, namespace)
    cluster.api.post(f"/apis/apps/v1/namespaces/{namespace}/deployments?fieldManager=aura", deployment("web", 0))
    settings = ClusterSettings(kubeconfig=str(cluster.kubeconfig_for_user("looker")), namespace=namespace)
    connection = connect(settings, read_only=True, clock=CLOCK)
    feed = WritersFeed(
        ownership_feeds(connection, CLOCK, pods=True, scope=Scope.of(connection, CLOCK)), WriterSettings(), CLOCK
    )
    sink = RecordingSink()
    feed.start(sink)
    try:
        sink.wait(lambda s: s.healths[-1].detail.startswith("not all may be read"))
        sink.wait(lambda s: "manager aura" in s.records[Kind.WRITER])
        assert sink.healths[-1].state is State.LIVE
    finally:
        feed.stop()


def test_the_command_prints_the_table_and_json(cluster: TestCluster, web: str, namespace: str) -> None:
    cluster.api.patch(f"{web}?fieldManager=aura", {"spec": {"replicas": 4}})
    command = [sys.executable, "-m", "opsconsole", "writers", "-n", namespace, "--for", "0"]
    environment = cluster.kubectl_environment()
    table = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert table.returncode == 0, table.stderr
    assert "suspect?  aura" in table.stdout
    assert "by name alone, a guess" in table.stdout
    lines = subprocess.run([*command, "-o", "json"], env=environment, capture_output=True, timeout=120, check=True)
    found = {row["name"]: row for row in map(json.loads, lines.stdout.splitlines())}
    assert found["aura"]["fields"] == [["spec.replicas", 1]]
    assert found["kubectl-create"]["sort"] == "person"
