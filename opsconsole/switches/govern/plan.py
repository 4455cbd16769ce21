"""Plans to install the governor and to take it away. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.govern.governor import Wanted, key, manifests
from opsconsole.govern.names import BINDING, LAPSED, POLICY
from opsconsole.govern.rules.builtin import DEFAULT, NAMES, SELF_APPROVAL, Mode
from opsconsole.records import JsonObject, Plan, Record, Step, Target
from opsconsole.switches.freeze.plan import DELETE, create, delete, flip
from opsconsole.switches.govern.facts import GovernFacts, Object
from opsconsole.switches.target.facts import fingerprint

INSTALL = "install-governor"
UNINSTALL = "uninstall-governor"
UPDATE = "govern.update"


_CLOCK_LOST = (
    "installed again, the rules find no clock until each API server was restarted: approved deletes, evictions and "
    "scalings through /scale then end only when they are taken off (installing over what is there keeps the clock, and "
    "so does uninstalling with --keep-clock)"
)
_CLOCK_KEPT = (
    f"{LAPSED} stays: it refuses only what an approval's time is over for, and by it API servers keep sight of their "
    "Leases, which they go on following; uninstalling without --keep-clock takes it away, too"
)
_EVERYBODY = (
    "break_glass is set, so the rules judge everybody who is not in group {}: operators outside kube-system too "
    "(cert-manager, Argo CD, autoscalers of nodes), whose ordinary work some rules refuse; except_users ([govern]) "
    "takes single ones out of the rules, and without break_glass they judge the optimizer alone"
)


_APPROVALS: dict[Mode, str] = {
    "deny": ", but for approvals (self-approval)",
    "warn": ", and rule self-approval only warns: anybody may write an approval, so that none lets anything through",
    "off": ", and rule self-approval is off: anybody may write an approval, so that none lets anything through",
}
"""What the note on whose writes are judged ends with, by how rule ``self-approval`` stands in the settings."""


class GovernChecks(Record, frozen=True):
    """What the proof needs to know. ``wanted`` is ``None`` after an uninstallation.

    ``ungrouped``: users who are governed, and of whom no group is named.
    """

    wanted: Wanted | None = None
    namespaces: tuple[str, ...] = ()
    ungrouped: tuple[str, ...] = ()


def installing(facts: GovernFacts, now: float) -> Plan:
    """The plan that makes the cluster say what is wanted."""
    blocked = facts.freeze.problem or unknown_rules(facts.wanted) or _foreign(facts)
    steps = () if blocked else tuple(_install_steps(facts))
    plan = Plan(INSTALL, f"Install the governor over {facts.wanted.judged}", now, "", blocked=blocked)
    if not steps and not blocked:
        plan = msgspec.structs.replace(plan, blocked="the governor is installed already, and is as it should be")
    warnings = (
        *_everybody(facts),
        *(f"it will govern, and not be proved: {hole}" for hole in facts.freeze.holes),
        *_governed_no_more(facts),
        *_clock_lost(steps),
        *(str(each) for each in facts.unowned if each.may is not False),
    )
    notes = (
        f"writes of {facts.wanted.judged} are judged from about a second later on; nobody else's are"
        f"{_APPROVALS[_self_approval(facts.wanted)]}",
        *(str(each) for each in facts.unowned if each.may is False),
    )
    checks = GovernChecks(facts.wanted, facts.freeze.namespaces, facts.freeze.ungrouped)
    return _finished(plan, steps, checks, warnings, notes)


def uninstalling(facts: GovernFacts, now: float, *, keep_clock: bool = False) -> Plan:
    """The plan that takes the governor away: bindings first, the parameter last; rule ``lapsed`` may be left."""
    every = tuple(_uninstall_steps(facts))
    steps = tuple(each for each in every if not (keep_clock and each.target.name == LAPSED))
    plan = Plan(UNINSTALL, "Take the governor away", now, "")
    if not steps:
        plan = msgspec.structs.replace(plan, blocked=facts.freeze.problem or "no governor is installed")
    whom = facts.freeze.governed or "the optimizer"
    warnings: tuple[str, ...] = (f"not governed any more: {whom}",)
    if facts.freeze.governs and facts.freeze.frozen != "false":
        warnings = (*warnings, f"frozen now, and thawed by this: {whom}")
    kept = (_CLOCK_KEPT,) if len(steps) < len(every) else ()
    return _finished(plan, steps, GovernChecks(), (*warnings, *_clock_lost(steps)), kept)


def _everybody(facts: GovernFacts) -> Iterator[str]:
    """Warnings where the rules are for nearly everybody: what an optimizer has no business to do is others' work."""
    if glass := facts.wanted.identities.break_glass:
        yield _EVERYBODY.format(glass)
        yield from facts.others.in_words() if facts.others is not None else ()
    yield from excepted(facts)


