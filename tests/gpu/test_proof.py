"""Whether the memory is free: DOMAIN wants NVML's word on it, as a difference in MiB, else a failure."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.gpu.observe import GpuReading
from opsconsole.gpu.proof import freed
from opsconsole.records import GpuDevice, GpuProcess

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
