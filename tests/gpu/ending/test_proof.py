"""Whether the memory is free: DOMAIN wants NVML's word on it, as a difference in MiB, else a failure."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.gpu.observe import GpuReading
from opsconsole.gpu.proof import freed
from opsconsole.records import GpuDevice, GpuProcess, ProcessState

MIB = 1 << 20


def device(used: int | None, *, uuid: str = "GPU-0", index: int = 0, error: str = "", parent: str = "") -> GpuDevice:
    memory = None if used is None else used * MIB
    return GpuDevice(uuid, index, memory_total=40_960 * MIB, memory_used=memory, error=error, mig_parent=parent)


def holder(pid: int, memory: int | None, uuid: str = "GPU-0") -> GpuProcess:
    return GpuProcess(f"{uuid}/{pid}", pid, uuid, memory=None if memory is None else memory * MIB, name="trainer")


def look(used: int | None, *processes: GpuProcess, error: str = "") -> GpuReading:
    return GpuReading((device(used, error=error),), processes)


TARGET = holder(7, 14_336)


@pytest.mark.parametrize(
    ("before", "after", "holds", "delta", "words"),
    [
        (look(14_848, TARGET), look(512), True, 14_336, "14,336 MiB free again of 14,336 MiB held"),
        (look(14_848, TARGET), look(14_848), False, 0, "only 0 MiB free again"),
        (look(14_848, TARGET), look(8_000), False, 6_848, "drain the node and reset the GPU"),
        (look(14_848, TARGET), look(512, TARGET), False, 14_336, "still lists 7"),
        (look(None, TARGET), look(512), None, None, "does not say how much memory is in use"),
        (look(14_848, TARGET), look(None), None, None, "does not say how much memory is in use"),
        (look(14_848, TARGET), look(None, error="the GPU is lost"), None, None, "the GPU is lost"),
        (look(14_848, TARGET), look(512, error="fan"), True, 14_336, "14,336 MiB free again"),
        (look(14_848, TARGET), GpuReading((), ()), None, None, "does not show the device"),
    ],
    ids=["freed", "leaked", "half", "still listed", "before?", "after?", "lost", "other error", "no device"],
)
def test_memory_is_free_only_when_nvml_says_so(
    before: GpuReading, after: GpuReading, *, holds: bool | None, delta: int | None, words: str
) -> None:
    [one] = freed(before, after, [TARGET])
    assert one.holds is holds
    assert one.delta == (None if delta is None else delta * MIB)
    assert words in one.detail
    assert (one.proof().holds, one.proof().detail) == (holds, one.detail)


DEAD = msgspec.structs.replace(holder(5, 4_614), state=ProcessState.ZOMBIE)
CHILD = holder(6, None)


@pytest.mark.parametrize(
    ("ended", "after", "holds", "words"),
    [
        ([CHILD], look(10), True, "4,614 MiB free again of 4,614 MiB held"),
        ([CHILD], look(4_624, DEAD), False, "NVML still counts 4,614 MiB of 5, which has ended"),
        ([CHILD, TARGET], look(10), True, "18,950 MiB free again of 18,950 MiB held"),
        ([CHILD, TARGET], look(4_624, DEAD), False, "NVML still counts 4,614 MiB of 5"),
        ([CHILD, TARGET], look(14_346), False, "only 4,614 MiB free again of 18,950 MiB held"),
        ([CHILD, TARGET], look(7_178, holder(8, 7_168)), False, "7,168 MiB taken over since by 8 (trainer): not free"),
        ([TARGET], look(4_624, DEAD), True, "14,336 MiB free again of 14,336 MiB held"),
    ],
    ids=[
        "child",
        "child, in vain",
        "both",
        "both, in vain",
        "only the child's",
        "shared, and taken over",
        "the other alone",
    ],
)
def test_what_a_dead_process_held_is_given_back_by_who_had_inherited_it(
    ended: list[GpuProcess], after: GpuReading, *, holds: bool, words: str
) -> None:
    """The child of a fork holds its dead parent's memory, which NVML goes on counting for the parent."""
    held = 4_614 + (14_336 if TARGET in ended else 0) + 10
    before = look(held, DEAD, *ended)
    [one] = freed(before, after, ended)
    assert one.holds is holds
    assert words in one.detail


