"""What a node sends can spoil its own picture alone: the others are seen, and the switch plans over them."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.gpu.fleet.facts import MOST_PROBLEMS, problems
from opsconsole.gpu.fleet.feed import FleetFeed
from opsconsole.gpu.fleet.nodes import named
from opsconsole.gpu.fleet.report import MachineFacts, NodeReport
from opsconsole.gpu.nvml.snapshot import Answer
from opsconsole.gpu.nvml.words import throttle_in_words
from opsconsole.gpu.observe import GpuReading
from opsconsole.records import GpuDevice, ProcessState
from opsconsole.settings import GpuSettings, Settings
from tests.gpu.fleet.answering import DEVICE, SNAPSHOT, AnsweringDoor, report, stat, with_process
from tests.gpu.fleet.scene import Pods
from tests.support.clock import ManualClock

HUGE = 10**400


def look(**answers: Any) -> GpuReading:
    """One look at these nodes and at an honest one."""
    door = AnsweringDoor(answers | {"good": report()})
    settings = Settings(gpu=GpuSettings(nodes="ssh"))
    feed = FleetFeed(settings, ManualClock(), door, named(tuple(door.answers)), Pods(), host_pids=True)
    try:
        return feed.look()
    finally:
        feed.stop()


def test_a_defect_over_one_nodes_answer_is_that_nodes_alone() -> None:
    found = look(bad=ArithmeticError("no such number"))
    assert {one.node for one in found.devices} == {"good"}
    ((node, why),) = found.unseen
    assert node == "bad"
    assert "ArithmeticError: no such number" in why


@pytest.mark.parametrize(
    "numbers", [{"ticks": str(HUGE)}, {"ticks": str(2**63)}, {"ticks": "-1"}, {"parent": str(2**31)}]
)
def test_a_start_time_or_parent_that_no_kernel_tells_makes_nobody_a_candidate(numbers: dict[str, str]) -> None:
    found = look(bad=with_process(stat=stat(**numbers)))
    assert {one.node for one in found.devices} == {"bad", "good"}
    (process,) = found.processes
    assert (process.state, process.start_ticks, process.candidate) == (ProcessState.GONE, None, False)


def of_devices(*devices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return report(nvml={"snapshot": SNAPSHOT | {"devices": devices} | more})


def of_numbers() -> dict[str, dict[str, Any]]:
    """A report for each number in it, which is one that no screen can draw."""
    numbers = ("index", "memory_total", "memory_used", "utilization", "temperature", "minor", "ecc_errors", "code")
    found = {name: of_devices(DEVICE | {name: HUGE}) for name in numbers}
    found |= {f"{name} below zero": of_devices(DEVICE | {name: -2}) for name in numbers}
    listed = {"pid": 4711, "device": "GPU-0"}
    found["pid"] = of_devices(DEVICE, processes=[listed | {"pid": HUGE}])
    found["memory"] = of_devices(DEVICE, processes=[listed | {"memory": HUGE}])
    found["power_watts"] = of_devices(DEVICE | {"power_watts": 1e300})
    found["cuda"] = of_devices(DEVICE, cuda=HUGE)
    found["nvml"] = report(nvml={"code": HUGE})
    found["boot_time"] = report(boot_time=1e300)
    found["uid"] = report(uid=HUGE)
    found["links"] = with_process(links={"exe": ["/bin/x", HUGE, HUGE]})
    found["holders"] = report(holders=[[4711, HUGE, [0]]])
    found["minors"] = report(holders=[[4711, 1, [HUGE]]])
    return found


@pytest.mark.parametrize("answer", of_numbers().values(), ids=of_numbers())
def test_a_number_that_no_screen_can_draw_is_no_report(answer: dict[str, Any]) -> None:
    found = look(bad=answer)
    ((node, why),) = found.unseen
    assert (node, "not a report: " in why) == ("bad", True)
    assert {one.node for one in found.devices} == {"good"}


def test_a_mask_of_reasons_longer_than_nvmls_is_drawn_in_a_line() -> None:
    (device,) = (one for one in look(bad=of_devices(DEVICE | {"throttle": 2**64 - 1})).devices if one.node == "bad")
    assert device.throttle is not None
    assert max(map(len, device.throttle)) < 40
    assert throttle_in_words(HUGE + 4) == throttle_in_words((HUGE + 4) % 2**64)


@pytest.mark.parametrize(
    "answer",
    [
        of_devices(*[DEVICE] * (64 * 33 + 1)),
        of_devices(DEVICE, processes=[{"pid": 1, "device": "GPU-0"}] * 8193),
        of_devices(DEVICE | {"pending": ["ECC mode"] * 33}),
        report(facts={"kernel_log": ["NVRM: Xid (PCI:0000:65:00): 79"] * 65}),
    ],
    ids=["devices", "processes", "pending", "kernel_log"],
)
def test_longer_lists_than_any_node_has_are_no_report(answer: dict[str, Any]) -> None:
    assert [node for node, _ in look(bad=answer).unseen] == ["bad"]


def test_a_node_with_problems_without_end_keeps_the_worst() -> None:
    sick = NodeReport(version=1, nvml=Answer(), facts=MachineFacts(module="1", library="2", reboot=True))
    found = problems(sick, [GpuDevice(f"GPU-{n}", n, ecc_errors=1) for n in range(500)])
    assert len(found) == MOST_PROBLEMS
    assert found[0].startswith("kernel module 1, library 2")
