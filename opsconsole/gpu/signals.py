"""The effect half: the only place that signals a process of this host. Only switches and ``node clean`` call it.

For each target: redeem its permit, pin the process with a pidfd, read ``/proc`` again and compare start time and
cgroup, judge it again with the pods as they are now, SIGTERM, wait on the pidfd, SIGKILL, wait. A PID that was taken
over by another process meanwhile can't be hit: its start time differs, and the pidfd is not its own.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from opsconsole.clock import Clock
from opsconsole.gpu.classify import CleanupVerdict
from opsconsole.gpu.host.processes import Facts, ProcessReader
from opsconsole.permit import Permit, Redeemer
from opsconsole.records import GpuProcess, ProcessState, Record, Ref, Step

EFFECT, NODE_EFFECT = "gpu.terminate", "gpu.terminate_on_node"
"""The effects' names in plans and permits: for this host's processes, and for those of other machines."""

KILL_SECONDS = 5.0
"""How long a process may take to end after SIGKILL: the driver frees tens of gigabytes first."""

SETTLE_SECONDS, SETTLE_TRIES = 1.0, 20
"""How long a process may be in state D before it counts as stuck there and is not signalled."""

POD_SECONDS, POD_TRIES = 5.0, 50
"""How long a process is waited for that only its pod spares: the watch tells of a pod's end a moment after it."""

ADVICE = (
    "drain the node, then reset the GPU (nvidia-smi -r, once no client is left on it, this console included) or reboot"
)


class Fate(StrEnum):
    """What became of a target."""

    TERMINATED = "ended on SIGTERM"
    KILLED = "ended on SIGKILL"
    GONE = "was gone already"
    ZOMBIE = "is a zombie, nothing to kill"
    UNINTERRUPTIBLE = "is in uninterruptible sleep (D)"
    SURVIVED = "survived SIGKILL"
    NO_PERMISSION = "may not be signalled by this user"
    OTHER_NAMESPACE = "is in another PID namespace"
    CHANGED = "is another process by now"
    REFUSED = "is no candidate any more"
    UNSUPPORTED = "can't be pinned: this kernel has no pidfd"
    UNREACHED = "was not reached: nothing was signalled"
    UNKNOWN = "may have been signalled: the answer did not come"


class Termination(Record, frozen=True):
    """What was done to one process. ``signals`` are those that were sent, in order; ``seconds`` from the first."""

    pid: int
    start_ticks: int | None
    fate: Fate
    detail: str = ""
    signals: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether nothing of the process runs any more; its memory is for NVML to tell."""
        return self.fate in (Fate.TERMINATED, Fate.KILLED, Fate.GONE, Fate.ZOMBIE)


class Handle(Protocol):
    """One pinned process."""

    def send(self, number: int) -> None:
        """Signal it. Raises ``ProcessLookupError`` or ``PermissionError``."""
        ...

    def ended(self, seconds: float) -> bool:
        """Whether all its threads have ended, waited for up to ``seconds``."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Signaller(Protocol):
    """Pins processes: the kernel's pidfds, or a simulation's."""

    def open(self, pid: int) -> Handle:
        """Pin ``pid``. Raises ``ProcessLookupError``, ``PermissionError``, or ``OSError`` without pidfd support."""
        ...


class PidfdSignaller:
    """Real processes of this host."""

    def open(self, pid: int) -> Handle:
        return _Pidfd(os.pidfd_open(pid))


class _Pidfd:
    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._poll = select.poll()
        self._poll.register(handle, select.POLLIN)

    def send(self, number: int) -> None:
        signal.pidfd_send_signal(self._handle, number)

    def ended(self, seconds: float) -> bool:
        return bool(self._poll.poll(max(0.0, seconds) * 1000))

    def close(self) -> None:
        os.close(self._handle)


class Order(NamedTuple):
    """A permit and the process, as it was in the plan, that it is for."""

    permit: Permit
    target: GpuProcess


def process_ref(process: GpuProcess) -> Ref:
    """Names a process in plans, permits and the journal.

    Its UID is the start time, which tells it from a later one, and for another machine that machine's boot.
    """
    uid = f"start-{process.start_ticks}"
    if not process.node:
        return Ref(kind="Process", namespace="", name=str(process.pid), uid=uid)
    return Ref(kind="Process", namespace="", name=f"{process.node}/{process.pid}", uid=f"{uid}-boot-{process.boot}")


