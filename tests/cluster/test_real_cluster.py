"""Against a real control plane: servers that die and fall silent, rights that are missing, tokens that end."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconsole.clock import SystemClock
from opsconsole.cluster.backoff import Backoff
from opsconsole.cluster.codec import Codec
from opsconsole.cluster.connection import Connection
from opsconsole.cluster.errors import Denied, Gone, ReadOnlyError, Unreachable
from opsconsole.cluster.identity import identity
from opsconsole.cluster.inspector import ClusterInspector
from opsconsole.cluster.optimizerlogs import OptimizerLogs
from opsconsole.cluster.reflector import Reflector
from opsconsole.cluster.resources import PODS
from opsconsole.cluster.reviews import Access, may, may_i
from opsconsole.cluster.sources import feeds
from opsconsole.cluster.tables import decode, to_records
from opsconsole.feeds import Feed
from opsconsole.records import Kind, Pod, Ref, State
from opsconsole.settings import ClusterSettings, OptimizerSettings, Settings
from tests.cluster.conftest import Connect, Reflect
from tests.cluster.helpers import RecordingSink, wait_until
from tests.cluster.test_optimizer import Listener
from tests.testbed import objects
from tests.testbed.aura import AuraWorld
from tests.testbed.cluster import TestCluster
from tests.testbed.logs import append_log

READ_ONLY_ROLE = Path(__file__).parents[2] / "examples" / "rbac" / "read-only.yaml"
CLOCK = SystemClock()
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def make_pod(cluster: TestCluster, namespace: str, name: str) -> None:
    cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects.pod(name))


@pytest.fixture
def served(cluster: TestCluster) -> Iterator[TestCluster]:
    """The cluster, its API server brought back however the test left it."""
    yield cluster
    cluster.resume_apiserver()
    if not cluster.component("kube-apiserver").running():
        cluster.restart_apiserver()


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
    (pods, *_, prober) = feeds(connection, settings, CLOCK)
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


def test_exactly_the_read_only_role(cluster: TestCluster, aura: AuraWorld, connect_to: Connect) -> None:
    cluster.kubectl("apply", "-f", str(READ_ONLY_ROLE))
    config = cluster.kubeconfig_for_user("ada", ["on-call"])
    connection = connect_to(config)
    settings = Settings(optimizer=OptimizerSettings(name=f"{aura.ops}/{aura.optimizer}"))
    sinks = {feed.name: (feed, RecordingSink()) for feed in feeds(connection, settings, CLOCK)}
    for feed, sink in sinks.values():
        feed.start(sink)
    for _, sink in sinks.values():
        sink.wait_state(State.LIVE)
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
        (feed, RecordingSink()) for feed in feeds(connection, Settings(), CLOCK) if isinstance(feed, Reflector)
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
    connection = connect_to(cluster.kubeconfig_for_user("local"))
    settings = Settings(cluster=ClusterSettings(namespace=namespace))
    (pods, *_) = feeds(connection, settings, CLOCK)
    sink = RecordingSink()
    pods.start(sink)
    sink.wait(lambda s: f"{namespace}/mine" in s.pods and not s.pods[f"{namespace}/mine"].partial)
    pods.stop()


def grant(cluster: TestCluster, namespace: str, user: str, rules: list[dict[str, Any]]) -> None:
    """Give ``user`` a role in one namespace."""
    group = "rbac.authorization.k8s.io"
    path = f"/apis/{group}/v1/namespaces/{namespace}"
    cluster.api.post(f"{path}/roles", {"kind": "Role", "metadata": {"name": user}, "rules": rules})
    binding = {
        "kind": "RoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
    cluster.api.post(f"{path}/rolebindings", binding)


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
    sink.wait_state(State.LIVE, 30)


def test_a_token_that_expires_under_a_watch(
    cluster: TestCluster, namespace: str, reflect: Reflect, tmp_path: Path
) -> None:
    """The running watch is let finish by the server; the next request after it is refused and then renewed."""
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
    grant(cluster, namespace, f"system:serviceaccount:{namespace}:default", rules)
    config = tmp_path / "rotated"
    shutil.copy(cluster.kubeconfig_for_service_account(namespace, "default", 3), config)
    sink = reflect(config, namespace=namespace, settings={"watch_silence": 4.0})
    sink.wait_state(State.LIVE)
    shutil.copy(cluster.kubeconfig_for_service_account(namespace, "default", 3600), config)
    sink.wait_state(State.STALE)
    sink.wait_state(State.LIVE, 30)
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
    blind = changed(cluster, tmp_path / "blind", **{"insecure-skip-tls-verify": True})
    assert connect_to(blind).request("GET", "/livez") == b"ok"


def test_no_key_is_left_in_a_file(cluster: TestCluster, connect_to: Connect, tmp_path: Path) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    connect_to(cluster.admin_kubeconfig).request("GET", "/livez")
    new = [path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if path.is_file()]
    assert not [path for path in new if b"PRIVATE KEY" in path.read_bytes()]


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
    cluster: TestCluster, namespace: str, connect_to: Connect
) -> None:
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


@pytest.fixture
def listen(connect_to: Connect) -> Iterator[Callable[..., Listener]]:
    started: list[OptimizerLogs] = []

    def make(config: Path, name: str, container: str = "") -> Listener:
        settings = OptimizerSettings(name=name, container=container)
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

    wait_until("the Deployment has made another pod", successor)
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


def test_tables_and_objects_say_the_same(cluster: TestCluster, namespace: str, connect_to: Connect) -> None:
    """Four hundred pods in every state that chance makes of containers: our words against the server's printer."""
    dice = random.Random(20261121)
    entries = [make_odd_pod(namespace, f"odd-{number:03}", dice) for number in range(400)]
    for item in entries:
        cluster.store.put_object(f"/registry/pods/{namespace}/{item['metadata']['name']}", item)
    # Rows and objects in one answer: kwok and the controllers see these pods too, and change them.
    body = connect_to(cluster.admin_kubeconfig).request(
        "GET", PODS.path(namespace), query={"includeObject": "Object"}, accept=TABLE
    )
    rows = {pod.name: pod for pod in to_records(decode(body), namespace, CLOCK)}
    items = [row["object"] for row in json.loads(body)["rows"]]
    whole = Codec(PODS).page(json.dumps({"metadata": {}, "items": items}).encode()).records
    assert len(rows) == len(whole) == 400
    fields = ("status", "ready", "containers_total", "restarts", "node", "ip")
    for pod in whole:
        assert isinstance(pod, Pod)
        told = [getattr(rows[pod.name], each) for each in fields]
        assert [getattr(pod, each) for each in fields] == told, pod.name
    assert len({pod.status for pod in rows.values()}) > 20


