"""What the API server's admission checks before a write: the namespace, the ServiceAccount, and RBAC escalation."""

from __future__ import annotations

from rehearsal.server.authorization import freeze
from rehearsal.server.authorization.access import AccessRules, Attributes, User, rule_allows
from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import BY_PLURAL, Object, ServedResource
from rehearsal.server.objects.storage import Storage

_RBAC_GROUP = "rbac.authorization.k8s.io"


class Admission:
    """Checks a write against what is in the storage. Every method raises :class:`errors.ApiError` to refuse."""

    def __init__(self, storage: Storage, rbac: AccessRules) -> None:
        self._storage = storage
        self._rbac = rbac

    def create(self, resource: ServedResource, obj: Object, user: User) -> None:
        """Check a new object."""
        freeze.accept(resource, obj)
        if resource.namespaced:
            self._namespace(resource, obj)
        if resource.plural == "pods":
            self._account(resource, obj)
        self._escalation(resource, obj, user)

    def update(self, resource: ServedResource, before: Object, after: Object, user: User) -> None:
        """Check a changed object."""
        freeze.accept(resource, after)
        if resource.group == _RBAC_GROUP and (
            before.get("rules") != after.get("rules") or before.get("subjects") != after.get("subjects")
        ):
            self._escalation(resource, after, user)

    def _namespace(self, resource: ServedResource, obj: Object) -> None:
        name = obj["metadata"]["namespace"]
        namespace = self._storage.get(BY_PLURAL["namespaces"], "", name)
        if namespace is None:
            raise errors.not_found(BY_PLURAL["namespaces"], name)
        if namespace["metadata"].get("deletionTimestamp"):
            why = f"unable to create new content in namespace {name} because it is being terminated"
            error = errors.forbidden(resource, obj["metadata"]["name"], why)
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {name} is being terminated",
                "field": "metadata.namespace",
            }
            error.details = (error.details or {}) | {"causes": [cause]}
            raise error

    def _account(self, resource: ServedResource, obj: Object) -> None:
        namespace = obj["metadata"]["namespace"]
        name = (obj.get("spec") or {}).get("serviceAccountName") or "default"
        if self._storage.get(BY_PLURAL["serviceaccounts"], namespace, name) is None:
            why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
            raise errors.forbidden(resource, obj["metadata"]["name"], why)

    def _escalation(self, resource: ServedResource, obj: Object, user: User) -> None:
        """Nobody may grant what they don't hold, unless they may ``bind`` or ``escalate``."""
        if resource.group != _RBAC_GROUP:
            return
        namespace = obj["metadata"].get("namespace", "")
        name = obj["metadata"]["name"]
        if resource.plural.endswith("bindings"):
            ref = obj["roleRef"]
            plural = "roles" if ref["kind"] == "Role" else "clusterroles"
            role = self._storage.get(BY_PLURAL[plural], namespace if plural == "roles" else "", ref["name"])
            verb, target, rules = (
                "bind",
                Attributes("bind", _RBAC_GROUP, plural, "", namespace, ref["name"]),
                (role or {}).get("rules"),
            )
        else:
            verb, rules = "escalate", obj.get("rules")
            target = Attributes(verb, _RBAC_GROUP, resource.plural, "", namespace, name)
        if self._rbac.allows(user, target):
            return
        missing = [rule for rule in rules or [] if not self._holds(user, rule, namespace)]
        if missing:
            groups = " ".join(f'"{group}"' for group in user.groups)
            listing = "\n".join(_shown(rule) for rule in missing)
            why = (
                f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n'
                + listing
            )
            raise errors.forbidden(resource, name, why)

    def _holds(self, user: User, rule: Object, namespace: str) -> bool:
        own = [each for grant in self._rbac.grants(user, namespace) for each in grant.rules]
        wanted = [
            Attributes(verb, group, *_split(plural), namespace, name)
            for verb in rule.get("verbs") or []
            for group in rule.get("apiGroups") or []
            for plural in rule.get("resources") or []
            for name in rule.get("resourceNames") or [""]
        ] + [
            Attributes(verb, path=path)
            for verb in rule.get("verbs") or []
            for path in rule.get("nonResourceURLs") or []
        ]
        return all(any(rule_allows(each, attributes) for each in own) for attributes in wanted)


def _split(plural: str) -> tuple[str, str]:
    name, _, subresource = plural.partition("/")
    return name, subresource


def _shown(rule: Object) -> str:
    names = {"apiGroups": "APIGroups", "resources": "Resources", "resourceNames": "ResourceNames",
             "nonResourceURLs": "NonResourceURLs", "verbs": "Verbs"}  # fmt: skip
    parts = []
    for field, name in names.items():
        if rule.get(field):
            values = " ".join(f'"{value}"' for value in rule[field])
            parts.append(f"{name}:[{values}]")
    return "{" + ", ".join(parts) + "}"
