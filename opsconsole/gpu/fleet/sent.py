"""A node's report as what this host's own readers give: a snapshot, facts about processes, who has a device open."""

from __future__ import annotations

from opsconsole.gpu.fleet.report import NodeReport, SentProcess
from opsconsole.gpu.host.holders import Holder, why_blind
from opsconsole.gpu.host.processes import FIRST_PID_NAMESPACE, Facts, HostFacts, facts_of
from opsconsole.gpu.nvml.probe import ProbeError, snapshot_of
from opsconsole.gpu.nvml.snapshot import Snapshot
from opsconsole.records import ProcessState, State
from opsconsole.text import clean_line

NO_ANSWER = -1
"""The code of an answer that came from what runs on the node, and not from NVML."""


def snapshot_in(report: NodeReport) -> Snapshot:
    """What NVML said there.

    Raises:
        ProbeError: it said nothing, and why.
    """
    answer = report.nvml
    if answer.code == NO_ANSWER:
        raise ProbeError(State.DOWN, clean_line(answer.detail, 200))
    return snapshot_of(answer, "on this node")


class SentFolder:
    """The files of one process, as they were sent."""

    def __init__(self, sent: SentProcess) -> None:
        self._sent = sent

    def bytes(self, name: str) -> bytes:
        if name in self._sent.denied:
            raise PermissionError(name)
        try:
            return self._sent.files[name].encode("utf-8", "replace")
        except KeyError as error:
            raise FileNotFoundError(name) from error

    def entries(self, name: str) -> list[str]:
        return self._sent.lists.get(name, [])

    def link(self, name: str) -> tuple[str, int, int]:
        try:
            return self._sent.links[name]
        except KeyError as error:
            raise FileNotFoundError(name) from error


class SentProcesses:
    """Facts about a node's processes from its report; see :class:`opsconsole.gpu.host.processes.ProcessReader`.

    Args:
        report: what was sent.
        host_pids: whether what ran there saw the PIDs that NVML tells; ``None``: by its PID namespace.
    """

    def __init__(self, report: NodeReport, *, host_pids: bool | None = None) -> None:
        self._report = report
        self._host_pids = report.pid_namespace == FIRST_PID_NAMESPACE if host_pids is None else host_pids
        users = {int(uid): clean_line(name, 64) for uid, name in report.users.items() if uid.isdecimal()}
        self._around = HostFacts(report.boot_time, report.ticks, users, self._name)

    def read(self, pid: int) -> Facts:
        if not self._host_pids:
            return Facts(pid, ProcessState.OTHER_NAMESPACE)
        sent = self._report.processes.get(str(pid))
        if sent is None or sent.there == "denied":
            return Facts(pid, ProcessState.NO_PERMISSION)
        if sent.there != "yes":
            return Facts(pid, ProcessState.GONE)
        return facts_of(pid, SentFolder(sent), self._around)

    def raw_cgroup(self, facts: Facts) -> str:
        """The text of the file that :attr:`Facts.place` was read from."""
        return self._file(facts, "cgroup")

    def raw_executable(self, facts: Facts) -> str:
        """Where the link leads that :attr:`Facts.executable` was read from; empty where that was not to be read."""
        sent = self._report.processes.get(str(facts.pid))
        found = sent.links.get(_prefix(facts) + "exe") if sent else None
        return found[0] if found else ""

    def _file(self, facts: Facts, name: str) -> str:
        sent = self._report.processes.get(str(facts.pid))
        return sent.files.get(_prefix(facts) + name, "") if sent else ""

    def _name(self, pid: int) -> str:
        return clean_line(self._report.names.get(str(pid), ""), 64)


def _prefix(facts: Facts) -> str:
    return f"task/{facts.task}/" if facts.state is ProcessState.ZOMBIE_LEADER else ""


class SentHolders:
    """Who has a device file open, from the last report that was asked for it."""

    def __init__(self) -> None:
        self._found: tuple[Holder, ...] = ()
        self.blind = ""

    def take(self, report: NodeReport) -> None:
        """Take over what a report says, if it was asked."""
        if report.holders is not None:
            self._found = tuple(Holder(pid, ticks, frozenset(minors)) for pid, ticks, minors in report.holders)
            self.blind = why_blind(root=report.uid == 0) if report.blind else ""

    def scan(self) -> tuple[Holder, ...]:
        """The holders."""
        return self._found
