"""Ending processes: real ones, behind real pidfds; made-up ones for what can't be brought about; and properties."""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from opsconsole.clock import SystemClock
from opsconsole.gpu.classify import CleanupVerdict, ProcessContext, verdict
from opsconsole.gpu.host.processes import Executable, Facts
from opsconsole.gpu.nvml.snapshot import ProcessReading
from opsconsole.gpu.observe import process_record
from opsconsole.gpu.pods import Life, Standing, Standings
from opsconsole.gpu.signals import Cleaner, Fate, Order, clean_step, process_ref
from opsconsole.permit import Mint, Permit, PermitError
from opsconsole.records import GpuProcess, ProcessState
from tests.gpu.children import Children, Placed, state_letter
from tests.gpu.worlds import UID, any_facts, any_world, facts, world
from tests.support.clock import ManualClock
from tests.support.waiting import eventually

IN_POD = f"0::/kubepods/burstable/pod{UID}/{'ab' * 32}\n"


def record(one: Facts, judged: CleanupVerdict | None = None) -> GpuProcess:
    """The record that a plan would hold of ``one``."""
    reading = ProcessReading(pid=one.pid, device="GPU-0", memory=1 << 30)
    judged = judged or CleanupVerdict(candidate=True, why="its pod is gone")
    return process_record(reading, one, judged, Standings({}, True))  # noqa: FBT003


def yes(_facts: Facts) -> CleanupVerdict:
    return CleanupVerdict(candidate=True, why="its pod is gone")


class Bench:
    """A cleaner on this host, and the mint that it trusts."""

    def __init__(self, judge: Callable[[Facts], CleanupVerdict] = yes, **options: Any) -> None:
        self.mint = Mint()
        self.reader = Placed()
        self.cleaner = Cleaner(
            self.mint, SystemClock(), self.reader, judge, **({"term_seconds": 20.0, "kill_seconds": 20.0} | options)
        )

    def place(self, pid: int, cgroup: str = IN_POD) -> GpuProcess:
        self.reader.cgroups[pid] = cgroup
        return record(self.reader.read(pid))

    def permit(self, target: GpuProcess) -> Permit:
        return self.mint.issue(clean_step(target, 10))

    def end(self, target: GpuProcess) -> Any:
        return self.cleaner.terminate(self.permit(target), target)


# --- real processes ------------------------------------------------------------------------------------------------


def test_a_process_ends_on_sigterm(children: Children) -> None:
    bench = Bench()
    done = bench.end(bench.place(children.sleeper()))
    assert (done.fate, done.signals, done.ended) == (Fate.TERMINATED, ("SIGTERM",), True)
    assert not children.runs(done.pid)


def test_an_orphan_ends(children: Children) -> None:
    bench = Bench()
    pid = children.orphan("aura-optimizer")
    done = bench.end(bench.place(pid))
    assert (done.fate, done.detail) == (Fate.TERMINATED, "")
    assert not children.runs(pid)


def test_one_that_ignores_sigterm_gets_sigkill(children: Children) -> None:
    bench = Bench(term_seconds=0.2)
    done = bench.end(bench.place(children.deaf()))
    assert (done.fate, done.signals) == (Fate.KILLED, ("SIGTERM", "SIGKILL"))
    assert not children.runs(done.pid)


def test_a_dead_leaders_living_threads_are_ended(children: Children) -> None:
    bench = Bench()
    target = bench.place(children.zombie_leader())
    assert target.state is ProcessState.ZOMBIE_LEADER
    done = bench.end(target)
    assert done.fate is Fate.TERMINATED
    assert not children.runs(done.pid)


def test_a_stopped_process_ends(children: Children) -> None:
    bench = Bench(term_seconds=0.2)
    pid = children.sleeper()
    target = bench.place(pid)
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: state_letter(pid) == "T", "the stop")
    assert bench.end(target).ended
    assert not children.runs(pid)


