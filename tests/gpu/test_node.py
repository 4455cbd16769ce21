"""``opsconsole node report`` and ``clean``: JSON in, JSON out, real processes behind a real NVML."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from opsconsole.cli import main
from opsconsole.gpu.host.processes import HostProcesses
from opsconsole.journal.reader import read_entries, verify
from opsconsole.records import ProcessState
from tests.gpu.children import Children, Placed
from tests.gpu.looking.test_request import item
from tests.gpu.worlds import UID
from tests.nvml.world import MIB, NvmlWorld

LIVE = "11111111-2222-4333-8444-555555555555"


class Node:
    """A node whose processes live in the cgroups that the test gives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reader = Placed()
        self.pods: dict[str, Any] = {"items": [item(LIVE), item("dns", "kube-system")]}

    def place(self, pid: int, uid: str) -> None:
        self.reader.cgroups[pid] = f"0::/kubepods/burstable/pod{uid}/{'ab' * 32}\n"

    def run(self, *arguments: str, pods: Any = ...) -> tuple[int, dict[str, Any], str]:
        """Run ``opsconsole node …``; returns exit code, JSON and standard error."""
        given = self.pods if pods is ... else pods
        options = [] if given is None else ["--pods", "-"]
        text = given if isinstance(given, bytes) else json.dumps(given)
        done = CliRunner().invoke(main, ["node", *arguments, *options], input=text)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.stdout) if done.stdout else {}, done.stderr

    def targets(self, found: dict[str, Any]) -> list[str]:
        return [f"--target={one['pid']}:{one['start_ticks']}" for one in found["targets"]]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    node = Node(tmp_path)
    monkeypatch.setattr("opsconsole.gpu.feed.HostProcesses", lambda: node.reader)
    monkeypatch.setenv("OPSCONSOLE_JOURNAL_FOLDER", str(tmp_path / "journal"))
    monkeypatch.setenv("OPSCONSOLE_GPU_TERM_SECONDS", "20")  # in which what hears it ends on a busy machine too
    return node


@pytest.fixture
def leftover(nvml: NvmlWorld, host: Node, children: Children) -> Callable[..., int]:
    """Makes a process on the GPU whose pod has been gone for long."""
    nvml.device(0)

    def make(pid: int | None = None, memory: int | None = 2048 * MIB, **how: bool) -> int:
        pid = children.sleeper("train") if pid is None else pid
        host.place(pid, UID)
        nvml.process(pid, memory, **how)
        host.pods["over_since"] = {UID: 1_700_000_000.0}
        return pid

    return make


