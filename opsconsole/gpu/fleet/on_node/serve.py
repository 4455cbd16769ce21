"""Answers one request: a report, or the end of processes."""

import json
import os
import signal

from opsconsole.gpu.fleet.on_node.cleaning import clean
from opsconsole.gpu.fleet.on_node.driver import machine_facts
from opsconsole.gpu.fleet.on_node.files import Json, identity
from opsconsole.gpu.fleet.on_node.nvml import ask_nvml
from opsconsole.gpu.fleet.on_node.processes import comm, find_holders, parents, read_process, user_names

MOST_PROCESSES = 2048


def serve(request: Json, proc: str = "/proc", kernel_log: str = "/dev/kmsg") -> None:
    """Do what ``request`` asks and print the answer."""
    # Whatever hangs: no process of ours outlives this. Signals that are ignored or blocked were set by our parent.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(request["seconds"]) + 1)
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a driver library that prints must not come between
    answer = clean(request, proc) if request["do"] == "clean" else report(request, proc, kernel_log)
    line = (request["mark"] + json.dumps(answer) + "\n").encode("ascii")
    while line:
        line = line[os.write(out, line) :]


def report(request: Json, proc: str, kernel_log: str) -> Json:
    """Everything there is to see of this machine's GPUs."""
    nvml = ask_nvml(float(request["nvml_seconds"]))
    listed = {entry["pid"] for entry in (nvml.get("snapshot") or {}).get("processes", ())}
    holders, blind = find_holders(proc) if request.get("holders") else (None, False)
    wanted = sorted(listed | {pid for pid, _, _ in holders or ()} | set(request["also"]))
    processes = {str(pid): read_process(proc, pid) for pid in wanted[:MOST_PROCESSES]}
    found = identity(proc)
    found.update(
        nvml=nvml,
        processes=processes,
        names={str(pid): comm(proc, pid) for pid in parents(processes.values())},
        users=user_names(processes.values()),
        holders=holders,
        blind=blind,
        truncated=len(wanted) > MOST_PROCESSES,
        facts=machine_facts(nvml.pop("library", ""), kernel_log),
    )
    return found