def clean_step(process: GpuProcess, term_seconds: float) -> Step:
    """The step of a plan that ends ``process``.

    It names a command for this host alone: how another machine is reached is the settings' affair (an SSH host of
    another name, ``sudo``, a pod), and what is told here must do the same when it is typed.
    """
    effect = NODE_EFFECT if process.node else EFFECT
    place = f"{process.node}/" if process.node else ""
    where = f" on node {process.node}" if process.node else ""
    command = f"kill -TERM {process.pid}; sleep {term_seconds:g}; kill -KILL {process.pid}"
    return Step(
        key=f"{effect}/{place}{process.pid}-{process.start_ticks}",
        title=f"End process {process.pid} ({process.name}){where}: {process.why}",
        effect=effect,
        target=process_ref(process),
        arguments=msgspec.json.encode(process),
        command="" if process.node else command,
    )


class _Attempt:
    """One target on its way to its fate."""

    def __init__(self, target: GpuProcess, started: float) -> None:
        self.target = target
        self.started = started
        self.handle: Handle | None = None
        self.signals: list[str] = []
        self.outcome: Termination | None = None

    def finish(self, fate: Fate, detail: str, now: float) -> None:
        if self.handle is not None:
            self.handle.close()
            self.handle = None
        target = self.target
        seconds = now - self.started
        self.outcome = Termination(target.pid, target.start_ticks, fate, detail, tuple(self.signals), seconds)


class Cleaner:
    """Ends processes that hold GPU memory.

    Args:
        redeemer: says that a permit is good, once.
        clock: for time-outs and durations.
        reader: reads the facts again.
        judge: the verdict on those facts as of now, such as :meth:`opsconsole.gpu.feed.GpuFeed.judge`.
        signaller: pins and signals.
        term_seconds: between SIGTERM and SIGKILL.
        kill_seconds: how long to wait after SIGKILL.
    """

    def __init__(
        self,
        redeemer: Redeemer,
        clock: Clock,
        reader: ProcessReader,
        judge: Callable[[Facts], CleanupVerdict],
        *,
        signaller: Signaller | None = None,
        term_seconds: float = 10.0,
        kill_seconds: float = KILL_SECONDS,
    ) -> None:
        self._redeemer = redeemer
        self._clock = clock
        self._reader = reader
        self._judge = judge
        self._signaller = signaller or PidfdSignaller()
        self._term_seconds = term_seconds
        self._kill_seconds = kill_seconds

    def terminate(self, permit: Permit, target: GpuProcess) -> Termination:
        """End one process. Blocks for at most ``term_seconds + kill_seconds``.

        Raises:
            PermitError: the permit is not good for this process; nothing was done.
        """
        return self.terminate_all([Order(permit, target)])[0]

    def terminate_all(self, orders: Sequence[Order]) -> list[Termination]:
        """End several processes, waiting for all of them at once.

        Raises:
            PermitError: one of the permits is not good; nothing was done to any of them.
        """
        for permit, target in orders:
            self._redeemer.redeem(permit, EFFECT, process_ref(target))
        attempts = [_Attempt(order.target, self._clock.monotonic()) for order in orders]
        try:
            for attempt in attempts:
                self._begin(attempt)
            self._await(attempts, self._term_seconds, Fate.TERMINATED)
            for attempt in attempts:
                self._send(attempt, signal.SIGKILL)
            self._await(attempts, self._kill_seconds, Fate.KILLED)
            for attempt in attempts:
                self._give_up(attempt)
        finally:
            for attempt in attempts:
                if attempt.handle is not None:
                    attempt.handle.close()
        return [attempt.outcome for attempt in attempts if attempt.outcome is not None]

    def _begin(self, attempt: _Attempt) -> None:
        """Pin it, look again, and send SIGTERM if it is still what the plan said."""
        target = attempt.target
        if target.protected or not target.candidate or target.start_ticks is None:
            return self._finish(attempt, Fate.REFUSED, f"not a candidate in the plan: {target.why}")
        try:
            attempt.handle = self._signaller.open(target.pid)
        except OSError as error:
            return self._finish(attempt, *_not_pinned(error))
        facts = self._settled(attempt.handle, target.pid)
        changed = difference(target, facts)
        if changed:
            return self._finish(attempt, *changed)
        handle = attempt.handle
        judged = judged_in_time(lambda: self._judge(facts), handle.ended)
        if not judged.candidate and not handle.ended(0):
            return self._finish(attempt, Fate.REFUSED, judged.why)
        # Alive after the read: so what was read is the very process that the pidfd pins.
        if attempt.handle.ended(0):
            return self._finish(attempt, Fate.GONE, "it ended by itself")
        return self._send(attempt, signal.SIGTERM)

    def _settled(self, handle: Handle, pid: int) -> Facts:
        """The facts once it has left state D, or those of state D if it stays there."""
        for _ in range(SETTLE_TRIES):
            facts = self._reader.read(pid)
            if facts.state is not ProcessState.UNINTERRUPTIBLE or handle.ended(SETTLE_SECONDS / SETTLE_TRIES):
                break
        return facts

    def _send(self, attempt: _Attempt, number: signal.Signals) -> None:
        if attempt.handle is None:
            return
        try:
            attempt.handle.send(number)
        except ProcessLookupError:
            self._finish(attempt, Fate.TERMINATED if attempt.signals else Fate.GONE, "it ended by itself")
        except PermissionError:
            self._finish(attempt, Fate.NO_PERMISSION, f"it belongs to {attempt.target.user or '?'}: run as root")
        else:
            attempt.signals.append(number.name)

    def _await(self, attempts: Sequence[_Attempt], seconds: float, fate: Fate) -> None:
        deadline = self._clock.monotonic() + seconds
        for attempt in attempts:
            if attempt.handle is not None and attempt.handle.ended(deadline - self._clock.monotonic()):
                self._finish(attempt, fate, _left_behind(self._reader.read(attempt.target.pid), attempt.target))

    def _give_up(self, attempt: _Attempt) -> None:
        """It outlived SIGKILL: say why, once, and do not try again."""
        if attempt.handle is None:
            return
        facts = self._reader.read(attempt.target.pid)
        stuck = facts.state is ProcessState.UNINTERRUPTIBLE
        detail = f"SIGKILL waits until its system call returns: {ADVICE}" if stuck else f"state {facts.state}: {ADVICE}"
        self._finish(attempt, Fate.UNINTERRUPTIBLE if stuck else Fate.SURVIVED, detail)

    def _finish(self, attempt: _Attempt, fate: Fate, detail: str) -> None:
        attempt.finish(fate, detail, self._clock.monotonic())


