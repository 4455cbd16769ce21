"""Reads files and says which machine this is. What can't be read is empty."""

import os
import re
from typing import Any, Dict, List

VERSION = 1
MOST_BYTES = {"stat": 4096, "cmdline": 4096, "cgroup": 16384, "status": 512}
Json = Dict[str, Any]


def text(path: str, most: int) -> str:
    """The file's text, cut at ``most`` bytes; empty where it can't be read."""
    try:
        with open(path, "rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return ""


def link(path: str) -> str:
    """Where a link leads; empty where that can't be read."""
    try:
        return plain(os.readlink(path))
    except OSError:
        return ""


def plain(name: str) -> str:
    """A file's name as text that JSON can hold."""
    return os.fsencode(name)[:4096].decode("utf-8", "replace")


def identity(proc: str) -> Json:
    """Which machine this is, in which of its lives, and as whom we look."""
    boot_time = re.search(r"^btime (\d+)", text(f"{proc}/stat", 1 << 20), re.M)
    return {
        "version": VERSION,
        "hostname": os.uname().nodename,
        "kernel": os.uname().release,
        "boot_id": text(f"{proc}/sys/kernel/random/boot_id", 64).strip(),
        "boot_time": float(boot_time.group(1)) if boot_time else None,
        "ticks": os.sysconf("SC_CLK_TCK"),
        "uid": os.geteuid(),
        "pid_namespace": link(f"{proc}/self/ns/pid"),
        "lineage": lineage(proc),
    }


def lineage(proc: str) -> List[int]:
    """Our own PID and those of all our ancestors: the SSH session that this runs in."""
    found = [os.getpid()]
    while found[-1] > 1 and len(found) < 64:
        fields = text(f"{proc}/{found[-1]}/stat", 4096).rpartition(")")[2].split()
        if len(fields) < 2:
            break
        found.append(int(fields[1]))
    return found
