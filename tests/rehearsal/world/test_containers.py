"""One container in the hands of a kubelet, by tables."""

from __future__ import annotations

import pytest

from rehearsal.behaviour import Behaviour, memory, speed
from rehearsal.world.kubelet.container import ContainerEvent, ContainerLimits, ContainerPhase, SimulatedContainer

MIB = 2**20
JVM = Behaviour(pull=2.0, warm_up=45.0, memory_start=80, memory_ready=640, memory_per_request=1.0)


def history(container: SimulatedContainer, seconds: float, rate: float = 0.0) -> list[tuple[float, ContainerEvent]]:
    """What happens, second by second."""
    return [(float(now), what) for now in range(1, int(seconds) + 1) for what in container.step(float(now), rate)]


def test_a_jvm_is_ready_after_its_warm_up_and_not_before() -> None:
    container = SimulatedContainer(JVM, ContainerLimits(1024 * MIB, None), 0.0)
    assert history(container, 60) == [(2.0, ContainerEvent.STARTED), (47.0, ContainerEvent.READY)]


def test_a_limit_under_the_working_set_kills_and_backs_off() -> None:
    container = SimulatedContainer(JVM, ContainerLimits(64 * MIB, None), 0.0)
    told = history(container, 120)
    kills = [now for now, what in told if what is ContainerEvent.OOM_KILLED]
    starts = [now for now, what in told if what is ContainerEvent.STARTED]
    assert container.last is not None
    assert (container.last.reason, container.last.code) == ("OOMKilled", 137)
    assert starts[1] - kills[0] == 3  # the first restart comes at once
    assert [start - kill for start, kill in zip(starts[2:], kills[1:], strict=False)] == [13, 23, 43]
    assert ContainerEvent.READY not in {what for _, what in told}


def test_the_back_off_stops_at_five_minutes_and_is_forgiven_after_ten() -> None:
    container = SimulatedContainer(JVM, ContainerLimits(64 * MIB, None), 0.0)
    history(container, 3000)
    assert container.backoff == 300.0
    container.limits = ContainerLimits(None, None)
    for now in range(3001, 4400):
        container.step(float(now), 0.0)
    container.limits = ContainerLimits(64 * MIB, None)
    container.step(4401.0, 0.0)
    assert (container.state, container.backoff) == (ContainerPhase.ENDED, 0.0)


def test_load_can_kill_what_was_ready() -> None:
    container = SimulatedContainer(JVM, ContainerLimits(700 * MIB, None), 0.0)
    history(container, 60)
    assert container.ready
    assert container.step(61.0, 100.0) == [ContainerEvent.OOM_KILLED]


def test_a_starved_container_fails_only_under_load() -> None:
    nature = Behaviour(pull=0.0, warm_up=1.0, fails_below_cpu=0.2, fails_after=10.0)
    idle, busy = (SimulatedContainer(nature, ContainerLimits(None, 0.1), 0.0) for _ in range(2))
    assert ContainerEvent.FAILED not in {what for _, what in history(idle, 60)}
    assert (11.0, ContainerEvent.FAILED) in history(busy, 60, rate=5.0)


@pytest.mark.parametrize(
    ("policy", "runs", "state", "restarts"),
    [
        ("Never", 5.0, ContainerPhase.STOPPED, 0),
        ("OnFailure", 5.0, ContainerPhase.STOPPED, 0),
        ("Always", 5.0, ContainerPhase.RUNNING, 1),
    ],
)
def test_what_becomes_of_a_container_that_completes(
    policy: str, runs: float, state: ContainerPhase, restarts: int
) -> None:
    container = SimulatedContainer(
        Behaviour(pull=0.0, warm_up=1.0, runs=runs), ContainerLimits(None, None), 0.0, policy
    )
    history(container, 10)
    assert (container.state, container.restart_count) == (state, restarts)


@pytest.mark.parametrize(
    ("running", "rate", "mebibytes"),
    [(0, 0, 80), (15, 0, 360), (30, 0, 640), (100, 0, 640), (100, 50, 690)],
)
def test_memory_grows_with_the_heap_and_with_the_load(running: float, rate: float, mebibytes: float) -> None:
    assert memory(JVM, running, rate) == pytest.approx(mebibytes * MIB)


@pytest.mark.parametrize(("limit", "part"), [(None, 1.0), (2.0, 1.0), (1.0, 1.0), (0.25, 0.25)])
def test_a_cpu_limit_slows_down(limit: float | None, part: float) -> None:
    assert speed(Behaviour(cpu_idle=0.5, cpu_per_request=0.005, capacity=100.0), limit) == pytest.approx(part)
