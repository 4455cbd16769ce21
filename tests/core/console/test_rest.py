"""How long whoever pumps may rest: until somebody is due by the clock alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from opsconsole.console import Console
from opsconsole.records import Finding
from opsconsole.settings import Settings
from opsconsole.store import Delta, Store
from tests.support.clock import ManualClock


class Due:
    """A judge and an observer of which only the time counts."""

    def __init__(self, at: float | None) -> None:
        self._at = at

    def judge(self, _store: Store, _delta: Delta) -> tuple[Sequence[Finding], Sequence[str]]:
        return [], []

    def observe(self, store: Store, delta: Delta) -> None:
        """Nothing is to be seen."""

    def next_due(self) -> float | None:
        return self._at


@pytest.mark.parametrize(
    ("judges", "observers", "seconds"),
    [
        ([], [], 0.5),
        ([None], [None], 0.5),
        ([0.25], [], 0.25),
        ([None, 0.4, 0.125], [0.25], 0.125),
        ([0.4], [0.25], 0.25),
        ([30.0], [], 0.5),
        ([0.0], [], 0.5),  # the pump that is over has looked at it
        ([-5.0, 0.25], [-1e9], 0.25),
        ([-5.0], [-1e9], 0.5),
    ],
)
def test_it_rests_until_the_first_one_is_due(
    judges: list[float | None], observers: list[float | None], seconds: float
) -> None:
    clock = ManualClock()
    now = clock.now()
    at = [[None if each is None else now + each for each in row] for row in (judges, observers)]
    console = Console(Settings(), [], clock, judges=[Due(each) for each in at[0]])
    for each in at[1]:
        console.add_observer(Due(each))
    assert console.rest(0.5) == pytest.approx(seconds, abs=1e-6)


def test_what_becomes_due_behind_a_pump_is_not_waited_for() -> None:
    clock = ManualClock()
    due, past = Due(clock.now() + 0.25), Due(clock.now() - 1.0)
    console = Console(Settings(), [], clock, judges=[due, past])
    console.pump()
    clock.passes(0.375)
    assert console.rest(0.5) == 0.0
    console.pump()
    assert console.rest(0.5) == 0.5
