"""Puts back what a switch changed: bindings from their saved manifests, fields from the values that they had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from opsconsole.clock import Clock
from opsconsole.cluster.questions.rbac import Grant, Subject, parse_grant
from opsconsole.cluster.transport import paths
from opsconsole.cluster.transport.errors import BadAnswer, ClusterError, Denied, NotFound
from opsconsole.cluster.writes import api_of
from opsconsole.decoding import decode_as
from opsconsole.govern.compare import is_ours
from opsconsole.journal.runs import Run
from opsconsole.records import JsonObject, Outcome, Plan, Proof, Record, Ref, Step, StepState
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.delete.effects import Field, value_at
from opsconsole.switches.downgrade import plan as downgrade
from opsconsole.switches.engine.place import ClusterPlace
from opsconsole.switches.engine.switch import Effect
from opsconsole.switches.freeze import plan as freeze
from opsconsole.switches.restore import plan as restore
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.revoke.effects import RECREATE, RETURN, Arguments
from opsconsole.switches.shell import kubectl
from opsconsole.switches.spec import UNDO as SPEC
from opsconsole.switches.target.facts import fingerprint
from opsconsole.switches.target.reader import TargetReader
from opsconsole.switches.undo import fields as undo_fields
from opsconsole.switches.undo.kept import UNDOABLE, lacking, not_undoable
from opsconsole.text import clean_line

NAME = SPEC.name
PATIENCE = 15.0
_TOLD = 3
"""Executions that are named in the reason why there is nothing to undo."""


class UndoItem(Record, frozen=True):
    """One step that can be taken back.

    Attributes:
        name: ``<run>/<step>``, which the undoing step names.
        step: what was done.
        before: what the target was before, as JSON.
        there: whether the target (or, for a binding, one of its name) is there now.
        value: of a field: what it is now; of restored fields: what each of them is now, by path; of an object that was
            made: its UID.
        grant: of a binding: what it is now, if it is there.
        ours: of an object that was made: whether what is there is marked as ours; nothing else is deleted.
        homeless: whether its namespace is gone too.
        untouched: why it is left as it stands for now, and what to do; empty where it is put back.
    """

    name: str
    step: Step
    before: bytes
    there: bool = False
    value: Any = None
    grant: Grant | None = None
    ours: bool = True
    homeless: bool = False
    untouched: str = ""

    @property
    def is_grant(self) -> bool:
        return self.step.effect in {revoke.DELETE, revoke.REMOVE}

    @property
    def is_restored(self) -> bool:
        return self.step.effect == restore.PUT

    @property
    def is_made(self) -> bool:
        return self.step.effect == downgrade.MAKE

    @property
    def is_field(self) -> bool:
        return not (self.is_grant or self.is_restored or self.is_made)


class UndoFacts(Record, frozen=True):
    """The execution that would be undone, and how its targets stand now."""

    run: str = ""
    title: str = ""
    items: tuple[UndoItem, ...] = ()
    kept: tuple[str, ...] = ()
    problem: str = ""
    passed: tuple[str, ...] = ()
    """Newer executions that are not undone, and why."""
    doubts: tuple[str, ...] = ()


class Undo:
    """Takes back the newest execution that can be taken back.

    Args:
        world: reads the targets.
        runs: every execution that is remembered, oldest first.
        clock: where the time comes from.
        of: only executions of this switch; empty: of any.
        told: what of the journal could not be used, in words.
        place: which cluster and optimizer this is about: what was done to others is not undone from here.
    """

    name, key, title, dangerous = SPEC.name, SPEC.key, SPEC.title, SPEC.dangerous
    poll_seconds = 1.0

    def __init__(
        self,
        world: TargetReader,
        runs: Callable[[], Sequence[Run]],
        clock: Clock,
        *,
        of: str = "",
        place: ClusterPlace | None = None,
        told: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._place = place
        self._told = told
        self._world = world
        self._runs = runs
        self._clock = clock
        self.of = of

    @property
    def effects(self) -> Mapping[str, Effect]:
        return {}

    def gather(self) -> UndoFacts:
        known = self._runs()
        undone = undone_steps(known)
        passed = [f"not undone, since the journal can't be read whole: {words}" for words in self._told()]
        for run in reversed(known):
            if run.plan.switch == NAME or self.of not in {"", run.plan.switch}:
                continue
            why = run.problem or (self._place.why_not(run) if self._place else "")
            if why:
                passed.append(f"not undone: run {run.id} ({run.plan.title}): {why}")
                continue
            items = [item for item in undoable(run) if item.name not in undone]
            if items:
                looked = tuple(map(self._seen, items))
                kept = (*not_undoable(run), *lacking(run))
                return UndoFacts(run.id, run.plan.title, looked, kept, "", tuple(passed), self._doubts(run))
        what = f" of switch {self.of}" if self.of else ""
        words = f"nothing to undo: no execution{what} in the journal changed what can be put back"
        return UndoFacts(problem="; ".join([words, *passed[:_TOLD]]), passed=tuple(passed))

    def _doubts(self, run: Run) -> tuple[str, ...]:
        unsure = self._place.unsure(run) if self._place else ""
        return (unsure,) if unsure else ()

    def plan(self, facts: UndoFacts) -> Plan:
        return plan(facts, self._clock.now())

    def verify(self, plan: Plan, outcome: Outcome) -> Iterator[tuple[Proof, ...]]:
        items = decode_as(plan.checks, tuple[UndoItem, ...])
        failed = _failed(plan, outcome)
        deadline = self._clock.monotonic() + PATIENCE
        while True:
            last = self._clock.monotonic() >= deadline
            proofs = tuple(self._proof(item, last=last or item.name in failed) for item in items)
            yield proofs
            if last or all(proof.holds is not None for proof in proofs):
                return  # what its step failed to put back does not come back by itself

    def _proof(self, item: UndoItem, *, last: bool) -> Proof:
        claim = f"{item.step.target} is as it was"
        try:
            now = self._look(item)
        except ClusterError as error:
            return Proof(claim, None, f"unknown: {error}")
        if is_back(now) and not now.untouched:
            return Proof(claim, holds=True)
        return Proof(claim, False if last else None, "not there" if not now.there else "not yet")

    def _seen(self, item: UndoItem) -> UndoItem:
        """As :meth:`_look`; what we may not read costs itself alone: our rights may be those of a namespace."""
        try:
            return self._look(item)
        except Denied as error:
            return msgspec.structs.replace(item, untouched=f"{error}; undo it as somebody who may, by this journal")

    def _look(self, item: UndoItem) -> UndoItem:
        """``item`` as it stands now.

        Raises:
            ClusterError: it can't be read.
        """
        field = decode_as(item.step.arguments, Field) if item.is_field else None
        found = self._read(item, field.subresource if field else "")
        if found is None:
            return msgspec.structs.replace(item, there=False, value=None, grant=None, homeless=self._is_homeless(item))
        if item.is_grant:
            grant = parse_grant(msgspec.json.encode({**found, "kind": item.step.target.kind}))
            going = "deletionTimestamp" in found.get("metadata", {})  # what is put back into it would go with it
            words = "it is told to go, finalizers hold it: undo again once it is gone" if going else ""
            return msgspec.structs.replace(item, there=True, grant=grant, untouched=words)
        if item.is_made:
            return msgspec.structs.replace(
                item, there=True, ours=is_ours(found), value=found.get("metadata", {}).get("uid")
            )
        same = found.get("metadata", {}).get("uid") == item.step.target.uid
        now = value_at(found, field.path) if field else undo_fields.values(item.step, found)
        return msgspec.structs.replace(item, there=same, value=now if same else None)

    def _is_homeless(self, item: UndoItem) -> bool:
        """Whether a binding's namespace is gone. Where that may not be read, putting it back tells."""
        place = item.step.target.namespace
        if not place or not item.is_grant:
            return False
        try:
            self._world.api.request("GET", paths.of_kind("Namespace", "", place))
        except ClusterError as error:
            return isinstance(error, NotFound)
        return False

    def _read(self, item: UndoItem, subresource: str) -> JsonObject | None:
        target = item.step.target
        name = msgspec.json.decode(item.step.arguments).get("name") or target.name
        path = paths.item(*api_of(target.kind), target.namespace, name, subresource=subresource)
        try:
            found = msgspec.json.decode(self._world.api.request("GET", path))
        except NotFound:
            return None
        except msgspec.DecodeError as error:
            raise BadAnswer(f"{target}: the API server's answer is no JSON") from error
        return found if isinstance(found, dict) else None


