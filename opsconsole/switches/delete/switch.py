"""The switch that deletes the optimizer: reads what makes its pods, and proves that none comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from opsconsole.clock import Clock
from opsconsole.console import Console
from opsconsole.optimizer import Optimizers
from opsconsole.records import Outcome, Plan, Pod, Proof, Ref, State, StepState
from opsconsole.settings import SwitchSettings
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.delete.copies import Copies
from opsconsole.switches.delete.effects import DeletePod, ForcePod, KeepVolumes, SetField
from opsconsole.switches.delete.evidence import CollectEvidence
from opsconsole.switches.delete.proofs import Decisions, DeletedWorkload, Deletion, decode_gone
from opsconsole.switches.delete.spec import SPEC
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.engine.together import Looks, together
from opsconsole.switches.parts import Parts
from opsconsole.switches.target.facts import OptimizerFacts
from opsconsole.switches.target.left.leftovers import LeftBehind
from opsconsole.switches.target.left.reader import Leftovers
from opsconsole.switches.target.reader import TargetReader


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
    copies = Copies(parts.connection, parts.clock, parts.executor, partial(_watched_pods, parts.console))
    managers = Optimizers.of(parts.settings).managers
    return OptimizerSwitch(
        parts.world,
        effects,
        parts.settings.switches,
        clock=parts.clock,
        decisions=decisions,
        copies=copies,
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
    newest = max((decision.received for decision in list(console.store.decisions.values())[-50:]), default=None)
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
        leftovers: Leftovers | None = None,
    ) -> None:
        self._world = world
        self._effects = {effect.name: effect for effect in effects}
        self._settings = settings
        self._clock = clock
        self._decisions = decisions
        self._copies = copies
        self._leftovers = leftovers

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> tuple[OptimizerFacts, ...]:
        found = self._world.optimizers()
        left = self._leftovers.look(found) if self._leftovers else LeftBehind()
        copies = self._copies.in_words(found) if self._copies else ()
        first = msgspec.structs.replace(found[0], copies=(*copies, *left.rest), breaks=left.breaks)
        return (first, *found[1:])

    def plan(self, facts: Sequence[OptimizerFacts]) -> Plan:
        return optimizer.plan(facts, self._settings, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        done = {step.step for step in outcome.steps if step.state is StepState.DONE and step.before}
        forced = [step.target for step in plan.steps if step.key in done and self._is_force(step.effect)]
        gone = decode_gone(plan)
        left = tuple(Proof(f"{title}: deleted", None, f"not planned: {why}") for title, why in gone.left)
        looks = [
            self._watch(each, forced, alone=len(gone.each) == 1, first=not place)
            for place, each in enumerate(gone.each)
        ]
        for proofs in together(looks):
            yield (*proofs, *left)
            if left and all(proof.holds for proof in proofs):
                return  # the whole is never proved: there is nothing to wait for

    def _watch(self, gone: DeletedWorkload, forced: Sequence[Ref], *, alone: bool, first: bool) -> Looks:
        """The proofs of one workload; what is said of the decision stream holds for all and is the first one's."""
        watch = Deletion(
            self._world,
            gone,
            self._settings.quiet_seconds,
            self._clock,
            decisions=self._decisions if first else None,
            forced=[ref for ref in forced if ref in gone.pods],
            whose="" if alone else gone.facts.title,
        )
        return watch.proofs(self._settings.patience_seconds)

    def _is_force(self, effect: str) -> bool:
        return effect == optimizer.FORCE or (effect == optimizer.DELETE and not self._settings.grace_seconds)
