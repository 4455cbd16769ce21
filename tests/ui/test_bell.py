"""The bell rings once for what is new, and never in a storm."""

from __future__ import annotations

from opsconsole.ui.terminal.bell import PAUSE, Bell
from tests.support.clock import ManualClock


def test_it_rings_once_for_a_finding_that_comes_and_goes() -> None:
    clock = ManualClock()
    bell = Bell(clock.monotonic)
    rung = []
    for critical in ({"a"}, set(), {"a"}, {"a", "b"}, {"b"}):
        clock.passes(PAUSE)
        rung.append(bell.rings(critical))
    assert rung == [True, False, False, True, False]


def test_a_storm_of_findings_rings_no_storm() -> None:
    clock = ManualClock()
    bell = Bell(clock.monotonic)
    rung = 0
    for number in range(1_000):
        clock.passes(0.08)
        rung += bell.rings({f"finding {number}"})
    assert rung == 80 / PAUSE
