"""The effects of approving what shows a rule no object: put a line on its Namespace, take it off."""

from __future__ import annotations

import msgspec

from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.cluster.writes import Patch, UnchangedError, VanishedError
from opsconsole.govern.annotations import notes_of, setting
from opsconsole.govern.approvals.approval import written_at
from opsconsole.govern.approvals.listed import lines, to_remove, to_scale, with_line, without_line
from opsconsole.govern.names import LISTED
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Step, StepOutcome, StepState
from opsconsole.switches.approve.effects import ApprovalEffect, require_as_shown, why_refused
from opsconsole.switches.approve.plan import LIST, UNLIST, about, decode, decode_take
from opsconsole.switches.approve.requests import may_list
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.restore import fields

_PROBE = "2026-01-01T00:00:00Z"
"""Stands in for the line where it is tried by which clock the API server writes; it lets nothing through."""


_PATIENCE = 10.0
"""Seconds for which a controller may take to write what it saw to the object's status."""


def seen_by_its_controller(found: JsonObject) -> bool:
    """Whether its controller wrote to its status since the last change of it (it does so after each).

    Until then a line is signed for a resource version that is about to pass: where another approval was put on a
    Deployment a moment before, say, since an annotation makes a new generation of it.
    """
    seen, generation = (found.get("status") or {}).get("observedGeneration"), found["metadata"].get("generation")
    return isinstance(seen, int) and isinstance(generation, int) and seen >= generation


class _OnNamespace(ApprovalEffect):
    def needs(self, step: Step) -> tuple[Access, ...]:
        return (may_list(step.target.name),)

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            found = self._writer.read(step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: its approvals are gone with it")
        return msgspec.json.encode({"value": notes_of(found).get(LISTED)})


class ListApproval(_OnNamespace):
    """Puts the line on the Namespace, with the object as it is at that moment."""

    name = LIST

    def rehearse(self, step: Step) -> str:
        """Why the write that is to be approved would not be taken even from us; empty if it would.

        Raises:
            ClusterError: it can't be asked now.
        """
        arguments = decode(step)
        return "" if arguments.deletes else why_refused(self._writer, about(step), arguments.puts)

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        given: list[str] = []
        marked = self._writer.rehearse(step.target, lambda found: setting(found, LISTED, with_line(found, _PROBE, 0)))
        now = written_at(marked) or self._clock.now()
        try:
            self._writer.patch(permit, self.name, step.target, lambda space: self._signing(step, space, now, given))
        except fields.UnfitError as error:
            raise ClusterError(f"{about(step)}: {error}") from error
        line = given[-1]
        words = f"approved until {line[:19]} UTC"
        if decode(step).deletes:
            words = f"approved until it is taken off, due at {line[:19]} UTC"
        return StepOutcome(step.key, StepState.DONE, words, after=msgspec.json.encode({"value": line}))

    def _signing(self, step: Step, space: JsonObject, now: float, given: list[str]) -> Patch:
        """The object is read last: a write of it after that makes a line void through ``/scale``, never wider."""
        arguments, target = decode(step), about(step)
        settles = (lambda _: True) if arguments.deletes else seen_by_its_controller
        found = self._writer.read_once(target, settles, _PATIENCE)
        require_as_shown(target.kind, arguments.puts, found)
        until = now + arguments.minutes * 60
        line = to_remove(found, until) if arguments.deletes else to_scale(found, arguments.puts[0].want, until)
        given.append(line)
        version = {"op": "test", "path": "/metadata/resourceVersion", "value": space["metadata"]["resourceVersion"]}
        return [version, *setting(space, LISTED, with_line(space, line, now))]


class UnlistApproval(_OnNamespace):
    """Takes the line off again, if it is still there."""

    name = UNLIST

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        line = decode_take(step).grant

        def change(space: JsonObject) -> Patch:
            if line not in lines(space):
                return []
            version = {"op": "test", "path": "/metadata/resourceVersion", "value": space["metadata"]["resourceVersion"]}
            return [version, *setting(space, LISTED, without_line(space, line))]

        try:
            self._writer.patch(permit, self.name, step.target, change)
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, "it was off already, or is another one now")
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: its approvals are gone with it")
        return StepOutcome(step.key, StepState.DONE, "taken off")
