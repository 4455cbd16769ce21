"""The effects of approving: put a grant on an object, take it off."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport.errors import ClusterError, Conflict, Denied, Rejected
from opsconsole.cluster.writes import Patch, UnchangedError, VanishedError, Writer, api_of
from opsconsole.govern.annotations import notes_of, setting
from opsconsole.govern.approvals.approval import grant_for_delete, grant_for_write, written_at
from opsconsole.govern.names import APPROVED
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Ref, Step, StepOutcome, StepState
from opsconsole.switches.approve.plan import GRANT, TAKE, decode, decode_take
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.restore import fields
from opsconsole.switches.restore.fields import Put

_PROBE = "2026-01-01T00:00:00Z "
"""Stands in for the grant where it is tried what the object is once it has one; it lets nothing through."""


class ApprovalEffect:
    """What every effect of approvals has; each is one after the other, since they may be of one object."""

    name = ""
    parallel = False

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock


class _OnAnnotation(ApprovalEffect):
    def needs(self, step: Step) -> tuple[Access, ...]:
        group, _, plural = api_of(step.target.kind)
        return (Access("patch", plural, group, "", step.target.namespace, step.target.name),)


class GrantApproval(_OnAnnotation):
    """Puts the grant on the object.

    What is signed are the values as the API server would store them, for the generation that the object has with the
    annotation on it, until a time by the API server's own clock: both are asked for by dry runs.
    """

    name = GRANT

    def rehearse(self, step: Step) -> str:
        """Why the write that is to be approved would not be taken even from us; empty if it would.

        Raises:
            ClusterError: it can't be asked now.
        """
        arguments = decode(step)
        return "" if arguments.deletes else why_refused(self._writer, step.target, arguments.puts)

    def read(self, step: Step) -> bytes | StepOutcome:
        found = self._writer.read(step.target)
        return msgspec.json.encode({"value": notes_of(found).get(APPROVED)})

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        try:
            now = self._writer.patch(permit, self.name, step.target, lambda found: self._signing(step, found))
        except fields.UnfitError as error:
            raise ClusterError(f"{step.target}: {error}") from error
        grant = notes_of(now).get(APPROVED)
        until = f"{str(grant)[:19]} UTC"
        return StepOutcome(
            step.key,
            StepState.DONE,
            f"approved until it is taken off, due at {until}" if decode(step).deletes else f"approved until {until}",
            after=msgspec.json.encode({"value": grant}),
        )

    def _signing(self, step: Step, found: JsonObject) -> Patch:
        arguments, target = decode(step), step.target
        require_as_shown(target.kind, arguments.puts, found)
        mark = setting(found, APPROVED, _PROBE + arguments.id)
        version = {"op": "test", "path": "/metadata/resourceVersion", "value": found["metadata"]["resourceVersion"]}
        marked = self._writer.rehearse(target, lambda _: [version, *mark])
        until = (written_at(marked) or self._clock.now()) + arguments.minutes * 60
        if arguments.deletes:
            grant = grant_for_delete(found, until)
        else:
            change = fields.patch(target.kind, found, arguments.puts)
            wanted = self._writer.rehearse(target, lambda _: [version, *change])
            grant = grant_for_write({"kind": target.kind, **marked}, {"kind": target.kind, **wanted}, until)
        return [version, *setting(found, APPROVED, grant)]


class TakeApproval(_OnAnnotation):
    """Takes the grant off again, if it is still the one that was given."""

    name = TAKE

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            found = self._writer.read(step.target)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: its approval is gone with it")
        return msgspec.json.encode({"value": notes_of(found).get(APPROVED)})

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        grant = decode_take(step).grant

        def change(found: JsonObject) -> Patch:
            return setting(found, APPROVED, None) if notes_of(found).get(APPROVED) == grant else []

        try:
            self._writer.patch(permit, self.name, step.target, change)
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, "it was off already, or is another one now")
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: its approval is gone with it")
        return StepOutcome(step.key, StepState.DONE, "taken off")


def why_refused(writer: Writer, target: Ref, puts: Sequence[Put]) -> str:
    """Why the API server would not take a write even from us (dry run); empty if it would.

    Raises:
        ClusterError: it can't be asked now.
    """
    try:
        writer.rehearse(target, lambda found: fields.patch(target.kind, found, puts))
    except (UnchangedError, VanishedError) as error:
        return str(error)
    except (Denied, Rejected, fields.UnfitError) as error:
        return f"the API server would not take it from you either (dry run): {error}"
    return ""


def require_as_shown(kind: str, puts: Sequence[Put], found: JsonObject) -> None:
    """Raise :class:`Conflict` unless each field still says what it said when the plan was shown."""
    for put in puts:
        now = fields.value(kind, put.path, found)
        if not fields.same(put.path, now, put.seen):
            raise Conflict(f"{put.path} is {now} by now, and was {put.seen} when it was shown", status=409)
