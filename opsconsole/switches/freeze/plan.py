"""Plans the freeze and its taking back. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from opsconsole.govern import freeze
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import FREEZE, FROZEN
from opsconsole.records import JsonObject, Plan, Record, Ref, Step, Target
from opsconsole.switches.freeze.facts import FreezeFacts, Hole
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


class Checks(Record, frozen=True):
    """What the proof needs to know: who is frozen (or thawed)."""

    identities: Identities = Identities()
    frozen: bool = True


def freezing(facts: FreezeFacts, now: float) -> Plan:
    """The plan that freezes."""
    blocked = _why_not(facts)
    steps = () if blocked else tuple(_freezing_steps(facts))
    warnings = tuple(_hole(hole) for hole in facts.holes)
    notes = [BY_PARAMETER if facts.installed else BY_POLICY, *_stays(facts), *facts.gaps]
    title = f"Freeze {facts.identities}" if facts.identities.known else "Freeze the optimizer"
    plan = Plan(NAME, title, now, "", warnings=warnings, notes=tuple(notes), blocked=blocked)
    return _with_steps(plan, facts, steps)


def thawing(facts: FreezeFacts, now: float) -> Plan:
    """The plan that takes the freeze back: the parameter is flipped, and what a freeze made on the spot is deleted."""
    steps = tuple(_thawing_steps(facts))
    blocked = facts.problem if facts.problem and not steps else "" if steps else "nothing is frozen from here"
    warnings = ("this lets the optimizer write again",) if steps else ()
    plan = Plan(THAW, "Thaw the optimizer", now, "", warnings=warnings, notes=facts.gaps, blocked=blocked)
    return _with_steps(plan, facts, steps)


def frozen_in_words(facts: FreezeFacts) -> str:
    """How the freeze stands, in a few words."""
    if facts.by_governor:
        return "frozen by the installed governor"
    if facts.on_the_spot:
        return "frozen by a policy made on the spot"
    return "not frozen"


def _with_steps(plan: Plan, facts: FreezeFacts, steps: tuple[Step, ...]) -> Plan:
    checks = Checks(facts.identities, frozen=plan.switch == NAME)
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
    foreign = [each for each in (facts.policy, facts.binding) if each is not None and not each.ours]
    if foreign and not facts.installed:
        return f"{foreign[0].ref} is there and is not ours (its labels say so): it is not taken over; rename it"
    return ""


def _freezing_steps(facts: FreezeFacts) -> Iterator[Step]:
    if facts.installed:
        yield flip(facts.parameter, "true")
        return
    for found, wanted in zip((facts.policy, facts.binding), freeze.on_the_spot(facts.identities), strict=True):
        if found is not None and not found.intact:
            yield delete(found.ref)  # an earlier freeze's, of other identities
        if found is None or not found.intact:
            yield create(wanted)


def _thawing_steps(facts: FreezeFacts) -> Iterator[Step]:
    if any(each.ours for each in facts.governor) and facts.frozen != "false":
        yield flip(facts.parameter, "false")
    for found in (facts.binding, facts.policy):
        if found is not None and found.ours:
            yield delete(found.ref)


def flip(target: Ref, value: str | None) -> Step:
    """The step that sets the parameter; ``None`` takes it off."""
    words = "Take {0} off {2}" if value is None else "Set {0} to {1} on {2}"
    return Step(
        key=f"{FLIP}/{target.key}",
        title=words.format(FROZEN, value, target),
        effect=FLIP,
        target=target,
        arguments=msgspec.json.encode({"value": value}),
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
        if target.name != FREEZE
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


def _hole(hole: Hole) -> str:
    grant = f" ({hole.reason})" if hole.reason else ""
    if hole.allowed is None:
        return f"whether {hole.who} may {hole.access} is not known{grant}: it might thaw itself"
    if hole.access.verb == "impersonate":
        return f"{hole.who} may {hole.access}{grant}: as somebody else it is not frozen; revoke that too"
    return f"{hole.who} may {hole.access}{grant}: admission never sees that, so it can thaw itself; revoke that"


def _stays(facts: FreezeFacts) -> Iterator[str]:
    yield "reads go on, and RBAC still says yes: a freeze refuses each write when it comes"
    damaged = [each for each in facts.governor if not each.intact]
    if facts.governor and (damaged or not facts.installed):
        words = ", ".join(str(each.ref) for each in damaged) or "its parts are not all there"
        yield f"the installed governor is not used: {words}: it is changed, or is about other identities"


def decode_checks(plan: Plan) -> Checks:
    """The checks of a plan of ours."""
    return msgspec.json.decode(plan.checks, type=Checks)