def _failed(plan: Plan, outcome: Outcome) -> frozenset[str]:
    """Names of the items whose step certainly did nothing."""
    failed = {done.step for done in outcome.steps if done.state is StepState.FAILED and not done.unsure}
    return frozenset(step.undoes for step in plan.steps if step.key in failed)


def undone_steps(runs: Iterable[Run]) -> frozenset[str]:
    """Names of the steps that an undo has taken back already."""
    return frozenset(
        step.undoes
        for run in runs
        for step, done in zip(run.plan.steps, run.outcome.steps, strict=True)
        if step.undoes and done.state is StepState.DONE
    )


def undoable(run: Run) -> Iterator[UndoItem]:
    """What of ``run`` can be put back; the last step first. A step that a crash interrupted may have been done."""
    for step, done in reversed(list(zip(run.plan.steps, run.outcome.steps, strict=True))):
        changed = done.state in {StepState.DONE, StepState.RUNNING} or done.unsure
        if step.effect in UNDOABLE and done.before and changed:
            yield UndoItem(f"{run.id}/{step.key}", step, done.before)


def is_back(item: UndoItem) -> bool:
    """Whether the target is as it was before."""
    if item.is_made or not item.there:
        return item.is_made and not item.there
    if item.is_grant:
        return not _missing(item)
    if item.is_restored:
        return undo_fields.is_back(item.before, item.value)
    return bool(item.value == msgspec.json.decode(item.before)["value"])


