"""The program that is sent to a node, run as it runs there: by a plain python3 that reads it on standard input."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opsconsole.gpu.fleet.on_node import joined
from opsconsole.gpu.fleet.on_node.device import TOO_SMALL, NvmlDevice
from opsconsole.gpu.fleet.on_node.driver import kernel_lines
from opsconsole.gpu.fleet.orders import CleanOrder, ask_clean
from opsconsole.gpu.fleet.report import (
    Cleaned,
    CleanResult,
    NodeQuestion,
    NodeReport,
    ask_report,
    decode_cleaned,
    decode_report,
)
from opsconsole.gpu.fleet.sent import SentHolders, SentProcesses, snapshot_in
from opsconsole.gpu.host.processes import Facts, HostProcesses
from opsconsole.gpu.nvml.probe import ProbeError, WorkerProbe
from opsconsole.records import ProcessState
from tests.gpu.children import Children
from tests.nvml.build import NAME, compile_into
from tests.nvml.world import MIB, NvmlWorld
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


def run(question: NodeQuestion) -> bytes:
    """Run the program as a node would."""
    command = [sys.executable, "-I", "-S", "-"]
    return subprocess.run(command, input=question.script, stdout=subprocess.PIPE, timeout=60, check=True).stdout


def look(seconds: float = 5.0) -> NodeReport:
    question = ask_report(30, seconds, holders=True)
    return decode_report(question, run(question))


def wanted(pid: int, **otherwise: object) -> CleanOrder:
    report = look()
    there = SentProcesses(report, host_pids=True)
    facts = there.read(pid)
    assert facts.start_ticks is not None
    known: dict[str, object] = {
        "pid": pid,
        "start_ticks": facts.start_ticks,
        "cgroup": hashlib.sha256(there.raw_cgroup(facts).encode()).hexdigest(),
        "exe": there.raw_executable(facts),
        "task": facts.task,
    }
    return CleanOrder(**known | otherwise)  # type: ignore[arg-type]


def clean(*targets: CleanOrder, boot_id: str = "", term: float = 20.0, kill: float = 20.0) -> list[CleanResult]:
    question = ask_clean(boot_id or look().boot_id, list(targets), term, kill)
    return decode_cleaned(question, run(question)).results


# --- the program ---------------------------------------------------------------------------------------------------


def test_it_is_one_program_for_python_3_6_that_imports_nothing_of_ours() -> None:
    tree = ast.parse(joined(cleaning=True), feature_version=(3, 6))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported | modules <= {"ctypes", "hashlib", "json", "os", "re", "select", "signal", "time", "typing"}


def test_what_is_sent_for_a_look_holds_nothing_that_could_signal_a_process() -> None:
    looking = ask_report(30, 5, holders=True).script
    assert b"pidfd_send_signal" not in looking
    assert b"pidfd_send_signal" in ask_clean("", [], 1, 1).script
    kills = [line.strip() for line in looking.splitlines() if b".kill(" in line]
    assert kills == [b"os.kill(pid, 0)", b"os.kill(child, signal.SIGKILL)"], "asks whether one is there; its own child"


def test_a_request_is_data_whatever_is_in_it() -> None:
    hostile = '\'); import os; os._exit(7); (\'\n\\"""\u2028é'
    question = ask_clean(hostile, [], 1, 1)
    assert decode_cleaned(question, run(question)).results == []


def test_nothing_is_written_to_a_disk(nvml: NvmlWorld, tmp_path: Path) -> None:
    nvml.device()
    traced = tmp_path / "opened"
    spy = (
        "import sys\n"
        f"out = open({str(traced)!r}, 'w')\n"
        "def hook(event, arguments):\n"
        "    if event == 'open' and arguments[1] is None and arguments[2] & 3: print(arguments, file=out, flush=True)\n"
        "sys.addaudithook(hook)\n"
    )
    question = ask_report(30, 5, holders=True)
    run(NodeQuestion(spy.encode() + question.script, question.mark, question.seconds))
    assert [line for line in traced.read_text().splitlines() if "/dev/null" not in line] == []


# --- the report ----------------------------------------------------------------------------------------------------


def test_its_snapshot_is_what_this_hosts_own_reader_sees(nvml: NvmlWorld, children: Children) -> None:
    nvml.device(0)
    nvml.device(1, mig=1)
    nvml.mig(1, 0)
    nvml.process(children.sleeper(), 700 * MIB)
    nvml.process(children.sleeper(), None, place="1.0", kind="mps")
    nvml.write("error nvmlDeviceGetUtilizationRates 999")
    probe = WorkerProbe(5, ManualClock())
    own, sent = probe.snapshot(), snapshot_in(look())
    probe.close()
    assert sent.processes == own.processes
    assert sent.driver == own.driver
    assert [(one.index, one.uuid, one.memory_used, one.code, one.call) for one in sent.devices] == [
        (one.index, one.uuid, one.memory_used, one.code, one.call) for one in own.devices
    ]


