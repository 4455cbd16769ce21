"""The plan of a clean-up: who is ended, who is not and why, in words. Pure functions of what one look saw."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from opsconsole.gpu.nvml.words import mebibytes
from opsconsole.gpu.observe import OPEN_HANDLE
from opsconsole.gpu.signals import clean_step, process_ref
from opsconsole.records import GpuDevice, GpuProcess, Plan, ProcessState, Record, Ref, Step, Target
from opsconsole.switches.gpu.spec import SPEC
from opsconsole.switches.target.facts import fingerprint

_SHOWN = 8


class GpuFacts(Record, frozen=True):
    """What one look saw.

    ``problem`` says why there is nothing to plan, ``absent`` that there is no GPU to see. ``unseen`` are the nodes that
    could not be looked at, each with the reason, ``note`` what the look lacks besides.
    """

    devices: tuple[GpuDevice, ...] = ()
    processes: tuple[GpuProcess, ...] = ()
    problem: str = ""
    absent: bool = False
    unseen: tuple[tuple[str, str], ...] = ()
    note: str = ""


def plan(facts: GpuFacts, term_seconds: float, now: float, doomed: Iterable[str] = ()) -> Plan:
    """The plan for ``facts``; it changes nothing and asks nobody.

    Args:
        facts: what one look saw.
        term_seconds: between SIGTERM and SIGKILL.
        now: seconds since the epoch.
        doomed: UIDs of pods that will be gone by then: their processes, and those that the optimizer runs outside
            Kubernetes, are candidates if they outlive them. Each is judged again before it is signalled.
    """
    uids = frozenset(doomed)
    candidates = list(_candidates(facts.processes, uids))
    chosen = {process_ref(process) for process in candidates}
    steps = tuple(clean_step(process, term_seconds) for process in candidates)
    staying, unseen = _staying(facts.processes, candidates), tuple(_unseen(facts))
    unjudged = [process for process in staying if process.unjudged]
    soon = not_yet(facts.processes, chosen)
    warnings = (*unseen, *_warnings(staying, candidates), *_not_yet(soon))
    what = _number(len(steps), "process that holds", "processes that hold")
    return Plan(
        switch=SPEC.name,
        title=f"End {what} GPU memory on {_where(facts, candidates)}",
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(process_ref(process) for process in candidates),
        warnings=warnings,
        notes=tuple(_notes(facts.processes, [*candidates, *staying, *soon])),
        blocked=_blocked(facts, steps, unjudged, soon),
        shows=tuple(Target(process_ref(each), each.started, _holds(each)) for each in candidates),
        checks=msgspec.json.encode(facts),
        nothing=not (steps or unseen or unjudged or soon) and (not facts.problem or facts.absent),
    )


def _candidates(processes: Iterable[GpuProcess], doomed: frozenset[str]) -> Iterator[GpuProcess]:
    """Each candidate process once, however many GPUs it holds."""
    seen: set[Ref] = set()
    for process in processes:
        if process.pod_uid and process.pod_uid in doomed and not process.protected and not process.candidate:
            why = f"the optimizer's, in pod {process.pod or process.pod_uid}: ended if it outlives its pod"
            process = msgspec.structs.replace(process, candidate=True, why=why)  # noqa: PLW2901 - the same process
        elif doomed and process.once_orphaned and not process.protected:
            why = "the optimizer's, outside Kubernetes: ended if it outlives its parent"
            process = msgspec.structs.replace(process, candidate=True, why=why)  # noqa: PLW2901 - the same process
        if process.candidate and not process.protected and process_ref(process) not in seen:
            seen.add(process_ref(process))
            yield process


def _staying(processes: Iterable[GpuProcess], candidates: Sequence[GpuProcess]) -> list[GpuProcess]:
    """Those that no signal reaches, or of which it is not known whether they are to be ended."""
    chosen = {process_ref(process) for process in candidates}
    stay = [one for one in once(processes) if one.unjudged or one.state is ProcessState.UNINTERRUPTIBLE]
    return [process for process in stay if process_ref(process) not in chosen]


def not_yet(processes: Iterable[GpuProcess], planned: Collection[Ref]) -> list[GpuProcess]:
    """Leftovers that time makes candidates, none of those that are ``planned``."""
    return [one for one in once(processes) if one.candidate_in is not None and process_ref(one) not in planned]


def once(processes: Iterable[GpuProcess]) -> list[GpuProcess]:
    """Each process once, however many GPUs it holds."""
    return list({process_ref(process): process for process in processes}.values())


def _warnings(staying: Iterable[GpuProcess], candidates: Sequence[GpuProcess]) -> Iterator[str]:
    for process in staying:
        yield f"{called(process)} stays: {process.why}"
    unknown = [process for process in candidates if process.memory is None]
    for words, some in (
        ("how much memory is held is unknown (MIG, vGPU) of {}", [one for one in unknown if one.kind != OPEN_HANDLE]),
        (
            "NVML does not list {}, which has the device open: how much memory that holds is unknown",
            [one for one in unknown if one.kind == OPEN_HANDLE],
        ),
    ):
        if some:
            yield words.format(", ".join(map(called, once(some))))


def _not_yet(soon: Sequence[GpuProcess]) -> Iterator[str]:
    """Leftovers that are not to be ended yet."""
    for process in soon[:_SHOWN]:
        yield f"{called(process)} can't be ended yet, in {process.candidate_in:g} s: {process.why}"
    if len(soon) > _SHOWN:
        yield f"and {len(soon) - _SHOWN} more can't be ended yet"


def _notes(processes: Iterable[GpuProcess], told: Iterable[GpuProcess]) -> Iterator[str]:
    """Those that are in use, and of which nothing is ``told`` yet."""
    known = {process_ref(process) for process in told}
    left = [process for process in once(processes) if process_ref(process) not in known]
    for process in left[:_SHOWN]:
        yield f"{called(process)} is left alone: {process.why}"
    if len(left) > _SHOWN:
        yield f"and {len(left) - _SHOWN} more are left alone"


def called(process: GpuProcess) -> str:
    """A process as plans and proofs name it: PID, name, and the node where it is another machine's."""
    return f"{process.pid} ({process.name})" + (f" on node {process.node}" if process.node else "")


