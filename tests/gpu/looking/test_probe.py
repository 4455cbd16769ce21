"""The worker process: what NVML says, and every way in which it can fail, behind a real libnvidia-ml.so.1."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from opsconsole.clock import SystemClock
from opsconsole.gpu.nvml import probe as probe_module
from opsconsole.gpu.nvml.probe import ProbeError, WorkerProbe, start_worker
from opsconsole.records import State
from tests.nvml.world import GPU_LOST, MIB, NO_PERMISSION, UNKNOWN, NvmlWorld
from tests.support.clock import ManualClock
from tests.support.waiting import eventually


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def probe(clock: ManualClock) -> Iterator[WorkerProbe]:
    made = WorkerProbe(60.0, clock, random.Random(1))
    yield made
    made.close()


def _fails(probe: WorkerProbe, state: State, *words: str) -> None:
    with pytest.raises(ProbeError) as caught:
        probe.snapshot()
    assert caught.value.state is state
    for word in words:
        assert word in str(caught.value)


def test_everything_that_nvml_says_arrives(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    uuid = nvml.device(0, throttle="0x64")
    nvml.process(os.getpid(), 5000 * MIB)
    found = probe.snapshot()
    assert (found.driver, found.cuda) == ("550.54.15", 12040)
    [card] = found.devices
    assert (card.uuid, card.name, card.index) == (uuid, "NVIDIA A100-SXM4-40GB", 0)
    assert (card.memory_total, card.memory_used) == (40_960 * MIB, 5512 * MIB)
    assert (card.utilization, card.temperature, card.power_watts, card.throttle) == (37, 61, 251.5, 0x64)
    [held] = found.processes
    assert (held.pid, held.device, held.kind, held.memory) == (os.getpid(), uuid, "compute", 5000 * MIB)


def test_ecc_errors_and_what_waits_for_a_reset_are_told_of_this_host_too(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0, pci="00000000:65:00.0", ecc=3, eccmode=1, eccpending=0, mig=0, migpending=1, retiring=1)
    nvml.device(1, remapping=1, remapfailed=1, ecc=0)
    first, second = probe.snapshot().devices
    assert (first.pci, first.ecc_errors) == ("00000000:65:00.0", 3)
    assert first.pending == ("ECC mode", "MIG mode", "page retirement")
    assert (second.ecc_errors, second.pending) == (0, ("row remapping", "row remapping FAILED"))


def test_the_file_is_read_anew_at_each_look(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    assert len(probe.snapshot().devices) == 1
    worker = probe.pid
    nvml.device(1)
    assert len(probe.snapshot().devices) == 2
    assert probe.pid == worker


def test_compute_graphics_and_mps_lists_are_asked(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    for kind in ("compute", "graphics", "mps"):
        nvml.process(os.getpid(), kind=kind)
    assert [held.kind for held in probe.snapshot().processes] == ["compute", "graphics", "mps"]


def test_more_processes_than_the_first_count_are_all_listed(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    for pid in range(900_000, 900_100):
        nvml.process(pid, lingers=True)
    assert len(probe.snapshot().processes) == 100


def test_memory_that_nvml_does_not_tell_is_unknown_not_zero(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    nvml.process(os.getpid(), None)
    assert probe.snapshot().processes[0].memory is None


def test_not_supported_is_unknown_and_no_error(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0, total=None, util=None, temp=None, power=None, throttle=None, mig=None, name=None)
    [card] = probe.snapshot().devices
    asked = (card.memory_total, card.memory_used, card.utilization, card.temperature, card.power_watts, card.throttle)
    assert asked == (None,) * 6
    assert card.code == 0


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("util", "utilization"),
        ("temp", "temperature"),
        ("power", "power_watts"),
        ("throttle", "throttle"),
        ("total", "memory_total"),
    ],
)
@pytest.mark.parametrize("code", [2, 4, 10, 11, 14, 15, 16, 17, 20, 999])
def test_an_error_of_one_field_leaves_the_others(
    nvml: NvmlWorld, probe: WorkerProbe, key: str, field: str, code: int
) -> None:
    nvml.device(0, **{key: f"!{code}"})
    [card] = probe.snapshot().devices
    assert getattr(card, field) is None
    assert card.code == code
    assert card.call.startswith("nvmlDeviceGet")
    assert [card.utilization, card.temperature, card.power_watts].count(None) <= 1


def test_a_lost_gpu_does_not_hide_the_other_and_keeps_its_name(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    first, second = nvml.device(0), nvml.device(1)
    probe.snapshot()
    nvml.forget("device 0")
    nvml.device(0, handle=f"!{GPU_LOST}")
    cards = {card.index: card for card in probe.snapshot().devices}
    assert (cards[0].code, cards[0].uuid, cards[0].memory_used) == (GPU_LOST, first, None)
    assert (cards[1].code, cards[1].uuid) == (0, second)


def test_a_process_list_that_may_not_be_read_is_said_of_the_device(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    nvml.write(f"error nvmlDeviceGetComputeRunningProcesses_v3 {NO_PERMISSION}")
    [card] = probe.snapshot().devices
    assert card.code == NO_PERMISSION
    assert "ComputeRunningProcesses" in card.call


def test_an_old_driver_is_asked_the_old_way(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    nvml.process(os.getpid(), 7 * MIB)
    nvml.write(
        "error nvmlDeviceGetComputeRunningProcesses_v3 13",
        "error nvmlDeviceGetMemoryInfo_v2 13",
        "error nvmlDeviceGetTemperatureV 13",
        "error nvmlDeviceGetCurrentClocksEventReasons 13",
    )
    found = probe.snapshot()
    [card] = found.devices
    assert [held.memory for held in found.processes] == [7 * MIB]
    assert (card.memory_used, card.temperature, card.throttle, card.code) == (519 * MIB, 61, 1, 0)


def test_mig_devices_are_devices_and_their_processes_are_asked_of_them(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    parent = nvml.device(0, mig=1, util=None)
    one, two = nvml.mig(0, 0), nvml.mig(0, 3)
    nvml.process(os.getpid(), None, place="0.3")
    found = probe.snapshot()
    assert [(card.uuid, card.mig_parent) for card in found.devices] == [(parent, ""), (one, parent), (two, parent)]
    assert found.devices[2].memory_total == 4_864 * MIB
    assert found.devices[2].utilization is None
    assert [(held.device, held.memory) for held in found.processes] == [(two, None)]
    assert all(card.code == 0 for card in found.devices)


@pytest.mark.usefixtures("no_driver")
def test_no_library_is_no_gpu_and_calm(monkeypatch: pytest.MonkeyPatch, probe: WorkerProbe) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nonexistent")
    _fails(probe, State.ABSENT, "no GPU on this host", "libnvidia-ml.so.1")


@pytest.mark.usefixtures("no_driver")
def test_a_library_that_does_not_load_is_not_called_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, probe: WorkerProbe
) -> None:
    (tmp_path / "libnvidia-ml.so.1").write_bytes(b"\x7fELF" + b"\0" * 60)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    _fails(probe, State.DOWN, "does not load", "libnvidia-ml.so.1")


def test_a_library_that_lacks_another_one_names_that(
    nvml_library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, probe: WorkerProbe
) -> None:
    def link(name: str, *needed: str) -> None:
        command = ["gcc", "-shared", "-Wl,--no-as-needed", "-o", str(tmp_path / name), "-x", "c", os.devnull]
        subprocess.run([*command, "-x", "none", *needed], check=True)

    link("libneeded.so")
    link("libnvidia-ml.so.1", f"-L{tmp_path}", "-lneeded")
    (tmp_path / "libneeded.so").unlink()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    _fails(probe, State.DOWN, "does not load", "libneeded.so")


def test_no_device_is_no_gpu(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    _fails(probe, State.ABSENT, "no GPU")


@pytest.mark.parametrize(
    ("code", "state", "word"),
    [
        (9, State.ABSENT, "driver is not loaded"),
        (4, State.DENIED, "root"),
        (15, State.DOWN, "lost"),
        (16, State.DOWN, "reset"),
        (18, State.DOWN, "do not match"),
        (999, State.DOWN, "Xid"),
        (77, State.DOWN, "NVML error 77"),
    ],
)
@pytest.mark.parametrize("at", ["init {}", "error nvmlDeviceGetCount_v2 {}"])
def test_an_error_of_nvml_as_a_whole_is_told_in_words(
    nvml: NvmlWorld, probe: WorkerProbe, at: str, code: int, state: State, word: str
) -> None:
    nvml.device(0)
    nvml.write(at.format(code))
    _fails(probe, state, word)


def test_a_driver_loaded_later_is_found(nvml: NvmlWorld, probe: WorkerProbe, clock: ManualClock) -> None:
    nvml.device(0)
    nvml.write("init 9")
    _fails(probe, State.ABSENT)
    nvml.forget("init")
    _fails(probe, State.ABSENT)
    clock.at += probe_module.ABSENT_RETRY * 1.3
    assert probe.snapshot().devices


def test_a_crash_of_the_library_is_survived(nvml: NvmlWorld, probe: WorkerProbe, clock: ManualClock) -> None:
    nvml.device(0)
    first = probe.snapshot()
    nvml.write("abort nvmlDeviceGetUtilizationRates")
    _fails(probe, State.DOWN, "crashed")
    nvml.forget("abort")
    clock.at += 2
    assert probe.snapshot() == first


def test_a_hanging_call_deaf_to_signals_is_killed_and_asked_anew(
    nvml: NvmlWorld, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "FIRST_ANSWER", 60.0)
    probe = WorkerProbe(0.3, clock, random.Random(1))
    nvml.device(0)
    first = probe.snapshot()
    nvml.write("hang nvmlDeviceGetMemoryInfo_v2")
    hung = probe.pid
    _fails(probe, State.DOWN, "did not answer in 0.3 s")
    assert hung is not None
    eventually(lambda: not Path(f"/proc/{hung}").exists(), "the worker's end")
    nvml.forget("hang")
    clock.at += 2
    assert probe.snapshot() == first
    probe.close()


def test_what_the_library_prints_does_not_come_between_the_answers(nvml: NvmlWorld, probe: WorkerProbe) -> None:
    nvml.device(0)
    nvml.write("chatter nvmlDeviceGetUtilizationRates")
    assert probe.snapshot().devices[0].utilization == 37


def test_the_pause_between_tries_grows_and_is_kept(nvml: NvmlWorld, clock: ManualClock) -> None:
    starts = []

    def counting(limit: float) -> subprocess.Popen[bytes]:
        starts.append(clock.at)
        return start_worker(limit)

    probe = WorkerProbe(60.0, clock, random.Random(1), counting)
    nvml.device(0)
    nvml.write(f"init {UNKNOWN}")
    while clock.at < 1200:
        with pytest.raises(ProbeError):
            probe.snapshot()
        clock.at += 0.5
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses == sorted(pauses)
    assert 0.5 <= pauses[0] <= 1.5
    assert len(starts) <= 9
    probe.close()


class Unkillable:
    """A worker in state D: it neither answers nor ends, whatever is sent to it."""

    pid = 4711

    def __init__(self, real: subprocess.Popen[bytes]) -> None:
        self.stdin, self.stdout, self.ended = real.stdin, real.stdout, False

    def kill(self) -> None:
        pass

    def poll(self) -> int | None:
        return -9 if self.ended else None

    def wait(self, seconds: float) -> int:
        raise subprocess.TimeoutExpired("worker", seconds)


def test_a_worker_that_outlives_sigkill_stays_the_only_one(
    nvml: NvmlWorld, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_module, "FIRST_ANSWER", 0.2)
    nvml.device(0)
    silent = subprocess.Popen(["sleep", "600"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    workers: list[Any] = [Unkillable(silent)]

    def start(limit: float) -> Any:
        return workers.pop() if workers else start_worker(limit)

    stuck = workers[0]
    probe = WorkerProbe(0.2, clock, random.Random(1), start)
    _fails(probe, State.DOWN, "did not answer")
    for _ in range(3):
        clock.at += 100
        _fails(probe, State.DOWN, "worker 4711", "drain the node")
    stuck.ended = True
    monkeypatch.setattr(probe_module, "FIRST_ANSWER", 60.0)
    clock.at += 100
    assert probe.snapshot().devices
    probe.close()
    silent.kill()
    silent.wait()


def test_the_worker_ends_with_its_input(nvml: NvmlWorld) -> None:
    nvml.device(0)
    worker = start_worker(60)
    out, _ = worker.communicate(b"\n\n", timeout=60)
    assert out.count(b"\n") == 2
    assert worker.returncode == 0


def test_a_hung_worker_without_a_parent_is_ended_by_its_alarm(nvml: NvmlWorld) -> None:
    nvml.device(0)
    nvml.write("wait nvmlDeviceGetCount_v2")
    worker = start_worker(0.2)
    worker.communicate(b"\n", timeout=60)
    assert worker.returncode == -14


def test_closing_ends_a_look_under_way(nvml: NvmlWorld) -> None:
    probe = WorkerProbe(60.0, SystemClock())
    nvml.device(0)
    probe.snapshot()
    nvml.write("hang nvmlDeviceGetCount_v2")
    failures: list[str] = []

    def look() -> None:
        try:
            probe.snapshot()
        except ProbeError as error:
            failures.append(str(error))

    worker = probe.pid
    thread = threading.Thread(target=look)
    thread.start()
    probe.close()
    thread.join(60)
    assert failures
    assert not Path(f"/proc/{worker}").exists()
    _fails(probe, State.DOWN, "closed")


def test_pynvml_is_nvidias_own_package_and_not_the_wrapper_of_that_name() -> None:
    """The wrapper slows every interpreter's start and prints into the screen."""
    assert set(metadata.packages_distributions()["pynvml"]) == {"nvidia-ml-py"}


@pytest.mark.usefixtures("no_driver")
def test_a_host_without_a_gpu_does_not_import_pynvml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nonexistent")
    code = (
        "import sys, runpy; sys.argv = ['worker', '5']\n"
        "runpy.run_module('opsconsole.gpu.nvml.worker', run_name='__main__')\n"
        "assert not {'pynvml', 'msgspec', 'psutil', 'textual', 'structlog'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"\n", capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b'{"code":12}\n'
