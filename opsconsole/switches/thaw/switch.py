"""The switch that takes a freeze back, whoever made it."""

from __future__ import annotations

from opsconsole.records import Plan
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.freeze.plan import thawing
from opsconsole.switches.freeze.switch import FreezeSwitch
from opsconsole.switches.parts import Parts
from opsconsole.switches.thaw.spec import SPEC


def build(parts: Parts) -> ThawSwitch:
    """Make the switch; it uses the effects and the proof of the freeze, which was made before."""
    freeze = parts.built["freeze"]
    if not isinstance(freeze, FreezeSwitch):
        raise TypeError("the switch that freezes has to be made before the one that thaws")
    return ThawSwitch(freeze)


class ThawSwitch(FreezeSwitch):
    """Flips the governor's parameter back, and deletes the policy of a freeze on the spot."""

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous

    def __init__(self, freeze: FreezeSwitch) -> None:
        vars(self).update(vars(freeze))

    def gather(self) -> FreezeFacts:
        return self.gather_at_once()  # who could end a freeze is of no use to whoever ends it

    def plan(self, facts: FreezeFacts) -> Plan:
        return thawing(facts, self._clock.now())
