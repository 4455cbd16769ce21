"""Ends the processes that the console names, after a look whether they still are those."""

import ctypes
import hashlib
import os
import select
import signal
import time
from typing import Any, Callable, List, Optional, Set, Tuple

from opsconsole.gpu.fleet.on_node.files import MOST_BYTES, Json, identity, link, text


def clean(request: Json, proc: str) -> Json:
    """End the targets: each is pinned, looked at again, signalled, and waited for; all of them together."""
    found = identity(proc)
    targets = [CleanTarget(one, proc) for one in request["targets"]]
    if found["boot_id"] != request["boot_id"]:
        for target in targets:
            target.finish("CHANGED", "this node was rebooted since the plan was made")
    for target in targets:
        target.begin(set(found["lineage"]))
    wait_for(targets, float(request["term_seconds"]), "TERMINATED")
    for target in targets:
        target.send(signal.SIGKILL)
    wait_for(targets, float(request["kill_seconds"]), "KILLED")
    for target in targets:
        target.give_up()
    found["results"] = [target.result for target in targets]
    return found


class CleanTarget:
    """One process on its way to its fate; ``fate`` is a name in the console's list."""

    def __init__(self, asked: Json, proc: str) -> None:
        self.asked = asked
        self.pid = int(asked["pid"])
        self.folder = f"{proc}/{self.pid}"
        self.handle: Optional[int] = None
        self.started = time.monotonic()
        self.signals: List[str] = []
        self.result: Optional[Json] = None

    def finish(self, fate: str, detail: str) -> None:
        """Write down what became of it, once."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
        if self.result is None:
            seconds = time.monotonic() - self.started
            self.result = {"pid": self.pid, "start_ticks": self.asked["start_ticks"], "fate": fate, "detail": detail}
            self.result.update(signals=self.signals, seconds=seconds)

    def begin(self, ours: Set[int]) -> None:
        """Pin it, look again, and send SIGTERM if it is still what the console saw."""
        if self.result is not None:
            return
        if self.pid <= 1 or self.pid in ours:
            self.finish("REFUSED", "it is what this runs in")
            return
        try:
            self.handle = pidfd_open(self.pid)
        except OSError as error:
            self.finish(*not_pinned(error))
            return
        changed = self.difference() or (("GONE", "it ended by itself") if self.ended(0) else None)
        if changed:
            self.finish(*changed)
        else:
            self.send(signal.SIGTERM)

    def difference(self) -> Optional[Tuple[str, str]]:
        """Why this is not, or no longer, what the console saw; ``None`` if it is."""
        for _ in range(20):
            fields = text(f"{self.folder}/stat", 4096).rpartition(")")[2].split()
            # A process that reads from a disk is in state D for moments.
            if fields[:1] != ["D"] or self.ended(0.05):
                break
        if len(fields) < 20 or fields[0] in "Xx":
            return "GONE", "it ended by itself"
        if int(fields[19]) != self.asked["start_ticks"]:
            return "CHANGED", "the PID was taken over by another process: left alone"
        if fields[0] == "D":
            return "UNINTERRUPTIBLE", "no signal reaches it, none was sent"
        if fields[0] == "Z" and self.asked["task"] == self.pid:
            return "ZOMBIE", "its parent has not reaped it; it holds nothing itself"
        return self.moved(self.folder if fields[0] != "Z" else f"{self.folder}/task/{self.asked['task']}")

    def moved(self, folder: str) -> Optional[Tuple[str, str]]:
        """Whether its cgroup or its program is another one by now."""
        seen = hashlib.sha256(text(f"{folder}/cgroup", MOST_BYTES["cgroup"]).encode("utf-8")).hexdigest()
        if seen != self.asked["cgroup"]:
            return "CHANGED", "it is in another cgroup than the console saw: left alone"
        if link(f"{folder}/exe") != self.asked["exe"]:
            return "CHANGED", "it runs another program than the console saw: left alone"
        return None

    def ended(self, seconds: float) -> bool:
        """Whether all its threads have ended, waited for that long."""
        poll = select.poll()
        poll.register(-1 if self.handle is None else self.handle, select.POLLIN)
        return bool(poll.poll(max(0.0, seconds) * 1000))

    def send(self, number: "signal.Signals") -> None:
        """Signal it through its pidfd: nobody else can be hit."""
        if self.handle is None:
            return
        try:
            pidfd_send_signal(self.handle, number)
            self.signals.append(number.name)
        except ProcessLookupError:
            self.finish("TERMINATED" if self.signals else "GONE", "it ended by itself")
        except PermissionError:
            self.finish("NO_PERMISSION", "this user may not signal it")

    def give_up(self) -> None:
        """It outlived SIGKILL."""
        if self.handle is not None:
            fields = text(f"{self.folder}/stat", 4096).rpartition(")")[2].split()
            stuck = fields[:1] == ["D"]
            self.finish("UNINTERRUPTIBLE" if stuck else "SURVIVED", f"state {fields[0] if fields else '?'}")


def not_pinned(error: OSError) -> Tuple[str, str]:
    """What it means that a process could not be pinned."""
    if isinstance(error, ProcessLookupError):
        return "GONE", "there is no such process"
    if isinstance(error, PermissionError):
        return "NO_PERMISSION", "the kernel does not let this user pin it"
    return "UNSUPPORTED", f"nothing was signalled ({error.strerror}): Linux 5.3 or newer is needed"


def wait_for(targets: List[CleanTarget], seconds: float, fate: str) -> None:
    """Wait for all of them together."""
    until = time.monotonic() + seconds
    for target in targets:
        if target.handle is not None and target.ended(until - time.monotonic()):
            target.finish(fate, "")


def pidfd_open(pid: int) -> int:
    """Pin a process; by its number where Python is older than 3.9. The numbers are the same on every architecture."""
    known: Optional[Callable[[int], int]] = getattr(os, "pidfd_open", None)
    return known(pid) if known else system_call(434, pid, 0)


def pidfd_send_signal(handle: int, number: "signal.Signals") -> None:
    """Signal a pinned process."""
    known = getattr(signal, "pidfd_send_signal", None)
    if known:
        known(handle, number)
    else:
        system_call(424, handle, int(number), None, 0)


def system_call(number: int, *arguments: Any) -> int:
    """Call the kernel. Raises ``OSError``."""
    library = ctypes.CDLL(None, use_errno=True)
    answer = library.syscall(number, *arguments)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(answer)
