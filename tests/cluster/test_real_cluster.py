"""Against a real control plane: servers that die and fall silent, rights that are missing, tokens that end."""

from __future__ import annotations

import random
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconsole.clock import SystemClock
from opsconsole.cluster.feeds.cluster_feeds import feeds
from opsconsole.cluster.feeds.watching import listing
from opsconsole.cluster.feeds.watching.reflector import Reflector
from opsconsole.cluster.feeds.watching.scopes import ScopedFeed
from opsconsole.cluster.objects.codec import Codec, Page
from opsconsole.cluster.objects.resources import AUTOSCALERS, PODS
from opsconsole.cluster.questions.about.identity import identity
from opsconsole.cluster.questions.inspector import ClusterInspector
from opsconsole.cluster.questions.reviews import Access, may, may_i
from opsconsole.cluster.transport.connection import Connection
from opsconsole.cluster.transport.errors import Denied, Gone, ReadOnlyError, Unreachable
from opsconsole.feeds.backoff import Backoff
from opsconsole.feeds.protocol import Feed
from opsconsole.records import Kind, Ref, State
from opsconsole.settings import ClusterSettings, OptimizerSettings, Settings
from tests.cluster.conftest import Connect, Reflect
from tests.cluster.helpers import RecordingSink
from tests.testbed import objects
from tests.testbed.aura import AuraWorld
from tests.testbed.cluster import TestCluster
from tests.testbed.rights import wait_for_rules
from tests.testbed.roles import example_roles

CLOCK = SystemClock()
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
CUSTOM = {each.plural for each in AUTOSCALERS}
"""Kinds that this cluster does not have."""


def make_pod(cluster: TestCluster, namespace: str, name: str) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects.pod(name))


def test_pods_come_change_and_go(cluster: TestCluster, namespace: str, reflect: Reflect) -> None:
    sink = reflect(cluster.admin_kubeconfig, namespace=namespace)
    sink.wait_state(State.LIVE)
    make_pod(cluster, namespace, "web")
    sink.wait(lambda s: f"{namespace}/web" in s.pods and s.pods[f"{namespace}/web"].is_ready)
    pod = sink.pods[f"{namespace}/web"]
    assert (pod.status, pod.ready, pod.containers_total, pod.service_account) == ("Running", 1, 1, "default")
    cluster.api.delete(f"/api/v1/namespaces/{namespace}/pods/web")
    sink.wait(lambda s: f"{namespace}/web" not in s.pods)
    assert any(pod.status == "Terminating" for _, _, pod in sink.writes if pod is not None)


def test_an_api_server_that_is_killed_and_restarted(served: TestCluster, namespace: str, reflect: Reflect) -> None:
    make_pod(served, namespace, "before")
    sink = reflect(served.admin_kubeconfig, namespace=namespace)
    sink.wait(lambda s: f"{namespace}/before" in s.pods and s.healths[-1].state is State.LIVE)
    served.kill_apiserver()
    stale = sink.wait_state(State.STALE)
    assert list(sink.pods) == [f"{namespace}/before"]
    assert stale.seen is not None
    sink.wait(lambda s: "connection refused" in s.healths[-1].detail)
    served.restart_apiserver()
    sink.wait_state(State.LIVE, 60)
    make_pod(served, namespace, "after")
    sink.wait(lambda s: f"{namespace}/after" in s.pods)


def test_an_api_server_that_falls_silent(served: TestCluster, namespace: str, reflect: Reflect) -> None:
    make_pod(served, namespace, "kept")
    settings = {"watch_silence": 2.0, "read_timeout": 1.0, "connect_timeout": 1.0}
    sink = reflect(served.admin_kubeconfig, namespace=namespace, settings=settings)
    sink.wait(lambda s: f"{namespace}/kept" in s.pods and s.healths[-1].state is State.LIVE)
    served.pause_apiserver()
    detail = sink.wait_state(State.STALE).detail
    assert "silent" in detail or "no answer" in detail
    sink.wait(lambda s: "no answer" in s.healths[-1].detail)
    assert list(sink.pods) == [f"{namespace}/kept"]
    served.resume_apiserver()
    sink.wait_state(State.LIVE, 60)


def test_silence_is_noticed_in_seconds_and_not_after_a_watchs_patience(
    served: TestCluster, namespace: str, connect_to: Connect
) -> None:
    make_pod(served, namespace, "kept")
    connection = connect_to(served.admin_kubeconfig, watch_silence=3600.0, connect_timeout=1.0)
    settings = Settings(cluster=ClusterSettings(namespace=namespace))
    pods, (*_, prober), *_ = feeds(connection, settings, CLOCK)
    sink = RecordingSink()
    pods.start(sink)
    prober.start(RecordingSink())
    sink.wait(lambda s: f"{namespace}/kept" in s.pods and s.healths[-1].state is State.LIVE)
    served.pause_apiserver()
    assert "no answer" in sink.wait_state(State.STALE, 60).detail
    served.resume_apiserver()
    sink.wait_state(State.LIVE, 60)
    pods.stop()
    prober.stop()


