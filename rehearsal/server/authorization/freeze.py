"""Honours a freeze: the one shape of ValidatingAdmissionPolicy that the rehearsal's API server can judge by.

It evaluates no CEL. A policy that says exactly what a freeze of the console says is taken, and writes are refused in
the real server's words; every other policy is refused when it is made, so that nobody takes it for being in force.
"""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.govern import compare, freeze
from opsconsole.govern.identities import Identities
from opsconsole.govern.names import FROZEN, FROZEN_WORDS, GROUP, PARAMETER
from rehearsal.server.authorization.access import User
from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import BY_PLURAL, Object, ServedResource
from rehearsal.server.objects.routes import Route
from rehearsal.server.objects.storage import Storage

_POLICIES, _BINDINGS = "validatingadmissionpolicies", "validatingadmissionpolicybindings"


def accept(resource: ServedResource, obj: Object) -> None:
    """Refuse a policy that could not be judged by.

    Raises:
        ApiError: 422, it is no freeze of the console's.
    """
    if resource.plural == _POLICIES and _freeze_of(obj) is None:
        why = "Unsupported value: the rehearsal evaluates no CEL; it takes the policy of a freeze and no other"
        raise errors.invalid(resource, obj["metadata"].get("name", ""), [("FieldValueNotSupported", "spec", why)])


def check(storage: Storage, user: User, route: Route) -> None:
    """Refuse a write of somebody who is frozen. Policies themselves are exempt, as on a real API server.

    Raises:
        ApiError: 403, as the real server says it.
    """
    if route.resource.group == GROUP:
        return
    for name, identities in _in_force(storage):
        if identities.cover(user.name, user.groups):
            why = f"ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: {FROZEN_WORDS}"
            raise errors.forbidden(route.resource, route.name, why)


def _in_force(storage: Storage) -> Iterator[tuple[str, Identities]]:
    with storage.lock:
        for binding in storage.all(BY_PLURAL[_BINDINGS], ""):
            spec = binding.get("spec") or {}
            policy = storage.get(BY_PLURAL[_POLICIES], "", spec.get("policyName", ""))
            found = _freeze_of(policy) if policy else None
            if found is None or "Deny" not in (spec.get("validationActions") or []):
                continue
            if not (found[1] and _thawed(storage)):
                yield spec["policyName"], found[0]


def _freeze_of(policy: Object) -> tuple[Identities, bool] | None:
    """Whom the policy freezes, and whether it looks at the parameter; ``None`` if it is no freeze of the console's."""
    found = freeze.about(policy)
    if found is None:
        return None
    for wanted, looks in ((freeze.on_the_spot(found)[0], False), (freeze.installed(found)[0], True)):
        if compare.same(wanted, policy):
            return found, looks
    return None


def _thawed(storage: Storage) -> bool:
    space = storage.get(BY_PLURAL["namespaces"], "", PARAMETER) or {}
    return bool(((space.get("metadata") or {}).get("annotations") or {}).get(FROZEN) == "false")
