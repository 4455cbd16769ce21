"""What is wrong with a node's driver and GPUs, and who of the fleet differs from the others. Pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from opsconsole.gpu.fleet.report import NodeReport
from opsconsole.records import Finding, GpuDevice, GpuNode, Ref, Severity
from opsconsole.text import clean_line

DRIVER_CHANGED, DRIVER_DIFFERS, NODE_FAULT = "gpu-driver-changed", "gpu-driver-differs", "gpu-node-fault"

MOST_PROBLEMS = 32
"""Problems kept of a node: the worst come first."""

_XID = re.compile(r"NVRM: Xid \(PCI:([0-9A-Fa-f:.]{4,20})\): (\d{1,4})")
_LIBRARY_MISMATCH = 18

_XIDS: Mapping[int, str] = {
    13: "an illegal access by a program",
    31: "a page fault by a program",
    43: "a program was stopped",
    45: "a program was cleaned up after",
    48: "a double-bit ECC error",
    61: "the GPU's microcontroller failed",
    62: "the GPU's microcontroller halted",
    63: "a page is to be retired or a row remapped",
    64: "a page could not be retired or a row not remapped",
    74: "an NVLink error",
    79: "the GPU fell off the bus",
    92: "many single-bit ECC errors",
    94: "a contained ECC error",
    95: "an uncontained ECC error",
    119: "the GPU's system processor (GSP) timed out",
    120: "the GPU's system processor (GSP) failed",
    140: "an ECC error that was not recovered",
}
"""What NVIDIA's list of Xid errors says of those that are met most; any other is told by its number."""

_OTHER_XID = "see NVIDIA's list of Xid errors"
_BY_PROGRAMS = frozenset({13, 31, 43, 45})
"""Xids that a program's own defect makes: they tell of no fault of the machine."""


class Xid(NamedTuple):
    """One fault in the kernel's log: where on the bus, and its number."""

    pci: str
    number: int


def xids(lines: Iterable[str]) -> list[Xid]:
    """The faults in the kernel's log, oldest first."""
    found = (_XID.search(line) for line in lines)
    return [Xid(match.group(1).lower(), int(match.group(2))) for match in found if match]


def problems(report: NodeReport, devices: Iterable[GpuDevice]) -> tuple[str, ...]:
    """What is wrong with a node, each in words for the screen, the worst first."""
    known = list(devices)
    found = dict.fromkeys([*_driver(report), *_faults(report, known), *_waiting(report, known)])
    return tuple(found)[:MOST_PROBLEMS]


def _driver(report: NodeReport) -> Iterator[str]:
    facts = report.facts
    module, library = clean_line(facts.module, 32), clean_line(facts.library, 32)
    if module and library and module != library and not library.endswith(f".{module}"):
        yield f"kernel module {module}, library {library}: reload the module or reboot"
    elif report.nvml.code == _LIBRARY_MISMATCH:
        yield f"kernel module {module or '?'} and library {library or '?'} do not match: reload the module or reboot"


def _faults(report: NodeReport, devices: list[GpuDevice]) -> Iterator[str]:
    counted = Counter(xids(report.facts.kernel_log or ()))
    for xid, times in counted.items():
        if xid.number in _BY_PROGRAMS:
            continue
        where = next((f"GPU {one.index}" for one in devices if _same_place(one.pci, xid.pci)), f"PCI {xid.pci}")
        often = f", {times} times" if times > 1 else ""
        yield f"Xid {xid.number} on {where}{often}: {_XIDS.get(xid.number, _OTHER_XID)}"
    for one in devices:
        if one.ecc_errors:
            yield f"GPU {one.index}: {one.ecc_errors} uncorrectable ECC errors"


def _same_place(one: str, other: str) -> bool:
    """Whether two addresses are one: NVML writes the domain with eight digits, the kernel with four."""
    mine = one.lower().rpartition(".")[0] or one.lower()
    return bool(mine) and mine.lstrip("0") == (other.partition(".")[0]).lstrip("0")


def _waiting(report: NodeReport, devices: Iterable[GpuDevice]) -> Iterator[str]:
    for one in devices:
        if one.pending:
            yield f"GPU {one.index}: {', '.join(one.pending)} waits for a reset"
    if report.facts.reboot:
        yield "a reboot is pending"


class FleetFacts:
    """Remembers each node's driver, and tells what is wrong in the fleet as findings."""

    def __init__(self) -> None:
        self._drivers: dict[str, str] = {}
        self._changed: dict[str, Finding] = {}
        self._since: dict[str, float] = {}

    def findings(self, nodes: Iterable[GpuNode], now: float) -> dict[str, Finding]:
        """The findings by key, as of these nodes, which are all there are: what was of others is forgotten.

        A driver that changed while the console ran stays one, and is as old as its last change. A node that is STALE
        counts with what was last seen of it.
        """
        every = list(nodes)
        known = [node for node in every if node.driver]
        self._forget({node.name for node in every})
        for node in known:
            self._note_change(node, now)
        found = [*self._changed.values(), *_differing(known, now)]
        found += [one for node in every for one in _troubled(node, now)]
        self._since = {one.key: self._since.get(one.key, one.at) for one in found}
        return {one.key: msgspec.structs.replace(one, at=self._since[one.key]) for one in found}

    def _forget(self, names: set[str]) -> None:
        for gone in self._drivers.keys() - names:
            del self._drivers[gone]
            self._changed.pop(gone, None)

    def _note_change(self, node: GpuNode, now: float) -> None:
        before = self._drivers.get(node.name, node.driver)
        self._drivers[node.name] = node.driver
        if before == node.driver:
            return
        title = f"GPU driver of node {node.name} changed: {before} → {node.driver}"
        detail = "Changed since the console has been looking; who changed it is not known to NVML."
        key = f"{DRIVER_CHANGED}/{node.name}"
        self._since.pop(key, None)  # an older change of the same node's
        found = Finding(key, DRIVER_CHANGED, Severity.CRITICAL, title, detail, about=_ref(node), at=now)
        self._changed[node.name] = found


def _differing(nodes: list[GpuNode], now: float) -> Iterator[Finding]:
    """Who has another driver than most; where no version has a majority, all are told once."""
    counts = Counter((node.driver, node.cuda) for node in nodes)
    if len(counts) < 2:
        return
    usual, times = counts.most_common(1)[0]
    versions = ", ".join(f"{driver} on {count}" for (driver, _), count in counts.most_common(4))
    if times * 2 <= len(nodes):
        title = f"GPU drivers differ over {len(nodes)} nodes: {versions}"
        yield Finding(DRIVER_DIFFERS, DRIVER_DIFFERS, Severity.WARNING, title, at=now)
        return
    for node in nodes:
        if (node.driver, node.cuda) != usual:
            title = f"GPU driver of node {node.name} is {node.driver} (CUDA {node.cuda or '?'}); {usual[0]} on {times}"
            key = f"{DRIVER_DIFFERS}/{node.name}"
            yield Finding(key, DRIVER_DIFFERS, Severity.WARNING, title, versions, about=_ref(node), at=now)


def _troubled(node: GpuNode, now: float) -> Iterator[Finding]:
    if node.problems:
        title = f"GPUs of node {node.name}: {node.problems[0]}"
        detail = "\n".join(node.problems)
        yield Finding(
            f"{NODE_FAULT}/{node.name}", NODE_FAULT, Severity.WARNING, title, detail, about=_ref(node), at=now
        )


def _ref(node: GpuNode) -> Ref:
    return Ref("Node", "", node.name)