@pytest.fixture
def read_only_role(cluster: TestCluster) -> Iterator[None]:
    with example_roles(cluster, "read-only.yaml"):
        yield


@pytest.mark.usefixtures("read_only_role")
def test_exactly_the_read_only_role(cluster: TestCluster, aura: AuraWorld, connect_to: Connect) -> None:
    config = cluster.kubeconfig_for_user("ada", ["on-call"])
    connection = connect_to(config)
    settings = Settings(optimizer=OptimizerSettings(name=f"{aura.ops}/{aura.optimizer}"))
    sinks = {feed.name: (feed, RecordingSink()) for feed in all_feeds(connection, settings)}
    for feed, sink in sinks.values():
        feed.start(sink)
    for name, (_, sink) in sinks.items():
        sink.wait_state(State.ABSENT if name in CUSTOM else State.LIVE)
    _, pods = sinks["pods"]
    pods.wait(lambda s: f"{aura.ops}/{aura.optimizer_pod}" in s.pods)
    assert not [pod for pod in pods.pods.values() if pod.partial]
    _, bound = sinks["clusterrolebindings"]
    assert (
        f"system:serviceaccount:{aura.ops}:{aura.service_account}"
        in bound.records[Kind.BINDING][f"ClusterRoleBinding//{aura.binding}"].subjects
    )
    for feed, _ in sinks.values():
        feed.stop()
    assert identity(connection).user == "ada"
    inspector = ClusterInspector(connection)
    shown = inspector.manifest(Ref("Deployment", aura.ops, aura.optimizer))
    assert yaml.safe_load(shown)["metadata"]["name"] == aura.optimizer
    account = f"system:serviceaccount:{aura.ops}:{aura.service_account}"
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{aura.ops}", "system:authenticated"]
    patch = Access("patch", "deployments", "apps", namespace=aura.production)
    assert may(connection, account, groups, patch).allowed is True
    assert may_i(connection, patch).allowed is False
    with pytest.raises(Denied, match="may not list secrets"):
        connection.request("GET", "/api/v1/secrets")
    with pytest.raises(ReadOnlyError):
        connection.request("DELETE", f"/api/v1/namespaces/{aura.ops}/pods/{aura.optimizer_pod}")


def test_somebody_without_rights_is_told_which(cluster: TestCluster, connect_to: Connect) -> None:
    connection = connect_to(cluster.kubeconfig_for_user("nobody-special"))
    started: list[tuple[Feed, RecordingSink]] = [
        (feed, RecordingSink())
        for feed in all_feeds(connection, Settings())
        if isinstance(feed, Reflector | ScopedFeed) and feed.name not in CUSTOM
    ]
    for feed, sink in started:
        feed.start(sink)
    for feed, sink in started:
        detail = sink.wait_state(State.DENIED).detail
        assert f"may not list {feed.name}" in detail
        assert 'User "nobody-special"' in detail
        feed.stop()


def test_one_namespace_where_all_of_them_are_denied(cluster: TestCluster, namespace: str, connect_to: Connect) -> None:
    rules = [{"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list", "watch"]}]
    grant(cluster, namespace, "local", rules)
    make_pod(cluster, namespace, "mine")
    connection = connect_to(cluster.kubeconfig_for_user("local"), namespace=namespace)
    pods = feeds(connection, Settings(cluster=connection.settings), CLOCK).pods
    sink = RecordingSink()
    pods.start(sink)
    sink.wait(lambda s: f"{namespace}/mine" in s.pods and not s.pods[f"{namespace}/mine"].partial)
    pods.stop()


def all_feeds(connection: Connection, settings: Settings) -> list[Feed]:
    found = feeds(connection, settings, CLOCK)
    return [found.pods, *found.others]


