"""NVML, /proc and the pods, joined into records."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from opsconsole.gpu.classify import PROTECTED
from opsconsole.gpu.host.holders import Holders
from opsconsole.gpu.host.processes import Facts
from opsconsole.gpu.nvml.snapshot import DeviceReading, ProcessReading, Snapshot
from opsconsole.gpu.nvml.words import cuda_in_words, error_in_words, mebibytes, throttle_in_words
from opsconsole.gpu.observe import GpuObserver, Rules, merge
from opsconsole.gpu.pods import PodView, PodWatch
from opsconsole.records import GpuProcess, Pod, ProcessState
from tests.gpu.worlds import OUTSIDE, PATTERN, UID, facts, pod
from tests.support.clock import ManualClock


class FixedProbe:
    """Says what the test says; ``error`` is raised instead if set."""

    source = ""

    def __init__(self, found: Snapshot | None = None) -> None:
        self.found = found or Snapshot()
        self.error: Exception | None = None
        self.closed = False

    def snapshot(self) -> Snapshot:
        if self.error:
            raise self.error
        return self.found

    def close(self) -> None:
        self.closed = True


class FixedReader:
    def __init__(self, *known: Facts) -> None:
        self.known = {one.pid: one for one in known}

    def read(self, pid: int) -> Facts:
        return self.known.get(pid, Facts(pid, ProcessState.GONE))


def observer(
    probe: FixedProbe,
    reader: FixedReader,
    pods: Sequence[Pod] = (),
    clock: ManualClock | None = None,
    holders: Holders | None = None,
) -> GpuObserver:
    known = {one.uid: one for one in pods}
    watch = PodWatch(
        lambda uids: PodView({uid: known[uid] for uid in uids & known.keys()}, complete=True, why=""),
        clock or ManualClock(),
    )
    return GpuObserver(
        probe, reader, watch, Rules((PATTERN,), PROTECTED, frozenset(), 60.0), host="gpu-node-1", holders=holders
    )


def held(pid: int, device: str = "GPU-0", kind: str = "compute", memory: int | None = 100) -> ProcessReading:
    return ProcessReading(pid=pid, device=device, kind=kind, memory=memory)


def test_a_device_that_is_not_wholly_read_is_said_since_its_processes_may_be_unknown() -> None:
    whole, lost = DeviceReading(index=0), DeviceReading(index=1, code=15, call="nvmlDeviceGetUUID")
    also = DeviceReading(index=2, mig_parent="GPU-2", code=999)
    assert observer(FixedProbe(Snapshot(devices=(whole,))), FixedReader()).look().note == ""
    note = observer(FixedProbe(Snapshot(devices=(whole, lost, also))), FixedReader()).look().note
    assert note.startswith("GPU 1 and 1 more not wholly read: ")
    assert "lost" in note
    assert observer(FixedProbe(Snapshot(devices=(also,))), FixedReader()).look().note.startswith("GPU 2 (MIG) not")


def test_a_process_is_sorted_below_the_device_that_it_is_on() -> None:
    cards = (DeviceReading(index=2, uuid="GPU-a"), DeviceReading(index=10, uuid="GPU-b"))
    part = DeviceReading(index=2, uuid="MIG-c", mig_parent="GPU-a")
    found = Snapshot(devices=(*cards, part), processes=(held(7, "GPU-b"), held(8, "MIG-c"), held(9, "GPU-gone")))
    look = observer(FixedProbe(found), FixedReader()).look()
    assert [one.place for one in look.devices] == ["000002", "000010", "000002/MIG-c"]
    assert [one.place for one in look.processes] == ["000010", "000002/MIG-c", ""]


def test_a_device_is_told_in_words() -> None:
    card = DeviceReading(index=3, uuid="GPU-3", name="A100", memory_used=5, throttle=0x61, code=15, call="nvmlX")
    [one] = (
        observer(FixedProbe(Snapshot(driver="550.54.15", cuda=12040, devices=(card,))), FixedReader()).look().devices
    )
    assert (one.key, one.index, one.host, one.driver, one.cuda) == ("GPU-3", 3, "gpu-node-1", "550.54.15", "12.4")
    assert one.throttle == ("thermal (software)", "thermal (hardware)")
    assert "lost" in one.error
    assert "nvmlX" in one.error
    assert (one.memory_total, one.utilization, one.temperature, one.power_watts) == (None,) * 4


def test_a_device_that_never_told_its_uuid_has_a_key() -> None:
    found = Snapshot(devices=(DeviceReading(index=0, code=15), DeviceReading(index=1, code=15)))
    assert [one.key for one in observer(FixedProbe(found), FixedReader()).look().devices] == ["gpu-0", "gpu-1"]


def test_a_process_is_joined_with_its_pod() -> None:
    probe = FixedProbe(Snapshot(processes=(held(4711),)))
    [one] = observer(probe, FixedReader(facts()), [pod(UID, name="train-0")]).look().processes
    assert (one.key, one.pod, one.pod_uid, one.container) == ("GPU-0/4711", "ml/train-0", UID, "c0")
    assert (one.candidate, one.why) == (False, "pod ml/train-0 is alive")
    assert (one.start_ticks, one.cgroup, one.memory) == (5000, f"/kubepods/burstable/pod{UID}/c0", 100)


def test_a_leftover_becomes_a_candidate_with_time_and_at_once_if_it_was_the_killed_optimizers() -> None:
    clock, probe = ManualClock(), FixedProbe(Snapshot(processes=(held(4711),)))
    watcher = observer(probe, FixedReader(facts()), clock=clock)

    def only() -> GpuProcess:
        return watcher.look().processes[0]

    assert not only().candidate
    clock.at += 61
    assert only().candidate
    fresh = observer(probe, FixedReader(facts()), clock=clock)
    fresh.pods.add_killed([UID])
    assert fresh.look().processes[0].candidate


def test_one_process_on_two_devices_is_two_rows_with_one_verdict() -> None:
    probe = FixedProbe(Snapshot(processes=(held(4711), held(4711, "GPU-1"))))
    one, two = observer(probe, FixedReader(facts(place=OUTSIDE))).look().processes
    assert (one.key, two.key) == ("GPU-0/4711", "GPU-1/4711")
    assert one.why == two.why


def test_one_process_in_two_lists_is_one_row() -> None:
    merged = merge(
        [held(7, memory=100), held(7, kind="graphics", memory=300), held(7, kind="mps", memory=None), held(8)]
    )
    assert [(one.pid, one.kind, one.memory) for one in merged] == [
        (7, "compute+graphics+mps", 300),
        (8, "compute", 100),
    ]
    assert merge([held(7, memory=None), held(7, kind="graphics", memory=None)])[0].memory is None


def test_ending_an_mps_client_is_warned_of() -> None:
    probe = FixedProbe(Snapshot(processes=(held(4711, kind="mps"), held(4711, "GPU-1"))))
    watcher = observer(probe, FixedReader(facts()))
    watcher.pods.add_killed([UID])
    client, plain = watcher.look().processes
    assert client.candidate
    assert "other clients of its MPS server" in client.why
    assert "MPS" not in plain.why


def test_a_pid_that_is_not_there_is_told_and_no_candidate() -> None:
    [one] = observer(FixedProbe(Snapshot(processes=(held(99),))), FixedReader()).look().processes
    assert (one.state, one.candidate, one.name, one.start_ticks) == (ProcessState.GONE, False, "", None)


class Busy(FixedReader):
    """A process that is in state D for the first ``reads`` times that one looks."""

    def __init__(self, reads: int) -> None:
        super().__init__(facts())
        self.reads = reads

    def read(self, pid: int) -> Facts:
        self.reads -= 1
        state = ProcessState.UNINTERRUPTIBLE if self.reads >= 0 else ProcessState.RUNNING
        return super().read(pid)._replace(state=state)


@pytest.mark.parametrize(("reads", "state"), [(2, ProcessState.RUNNING), (99, ProcessState.UNINTERRUPTIBLE)])
def test_a_moment_in_state_d_is_not_being_stuck_there(reads: int, state: ProcessState) -> None:
    probe = FixedProbe(Snapshot(processes=(held(4711),)))
    [one] = observer(probe, Busy(reads)).look().processes
    assert one.state is state


def test_a_simulation_is_labelled() -> None:
    probe = FixedProbe(Snapshot(devices=(DeviceReading(index=0, uuid="GPU-0"),)))
    probe.source = "simulated"
    found = observer(probe, FixedReader()).look()
    assert found.source == "simulated"
    assert found.devices[0].host == "gpu-node-1 (simulated)"


def test_hostile_text_of_a_driver_is_clean() -> None:
    bad = "\x1b[2J\u202e"
    card = DeviceReading(index=0, uuid=bad, name=bad, mig_parent=bad, call=bad, code=999)
    found = observer(FixedProbe(Snapshot(driver=bad, devices=(card,), processes=(held(1, bad, bad),))), FixedReader())
    look = found.look()
    text = repr(look)
    assert "\\x1b" not in text
    assert "\\u202e" not in text
    assert "\x1b" not in text


def test_judging_again_asks_the_pods_again() -> None:
    clock, living = ManualClock(), [pod(UID)]
    watcher = observer(FixedProbe(), FixedReader(), living, clock)
    assert not watcher.judge(facts()).candidate
    assert "alive" in watcher.judge(facts()).why


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (None, None),
        (0, ()),
        (1, ()),
        (0x4, ("power cap",)),
        (0x8001, ("reason 0x8000",)),
        (0x44, ("power cap", "thermal (hardware)")),
    ],
)
def test_throttling_in_words(mask: int | None, words: tuple[str, ...] | None) -> None:
    assert throttle_in_words(mask) == words


def test_numbers_in_words() -> None:
    assert [cuda_in_words(number) for number in (12040, 11080, 13000, None)] == ["12.4", "11.8", "13.0", ""]
    assert [mebibytes(size) for size in (None, 0, 15_032_385_536)] == ["? MiB", "0 MiB", "14,336 MiB"]
    assert "77" in error_in_words(77)