def make_odd_pod(namespace: str, name: str, dice: random.Random) -> dict[str, Any]:
    """A pod in a state that may never have been."""
    init = [f"i{number}" for number in range(dice.choice((0, 0, 1, 2)))]
    main = [f"c{number}" for number in range(dice.choice((1, 1, 2, 3)))]
    sidecars = {each for each in init if dice.random() < 0.5}
    moment = "2026-11-21T22:36:49Z"
    conditions = [
        {"type": kind, "status": dice.choice(("True", "False"))}
        for kind in ("Ready", "Initialized")
        if dice.random() < 0.7
    ]
    if dice.random() < 0.05:
        conditions.append({"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"})
    metadata: dict[str, Any] = {"name": name, "namespace": namespace, "uid": name, "creationTimestamp": moment}
    if dice.random() < 0.2:
        metadata |= {"deletionTimestamp": moment, "deletionGracePeriodSeconds": 30, "finalizers": ["example.com/stay"]}
    address = f"10.0.0.{dice.randrange(1, 250)}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "nodeName": dice.choice(("", "node-0")),
            "containers": [{"name": each, "image": "x"} for each in main],
            "initContainers": [
                {"name": each, "image": "x", **({"restartPolicy": "Always"} if each in sidecars else {})}
                for each in init
            ],
        },
        "status": {
            "phase": dice.choice(("Pending", "Running", "Running", "Succeeded", "Failed", "Unknown")),
            "reason": dice.choice(("", "", "", "Evicted", "NodeLost")),
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": conditions,
            "initContainerStatuses": [odd_status(each, dice) for each in init if dice.random() < 0.9],
            "containerStatuses": [odd_status(each, dice) for each in main if dice.random() < 0.9],
        },
    }


def odd_status(name: str, dice: random.Random) -> dict[str, Any]:
    moment = "2026-11-21T22:36:49Z"
    reason = dice.choice(("", "Completed", "Error", "OOMKilled", "CrashLoopBackOff", "PodInitializing"))
    state: dict[str, Any] = dice.choice(
        (
            {},
            {"running": {"startedAt": moment}},
            {"running": {"startedAt": moment}},
            {"waiting": {"reason": reason}},
            {"terminated": {"reason": reason, "exitCode": 0}},
            {"terminated": {"reason": reason, "exitCode": dice.choice((1, 137)), "signal": dice.choice((0, 9))}},
        )
    )
    return {
        "name": name,
        "image": "x",
        "imageID": "x",
        "ready": dice.random() < 0.6,
        "started": dice.random() < 0.6,
        "restartCount": dice.choice((0, 0, 1, 12)),
        "state": state,
    }