def test_its_facts_are_what_this_hosts_own_reader_sees(nvml: NvmlWorld, children: Children) -> None:
    nvml.device()
    pids = [children.sleeper("aura-worker"), children.orphan(), children.zombie(), children.zombie_leader()]
    for pid in pids:
        nvml.process(pid, lingers=True)
    sent, own = SentProcesses(look(), host_pids=True), HostProcesses(host_pids=True)
    assert [sent.read(pid) for pid in pids] == [own.read(pid) for pid in pids]


def test_a_process_that_is_gone_and_one_that_was_not_sent_are_told_apart(nvml: NvmlWorld, children: Children) -> None:
    nvml.device()
    gone = children.sleeper()
    nvml.process(gone, lingers=True)
    os.kill(gone, signal.SIGKILL)
    children.reap(gone)
    sent = SentProcesses(look(), host_pids=True)
    assert sent.read(gone).state is ProcessState.GONE
    assert sent.read(1).state is ProcessState.NO_PERMISSION


def test_in_another_pid_namespace_nothing_is_known_of_processes(nvml: NvmlWorld, children: Children) -> None:
    nvml.device()
    pid = children.sleeper()
    nvml.process(pid)
    assert SentProcesses(look(), host_pids=False).read(pid) == Facts(pid, ProcessState.OTHER_NAMESPACE)


def test_who_has_a_device_file_open_is_found(nvml: NvmlWorld, children: Children) -> None:
    file = Path("/dev/nvidia98")
    if os.getuid() or file.exists():
        pytest.skip("it takes root and a free name in /dev")
    nvml.device(0, minor=98)
    holders = SentHolders()
    try:
        file.write_text("")
        with file.open() as opened:
            pids = {children.orphan("aura-worker", keep=opened), children.zombie_leader(keep=opened)}
        holders.take(look())
    finally:
        file.unlink()
    assert {one.pid for one in holders.scan() if one.minors == {98}} == pids


def _is_group(number: int) -> bool:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_nvml_that_hangs_deaf_to_signals_is_said_and_leaves_no_process(nvml: NvmlWorld) -> None:
    nvml.device()
    nvml.write("hang nvmlDeviceGetCount_v2")
    question = ask_report(30, 0.5, holders=False)
    with subprocess.Popen([sys.executable, "-I", "-S", "-"], stdin=-1, stdout=-1, start_new_session=True) as process:
        out, _ = process.communicate(question.script, timeout=60)
        eventually(lambda: not _is_group(process.pid), "all of its processes have ended")
    with pytest.raises(ProbeError, match=r"did not answer in 0.5 s"):
        snapshot_in(decode_report(question, out))


