"""Reads RBAC: bindings, and roles with the rules that aggregation fills in. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from opsconsole.cluster.objects.meta import FullMetadata, Wire, annotation_pairs, pairs
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths, times
from opsconsole.cluster.transport.errors import ClusterError
from opsconsole.records import Record, Ref
from opsconsole.text import clean_line

GROUP = "rbac.authorization.k8s.io"
_PAGE = 500


class Subject(Record, frozen=True, order=True):
    """One subject of a binding: a ``User``, a ``Group`` or a ``ServiceAccount`` (which has a namespace)."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class PolicyRule(Record, frozen=True):
    """One rule of a role; ``*`` is everything. ``urls`` are non-resource URLs."""

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


class Role(Record, frozen=True):
    """A Role or ClusterRole. ``aggregated`` names the ClusterRoles that a controller fills it from; ``None``: none."""

    ref: Ref
    rules: tuple[PolicyRule, ...] = ()
    aggregated: tuple[str, ...] | None = None


class Grant(Record, frozen=True):
    """A RoleBinding or ClusterRoleBinding. ``manifest`` is the object as the API gave it (JSON, not cleaned)."""

    ref: Ref
    role: Ref
    subjects: tuple[Subject, ...] = ()
    created: float | None = None
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    manifest: bytes = b""


class Rbac(Record, frozen=True):
    """Every grant and role that could be read. ``gaps`` say in words what could not be."""

    grants: tuple[Grant, ...] = ()
    roles: tuple[Role, ...] = ()
    gaps: tuple[str, ...] = ()

    def role(self, ref: Ref) -> Role | None:
        """The role that ``ref`` (of a grant) names; ``None`` if it is not there or could not be read."""
        return next((role for role in self.roles if (role.ref.kind, role.ref.key) == (ref.kind, ref.key)), None)

    @property
    def blind(self) -> frozenset[str]:
        """Kinds (``Role``, ``ClusterRole`` …) that could not be listed."""
        return frozenset(kind for kind in _KINDS if any(gap.startswith(f"{kind}s ") for gap in self.gaps))


_KINDS = ("ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role")


def read_rbac(api: Api, timeout: float | None = None) -> Rbac:
    """List all four kinds. What may not be listed becomes a gap, not an error.

    Raises:
        ClusterError: the API server can't be reached (a refusal is none).
    """
    found: dict[str, _Found] = {}
    gaps: list[str] = []
    for kind in _KINDS:
        try:
            found[kind] = _list(api, kind, timeout)
        except ClusterError as error:
            if getattr(error, "status", 0) not in {401, 403, 404}:
                raise
            gaps.append(f"{kind}s can't be read: {error}")
    grants = [_grant(kind, item, raw) for kind in _KINDS[:2] for item, raw in found.get(kind, ())]
    return Rbac(tuple(grants), _roles(found), tuple(gaps))


def parse_grant(manifest: bytes) -> Grant:
    """The grant in ``manifest`` (JSON of a binding, with its ``kind``).

    Raises:
        BadAnswer: it is none.
    """
    item = decode(manifest, _Item)
    return _grant(item.kind, item, manifest)


class _RoleRef(Wire):
    kind: str = ""
    name: str = ""


class _Subject(Wire):
    kind: str = ""
    name: str = ""
    namespace: str = ""


class _Rule(Wire):
    verbs: list[str] | None = None
    api_groups: list[str] | None = None
    resources: list[str] | None = None
    resource_names: list[str] | None = None
    urls: list[str] | None = msgspec.field(default=None, name="nonResourceURLs")


class _Requirement(Wire):
    key: str = ""
    operator: str = ""
    values: list[str] | None = None


class _Selector(Wire):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Requirement] | None = None


class _Aggregation(Wire):
    cluster_role_selectors: list[_Selector] | None = None


class _Item(Wire):
    metadata: FullMetadata
    kind: str = ""
    role_ref: _RoleRef | None = None
    subjects: list[_Subject] | None = None
    rules: list[_Rule] | None = None
    aggregation_rule: _Aggregation | None = None


class _ListMeta(Wire):
    more: str = msgspec.field(default="", name="continue")


class _List(Wire):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    items: list[msgspec.Raw] | None = None


_Found = list[tuple[_Item, bytes]]


def _list(api: Api, kind: str, timeout: float | None) -> _Found:
    path = paths.collection(*paths.API_KINDS[kind])
    found: _Found = []
    more = ""
    while True:
        query = {"limit": _PAGE, "continue": more or None}
        page = decode(api.request("GET", path, query=query, timeout=timeout), _List)
        found += [(decode(bytes(raw), _Item), bytes(raw)) for raw in page.items or ()]
        more = page.metadata.more
        if not more:
            return found


def _grant(kind: str, item: _Item, manifest: bytes) -> Grant:
    meta, role = item.metadata, item.role_ref or _RoleRef()
    where = clean_line(meta.namespace)
    return Grant(
        ref=Ref(kind, where, clean_line(meta.name), meta.uid),
        role=Ref(role.kind, where if role.kind == "Role" else "", clean_line(role.name)),
        subjects=tuple(
            Subject(clean_line(s.kind), clean_line(s.name), clean_line(s.namespace)) for s in item.subjects or ()
        ),
        created=times.seconds(meta.creation_timestamp),
        labels=pairs(meta.labels),
        annotations=annotation_pairs(meta.annotations),
        manifest=manifest,
    )


def _roles(found: Mapping[str, _Found]) -> tuple[Role, ...]:
    cluster = [item for item, _ in found.get("ClusterRole", ())]
    roles = [_role("ClusterRole", item, cluster) for item in cluster]
    return (*roles, *(_role("Role", item, ()) for item, _ in found.get("Role", ())))


def _role(kind: str, item: _Item, cluster: Sequence[_Item]) -> Role:
    """``item`` with the rules that the aggregation controller fills in, whether it has done so yet or not."""
    meta = item.metadata
    sources = _sources(item, cluster)
    rules = [*(item.rules or ()), *(rule for source in sources or () for rule in source.rules or ())]
    return Role(
        ref=Ref(kind, clean_line(meta.namespace), clean_line(meta.name), meta.uid),
        rules=tuple(dict.fromkeys(_rule(rule) for rule in rules)),
        aggregated=None if sources is None else tuple(clean_line(source.metadata.name) for source in sources),
    )


def _sources(item: _Item, cluster: Sequence[_Item]) -> list[_Item] | None:
    if item.aggregation_rule is None:
        return None
    selectors = item.aggregation_rule.cluster_role_selectors or ()
    return [
        other
        for other in cluster
        if other is not item and any(_selects(each, other.metadata.labels or {}) for each in selectors)
    ]


def _selects(selector: _Selector, labels: Mapping[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in (selector.match_labels or {}).items())
    return exact and all(_meets(each, labels) for each in selector.match_expressions or ())


def _meets(requirement: _Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in (requirement.values or ())
        case "NotIn":
            return value not in (requirement.values or ())
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return False


def _rule(rule: _Rule) -> PolicyRule:
    return PolicyRule(
        verbs=_words(rule.verbs),
        groups=_words(rule.api_groups),
        resources=_words(rule.resources),
        names=_words(rule.resource_names),
        urls=_words(rule.urls),
    )


def _words(values: list[str] | None) -> tuple[str, ...]:
    return tuple(clean_line(value) for value in values or ())
