"""Plans the freeze and its taking back. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.govern import freeze
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import FREEZE, FREEZES, FROZEN
from opsconsole.records import JsonObject, Plan, Record, Ref, Step, Target
from opsconsole.switches.freeze.facts import FreezeFacts
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target.facts import fingerprint

NAME = "freeze"
THAW = "thaw"
CREATE = "govern.create"
DELETE = "govern.delete"
FLIP = "govern.flip"

BY_PARAMETER = (
    "every API server reads the parameter from a cache of its own: the freeze holds once that has it, and the proof "
    "looks for it"
)
BY_POLICY = (
    "no governor is installed for these identities: every API server takes a new policy up within about a second, and "
    "until then writes get through (with `opsconsole govern install` no policy has to be made then)"
)


UNASKED = (
    "what it may do about the freeze, and what you may, was not asked first, so that it is made at once: the proof asks"
)


class Checks(Record, frozen=True):
    """What the proof needs to know: who is frozen (or thawed), by the policy of which name, and where it is asked.

    ``ungrouped``: users among them of whom no group is named.
    """

    identities: Identities = Identities()
    frozen: bool = True
    name: str = FREEZE
    namespaces: tuple[str, ...] = ()
    ungrouped: tuple[str, ...] = ()


def freezing(facts: FreezeFacts, now: float) -> Plan:
    """The plan that freezes."""
    blocked = _why_not(facts)
    steps = () if blocked else tuple(_freezing_steps(facts))
    warnings = tuple(f"it will hold, and not be proved: {hole}" for hole in facts.holes)
    notes = [BY_PARAMETER if facts.installed else BY_POLICY, *_stays(facts), *_beside(facts), *facts.gaps]
    title = f"Freeze {facts.identities}" if facts.identities.known else "Freeze the optimizer"
    stands = not facts.problem and (facts.by_governor or facts.on_the_spot)
    plan = Plan(NAME, title, now, "", warnings=warnings, notes=tuple(notes), blocked=blocked, nothing=stands)
    return _with_steps(plan, facts, steps)


def thawing(facts: FreezeFacts, now: float) -> Plan:
    """The plan that takes the freeze back: the parameter is flipped, and what a freeze made on the spot is deleted."""
    steps = tuple(_thawing_steps(facts))
    blocked = "" if steps else _nothing_to_thaw(facts)
    known = not steps and not facts.problem and not facts.stands
    warnings = (*(["this lets the optimizer write again"] if steps else []), *_still_frozen(facts))
    title = f"Thaw {facts.identities}" if facts.identities.known else "Thaw the optimizer"
    notes = (*_beside(facts), *facts.gaps)
    plan = Plan(THAW, title, now, "", warnings=warnings, notes=notes, blocked=blocked, nothing=known)
    return _with_steps(plan, facts, steps)


def _nothing_to_thaw(facts: FreezeFacts) -> str:
    alone = (
        "frozen, but by nothing that is about these identities alone" if facts.stands else "nothing is frozen from here"
    )
    frozen = ", ".join(str(each) for each in facts.staying())
    return (facts.problem or alone) + (f"; frozen are: {frozen}" if frozen else "")


def frozen_in_words(facts: FreezeFacts) -> str:
    """How the freeze stands, in a few words."""
    if facts.by_governor:
        return "frozen by the installed governor"
    if facts.on_the_spot:
        return f"frozen by a policy made on the spot ({facts.own.name})"
    return "frozen by freezes of others too" if facts.stands else "not frozen"


def _with_steps(plan: Plan, facts: FreezeFacts, steps: tuple[Step, ...]) -> Plan:
    checks = Checks(facts.identities, plan.switch == NAME, facts.name, facts.namespaces, facts.ungrouped)
    return msgspec.structs.replace(
        plan,
        facts=fingerprint(steps, facts.identities),
        steps=steps,
        targets=tuple(step.target for step in steps),
        shows=tuple(Target(step.target, detail=step.title) for step in steps),
        checks=msgspec.json.encode(checks),
    )


def _why_not(facts: FreezeFacts) -> str:
    if facts.problem:
        return facts.problem
    if facts.me is not None and facts.identities.cover(*facts.me):
        glass = facts.identities.break_glass
        return f"you ({facts.me[0]}) would be frozen too, and could not thaw: " + (
            f"you are not in group {glass}" if glass else "the optimizer is named by a user or group of yours"
        )
    if facts.by_governor or facts.on_the_spot:
        return f"{frozen_in_words(facts)} already: opsconsole kill thaw takes that back"
    if facts.full and not facts.installed:
        return f"no name is free ({FREEZES[0]} to {FREEZES[-1]}): {_who_has_them(facts)}"
    return ""


def _who_has_them(facts: FreezeFacts) -> str:
    """What takes every name that a freeze could have, and what makes one free."""
    if not facts.foreign:
        return "as many freezes stand already; thaw one of them"
    first = facts.foreign[0]
    words = f"{len(facts.foreign)} objects of these names are not ours (their labels say so), {first} first"
    return f"{words}: whoever knows whose they are frees one (kubectl delete {first.kind.lower()} {first.name})"


def _freezing_steps(facts: FreezeFacts) -> Iterator[Step]:
    if facts.installed:
        yield flip(facts.parameter, "true", facts.frozen)
        return
    own = facts.own
    for found, wanted in zip((own.policy, own.binding), freeze.on_the_spot(facts.identities, own.name), strict=True):
        if found is not None and not found.intact:
            yield delete(found.ref)  # it freezes the same, but was changed since
        if found is None or not found.intact:
            yield create(wanted)


def _thawing_steps(facts: FreezeFacts) -> Iterator[Step]:
    """What freezes these identities and nobody else: the governor's parameter, and freezes on the spot."""
    governed = facts.governed if any(each.ours for each in facts.governor) else None
    if governed is not None and facts.frozen != "false" and governed.within(facts.identities):
        yield flip(facts.parameter, "false", facts.frozen)
    for freeze_there in facts.to_thaw():
        yield from (delete(each.ref) for each in freeze_there.parts if each.ours)


