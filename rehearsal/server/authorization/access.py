"""Who may do what: tokens, users and RBAC, decided anew from the stored bindings at every request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import BY_PLURAL, Object, ServedResource
from rehearsal.server.objects.storage import Storage

_ROLES, _CLUSTER_ROLES = BY_PLURAL["roles"], BY_PLURAL["clusterroles"]
_BINDINGS, _CLUSTER_BINDINGS = BY_PLURAL["rolebindings"], BY_PLURAL["clusterrolebindings"]
_ACCOUNTS, _PODS = BY_PLURAL["serviceaccounts"], BY_PLURAL["pods"]


class User(NamedTuple):
    """Who makes a request."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Attributes(NamedTuple):
    """What a request wants to do. A non-resource request has only a verb and a ``path``."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def whole(self) -> str:
        """``deployments/scale``: how rules name a subresource."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class AccessGrant(NamedTuple):
    """One role that a user has, and through which binding."""

    binding: Object
    namespace: str
    rules: list[Object]


SYSTEM = User("system:apiserver", ("system:masters", "system:authenticated"))
ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def service_account(namespace: str, name: str, uid: str = "") -> User:
    """The user that a ServiceAccount is, with all three of its groups."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)


class Tokens:
    """Bearer tokens. A token may be bound to a pod: it dies with that pod, as the real bound tokens do."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._users: dict[str, User] = {}
        self._accounts: dict[str, tuple[str, str, str, str]] = {}

    def add_user(self, token: str, user: User) -> None:
        """Let ``token`` stand for a person."""
        self._users[token] = user

    def add_account(self, token: str, namespace: str, name: str, pod: tuple[str, str] = ("", "")) -> None:
        """Let ``token`` stand for a ServiceAccount, until the pod ``(name, uid)`` is gone if one is given."""
        pods = {each: (where, owner, uid) for each, (where, _, owner, uid) in self._accounts.items() if owner}
        dead = [each for each, bound in pods.items() if not self._alive(*bound)]
        for each in dead:
            del self._accounts[each]
        self._accounts[token] = (namespace, name, *pod)

    def user(self, authorization: str) -> User:
        """Who sent this ``Authorization`` header.

        Raises:
            ApiError: 401, nobody knows the token, or what it was bound to is gone.
        """
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and token in self._users:
            return self._users[token]
        if scheme.lower() != "bearer" or token not in self._accounts:
            raise errors.unauthorized()
        namespace, name, pod, uid = self._accounts[token]
        account = self._storage.get(_ACCOUNTS, namespace, name)
        if account is None or (pod and not self._alive(namespace, pod, uid)):
            raise errors.unauthorized()
        return service_account(namespace, name, account["metadata"]["uid"])

    def _alive(self, namespace: str, pod: str, uid: str) -> bool:
        found = self._storage.get(_PODS, namespace, pod)
        return found is not None and bool(found["metadata"]["uid"] == uid)


class AccessRules:
    """Decides by the Roles, ClusterRoles and bindings that are in the storage now."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def allows(self, user: User, wanted: Attributes) -> bool:
        """Whether ``user`` may do that."""
        return self.reason(user, wanted) is not None

    def reason(self, user: User, wanted: Attributes) -> str | None:
        """Which binding allows it, in the real authorizer's words; ``None`` if none does."""
        if "system:masters" in user.groups:
            return ""
        for grant in self.grants(user, wanted.namespace):
            if any(rule_allows(rule, wanted) for rule in grant.rules):
                return _because(grant, user)
        return None

    def require(self, user: User, wanted: Attributes, resource: ServedResource | None = None) -> None:
        """Refuse what ``user`` may not do.

        Raises:
            ApiError: 403 in the real server's words.
        """
        if self.allows(user, wanted):
            return
        if resource is None:
            message = f'forbidden: User "{user.name}" cannot {wanted.verb} path "{wanted.path}"'
            raise errors.ApiError(403, "Forbidden", message, {})
        scope = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
        why = f'User "{user.name}" cannot {wanted.verb} resource "{wanted.whole}" in API group "{wanted.group}" {scope}'
        raise errors.forbidden(resource, wanted.name, why)

    def grants(self, user: User, namespace: str) -> Iterator[AccessGrant]:
        """Every role that ``user`` has: cluster-wide ones, and those in ``namespace``."""
        for binding in self._storage.all(_CLUSTER_BINDINGS):
            if _binds(binding, user, ""):
                yield AccessGrant(binding, "", self._rules(binding["roleRef"], ""))
        if not namespace:
            return
        for binding in self._storage.all(_BINDINGS, namespace):
            if _binds(binding, user, namespace):
                yield AccessGrant(binding, namespace, self._rules(binding["roleRef"], namespace))

    def _rules(self, ref: Object, namespace: str) -> list[Object]:
        if ref["kind"] == "Role":
            role = self._storage.get(_ROLES, namespace, ref["name"])
        else:
            role = self._storage.get(_CLUSTER_ROLES, "", ref["name"])
        return (role or {}).get("rules") or []


def _binds(binding: Object, user: User, namespace: str) -> bool:
    return any(_is(subject, user, namespace) for subject in binding.get("subjects") or [])


def _is(subject: Object, user: User, namespace: str) -> bool:
    match subject.get("kind"):
        case "User":
            return bool(subject["name"] == user.name)
        case "Group":
            return subject["name"] in user.groups
        case "ServiceAccount":
            home = subject.get("namespace") or namespace
            return user.name == f"system:serviceaccount:{home}:{subject['name']}"
        case _:
            return False


def rule_allows(rule: Object, wanted: Attributes) -> bool:
    """Whether one PolicyRule allows a request."""
    if not _has(rule.get("verbs"), wanted.verb):
        return False
    if wanted.path:
        return any(_path_matches(pattern, wanted.path) for pattern in rule.get("nonResourceURLs") or [])
    if not _has(rule.get("apiGroups"), wanted.group) or not _resource(rule.get("resources") or [], wanted):
        return False
    names = rule.get("resourceNames") or []
    return not names or wanted.name in names


def _has(allowed: list[str] | None, value: str) -> bool:
    return bool(allowed) and ("*" in allowed or value in allowed)  # type: ignore[operator]


def _resource(resources: list[str], wanted: Attributes) -> bool:
    return any(
        each in ("*", wanted.whole) or (wanted.subresource and each == f"*/{wanted.subresource}") for each in resources
    )


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))


def _because(grant: AccessGrant, user: User) -> str:
    metadata, ref = grant.binding["metadata"], grant.binding["roleRef"]
    name = f"{metadata['name']}/{grant.namespace}" if grant.namespace else metadata["name"]
    subject = next(each for each in grant.binding["subjects"] if _is(each, user, grant.namespace))
    who = f'"{subject["name"]}/{subject["namespace"]}"' if subject.get("namespace") else f'"{subject["name"]}"'
    return (
        f'RBAC: allowed by {grant.binding["kind"]} "{name}" of {ref["kind"]} "{ref["name"]}" to {subject["kind"]} {who}'
    )
