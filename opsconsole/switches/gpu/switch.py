"""The switch that ends zombie GPU processes, and proves by NVML that their memory is free."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.decoding import decode_as
from opsconsole.gpu.fleet.clean import NodeCleaner
from opsconsole.gpu.fleet.feed import FleetFeed
from opsconsole.gpu.nvml.probe import ProbeError
from opsconsole.gpu.nvml.words import mebibytes
from opsconsole.gpu.observe import GpuReading
from opsconsole.gpu.proof import freed
from opsconsole.gpu.signals import EFFECT, NODE_EFFECT, Cleaner, Fate, Termination, clean_step, process_ref
from opsconsole.parallel import within
from opsconsole.permit import Permit
from opsconsole.records import (
    GpuDevice,
    GpuProcess,
    Outcome,
    Plan,
    ProcessState,
    Proof,
    Record,
    Ref,
    State,
    Step,
    StepOutcome,
    StepState,
    Target,
)
from opsconsole.switches.engine.switch import Call, Effect
from opsconsole.switches.engine.together import is_open
from opsconsole.switches.gpu.spec import SPEC
from opsconsole.switches.parts import Parts
from opsconsole.switches.target.facts import fingerprint

NAME = SPEC.name
SOON = 5.0
"""Seconds after which a plan that has more urgent steps, to revoke and to delete, waits no longer for GPUs."""

PATIENCE = 15.0
"""Seconds that the driver is given to free what ended processes held."""

_SKIPPED = frozenset({Fate.GONE, Fate.ZOMBIE})
_JOURNALLED = ("node", "boot", "pid", "start_ticks", "name", "command", "user", "cgroup", "pod_uid", "memory")
NO_PROCESSES = "GPUs are read from Prometheus, which knows no processes: gpu.nodes = ssh or exec would see them"
_SHOWN = 8


def build(parts: Parts) -> GpuSwitch:
    """Make the switch; without a feed of GPUs it says that there is nothing to see."""
    effects: list[Effect] = []
    gpu, settings = parts.gpu, parts.settings.gpu
    if isinstance(gpu, FleetFeed):
        there = NodeCleaner(parts.mint, parts.clock, gpu.watch_of, term_seconds=settings.term_seconds)
        effects.append(TerminateOnNode(there, settings.nodes_at_once))
        soon = partial(gpu.look, patience=SOON)
        return GpuSwitch(gpu, effects, settings.term_seconds, parts.clock, look_at=gpu.look, look_soon=soon)
    if gpu is not None:
        cleaner = Cleaner(parts.mint, parts.clock, gpu.reader, gpu.judge, term_seconds=settings.term_seconds)
        effects.append(Terminate(cleaner))
    blind = NO_PROCESSES if settings.enabled and settings.nodes == "dcgm" else ""
    return GpuSwitch(gpu, effects, settings.term_seconds, parts.clock, blind=blind)


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


class Looker(Protocol):
    """What is needed of the feed of GPUs."""

    def look(self) -> GpuReading:
        """Look now. Raises ``ProbeError``."""
        ...


class Ender(Protocol):
    """Ends one process and redeems the permit: :mod:`opsconsole.gpu.signals`, or for other machines ``fleet.clean``."""

    def terminate(self, permit: Permit, target: GpuProcess) -> Termination:
        """End it. Blocks for a bounded time. Raises ``PermitError``."""
        ...


class Terminate:
    """Ends one process of this host by pidfd."""

    name = EFFECT
    parallel = True

    def __init__(self, cleaner: Ender) -> None:
        self._cleaner = cleaner

    def needs(self, step: Step) -> tuple[Access, ...]:
        del step
        return ()

    def read(self, step: Step) -> bytes | StepOutcome:
        process = _process(step)
        told = {name: getattr(process, name) for name in _JOURNALLED if getattr(process, name) not in ("", None)}
        return msgspec.json.encode(told)

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        end = self._cleaner.terminate(permit, _process(step))
        words = str(end.fate) + (f": {end.detail}" if end.detail else "")
        state = StepState.SKIPPED if end.fate in _SKIPPED else StepState.DONE if end.ended else StepState.FAILED
        return StepOutcome(step.key, state, words, after=msgspec.json.encode(end))


class TerminateOnNode(Terminate):
    """Ends one process of another machine by a pidfd there."""

    name = NODE_EFFECT

    def __init__(self, cleaner: Ender, at_once: int) -> None:
        super().__init__(cleaner)
        self.at_once = at_once


class GpuSwitch:
    """Cleans up after dead training processes, on this host or on the nodes that are looked at.

    Args:
        looker: sees the GPUs; ``None`` where reading them is switched off.
        effects: that its plans name.
        term_seconds: between SIGTERM and SIGKILL.
        clock: where the time comes from.
        look_at: looks at some nodes alone, for a proof that is about them; raises ``ProbeError``.
        look_soon: looks for :data:`SOON` seconds at most; ``None``: the looker's own look is given up after them.
        blind: why processes can't be seen at all, though GPUs are.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(
        self,
        looker: Looker | None,
        effects: Sequence[Effect],
        term_seconds: float,
        clock: Clock,
        *,
        look_at: Callable[[Collection[str]], GpuReading] | None = None,
        look_soon: Callable[[], GpuReading] | None = None,
        blind: str = "",
    ) -> None:
        self._look_soon = look_soon or self._look_within
        self._blind = blind
        self._looker = looker
        self._look_at = look_at
        self._effects = {effect.name: effect for effect in effects}
        self._term_seconds = term_seconds
        self._clock = clock

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> GpuFacts:
        return self._gather(self._look)

    def gather_soon(self) -> GpuFacts:
        """Gather, and take what has not answered by then for what can't be seen."""
        return self._gather(self._look_soon)

    def _gather(self, look_now: Callable[[], GpuReading]) -> GpuFacts:
        if self._blind:
            return GpuFacts(problem=self._blind)
        if self._looker is None:
            return GpuFacts(problem="reading GPUs is switched off (gpu.enabled)", absent=True)
        try:
            look = look_now()
        except ProbeError as error:
            absent = error.state is State.ABSENT
            words = "nothing to clean up" if absent else "GPUs can't be read"
            return GpuFacts(problem=f"{words}: {error}", absent=absent)
        return GpuFacts(look.devices, look.processes, unseen=look.unseen, note=look.note)

    def plan(self, facts: GpuFacts) -> Plan:
        return plan(facts, self._term_seconds, self._clock.now())

    def plan_without(self, facts: GpuFacts, doomed: frozenset[str]) -> Plan:
        """Make the plan for when the pods with these UIDs will be gone."""
        return plan(facts, self._term_seconds, self._clock.now(), doomed)

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        before = decode_as(plan.checks, GpuFacts)
        ended = _ended(plan, outcome)
        unknown = tuple(_unknown(before, plan))
        if not ended or self._looker is None:
            none = (Proof("the memory is free", None, "no process was ended"),) if plan.steps else ()
            yield (*none, *unknown)
            return
        deadline = self._clock.monotonic() + PATIENCE
        while True:
            last = self._clock.monotonic() >= deadline
            proofs = self._compare(before, ended, last=last)
            yield (*proofs, *unknown)
            if (last and is_open((*proofs, *unknown))) or (unknown and all(proof.holds for proof in proofs)):
                return  # what was not seen at first stays open: there is nothing to wait for

    def _look_within(self) -> GpuReading:
        try:
            return within(SOON, self._look)
        except TimeoutError:
            raise ProbeError(State.DOWN, f"no answer yet in {SOON:g} s") from None

    def _look(self) -> GpuReading:
        return self._looker.look() if self._looker else GpuReading((), ())

    def _compare(self, before: GpuFacts, ended: Sequence[GpuProcess], *, last: bool) -> tuple[Proof, ...]:
        try:
            nodes = {process.node for process in ended if process.node}
            after = self._look_at(nodes) if self._look_at and nodes else self._look()
        except (ProbeError, ClusterError) as error:
            return (Proof("the memory is free", None, f"unknown: {error}"),)
        found = freed(GpuReading(before.devices, before.processes), after, ended)
        return tuple(
            proof if proof.holds or last else msgspec.structs.replace(proof, holds=None)
            for proof in (each.proof() for each in found)
        )


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
    steps = tuple(clean_step(process, term_seconds) for process in candidates)
    staying, unseen = _staying(facts.processes, candidates), tuple(_unseen(facts))
    unjudged = [process for process in staying if process.unjudged]
    warnings = (*unseen, *_warnings(staying, candidates))
    what = _number(len(steps), "process that holds", "processes that hold")
    return Plan(
        switch=NAME,
        title=f"End {what} GPU memory on {_where(facts, candidates)}",
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(process_ref(process) for process in candidates),
        warnings=warnings,
        notes=tuple(_notes(facts.processes, [*candidates, *staying])),
        blocked=_blocked(facts, steps, unjudged),
        shows=tuple(Target(process_ref(each), each.started, _holds(each)) for each in candidates),
        checks=msgspec.json.encode(facts),
        nothing=not (steps or unseen or unjudged) and (not facts.problem or facts.absent),
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


def _process(step: Step) -> GpuProcess:
    return decode_as(step.arguments, GpuProcess)


def _ended(plan: Plan, outcome: Outcome) -> list[GpuProcess]:
    """The processes that were ended, on each GPU that they held."""
    before = decode_as(plan.checks, GpuFacts)
    done = {each.step for each in outcome.steps if each.state in {StepState.DONE, StepState.SKIPPED}}
    ended = {step.target for step in plan.steps if step.key in done}
    return [process for process in before.processes if process_ref(process) in ended]


def _unknown(before: GpuFacts, plan: Plan) -> Iterator[Proof]:
    """What no look can prove, since it was not seen when the plan was made."""
    planned = {step.target for step in plan.steps}
    for node, why in before.unseen:
        yield Proof(f"node {node} is clean", None, f"not looked at: {why}")
    if before.note:
        yield Proof("nothing else is left on GPUs", None, before.note)
    for process in _once(one for one in before.processes if one.unjudged and process_ref(one) not in planned):
        yield Proof(f"process {_called(process)} is not to be ended", None, process.why)


def _staying(processes: Iterable[GpuProcess], candidates: Sequence[GpuProcess]) -> list[GpuProcess]:
    """Those that no signal reaches, or of which it is not known whether they are to be ended."""
    chosen = {process_ref(process) for process in candidates}
    stay = [one for one in _once(processes) if one.unjudged or one.state is ProcessState.UNINTERRUPTIBLE]
    return [process for process in stay if process_ref(process) not in chosen]


def _once(processes: Iterable[GpuProcess]) -> list[GpuProcess]:
    """Each process once, however many GPUs it holds."""
    return list({process_ref(process): process for process in processes}.values())


def _warnings(staying: Iterable[GpuProcess], candidates: Sequence[GpuProcess]) -> Iterator[str]:
    for process in staying:
        yield f"{_called(process)} stays: {process.why}"
    unknown = [process for process in candidates if process.memory is None]
    if unknown:
        named = ", ".join(_called(process) for process in unknown)
        yield f"how much memory is held is unknown (MIG, vGPU) of {named}"


def _notes(processes: Iterable[GpuProcess], told: Iterable[GpuProcess]) -> Iterator[str]:
    """Those that are in use, and of which nothing is ``told`` yet."""
    known = {process_ref(process) for process in told}
    left = [process for process in _once(processes) if process_ref(process) not in known]
    for process in left[:_SHOWN]:
        yield f"{_called(process)} is left alone: {process.why}"
    if len(left) > _SHOWN:
        yield f"and {len(left) - _SHOWN} more are left alone"


def _called(process: GpuProcess) -> str:
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


def _blocked(facts: GpuFacts, steps: tuple[Step, ...], unjudged: Collection[GpuProcess]) -> str:
    if facts.problem:
        return facts.problem
    if steps:
        return ""
    words = ["nothing to clean up: no process on a GPU that is seen is a candidate"]
    if facts.unseen:
        words.append(f"{_number(len(facts.unseen), 'node is', 'nodes are')} NOT seen")
    if unjudged:
        words.append(f"{_number(len(unjudged), 'process stays', 'processes stay')} that can't be judged or ended")
    return "; ".join([*words, *filter(None, [facts.note])])


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
