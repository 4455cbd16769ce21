"""Worlds for tests: no sockets and no processes unless a test asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rehearsal import processes, scenario
from rehearsal.rehearsal import Rehearsal
from rehearsal.scenario import Scenario
from tests.rehearsal.builders import Stage


@pytest.fixture
def stage() -> Stage:
    """An empty cluster with two nodes; steps by hand."""
    return Stage()


@pytest.fixture(scope="session")
def aura() -> Scenario:
    return scenario.load("aura")


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Rehearsal]]:
    """Makes rehearsals and ends them behind the test. Not started: ``play_past``, ``go_live``, ``start`` do that.

    The world waits for each of the optimizer's cycles: one that is late on a busy machine is another story.
    """
    monkeypatch.setattr(processes, "CYCLE_SECONDS", 60.0)
    made: list[Rehearsal] = []

    def make(*args: Any, **options: Any) -> Rehearsal:
        made.append(Rehearsal(*args, **options))
        return made[-1]

    yield make
    for each in made:
        each.stop()
