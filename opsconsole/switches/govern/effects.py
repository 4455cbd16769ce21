"""The effect of installing: make an object say what is wanted."""

from __future__ import annotations

import msgspec

from opsconsole.cluster.writes import Patch, UnchangedError
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Step, StepOutcome, StepState
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.freeze.effects import OnOurs, require_ours
from opsconsole.switches.govern.plan import UPDATE


class UpdateObject(OnOurs):
    """Puts the wanted spec in place of what an object of ours says."""

    name = UPDATE
    verb = "patch"

    def read(self, step: Step) -> bytes | StepOutcome:
        return msgspec.json.encode(self.ours(step.target))

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        wanted: JsonObject = msgspec.json.decode(step.arguments)

        def change(found: JsonObject) -> Patch:
            require_ours(step.target, found)
            return [{"op": "replace", "path": "/spec", "value": wanted["spec"]}]

        try:
            now = self._writer.patch(permit, self.name, step.target, change)
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, "it says so already")
        return StepOutcome(step.key, StepState.DONE, "updated", after=msgspec.json.encode(now))
