"""Many things at once, on a machine that gives threads, gives few, or gives none."""

from __future__ import annotations

import threading

import pytest

from opsconsole.parallel import in_parallel
from opsconsole.switches.engine.executor import ReservedExecutor


@pytest.fixture
def threads_left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many threads may still be started, as under a limit of processes."""
    left = [0]
    start, tester = threading.Thread.start, threading.current_thread()

    def limited(thread: threading.Thread) -> None:
        if threading.current_thread() is not tester:  # something that a test before left running
            start(thread)
            return
        if left[0] <= 0:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    return left


@pytest.mark.parametrize("number", [0, 1, 3, 100])
def test_all_is_asked_though_the_machine_gives_few_threads(threads_left: list[int], number: int) -> None:
    threads_left[0] = number
    assert in_parallel(lambda item: item * 2, range(50)) == [item * 2 for item in range(50)]


@pytest.mark.parametrize("number", [0, 1])
def test_what_fails_is_raised_though_the_machine_gives_few_threads(threads_left: list[int], number: int) -> None:
    threads_left[0] = number
    with pytest.raises(ZeroDivisionError):
        in_parallel(lambda item: 1 // item, [1, 0, 2])


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_switch_runs_on_the_threads_that_could_be_started(threads_left: list[int], number: int) -> None:
    threads_left[0] = number
    executor = ReservedExecutor()
    held = threading.Event()
    held_one = executor.submit(lambda: held.wait(60))
    queued = [executor.submit(lambda each=each: each) for each in range(10)]
    held.set()
    assert [each.result(timeout=60) for each in queued] == list(range(10))
    assert held_one.result(timeout=60)
    executor.close()


def test_without_a_thread_to_run_on_a_switch_is_refused_rather_than_forgotten(threads_left: list[int]) -> None:
    threads_left[0] = 1
    ReservedExecutor(threads=1).close()
    with pytest.raises(RuntimeError, match="can't start new thread"):
        ReservedExecutor(threads=1)
