"""What ``/proc`` says about a process: identity, state, owner, where it lives. Read through one directory handle.

``/proc/PID`` opened as a directory stays with that process: once it is gone, reads through the handle fail instead of
telling of whoever has the PID next.
"""

from __future__ import annotations

import os
import re
import stat as stat_bits
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from opsconsole.gpu.host.cgroup import Placement, parse_cgroup
from opsconsole.records import ProcessState
from opsconsole.text import clean_line

FIRST_PID_NAMESPACE = "pid:[4026531836]"
"""The kernel's fixed inode number of the host's own PID namespace (PROC_PID_INIT_INO)."""

_DEAD = "ZXx"
_WRITTEN_BY_OTHERS = stat_bits.S_IWGRP | stat_bits.S_IWOTH
_LONGEST_READ = 1 << 16
_LONGEST_COMMAND = 512
_MASKED_READ = 2048
_SECRET_NAME = r"(?:passw|token|secret|api[-_]?key|credential|authorization)[\w.-]*"  # noqa: S105 - no secret
_SECRET_VALUE = re.compile(
    rf"(?i)((?:bearer|basic)\s+)\S+|({_SECRET_NAME}\s*[=:]\s*(?!bearer|basic))\S+|(://[^/\s:@]*:)[^/\s@]+(?=@)"
)
_SECRET_FLAG = re.compile(rf"(?i)--?[\w.-]*{_SECRET_NAME}")


MAX_PID = 2**31 - 1
"""A PID is a C int. NVML may name others (a driver's, a hypervisor's): no process of this kernel has them."""

MAX_TICKS = 2**63 - 1
"""The longest start time that a record can hold, beyond any machine's life; another machine may send a longer one."""


class Executable(NamedTuple):
    """The file that a process runs: its path, and whether only root can have put it there and can change it."""

    path: str
    trusted: bool

    @property
    def name(self) -> str:
        """Its base name; a file that was replaced by an update meanwhile still has it."""
        return Path(self.path.removesuffix(" (deleted)")).name


class Facts(NamedTuple):
    """What is known of one PID now. ``None`` and empty strings: not known.

    ``names`` are the names that the process may be known by (comm, the basenames of its first two arguments), which it
    chooses itself. ``executable`` is what the kernel says that it runs; ``None``: not ours to read. ``threads`` is how
    many of its threads live, ``task`` one that does. ``orphan``: its parent died and init has it.
    All text is clean, and secrets on the command line are masked; environment variables are never read.
    """

    pid: int
    state: ProcessState
    start_ticks: int | None = None
    started: float | None = None
    parent: int | None = None
    parent_name: str = ""
    name: str = ""
    command: str = ""
    user: str = ""
    uid: int | None = None
    names: frozenset[str] = frozenset()
    place: Placement = Placement()
    threads: int = 0
    task: int = 0
    orphan: bool = False
    executable: Executable | None = None


class ProcessReader(Protocol):
    """Where facts about processes come from: this host's ``/proc``, or a simulation."""

    def read(self, pid: int) -> Facts:
        """What is known of ``pid`` now. Never raises: what can't be read is in ``state``."""
        ...


class Stat(NamedTuple):
    """The fields of ``/proc/PID/stat`` that we use."""

    comm: str
    state: str
    parent: int
    start_ticks: int


def parse_stat(text: str) -> Stat:
    """Read ``/proc/PID/stat``. The name is in brackets and may itself hold brackets, spaces and newlines.

    Raises:
        ValueError: it is not such a text.
    """
    head, bracket, tail = text.rpartition(")")
    fields = tail.split()
    if not bracket or len(fields) < 20:
        raise ValueError(f"not the text of /proc/PID/stat: {clean_line(text, 80)}")
    found = Stat(head.partition("(")[2], fields[0], int(fields[1]), int(fields[19]))
    if not 0 <= found.parent <= MAX_PID or not 0 <= found.start_ticks <= MAX_TICKS:
        raise ValueError(f"no kernel's numbers in /proc/PID/stat: {clean_line(tail, 80)}")
    return found


def command_line(raw: bytes) -> tuple[str, frozenset[str]]:
    """The command as one clean line with secrets masked, and the basenames of its first two arguments."""
    # Cut before it is searched: a process may make its command line as long and as awkward as it likes.
    kept = raw[:_MASKED_READ].rstrip(b"\0")
    arguments = [part.decode("utf-8", "replace") for part in kept.split(b"\0")] if kept else []
    names = frozenset(clean_line(Path(part).name, 64) for part in arguments[:2] if part and part[0] != "-")
    shown = [
        "***" if place and _SECRET_FLAG.fullmatch(arguments[place - 1]) else part
        for place, part in enumerate(arguments)
    ]
    line = _SECRET_VALUE.sub(lambda match: next(filter(None, match.groups())) + "***", " ".join(shown))
    return clean_line(line, _LONGEST_COMMAND), names


