"""The plan that puts back what an execution changed. Pure: it changes nothing and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from opsconsole.cluster.questions.rbac import parse_grant
from opsconsole.decoding import decode_as
from opsconsole.records import JsonObject, Plan, Ref, Step
from opsconsole.switches.delete import plan as optimizer
from opsconsole.switches.delete.effects import Field
from opsconsole.switches.freeze import plan as freeze
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.revoke.effects import RECREATE, RETURN, Arguments
from opsconsole.switches.shell import kubectl
from opsconsole.switches.spec import UNDO as SPEC
from opsconsole.switches.target.facts import fingerprint
from opsconsole.switches.undo import fields as undo_fields
from opsconsole.switches.undo.items import UndoFacts, UndoItem, is_back, missing
from opsconsole.text import clean_line

NAME = SPEC.name


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
    arguments = Arguments(manifest["metadata"]["name"], missing(item), (before.role.kind, before.role.name), manifest)
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
    more = f"; by now {before.role} allows MORE than it did: {item.widened}" if item.widened else ""
    more += f"; {item.anew}" if item.anew else ""
    return Step(
        key=f"{effect}/{ref.kind}/{ref.key}",
        title=clean_line(title + more),
        effect=effect,
        target=target,
        arguments=msgspec.json.encode(arguments),
        command=command,
        chosen=not (item.widened or item.anew),
        undoes=item.name,
    )


def _field_step(item: UndoItem) -> Step | None:
    if not item.there:
        return None
    value = msgspec.json.decode(item.before)["value"]
    target = item.step.target
    words = {"CronJob": "Let {} run again", "Job": "Let {} run again", "DaemonSet": "Let {} on its nodes again"}
    title = words.get(target.kind, "Set {} back to {}").format(target, "not paused" if value is None else value)
    step = optimizer.set_step(target, title, value, undoes=item.name)
    return msgspec.structs.replace(step, chosen=not any(_changed_since(item)))  # what somebody set since is his


def _warnings(items: Sequence[UndoItem]) -> Iterator[str]:
    if any(item.is_grant for item in items):
        yield "this gives the optimizer its rights to write back"
    if any(item.is_field for item in items):
        yield "this starts the optimizer again"
    if any(item.is_restored for item in items):
        yield "this sets again what the optimizer had set"
    for item in items:
        yield from _on_role(item)
        if item.is_restored:
            yield from undo_fields.changed_since(item.step, item.before, item.value)
        elif item.is_field:
            yield from _changed_since(item)


def _on_role(item: UndoItem) -> Iterator[str]:
    if item.widened:
        role = parse_grant(item.before).role
        yield clean_line(
            f"{item.step.target} is not put back unless it is chosen: {role} was changed since, and allows more than "
            f"it did when its binding was taken: {item.widened}"
        )
    if item.anew:
        yield f"{item.step.target} is not put back unless it is chosen: {item.anew}"
    if item.role_doubt:
        yield f"whether {item.step.target} gives more than it did is not known: {item.role_doubt}"


def _changed_since(item: UndoItem) -> Iterator[str]:
    planned = decode_as(item.step.arguments, Field).value
    if item.value != planned:
        words = f"it is {item.value!r} now, and we had set {planned!r}; it is left unless it is chosen"
        yield f"{item.step.target} was changed since: {words}"
