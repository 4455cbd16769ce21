"""``3`` over a fleet: planned from every node, executed there, proved by that node's NVML. Real ssh, real processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.gpu.fleet.clean import NodeCleaner
from opsconsole.gpu.fleet.feed import NodeNames
from opsconsole.gpu.fleet.watch import NodeWatch
from opsconsole.gpu.signals import NODE_EFFECT, Fate, Termination, clean_step
from opsconsole.journal.reader import read_entries
from opsconsole.journal.who import whoami
from opsconsole.journal.writer import Journal
from opsconsole.permit import Mint, Permit, PermitError
from opsconsole.records import GpuProcess, Outcome, Plan, StepState
from opsconsole.switches.engine.executor import ReservedExecutor
from opsconsole.switches.engine.gate import Gate
from opsconsole.switches.gpu import switch as gpu_switch
from opsconsole.switches.gpu.switch import GpuSwitch, TerminateOnNode
from tests.gpu.children import Children
from tests.gpu.fleet.placing import Cgroups
from tests.gpu.fleet.scene import FleetScene
from tests.gpu.fleet.sshd import SshNodes
from tests.gpu.worlds import UID

OTHER = "00000000-6b7a-4c3d-9e8f-0a1b2c3d4e5f"

PATIENT = 20.0
"""Seconds in which what hears SIGTERM, or SIGKILL, ends on a busy machine too."""


class FleetBench:
    """The switch, the gate and the journal of a console that looks at a fleet."""

    def __init__(self, scene: FleetScene, folder: Path) -> None:
        self.scene, self.mint, self.folder = scene, Mint(), folder
        self.cleaner = NodeCleaner(
            self.mint, scene.clock, scene.feed.watch_of, term_seconds=PATIENT, kill_seconds=PATIENT
        )
        effects = [TerminateOnNode(self.cleaner, 8)]
        self.switch = GpuSwitch(scene.feed, effects, PATIENT, scene.clock, look_at=scene.feed.look)
        self.gate = Gate(Journal(folder, SystemClock(), whoami), self.mint, scene.clock, ReservedExecutor(), time.sleep)

    def plan(self) -> Plan:
        self.switch.plan(self.switch.gather())  # a pod must have been gone for a moment
        time.sleep(0.05)
        return self.switch.plan(self.switch.gather())

    def execute(self, plan: Plan) -> Outcome:
        return self.gate.execute(self.switch, plan, self.switch.effects)

    def terminate(self, target: GpuProcess) -> Termination:
        step = clean_step(target, PATIENT)
        return self.cleaner.terminate(self.mint.issue(step), target)

    def target(self, plan: Plan) -> GpuProcess:
        return msgspec.json.decode(plan.steps[0].arguments, type=GpuProcess)


@pytest.fixture
def bench(ssh_nodes: SshNodes, tmp_path: Path) -> Iterator[FleetBench]:
    for nvml in ssh_nodes.nvml.values():
        nvml.device(0)
    with FleetScene(ssh_nodes, ("gpu-1", "gpu-2"), node_interval=600.0) as scene:
        yield FleetBench(scene, tmp_path / "journal")


def leftover(nodes: SshNodes, name: str, children: Children, cgroups: Cgroups, uid: str = UID) -> int:
    pid = children.sleeper("train")
    cgroups.put(pid, uid)
    nodes.nvml[name].process(pid)
    return pid


def test_leftovers_on_two_nodes_are_ended_and_each_nodes_nvml_proves_it(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pids = [leftover(ssh_nodes, name, children, cgroups) for name in ("gpu-1", "gpu-2")]
    alive = leftover(ssh_nodes, "gpu-1", children, cgroups, OTHER)
    bench.scene.pods.uids = {OTHER}
    plan = bench.plan()
    assert plan.title == "End 2 processes that hold GPU memory on 2 nodes"
    assert any(f"{alive} (sleep) on node gpu-1 is left alone: pod" in note for note in plan.notes)
    outcome = bench.execute(plan)
    assert [step.state for step in outcome.steps] == [StepState.DONE, StepState.DONE], outcome
    assert {proof.claim: proof.holds for proof in outcome.proofs} == {
        "GPU 0 of gpu-1: the memory is free": True,
        "GPU 0 of gpu-2: the memory is free": True,
    }
    assert not any(map(children.runs, pids))
    assert children.runs(alive)


def test_the_journal_tells_node_pid_start_time_and_cgroup(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid = leftover(ssh_nodes, "gpu-2", children, cgroups)
    plan = bench.plan()
    target = bench.target(plan)
    bench.execute(plan)
    (begin,) = [entry.body for entry in read_entries(bench.folder) if entry.kind == "begin"]
    told = begin["before"]
    assert (told["node"], told["pid"], told["start_ticks"]) == ("gpu-2", pid, target.start_ticks)
    assert UID in told["cgroup"]
    assert told["boot"]


def test_a_node_that_is_not_seen_is_in_the_plan_and_keeps_it_from_being_proved(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    leftover(ssh_nodes, "gpu-1", children, cgroups)
    ssh_nodes.nvml["gpu-2"].write("init 999")
    plan = bench.plan()
    assert any(word.startswith("node gpu-2 is NOT looked at: NVML") for word in plan.warnings)
    outcome = bench.execute(plan)
    unknown = [proof for proof in outcome.proofs if proof.holds is None]
    assert [proof.claim for proof in unknown] == ["node gpu-2 is clean"]


@pytest.mark.parametrize("gone", [False, True], ids=["it does not answer", "it is no node of the fleet any more"])
def test_a_node_that_is_not_seen_again_proves_nothing_of_its_memory(
    bench: FleetBench,
    ssh_nodes: SshNodes,
    children: Children,
    cgroups: Cgroups,
    monkeypatch: pytest.MonkeyPatch,
    *,
    gone: bool,
) -> None:
    for name in ("gpu-1", "gpu-2"):
        leftover(ssh_nodes, name, children, cgroups)
    plan = bench.plan()
    really = bench.cleaner.terminate

    def then_lose(permit: Permit, target: GpuProcess) -> Termination:
        end = really(permit, target)
        if target.node == "gpu-2" and gone:
            monkeypatch.setattr(bench.scene.feed, "_nodes", lambda: NodeNames(frozenset({"gpu-1"})))
        elif target.node == "gpu-2":
            ssh_nodes.nvml["gpu-2"].write("init 999")
        return end

    monkeypatch.setattr(bench.cleaner, "terminate", then_lose)
    monkeypatch.setattr(gpu_switch, "PATIENCE", 1.0)
    outcome = bench.execute(plan)
    proofs = {proof.claim: proof for proof in outcome.proofs}
    assert proofs["GPU 0 of gpu-1: the memory is free"].holds is True
    lost = proofs["GPU 0 of gpu-2: the memory is free"]
    assert lost.holds is None
    assert lost.detail.startswith("the node was not seen again: ")
    assert ("not looked at any more" if gone else "NVML reports") in lost.detail


def test_nothing_to_clean_where_a_node_is_not_seen_is_not_nothing(bench: FleetBench, ssh_nodes: SshNodes) -> None:
    ssh_nodes.nvml["gpu-2"].write("init 999")
    plan = bench.plan()
    assert plan.blocked.endswith("1 node is NOT seen")
    assert not plan.nothing


def test_no_node_that_is_seen_is_a_problem_and_not_nothing(bench: FleetBench, ssh_nodes: SshNodes) -> None:
    for name in ("gpu-1", "gpu-2"):
        ssh_nodes.nvml[name].write("init 999")
    plan = bench.plan()
    assert "can't be read" in plan.blocked
    assert not plan.nothing


def planned(bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups) -> tuple[int, GpuProcess]:
    pid = leftover(ssh_nodes, "gpu-1", children, cgroups)
    return pid, bench.target(bench.plan())


def test_a_node_that_was_rebooted_between_plan_and_kill_is_left_alone(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    end = bench.terminate(msgspec.structs.replace(target, boot="another-boot"))
    assert (end.fate, end.signals) == (Fate.CHANGED, ())
    assert "rebooted" in end.detail
    assert children.runs(pid)


def test_a_pid_that_was_taken_over_is_left_alone(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    end = bench.terminate(msgspec.structs.replace(target, start_ticks=(target.start_ticks or 0) - 1))
    assert (end.fate, end.signals) == (Fate.CHANGED, ())
    assert children.runs(pid)


def test_a_process_that_moved_to_another_pod_is_left_alone(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    cgroups.put(pid, OTHER)
    end = bench.terminate(target)
    assert (end.fate, end.signals) == (Fate.CHANGED, ())
    assert children.runs(pid)


def test_a_pod_that_is_back_in_the_api_server_is_left_alone(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    bench.scene.pods.uids = {UID}
    end = bench.terminate(target)
    assert (end.fate, end.signals) == (Fate.REFUSED, ())
    assert "alive" in end.detail
    assert children.runs(pid)


def test_a_pod_that_the_watch_still_shows_a_moment_after_its_deletion_saves_nobody_on_a_node(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    bench.scene.pods.uids = {UID}
    told = threading.Timer(0.5, setattr, (bench.scene.pods, "uids", set()))  # anew: others may be going through it
    bench.scene.feed.optimizer_killed([UID])
    told.start()
    assert bench.terminate(target).ended
    assert not children.runs(pid)


def test_an_api_server_that_is_gone_leaves_everything_alone(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    bench.scene.pods.complete = False
    assert bench.terminate(target).fate is Fate.REFUSED
    assert children.runs(pid)


def test_a_node_that_is_gone_is_unreached_and_nothing_was_signalled(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    ssh_nodes.stop()
    end = bench.terminate(target)
    assert (end.fate, end.ended) == (Fate.UNREACHED, False)
    assert children.runs(pid)


def test_an_answer_that_does_not_come_is_unknown(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    really = NodeWatch.run

    def half(watch: NodeWatch, question: object) -> bytes:
        data = really(watch, question)  # type: ignore[arg-type]
        return data[: len(data) // 2] if b'"results"' in data else data

    monkeypatch.setattr(NodeWatch, "run", half)
    end = bench.terminate(target)
    assert (end.fate, end.ended) == (Fate.UNKNOWN, False)
    assert "half a report" in end.detail
    assert not children.runs(pid)


def test_a_process_that_ended_by_itself_is_no_failure(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    cgroups.undo()
    os.kill(pid, signal.SIGKILL)
    children.reap(pid)
    assert bench.terminate(target).fate is Fate.GONE


def test_a_permit_is_good_for_one_process_on_one_node(
    bench: FleetBench, ssh_nodes: SshNodes, children: Children, cgroups: Cgroups
) -> None:
    pid, target = planned(bench, ssh_nodes, children, cgroups)
    permit = bench.mint.issue(clean_step(target, PATIENT))
    with pytest.raises(PermitError):
        bench.cleaner.terminate(permit, msgspec.structs.replace(target, node="gpu-2"))
    assert children.runs(pid)


def test_a_command_is_told_only_where_typing_it_would_do_the_same() -> None:
    """How a node is reached is the settings' affair: an SSH host of another name, sudo, a pod."""
    there, here = (
        clean_step(GpuProcess("GPU-0/7", 7, "GPU-0", start_ticks=5, node=node), 10) for node in ("gpu-1", "")
    )
    assert (there.effect, there.command) == (NODE_EFFECT, "")
    assert here.command == "kill -TERM 7; sleep 10; kill -KILL 7"
