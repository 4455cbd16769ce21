"""What an optimizer's work needs: reading, and writing what it was seen to write, as far as its role goes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from opsconsole.cluster.questions.rbac import Role
from opsconsole.cluster.questions.reviews import Access
from opsconsole.govern.names import MANAGED_BY, OURS, PART_OF
from opsconsole.records import JsonObject, Record
from opsconsole.switches.target.rights import Principal

RBAC = "rbac.authorization.k8s.io"
PREFIX = "opsconsole-downgraded"

PLURALS = {
    "Deployment": ("apps", "deployments"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "ReplicaSet": ("apps", "replicasets"),
    "CronJob": ("batch", "cronjobs"),
    "HorizontalPodAutoscaler": ("autoscaling", "horizontalpodautoscalers"),
    "PodDisruptionBudget": ("policy", "poddisruptionbudgets"),
    "Node": ("", "nodes"),
}
"""What may be written after a downgrade at all: nothing by which rights, Secrets or pods are made."""

ROLES = {
    "rightsizer": frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "CronJob"}),
    "horizontal": frozenset({"Deployment", "StatefulSet", "ReplicaSet", "HorizontalPodAutoscaler"}),
    "node-autoscaler": frozenset({"Node"}),
    "node-maintenance": frozenset({"Node"}),
    "descheduler": frozenset({"Node"}),
    "rollout-controller": frozenset({"Deployment", "StatefulSet", "DaemonSet"}),
    "janitor": frozenset[str](),
    "agent": frozenset(PLURALS),
    "": frozenset(PLURALS) - {"PodDisruptionBudget", "Node"},
}
"""Which kinds an optimizer of a role has to write. Where no role is said: what has a pod template, or scales it."""

READS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("pods", "pods/log", "nodes", "namespaces", "services", "endpoints", "events", "replicationcontrollers",
          "persistentvolumeclaims", "resourcequotas", "limitranges")),
    ("apps", ("deployments", "statefulsets", "daemonsets", "replicasets")),
    ("batch", ("jobs", "cronjobs")),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("policy", ("poddisruptionbudgets",)),
    ("events.k8s.io", ("events",)),
    ("metrics.k8s.io", ("pods", "nodes")),
)  # fmt: skip
"""What optimizers look at; no Secrets, no ConfigMaps."""

_READ, _WRITE = ("get", "list", "watch"), ("get", "patch", "update")
_SYSTEM = ("kube-system", "kube-public", "kube-node-lease")


class WorkWrite(Record, frozen=True, order=True):
    """A kind of write that was seen: of what, where, and through which subresource (``scale``; empty: the object)."""

    kind: str
    namespace: str
    subresource: str = ""


class WorkNeeds(Record, frozen=True):
    """What is to be left.

    Attributes:
        cluster: resources, as (API group, resource), that it writes cluster-wide (nodes).
        namespaced: the same by the namespace in which it was seen to write them: nowhere is it left what it wrote
            elsewhere alone.
        left: what it was seen to write and does not get, in words.
    """

    cluster: tuple[tuple[str, str], ...] = ()
    namespaced: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    left: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The namespaces in which it goes on writing."""
        return tuple(place for place, _ in self.namespaced)

    def covers(self, access: Access) -> bool:
        """Whether the new role is meant to allow this."""
        resource = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
        pair = (access.group, resource)
        if access.verb in _WRITE and pair in (*self.cluster, *dict(self.namespaced).get(access.namespace, ())):
            return True
        return access.verb in _READ and any(access.group == group and resource in names for group, names in READS)

    @property
    def granted(self) -> tuple[Access, ...]:
        """Questions that have to be answered with yes: one of each rule that reads, and all that it writes."""
        asked = [Access("list", names[0], group) for group, names in READS]
        asked += [_access("patch", pair, "") for pair in self.cluster]
        asked += [_access("patch", pair, place) for place, pairs in self.namespaced for pair in pairs]
        return tuple(asked)