class HostProcesses:
    """Facts from this host's ``/proc``.

    Args:
        root: where procfs is mounted.
        host_pids: whether our PIDs are the host's, as NVML's are; ``None``: look which PID namespace we are in.
        exists: whether a PID is taken that ``/proc`` does not show (``hidepid=2``).
    """

    def __init__(
        self,
        root: str = "/proc",
        *,
        host_pids: bool | None = None,
        exists: Callable[[int], bool] | None = None,
    ) -> None:
        self._root = root
        self._host_pids = _in_first_namespace(root) if host_pids is None else host_pids
        self._exists = exists or _is_taken
        self._around = HostFacts(_boot_time(root), os.sysconf("SC_CLK_TCK"), _user_names(), self._name)

    def read(self, pid: int) -> Facts:
        if not self._host_pids or not 0 < pid <= MAX_PID:
            return Facts(pid, ProcessState.OTHER_NAMESPACE)
        try:
            folder = os.open(f"{self._root}/{pid}", os.O_RDONLY | os.O_DIRECTORY)
        except PermissionError:
            return Facts(pid, ProcessState.NO_PERMISSION)
        except OSError:
            return Facts(pid, ProcessState.NO_PERMISSION if self._exists(pid) else ProcessState.GONE)
        try:
            return facts_of(pid, _OpenFolder(folder), self._around)
        finally:
            os.close(folder)

    def _name(self, pid: int) -> str:
        try:
            return clean_line(Path(self._root, str(pid), "comm").read_text("utf-8", "replace").rstrip("\n"), 64)
        except OSError:
            return ""


class ProcessFolder(Protocol):
    """The files of one ``/proc/PID``: open here, or sent by another machine. Raises what opening such a file raises."""

    def bytes(self, name: str) -> bytes:
        """A file's content, cut."""
        ...

    def entries(self, name: str) -> list[str]:
        """The names in a folder."""
        ...

    def link(self, name: str) -> tuple[str, int, int]:
        """Where a link leads; owner and mode of what is there."""
        ...


class HostFacts(NamedTuple):
    """What a machine's processes have in common: boot in seconds since the epoch, clock ticks a second, names."""

    boot: float | None
    ticks: int
    users: Mapping[int, str]
    name_of: Callable[[int], str]


def facts_of(pid: int, folder: ProcessFolder, around: HostFacts) -> Facts:
    """What the files in ``folder`` say of ``pid``. Never raises: what can't be read is in ``state``."""
    try:
        return _facts_of(pid, folder, around)
    except PermissionError:
        return Facts(pid, ProcessState.NO_PERMISSION)
    except (OSError, ValueError, OverflowError):
        return Facts(pid, ProcessState.GONE)


def _facts_of(pid: int, folder: ProcessFolder, around: HostFacts) -> Facts:
    stat = parse_stat(_text(folder, "stat"))
    if stat.state in "Xx":
        return Facts(pid, ProcessState.GONE)
    state, threads, alive = _state(folder, pid, stat.state)
    # A dead leader has no memory map and, in cgroup v1, no cgroup any more: a thread that lives still has both.
    prefix = f"task/{alive}/" if state is ProcessState.ZOMBIE_LEADER else ""
    command, names = command_line(_bytes_or_none(folder, prefix + "cmdline"))
    place = parse_cgroup(_bytes_or_none(folder, prefix + "cgroup").decode("utf-8", "replace"))
    uid = _uid(_bytes_or_none(folder, prefix + "status"))
    name, parent_name = clean_line(stat.comm, 64), around.name_of(stat.parent)
    return Facts(
        pid=pid,
        state=state,
        start_ticks=stat.start_ticks,
        started=None if around.boot is None else around.boot + stat.start_ticks / around.ticks,
        parent=stat.parent,
        parent_name=parent_name,
        name=name,
        command=command or f"[{name}]",
        user="" if uid is None else around.users.get(uid, str(uid)),
        uid=uid,
        names=names | {name},
        place=place._replace(path=clean_line(place.path, 512)),
        threads=threads,
        task=alive,
        orphan=_orphan(pid, stat.parent, parent_name, place.path),
        executable=_executable(folder, prefix + "exe"),
    )


