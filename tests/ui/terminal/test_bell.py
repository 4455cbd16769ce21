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


def test_what_is_new_within_the_pause_rings_behind_it() -> None:
    clock = ManualClock()
    bell = Bell(clock.monotonic)
    rung = [bell.rings({"a"})]
    for _ in range(4):
        clock.passes(PAUSE / 2)
        rung.append(bell.rings({"a", "b"}))
    assert rung == [True, False, True, False, False]


def test_a_storm_of_findings_rings_no_storm() -> None:
    clock = ManualClock()
    bell = Bell(clock.monotonic)
    rung = 0
    for number in range(1_000):
        clock.passes(0.08)
        rung += bell.rings({f"finding {number}"})
    assert rung == 80 / PAUSE
