"""The door by exec: a real API server, kwok's exec that runs real processes on this machine, the DaemonSet's role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsconsole.clock import SystemClock
from opsconsole.cluster import connect
from opsconsole.cluster.questions.pod_exec import ReaderPods
from opsconsole.cluster.transport.errors import ClusterError, Denied, ReadOnlyError, TimedOut
from opsconsole.composition import build_console
from opsconsole.gpu.fleet.door import DoorError
from opsconsole.gpu.fleet.pod_door import PodDoor
from opsconsole.gpu.fleet.report import AnswerError, ask_report, decode_report
from opsconsole.gpu.fleet.sent import snapshot_in
from opsconsole.records import State
from opsconsole.settings import ClusterSettings, GpuSettings, Settings
from tests.nvml.world import NvmlWorld
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.cluster import TestCluster

SELECTOR = "app.kubernetes.io/name=opsconsole-gpu-reader"
DEPLOY = Path(__file__).parents[4] / "deploy" / "gpu-reader"


@pytest.fixture
def python(tmp_path: Path, nvml_library: Path) -> tuple[str, NvmlWorld]:
    """A python3 that finds the test NVML, as it would in a pod; and its world."""
    world = NvmlWorld(tmp_path / "pod.nvml")
    script = tmp_path / "python3"
    script.write_text(
        f'#!/bin/sh\nexport LD_LIBRARY_PATH={nvml_library} OPSCONSOLE_TEST_NVML={world.path}\nexec python3 "$@"\n'
    )
    script.chmod(0o755)
    return str(script), world


@pytest.fixture
def node(cluster: TestCluster, namespace: str) -> Iterator[str]:
    """A node with GPUs and the DaemonSet's pod on it, running."""
    name = f"gpu-{namespace[-6:]}"
    cluster.api.post("/api/v1/nodes", objects.node(name, gpus=1))
    try:
        # A pod that is there before its kubelet knows of the node is one that no kubelet starts.
        ready = f"/api/v1/nodes/{name}"
        eventually(lambda: objects.node_is_ready(cluster.api.get(ready)), "the node is ready")
        labels = {"app.kubernetes.io/name": "opsconsole-gpu-reader"}
        path = f"/api/v1/namespaces/{namespace}/pods"
        cluster.api.post(path, objects.pod("reader", labels=labels, node=name))
        eventually(lambda: cluster.api.get(f"{path}/reader")["status"].get("phase") == "Running", "the pod runs")
        yield name
    finally:  # other tests count the nodes that have GPUs
        cluster.api.delete(f"/api/v1/nodes/{name}")


def door(cluster: TestCluster, namespace: str, python: str = "python3", **how: Any) -> PodDoor:
    kubeconfig = how.pop("kubeconfig", cluster.admin_kubeconfig)
    settings = ClusterSettings(kubeconfig=str(kubeconfig))
    connection = connect(settings, read_only=how.pop("read_only", False), clock=SystemClock())
    readers = ReaderPods(connection, namespace=namespace, selector=SELECTOR, python=python)
    return PodDoor(readers.run, ClusterError, (Denied, ReadOnlyError), **how)


def test_a_node_reports_its_gpus_through_a_pod(
    cluster: TestCluster, namespace: str, node: str, python: tuple[str, NvmlWorld]
) -> None:
    python[1].device(0)
    question = ask_report(20, 5, holders=True)
    data = door(cluster, namespace, python[0]).run(node, question.script, question.seconds)
    (device,) = snapshot_in(decode_report(question, data)).devices
    assert device.name == "NVIDIA A100-SXM4-40GB"


def test_a_long_answer_comes_whole_and_an_endless_one_is_cut(cluster: TestCluster, namespace: str, node: str) -> None:
    through = door(cluster, namespace)
    assert len(through.run(node, b"print('x' * 3_000_000)", 30)) == 3_000_001
    question = ask_report(20, 5, holders=False)
    endless = f"import sys\nsys.stdout.write({question.mark!r})\nwhile 1: sys.stdout.write('[' * 65536)\n"
    with pytest.raises(AnswerError, match="too long"):
        decode_report(question, through.run(node, endless.encode(), 60))