def test_a_dead_parents_memory_that_a_third_process_gives_back_is_not_what_was_ended() -> None:
    """The child of a fork ends by itself meanwhile; the target's own memory stays stuck."""
    dead = msgspec.structs.replace(holder(5, 14_336), state=ProcessState.ZOMBIE)
    [one] = freed(look(28_682, dead, TARGET), look(14_346), [TARGET])
    assert (one.holds, one.delta) == (False, 0)


def test_a_process_that_dies_meanwhile_and_leaves_its_memory_to_a_child_is_set_off() -> None:
    """Its memory is in use as before, under its own PID; what the target held is free."""
    left = msgspec.structs.replace(holder(8, 9_000), state=ProcessState.GONE)
    [one] = freed(look(23_346, TARGET, holder(8, 9_000)), look(9_010, left), [TARGET])
    assert (one.holds, one.delta) == (True, 14_336 * MIB)


def test_what_a_process_of_unknown_size_gives_back_meanwhile_does_not_pass_for_the_targets_memory() -> None:
    unknown = holder(8, None)
    [one] = freed(look(28_682, TARGET, unknown), look(14_346), [TARGET])
    assert one.holds is None
    assert "8 (trainer) let go of the GPU too" in one.detail
    [one] = freed(look(28_682, TARGET, unknown), look(10), [TARGET])  # nothing is left that could be the target's
    assert one.holds is True


def test_a_part_given_back_of_an_unknown_amount_is_no_proof_while_nobody_holds_what_is_left() -> None:
    ended = [holder(7, None), holder(8, None)]
    [one] = freed(look(30_000, *ended), look(20_000), ended)
    assert one.holds is None
    assert "no process is known to hold 20,000 MiB that are in use" in one.detail
    [one] = freed(look(30_000, *ended), look(20_000, holder(9, 20_000)), ended)
    assert one.holds is False  # taken over
    [one] = freed(look(30_000, *ended, holder(9, 19_900)), look(20_000, holder(9, 19_900)), ended)
    assert one.holds is True


def test_what_processes_on_its_mig_devices_give_back_is_not_what_the_card_gave() -> None:
    """A process that NVML does not list has the card open; one on a MIG device of it ends meanwhile."""
    opener, inside = holder(7, None), holder(8, 9_000, "MIG-1")
    before = GpuReading((device(20_000), device(9_100, uuid="MIG-1", index=1, parent="GPU-0")), (opener, inside))
    after = GpuReading((device(11_000), device(100, uuid="MIG-1", index=1, parent="GPU-0")), ())
    [one] = freed(before, after, [opener])
    assert (one.holds, one.delta) == (None, 0)


@pytest.mark.parametrize("held", [100, None], ids=["it was there before", "it is new"])
def test_memory_that_another_process_has_taken_over_is_not_free(held: int | None) -> None:
    before = look(15_000, TARGET, *([holder(8, held)] if held else []))
    after = look(15_000 - 14_336 + 10_000, holder(8, 10_000 + (held or 0)))
    [one] = freed(before, after, [TARGET])
    assert one.holds is False
    assert one.delta == 14_336 * MIB
    assert one.detail == "14,336 MiB given back, and 10,000 MiB taken over since by 8 (trainer): not free"


def test_a_process_that_has_the_pid_of_one_before_has_taken_over_all_that_it_holds() -> None:
    """A PID is used again; the start time tells."""
    old, new = (msgspec.structs.replace(holder(8, 9_000), start_ticks=ticks) for ticks in (1, 2))
    [one] = freed(look(24_000, TARGET, old), look(9_664, new), [TARGET])
    assert one.holds is False
    assert "9,000 MiB taken over since by 8" in one.detail


def test_a_little_that_another_process_takes_in_between_is_set_off() -> None:
    [one] = freed(look(15_000, TARGET, holder(8, 100)), look(1_664, holder(8, 1_100)), [TARGET])
    assert (one.holds, one.delta) == (True, 14_336 * MIB)


def test_what_another_process_gives_in_between_is_not_counted_as_freed() -> None:
    before = look(25_000, TARGET, holder(8, 10_000))
    after = look(15_000)
    [one] = freed(before, after, [TARGET])
    assert one.delta == 0
    assert one.holds is False


