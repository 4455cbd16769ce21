"""The writing half for other machines: asks a node to end a process, after a new look at it. Only switches call it.

For each target: redeem its permit, look at the node again, compare boot, start time and cgroup, judge it again with
the pods as they are now, and tell the node what was seen. The node pins the process with a pidfd, reads start time,
cgroup and program once more, and signals only if all of them are still the same.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from opsconsole.clock import Clock
from opsconsole.gpu.fleet.door import DoorError
from opsconsole.gpu.fleet.orders import CleanOrder, ask_clean
from opsconsole.gpu.fleet.report import AnswerError, CleanResult, NodeQuestion, decode_cleaned
from opsconsole.gpu.fleet.watch import NodeLook, NodeWatch
from opsconsole.gpu.host.processes import Facts
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.signals import (
    ADVICE,
    KILL_SECONDS,
    NODE_EFFECT,
    Fate,
    Termination,
    difference,
    judged_in_time,
    process_ref,
)
from opsconsole.permit import Permit, Redeemer
from opsconsole.records import GpuProcess
from opsconsole.text import clean_line

_ADVISED = frozenset({Fate.UNINTERRUPTIBLE, Fate.SURVIVED})


class NodeCleaner:
    """Ends processes that hold GPU memory on other machines.

    Args:
        redeemer: says that a permit is good, once.
        clock: for durations.
        watch_of: the watch of a node; ``None``: it is not looked at any more.
        term_seconds: between SIGTERM and SIGKILL.
        kill_seconds: how long to wait after SIGKILL.
    """

    def __init__(
        self,
        redeemer: Redeemer,
        clock: Clock,
        watch_of: Callable[[str], NodeWatch | None],
        *,
        term_seconds: float = 10.0,
        kill_seconds: float = KILL_SECONDS,
    ) -> None:
        self._redeemer = redeemer
        self._clock = clock
        self._watch_of = watch_of
        self._term_seconds = term_seconds
        self._kill_seconds = kill_seconds

    def terminate(self, permit: Permit, target: GpuProcess) -> Termination:
        """End one process. Blocks for as long as a look and the two waits may take.

        Raises:
            PermitError: the permit is not good for this process; nothing was done.
        """
        self._redeemer.redeem(permit, NODE_EFFECT, process_ref(target))
        watch = self._watch_of(target.node)
        if watch is None:
            return _untouched(target, Fate.REFUSED, "its node is not looked at any more")
        if target.protected or not target.candidate or target.start_ticks is None:
            return _untouched(target, Fate.REFUSED, f"not a candidate in the plan: {target.why}")
        try:
            look = watch.look([target.pid])
        except ProbeError as error:
            return _untouched(target, Fate.UNREACHED, str(error))
        facts = look.processes.read(target.pid)
        refused = _refused(target, look, facts)
        return _untouched(target, *refused) if refused else self._end(watch, look, facts, target)

    def _end(self, watch: NodeWatch, look: NodeLook, facts: Facts, target: GpuProcess) -> Termination:
        order = CleanOrder(
            pid=target.pid,
            start_ticks=target.start_ticks or 0,
            cgroup=hashlib.sha256(look.processes.raw_cgroup(facts).encode()).hexdigest(),
            exe=look.processes.raw_executable(facts),
            task=facts.task,
        )
        question = ask_clean(look.report.boot_id, [order], self._term_seconds, self._kill_seconds)
        started = self._clock.monotonic()
        try:
            result = _result_of(order, watch, question)
        except (DoorError, AnswerError) as error:
            seconds = self._clock.monotonic() - started
            return Termination(target.pid, target.start_ticks, Fate.UNKNOWN, str(error), seconds=seconds)
        fate = _FATES.get(result.fate, Fate.UNKNOWN)
        detail = "; ".join(filter(None, (clean_line(result.detail, 200), ADVICE if fate in _ADVISED else "")))
        signals = tuple(clean_line(name, 16) for name in result.signals[:2])
        return Termination(target.pid, target.start_ticks, fate, detail, signals, result.seconds)


_FATES = {fate.name: fate for fate in Fate}


def _result_of(order: CleanOrder, watch: NodeWatch, question: NodeQuestion) -> CleanResult:
    answer = decode_cleaned(question, watch.run(question))
    for result in answer.results:
        if (result.pid, result.start_ticks) == (order.pid, order.start_ticks):
            return result
    raise AnswerError("the node's answer does not tell of this process")


def _refused(target: GpuProcess, look: NodeLook, facts: Facts) -> tuple[Fate, str] | None:
    """Why the process may not be signalled now."""
    if clean_line(look.report.boot_id, 64) != target.boot:
        return Fate.CHANGED, f"node {target.node} was rebooted since the plan was made: left alone"
    changed = difference(target, facts)
    if changed:
        return changed
    judged = judged_in_time(lambda: look.observer.judge(facts), _pause)
    return None if judged.candidate else (Fate.REFUSED, judged.why)


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _untouched(target: GpuProcess, fate: Fate, detail: str) -> Termination:
    return Termination(target.pid, target.start_ticks, fate, detail)