def plan(facts: UndoFacts, now: float) -> Plan:
    """The plan that puts back what ``facts`` lists; it changes nothing and asks nobody."""
    open_items = [item for item in facts.items if item.untouched or not is_back(item)]
    steps = tuple(step for item in open_items if not item.untouched and (step := _step(item)) is not None)
    names = {step.undoes for step in steps}
    doing = [item for item in open_items if item.name in names]
    notes = [
        *(f"{item.step.target} is as it was already" for item in facts.items if item not in open_items),
        *facts.kept,
        *facts.passed,
    ]
    left = [item for item in open_items if item.name not in names]
    notes += map(_not_undone, left)
    warnings = (*(facts.doubts if doing else ()), *_warnings(doing))
    return Plan(
        switch=NAME,
        title=f"Undo: {facts.title}" if facts.title else "Undo",
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(step.target for step in steps),
        warnings=warnings,
        notes=tuple(notes),
        blocked=facts.problem or ("" if steps else _nothing(left)),
        nothing=not steps and not facts.passed and all(item.ours and not item.untouched for item in left),
        checks=msgspec.json.encode([_to_prove(item) for item in doing]),
    )


def _to_prove(item: UndoItem) -> UndoItem:
    """``item`` with what is to be as it was: not what somebody has set since."""
    if not item.is_restored:
        return item
    return msgspec.structs.replace(item, before=undo_fields.trimmed(item.before, item.value))


def _nothing(left: Sequence[UndoItem]) -> str:
    standing = "; ".join(_not_undone(item) for item in left if item.untouched or not item.ours)
    return f"nothing can be undone: {standing}" if standing else "nothing to undo: everything is as it was, or gone"


def _not_undone(item: UndoItem) -> str:
    if item.untouched:
        return f"{item.step.target} is not undone: {item.untouched}"
    if not item.ours:
        return f"{item.step.target} is not marked as ours any more: not undone"
    why = "was changed since" if item.there and item.is_restored else "is gone"
    why = "is gone with its namespace" if item.homeless else why
    return f"{item.step.target} {why}: not undone"


def _step(item: UndoItem) -> Step | None:
    if item.is_made:
        if not item.ours:
            return None
        target = msgspec.structs.replace(item.step.target, uid=str(item.value or ""))
        return msgspec.structs.replace(freeze.delete(target), undoes=item.name)
    if item.is_restored:
        return undo_fields.step(item.step, item.before, item.value, item.name) if item.there else None
    if not item.is_grant:
        return _field_step(item)
    # A binding that somebody else deleted, after we took a subject out of it, is not ours to bring back.
    return _grant_step(item) if item.there or (item.step.effect == revoke.DELETE and not item.homeless) else None


def _grant_step(item: UndoItem) -> Step:
    manifest: JsonObject = msgspec.json.decode(item.before)
    before = parse_grant(item.before)
    ref = before.ref
    arguments = Arguments(manifest["metadata"]["name"], _missing(item), (before.role.kind, before.role.name), manifest)
    if item.grant is None:
        target = Ref(ref.kind, ref.namespace, ref.name)
        effect, title, command = RECREATE, f"Put {target} back ({before.role})", "kubectl create -f - (saved manifest)"
    else:
        target = item.grant.ref
        who = ", ".join(str(subject) for subject in arguments.subjects)
        where = ["-n", ref.namespace] if ref.namespace else []
        effect, title = RETURN, f"Put {who} back into {target}"
        command = kubectl("edit", ref.kind.lower(), names=[ref.name], options=where)
        arguments = msgspec.structs.replace(arguments, manifest=None)
    return Step(
        key=f"{effect}/{ref.kind}/{ref.key}",
        title=clean_line(title),
        effect=effect,
        target=target,
        arguments=msgspec.json.encode(arguments),
        command=command,
        undoes=item.name,
    )


def _field_step(item: UndoItem) -> Step | None:
    if not item.there:
        return None
    value = msgspec.json.decode(item.before)["value"]
    target = item.step.target
    words = {"CronJob": "Let {} run again", "Job": "Let {} run again", "DaemonSet": "Let {} on its nodes again"}
    title = words.get(target.kind, "Set {} back to {}").format(target, "not paused" if value is None else value)
    return optimizer.set_step(target, title, value, undoes=item.name)


def _missing(item: UndoItem) -> tuple[Subject, ...]:
    """The subjects that we took out of the binding, or deleted with it, and that are not in it now."""
    now = item.grant.subjects if item.grant else ()
    ours = decode_as(item.step.arguments, Arguments).subjects
    return tuple(subject for subject in ours if subject not in now)


def _warnings(items: Sequence[UndoItem]) -> Iterator[str]:
    if any(item.is_grant for item in items):
        yield "this gives the optimizer its rights to write back"
    if any(item.is_field for item in items):
        yield "this starts the optimizer again"
    if any(item.is_restored for item in items):
        yield "this sets again what the optimizer had set"
    for item in items:
        if item.is_restored:
            yield from undo_fields.changed_since(item.step, item.before, item.value)
        elif item.is_field:
            yield from _changed_since(item)


def _changed_since(item: UndoItem) -> Iterator[str]:
    planned = decode_as(item.step.arguments, Field).value
    if item.value != planned:
        yield f"{item.step.target} was changed since: it is {item.value!r} now, and we had set {planned!r}"
