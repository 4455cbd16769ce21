"""Processes joined with the pods of a real API server: alive, deleted, and the server gone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from opsconsole.composition import build_console
from opsconsole.console import Console
from opsconsole.records import GpuProcess, State
from opsconsole.settings import ClusterSettings, GpuSettings, Settings
from tests.gpu.children import Children, Placed
from tests.nvml.world import NvmlWorld
from tests.support.waiting import eventually
from tests.testbed import objects
from tests.testbed.cluster import TestCluster


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Placed:
    """This host's processes, in the cgroups that the test gives them."""
    placed = Placed()
    monkeypatch.setattr("opsconsole.gpu.feed.HostProcesses", lambda: placed)
    return placed


@pytest.fixture
def console(cluster: TestCluster, nvml: NvmlWorld, reader: Placed) -> Iterator[Console]:
    """A console that sees the cluster and this host's GPUs; a pod must be gone for half a second only."""
    settings = Settings(
        cluster=ClusterSettings(kubeconfig=str(cluster.admin_kubeconfig)),
        gpu=GpuSettings(interval=0.1, terminal_seconds=0.5),
    )
    made = build_console(settings, only={"pods", "gpu"})
    made.start()
    yield made
    made.stop()


def wait_for(console: Console, pid: int, condition: Callable[[GpuProcess], object]) -> GpuProcess:
    """The record of ``pid`` once ``condition`` holds of it."""

    def found() -> GpuProcess | None:
        console.pump()
        return next((one for one in console.store.gpu_processes.values() if one.pid == pid and condition(one)), None)

    one = eventually(found, f"{console.store.gpu_processes} {console.store.health}", 150)
    assert one is not None
    return one


def test_a_process_is_a_candidate_only_once_the_api_says_that_its_pod_is_gone(
    console: Console, cluster: TestCluster, namespace: str, nvml: NvmlWorld, reader: Placed, children: Children
) -> None:
    made = cluster.api.post(f"/api/v1/namespaces/{namespace}/pods", objects.pod("train"))
    pid = children.sleeper("train")
    reader.cgroups[pid] = f"0::/kubepods/burstable/pod{made['metadata']['uid']}/{'ab' * 32}\n"
    nvml.device(0)
    nvml.process(pid)

    alive = wait_for(console, pid, lambda one: "alive" in one.why)
    assert (alive.pod, alive.candidate) == (f"{namespace}/train", False)

    cluster.api.delete(f"/api/v1/namespaces/{namespace}/pods/train")
    gone = wait_for(console, pid, lambda one: one.candidate)
    assert gone.pod == f"{namespace}/train"
    assert "not there any more" in gone.why

    cluster.kill_apiserver()
    try:
        unknown = wait_for(console, pid, lambda one: not one.candidate)
        assert console.store.health["pods"].state is not State.LIVE
        assert "not judged" in unknown.why
    finally:
        cluster.restart_apiserver()
    wait_for(console, pid, lambda one: one.candidate)
    assert children.runs(pid)


def test_show_judges_the_processes_as_the_pane_does(cluster: TestCluster, nvml: NvmlWorld, children: Children) -> None:
    """It used to end before the pods were known, and called everything "not judged"."""
    nvml.device(0)
    nvml.process(children.sleeper("train"))
    command = [sys.executable, "-m", "opsconsole", "--kubeconfig", str(cluster.admin_kubeconfig), "show", "gpu"]
    done = subprocess.run([*command, "-o", "json"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    [process] = [one for one in map(json.loads, done.stdout.splitlines()) if "pid" in one]
    assert "not judged" not in process["why"], process
    assert process["why"]
