"""The record of one node: what the last look at it found, or why there was none. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from opsconsole.gpu.fleet.facts import MOST_PROBLEMS, problems
from opsconsole.gpu.fleet.report import NodeReport
from opsconsole.gpu.fleet.watch import NodeLook
from opsconsole.records import GpuNode, State
from opsconsole.text import clean_line

LONGEST_WORDS = 200

_GONE = "none is seen any more"
"""How the problem of a node begins whose GPUs were seen before."""


def after_look(before: GpuNode, look: NodeLook, now: float) -> GpuNode:
    """The record behind a look that succeeded."""
    cards = [device for device in look.reading.devices if not device.mig_parent]
    candidates = {process.pid for process in look.reading.processes if process.candidate}
    return msgspec.structs.replace(
        _machine(before, look.report),
        state=State.LIVE,
        since=before.since if before.state is State.LIVE else now,
        seen=now,
        detail=look.reading.note,
        driver=next((device.driver for device in cards), ""),
        cuda=next((device.cuda for device in cards), ""),
        gpus=len(cards),
        candidates=len(candidates),
        memory_used=_sum(device.memory_used for device in cards),
        memory_total=_sum(device.memory_total for device in cards),
        problems=problems(look.report, look.reading.devices),
    )


def after_failure(before: GpuNode, state: State, why: str, now: float, report: NodeReport | None = None) -> GpuNode:
    """The record behind a look that failed: stale where there was a picture before, and denied where it was refused.

    Args:
        before: the record until now.
        state: what the failure means.
        why: in words.
        now: seconds since the epoch.
        report: what the node sent, where it did and NVML alone failed.
    """
    if state is State.DOWN and before.seen is not None:
        state = State.STALE
    words = clean_line(why, LONGEST_WORDS)
    known = before if report is None else _machine(before, report)
    known = msgspec.structs.replace(
        known,
        state=state,
        since=before.since if before.state is state else now,
        detail=words,
        problems=before.problems if report is None else problems(report, ()),
    )
    return _without_gpus(before, known, words) if state is State.ABSENT else known


def _without_gpus(before: GpuNode, known: GpuNode, why: str) -> GpuNode:
    """Nothing of what was known of its GPUs holds any more; that there were some is told until there are again."""
    gone = [one for one in before.problems if one.startswith(_GONE)]
    if before.gpus:
        gone = [f"{_GONE}, there {'was' if before.gpus == 1 else 'were'} {before.gpus}: {why}"]
    return msgspec.structs.replace(
        known,
        seen=None,
        driver="",
        cuda="",
        gpus=0,
        candidates=0,
        memory_used=None,
        memory_total=None,
        problems=(*gone, *(one for one in known.problems if one not in gone))[:MOST_PROBLEMS],
    )


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size or 0 for size in known)


def _machine(before: GpuNode, report: NodeReport) -> GpuNode:
    facts = report.facts
    return msgspec.structs.replace(
        before,
        host=clean_line(report.hostname, 64),
        boot=clean_line(report.boot_id, 64),
        kernel=clean_line(report.kernel, 64),
        module=clean_line(facts.module, 32),
        library=clean_line(facts.library, 32),
    )
