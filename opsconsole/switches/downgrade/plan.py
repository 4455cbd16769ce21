"""Plans a downgrade: first what is left to it, then everything else is revoked. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from opsconsole.decoding import decode_as
from opsconsole.records import JsonObject, Plan, Record, Ref, Step, Target
from opsconsole.switches.downgrade.facts import DowngradeFacts
from opsconsole.switches.downgrade.needs import WorkNeeds, is_as_made, manifests
from opsconsole.switches.revoke import plan as revoke
from opsconsole.switches.revoke.proofs import Matrix
from opsconsole.switches.target.facts import RevokeFacts, fingerprint
from opsconsole.text import clean_line

NAME = "downgrade"
MAKE = "downgrade.make"


class DowngradeChecks(Record, frozen=True):
    """What the proof asks: ``matrix`` of the revocation, and what is left."""

    matrix: Matrix
    work: WorkNeeds = WorkNeeds()


def plan(facts: DowngradeFacts, now: float) -> Plan:
    """The plan for ``facts``; it changes nothing and asks nobody."""
    made = manifests(facts.work, facts.rights.identities)
    rest = without(facts.rights, facts.work)
    revoking = revoke.plan(rest, now)
    there = {(grant.ref.kind, grant.ref.key) for grant in facts.rights.grants} - {
        (grant.ref.kind, grant.ref.key) for grant in rest.grants
    }
    making = [_make(each) for each in made if _key(each) not in there]
    if facts.rights.problem or not revoking.steps:
        making = []
    blocked = revoking.blocked or (_denied(facts) if making else "")
    steps = () if blocked else (*making, *revoking.steps)
    checks = DowngradeChecks(decode_as(revoking.checks, Matrix), facts.work)
    who = ", ".join(str(each) for each in facts.rights.identities)
    return msgspec.structs.replace(
        revoking,
        switch=NAME,
        title=clean_line(f"Downgrade {who}" if who else "Downgrade the optimizer"),
        facts=fingerprint(steps, revoking.warnings),
        steps=steps,
        blocked=blocked,
        targets=tuple(dict.fromkeys(step.target for step in steps)),
        shows=() if blocked else (*(Target(step.target, detail=step.title) for step in making), *revoking.shows),
        notes=(*map(clean_line, _left(facts)), *revoking.notes),
        checks=msgspec.json.encode(checks),
    )


def _denied(facts: DowngradeFacts) -> str:
    """Why what is to be left can't be made, and what to do; empty where it can."""
    if not facts.denied:
        return ""
    return (
        f"you may not {'; '.join(map(str, facts.denied))} (cluster-wide), by which it keeps its reading: it would lose "
        "all that you can take, and go on with nothing; let somebody downgrade it who has the roles "
        "of examples/rbac/responder.yaml for the whole cluster, or take it all: opsconsole kill revoke"
    )


def decode_checks(of: Plan) -> DowngradeChecks:
    """The checks of a plan of ours."""
    return decode_as(of.checks, DowngradeChecks)


def without(rights: RevokeFacts, work: WorkNeeds) -> RevokeFacts:
    """``rights`` without the grants that a downgrade makes, and without the questions that they answer.

    A grant counts as made by a downgrade only if its role allows exactly what that would: names and labels are
    anybody's to give.
    """
    made = manifests(work, rights.identities)
    ours = {_key(each): each for each in made}
    kept = []
    for grant in rights.grants:
        mine, role = ours.get((grant.ref.kind, grant.ref.key)), rights.role(grant.role)
        same = mine is not None and role is not None and grant.role.name == mine["roleRef"]["name"]
        if not (same and role is not None and is_as_made(role, made)):
            kept.append(grant)
    reviews = tuple(each for each in rights.reviews if not work.covers(each.access))
    return msgspec.structs.replace(rights, grants=tuple(kept), reviews=reviews)


def _key(manifest: JsonObject) -> tuple[str, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], Ref(manifest["kind"], metadata.get("namespace", ""), metadata["name"]).key


def _make(manifest: JsonObject) -> Step:
    metadata = manifest["metadata"]
    target = Ref(manifest["kind"], metadata.get("namespace", ""), metadata["name"])
    what = "; ".join(_rules(manifest)) if "rules" in manifest else f"gives it {manifest['roleRef']['name']}"
    return Step(
        key=f"{MAKE}/{target.kind}/{target.key}",
        title=f"Create {target}: {what}",
        effect=MAKE,
        target=target,
        arguments=msgspec.json.encode(manifest),
        command="kubectl create -f - (what is left to the optimizer)",
    )


def _rules(manifest: JsonObject) -> Iterator[str]:
    writes = [rule for rule in manifest["rules"] if "patch" in rule["verbs"]]
    if len(writes) < len(manifest["rules"]):
        yield "reads workloads, nodes and metrics"
    if writes:
        yield "writes " + ", ".join(dict.fromkeys(name for rule in writes for name in rule["resources"]))


def _left(facts: DowngradeFacts) -> Iterator[str]:
    work = facts.work
    if not (work.cluster or work.namespaced) and facts.unseen:
        yield "no write of it was seen that its role needs, and it was not looked for everywhere"
    elif not (work.cluster or work.namespaced):
        yield "it was seen to write nothing that its role needs: reading is all that is left to it"
    for place, pairs in work.namespaced:
        yield f"it goes on writing {', '.join(name for _, name in pairs)} in {place}, where it was seen to"
    if work.places:
        yield "who may write a workload may run anything in its namespace: the governor's rules see to that"
    yield from (f"not left to it: {words}" for words in work.left)
    yield from facts.unseen
    yield from facts.gaps