def needs(seen: Iterable[WorkWrite], roles: Sequence[str], guarded: str) -> WorkNeeds:
    """What is left of what was seen, for optimizers of these roles; ``guarded`` is a namespace that nobody gets."""
    allowed = frozenset().union(*(ROLES.get(role, ROLES[""]) for role in roles or ("",)))
    cluster: set[tuple[str, str]] = set()
    namespaced: dict[str, set[tuple[str, str]]] = {}
    left = []
    for each in sorted(set(seen)):
        what = f"{each.kind} in {each.namespace}" if each.namespace else each.kind
        if each.kind not in PLURALS or each.kind not in allowed:
            left.append(f"{what}: not what an optimizer of role {' or '.join(filter(None, roles)) or 'unknown'} writes")
            continue
        if each.namespace in {*_SYSTEM, guarded}:
            left.append(f"{what}: who writes workloads there can get every right")
            continue
        group, plural = PLURALS[each.kind]
        pair = (group, f"{plural}/{each.subresource}" if each.subresource else plural)
        if each.namespace:
            namespaced.setdefault(each.namespace, set()).add(pair)
        else:
            cluster.add(pair)
    by_place = tuple((place, tuple(sorted(pairs))) for place, pairs in sorted(namespaced.items()))
    return WorkNeeds(tuple(sorted(cluster)), by_place, tuple(left))


def manifests(work: WorkNeeds, who: Sequence[Principal]) -> list[JsonObject]:
    """The ClusterRoles and their bindings, each role before what binds it. Places that need the same share a role."""
    subjects = [subject for each in who for subject in _subjects(each)]
    reads = [_rule(group, names, _READ) for group, names in READS]
    reads += [_rule(group, (name,), _WRITE) for group, name in work.cluster]
    name = f"{PREFIX}-{_digest([reads, subjects, work.namespaced])}"
    made = [_role(f"{name}-reads", reads), _binding("ClusterRoleBinding", f"{name}-reads", "", subjects)]
    for number, needed in enumerate(dict.fromkeys(pairs for _, pairs in work.namespaced), 1):
        writes = f"{name}-writes-{number}"
        made.append(_role(writes, [_rule(group, (each,), _WRITE) for group, each in needed]))
        places = [place for place, pairs in work.namespaced if pairs == needed]
        made += [_binding("RoleBinding", writes, place, subjects) for place in places]
    return made


def is_as_made(role: Role, made: Iterable[JsonObject]) -> bool:
    """Whether a role that is there allows exactly what one of ``made`` does."""
    for each in made:
        if each["kind"] == role.ref.kind and each["metadata"]["name"] == role.ref.name:
            wanted = {(tuple(r["verbs"]), tuple(r["apiGroups"]), tuple(r["resources"])) for r in each["rules"]}
            found = {(rule.verbs, rule.groups, rule.resources) for rule in role.rules}
            return wanted == found and role.aggregated is None and not any(rule.urls for rule in role.rules)
    return False


def _access(verb: str, pair: tuple[str, str], namespace: str) -> Access:
    plural, _, subresource = pair[1].partition("/")
    return Access(verb, plural, pair[0], subresource, namespace)


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> JsonObject:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _role(name: str, rules: list[JsonObject]) -> JsonObject:
    return {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": _metadata(name, ""), "rules": rules}


def _binding(kind: str, name: str, namespace: str, subjects: list[JsonObject]) -> JsonObject:
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    metadata = _metadata(name, namespace)
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, "roleRef": role, "subjects": subjects}


def _metadata(name: str, namespace: str) -> JsonObject:
    marks = {MANAGED_BY: OURS, PART_OF: "downgrade"}
    return {"name": name, **({"namespace": namespace} if namespace else {}), "labels": marks}


def _subjects(who: Principal) -> Iterable[JsonObject]:
    if who.account is not None:
        yield {"kind": "ServiceAccount", "namespace": who.account.namespace, "name": who.account.name}
    elif who.user:
        yield {"kind": "User", "apiGroup": RBAC, "name": who.user}
    for group in who.own:
        yield {"kind": "Group", "apiGroup": RBAC, "name": group}


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:8]