def flip(target: Ref, value: str | None, seen: str | None) -> Step:
    """The step that sets the parameter, which was ``seen`` to be another; ``None`` takes it off, or is not there."""
    words = "Take {0} off {2}" if value is None else "Set {0} to {1} on {2}"
    return Step(
        key=f"{FLIP}/{target.key}",
        title=words.format(FROZEN, value, target),
        effect=FLIP,
        target=target,
        arguments=msgspec.json.encode({"value": value, "seen": seen}),
        command=kubectl(
            "annotate",
            "namespace",
            names=[target.name],
            options=["--overwrite"],
            last=[f"{FROZEN}-" if value is None else f"{FROZEN}={value}"],
        ),
    )


def create(manifest: JsonObject) -> Step:
    """The step that makes an object of ours."""
    metadata = manifest["metadata"]
    target = Ref(manifest["kind"], metadata.get("namespace", ""), metadata["name"])
    return Step(
        key=f"{CREATE}/{target.kind}/{target.key}",
        title=f"Create {target}",
        effect=CREATE,
        target=target,
        arguments=msgspec.json.encode(manifest),
        command="kubectl create -f - (opsconsole govern install --dry-run prints what)"
        if target.name not in FREEZES
        else "kubectl create -f - (the policy of the freeze)",
    )


def delete(target: Ref) -> Step:
    """The step that deletes an object of ours."""
    where = ["-n", target.namespace] if target.namespace else []
    return Step(
        key=f"{DELETE}/{target.kind}/{target.key}",
        title=f"Delete {target}",
        effect=DELETE,
        target=target,
        command=kubectl("delete", target.kind.lower(), names=[target.name], options=where),
    )


def _stays(facts: FreezeFacts) -> Iterator[str]:
    yield "reads go on, and RBAC still says yes: a freeze refuses each write when it comes"
    if not facts.asked:
        yield UNASKED
    damaged = [each for each in facts.governor if not each.intact]
    if facts.governor and (damaged or not facts.installed):
        words = ", ".join(str(each.ref) for each in damaged) or "its parts are not all there"
        yield f"the installed governor is not used: {words}: it is changed, or is about other identities"


def _beside(facts: FreezeFacts) -> Iterator[str]:
    """Who else is frozen, which this plan leaves alone."""
    for each in facts.staying():
        if each.name != facts.own.name:
            yield f"frozen beside it, and left so: {each}"
    for ref in facts.foreign:
        yield f"{ref} is there and is not ours (its labels say so): it is not taken over; another name is used"


def _still_frozen(facts: FreezeFacts) -> Iterator[str]:
    """What keeps the thawed frozen: a freeze of others that is about them too."""
    for each in facts.staying():
        if each.in_force and each.identities is not None and facts.identities.meets(each.identities):
            yield f"it stays frozen by {each}: thaw that by naming everybody in it"
        elif each.identities is None:
            yield f"whom {each.name} freezes can't be read, so it is left: look at {each.parts[-1].ref}"
    governed = facts.governed
    governor_freezes = facts.governs and governed is not None and facts.frozen != "false"
    if governor_freezes and governed and not governed.within(facts.identities) and facts.identities.meets(governed):
        yield f"it stays frozen by the installed governor, which is over {governed}"


def decode_checks(plan: Plan) -> Checks:
    """The checks of a plan of ours."""
    return decode_as(plan.checks, Checks)
