"""The effects on bindings: delete one, take subjects out of one, and put both back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec

from opsconsole.cluster.questions.rbac import GROUP, Grant, PolicyRule, Subject, parse_grant
from opsconsole.cluster.questions.reviews import Access, decode
from opsconsole.cluster.transport.errors import (
    ClusterError,
    NotFound,
    ServerFailure,
    TimedOut,
    Unreachable,
)
from opsconsole.cluster.transport.sockets import KEPT_CONNECTIONS
from opsconsole.cluster.writes import Patch, UnchangedError, VanishedError, Writer, api_of
from opsconsole.permit import Permit
from opsconsole.records import JsonObject, Record, Ref, Step, StepOutcome, StepState
from opsconsole.switches.engine.switch import Call
from opsconsole.switches.revoke.plan import DELETE, REMOVE, removal
from opsconsole.switches.shell import kubectl
from opsconsole.text import clean_line

RECREATE = "rbac.recreate"
RETURN = "rbac.return-subject"


class Arguments(Record, frozen=True):
    """What the steps carry: the object's true name, whom it is about, and for undo the manifest to put back.

    ``accounts`` are those of its subjects that are ServiceAccounts of the optimizer's, with the UIDs that they had.
    ``rules`` are what the role allowed when it was taken away; ``None``: that is not known, or too much to be kept.
    """

    name: str = ""
    subjects: tuple[Subject, ...] = ()
    role: tuple[str, str] = ("", "")
    manifest: JsonObject | None = None
    rules: tuple[PolicyRule, ...] | None = None
    accounts: tuple[Ref, ...] = ()


class _OnGrant:
    """What the effects on a binding share."""

    name = ""
    verb = ""
    parallel = True
    at_once = KEPT_CONNECTIONS
    guarded = False

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def needs(self, step: Step) -> tuple[Access, ...]:
        """The write, and ``bind`` where RBAC checks a change like a grant: taking a subject out is one too."""
        _, _, plural = api_of(step.target.kind)
        write = Access(self.verb, plural, GROUP, "", step.target.namespace, step.target.name)
        kind, name = _arguments(step).role
        if self.verb == "delete" or not kind:
            return (write,)
        return (write, Access("bind", f"{kind.lower()}s", GROUP, "", step.target.namespace, name))

    def read(self, step: Step) -> bytes | StepOutcome:
        try:
            found = self._writer.read(step.target, name=_arguments(step).name)
            found["metadata"].pop("managedFields", None)
            return msgspec.json.encode(found)
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to revoke")

    def _changed(self, step: Step, permit: Permit, change: Callable[[Grant], Patch]) -> JsonObject:
        """The binding after ``change``, which is worked out anew from what stands there when it is written."""
        name = _arguments(step).name
        return self._writer.patch(permit, self.name, step.target, lambda found: change(_grant(step, found)), name=name)


class DeleteGrant(_OnGrant):
    """Deletes a binding; one that has got other subjects since only loses the planned ones."""

    name = DELETE
    verb = "delete"
    guarded = True

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer)
        self._seen: dict[str, JsonObject] = {}

    def read(self, step: Step) -> bytes | StepOutcome:
        seen = super().read(step)
        if isinstance(seen, bytes):
            self._seen[step.key] = msgspec.json.decode(seen)
        return seen

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        arguments = _arguments(step)

        def decide(found: JsonObject) -> Patch | None:
            grant = _grant(step, found)
            return None if set(grant.subjects) <= set(arguments.subjects) else _removal(grant, arguments.subjects)

        def empty(found: JsonObject) -> Patch:
            return _removal(_grant(step, found), arguments.subjects)

        try:
            seen = self._seen.pop(step.key, None)
            left = self._writer.delete_or_patch(
                permit, self.name, step.target, decide, name=arguments.name, seen=seen, held=empty
            )
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to revoke")
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, "the account was taken out of it meanwhile")
        if left is None:
            return StepOutcome(step.key, StepState.DONE, "deleted")
        if left["metadata"].get("deletionTimestamp"):
            return _held(step, left, arguments.subjects)
        words = "it has got other subjects meanwhile: not deleted, the account was taken out of it"
        return StepOutcome(step.key, StepState.DONE, words, after=msgspec.json.encode(left))


class RemoveSubjects(_OnGrant):
    """Takes the account's subjects out of a binding that others share."""

    name = REMOVE
    verb = "patch"
    guarded = True

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        try:
            left = self._changed(step, permit, lambda grant: _removal(grant, _arguments(step).subjects))
        except VanishedError as error:
            return StepOutcome(step.key, StepState.DONE, f"{error}: nothing left to revoke")
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, "the account is not in it any more")
        stay = len(left.get("subjects") or ())
        words = f"taken out; {stay} other subject{' stays' if stay == 1 else 's stay'}"
        return StepOutcome(step.key, StepState.DONE, words, after=msgspec.json.encode(left))


