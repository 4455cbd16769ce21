"""Reads the files of processes, and who has a GPU's device file open."""

import os
import re
import time
from typing import Any, Dict, Iterator, List, Set, Tuple

from opsconsole.gpu.fleet.on_node.files import MOST_BYTES, Json, link, plain, text

MOST_TASKS, MOST_HOLDERS = 256, 1024


def comm(proc: str, pid: int) -> str:
    """The name of a process."""
    return text(f"{proc}/{pid}/comm", 64).rstrip("\n")


def read_process(proc: str, pid: int) -> Json:
    """The files of one ``/proc/PID``, read through one handle, so that all of them are of the same process."""
    try:
        folder = os.open(f"{proc}/{pid}", os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:
        return {"there": "denied"}
    except OSError:
        return {"there": "denied" if taken(pid) else "gone"}
    found: Json = {"there": "yes", "files": {}, "denied": [], "links": {}, "lists": {}}
    try:
        for _ in range(4):
            read_files(folder, "", found)
            # A process that reads from a disk is in state D for moments; only one that stays there is told as such.
            if state_in(found) != "D":
                break
            time.sleep(0.05)
        # The leader of a process may be dead while its threads live: what is true of them is what counts.
        if state_in(found) == "Z":
            tasks = os.listdir(f"{proc}/{pid}/task")[:MOST_TASKS]
            found["lists"]["task"] = tasks
            for task in tasks:
                read_files(folder, f"task/{task}/", found)
    except OSError:
        pass
    finally:
        os.close(folder)
    return found


def state_in(found: Json) -> str:
    """The letter of its state, from what was read."""
    return "".join(found["files"].get("stat", "").rpartition(")")[2].split()[:1])


def read_files(folder: int, prefix: str, found: Json) -> None:
    """Add the files below ``prefix``: what is not there stays away, what is not ours to read is named so."""
    for name, most in MOST_BYTES.items():
        try:
            found["files"][prefix + name] = piece(folder, prefix + name, most)
        except PermissionError:
            found["denied"].append(prefix + name)
        except OSError:
            continue
    try:
        path, file = os.readlink(prefix + "exe", dir_fd=folder), os.stat(prefix + "exe", dir_fd=folder)
        found["links"][prefix + "exe"] = [plain(path), file.st_uid, file.st_mode]
    except OSError:
        pass


def piece(folder: int, name: str, most: int) -> str:
    """One file below an open folder, cut."""
    handle = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        found = b""
        while len(found) < most:
            chunk = os.read(handle, most - len(found))
            if not chunk:
                break
            found += chunk
        return found.decode("utf-8", "replace")
    finally:
        os.close(handle)


def taken(pid: int) -> bool:
    """Whether there is a process that ``/proc`` does not show us."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def parents(processes: Any) -> Set[int]:
    """PIDs of the parents of what was read."""
    found = set()
    for one in processes:
        fields = one.get("files", {}).get("stat", "").rpartition(")")[2].split()
        if len(fields) > 1:
            found.add(int(fields[1]))
    return found


def user_names(processes: Any) -> Dict[str, str]:
    """Names of the owners, from ``/etc/passwd`` alone: a directory service that is down must not be waited for."""
    wanted = set()
    for one in processes:
        for name, content in one.get("files", {}).items():
            match = re.search(r"^Uid:\s+(\d+)", content, re.M) if name.endswith("status") else None
            if match:
                wanted.add(match.group(1))
    rows = (row.split(":") for row in text("/etc/passwd", 1 << 20).splitlines())
    return {row[2]: row[0][:64] for row in rows if len(row) > 2 and row[2] in wanted}


def find_holders(proc: str) -> Tuple[List[Tuple[int, int, List[int]]], bool]:
    """Who has a GPU's device file open: PID, start time, numbers of the files; and whether somebody was hidden."""
    found: List[Tuple[int, int, List[int]]] = []
    blind, ours = False, os.getpid()
    for name in os.listdir(proc):
        if not name.isdigit() or len(found) >= MOST_HOLDERS:
            continue
        try:
            # Identity first: if the PID changes hands meanwhile, its new owner has another start time.
            fields = text(f"{proc}/{name}/stat", 4096).rpartition(")")[2].split()
            if ours in (int(name), int(fields[1])):
                continue
            folders = [f"{proc}/{name}/fd"]
            if fields[0] == "Z":  # a dead leader's open files are told by its other threads alone
                folders += [f"{proc}/{name}/task/{thread}/fd" for thread in os.listdir(f"{proc}/{name}/task")]
            numbers = sorted({number for folder in folders for number in open_devices(folder)})
        except PermissionError:
            blind = blind or os.path.exists(f"{proc}/{name}")
        except (OSError, IndexError, ValueError):
            continue
        else:
            if numbers:
                found.append((int(name), int(fields[19]), numbers))
    return found, blind


def open_devices(folder: str) -> Iterator[int]:
    """The numbers of the ``/dev/nvidia*`` files that are open."""
    for name in os.listdir(folder):
        match = re.match(r"/dev/nvidia([0-9]+)$", link(f"{folder}/{name}"))
        if match:
            yield int(match.group(1))