def test_nvml_that_lacks_a_function_is_said_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is no NVML, or older than any that we ask: what went wrong in the child is not lost."""
    source = tmp_path / "bare.c"
    source.write_text("int nvmlInit_v2(void) { return 0; }\n")
    library = compile_into(source, NAME, ["-shared", "-fPIC"])
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    with pytest.raises(ProbeError, match=r"asking NVML failed: AttributeError: .*nvmlDeviceGetCount_v2"):
        snapshot_in(look())


def test_process_lists_that_grow_at_every_look_are_not_nobody() -> None:
    class Growing:
        """Always says that there are more than there is room for."""

        def nvmlDeviceGetComputeRunningProcesses_v3(self, _: object, count: Any, __: object) -> int:  # noqa: N802
            count._obj.value += 1
            return TOO_SMALL

    device = NvmlDevice(Growing(), None)
    assert device.processes("GPU-0") == []
    assert (device.code, device.call) == (TOO_SMALL, "nvmlDeviceGetComputeRunningProcesses_v3")


def test_nvml_that_crashes_is_said(nvml: NvmlWorld) -> None:
    nvml.device()
    nvml.write("abort nvmlDeviceGetUUID")
    with pytest.raises(ProbeError, match="the process that asked NVML ended"):
        snapshot_in(look())


def test_a_driver_that_prints_does_not_come_between(nvml: NvmlWorld) -> None:
    nvml.device()
    nvml.write("chatter nvmlDeviceGetUUID")
    assert len(snapshot_in(look()).devices) == 1


@pytest.mark.usefixtures("no_driver")
def test_a_machine_without_the_library_has_no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    with pytest.raises(ProbeError, match="no GPU on this node"):
        snapshot_in(look())


def test_the_kernels_log_is_read_for_the_drivers_faults(tmp_path: Path) -> None:
    log = tmp_path / "kmsg"
    log.write_text(
        "6,100,1000,-;usb 1-1: new device\n"
        "4,101,2000,-;NVRM: Xid (PCI:0000:65:00): 79, pid=1, GPU has fallen off the bus.\n"
    )
    assert kernel_lines(str(log)) == ["4,101,2000,-;NVRM: Xid (PCI:0000:65:00): 79, pid=1, GPU has fallen off the bus."]
    assert kernel_lines(str(tmp_path / "nothing")) is None


# --- the end of processes ------------------------------------------------------------------------------------------


@pytest.fixture
def held(nvml: NvmlWorld) -> NvmlWorld:
    nvml.device()
    return nvml


def test_a_target_is_ended_by_sigterm(held: NvmlWorld, children: Children) -> None:
    pid = children.sleeper()
    held.process(pid)
    (result,) = clean(wanted(pid))
    assert (result.fate, result.signals) == ("TERMINATED", ["SIGTERM"])
    assert not children.runs(pid)


def test_a_deaf_one_is_ended_by_sigkill(held: NvmlWorld, children: Children) -> None:
    pid = children.deaf()
    held.process(pid)
    (result,) = clean(wanted(pid), term=0.2)
    assert (result.fate, result.signals) == ("KILLED", ["SIGTERM", "SIGKILL"])
    assert not children.runs(pid)


def test_a_zombie_leader_with_a_living_thread_is_ended(held: NvmlWorld, children: Children) -> None:
    pid = children.zombie_leader()
    held.process(pid)
    (result,) = clean(wanted(pid), term=0.5)
    assert result.fate in {"TERMINATED", "KILLED"}
    assert not children.runs(pid)


@pytest.mark.parametrize(
    ("otherwise", "words"),
    [
        ({"start_ticks": 1}, "taken over"),
        ({"cgroup": "0" * 64}, "another cgroup"),
        ({"exe": "/usr/bin/other"}, "another program"),
    ],
)
def test_what_is_not_what_the_console_saw_is_left_alone(
    held: NvmlWorld, children: Children, otherwise: dict[str, object], words: str
) -> None:
    pid = children.sleeper()
    held.process(pid)
    (result,) = clean(wanted(pid, **otherwise))
    assert (result.fate, result.signals) == ("CHANGED", [])
    assert words in result.detail
    assert children.runs(pid)


def test_a_node_that_was_rebooted_meanwhile_is_left_alone(held: NvmlWorld, children: Children) -> None:
    pid = children.sleeper()
    held.process(pid)
    (result,) = clean(wanted(pid), boot_id="another")
    assert (result.fate, result.signals) == ("CHANGED", [])
    assert "rebooted" in result.detail
    assert children.runs(pid)


def test_what_it_runs_in_is_never_a_target(held: NvmlWorld) -> None:
    held.process(os.getpid())
    (result,) = clean(wanted(os.getpid()))
    assert (result.fate, result.signals) == ("REFUSED", [])


def test_a_process_that_is_gone_is_said(held: NvmlWorld, children: Children) -> None:
    pid = children.sleeper()
    held.process(pid)
    target = wanted(pid)
    os.kill(pid, signal.SIGKILL)
    children.reap(pid)
    (result,) = clean(target)
    assert (result.fate, result.signals) == ("GONE", [])


def test_a_true_zombie_is_said(held: NvmlWorld, children: Children) -> None:
    pid = children.zombie()
    held.process(pid, lingers=True)
    (result,) = clean(wanted(pid))
    assert (result.fate, result.signals) == ("ZOMBIE", [])


def test_all_targets_are_waited_for_together(held: NvmlWorld, children: Children) -> None:
    pids = [children.deaf() for _ in range(3)]
    for pid in pids:
        held.process(pid)
    results = clean(*map(wanted, pids), term=3.0)
    assert [result.fate for result in results] == ["KILLED"] * 3
    assert max(result.seconds for result in results) < len(pids) * 3.0, "one behind the other would take as long"


def test_an_answer_to_a_clean_names_the_machine(held: NvmlWorld) -> None:
    question = ask_clean("x", [], 1, 1)
    found: Cleaned = decode_cleaned(question, run(question))
    assert found.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert json.loads(json.dumps(found.lineage))[-1] <= 1