class RecreateGrant(_OnGrant):
    """Puts a deleted binding back from its saved manifest."""

    name = RECREATE
    verb = "create"

    def read(self, step: Step) -> bytes | StepOutcome:
        arguments = _arguments(step)
        try:
            found = self._writer.read(step.target, name=arguments.name)
        except VanishedError:
            return b"null"
        if self._is_as_it_was(step, found, arguments.manifest or {}):
            return StepOutcome(step.key, StepState.DONE, "it is there again, as it was")
        return StepOutcome(step.key, StepState.FAILED, f"{step.target} is there again by now: make a new plan")

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        manifest = _arguments(step).manifest or {}
        try:
            made = self._writer.create(permit, self.name, step.target, fresh(manifest))
        except NotFound as error:
            return StepOutcome(step.key, StepState.FAILED, f"its namespace or its role is gone: {error}")
        except (Unreachable, ServerFailure) as error:
            return self._settled(step, manifest, error)
        return StepOutcome(step.key, StepState.DONE, "put back", after=msgspec.json.encode(made))

    def _settled(self, step: Step, manifest: JsonObject, error: ClusterError) -> StepOutcome:
        """The answer was lost, and a second try could only say that there is one: its content tells whether it is ours.

        Raises:
            ClusterError: it can't be read, or may be made yet: the server has not answered in time.
        """
        try:
            found = self._writer.read(step.target, name=_arguments(step).name)
        except VanishedError:
            if isinstance(error, TimedOut):
                raise error from None
            return StepOutcome(step.key, StepState.FAILED, f"{error}; asked again: it was not put back")
        if not self._is_as_it_was(step, found, manifest):
            return StepOutcome(step.key, StepState.FAILED, f"{error}; asked again: another {step.target} is there")
        words = f"put back, though its answer was lost ({error})"
        return StepOutcome(step.key, StepState.DONE, words, after=msgspec.json.encode(found))

    @staticmethod
    def _is_as_it_was(step: Step, found: JsonObject, manifest: JsonObject) -> bool:
        """Whether the binding that is there gives the same to the same."""
        now, wanted = _grant(step, found), _grant(step, manifest)
        return (now.role, set(now.subjects)) == (wanted.role, set(wanted.subjects))


class ReturnSubjects(_OnGrant):
    """Puts the account's subjects back into a binding."""

    name = RETURN
    verb = "patch"

    def act(self, step: Step, permit: Permit, call: Call) -> StepOutcome:
        del call
        try:
            left = self._changed(step, permit, lambda grant: _addition(grant, _arguments(step).subjects))
        except UnchangedError:
            return StepOutcome(step.key, StepState.DONE, "they are in it already")
        return StepOutcome(step.key, StepState.DONE, "put back", after=msgspec.json.encode(left))


def _held(step: Step, left: JsonObject, out: Collection[Subject]) -> StepOutcome:
    """A binding that finalizers hold gives its rights as before, to whoever is in it."""
    finalizers = ", ".join(clean_line(str(each)) for each in left["metadata"].get("finalizers") or ())
    after = msgspec.json.encode(left)
    if not set(_grant(step, left).subjects) & set(out):
        words = f"told to go; finalizers hold it ({finalizers}), so the account was taken out of it: it gives nothing"
        return StepOutcome(step.key, StepState.DONE, words, after=after)
    where = ["-n", step.target.namespace] if step.target.namespace else []
    empty = ["--type=json", "-p", '[{"op": "remove", "path": "/subjects"}]']
    name = str(left["metadata"].get("name", step.target.name))
    command = kubectl("patch", step.target.kind.lower(), names=[name], options=[*where, *empty])
    words = (
        f"told to go, but finalizers hold it ({finalizers}) and it gives its rights as before; to empty it: {command}"
    )
    return StepOutcome(step.key, StepState.FAILED, words, after=after)


def fresh(manifest: JsonObject) -> JsonObject:
    """``manifest`` as it can be created: without what only the server may set."""
    metadata = dict(manifest.get("metadata") or {})
    for field in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink"):
        metadata.pop(field, None)
    return {**manifest, "metadata": metadata}


def _arguments(step: Step) -> Arguments:
    return decode(step.arguments, Arguments)


def _grant(step: Step, found: JsonObject) -> Grant:
    """The binding as it is; a GET leaves its kind in, and the step knows it anyway."""
    return parse_grant(msgspec.json.encode({**found, "kind": step.target.kind}))


def _removal(grant: Grant, subjects: Iterable[Subject]) -> Patch:
    return removal(grant, subjects)[1:]  # the writer puts its own test of the UID in front


def _addition(grant: Grant, subjects: Iterable[Subject]) -> Patch:
    missing = [subject for subject in subjects if subject not in grant.subjects]
    bodies = [_body(subject) for subject in missing]
    if not bodies:
        return []
    if not grant.subjects:
        return [{"op": "add", "path": "/subjects", "value": bodies}]
    return [{"op": "add", "path": "/subjects/-", "value": body} for body in bodies]


def _body(subject: Subject) -> JsonObject:
    if subject.kind == "ServiceAccount":
        where = {} if subject.implied else {"namespace": subject.namespace}
        return {"kind": subject.kind, "name": subject.name, **where}
    return {"kind": subject.kind, "name": subject.name, "apiGroup": GROUP}
