"""The switch that ends zombie GPU processes, and proves by NVML that their memory is free."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
from opsconsole.gpu.observe import GpuReading
from opsconsole.gpu.proof import freed
from opsconsole.gpu.signals import EFFECT, NODE_EFFECT, Cleaner, Fate, Termination, process_ref
from opsconsole.parallel import within
from opsconsole.permit import Permit
from opsconsole.records import (
    GpuProcess,
    Outcome,
    Plan,
    Proof,
    State,
    Step,
    StepOutcome,
    StepState,
)
from opsconsole.switches.engine.proving.together import is_open
from opsconsole.switches.engine.switch import Call, Effect
from opsconsole.switches.gpu.plan import GpuFacts, called, not_yet, once, plan, wait_command
from opsconsole.switches.gpu.spec import SPEC
from opsconsole.switches.parts import Parts

NAME = SPEC.name
SOON = 5.0
"""Seconds after which a plan that has more urgent steps, to revoke and to delete, waits no longer for GPUs."""

PATIENCE = 15.0
"""Seconds that the driver is given to free what ended processes held."""

_SKIPPED = frozenset({Fate.GONE, Fate.ZOMBIE})
_JOURNALLED = ("node", "boot", "pid", "start_ticks", "name", "command", "user", "cgroup", "pod_uid", "memory")
NO_PROCESSES = "GPUs are read from Prometheus, which knows no processes: gpu.nodes = ssh or exec would see them"


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
            yield (*none, *_rest(before.note, before.note), *unknown)
            return
        deadline = self._clock.monotonic() + PATIENCE
        while True:
            last = self._clock.monotonic() >= deadline
            proofs, note = self._compare(before, ended, last=last)
            left = (*_rest(before.note, note), *unknown)
            yield (*proofs, *left)
            if (last and is_open((*proofs, *left))) or (is_open(left) and all(proof.holds for proof in proofs)):
                return  # what was not seen stays open: there is nothing to wait for

    def _look_within(self) -> GpuReading:
        try:
            return within(SOON, self._look)
        except TimeoutError:
            raise ProbeError(State.DOWN, f"no answer yet in {SOON:g} s") from None

    def _look(self) -> GpuReading:
        return self._looker.look() if self._looker else GpuReading((), ())

    def _compare(self, before: GpuFacts, ended: Sequence[GpuProcess], *, last: bool) -> tuple[tuple[Proof, ...], str]:
        """The proofs by a new look, and what that look lacks; one at some nodes tells nothing of the others."""
        nodes = {process.node for process in ended if process.node}
        try:
            after = self._look_at(nodes) if self._look_at and nodes else self._look()
        except (ProbeError, ClusterError) as error:
            return (Proof("the memory is free", None, f"unknown: {error}"),), before.note
        found = freed(GpuReading(before.devices, before.processes), after, ended)
        proofs = tuple(
            proof if proof.holds or last else msgspec.structs.replace(proof, holds=None)
            for proof in (each.proof() for each in found)
        )
        return proofs, before.note if nodes else after.note or _left(after, ended)


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
    for process in once(one for one in before.processes if one.unjudged and process_ref(one) not in planned):
        yield Proof(f"process {called(process)} is not to be ended", None, process.why)
    for process in not_yet(before.processes, planned):
        seconds = process.candidate_in or 0.0
        words = (
            f"not yet judged, it could not be ended for another {seconds:g} s: {process.why}; {wait_command(seconds)}"
        )
        yield Proof(f"process {called(process)} holds no GPU any more", None, words)


def _left(after: GpuReading, ended: Sequence[GpuProcess]) -> str:
    """Who else may be to be ended: a look that sees more than the one before may see leftovers that it did not."""
    known = {process_ref(process) for process in ended}
    others = [one for one in once(after.processes) if process_ref(one) not in known and not one.protected]
    left = [one for one in others if one.candidate or one.unjudged or one.candidate_in is not None]
    return "; ".join(f"{called(one)}: {one.why}" for one in left[:3])


def _rest(before: str, after: str) -> Iterator[Proof]:
    """Whether all memory is accounted for, where it was not when the plan was made: what a look lacks, then and now."""
    if before:
        yield Proof("nothing else is left on GPUs", None if after else True, after or "all is seen now")
