"""Plans how to take an account's rights away: which bindings go, which lose one subject, which are left. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec

from opsconsole.cluster.questions.rbac import Grant, Role, Subject
from opsconsole.records import JsonObject, Plan, Step, Target
from opsconsole.switches.revoke.account import account_steps, stays_valid
from opsconsole.switches.revoke.beyond import still_allowed, way_out
from opsconsole.switches.revoke.spec import SPEC
from opsconsole.switches.shell import kubectl
from opsconsole.switches.target import gitops
from opsconsole.switches.target.credentials import in_words
from opsconsole.switches.target.facts import Reviewed, RevokeFacts, fingerprint
from opsconsole.switches.target.matrix import asked_of
from opsconsole.switches.target.rights import MASTERS, Account, dangers, is_named_by, is_nobody, powers, reaching
from opsconsole.text import clean_line

NAME = SPEC.name
DELETE = "rbac.delete"
REMOVE = "rbac.remove-subject"

_DEFAULTS = ("kubernetes.io/bootstrapping", "rbac-defaults")
_CALLED = {
    "system:authenticated": "everybody who is logged in",
    "system:masters": "every administrator who logs in with a certificate of the cluster",
    "system:nodes": "every node",
}
"""Who is in a group of Kubernetes' own, in words."""

_MOST_RULES = 500
"""Rules of a role that are kept for undo to compare; of one with more it says that they were not kept."""

_LATER = "nothing now: its role is not there, and whoever makes one of that name gives it what that allows"
_WHOLE = "#whole"
_GROUP = "#group"


class Case(NamedTuple):
    """What is to be done about one grant. ``does`` is ``DELETE``, ``REMOVE`` or ``leave``.

    ``wide``: ``via`` are groups that others are in too, who lose the same rights. ``latent``: its role is not there,
    so that it gives nothing until somebody makes one of that name.
    """

    grant: Grant
    role: Role | None
    via: tuple[Subject, ...]
    rights: tuple[str, ...]
    does: str
    wide: bool = False
    latent: bool = False

    @property
    def chosen(self) -> bool:
        """Whether it is done unless it is left out: where others are hit, or nothing is gained now, it is not."""
        return not self.wide and not (self.latent and self.does == REMOVE)


def cases(facts: RevokeFacts) -> list[Case]:
    """Decide about each grant that reaches the optimizer; the most dangerous come first, those that hit others last."""
    found = [case for grant in facts.grants for case in _cases(grant, facts)]
    return sorted(
        found,
        key=lambda case: (
            not case.chosen,
            case.latent,
            case.does != DELETE,
            not _is_danger(case),
            bool(case.grant.ref.namespace),
            case.grant.ref,
        ),
    )


def plan(facts: RevokeFacts, now: float) -> Plan:
    """The plan for ``facts``; it changes nothing and asks nobody."""
    decided = cases(facts)
    acting = [case for case in decided if case.does in {DELETE, REMOVE}]
    who = ", ".join(str(each) for each in facts.identities)
    steps = tuple(step for case in acting for step in _steps(case, facts))
    steps += tuple(account_steps(facts)) if steps else ()
    warnings = tuple(map(clean_line, _warnings(facts, decided)))
    return Plan(
        switch=NAME,
        title=clean_line(f"Revoke what {who} may change" if who else "Revoke the optimizer's rights"),
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(dict.fromkeys(case.grant.ref for case in acting)),
        warnings=warnings,
        notes=tuple(dict.fromkeys(map(clean_line, _notes(facts, decided)))),
        blocked="" if steps else clean_line(facts.problem or nothing_found(facts)),
        shows=tuple(Target(c.grant.ref, c.grant.created, clean_line(_gives(c))) for c in acting),
        checks=_checks(facts),
        nothing=not steps and not facts.problem and is_proved_nothing(facts),
    )


def _cases(grant: Grant, facts: RevokeFacts) -> Iterable[Case]:
    role = facts.role(grant.role)
    latent = role is None and grant.role.kind not in facts.blind
    # A role that may not be read counts as dangerous. Whoever makes one that is not there gives it rights, so that a
    # binding that was laid out for that goes too.
    rights = powers(role) if role else (_LATER if latent else "rights unknown: its role can't be read",)
    via = reaching(grant, *facts.identities)
    if not rights:
        yield Case(grant, role, via, rights, "leave")
        return
    named = tuple(subject for subject in via if any(is_named_by(who, subject) for who in facts.identities))
    groups = tuple(subject for subject in via if subject not in named)
    if named:
        yield Case(grant, role, named, rights, _way(grant, named), latent=latent)
    if groups and latent:
        yield Case(grant, role, groups, rights, "leave", wide=True, latent=True)
    elif groups:
        yield Case(grant, role, groups, rights, _way(grant, via), wide=True)


