"""The whole of it: a real API server's nodes and pods, a real OpenSSH server, real processes, the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.gpu.children import Children
from tests.gpu.fleet.placing import Cgroups
from tests.gpu.fleet.sshd import SshNodes
from tests.nvml.world import MIB
from tests.testbed import objects
from tests.testbed.cluster import TestCluster

NODES = ("gpu-1", "gpu-2")


@pytest.fixture
def fleet(cluster: TestCluster, ssh_nodes: SshNodes) -> Iterator[SshNodes]:
    """Two nodes of the cluster that are reached by ssh."""
    for name in NODES:
        cluster.api.post("/api/v1/nodes", objects.node(name, gpus=1))
        ssh_nodes.nvml[name].device(0)
    yield ssh_nodes
    for name in NODES:
        cluster.api.delete(f"/api/v1/nodes/{name}")


def opsconsole(cluster: TestCluster, nodes: SshNodes, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "OPSCONSOLE_GPU_SSH_CONFIG": str(nodes.config),
        "OPSCONSOLE_GPU_TERMINAL_SECONDS": "0.5",
        "OPSCONSOLE_GPU_NODE_INTERVAL": "0.5",
        "OPSCONSOLE_JOURNAL_FOLDER": str(nodes.folder / "journal"),
    }
    command = [sys.executable, "-m", "opsconsole", "--kubeconfig", str(cluster.admin_kubeconfig), "--gpu-nodes", "ssh"]
    return subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, timeout=280, check=False
    )


def test_the_nodes_of_the_cluster_are_shown(cluster: TestCluster, fleet: SshNodes, children: Children) -> None:
    pid = children.sleeper("train")
    fleet.nvml["gpu-2"].process(pid, 700 * MIB)
    done = opsconsole(cluster, fleet, "show", "gpu", "-o", "json", "--timeout", "60")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["name"] for one in records if "problems" in one and "kernel" in one} == set(NODES)
    of_nodes = [one.get("node") or one["name"] for one in records]
    assert of_nodes == ["gpu-1", "gpu-1", "gpu-2", "gpu-2", "gpu-2"], "each node above what is on it"
    (process,) = [one for one in records if one.get("pid") == pid]
    assert (process["node"], process["memory"]) == ("gpu-2", 700 * MIB)
    assert "not judged" not in process["why"], "the pods are known before the first look"
    assert done.stderr == ""


def test_a_deleted_pods_process_is_ended_on_its_node_and_proved(
    cluster: TestCluster, fleet: SshNodes, namespace: str, children: Children, cgroups: Cgroups
) -> None:
    made = [cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects.pod(name)) for name in ("gone", "stays")]
    pids = [children.sleeper("train") for _ in made]
    for pid, pod in zip(pids, made, strict=True):
        cgroups.put(pid, pod["metadata"]["uid"])
        fleet.nvml["gpu-1"].process(pid)
    refused = opsconsole(cluster, fleet, "kill", "gpu", "--dry-run")
    assert f"{pids[0]} (sleep) on node gpu-1 is left alone: pod {namespace}/gone is alive" in refused.stdout
    cluster.api.delete(f"/api/v1/namespaces/{namespace}/pods/gone?gracePeriodSeconds=0")
    done = opsconsole(cluster, fleet, "kill", "gpu", "--yes", "--wait", "120")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"End process {pids[0]} (sleep) on node gpu-1" in done.stdout
    assert "GPU 0 of gpu-1: the memory is free" in done.stdout
    assert not children.runs(pids[0])
    assert children.runs(pids[1])


def test_a_read_only_console_looks_and_can_end_nothing(
    cluster: TestCluster, fleet: SshNodes, children: Children
) -> None:
    fleet.nvml["gpu-1"].process(children.sleeper("train"))
    shown = opsconsole(cluster, fleet, "--read-only", "show", "gpu", "--timeout", "60")
    assert shown.returncode == 0, shown.stderr
    assert "gpu-1" in shown.stdout
    refused = opsconsole(cluster, fleet, "--read-only", "kill", "gpu", "--yes")
    assert refused.returncode not in (0, 1), refused.stdout


def test_check_says_how_the_nodes_are_to_be_reached(cluster: TestCluster, fleet: SshNodes) -> None:
    done = opsconsole(cluster, fleet, "check", "-o", "json")
    found = {check["name"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert found["GPUs (nodes)"]["verdict"] == "ok"
    assert "by ssh" in found["GPUs (nodes)"]["words"]