def grant(cluster: TestCluster, namespace: str, user: str, rules: list[dict[str, Any]]) -> None:
    """Give ``user`` a role in one namespace."""
    group = "rbac.authorization.k8s.io"
    path = f"/apis/{group}/v1/namespaces/{namespace}"
    cluster.api.post(f"{path}/roles", {"kind": "Role", "metadata": {"name": user}, "rules": rules})
    binding: dict[str, Any] = {
        "kind": "RoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    cluster.api.post(f"{path}/rolebindings", binding)
    wait_for_rules(cluster.api, binding["subjects"], rules, namespace)


def test_a_token_that_has_expired_and_is_renewed_on_disk(
    cluster: TestCluster, namespace: str, reflect: Reflect, tmp_path: Path
) -> None:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
    grant(cluster, namespace, f"system:serviceaccount:{namespace}:default", rules)
    config = tmp_path / "rotated"
    shutil.copy(cluster.kubeconfig_for_service_account(namespace, "default", 0), config)
    sink = reflect(config, namespace=namespace)
    assert "401" in sink.wait_state(State.DOWN).detail
    shutil.copy(cluster.kubeconfig_for_service_account(namespace, "default", 3600), config)
    sink.wait_state(State.LIVE)


def test_a_token_that_expires_under_a_watch(
    cluster: TestCluster, namespace: str, reflect: Reflect, tmp_path: Path
) -> None:
    """The running watch is let finish by the server; a request after it is refused, and the token renewed."""
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
    grant(cluster, namespace, f"system:serviceaccount:{namespace}:default", rules)
    config = tmp_path / "rotated"
    shutil.copy(cluster.kubeconfig_for_service_account(namespace, "default", 12), config)
    sink = reflect(config, namespace=namespace, settings={"watch_silence": 4.0})
    sink.wait_state(State.LIVE)
    shutil.copy(cluster.kubeconfig_for_service_account(namespace, "default", 3600), config)
    sink.wait_state(State.STALE)
    sink.wait_state(State.LIVE)
    make_pod(cluster, namespace, "later")
    sink.wait(lambda s: f"{namespace}/later" in s.pods)


def changed(cluster: TestCluster, path: Path, **fields: Any) -> Path:
    """A copy of the administrator's kubeconfig with another cluster section."""
    document = yaml.safe_load(cluster.admin_kubeconfig.read_text())
    document["clusters"][0]["cluster"] |= fields
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_certificate_is_held_against_the_name_and_the_authority(
    cluster: TestCluster, connect_to: Connect, tmp_path: Path
) -> None:
    named = changed(cluster, tmp_path / "named", **{"tls-server-name": "kubernetes.default.svc"})
    assert connect_to(named).request("GET", "/livez") == b"ok"
    wrong = changed(cluster, tmp_path / "wrong", **{"tls-server-name": "elsewhere.example"})
    with pytest.raises(Unreachable, match="certificate that we do not trust"):
        connect_to(wrong).request("GET", "/livez")
    other = cluster.layout.pki("kubelet.crt").read_bytes()
    stranger = changed(cluster, tmp_path / "stranger", **{"certificate-authority-data": b64encode(other).decode()})
    with pytest.raises(Unreachable, match="certificate that we do not trust"):
        connect_to(stranger).request("GET", "/livez")
    blind = changed(cluster, tmp_path / "blind", **{"certificate-authority-data": "", "insecure-skip-tls-verify": True})
    assert connect_to(blind).request("GET", "/livez") == b"ok"


def test_no_key_is_left_in_a_file(cluster: TestCluster, connect_to: Connect, tmp_path: Path) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    connect_to(cluster.admin_kubeconfig).request("GET", "/livez")
    new = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert not [path for path in new if b"PRIVATE KEY" in _content(path)]


def _content(path: Path) -> bytes:
    """What is in a file; nothing of a folder, and of what others have made there and taken away since."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_versions_from_before_a_restart_are_gone(served: TestCluster, namespace: str, connect_to: Connect) -> None:
    connection = connect_to(served.admin_kubeconfig)
    served.store.compact()
    served.kill_apiserver()
    served.restart_apiserver()

    def watch_from_the_beginning() -> None:
        codec = Codec(PODS)
        with connection.stream(PODS.path(namespace), {"watch": True, "resourceVersion": "1"}) as lines:
            for line in lines:
                codec.event(line)

    with pytest.raises(Gone):
        watch_from_the_beginning()


def test_a_list_that_expires_between_its_pages_begins_again(
    cluster: TestCluster, namespace: str, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[Page]:
        raise Unreachable("a whole list does not get through")

    monkeypatch.setattr(listing, "whole", broken)
    for number in range(12):
        make_pod(cluster, namespace, f"p{number:02}")

    class Compacting(RecordingSink):
        """Takes the list's version away as soon as its first page is there."""

        compacted = False

        def put(self, kind: Kind, records: Any) -> None:
            super().put(kind, records)
            if not self.compacted:
                self.compacted = True
                for number in range(12):
                    path = f"/api/v1/namespaces/{namespace}/pods/p{number:02}"
                    cluster.api.patch(path, {"metadata": {"labels": {"touched": "yes"}}})
                cluster.store.compact()

    dice = random.Random(1)
    reflector = Reflector(
        connect_to(cluster.admin_kubeconfig, page_size=2),
        PODS,
        CLOCK,
        namespace=namespace,
        dice=dice,
        backoff=Backoff(dice, 0.05, 0.2),
    )
    sink = Compacting()
    reflector.start(sink)
    sink.wait_state(State.LIVE)
    sink.wait(lambda s: len(s.pods) == 12 and all(("touched", "yes") in pod.labels for pod in s.pods.values()))
    reflector.stop()