def test_a_zombie_that_is_left_is_told_with_its_parent(children: Children) -> None:
    bench = Bench()
    done = bench.end(bench.place(children.sleeper()))
    assert str(os.getpid()) in done.detail
    assert "reap" in done.detail


def test_a_true_zombie_is_not_signalled(children: Children) -> None:
    bench = Bench()
    done = bench.end(bench.place(children.zombie()))
    assert (done.fate, done.signals) == (Fate.ZOMBIE, ())
    assert str(os.getpid()) in done.detail


def test_one_that_went_by_itself_is_gone(children: Children) -> None:
    bench = Bench()
    pid = children.sleeper()
    target = bench.place(pid)
    os.kill(pid, signal.SIGKILL)
    children.reap(pid)
    assert bench.end(target).fate is Fate.GONE


def test_a_reused_pid_cannot_kill_a_bystander(children: Children) -> None:
    bench = Bench()
    target = bench.place(children.sleeper("bystander"))
    assert target.start_ticks is not None
    earlier = msgspec.structs.replace(target, start_ticks=target.start_ticks - 1)
    done = bench.end(earlier)
    assert (done.fate, done.signals) == (Fate.CHANGED, ())
    assert "sleep" in done.detail
    assert children.runs(target.pid)


def test_a_process_that_moved_to_another_cgroup_is_left_alone(children: Children) -> None:
    bench = Bench()
    target = bench.place(children.sleeper())
    bench.place(target.pid, "0::/user.slice/user-0.slice/session-1.scope\n")
    done = bench.end(target)
    assert (done.fate, done.signals) == (Fate.CHANGED, ())
    assert "cgroup" in done.detail
    assert children.runs(target.pid)


def test_a_pod_that_came_back_meanwhile_saves_its_process(children: Children) -> None:
    live = world({UID: Standing(Life.LIVE, "ml/train-0")})
    bench = Bench(lambda one: verdict(one, live))
    target = bench.place(children.sleeper())
    done = bench.end(target)
    assert (done.fate, done.signals) == (Fate.REFUSED, ())
    assert "alive" in done.detail
    assert children.runs(target.pid)


def test_a_process_that_turned_into_a_protected_one_is_left_alone(children: Children) -> None:
    bench = Bench(lambda one: verdict(one, world()))
    target = bench.place(children.orphan("aura-optimizer"), "0::/user.slice/user-0.slice/session-1.scope\n")
    bench.reader.changes[target.pid] = {"executable": Executable("/usr/bin/nv-hostengine", trusted=True)}
    done = bench.end(target)
    assert (done.fate, done.signals) == (Fate.REFUSED, ())
    assert "serves every client" in done.detail
    assert children.runs(target.pid)


@pytest.mark.parametrize("cgroup", [IN_POD, "0::/user.slice/user-0.slice/session-1.scope\n"], ids=["pod", "outside"])
def test_a_leftover_process_that_calls_itself_dcgm_is_ended(children: Children, cgroup: str) -> None:
    bench = Bench(lambda one: verdict(one, world(patterns=(re.compile("dcgm"),))))
    pid = children.orphan("/usr/bin/dcgm")
    assert bench.reader.read(pid).executable == Executable(str(Path("/bin/sleep").resolve()), trusted=True)
    assert "dcgm" in bench.reader.read(pid).names
    assert bench.end(bench.place(pid, cgroup)).fate is Fate.TERMINATED


@pytest.mark.parametrize("how", [{"candidate": False}, {"protected": True}, {"start_ticks": None}])
def test_what_the_plan_does_not_call_a_candidate_is_refused(children: Children, how: dict[str, Any]) -> None:
    bench = Bench()
    target = msgspec.structs.replace(bench.place(children.sleeper()), **how)
    done = bench.end(target)
    assert (done.fate, done.signals, done.ended) == (Fate.REFUSED, (), False)
    assert children.runs(target.pid)