def _way(grant: Grant, out: Collection[Subject]) -> str:
    return DELETE if set(grant.subjects) <= set(out) and not is_servers_own(grant) else REMOVE


def is_servers_own(grant: Grant) -> bool:
    """Whether the API server made the binding and keeps it: emptying it is right, and deleting it breaks others.

    A name or a label alone tells nothing, since the optimizer can set both. A role can't be changed in a binding, and
    the server's own bindings name the role that is called as they are.
    """
    name = grant.ref.name
    reserved = name == "cluster-admin" or name.startswith("system:")
    return _DEFAULTS in grant.labels and reserved and grant.role.name in {name, name.removeprefix("system::")}


def _is_danger(case: Case) -> bool:
    return not case.latent and (case.role is None or bool(dangers(case.role)))


def _steps(case: Case, facts: RevokeFacts) -> Iterable[Step]:
    yield _step(case, facts)
    # A role that is not there too: who lacks ``bind`` may not edit its binding, since RBAC asks what the role gives.
    shared = case.does == REMOVE and not case.wide and not is_servers_own(case.grant)
    if shared and (case.grant.role.kind, case.grant.role.key) in facts.unbindable:
        yield _whole(case, facts)


def _step(case: Case, facts: RevokeFacts) -> Step:
    ref = case.grant.ref
    who = " and ".join(str(subject) for subject in case.via)
    others = len(case.grant.subjects) - len(case.via)
    title = (
        f"Delete {ref}"
        if case.does == DELETE
        else f"Take {who} out of {ref}; {_count(others, 'other subject')} {'stays' if others == 1 else 'stay'}"
    )
    hits = ", which others are in too" if case.wide else ""
    return Step(
        key=f"{ref.kind}/{ref.key}" + (_GROUP if case.wide else ""),
        title=clean_line(f"{title} ({case.grant.role.kind} {case.grant.role.name}{hits})"),
        effect=case.does,
        target=ref,
        arguments=_arguments(case, case.via if case.does == REMOVE else case.grant.subjects, facts),
        command=_command(case, ref.name),
        chosen=case.chosen,
    )


def _whole(case: Case, facts: RevokeFacts) -> Step:
    """The way out where a shared binding may not be changed: RBAC lets one delete what he may not edit."""
    ref = case.grant.ref
    out = msgspec.structs.replace(case.grant, subjects=())
    others = [str(subject) for subject in case.grant.subjects if subject not in case.via]
    shown = ", ".join(others[:3]) + ("…" if len(others) > 3 else "")
    return Step(
        key=f"{ref.kind}/{ref.key}{_WHOLE}",
        title=clean_line(f"Delete {ref} whole: {shown} {'loses' if len(others) == 1 else 'lose'} it too"),
        effect=DELETE,
        target=ref,
        arguments=_arguments(case, case.grant.subjects, facts),
        command=_command(case._replace(does=DELETE, grant=out), ref.name),
        chosen=False,
    )


def _arguments(case: Case, subjects: Iterable[Subject], facts: RevokeFacts) -> bytes:
    grant, rules = case.grant, case.role.rules if case.role else None
    subjects = tuple(subjects)
    users = {subject.user for subject in subjects}
    rules = () if case.latent else rules  # undo tells what a role that was made since allows
    uids = [ref for ref in facts.service_accounts if Account(ref.namespace, ref.name).user in users]
    arguments: JsonObject = {
        "name": grant.ref.name,
        "subjects": msgspec.to_builtins(subjects),
        "accounts": msgspec.to_builtins(uids),
        "role": [grant.role.kind, grant.role.name],
        "rules": msgspec.to_builtins(rules) if rules is not None and len(rules) <= _MOST_RULES else None,
    }
    return msgspec.json.encode(arguments)


