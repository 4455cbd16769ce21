"""What a node sends can spoil its own picture alone: the others are seen, and the switch plans over them."""

from __future__ import annotations

from typing import Any

import pytest

from opsconsole.gpu.fleet.feed import FleetFeed
from opsconsole.gpu.fleet.nodes import named
from opsconsole.gpu.observe import GpuReading
from opsconsole.records import ProcessState
from opsconsole.settings import GpuSettings, Settings
from tests.gpu.fleet.answering import AnsweringDoor, report, stat, with_process
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
