"""The switch that does all three in order: rights, optimizer, GPUs. It goes on when one fails, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.decoding import decode_as
from opsconsole.records import Outcome, Plan, Proof, Record, Step
from opsconsole.switches.engine.proving.follow import Following
from opsconsole.switches.engine.proving.together import together
from opsconsole.switches.engine.switch import Effect, Switch
from opsconsole.switches.parts import Parts
from opsconsole.switches.registry import CONTAINING
from opsconsole.switches.stop_all.spec import SPEC
from opsconsole.switches.target.facts import OptimizerFacts, fingerprint

NAME = SPEC.name
_WORDS = {"revoke": "revoke", "optimizer": "delete", "gpu": "clean up GPUs"}


def build(parts: Parts) -> StopAll:
    """Make the switch of those that make up a containment."""
    from opsconsole.switches.gpu.switch import GpuSwitch  # noqa: PLC0415 - others want to know but our plans

    switches = [parts.built[spec.name] for spec in CONTAINING]
    gpus = [switch for switch in switches if isinstance(switch, GpuSwitch)]
    replan = {switch.name: switch.plan_without for switch in gpus}
    return StopAll(switches, parts.clock.now, replan, {switch.name: switch.gather_soon for switch in gpus})


class PartPlans(Record, frozen=True):
    """The plans of the parts, by switch: the ``checks`` of the whole.

    ``unproved``: why a part could not be planned, by switch. It proves nothing, and so the whole is not proved.
    """

    plans: dict[str, Plan] = msgspec.field(default_factory=dict)
    unproved: dict[str, str] = msgspec.field(default_factory=dict)


class StopAll:
    """Runs the parts' plans as one.

    Args:
        parts: the switches, in their order.
        replan: makes a part's plan anew, knowing the UIDs of the pods that an earlier part deletes.
        now: seconds since the epoch.
        soon: gathers a part's facts in bounded time: a GPU that hangs must not keep anybody from revoking.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(
        self,
        parts: Sequence[Switch],
        now: Callable[[], float],
        replan: Mapping[str, Callable[[Any, frozenset[str]], Plan]] | None = None,
        soon: Mapping[str, Callable[[], Any]] | None = None,
    ) -> None:
        self._soon = soon or {}
        self._parts = parts
        self._now = now
        self._replan = replan or {}

    @property
    def effects(self) -> Mapping[str, Effect]:
        return {}

    def gather(self) -> dict[str, Any]:
        """The facts of each part; a part that can't be read is the error that says why."""
        return {part.name: _gathered(self._soon.get(part.name, part.gather)) for part in self._parts}

    def plan(self, facts: dict[str, Any]) -> Plan:
        doomed = _doomed(facts.values())
        plans = {part.name: self._part(part, facts[part.name], doomed) for part in self._parts}
        ready = {name: plan for name, plan in plans.items() if not plan.blocked}
        steps = tuple(_prefixed(name, step) for name, plan in ready.items() for step in plan.steps)
        blocked = {name: plan.blocked for name, plan in plans.items() if plan.blocked}
        unproved = {name: words for name, words in blocked.items() if not plans[name].nothing}
        titles = {part.name: part.title for part in self._parts}
        return Plan(
            switch=NAME,
            title="Stop the optimizer: " + ", then ".join(_WORDS.get(name, titles[name]) for name in ready),
            made_at=self._now(),
            facts=fingerprint(*(plan.facts for plan in plans.values()), *blocked.values()),
            steps=steps,
            targets=tuple(dict.fromkeys(target for plan in ready.values() for target in plan.targets)),
            warnings=(
                *(f"NOT PLANNED, so not proved: {titles[name]}: {why}" for name, why in unproved.items()),
                *dict.fromkeys(words for plan in plans.values() for words in plan.warnings),
            ),
            notes=(
                *(f"left out: {titles[name]}: {why}" for name, why in blocked.items() if name not in unproved),
                *dict.fromkeys(words for plan in ready.values() for words in plan.notes),
            ),
            blocked="" if steps else "; ".join(blocked.values()),
            shows=tuple(target for plan in ready.values() for target in plan.shows),
            checks=msgspec.json.encode(PartPlans(ready, unproved)),
            nothing=not steps and not unproved,
        )

    def further(self, plan: Plan) -> Iterator[tuple[Effect, Step]]:
        """What the parts' proofs call for."""
        plans = decode_as(plan.checks, PartPlans).plans
        for part in self._parts:
            if part.name in plans and isinstance(part, Following):
                yield from part.further(plans[part.name])

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        """All parts' proofs, looked at in turn until each part's are final."""
        parts = decode_as(plan.checks, PartPlans)
        plans = parts.plans
        titles = {part.name: part.title for part in self._parts}
        open_parts = tuple(
            Proof(f"{titles.get(name, name)}: done", None, f"not planned: {why}")
            for name, why in parts.unproved.items()
        )
        looks = [
            part.verify(plans[part.name], _own(part.name, plans[part.name], outcome))
            for part in self._parts
            if part.name in plans
        ]
        for proofs in together(looks):
            yield (*proofs, *open_parts)
            if open_parts and all(proof.holds for proof in proofs):
                return  # the whole is never proved: there is nothing to wait for

    def _part(self, part: Switch, facts: Any, doomed: frozenset[str]) -> Plan:
        if isinstance(facts, ClusterError):
            return Plan(part.name, part.title, self._now(), "", blocked=f"it can't be planned now: {facts}")
        replan = self._replan.get(part.name)
        return replan(facts, doomed) if replan else part.plan(facts)


def _gathered(gather: Callable[[], Any]) -> Any:
    try:
        return gather()
    except ClusterError as error:
        return error


def _doomed(facts: Iterable[Any]) -> frozenset[str]:
    """UIDs of the pods that the deletion of the optimizer takes away."""
    workloads = [each for part in facts if isinstance(part, tuple) for each in part]
    return frozenset(
        pod.ref.uid for each in workloads if isinstance(each, OptimizerFacts) for pod in each.pods if not pod.over
    )


def _prefixed(name: str, step: Step) -> Step:
    return msgspec.structs.replace(step, key=f"{name}:{step.key}")


def _own(name: str, plan: Plan, outcome: Outcome) -> Outcome:
    """The outcome of one part: its own steps, under their own keys."""
    keys = {f"{name}:{step.key}": step.key for step in plan.steps}
    steps = tuple(msgspec.structs.replace(step, step=keys[step.step]) for step in outcome.steps if step.step in keys)
    return msgspec.structs.replace(outcome, switch=name, steps=steps)
