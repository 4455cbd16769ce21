"""The audit log and the audit webhook of a real API server: who patches one Deployment is a fact."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from opsconsole.clock import SystemClock
from opsconsole.cluster import connect
from opsconsole.cluster.feeds.ownership import ownership_feeds
from opsconsole.cluster.feeds.watching.scopes import Scope
from opsconsole.decisions.sources.files import FileSource
from opsconsole.feeds.protocol import Feed
from opsconsole.records import ClusterWriter, Kind, State, WriterClass
from opsconsole.settings import ClusterSettings, WriterSettings
from opsconsole.writers.audit.log import AuditLog
from opsconsole.writers.audit.webhook import AuditWebhook
from opsconsole.writers.feed import WritersFeed
from tests.cluster.helpers import RecordingSink
from tests.testbed.api import ApiError
from tests.testbed.cluster import TestCluster
from tests.testbed.plane.processes import free_port
from tests.testbed.rights import wait_for_rules
from tests.writers.scene import deployment

CLOCK = SystemClock()


def make(cluster: TestCluster, namespace: str) -> str:
    """A Deployment that a person made, and two ServiceAccounts that may change it; returns its path."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.post(f"{path}?fieldManager=kubectl-create", deployment("web"))
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}]
    cluster.api.post(f"{rbac}/roles", {"metadata": {"name": "patcher"}, "rules": rules})
    subjects = []
    for name in ("aura", "shadow", "reader"):
        cluster.api.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}})
        if name != "reader":
            subjects.append({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "patcher"}
    binding = {"metadata": {"name": "patchers"}, "roleRef": role, "subjects": subjects}
    cluster.api.post(f"{rbac}/rolebindings", binding)
    wait_for_rules(cluster.api, subjects, rules, namespace)
    return f"{path}/web"


def quarrel(cluster: TestCluster, namespace: str, path: str) -> None:
    """Two ServiceAccounts and a person on one Deployment; one of them forges its field manager, one is refused."""
    aura = cluster.service_account_api(namespace, "aura", user_agent="aura-brain/2.1")
    shadow = cluster.service_account_api(namespace, "shadow", user_agent="python-requests/2.32")
    reader = cluster.service_account_api(namespace, "reader", user_agent="reader/1")
    for replicas in (3, 4):
        aura.patch(path, {"spec": {"replicas": replicas}})
        cluster.kubectl("-n", namespace, "scale", "deployment", "web", "--replicas=2")
    shadow.patch(f"{path}?fieldManager=kubectl-edit", {"spec": {"paused": True}})
    with contextlib.suppress(ApiError):
        reader.patch(path, {"spec": {"replicas": 0}})


def follow(cluster: TestCluster, namespace: str, source: Feed) -> tuple[WritersFeed, RecordingSink]:
    settings = ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig), namespace=namespace)
    connection = connect(settings, read_only=True, clock=CLOCK)
    feed = WritersFeed(
        [*ownership_feeds(connection, CLOCK, pods=True, scope=Scope.of(connection, CLOCK)), source],
        WriterSettings(),
        CLOCK,
    )
    sink = RecordingSink()
    feed.start(sink)
    return feed, sink


def row(sink: RecordingSink, user: str) -> ClusterWriter:
    found = sink.records[Kind.WRITER][f"user {user}"]
    assert isinstance(found, ClusterWriter)
    return found


def check(sink: RecordingSink, namespace: str) -> None:
    """What both ways have to tell of the quarrel."""
    aura, shadow, reader = (f"system:serviceaccount:{namespace}:{name}" for name in ("aura", "shadow", "reader"))
    for user in (aura, shadow, reader, "admin"):
        sink.wait(lambda s, user=user: f"user {user}" in s.records[Kind.WRITER])
    sink.wait(lambda s: row(s, aura).writes == 2 and row(s, aura).took >= 1)
    sink.wait(lambda s: row(s, reader).refused == (("403", 1),))
    assert (row(sink, aura).sort, row(sink, aura).proved, row(sink, aura).doubt) == (WriterClass.SUSPECT, True, "")
    assert row(sink, aura).managers == ("aura-brain",)
    assert row(sink, aura).addresses == ("127.0.0.1",)
    sink.wait(lambda s: row(s, aura).rights == (f"patcher in {namespace}",))
    assert "calls itself kubectl-edit" in row(sink, shadow).doubt
    assert row(sink, shadow).agents == ("python-requests/2.32",)
    assert (row(sink, "admin").sort, row(sink, reader).writes) == (WriterClass.PERSON, 0)


@pytest.fixture
def web(cluster: TestCluster, namespace: str) -> str:
    return make(cluster, namespace)


def test_two_service_accounts_and_a_person_are_told_apart_by_the_audit_log(
    cluster: TestCluster, namespace: str, web: str
) -> None:
    log = AuditLog(FileSource(str(cluster.layout.audit_log), CLOCK), CLOCK)
    feed, sink = follow(cluster, namespace, log)
    try:
        sink.wait_state(State.LIVE)
        quarrel(cluster, namespace, web)
        check(sink, namespace)
    finally:
        feed.stop()


def test_the_command_reads_the_audit_log(cluster: TestCluster, namespace: str, web: str) -> None:
    quarrel(cluster, namespace, web)
    command = [sys.executable, "-m", "opsconsole", "writers", "-n", namespace, "--for", "8", "-o", "json"]
    done = subprocess.run(
        [*command, "--audit-log", str(cluster.layout.audit_log)],
        env=cluster.kubectl_environment(), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {each["key"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert found[f"user system:serviceaccount:{namespace}:aura"]["writes"] == 2
    assert "kubectl-edit" in found[f"user system:serviceaccount:{namespace}:shadow"]["doubt"]


@pytest.fixture
def webhooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestCluster, AuditWebhook]]:
    """A cluster of its own whose API server sends its audit events to a receiver that asks for a token."""
    token = tmp_path_factory.mktemp("webhook") / "token"
    token.write_text("t0ken")
    port = free_port()
    receiver = AuditWebhook(f"127.0.0.1:{port}", str(token), CLOCK)
    with TestCluster(nodes=1, audit_webhook=f"http://127.0.0.1:{port}/t0ken") as running:
        yield running, receiver


@pytest.mark.cluster
def test_two_service_accounts_and_a_person_are_told_apart_by_the_audit_webhook(
    webhooked: tuple[TestCluster, AuditWebhook],
) -> None:
    cluster, receiver = webhooked
    cluster.create_namespace("hooked")
    web = make(cluster, "hooked")
    feed, sink = follow(cluster, "hooked", receiver)
    try:
        sink.wait_state(State.LIVE)
        quarrel(cluster, "hooked", web)
        check(sink, "hooked")
    finally:
        feed.stop()