def _unseen(facts: GpuFacts) -> Iterator[str]:
    for node, why in facts.unseen[:_SHOWN]:
        yield f"node {node} is NOT looked at: {why}"
    if len(facts.unseen) > _SHOWN:
        yield f"and {len(facts.unseen) - _SHOWN} more nodes are NOT looked at"
    if facts.note:
        yield f"NOT all is seen: {facts.note}"


def _where(facts: GpuFacts, candidates: Sequence[GpuProcess]) -> str:
    """Where the processes are, for the title."""
    named = {process.node for process in candidates if process.node}
    nodes = named or {device.node for device in facts.devices if device.node}
    if len(nodes) == 1:
        return f"node {min(nodes)}"
    return f"{len(nodes)} nodes" if nodes or facts.unseen else "this host"


def _holds(process: GpuProcess) -> str:
    where = f"on {process.node}, " if process.node else ""
    return f"{process.name}, {where}{mebibytes(process.memory)}, {process.state.value}: {process.why}"


def _blocked(
    facts: GpuFacts, steps: tuple[Step, ...], unjudged: Collection[GpuProcess], soon: Collection[GpuProcess]
) -> str:
    if facts.problem:
        return facts.problem
    if steps:
        return ""
    words = ["nothing to clean up: no process on a GPU that is seen is a candidate"]
    if soon:
        seconds = max(process.candidate_in or 0.0 for process in soon)
        many = _number(len(soon), "process is a leftover", "processes are leftovers")
        words = [f"nothing to clean up yet: {many} that can be ended in {seconds:g} s ({wait_command(seconds)})"]
    if facts.unseen:
        words.append(f"{_number(len(facts.unseen), 'node is', 'nodes are')} NOT seen")
    if unjudged:
        words.append(f"{_number(len(unjudged), 'process stays', 'processes stay')} that can't be judged or ended")
    return "; ".join([*words, *filter(None, [facts.note])])


def wait_command(seconds: float) -> str:
    """The command that ends a leftover which can be ended in ``seconds``."""
    return f"opsconsole kill gpu --wait {seconds + 5:g}"


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