def lineage() -> frozenset[int]:
    """Our own PID and those of all our ancestors: the shell and the SSH session that this console runs in."""
    import psutil  # noqa: PLC0415 - 18 ms that only a look at a process costs

    own = psutil.Process()
    return frozenset({own.pid, *(parent.pid for parent in own.parents())})


def _state(folder: ProcessFolder, pid: int, letter: str) -> tuple[ProcessState, int, int]:
    """The state, how many threads live, and one that does. Threads are looked at only where the leader is dead."""
    if letter == "D":
        return ProcessState.UNINTERRUPTIBLE, 1, pid
    if letter != "Z":
        return ProcessState.RUNNING, 1, pid
    letters = {}
    for entry in folder.entries("task"):
        try:
            letters[int(entry)] = parse_stat(_text(folder, f"task/{entry}/stat")).state
        except (OSError, ValueError):
            continue
    alive = [tid for tid, state in letters.items() if tid != pid and state not in _DEAD]
    if not alive:
        return ProcessState.ZOMBIE, 0, pid
    stuck = all(letters[tid] == "D" for tid in alive)
    return ProcessState.UNINTERRUPTIBLE if stuck else ProcessState.ZOMBIE_LEADER, len(alive), alive[0]


def _orphan(pid: int, parent: int, parent_name: str, path: str) -> bool:
    """Whether init (or a user's systemd) has taken it over. A unit's process is systemd's own child, no orphan."""
    taken_over = parent == 1 or parent_name == "systemd"
    return pid != 1 and taken_over and not path.rstrip("/").endswith(".service")


def _executable(folder: ProcessFolder, link: str) -> Executable | None:
    """What the kernel's link says. Reading it takes the same user or root; a kernel thread has none."""
    try:
        path, owner, mode = folder.link(link)
    except OSError:
        return None
    return Executable(clean_line(path, 512), trusted=owner == 0 and not mode & _WRITTEN_BY_OTHERS)


def _text(folder: ProcessFolder, name: str) -> str:
    return folder.bytes(name).decode("utf-8", "replace")


class _OpenFolder:
    """``/proc/PID`` of this host, through the handle that it was opened with."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def bytes(self, name: str) -> bytes:
        handle = os.open(name, os.O_RDONLY, dir_fd=self._handle)
        try:
            found = b""
            while len(found) < _LONGEST_READ and (chunk := os.read(handle, _LONGEST_READ)):
                found += chunk
            return found
        finally:
            os.close(handle)

    def entries(self, name: str) -> list[str]:
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._handle)
        try:
            return os.listdir(handle)  # noqa: PTH208 - a Path can't list through an open handle
        finally:
            os.close(handle)

    def link(self, name: str) -> tuple[str, int, int]:
        path, file = os.readlink(name, dir_fd=self._handle), os.stat(name, dir_fd=self._handle)
        return path, file.st_uid, file.st_mode


def _bytes_or_none(folder: ProcessFolder, name: str) -> bytes:
    """The file, or nothing where this one file is not ours to read. A process that is gone still raises."""
    try:
        return folder.bytes(name)
    except PermissionError:
        return b""


def _uid(status: bytes) -> int | None:
    match = re.search(rb"^Uid:\s+(\d+)", status, re.MULTILINE)
    return int(match.group(1)) if match else None


def _boot_time(root: str) -> float | None:
    """Seconds since the epoch at boot, from ``/proc/stat``."""
    try:
        with Path(root, "stat").open(encoding="ascii") as lines:
            return next((float(line.split()[1]) for line in lines if line.startswith("btime ")), None)
    except OSError:
        return None


def _user_names() -> dict[int, str]:
    """Names from ``/etc/passwd`` alone: a directory service that is down must not keep anybody from seeing a GPU."""
    try:
        lines = Path("/etc/passwd").read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    rows = (line.split(":") for line in reversed(lines))
    return {int(row[2]): clean_line(row[0], 64) for row in rows if len(row) > 2 and row[2].isdigit()}


def _in_first_namespace(root: str) -> bool:
    try:
        return Path(root, "self/ns/pid").readlink().name == FIRST_PID_NAMESPACE
    except OSError:
        return False


def _is_taken(pid: int) -> bool:
    """Ask the kernel without procfs and without a signal."""
    try:
        handle = os.pidfd_open(pid)
    except OSError as error:
        return isinstance(error, PermissionError)
    os.close(handle)
    return True