def _command(case: Case, name: str) -> str:
    where = ["-n", case.grant.ref.namespace] if case.grant.ref.namespace else []
    kind = case.grant.ref.kind.lower()
    if case.does == DELETE:
        return kubectl("delete", kind, names=[name], options=where)
    patch = json.dumps(removal(case.grant, case.via))
    return kubectl("patch", kind, names=[name], options=[*where, "--type=json", "-p", patch])


def removal(grant: Grant, via: Iterable[Subject]) -> list[JsonObject]:
    """A JSON patch that takes the subjects ``via`` out, and fails if the object is another or they have moved."""
    manifest = json.loads(grant.manifest)
    patch: list[JsonObject] = [{"op": "test", "path": "/metadata/uid", "value": manifest["metadata"]["uid"]}]
    out = set(via)
    # From the end, so that each removal leaves the places before it as they were read.
    for place in reversed(range(len(grant.subjects))):
        if grant.subjects[place] in out:
            path = f"/subjects/{place}"
            patch.append({"op": "test", "path": path, "value": manifest["subjects"][place]})
            patch.append({"op": "remove", "path": path})
    return patch


def _gives(case: Case) -> str:
    shown = "; ".join(case.rights[:3])
    more = len(case.rights) - 3
    return f"{case.grant.role.kind} {case.grant.role.name}: {shown}" + (f"; and {more} more" if more > 0 else "")


def _warnings(facts: RevokeFacts, decided: list[Case]) -> Iterable[str]:
    users = {clean_line(who.user) for who in facts.identities}
    if facts.user and facts.user in users:
        yield f"YOU act as {facts.user}, which is the optimizer: what is revoked here is taken from you too"
    yield from map(later_words, latent(facts))
    for case in decided:
        if case.does in {DELETE, REMOVE}:
            yield from _others_hit(case, facts)
            yield from (
                f"{case.grant.ref}: {words}" for words in gitops.managers(case.grant.labels, case.grant.annotations)
            )
            if is_servers_own(case.grant):
                yield f"{case.grant.ref} is the API server's own: it restores the subjects that it made, and no others"
    yield from still_allowed(facts)
    if facts.sharing:
        owners = dict.fromkeys(str(pod.owner or pod.ref) for pod in facts.sharing)
        yield f"others run as the same ServiceAccount and lose it too: {', '.join(list(owners)[:5])}"
    yield from stays_valid(facts, [(case.grant, case.role) for case in decided if case.role is not None])
    yield from facts.gaps


def _others_hit(case: Case, facts: RevokeFacts) -> Iterable[str]:
    for subject in case.via:
        if case.wide:
            loses = "keeps it all: the API server refuses that group nothing" if subject.name == MASTERS else ""
            loses = loses or f"loses {case.grant.role.name} with it"
            yield f"{case.grant.ref} is given to {subject}: {_in_it(subject)} {loses}"
        if subject.kind == "Group" and clean_line(subject.name) in facts.groups:
            yield f"YOU ({facts.user}) are in group {subject.name}: {case.grant.ref} may be what lets you act here"


def _in_it(subject: Subject) -> str:
    """Who is in a group that others are in, in words."""
    if is_nobody(subject):
        return "everybody who reaches the API server, without logging in,"
    if subject.name in _CALLED:
        return _CALLED[subject.name]
    _, _, namespace = subject.name.partition("system:serviceaccounts:")
    return "every ServiceAccount" + (f" of namespace {namespace}" if namespace else "")


def open_to_all(facts: RevokeFacts) -> tuple[Grant, ...]:
    """Bindings by which whoever shows no credentials may change something: the optimizer can act so, too."""
    found = [case for case in cases(facts) if case.does != "leave" and any(map(is_nobody, case.via))]
    return tuple(dict.fromkeys(case.grant for case in found))


def latent(facts: RevokeFacts) -> tuple[Grant, ...]:
    """Bindings that give nothing until somebody makes their role, and that stay unless they are chosen."""
    found = [case for case in cases(facts) if case.latent and (case.does == "leave" or not case.chosen)]
    return tuple(dict.fromkeys(case.grant for case in found))


def later_words(grant: Grant) -> str:
    """What is said of a binding whose role is not there."""
    return f"{grant.ref} names {grant.role}, which is not there: it gives nothing until somebody makes that role"