def test_a_moment_in_state_d_is_waited_for(children: Children) -> None:
    bench = Bench()
    target = bench.place(children.sleeper())
    reads: list[int] = []
    really_read = bench.reader.read

    def read(pid: int) -> Facts:
        reads.append(pid)
        return really_read(pid)._replace(state=ProcessState.UNINTERRUPTIBLE) if len(reads) < 3 else really_read(pid)

    bench.reader.read = read  # type: ignore[method-assign]
    assert bench.end(target).fate is Fate.TERMINATED


def test_state_d_is_told_and_not_signalled(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsconsole.gpu.signals.SETTLE_SECONDS", 0.1)
    bench = Bench()
    target = bench.place(children.sleeper())
    bench.reader.changes[target.pid] = {"state": ProcessState.UNINTERRUPTIBLE}
    done = bench.end(target)
    assert (done.fate, done.signals, done.ended) == (Fate.UNINTERRUPTIBLE, (), False)
    assert "drain the node" in done.detail
    assert children.runs(target.pid)


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        (ProcessState.NO_PERMISSION, Fate.NO_PERMISSION),
        (ProcessState.OTHER_NAMESPACE, Fate.OTHER_NAMESPACE),
        (ProcessState.GONE, Fate.GONE),
    ],
)
def test_what_cannot_be_read_is_not_signalled(children: Children, state: ProcessState, fate: Fate) -> None:
    bench = Bench()
    target = bench.place(children.sleeper())
    bench.reader.changes[target.pid] = {"state": state}
    done = bench.end(target)
    assert (done.fate, done.signals) == (fate, ())
    assert children.runs(target.pid)


def test_several_are_waited_for_at_once(children: Children) -> None:
    bench = Bench(term_seconds=0.5)
    targets = [bench.place(pid) for pid in (children.deaf(), children.sleeper(), children.deaf())]
    done = bench.cleaner.terminate_all([Order(bench.permit(one), one) for one in targets])
    assert [one.fate for one in done] == [Fate.KILLED, Fate.TERMINATED, Fate.KILLED]
    assert [one.pid for one in done] == [one.pid for one in targets]


# --- permits -------------------------------------------------------------------------------------------------------


def test_without_a_minted_permit_nothing_happens(children: Children) -> None:
    bench = Bench()
    target = bench.place(children.sleeper())
    with pytest.raises(PermitError):
        bench.cleaner.terminate(Permit("forged", "gpu.terminate", process_ref(target)), target)
    assert children.runs(target.pid)


def test_a_permit_is_good_once_and_for_one_process(children: Children) -> None:
    bench = Bench()
    first, second = bench.place(children.sleeper()), bench.place(children.sleeper())
    permit = bench.permit(first)
    with pytest.raises(PermitError):
        bench.cleaner.terminate(permit, second)
    with pytest.raises(PermitError):
        bench.cleaner.terminate(permit, first)
    assert children.runs(first.pid)
    assert children.runs(second.pid)


def test_one_bad_permit_among_several_stops_all_of_them(children: Children) -> None:
    bench = Bench()
    first, second = bench.place(children.sleeper()), bench.place(children.sleeper())
    orders = [Order(bench.permit(first), first), Order(Permit("x", "gpu.terminate", process_ref(second)), second)]
    with pytest.raises(PermitError):
        bench.cleaner.terminate_all(orders)
    assert children.runs(first.pid)


def test_a_permit_does_not_fit_a_later_process_with_the_same_pid() -> None:
    one, later = record(facts(7, start_ticks=100)), record(facts(7, start_ticks=101))
    assert process_ref(one) != process_ref(later)
    step = clean_step(one, 10)
    assert (step.effect, step.target) == ("gpu.terminate", process_ref(one))
    assert "kill -TERM 7" in step.command
    assert msgspec.json.decode(step.arguments)["start_ticks"] == 100


# --- made-up processes ---------------------------------------------------------------------------------------------


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


def test_no_test_helper_counts_a_zombie_as_running(children: Children) -> None:
    pid = children.zombie()
    assert state_letter(pid) == "Z"
    assert not children.runs(pid)
