"""Ending made-up processes: what can't be brought about with real ones, and properties over whole worlds of them."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from opsconsole.gpu.classify import CleanupVerdict, ProcessContext, verdict
from opsconsole.gpu.host.processes import Facts
from opsconsole.gpu.signals import Cleaner, Fate, Order, clean_step
from opsconsole.permit import Mint
from opsconsole.records import GpuProcess, ProcessState
from tests.gpu.ending.ending import record, yes
from tests.gpu.worlds import any_facts, any_world, facts
from tests.support.clock import ManualClock


class Kernel:
    """Processes that end only as the test says, and a record of every signal."""

    def __init__(self, living: Mapping[int, Facts], *, dies_of: set[int] | None = None) -> None:
        self.living = dict(living)
        self.dies_of = {15, 9} if dies_of is None else dies_of
        self.clock = ManualClock()
        self.sent: list[tuple[int, int | None, int]] = []
        self.pinned = 0
        self.errors: dict[str, OSError] = {}

    def read(self, pid: int) -> Facts:
        return self.living.get(pid, Facts(pid, ProcessState.GONE))

    def open(self, pid: int) -> FakeHandle:
        if "open" in self.errors:
            raise self.errors["open"]
        if pid not in self.living:
            raise ProcessLookupError(errno.ESRCH, "No such process")
        self.pinned += 1
        return FakeHandle(self, pid)


class FakeHandle:
    def __init__(self, kernel: Kernel, pid: int) -> None:
        self.kernel, self.pid, self.identity = kernel, pid, kernel.living[pid].start_ticks

    def send(self, number: int) -> None:
        if "send" in self.kernel.errors:
            raise self.kernel.errors["send"]
        if self.ended(0):
            raise ProcessLookupError(errno.ESRCH, "No such process")
        self.kernel.sent.append((self.pid, self.identity, number))
        if number in self.kernel.dies_of:
            del self.kernel.living[self.pid]

    def ended(self, seconds: float) -> bool:
        self.kernel.clock.at += max(0.0, seconds)
        now = self.kernel.living.get(self.pid)
        return now is None or now.start_ticks != self.identity

    def close(self) -> None:
        self.kernel.pinned -= 1


def end(kernel: Kernel, target: GpuProcess, judge: Callable[[Facts], CleanupVerdict] = yes) -> Any:
    mint = Mint()
    cleaner = Cleaner(mint, kernel.clock, kernel, judge, signaller=kernel)
    done = cleaner.terminate(mint.issue(clean_step(target, 10)), target)
    assert kernel.pinned == 0
    return done


def test_one_that_outlives_sigkill_in_state_d_gets_no_more_signals() -> None:
    one = facts()
    kernel = Kernel({one.pid: one}, dies_of=set())
    target = record(one)

    class Sinking(Kernel):
        def read(self, pid: int) -> Facts:
            return one._replace(state=ProcessState.UNINTERRUPTIBLE) if self.sent else one

    kernel = Sinking({one.pid: one}, dies_of=set())
    done = end(kernel, target)
    assert (done.fate, done.signals) == (Fate.UNINTERRUPTIBLE, ("SIGTERM", "SIGKILL"))
    assert "nvidia-smi -r" in done.detail
    assert len(kernel.sent) == 2


def test_one_that_outlives_sigkill_otherwise_is_told() -> None:
    one = facts()
    done = end(Kernel({one.pid: one}, dies_of=set()), record(one))
    assert (done.fate, done.ended) == (Fate.SURVIVED, False)


@pytest.mark.parametrize(
    ("at", "error", "fate", "word"),
    [
        ("open", PermissionError(errno.EPERM, "Operation not permitted"), Fate.NO_PERMISSION, "root"),
        ("send", PermissionError(errno.EPERM, "Operation not permitted"), Fate.NO_PERMISSION, "root"),
        ("open", ProcessLookupError(errno.ESRCH, "No such process"), Fate.GONE, "no such process"),
        ("send", ProcessLookupError(errno.ESRCH, "No such process"), Fate.GONE, "by itself"),
        ("open", OSError(errno.ENOSYS, "Function not implemented"), Fate.UNSUPPORTED, "Linux 5.3"),
    ],
)
def test_each_refusal_of_the_kernel_is_told_apart(at: str, error: OSError, fate: Fate, word: str) -> None:
    one = facts()
    kernel = Kernel({one.pid: one})
    kernel.errors[at] = error
    done = end(kernel, record(one))
    assert (done.fate, done.signals) == (fate, ())
    assert word in done.detail
    assert kernel.sent == []


def test_a_process_replaced_between_pin_and_read_is_left_alone() -> None:
    one = facts()

    class Racing(Kernel):
        def read(self, pid: int) -> Facts:
            # The pinned one ends now and another takes its PID, with the very same start time.
            self.living.pop(pid, None)
            return one

    kernel = Racing({one.pid: one})
    assert end(kernel, record(one)).fate is Fate.GONE
    assert kernel.sent == []


# --- whatever the world --------------------------------------------------------------------------------------------


@st.composite
def change(draw: st.DrawFn) -> tuple[Facts, Facts | None]:
    """A process when the plan is made, and what has its PID when the plan is carried out."""
    before = draw(any_facts())
    later = draw(st.sampled_from(["same", "same", "same", "gone", "changed", "reused"]))
    if later == "gone":
        return before, None
    if later == "same":
        return before, before
    other = draw(any_facts(st.just(before.pid)))
    return before, other if later == "reused" else other._replace(start_ticks=before.start_ticks)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(change(), min_size=4, max_size=10, unique_by=lambda pair: pair[0].pid),
    strangers=st.lists(any_facts(st.integers(100, 110)), max_size=3, unique_by=lambda one: one.pid),
    planned=any_world(),
    acted=st.one_of(st.none(), any_world()),
    forged=st.booleans(),
    dies_of=st.sampled_from([{15, 9}, {9}, set()]),
)
def test_nothing_outside_the_candidates_is_ever_signalled(
    changes: list[tuple[Facts, Facts | None]],
    strangers: list[Facts],
    planned: ProcessContext,
    acted: ProcessContext | None,
    *,
    forged: bool,
    dies_of: set[int],
) -> None:
    """Between plan and effect processes come, go, change and reuse PIDs, and so do pods; records may be forged."""
    acted = acted or planned
    before, after = [one for one, _ in changes], [later for _, later in changes if later] + strangers
    lie = CleanupVerdict(candidate=True, why="forged")
    targets = [record(one, lie if forged else verdict(one, planned)) for one in before]
    living = {one.pid: one for one in after}
    kernel, mint = Kernel(living, dies_of=dies_of), Mint()
    cleaner = Cleaner(mint, kernel.clock, kernel, lambda one: verdict(one, acted), signaller=kernel)
    orders = [Order(mint.issue(clean_step(one, 10)), one) for one in targets]
    done = cleaner.terminate_all(orders)

    event(f"signals sent: {bool(kernel.sent)}")
    assert len(done) == len(targets)
    assert kernel.pinned == 0
    plan = {(one.pid, one.start_ticks): one for one in targets if one.candidate and not one.protected}
    for pid, start_ticks, _number in kernel.sent:
        target, now = plan[pid, start_ticks], living[pid]
        assert verdict(now, acted).candidate
        assert now.start_ticks == target.start_ticks
        assert now.place.path == target.cgroup
    for one in done:
        sent = [number for pid, _, number in kernel.sent if pid == one.pid]
        assert sent in ([], [15], [15, 9])
        assert len(one.signals) == len(sent)
        if one.fate in (Fate.TERMINATED, Fate.KILLED, Fate.SURVIVED):
            assert sent
