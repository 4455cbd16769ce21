"""The effects on what governs: create an object of ours, delete it, flip the parameter."""

from __future__ import annotations

import msgspec

from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import ClusterError, Conflict
from opsconsole.cluster.writes import VanishedError, Writer, api_of
from opsconsole.govern import compare
from opsconsole.govern.annotations import notes_of
from opsconsole.govern.names import FROZEN
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Ref, Step, StepOutcome, StepState
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.freeze.plan import CREATE, DELETE, FLIP

ABSENT = b'{"absent": true}'


class ForeignError(ClusterError):
    """An object of somebody else's has the name; it was not touched."""


def require_ours(target: Ref, found: JsonObject) -> None:
    """Raise :class:`ForeignError` unless the console or its manifests made ``found``."""
    if not compare.is_ours(found):
        raise ForeignError(f"{target} is not ours (its labels say so): not touched")


class OnOurs:
    """What the effects share."""

    name = ""
    verb = ""
    parallel = False

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def needs(self, step: Step) -> tuple[Access, ...]:
        group, _, plural = api_of(step.target.kind)
        name = "" if self.verb == "create" else step.target.name
        return (Access(self.verb, plural, group, "", step.target.namespace, name),)

    def ours(self, target: Ref) -> JsonObject:
        """The object as it is; raises :class:`ForeignError` if we did not make it."""
        found = self._writer.read(target)
        require_ours(target, found)
        found["metadata"].pop("managedFields", None)
        return found


class CreateObject(OnOurs):
    """Creates an object of ours; one that is there already and says the same is as good."""

    name = CREATE
    verb = "create"

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            found = self.ours(step.target)
        except VanishedError:
            return ABSENT
        if compare.same(msgspec.json.decode(step.arguments), found):
            return StepOutcome(step.key, StepState.DONE, "it is there already")
        raise Conflict(f"{step.target} is there meanwhile, and is another one: look at the plan again", status=409)

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        wanted: JsonObject = msgspec.json.decode(step.arguments)
        try:
            made = self._writer.create(permit, self.name, step.target, wanted)
        except Conflict:
            # Somebody was faster. If that was another console of ours, what is wanted is done.
            if not compare.same(wanted, self.ours(step.target)):
                raise
            return StepOutcome(step.key, StepState.DONE, "another console made it at the same moment")
        return StepOutcome(step.key, StepState.DONE, "created", after=msgspec.json.encode(made))


class CreateAtOnce(CreateObject):
    """Creates what refuses the optimizer's writes, without a look before."""

    def known(self, step: Step) -> bytes:
        """The plan saw nothing there; if something is by now, the API server refuses to create it."""
        del step
        return ABSENT


class DeleteObject(OnOurs):
    """Deletes an object of ours, by its UID."""

    name = DELETE
    verb = "delete"

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            return msgspec.json.encode(self.ours(step.target))
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, str(error))

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        try:
            self._writer.delete(permit, self.name, step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, str(error))
        return StepOutcome(step.key, StepState.DONE, "deleted")


class FlipParameter(OnOurs):
    """Sets the parameter of the installed governor, by one write: nothing is read before it."""

    name = FLIP
    verb = "patch"

    def known(self, step: Step) -> bytes:
        """The annotation as the plan saw it. Whatever it is by now, it is set to the same value."""
        return msgspec.json.encode({"annotations": {FROZEN: msgspec.json.decode(step.arguments).get("seen")}})

    def read(self, step: Step) -> bytes | StepOutcome:
        return msgspec.json.encode({"annotations": {FROZEN: notes_of(self._writer.read(step.target)).get(FROZEN)}})

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        value = msgspec.json.decode(step.arguments)["value"]
        words = f"{FROZEN} is off it" if value is None else f"{FROZEN} is {value}"
        now = self._writer.merge(permit, self.name, step.target, {"metadata": {"annotations": {FROZEN: value}}})
        after = msgspec.json.encode({"annotations": {FROZEN: notes_of(now).get(FROZEN)}})
        return StepOutcome(step.key, StepState.DONE, words, after=after)
