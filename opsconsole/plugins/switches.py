"""Plugins' kill switches: nothing they raise, no hanging call and no way round the permit may harm the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.permit import Permit, PermitError, Redeemer
from opsconsole.plugins.bounded import Bounded, HungError
from opsconsole.plugins.loading import in_words
from opsconsole.records import Outcome, Plan, Proof, Step, StepOutcome, StepState
from opsconsole.switches.engine.switch import Call, Effect, Switch

LOOK_SECONDS = 10.0
"""Longest that a plugin may take to look at the world, for a plan, an effect or a proof."""

ACT_SECONDS = 60.0
"""Longest that one effect of a plugin may take."""

_Result = TypeVar("_Result")


class BrokenPluginError(ClusterError):
    """A plugin's switch failed in a way that it should not have."""


class GuardedSwitch:
    """A plugin's switch as the registry gets it.

    ``dangerous`` is true unless it has no effects at all: then nothing that the gate could be asked to do is in it. Its
    plans may name its own effects alone.
    """

    def __init__(self, switch: Switch, redeemer: Redeemer) -> None:
        self.name = switch.name
        self.title = switch.title
        self.key = switch.key
        self.poll_seconds = max(0.1, float(switch.poll_seconds))
        self._switch = switch
        self._look = Bounded(LOOK_SECONDS)
        self._effects: dict[str, Effect] = {
            name: GuardedEffect(effect, self.name, redeemer) for name, effect in switch.effects.items()
        }
        self.dangerous = bool(self._effects)

    @property
    def effects(self) -> Mapping[str, Effect]:
        return self._effects

    def gather(self) -> Any:
        """See :meth:`opsconsole.switches.engine.switch.Switch.gather`; takes :data:`LOOK_SECONDS` at most."""
        return _guarded(self.name, lambda: self._look(self._switch.gather))

    def plan(self, facts: Any) -> Plan:
        """See :meth:`opsconsole.switches.engine.switch.Switch.plan`. A plan with foreign effects is blocked."""
        made = _guarded(self.name, lambda: self._look(lambda: self._switch.plan(facts)))
        if not isinstance(made, Plan):
            raise BrokenPluginError(f"the plugin's switch {self.name} made no plan but a {type(made).__name__}")
        made = msgspec.structs.replace(made, switch=self.name)
        foreign = {step.effect for step in made.steps} - self._effects.keys()
        if not foreign:
            return made
        words = f"the plugin's switch {self.name} names effects that are not its own: {', '.join(sorted(foreign))}"
        return msgspec.structs.replace(made, steps=(), blocked=words)

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        """See :meth:`opsconsole.switches.engine.switch.Switch.verify`. What it raises is a proof that can't be had."""
        try:
            looks: Iterator[tuple[Proof, ...]] = iter(self._look(lambda: self._switch.verify(plan, outcome)))
            while (proofs := self._look(lambda: next(looks, None))) is not None:
                yield proofs
        except Exception as error:  # noqa: BLE001 - what was done is done; the outcome has to be told
            yield (Proof(f"{self.title} worked", None, f"the plugin can't tell: {_words(error)}"),)


class GuardedEffect:
    """A plugin's effect: done only if it has used its permit up, within a time."""

    def __init__(self, effect: Effect, switch: str, redeemer: Redeemer) -> None:
        self.name = effect.name
        self.parallel = False
        self._effect = effect
        self._switch = switch
        self._redeemer = redeemer

    def needs(self, step: Step) -> tuple[Access, ...]:
        return _guarded(self._switch, lambda: Bounded(LOOK_SECONDS)(lambda: self._effect.needs(step)))

    def read(self, step: Step) -> bytes | StepOutcome:
        return _guarded(self._switch, lambda: Bounded(LOOK_SECONDS)(lambda: self._effect.read(step)))

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        """Let the plugin act.

        Raises:
            ClusterError, PermitError: as the plugin's effect raises them, or since it hangs.
        """
        try:
            done = _guarded(self._switch, lambda: Bounded(ACT_SECONDS)(lambda: self._effect.act(step, permit, call)))
        finally:
            unused = self._take_back(step, permit)
        if unused and done.state is StepState.DONE:
            words = "it says it is done, but it has not used its permit: what it did is not known"
            return msgspec.structs.replace(done, state=StepState.FAILED, detail=words)
        return done

    def _take_back(self, step: Step, permit: Permit) -> bool:
        """Use the permit up if the plugin has not; nobody may do so later."""
        try:
            self._redeemer.redeem(permit, self.name, step.target)
        except PermitError:
            return False
        return True


def _guarded(switch: str, call: Callable[[], _Result]) -> _Result:
    try:
        return call()
    except (ClusterError, PermitError):
        raise
    except Exception as error:
        raise BrokenPluginError(f"the plugin's switch {switch} failed: {_words(error)}") from error


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, HungError | ClusterError) else in_words(error)
