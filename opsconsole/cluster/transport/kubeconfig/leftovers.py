"""What a credential plugin leaves behind: processes of its session, and others that hold its pipes open.

A plugin is not reaped before this is done, so that its number, which is its session's, can't be another's meanwhile.
Where there is no ``/proc`` only its process group is ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

_PROC = Path("/proc")


def has_ended(pid: int) -> bool:
    """Whether a child of ours has ended. It is not reaped."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def end_session(session: int, pipes: Collection[int]) -> None:
    """End every process of a session, and those of others' that hold one of our ends' ``pipes`` (descriptors) open.

    A process that went into a session of its own and let go of the pipes is a daemon in good order, such as an agent
    that keeps keys, and is left alone. What belongs to another user can't be ended.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)
    names = {f"pipe:[{os.fstat(each).st_ino}]" for each in pipes}
    for pid in _pids():
        _end(pid, lambda each: _is_of(each, session) or _holds(each, names))


def _pids() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(each.name) for each in _PROC.iterdir() if each.name.isdigit())


def _end(pid: int, is_left: Callable[[int], bool]) -> None:
    """Kill a process that is one of those; what it is decides before and behind a handle on it, which can't change."""
    if pid == os.getpid() or not is_left(pid):
        return
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if is_left(pid):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def _is_of(pid: int, session: int) -> bool:
    fields = _stat(pid)
    return len(fields) > 3 and fields[3] == str(session)


def _holds(pid: int, pipes: Collection[str]) -> bool:
    """Whether it holds one of the pipes. A child of ours does for a moment, between its start and its program."""
    fields = _stat(pid) if pipes else []
    if len(fields) < 2 or fields[1] == str(os.getpid()):
        return False
    folder = _PROC / str(pid) / "fd"
    with contextlib.suppress(OSError):
        return any(_target(link) in pipes for link in folder.iterdir())
    return False


def _target(link: Path) -> str:
    with contextlib.suppress(OSError):
        return str(link.readlink())
    return ""


def _stat(pid: int) -> list[str]:
    """State, parent, group and session of a process, and more. Its name, before them, may hold anything."""
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return []