@pytest.mark.usefixtures("no_driver")
def test_no_gpu_on_this_node_is_a_calm_report(host: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nonexistent")
    code, found, _ = host.run("report")
    assert (code, found["state"], found["devices"], found["targets"]) == (0, "absent", [], [])


def test_an_nvml_that_fails_is_an_error(nvml: NvmlWorld, host: Node) -> None:
    nvml.device(0)
    nvml.write("init 18")
    code, found, _ = host.run("report")
    assert (code, found["state"]) == (1, "down")
    assert "do not match" in found["detail"]


def test_a_report_tells_devices_processes_and_why(nvml: NvmlWorld, host: Node, children: Children) -> None:
    nvml.device(0)
    gone, lives = children.sleeper("train"), children.sleeper("serve")
    for pid, uid in ((gone, UID), (lives, LIVE)):
        host.place(pid, uid)
        nvml.process(pid)
    code, found, _ = host.run("report")
    assert code == 0
    assert found["devices"][0]["memory_used"] == 2560 * MIB
    why = {one["pid"]: one["why"] for one in found["processes"]}
    assert "is alive" in why[lives]
    assert "60 s" in why[gone]
    assert found["targets"] == []
    assert list(found["over_since"]) == [UID]


def test_a_second_report_a_minute_later_has_targets(leftover: Callable[..., int], host: Node) -> None:
    pid = leftover()
    code, found, _ = host.run("report")
    assert code == 0
    assert [one["pid"] for one in found["targets"]] == [pid]
    assert found["over_since"][UID] == pytest.approx(1_700_000_000.0, abs=1)


def test_without_pods_there_are_no_targets(leftover: Callable[..., int], host: Node) -> None:
    leftover()
    code, found, _ = host.run("report", pods=None)
    assert (code, found["targets"]) == (0, [])
    assert "kubectl get pods -A" in found["processes"][0]["why"]


def test_clean_without_yes_prints_the_plan_and_does_nothing(
    leftover: Callable[..., int], host: Node, children: Children
) -> None:
    pid = leftover()
    targets = host.targets(host.run("report")[1])
    code, found, _ = host.run("clean", *targets)
    assert (code, found["executed"]) == (3, False)
    assert f"kill -TERM {pid}" in found["plan"]["steps"][0]["command"]
    assert children.runs(pid)
    assert not (host.folder / "journal").exists()


def test_clean_ends_the_process_proves_it_and_writes_the_journal(
    leftover: Callable[..., int], host: Node, children: Children
) -> None:
    pid = leftover()
    targets = host.targets(host.run("report")[1])
    code, found, _ = host.run("clean", "--yes", *targets)
    assert (code, found["contained"]) == (0, True)
    assert found["results"][0]["detail"].startswith("ended on SIGTERM")
    assert "2,048 MiB free again of 2,048 MiB held" in found["proofs"][0]["detail"]
    assert not children.runs(pid)
    folder = host.folder / "journal"
    assert [entry.kind for entry in read_entries(folder)] == ["intent", "begin", "end", "outcome"]
    assert verify(folder, found["journal"]["head"]).problems == ()


def test_targets_may_stand_beside_the_pods(leftover: Callable[..., int], host: Node, children: Children) -> None:
    pid = leftover()
    merged = host.run("report")[1] | host.pods
    code, found, _ = host.run("clean", "--yes", pods=merged)
    assert (code, found["contained"]) == (0, True)
    assert not children.runs(pid)


def test_one_that_ignores_sigterm_is_killed(
    leftover: Callable[..., int], host: Node, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSCONSOLE_GPU_TERM_SECONDS", "0.3")
    pid = leftover(children.deaf())
    code, found, _ = host.run("clean", "--yes", *host.targets(host.run("report")[1]))
    assert code == 0
    assert found["results"][0]["detail"].startswith("ended on SIGKILL")
    assert not children.runs(pid)


def test_memory_that_stays_held_is_a_failure(
    leftover: Callable[..., int], host: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsconsole.switches.gpu.switch.PATIENCE", 0.2)
    leftover(leaks=True)
    code, found, _ = host.run("clean", "--yes", *host.targets(host.run("report")[1]))
    assert (code, found["contained"]) == (1, False)
    assert found["results"][0]["state"] == "done"
    assert found["proofs"][0]["holds"] is False


def test_only_what_was_asked_for_is_ended(leftover: Callable[..., int], host: Node, children: Children) -> None:
    first, second = leftover(), leftover()
    targets = [one for one in host.targets(host.run("report")[1]) if f"={first}:" in one]
    code, _, _ = host.run("clean", "--yes", *targets)
    assert code == 0
    assert not children.runs(first)
    assert children.runs(second)


def test_a_live_pods_process_is_refused_even_when_named(nvml: NvmlWorld, host: Node, children: Children) -> None:
    nvml.device(0)
    pid = children.sleeper("serve")
    host.place(pid, LIVE)
    nvml.process(pid)
    ticks = host.reader.read(pid).start_ticks
    code, found, _ = host.run("clean", "--yes", f"--target={pid}:{ticks}")
    assert (code, found["executed"], found["contained"]) == (1, False, False)
    assert "is alive" in found["results"][0]["detail"]
    assert children.runs(pid)


def test_a_pid_that_is_another_process_by_now_is_left_alone(
    leftover: Callable[..., int], host: Node, children: Children
) -> None:
    pid = leftover()
    code, found, _ = host.run("clean", "--yes", f"--target={pid}:1")
    assert (code, found["executed"]) == (0, False)
    assert "another process" in found["results"][0]["detail"]
    assert children.runs(pid)


def test_one_refused_among_several_is_told_and_the_others_go_on(
    leftover: Callable[..., int], nvml: NvmlWorld, host: Node, children: Children
) -> None:
    pid, lives = leftover(), children.sleeper("serve")
    host.place(lives, LIVE)
    nvml.process(lives)
    targets = [*host.targets(host.run("report")[1]), f"--target={lives}:{host.reader.read(lives).start_ticks}"]
    code, found, _ = host.run("clean", "--yes", *targets)
    assert (code, found["contained"]) == (1, False)
    assert {one["pid"]: one["state"] for one in found["results"]} == {pid: "done", lives: "failed"}
    assert not children.runs(pid)
    assert children.runs(lives)


def test_a_journal_that_cannot_be_written_stops_it_unless_told_otherwise(
    leftover: Callable[..., int], host: Node, children: Children
) -> None:
    (host.folder / "journal").write_text("a file where the folder should be")
    pid = leftover()
    targets = host.targets(host.run("report")[1])
    code, _, err = host.run("clean", "--yes", *targets)
    assert code == 1
    assert "nothing was done" in err
    assert children.runs(pid)
    code, found, _ = host.run("clean", "--yes", "--without-journal", *targets)
    assert code == 0
    assert "journal" in found["notes"][0]
    assert not children.runs(pid)


def test_read_only_cleans_nothing(
    leftover: Callable[..., int], host: Node, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = leftover()
    targets = host.targets(host.run("report")[1])
    monkeypatch.setenv("OPSCONSOLE_READ_ONLY", "true")
    code, _, err = host.run("clean", "--yes", *targets)
    assert code == 2
    assert "read-only" in err
    assert children.runs(pid)


@pytest.mark.parametrize(
    ("arguments", "pods", "words"),
    [
        (["report"], b"No resources found", "not the JSON"),
        (["clean", "--yes"], ..., "no target"),
        (["clean", "--yes", "--target", "4711"], ..., "PID:START_TICKS"),
        (["clean", "--yes", "--target", "-1:5"], ..., "PID:START_TICKS"),
    ],
)
def test_bad_input_is_told_in_words(host: Node, arguments: list[str], pods: Any, words: str) -> None:
    code, found, err = host.run(*arguments, pods=pods)
    assert (code, found) == (2, {})
    assert words in err


def test_a_file_that_is_not_there_is_told(host: Node) -> None:
    code, _, err = host.run("report", "--pods", "/nonexistent/pods.json", pods=None)
    assert code == 2
    assert "/nonexistent/pods.json" in err


def test_the_program_itself_on_this_host(nvml: NvmlWorld, children: Children, tmp_path: Path) -> None:
    """No part replaced: a new process, this host's /proc, an orphan of the optimizer outside Kubernetes."""
    own = HostProcesses().read(os.getpid())
    if own.state is not ProcessState.RUNNING or own.place.kubernetes is not False:
        pytest.skip("this machine's processes live in a container: they are rightly no candidates")
    nvml.device(0)
    pid = children.orphan("aura-optimizer-worker")
    nvml.process(pid, 1024 * MIB)
    environ = os.environ | {
        "OPSCONSOLE_OPTIMIZER_PROCESSES": "aura-optimizer",
        "OPSCONSOLE_JOURNAL_FOLDER": str(tmp_path / "journal"),
    }
    pods = json.dumps({"items": [item("a"), item("b", "kube-system")]}).encode()

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        command = [sys.executable, "-m", "opsconsole", "node", *arguments, "--pods", "-"]
        done = subprocess.run(command, input=pods, capture_output=True, env=environ, timeout=120, check=False)
        assert b"Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    code, found = run("report")
    assert (code, [one["pid"] for one in found["targets"]]) == (0, [pid])
    code, found = run("clean", "--yes", f"--target={pid}:{found['targets'][0]['start_ticks']}")
    assert (code, found["contained"]) == (0, True)
    assert not children.runs(pid)
