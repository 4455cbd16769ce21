"""Ending processes: real ones, behind real pidfds, and the permits that it takes."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opsconsole.clock import SystemClock
from opsconsole.gpu.classify import CleanupVerdict, verdict
from opsconsole.gpu.host.processes import Executable, Facts
from opsconsole.gpu.pods import Life, Standing
from opsconsole.gpu.signals import Cleaner, Fate, Order, clean_step, process_ref
from opsconsole.permit import Permit, PermitError
from opsconsole.records import ProcessState
from tests.gpu.children import Children, state_letter
from tests.gpu.ending.ending import IN_POD, Bench, record
from tests.gpu.worlds import UID, facts, world
from tests.support.waiting import eventually

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


def test_a_pod_that_the_watch_still_shows_a_moment_after_its_deletion_saves_nobody(children: Children) -> None:
    """`0` deletes the optimizer's pod and comes here before the watch has told of it (seen beside a real GPU)."""
    lives = [Life.LIVE, Life.LIVE, Life.TERMINATING]

    def judge(one: Facts) -> CleanupVerdict:
        life = lives.pop(0) if lives else Life.ABSENT
        return verdict(one, world({UID: Standing(life, "ops/aura-1")}, killed=frozenset({UID} if not lives else ())))

    bench = Bench(judge)
    assert bench.end(bench.place(children.sleeper())).fate is Fate.TERMINATED


def test_a_process_that_ends_while_its_pods_end_is_waited_for_is_gone(children: Children) -> None:
    live = world({UID: Standing(Life.LIVE, "ml/train-0")})
    bench = Bench()
    target = bench.place(children.sleeper())

    def judge(one: Facts) -> CleanupVerdict:
        if children.runs(target.pid):
            os.kill(target.pid, signal.SIGKILL)
        return verdict(one, live)

    bench.cleaner = Cleaner(bench.mint, SystemClock(), bench.reader, judge)
    done = bench.end(target)
    assert (done.fate, done.signals) == (Fate.GONE, ())


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
    bench = Bench(term_seconds=4.0)  # within which the one that hears it ends, on a busy machine too
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


def test_no_test_helper_counts_a_zombie_as_running(children: Children) -> None:
    pid = children.zombie()
    assert state_letter(pid) == "Z"
    assert not children.runs(pid)
