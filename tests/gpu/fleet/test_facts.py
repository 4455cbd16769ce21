"""What is wrong with a node, and who of the fleet differs. Pure, but for what the test NVML says of its devices."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opsconsole.gpu.fleet.facts import FleetFacts, Xid, problems, xids
from opsconsole.gpu.fleet.node_record import after_failure
from opsconsole.gpu.fleet.report import MachineFacts, NodeReport, ask_report, decode_report
from opsconsole.gpu.fleet.sent import snapshot_in
from opsconsole.gpu.nvml.snapshot import Answer
from opsconsole.records import GpuDevice, GpuNode, State
from tests.gpu.fleet.test_on_node import look, run
from tests.nvml.world import NvmlWorld

FELL = "4,101,2000,-;NVRM: Xid (PCI:0000:65:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."


def report(code: int = 0, **facts: Any) -> NodeReport:
    return NodeReport(version=1, nvml=Answer(code=code), facts=MachineFacts(**facts))


def device(index: int = 0, **more: Any) -> GpuDevice:
    return GpuDevice(f"GPU-{index}", index, **more)


def node(name: str, driver: str = "550.54.15", cuda: str = "12.4", **more: Any) -> GpuNode:
    return GpuNode(name, State.LIVE, 0.0, driver=driver, cuda=cuda, **more)


def titles(facts: FleetFacts, *nodes: GpuNode, now: float = 10.0) -> list[str]:
    return [one.title for one in facts.findings(nodes, now).values()]


# --- one node ------------------------------------------------------------------------------------------------------


def test_a_well_node_has_no_problem() -> None:
    well = report(module="550.54.15", library="550.54.15", kernel_log=[])
    assert problems(well, [device(ecc_errors=0)]) == ()


@pytest.mark.parametrize("library", ["570.10.01", "12.570.10.01"])
def test_a_module_that_does_not_match_the_library_is_told(library: str) -> None:
    (words,) = problems(report(module="550.54.15", library=library), [])
    assert words.startswith(f"kernel module 550.54.15, library {library}")


def test_nvmls_own_way_to_name_the_library_is_no_mismatch() -> None:
    assert problems(report(module="550.54.15", library="12.550.54.15"), []) == ()


def test_a_mismatch_is_told_by_nvmls_error_too() -> None:
    (words,) = problems(report(18), [])
    assert "do not match" in words


def test_an_xid_is_told_with_its_gpu_however_the_address_is_written() -> None:
    at = [device(0, pci="00000000:17:00.0"), device(3, pci="00000000:65:00.0")]
    assert problems(report(kernel_log=[FELL, FELL]), at) == ("Xid 79 on GPU 3, 2 times: the GPU fell off the bus",)


def test_an_xid_of_a_gpu_that_is_not_there_any_more_is_told_by_its_address() -> None:
    assert problems(report(kernel_log=[FELL]), []) == ("Xid 79 on PCI 0000:65:00: the GPU fell off the bus",)


def test_an_xid_that_nobody_knows_is_told_by_its_number() -> None:
    (words,) = problems(report(kernel_log=[FELL.replace("): 79", "): 999")]), [])
    assert "Xid 999" in words


@pytest.mark.parametrize("number", [13, 31, 43, 45])
def test_a_programs_own_defect_is_no_fault_of_the_node(number: int) -> None:
    assert problems(report(kernel_log=[FELL.replace("): 79", f"): {number}")]), []) == ()


@pytest.mark.parametrize(
    "line", ["", "NVRM: Xid (PCI:): 79", "NVRM: Xid (PCI:0000:65:00): x", "NVRM: Xid (PCI:\x1b[2J): 1", "Xid " * 999]
)
def test_a_line_that_is_no_xid_is_none(line: str) -> None:
    assert xids([line]) == []


def test_xids_come_in_their_order() -> None:
    assert xids([FELL, FELL.replace("65", "17")]) == [Xid("0000:65:00", 79), Xid("0000:17:00", 79)]


def test_ecc_errors_what_waits_for_a_reset_and_a_reboot_are_told() -> None:
    found = problems(report(reboot=True), [device(1, ecc_errors=3, pending=("row remapping", "MIG mode"))])
    assert found == (
        "GPU 1: 3 uncorrectable ECC errors",
        "GPU 1: row remapping, MIG mode waits for a reset",
        "a reboot is pending",
    )


def test_what_nvml_says_of_ecc_and_pending_changes_comes_through(nvml: NvmlWorld) -> None:
    nvml.write("library 12.550.54.15")
    nvml.device(0, pci="00000000:65:00.0", ecc=3, eccmode=1, eccpending=0, mig=0, migpending=1, retiring=1)
    nvml.device(1, remapping=1, remapfailed=1, ecc=0)
    nvml.device(2, ecc="!999")
    found = look()
    first, second, third = snapshot_in(found).devices
    assert (first.pci, first.ecc_errors) == ("00000000:65:00.0", 3)
    assert first.pending == ("ECC mode", "MIG mode", "page retirement")
    assert (second.ecc_errors, second.pending) == (0, ("row remapping", "row remapping FAILED"))
    assert (third.ecc_errors, third.code, third.call) == (None, 999, "nvmlDeviceGetTotalEccErrors")
    assert found.facts.library == "12.550.54.15"


def test_a_node_whose_nvml_fails_still_tells_of_its_driver(nvml: NvmlWorld) -> None:
    nvml.write("init 18")
    question = ask_report(30, 5, holders=False)
    found = decode_report(question, run(question))
    after = after_failure(GpuNode("gpu-1", State.STARTING, 0.0), State.DOWN, "no", 5.0, found)
    assert after.state is State.DOWN
    assert after.kernel
    assert any("do not match" in words for words in after.problems)


# --- the fleet -----------------------------------------------------------------------------------------------------


def test_one_that_differs_from_most_is_told_by_name() -> None:
    found = titles(FleetFacts(), node("a"), node("b"), node("c", "570.10.01", "12.8"))
    assert found == ["GPU driver of node c is 570.10.01 (CUDA 12.8); 550.54.15 on 2"]


def test_without_a_majority_nobody_is_blamed() -> None:
    found = titles(FleetFacts(), node("a"), node("b", "570.10.01"))
    assert found == ["GPU drivers differ over 2 nodes: 550.54.15 on 1, 570.10.01 on 1"]


def test_a_node_that_was_never_seen_differs_from_nobody() -> None:
    assert titles(FleetFacts(), node("a"), node("b", "")) == []


def test_a_driver_that_changed_stays_told_even_when_all_have_the_new_one() -> None:
    facts = FleetFacts()
    assert titles(facts, node("a")) == []
    changed = "GPU driver of node a changed: 550.54.15 → 570.10.01"
    assert titles(facts, node("a", "570.10.01")) == [changed]
    assert titles(facts, node("a", "570.10.01"), now=99.0) == [changed]


def test_a_node_that_is_not_seen_for_a_while_has_not_changed() -> None:
    facts = FleetFacts()
    titles(facts, node("a"))
    assert titles(facts, node("a", "")) == []
    assert titles(facts, node("a")) == []


def test_a_finding_keeps_the_time_at_which_it_was_first_made() -> None:
    facts, sick = FleetFacts(), node("a", problems=("a reboot is pending",))
    first = facts.findings([sick], 10.0)
    assert facts.findings([sick], 20.0) == first
    assert facts.findings([node("a")], 30.0) == {}
    (again,) = facts.findings([sick], 40.0).values()
    assert again.at == 40.0


def test_failures_keep_what_was_seen_and_say_how_old_it_is() -> None:
    before = msgspec.structs.replace(node("a"), seen=100.0, gpus=8, candidates=2)
    stale = after_failure(before, State.DOWN, "no answer\x1b[2J", 130.0)
    assert (stale.state, stale.seen, stale.since, stale.gpus, stale.candidates) == (State.STALE, 100.0, 130.0, 8, 2)
    assert "\x1b" not in stale.detail
    later = after_failure(stale, State.DOWN, "no answer", 140.0)
    assert later.since == 130.0
    gone = after_failure(stale, State.ABSENT, "no GPU on this node", 150.0)
    assert (gone.seen, gone.gpus, gone.candidates) == (None, 0, 0)


def test_a_driver_that_changed_twice_is_told_with_the_time_of_the_last_change() -> None:
    facts = FleetFacts()
    for driver, now in (("1", 10.0), ("2", 20.0), ("2", 30.0)):
        facts.findings([node("a", driver)], now)
    (before,) = facts.findings([node("a", "2")], 40.0).values()
    (after,) = facts.findings([node("a", "3")], 50.0).values()
    assert (before.title.rpartition(": ")[2], before.at) == ("1 → 2", 20.0)
    assert (after.title.rpartition(": ")[2], after.at) == ("2 → 3", 50.0)


def test_what_changed_on_a_node_that_is_gone_is_forgotten() -> None:
    facts = FleetFacts()
    for driver in ("1", "2"):
        facts.findings([node("a", driver)], 10.0)
    assert facts.findings([], 20.0) == {}
    assert titles(facts, node("a", "3")) == [], "another machine of that name"
    for number in range(100):
        facts.findings([node(f"spot-{number}")], 30.0)
    assert len(facts._drivers) == 1  # what grows with every name that ever was fills the memory


def test_a_driver_that_changed_while_none_was_loaded_is_told() -> None:
    facts, before = FleetFacts(), node("a", "1", gpus=8)
    facts.findings([before], 10.0)
    unloaded = after_failure(before, State.ABSENT, "the NVIDIA driver is not loaded", 20.0)
    assert unloaded.driver == ""
    assert titles(facts, unloaded) == [
        "GPUs of node a: none is seen any more, there were 8: the NVIDIA driver is not loaded"
    ]
    assert titles(facts, node("a", "2", gpus=8)) == ["GPU driver of node a changed: 1 → 2"]


def test_a_node_without_gpus_has_none_of_what_was_known_of_them() -> None:
    before = node("a", gpus=1, candidates=2, memory_used=5, memory_total=9, problems=("Xid 79 on GPU 0",))
    now = after_failure(before, State.ABSENT, "no GPU on this node", 20.0, report(module="570.10.01"))
    assert (now.driver, now.cuda, now.gpus, now.candidates) == ("", "", 0, 0)
    assert (now.memory_used, now.memory_total, now.seen, now.module) == (None, None, None, "570.10.01")
    told = ("none is seen any more, there was 1: no GPU on this node",)
    assert now.problems == told
    again = after_failure(now, State.ABSENT, "no GPU on this node", 30.0, report())
    assert again.problems == told
    never = after_failure(GpuNode("b", State.STARTING, 0.0), State.ABSENT, "no GPU on this node", 20.0)
    assert never.problems == ()


def test_a_problem_that_a_new_report_does_not_tell_any_more_is_over() -> None:
    before = node("a", problems=("a reboot is pending",))
    assert after_failure(before, State.DOWN, "NVML hangs", 20.0, report()).problems == ()
    assert after_failure(before, State.DOWN, "no answer", 20.0).problems == before.problems
