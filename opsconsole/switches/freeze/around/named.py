"""Rights to single objects (``resourceNames``): an authorizer that is asked without a name does not tell of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache

import msgspec

from opsconsole.cluster.questions.rbac import Grant, PolicyRule, Rbac, Role, read_rbac
from opsconsole.cluster.questions.reviews import Access, Api
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.switches.target.rights import UserAndGroups, reaching

_NAMELESS = frozenset({"create", "deletecollection"})
"""Verbs whose requests have no name to an authorizer: a rule with names gives none of them."""


def read(api: Api, namespaces: Collection[str], timeout: float) -> Rbac:
    """RBAC as far as it can be read; ``gaps`` say what of it can't. Never raises."""
    try:
        return read_rbac(api, timeout, namespaces)
    except ClusterError as error:
        return Rbac(gaps=(f"RBAC can't be read: {error}",))


def once(api: Api, namespaces: Collection[str], timeout: float) -> Callable[[], Rbac]:
    """Return what reads RBAC when it is called first, and gives the same again: the questions of one proof agree.

    Several threads may call it; the first reads, and the others wait for that.
    """
    known = cache(lambda: read(api, namespaces, timeout))
    lock = threading.Lock()

    def kept() -> Rbac:
        with lock:
            return known()

    return kept


def reaching_roles(rbac: Rbac, who: UserAndGroups) -> Iterator[tuple[Grant, Role]]:
    """The grants that reach ``who``, each with its role as far as that could be read. Pure."""
    roles = {(role.ref.kind, role.ref.namespace, role.ref.name): role for role in rbac.roles}
    for grant in rbac.grants:
        role = roles.get((grant.role.kind, grant.role.namespace, grant.role.name))
        if role is not None and reaching(grant, who):
            yield grant, role


def places(rbac: Rbac, who: UserAndGroups, asked: Sequence[Access]) -> tuple[str, ...]:
    """The namespaces in which a grant may allow one of the questions ``asked`` to ``who``. Pure."""
    found = {
        grant.ref.namespace
        for grant, role in reaching_roles(rbac, who)
        if any(gives(rule, access) for rule in role.rules for access in asked)
    }
    return tuple(sorted(found - {""}))


def can_be_named(access: Access) -> bool:
    """Whether a rule with names could give what this question asks without one."""
    return not access.name and (access.verb not in _NAMELESS or bool(access.subresource))


def by_name(rbac: Rbac, who: UserAndGroups, asked: Sequence[Access], known: Collection[str]) -> tuple[Access, ...]:
    """The nameless questions among ``asked`` again, with each name by which a grant may allow them to ``who``. Pure.

    ``known`` are names that are asked about anyway.
    """
    nameless = [access for access in asked if can_be_named(access)]
    found: list[Access] = []
    for grant, role in reaching_roles(rbac, who):
        here = [access for access in nameless if access.namespace == grant.ref.namespace]
        found += [each for rule in role.rules for each in _named(rule, here) if each.name not in known]
    return tuple(dict.fromkeys(found))


def _named(rule: PolicyRule, asked: Sequence[Access]) -> Iterator[Access]:
    for access in asked if rule.names else ():
        if gives(rule, access):
            yield from (msgspec.structs.replace(access, name=name) for name in rule.names)


def gives(rule: PolicyRule, access: Access) -> bool:
    """Whether a rule gives this verb on this resource, on whichever objects."""
    subresource = access.subresource
    resources = {f"{access.resource}/{subresource}", f"*/{subresource}"} if subresource else {access.resource}
    wanted = ((rule.verbs, {access.verb}), (rule.groups, {access.group}), (rule.resources, resources))
    return all("*" in given or not words.isdisjoint(given) for given, words in wanted)