def excepted(facts: GovernFacts) -> Iterator[str]:
    """Whom the settings except, and what that opens."""
    names = facts.wanted.excepted
    if not names:
        return
    if not facts.wanted.identities.break_glass:
        yield "except_users excepts nobody: without break_glass the rules judge the optimizer alone"
        return
    named = [name for name in names if name in facts.wanted.identities.users]
    let_off = [name for name in names if name not in named]
    if named:
        yield f"{', '.join(named)} is the optimizer, and judged though except_users names it"
    if let_off:
        yield (
            f"no rule judges {', '.join(let_off)} (except_users): whoever takes its token, changes what configures it, "
            "or gets it to write for him writes past the rules; what runs in a ServiceAccount's namespace the others "
            "may scale or resize within bounds, and not make or change otherwise. "
            f"{_covering(facts.wanted)} cover that user all the same"
        )


def _self_approval(wanted: Wanted) -> Mode:
    return dict(wanted.modes).get(SELF_APPROVAL, DEFAULT)


def _covering(wanted: Wanted) -> str:
    """What knows no exceptions, of what is to be installed."""
    return "A freeze, protect and self-approval" if _self_approval(wanted) == "deny" else "A freeze and protect"


def _clock_lost(steps: Sequence[Step]) -> tuple[str, ...]:
    """A warning where the rule is deleted by which API servers follow their Leases."""
    return (_CLOCK_LOST,) if any(each.effect == DELETE and each.target.name == LAPSED for each in steps) else ()


def decode_checks(plan: Plan) -> GovernChecks:
    """The checks of a plan of ours."""
    return decode_as(plan.checks, GovernChecks)


def update(found: Object, wanted: JsonObject) -> Step:
    """The step that makes an object of ours say what is wanted."""
    return Step(
        key=f"{UPDATE}/{found.ref.kind}/{found.ref.key}",
        title=f"Update {found.ref}",
        effect=UPDATE,
        target=found.ref,
        arguments=msgspec.json.encode(wanted),
        command="kubectl apply -f - (opsconsole govern install --dry-run prints what)",
    )


def _finished(
    plan: Plan, steps: tuple[Step, ...], checks: GovernChecks, warnings: tuple[str, ...], notes: tuple[str, ...]
) -> Plan:
    return msgspec.structs.replace(
        plan,
        facts=fingerprint(steps, checks),
        steps=steps,
        targets=tuple(step.target for step in steps),
        shows=tuple(Target(step.target, detail=step.title) for step in steps),
        warnings=warnings if steps else (),
        notes=notes if steps else (),
        checks=msgspec.json.encode(checks),
    )


def _governed_no_more(facts: GovernFacts) -> Iterator[str]:
    """Whom the installed governor is about and the new one is not: there is one governor in a cluster."""
    before = facts.freeze.governed
    if before is not None and not before.within(facts.wanted.identities):
        frozen = (
            "; it is frozen now, and this thaws it" if facts.freeze.governs and facts.freeze.frozen != "false" else ""
        )
        yield f"the installed governor is over {before}: who is not named now is not governed any more{frozen}"


def unknown_rules(wanted: Wanted) -> str:
    """What is wrong with the rules that the settings name; empty if each of them is one."""
    unknown = sorted(name for name, _ in wanted.modes if name not in NAMES)
    if not unknown:
        return ""
    return f"there is no rule {unknown[0]!r} (the table govern.rules in the settings): there are {', '.join(NAMES)}"


def _foreign(facts: GovernFacts) -> str:
    foreign = [each.ref for each in facts.there if not each.ours]
    return f"{foreign[0]} is there and is not ours (its labels say so): it is not taken over" if foreign else ""


def _install_steps(facts: GovernFacts) -> Iterator[Step]:
    if facts.freeze.frozen is None:
        yield flip(facts.freeze.parameter, "false", None)
    for manifest in manifests(facts.wanted):
        found = facts.find(*key(manifest))
        if found is None:
            yield create(manifest)
        elif not found.same and found.ours:
            yield update(found, manifest)
    for each in facts.surplus:  # bindings come first: a binding without its policy is nothing, the other way round too
        yield delete(each.ref)


def _uninstall_steps(facts: GovernFacts) -> Iterator[Step]:
    ours = [each.ref for each in (*facts.there, *facts.surplus) if each.ours]
    for kind in (BINDING, POLICY):
        yield from (delete(ref) for ref in ours if ref.kind == kind)
    if facts.freeze.frozen is not None:
        yield flip(facts.freeze.parameter, None, facts.freeze.frozen)
