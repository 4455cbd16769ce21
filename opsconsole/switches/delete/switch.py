"""The switch that deletes the optimizer: reads what makes its pods, and proves that none comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from opsconsole.clock import Clock
from opsconsole.console import Console
from opsconsole.names import parse_workload
from opsconsole.optimizer import Optimizers
from opsconsole.records import Outcome, Plan, Pod, Proof, Ref, State, StepState
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.delete.armed import ArmedCopies, ArmedLook, CopiesWatch
from opsconsole.switches.delete.copies import Copies, StillListingError
from opsconsole.switches.delete.effects import DeletePod, ForcePod, KeepVolumes, SetField
from opsconsole.switches.delete.evidence import CollectEvidence
from opsconsole.switches.delete.proofs import Decisions, DeletedWorkload, Deletion, decode_gone
from opsconsole.switches.delete.spec import SPEC
from opsconsole.switches.engine.proving.together import Looks, together
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.parts import Parts
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.left.leftovers import LeftBehind
from opsconsole.switches.target.left.reader import Leftovers
from opsconsole.switches.target.reader import TargetReader

_LOOKS = 16
"""Looks at a list of all pods that is not there yet, each of :data:`copies.WAITED` seconds: five in all."""


def build(parts: Parts) -> OptimizerSwitch:
    """Make the switch."""
    evidence = CollectEvidence(
        parts.connection,
        parts.mint,
        parts.journal.folder,
        executor=parts.executor,
        clock=parts.clock,
        pause=parts.pause,
    )
    killed = parts.gpu.optimizer_killed if parts.gpu else lambda _: None
    effects: list[Effect] = [
        evidence,
        SetField(parts.writer),
        KeepVolumes(parts.writer),
        DeletePod(parts.writer, killed),
        ForcePod(parts.writer, parts.clock, parts.pause),
    ]
    decisions = partial(_decisions, parts.console) if parts.console else None
    copies = Copies(
        parts.world.api,
        parts.clock,
        parts.executor,
        partial(_watched_pods, parts.console),
        parts.settings.cluster.namespaces,
    )
    unchosen = tuple(map(parse_workload, parts.settings.optimizer.unchosen))
    armed = ArmedCopies(parts.world.api, parts.world.reads, copies, unchosen)
    managers = Optimizers.of(parts.settings).managers
    return OptimizerSwitch(
        parts.world,
        effects,
        parts.settings.switches,
        clock=parts.clock,
        decisions=decisions,
        copies=copies,
        armed=armed,
        leftovers=Leftovers(parts.connection, parts.clock, parts.executor, managers),
    )


def _watched_pods(console: Console | None) -> Iterable[Pod] | None:
    """The pods of all namespaces, where the console watches them."""
    health = console.store.health.get("pods") if console is not None else None
    if console is None or health is None or health.state is not State.LIVE or health.namespaces:
        return None
    return list(console.store.pods.values())


def _decisions(console: Console) -> Decisions:
    """How the decision stream stands, from the console's store. A stream with nobody left to speak is read, too."""
    health = console.store.health.get("decisions")
    newest = next(reversed(list(console.store.decisions)), None)
    return Decisions(health is not None and health.state in {State.LIVE, State.ABSENT}, newest)


class OptimizerSwitch:
    """Stops what makes the optimizer's pods, and deletes them.

    Args:
        world: reads it.
        effects: that its plans name.
        settings: grace, evidence and quiet times.
        clock: where the time comes from.
        decisions: how the decision stream stands; ``None`` where there is none to look at.
        copies: looks for its image elsewhere.
        armed: tells what those copies may.
        leftovers: looks for what else it leaves behind.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(
        self,
        world: TargetReader,
        effects: Sequence[Effect],
        settings: SwitchSettings,
        *,
        clock: Clock,
        decisions: Callable[[], Decisions] | None = None,
        copies: Copies | None = None,
        armed: ArmedCopies | None = None,
        leftovers: Leftovers | None = None,
    ) -> None:
        self._world = world
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock
        self._decisions = decisions
        self._copies = copies
        self._armed = armed
        self._leftovers = leftovers

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> tuple[OptimizerFacts, ...]:
        found = self._world.optimizers()
        left = self._leftovers.look(found) if self._leftovers else LeftBehind()
        look, unlooked = self._looked_for(found)
        copies = self._copies.in_words(found) if self._copies else ()
        others = tuple(f"left running: {name}, another optimizer that is named and not chosen" for name in look.others)
        first = msgspec.structs.replace(
            found[0],
            copies=(*copies, *others, *left.rest),
            breaks=left.breaks,
            armed=look.armed,
            unlooked=unlooked,
        )
        return (first, *found[1:])

    def _looked_for(self, found: Sequence[OptimizerFacts]) -> tuple[ArmedLook, str]:
        """The copies of it, and why more of them may be there. Where nothing is to be stopped the list is waited for.

        "Nothing to delete" would not be known before that; what stops the optimizer does not wait.
        """
        if self._armed is None:
            return ArmedLook(), ""
        look = self._armed.look(found)
        stops = any(pod for each in found for pod in each.pods if not pod.over)
        stops = stops or any(each.root is not None and not each.root.stopped for each in found)
        for _ in range(0 if stops else _LOOKS):
            if not isinstance(look.trouble, StillListingError):
                break
            look = self._armed.look(found)
        still = isinstance(look.trouble, StillListingError)
        return look, str(look.trouble) if still else look.unproved(self._armed.places)

    def plan(self, facts: Sequence[OptimizerFacts]) -> Plan:
        return optimizer.plan(facts, self._settings, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        done = {step.step for step in outcome.steps if step.state is StepState.DONE and step.before}
        forced = [step.target for step in plan.steps if step.key in done and self._is_force(step.effect)]
        undone = {step.step for step in outcome.steps if step.state is not StepState.DONE and not step.unsure}
        unstopped = [step.target for step in plan.steps if step.key in undone and step.effect == optimizer.SET]
        gone = decode_gone(plan)
        left = tuple(Proof(f"{title}: deleted", None, f"not planned: {why}") for title, why in gone.left)
        looks = [
            self._watch(each, forced, unstopped, alone=len(gone.each) == 1, first=not place)
            for place, each in enumerate(gone.each)
        ]
        copies = (
            CopiesWatch(self._armed, gone, outcome, self._clock, self._settings.patience_seconds)
            if self._armed
            else None
        )
        for proofs in together(looks):
            others = copies.proofs() if copies else ()
            yield (*proofs, *others, *left)
            never = bool(left) or (copies is not None and copies.stays)
            if never and all(proof.holds for proof in proofs):
                return  # the whole is never proved: there is nothing to wait for

    def _watch(
        self, gone: DeletedWorkload, forced: Sequence[Ref], unstopped: Sequence[Ref], *, alone: bool, first: bool
    ) -> Looks:
        """The proofs of one workload; what is said of the decision stream holds for all and is the first one's."""
        watch = Deletion(
            self._world,
            gone,
            self._settings.quiet_seconds,
            self._clock,
            decisions=self._decisions if first else None,
            forced=[ref for ref in forced if ref in gone.pods],
            unstopped=gone.facts.root is not None and gone.facts.root.ref in unstopped,
            whose="" if alone else gone.facts.title,
        )
        return watch.proofs(self._settings.patience_seconds)

    def _is_force(self, effect: str) -> bool:
        return effect == optimizer.FORCE or (effect == optimizer.DELETE and not self._settings.grace_seconds)