def _notes(facts: RevokeFacts, decided: list[Case]) -> Iterable[str]:
    for who in facts.identities:
        if who.source:
            yield f"acts as {who} ({who.source})"
        yield from filter(None, [in_words(who)])
    for case in decided:
        yield from _on_case(case)
    if any(case.wide and case.does != "leave" for case in decided):
        yield "a grant to a group that others are in is left unless it is chosen: it hits them all"
    if facts.identities:
        yield "Tokens stay valid for logging in: authentication is not authorization. Those of a pod die with the pod."
    if facts.account and facts.tokens is None:
        yield f"Whether Secrets hold tokens of {facts.account} is unknown: they may not be listed"
    if any(case.does != "leave" for case in decided):
        yield "a binding that comes anew while it is being proved is taken away too, as often as one comes"
    yield from facts.carried
    yield from facts.planted
    yield from _on_answers(facts.reviews)


def _on_answers(reviews: Sequence[Reviewed]) -> Iterable[str]:
    answered = [each for each in reviews if each.allowed is not None]
    if answered:
        yield f"asked the authorizer {asked_in_words(answered)}"
    unknown = [each for each in reviews if each.allowed is None]
    if unknown:
        yield f"UNKNOWN: {len(unknown)} of {_count(len(reviews), 'question')} got no answer: {unknown[0].reason}"


def _on_case(case: Case) -> Iterable[str]:
    if case.latent and case.does == DELETE:
        yield later_words(case.grant)
    if case.does == "leave" and not case.latent and not is_servers_own(case.grant):
        yield f"{case.grant.ref} only reads: left as it is"
    if case.does in {DELETE, REMOVE} and case.role is not None and case.role.aggregated is not None:
        yield f"{case.role.ref} is aggregated: emptying it would be undone at once, hence its binding goes"


def asked_in_words(reviews: Collection[Reviewed]) -> str:
    """Exactly what was asked: how many questions, where, and as whom."""
    places = [place for place in dict.fromkeys(each.access.namespace for each in reviews) if place]
    who = ", ".join(dict.fromkeys(each.who for each in reviews))
    shown = f" ({', '.join(places[:5])}{', …' if len(places) > 5 else ''})" if places else ""
    wide = "cluster-wide and " if any(not each.access.namespace for each in reviews) else ""
    return f"{_count(len(reviews), 'question')} {wide}in {_count(len(places), 'namespace')}{shown} as {who}"


def is_proved_nothing(facts: RevokeFacts) -> bool:
    """Whether there is nothing to revoke by the authorizer's own words, and no list was left unread."""
    unread = {"RoleBinding", "ClusterRoleBinding"} & facts.blind
    known = bool(facts.reviews) and not unread and not facts.unsure
    return known and all(each.allowed is False for each in facts.reviews)


def nothing_found(facts: RevokeFacts) -> str:
    """Why there is no step: there is nothing, something is left that can't be taken, or it is unknown."""
    who = ", ".join(str(each) for each in facts.identities)
    if is_proved_nothing(facts):
        return f"nothing to revoke: {asked_in_words(facts.reviews)}, and all are denied"
    allowed = [each for each in facts.reviews if each.allowed]
    if allowed:
        first = allowed[0]
        why = f" ({first.reason})" if first.reason else ""
        return (
            f"NOT REVOKED: {first.who} may still {first.access}{why}"
            + (f" and {len(allowed) - 1} more" if len(allowed) > 1 else "")
            + ", and no binding was found that could be taken away"
            + (f": {way_out(first, facts.identities)}" if first.foreign else "")
        )
    unknown = [each.reason for each in facts.reviews if each.allowed is None]
    why = "; ".join(dict.fromkeys([*facts.gaps, *unknown[:1]])) or "the authorizer was not asked"
    return f"no binding was found that lets {who} change anything, and whether there is one is unknown: {why}"


def _checks(facts: RevokeFacts) -> bytes:
    """What verification asks: whom it is about, and every question that was asked for the plan."""
    if not facts.identities:
        return b"{}"
    asked = dict.fromkeys(each.access for each in facts.reviews)
    if not asked:
        places = dict.fromkeys(["", *(grant.ref.namespace for grant in facts.grants)])
        roles = {(role.ref.kind, role.ref.key): role for role in facts.roles}
        asked = dict.fromkeys(
            access for who in facts.identities for access in asked_of(who, places, facts.grants, roles)
        )
    body = {"account": facts.account, "who": facts.identities, "asked": list(asked)}
    return msgspec.json.encode(body)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
