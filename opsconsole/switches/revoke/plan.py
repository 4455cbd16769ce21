"""Plans how to take an account's rights away: which bindings go, which lose one subject, which are left. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from opsconsole.cluster.questions.rbac import Grant, Role, Subject
from opsconsole.cluster.questions.reviews import Access
from opsconsole.records import JsonObject, Plan, Step, Target
from opsconsole.switches.revoke.spec import SPEC
from opsconsole.switches.target import gitops
from opsconsole.switches.target.facts import RevokeFacts, fingerprint
from opsconsole.switches.target.rights import Account, dangers, powers, questions, reaching
from opsconsole.text import clean_line

NAME = SPEC.name
DELETE = "rbac.delete"
REMOVE = "rbac.remove-subject"

_DEFAULTS = ("kubernetes.io/bootstrapping", "rbac-defaults")
_MAX_NAMESPACES = 20
_MAX_QUESTIONS = 60


class Case(NamedTuple):
    """What is to be done about one grant. ``does`` is ``DELETE``, ``REMOVE``, ``leave`` or ``never``."""

    grant: Grant
    role: Role | None
    via: tuple[Subject, ...]
    rights: tuple[str, ...]
    does: str

    @property
    def wide(self) -> bool:
        """Whether others lose the same rights: it reaches the account through a group."""
        return any(subject.kind == "Group" for subject in self.via)


def cases(facts: RevokeFacts) -> list[Case]:
    """Decide about each grant that reaches the account; the most dangerous come first, those that hit others last."""
    if facts.account is None:
        return []
    found = [_case(grant, facts.role(grant.role), facts.account, facts.blind) for grant in facts.grants]
    return sorted(
        found, key=lambda case: (case.wide, not _is_danger(case), bool(case.grant.ref.namespace), case.grant.ref)
    )


def plan(facts: RevokeFacts, now: float) -> Plan:
    """The plan for ``facts``; it changes nothing and asks nobody."""
    decided = cases(facts)
    acting = [case for case in decided if case.does in {DELETE, REMOVE}]
    title = (
        f"Revoke what ServiceAccount {facts.account} may change" if facts.account else "Revoke the optimizer's rights"
    )
    steps = tuple(_step(case) for case in acting)
    warnings = tuple(_warnings(facts, decided))
    return Plan(
        switch=NAME,
        title=title,
        made_at=now,
        facts=fingerprint(steps, warnings),
        steps=steps,
        targets=tuple(case.grant.ref for case in acting),
        warnings=warnings,
        notes=tuple(_notes(facts, decided)),
        blocked=_blocked(facts, acting),
        shows=tuple(Target(c.grant.ref, c.grant.created, _gives(c)) for c in acting),
        checks=_checks(facts, acting),
    )


def _case(grant: Grant, role: Role | None, account: Account, blind: frozenset[str]) -> Case:
    via = reaching(grant, account)
    rights: tuple[str, ...]
    if role is None:
        # A role that may not be read counts as dangerous; one that is not there gives nothing now.
        rights = ("rights unknown: its role can't be read",) if grant.role.kind in blind else ()
    else:
        rights = powers(role)
    if not rights:
        return Case(grant, role, via, rights, "leave")
    if grant.ref.name.startswith("system:"):
        return Case(grant, role, via, rights, "never")
    others = [subject for subject in grant.subjects if subject not in via]
    whole = not others and _DEFAULTS not in grant.labels
    return Case(grant, role, via, rights, DELETE if whole else REMOVE)


def _is_danger(case: Case) -> bool:
    return case.role is None or bool(dangers(case.role))


def _step(case: Case) -> Step:
    ref = case.grant.ref
    name = json.loads(case.grant.manifest)["metadata"]["name"] if case.grant.manifest else ref.name
    arguments: JsonObject = {
        "name": name,
        "subjects": msgspec.to_builtins(case.via),
        "role": [case.grant.role.kind, case.grant.role.name],
    }
    who = " and ".join(str(subject) for subject in case.via)
    others = len(case.grant.subjects) - len(case.via)
    title = (
        f"Delete {ref}"
        if case.does == DELETE
        else f"Take {who} out of {ref}; {_count(others, 'other subject')} {'stays' if others == 1 else 'stay'}"
    )
    return Step(
        key=f"{ref.kind}/{ref.key}",
        title=f"{title} ({case.grant.role.kind} {case.grant.role.name})",
        effect=case.does,
        target=ref,
        arguments=msgspec.json.encode(arguments),
        command=clean_line(_command(case, name)),
    )


def _command(case: Case, name: str) -> str:
    where = ["-n", case.grant.ref.namespace] if case.grant.ref.namespace else []
    kind = case.grant.ref.kind.lower()
    if case.does == DELETE:
        return shlex.join(["kubectl", "delete", kind, name, *where])
    return shlex.join(
        ["kubectl", "patch", kind, name, *where, "--type=json", "-p", json.dumps(removal(case.grant, case.via))]
    )


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
    for case in decided:
        if case.does in {DELETE, REMOVE}:
            yield from _others_hit(case, facts)
            yield from (f"{case.grant.ref}: {words}" for words in _returns(case.grant))
        elif case.does == "never":
            yield (
                f"{case.grant.ref} also lets it {'; '.join(case.rights[:3])}: bindings named system: are never touched "
                "(the API server restores them); decide by hand"
            )
    if facts.sharing:
        owners = dict.fromkeys(str(pod.owner or pod.ref) for pod in facts.sharing)
        yield f"others run as the same ServiceAccount and lose it too: {', '.join(list(owners)[:5])}"
    if facts.tokens:
        yield f"tokens without end in Secrets stay valid for logging in: {', '.join(facts.tokens)}; delete them by hand"
    yield from facts.gaps


def _others_hit(case: Case, facts: RevokeFacts) -> Iterable[str]:
    for subject in case.via:
        if subject.kind != "Group":
            continue
        who = "everybody who is logged in" if subject.name == "system:authenticated" else "every ServiceAccount"
        _, _, namespace = subject.name.partition("system:serviceaccounts:")
        where = f" of namespace {namespace}" if namespace else ""
        yield f"{case.grant.ref} is given to group {subject.name}: {who}{where} loses {case.grant.role.name} with it"
        if subject.name in facts.groups:
            yield f"YOU ({facts.user}) are in group {subject.name}: {case.grant.ref} may be what lets you act here"


def _returns(grant: Grant) -> Iterable[str]:
    return gitops.managers(grant.labels, grant.annotations)


def _notes(facts: RevokeFacts, decided: list[Case]) -> Iterable[str]:
    for case in decided:
        if case.does == "leave" and case.role is None:
            yield f"{case.grant.ref} names {case.grant.role}, which is not there: it gives nothing now and is left"
        elif case.does == "leave" and not case.grant.ref.name.startswith("system:"):
            yield f"{case.grant.ref} only reads: left as it is"
        if case.does in {DELETE, REMOVE} and case.role is not None and case.role.aggregated is not None:
            yield f"{case.role.ref} is aggregated: emptying it would be undone at once, hence its binding goes"
    if facts.account:
        yield "Tokens stay valid for logging in: authentication is not authorization. Those of a pod die with the pod."
    if facts.account and facts.tokens is None:
        yield f"Whether Secrets hold tokens of {facts.account} is unknown: they may not be listed"


def _blocked(facts: RevokeFacts, acting: list[Case]) -> str:
    if facts.problem:
        return facts.problem
    if not acting:
        return f"nothing to revoke: no binding that may be touched lets {facts.account} change anything"
    return ""


def _checks(facts: RevokeFacts, acting: list[Case]) -> bytes:
    """The matrix that verification asks: the classic writes everywhere, and what the bindings gave where they did."""
    if facts.account is None:
        return b"{}"
    namespaces = list(dict.fromkeys(["", *(case.grant.ref.namespace for case in acting)]))[:_MAX_NAMESPACES]
    asked = [access for namespace in namespaces for access in matrix(namespace)]
    for case in acting:
        asked += questions(case.role, case.grant.ref.namespace) if case.role else ()
    unique = list(dict.fromkeys(asked))[:_MAX_QUESTIONS]
    return msgspec.json.encode({"account": facts.account, "asked": unique})


def matrix(namespace: str) -> tuple[Access, ...]:
    """What an optimizer does to a cluster, to be asked in one namespace, or cluster-wide."""
    cluster_wide = (
        Access("patch", "nodes"),
        Access("create", "clusterrolebindings", "rbac.authorization.k8s.io"),
    )
    return (
        Access("patch", "deployments", "apps", "", namespace),
        Access("patch", "deployments", "apps", "scale", namespace),
        Access("patch", "statefulsets", "apps", "", namespace),
        Access("create", "pods", "", "", namespace),
        Access("delete", "pods", "", "", namespace),
        Access("create", "pods", "", "eviction", namespace),
        Access("create", "rolebindings", "rbac.authorization.k8s.io", "", namespace),
        Access("create", "serviceaccounts", "", "token", namespace),
        *(cluster_wide if not namespace else ()),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