def test_a_node_that_was_not_reached_again_has_no_device_that_is_gone() -> None:
    ended = msgspec.structs.replace(TARGET, node="gpu-1", device="gpu-1/GPU-0")
    there = GpuReading((msgspec.structs.replace(device(14_848), node="gpu-1"),), (ended,))
    [one] = freed(there, GpuReading((), (), unseen=(("gpu-1", "ssh gpu-1: no answer in 15 s"),)), [ended])
    assert (one.holds, one.delta) == (None, None)
    assert (one.title, one.detail) == (
        "GPU 0 of gpu-1",
        "the node was not seen again: ssh gpu-1: no answer in 15 s",
    )


def test_an_unknown_amount_is_free_when_something_is() -> None:
    unknown = holder(7, None)
    assert freed(look(900, unknown), look(500), [unknown])[0].holds is True
    [one] = freed(look(900, unknown), look(900), [unknown])
    assert (one.expected, one.holds) == (None, None)
    assert "did not say how much was held" in one.detail


def test_each_device_is_proved_by_itself() -> None:
    first, second = holder(7, 100), holder(7, 200, "MIG-1")
    before = GpuReading((device(600), device(300, uuid="MIG-1", index=1, parent="GPU-1")), (first, second))
    after = GpuReading((device(500), device(300, uuid="MIG-1", index=1, parent="GPU-1")), ())
    one, two = freed(before, after, [first, second])
    assert (one.holds, one.title) == (True, "GPU 0")
    assert (two.holds, two.title) == (False, "GPU 1 (MIG)")


def test_two_processes_on_one_device_are_one_proof() -> None:
    pair = [holder(7, 100), holder(8, 200)]
    [one] = freed(look(800, *pair), look(500), pair)
    assert (one.expected, one.delta, one.holds) == (300 * MIB, 300 * MIB, True)


sizes = st.integers(0, 1000)


@given(
    ended=st.lists(sizes, min_size=1, max_size=4),
    others=st.lists(st.tuples(sizes, sizes), max_size=4),
    base=sizes,
    leaked=sizes,
)
def test_the_delta_is_what_the_ended_processes_gave_back(
    ended: list[int], others: list[tuple[int, int]], base: int, leaked: int
) -> None:
    """Whatever the others do meanwhile: they take and give, and the delta stays what the ended ones gave."""
    gone = [holder(number, size) for number, size in enumerate(ended)]
    then = [holder(100 + number, size) for number, (size, _) in enumerate(others)]
    now = [holder(100 + number, size) for number, (_, size) in enumerate(others)]
    leaked = min(leaked, sum(ended))
    before = look(base + sum(ended) + sum(size for size, _ in others), *gone, *then)
    after = look(base + leaked + sum(size for _, size in others), *now)
    [one] = freed(before, after, gone)
    assert one.delta == (sum(ended) - leaked) * MIB
    taken = sum(max(0, size - size_before) for size_before, size in others)
    assert one.holds is (
        one.delta >= 0.9 * sum(ended) * MIB and (not taken or sum(ended) - leaked - taken >= 0.9 * sum(ended))
    )


LIVE = [holder(744, 8_710), holder(750, 5_638), holder(781, 1_542), holder(785, 2_566), holder(789, 1_542)]
"""Processes that were left alone on a real H200 (driver 580.159), as nvidia-smi listed them."""


def test_what_an_h200_said_of_a_forked_child_and_a_deaf_process() -> None:
    dead = msgspec.structs.replace(holder(1_054, 9_734), state=ProcessState.ZOMBIE)
    ended = [holder(1_058, 12_806), holder(1_057, None)]
    [one] = freed(look(42_583, *LIVE, dead, *ended), look(20_032, *LIVE), ended)
    assert (one.holds, one.detail) == (True, "22,551 MiB free again of 22,540 MiB held")


def test_what_an_h200_said_of_memory_that_a_live_process_shared_with_an_ended_one() -> None:
    """CUDA IPC: the importer had 518 MiB, and 7,686 once the exporter was gone."""
    dead = msgspec.structs.replace(holder(763, 4_614), state=ProcessState.ZOMBIE)
    ended = [
        *(holder(pid, size) for pid, size in ((753, 10_758), (756, 6_662), (759, 3_590), (767, 2_054), (774, 7_686))),
        holder(766, None),
    ]
    before, after = look(55_953, *LIVE, dead, holder(777, 518), *ended), look(27_723, *LIVE, holder(777, 7_686))
    [one] = freed(before, after, ended)
    assert one.holds is False
    assert "7,168 MiB taken over since by 777" in one.detail
