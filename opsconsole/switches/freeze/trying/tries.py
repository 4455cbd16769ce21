"""Writes that can be tried as somebody without being done: what a grant lets him do, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from opsconsole.cluster.questions.rbac import Rbac
from opsconsole.cluster.questions.reviews import Access
from opsconsole.cluster.transport import paths
from opsconsole.records import JsonObject, Record
from opsconsole.switches.freeze.around import named
from opsconsole.switches.target.rights import UserAndGroups

NAME = "opsconsole-probe"
CREATE = "create"

_NOTE: JsonObject = {"metadata": {"annotations": {NAME: "tried"}}}
"""What a change that is tried would change."""

_SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
_CHANGED = (*_SCALED, "DaemonSet", "CronJob", "HorizontalPodAutoscaler", "Pod", "ConfigMap", "Node", "Job")
_CHANGES = (
    *((verb, kind, "") for verb in ("patch", "update") for kind in _CHANGED),
    *((verb, kind, "scale") for verb in ("patch", "update") for kind in _SCALED),
    (CREATE, "Pod", "eviction"),
    *(("delete", kind, "") for kind in _CHANGED),
)
"""Verb, kind and subresource of what can be tried on an object that is there: all that optimizers write."""

_TEMPLATE: JsonObject = {
    "metadata": {"labels": {"app": NAME}},
    "spec": {"containers": [{"name": "probe", "image": "registry.invalid/none"}], "restartPolicy": "Always"},
}
_ONCE: JsonObject = {**_TEMPLATE, "spec": {**_TEMPLATE["spec"], "restartPolicy": "Never"}}
_CREATED: dict[str, JsonObject] = {
    "ConfigMap": {},
    "Deployment": {
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": NAME}}, "template": _TEMPLATE},
    },
    "Pod": {"spec": _ONCE["spec"]},
    "Job": {"spec": {"template": _ONCE}},
    "ServiceAccount": {},
}
"""Small valid objects: what one may create differs from one optimizer to the next."""


class WriteTry(Record, frozen=True):
    """One write that can be tried.

    Attributes:
        kind: of the object.
        access: the question whether it is allowed. Its name is empty for as long as no object was chosen.
        found: the object that is to be changed; ``None`` as long as it was not read, and for what is created.
    """

    kind: str
    access: Access
    found: JsonObject | None = None

    def __str__(self) -> str:
        return str(self.access)

    @property
    def needs_object(self) -> bool:
        """Whether it is made on an object that is there, and was not read yet."""
        return not self._creates and self.found is None

    @property
    def _creates(self) -> bool:
        return self.access.verb == CREATE and not self.access.subresource

    def on(self, found: JsonObject) -> WriteTry:
        """The same on an object that was found."""
        metadata = found.get("metadata") or {}
        place, name = str(metadata.get("namespace") or ""), str(metadata.get("name") or "")
        return WriteTry(self.kind, msgspec.structs.replace(self.access, namespace=place, name=name), found)

    @property
    def path(self) -> str:
        """Where it goes."""
        access, (group, version, plural) = self.access, paths.API_KINDS[self.kind]
        if self._creates:
            return paths.collection(group, version, plural, access.namespace)
        return paths.item(group, version, plural, access.namespace, access.name, subresource=access.subresource)

    def request(self) -> tuple[str, JsonObject, str]:
        """Method, body and content type."""
        if self.access.verb == CREATE:
            return "POST", self._evicted() if self.access.subresource else self._created(), "application/json"
        if self.access.verb == "delete":
            return "DELETE", {"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["All"]}, "application/json"
        if self.access.verb == "update":
            return "PUT", self._updated(), "application/json"
        return "PATCH", _NOTE, "application/merge-patch+json"

    def _created(self) -> JsonObject:
        metadata = {"name": NAME, "namespace": self.access.namespace}
        return {**_type(self.kind), "metadata": metadata, **_CREATED[self.kind]}

    def _evicted(self) -> JsonObject:
        metadata = {"name": self.access.name, "namespace": self.access.namespace}
        options = {"dryRun": ["All"]}
        return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata, "deleteOptions": options}

    def _updated(self) -> JsonObject:
        found = self.found or {}
        if self.access.subresource:
            metadata = {"name": self.access.name, "namespace": self.access.namespace}
            replicas = {"replicas": (found.get("spec") or {}).get("replicas", 1)}
            return {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": replicas}
        left_out = {"resourceVersion", "managedFields"}  # whoever wrote it since is no conflict
        metadata = {key: value for key, value in (found.get("metadata") or {}).items() if key not in left_out}
        return {**found, **_type(self.kind), "metadata": metadata}


def creations(namespaces: Sequence[str]) -> Iterator[WriteTry]:
    """What can be created in these namespaces."""
    for namespace in dict.fromkeys(namespaces):
        yield from (WriteTry(kind, _access(CREATE, kind, namespace)) for kind in _CREATED)


def granted(rbac: Rbac, who: UserAndGroups) -> Iterator[WriteTry]:
    """What the grants that reach ``who`` let him write where they do: first what is created, then changes.

    A change that a grant allows in all namespaces has none as yet; one on single objects (``resourceNames``) names
    the first.
    """
    rules = [(grant.ref.namespace, rule) for grant, role in named.reaching_roles(rbac, who) for rule in role.rules]
    for place in dict.fromkeys(place for place, _ in rules if place):
        here = [rule for namespace, rule in rules if namespace == place and not rule.names]
        yield from (each for each in creations([place]) if any(named.gives(rule, each.access) for rule in here))
    for verb, kind, subresource in _CHANGES:
        for namespace, rule in rules:
            access = _access(verb, kind, namespace, subresource, rule.names[0] if rule.names else "")
            if named.gives(rule, access) and (namespace or not rule.names or kind == "Node"):
                yield WriteTry(kind, access)


def _type(kind: str) -> JsonObject:
    group, version, _ = paths.API_KINDS[kind]
    return {"apiVersion": f"{group}/{version}" if group else version, "kind": kind}


def _access(verb: str, kind: str, namespace: str, subresource: str = "", name: str = "") -> Access:
    group, _, plural = paths.API_KINDS[kind]
    return Access(verb, plural, group, subresource, namespace, name)