def judged_in_time(judge: Callable[[], CleanupVerdict], pause: Callable[[float], bool]) -> CleanupVerdict:
    """The verdict, once it does not hang on a pod any more that an earlier step of the plan has just deleted.

    Args:
        judge: the verdict as of now.
        pause: waits for the seconds given; true: there is nothing to wait for any more.
    """
    judged = judge()
    for _ in range(POD_TRIES):
        if not judged.in_pod or pause(POD_SECONDS / POD_TRIES):
            break
        judged = judge()
    return judged


def _not_pinned(error: OSError) -> tuple[Fate, str]:
    if isinstance(error, ProcessLookupError):
        return Fate.GONE, "there is no such process"
    if isinstance(error, PermissionError):
        return Fate.NO_PERMISSION, "the kernel does not let this user pin it: run as root"
    return Fate.UNSUPPORTED, f"nothing was signalled ({error.strerror}): Linux 5.3 or newer is needed"


_UNTOUCHED = {
    ProcessState.GONE: (Fate.GONE, "it ended by itself"),
    ProcessState.NO_PERMISSION: (Fate.NO_PERMISSION, "/proc does not show it to this user: run as root"),
    ProcessState.OTHER_NAMESPACE: (Fate.OTHER_NAMESPACE, "run this on the host, or in a pod with hostPID"),
}


def difference(target: GpuProcess, facts: Facts) -> tuple[Fate, str] | None:
    """Why this is not, or no longer, the process of the plan that could be signalled; ``None`` if it is."""
    if facts.state in _UNTOUCHED:
        return _UNTOUCHED[facts.state]
    if facts.start_ticks != target.start_ticks:
        return Fate.CHANGED, f"PID {target.pid} was taken over by {facts.name}: left alone"
    if facts.state is ProcessState.ZOMBIE:
        return (
            Fate.ZOMBIE,
            f"its parent {facts.parent} ({facts.parent_name}) has not reaped it; it holds nothing itself",
        )
    if facts.state is ProcessState.UNINTERRUPTIBLE:
        return Fate.UNINTERRUPTIBLE, f"no signal reaches it, none was sent: {ADVICE}"
    if facts.place.path != target.cgroup or facts.place.pod_uid != target.pod_uid:
        return Fate.CHANGED, f"it is in another cgroup than in the plan ({facts.place.path}): left alone"
    return None


def _left_behind(facts: Facts, target: GpuProcess) -> str:
    if facts.state is ProcessState.ZOMBIE and facts.start_ticks == target.start_ticks and not facts.orphan:
        return f"a zombie is left that its parent {facts.parent} ({facts.parent_name}) has to reap; it holds nothing"
    return ""