def test_what_fails_there_is_said_with_its_last_words(cluster: TestCluster, namespace: str, node: str) -> None:
    with pytest.raises(DoorError, match="no luck") as caught:
        door(cluster, namespace).run(node, b"import sys; sys.exit('no luck')", 20)
    assert caught.value.state is State.DOWN


def test_a_program_that_hangs_is_given_up(cluster: TestCluster, namespace: str, node: str) -> None:
    with pytest.raises(DoorError, match=r"no answer in|too slowly") as caught:
        door(cluster, namespace, connect_seconds=0.5).run(node, b"import time; time.sleep(5)", 0.5)
    assert isinstance(caught.value.__cause__, TimedOut)


def test_a_node_without_such_a_pod_says_so(cluster: TestCluster, namespace: str) -> None:
    with pytest.raises(DoorError, match=r"no running pod app\.kubernetes\.io/name=opsconsole-gpu-reader"):
        door(cluster, namespace).run("another-node", b"print()", 20)


def test_a_read_only_console_does_not_exec(cluster: TestCluster, namespace: str, node: str) -> None:
    with pytest.raises(DoorError, match="read-only") as caught:
        door(cluster, namespace, read_only=True).run(node, b"print()", 20)
    assert caught.value.state is State.DENIED


def test_the_shipped_role_is_enough_and_without_it_exec_is_denied(
    cluster: TestCluster, namespace: str, node: str
) -> None:
    kubeconfig = cluster.kubeconfig_for_user("ripley", ["incident-responders"])
    with pytest.raises(DoorError, match="may not") as caught:
        door(cluster, namespace, kubeconfig=kubeconfig).run(node, b"print(7)", 20)
    assert caught.value.state is State.DENIED
    for document in yaml.safe_load_all((DEPLOY / "rbac.yaml").read_text()):
        document["metadata"]["namespace"] = namespace
        plural = document["kind"].lower() + "s"
        cluster.api.post(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/{plural}", document)
    through = door(cluster, namespace, kubeconfig=kubeconfig)
    assert eventually(lambda: _run(through, node)) == b"7\n"


def _run(through: PodDoor, node: str) -> bytes:
    try:
        return through.run(node, b"print(7)", 20)
    except DoorError as error:
        if error.state is not State.DENIED:
            raise
        return b""


def test_the_shipped_daemonset_is_taken_by_the_api_server_and_its_labels_are_the_settings(
    cluster: TestCluster,
) -> None:
    document = yaml.safe_load((DEPLOY / "daemonset.yaml").read_text())
    document["metadata"]["namespace"] = "default"
    made = cluster.api.post("/apis/apps/v1/namespaces/default/daemonsets?dryRun=All", document)
    name, value = GpuSettings().exec_selector.split("=")
    assert made["spec"]["template"]["metadata"]["labels"][name] == value
    assert GpuSettings().exec_namespace == yaml.safe_load((DEPLOY / "namespace.yaml").read_text())["metadata"]["name"]


def test_the_console_shows_the_nodes_by_exec(
    cluster: TestCluster, namespace: str, node: str, python: tuple[str, NvmlWorld]
) -> None:
    python[1].device(0)
    gpu = GpuSettings(nodes="exec", exec_namespace=namespace, node_python=python[0], node_names=(node,))
    settings = Settings(cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)), gpu=gpu)
    console = build_console(settings, only={"gpu"})
    console.start()
    try:

        def told() -> bool:
            console.pump()
            health = console.store.health.get("gpu")
            return node in console.store.gpu_nodes and health is not None and health.state is State.LIVE

        eventually(told)
        assert [one.node for one in console.store.gpus.values()] == [node]
        assert re.match("exec", console.store.health["gpu"].detail)
    finally:
        console.stop()
