"""The feed of a fleet on a real OpenSSH server: what is on the screen of nodes that answer, hang, refuse and go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from opsconsole.gpu.fleet.feed import NodeNames
from opsconsole.gpu.fleet.nodes import ClusterNodes
from opsconsole.records import Health, Node, State
from tests.gpu.children import Children
from tests.gpu.fleet.placing import Cgroups
from tests.gpu.fleet.scene import FleetScene
from tests.gpu.fleet.sshd import SshNodes
from tests.gpu.worlds import UID
from tests.nvml.world import MIB
from tests.support.waiting import eventually


def all_seen(scene: FleetScene, *names: str) -> None:
    scene.until(lambda store: all(store.gpu_nodes.get(n) and store.gpu_nodes[n].state == "live" for n in names))


def test_every_node_has_rows_of_its_own(ssh_nodes: SshNodes, children: Children) -> None:
    pid = children.sleeper("train")
    for name in ("gpu-1", "gpu-2"):
        ssh_nodes.nvml[name].device(0)
        ssh_nodes.nvml[name].process(pid, 700 * MIB)
    with FleetScene(ssh_nodes, ("gpu-1", "gpu-2")) as scene:
        all_seen(scene, "gpu-1", "gpu-2")
        uuid = "GPU-00000000-1111-2222-3333-444444444444"
        assert set(scene.store.gpus) == {f"gpu-1/{uuid}", f"gpu-2/{uuid}"}
        assert set(scene.store.gpu_processes) == {f"gpu-1/{uuid}/{pid}", f"gpu-2/{uuid}/{pid}"}
        assert all(one.device in scene.store.gpus for one in scene.store.gpu_processes.values())
        assert scene.node("gpu-1").driver == "550.54.15"
        scene.until(lambda store: store.health["gpu"].state is State.LIVE)
        assert scene.health.detail == "ssh"


def test_a_process_is_judged_by_the_api_servers_pods(ssh_nodes: SshNodes, children: Children, cgroups: Cgroups) -> None:
    pid = children.sleeper("train")
    cgroups.put(pid, UID)
    ssh_nodes.nvml["gpu-1"].device(0)
    ssh_nodes.nvml["gpu-1"].process(pid)
    with FleetScene(ssh_nodes, ("gpu-1",)) as scene:
        scene.pods.uids = {UID}
        scene.until(lambda _: (one := scene.process(pid)) and "is alive" in one.why)
        scene.pods.uids = set()
        scene.until(lambda _: (one := scene.process(pid)) and one.candidate)
        scene.pods.complete = False
        scene.until(lambda _: (one := scene.process(pid)) and not one.candidate and "not judged" in one.why)


def test_what_the_program_on_the_node_runs_in_is_never_a_candidate(ssh_nodes: SshNodes) -> None:
    ssh_nodes.nvml["gpu-1"].device(0)
    server = int((ssh_nodes.folder / "sshd.pid").read_text())
    ssh_nodes.nvml["gpu-1"].process(server)
    with FleetScene(ssh_nodes, ("gpu-1",)) as scene:
        scene.until(lambda _: (one := scene.process(server)) and one.protected)


def test_a_node_that_hangs_costs_only_itself_and_is_said(ssh_nodes: SshNodes) -> None:
    for name in ("gpu-1", "gpu-2"):
        ssh_nodes.nvml[name].device(0)
    with FleetScene(ssh_nodes, ("gpu-1", "gpu-2"), node_timeout=5.0) as scene:
        all_seen(scene, "gpu-1", "gpu-2")
        ssh_nodes.nvml["gpu-2"].write("hang nvmlDeviceGetCount_v2")
        hung = "NVML did not answer"
        scene.until(lambda store: (one := store.gpu_nodes["gpu-2"]).state is State.STALE and hung in one.detail)
        before = scene.node("gpu-1").seen
        scene.until(lambda store: (store.gpu_nodes["gpu-1"].seen or 0) > (before or 0))
        all_seen(scene, "gpu-1")
        assert any(one.node == "gpu-2" for one in scene.store.gpus.values()), "its old rows stay"
        scene.until(lambda store: (now := store.health["gpu"]).unread == 1 and "1 of 2 nodes" in now.detail)
        ssh_nodes.nvml["gpu-2"].forget("hang")
        all_seen(scene, "gpu-2")


def test_a_node_with_a_strange_host_key_is_denied_and_the_others_are_seen(ssh_nodes: SshNodes) -> None:
    ssh_nodes.nvml["gpu-1"].device(0)
    ssh_nodes.change_key("gpu-2")
    with FleetScene(ssh_nodes, ("gpu-1", "gpu-2")) as scene:
        all_seen(scene, "gpu-1")
        scene.until(lambda store: store.gpu_nodes["gpu-2"].state is State.DENIED)
        assert "HOST KEY CHANGED" in scene.node("gpu-2").detail
        scene.until(lambda store: store.health["gpu"].state is State.LIVE and store.health["gpu"].unread == 1)


def test_a_server_that_is_gone_leaves_the_rows_and_says_so(ssh_nodes: SshNodes) -> None:
    ssh_nodes.nvml["gpu-1"].device(0)
    with FleetScene(ssh_nodes, ("gpu-1",)) as scene:
        scene.until(lambda store: store.health["gpu"].state is State.LIVE)
        ssh_nodes.stop()
        scene.until(lambda store: store.health["gpu"].state is State.STALE)
        assert scene.node("gpu-1").state is State.STALE
        assert len(scene.store.gpus) == 1
        ssh_nodes.start()
        all_seen(scene, "gpu-1")


def test_a_node_without_gpus_is_calm(ssh_nodes: SshNodes) -> None:
    ssh_nodes.nvml["gpu-1"].device(0)
    with FleetScene(ssh_nodes, ("gpu-1", "gpu-2")) as scene:
        scene.until(lambda store: store.gpu_nodes.get("gpu-2") and store.gpu_nodes["gpu-2"].state is State.ABSENT)
        scene.until(lambda store: store.health["gpu"].state is State.LIVE)
        assert scene.health.unread == 0


def test_nodes_come_and_go_with_the_clusters(ssh_nodes: SshNodes) -> None:
    for name in ("gpu-1", "gpu-2"):
        ssh_nodes.nvml[name].device(0)
    names = {"now": NodeNames(frozenset({"gpu-1"}))}
    with FleetScene(ssh_nodes, which=lambda: names["now"]) as scene:
        all_seen(scene, "gpu-1")
        names["now"] = NodeNames(frozenset({"gpu-2"}))
        all_seen(scene, "gpu-2")
        scene.until(lambda store: set(store.gpu_nodes) == {"gpu-2"})
        assert {one.node for one in scene.store.gpus.values()} == {"gpu-2"}
        names["now"] = NodeNames(None, "the nodes are not known now")
        before = scene.node("gpu-2").seen
        scene.until(lambda store: (store.gpu_nodes["gpu-2"].seen or 0) > (before or 0))


def test_a_node_that_has_not_answered_yet_counts_as_not_seen(ssh_nodes: SshNodes) -> None:
    for name in ("gpu-1", "gpu-2"):
        ssh_nodes.nvml[name].device(0)
    ssh_nodes.nvml["gpu-2"].write("hang nvmlDeviceGetCount_v2")
    names = {"now": NodeNames(frozenset({"gpu-1"}))}
    with FleetScene(ssh_nodes, which=lambda: names["now"], node_timeout=60.0) as scene:
        scene.until(lambda store: store.health["gpu"].state is State.LIVE and not store.health["gpu"].unread)
        names["now"] = NodeNames(frozenset({"gpu-1", "gpu-2"}))
        scene.until(lambda store: store.health["gpu"].unread == 1)
        assert (scene.health.state, scene.node("gpu-2").state) == (State.LIVE, State.STARTING)


def test_the_clusters_nodes_are_those_that_have_gpus_even_if_none_can_be_had() -> None:
    nodes = {
        "a": Node("a", gpus=8.0, gpu_capacity=8.0),
        "b": Node("b", gpus=0.0, gpu_capacity=8.0),
        "c": Node("c"),
        "d": Node("d", gpus=0.0, gpu_capacity=0.0),
    }
    live = Health("nodes", State.LIVE, 0.0)
    assert ClusterNodes(nodes, lambda: live)().names == {"a", "b"}
    stale = ClusterNodes(nodes, lambda: Health("nodes", State.STALE, 0.0, detail="410 Gone"))()
    assert stale.names is None
    assert "410 Gone" in stale.why
    assert ClusterNodes(nodes, lambda: None)().names is None


def test_a_changed_driver_and_one_that_differs_are_findings(ssh_nodes: SshNodes) -> None:
    names = ("gpu-1", "gpu-2", "gpu-3")
    for name in names:
        ssh_nodes.nvml[name].device(0)
    with FleetScene(ssh_nodes, names) as scene:
        all_seen(scene, *names)
        # The facts are compared a round later: what was not compared once can't be told to have changed.
        scene.until(lambda store: store.health["gpu"].state is State.LIVE)
        assert not scene.store.findings
        ssh_nodes.nvml["gpu-3"].forget("driver")
        ssh_nodes.nvml["gpu-3"].write("driver 570.10.01")
        scene.until(lambda store: len(store.findings) == 2)
        titles = [one.title for one in scene.store.findings.values()]
        assert "GPU driver of node gpu-3 changed: 550.54.15 → 570.10.01" in titles
        assert "GPU driver of node gpu-3 is 570.10.01 (CUDA 12.4); 550.54.15 on 2" in titles


def test_hostile_names_are_clean_on_the_screen_and_raw_where_they_decide(
    ssh_nodes: SshNodes, children: Children
) -> None:
    pid = children.sleeper("\x1b[2Jtrain\u202e")
    ssh_nodes.nvml["gpu-1"].device(0, name="A100\x1b[31m\x07", uuid="GPU-\x1b]0;x\x07")
    ssh_nodes.nvml["gpu-1"].process(pid)
    with FleetScene(ssh_nodes, ("gpu-1",)) as scene:
        scene.until(lambda _: scene.process(pid))
        texts = repr((list(scene.store.gpus.values()), list(scene.store.gpu_processes.values())))
        assert "\\x1b" not in texts
        assert "\\u202e" not in texts


def test_a_process_that_ends_leaves_the_screen(ssh_nodes: SshNodes, children: Children) -> None:
    pid = children.sleeper("train")
    ssh_nodes.nvml["gpu-1"].device(0)
    ssh_nodes.nvml["gpu-1"].process(pid)
    with FleetScene(ssh_nodes, ("gpu-1",)) as scene:
        scene.until(lambda _: scene.process(pid))
        os.kill(pid, signal.SIGKILL)
        children.reap(pid)
        scene.until(lambda _: scene.process(pid) is None)


def test_who_has_a_device_file_open_without_being_on_nvmls_lists_is_found(
    ssh_nodes: SshNodes, children: Children
) -> None:
    file = Path("/dev/nvidia99")
    if os.getuid() or file.exists():
        pytest.skip("it takes root and a free name in /dev")
    try:
        file.write_text("")
        with file.open() as opened:
            pid = children.orphan("aura-worker", keep=opened)
        ssh_nodes.nvml["gpu-1"].device(0, minor=99, base=20_000 * MIB)
        with FleetScene(ssh_nodes, ("gpu-1",)) as scene:
            scene.until(lambda _: (one := scene.process(pid)) and one.kind == "open handle")
    finally:
        file.unlink()


ENDS = """
import sys
from opsconsole.clock import SystemClock
from opsconsole.feeds.protocol import Inbox
from opsconsole.gpu.fleet.feed import FleetFeed
from opsconsole.gpu.fleet.nodes import named
from opsconsole.gpu.fleet.ssh import SshDoor
from opsconsole.settings import GpuSettings, Settings
from tests.gpu.fleet.scene import Pods

door = SshDoor(SystemClock(), config=sys.argv[1])
feed = FleetFeed(Settings(gpu=GpuSettings(nodes="ssh")), SystemClock(), door, named(("gpu-1", "gpu-2")), Pods())
feed.start(Inbox())
feed.look()
feed.stop()
"""


def test_nothing_is_left_of_the_connections_when_the_console_has_ended(ssh_nodes: SshNodes) -> None:
    for name in ("gpu-1", "gpu-2"):
        ssh_nodes.nvml[name].device(0)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", ENDS, str(ssh_nodes.config)]
        subprocess.run(command, env={**os.environ, "TMPDIR": folder}, check=True, timeout=120)
        assert list(Path(folder).iterdir()) == []

        def running() -> list[str]:
            found = (" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"]))
            return [line for line in found if folder in line]

        eventually(lambda: not running(), "those that were not heard in time end by themselves in a minute", 150)
