"""Reads RBAC: bindings, and roles with the rules that aggregation fills in. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from opsconsole.cluster.objects.bindings import RoleRefWire, SubjectWire
from opsconsole.cluster.objects.meta import FullMetadata, Wire, annotation_pairs, pairs
from opsconsole.cluster.questions.pages import read_list
from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport import paths, times
from opsconsole.cluster.transport.errors import ClusterError, ServerError
from opsconsole.parallel import in_parallel
from opsconsole.records import Record, Ref

GROUP = "rbac.authorization.k8s.io"
_Result = TypeVar("_Result")


class Subject(Record, frozen=True, order=True):
    """One subject of a binding, its names as they are: a ``User``, a ``Group`` or a ``ServiceAccount``.

    ``namespace`` is a ServiceAccount's. A RoleBinding's subject may leave it out and means the binding's own then,
    which is what stands here; ``implied`` says that it was left out.
    """

    kind: str
    name: str
    namespace: str = ""
    implied: bool = False

    @property
    def user(self) -> str:
        """The user name that it is to the authorizer; empty for a group, or where it is nobody."""
        if self.kind == "User":
            return self.name
        named = self.kind == "ServiceAccount" and self.namespace
        return f"system:serviceaccount:{self.namespace}:{self.name}" if named else ""

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
    """Every grant and role that could be read.

    Attributes:
        grants: the bindings.
        roles: the roles.
        gaps: what could not be read, in words.
        unread: kinds of which some could not be read: what is not among the others may be there all the same.
        namespaces: every namespace that is known of; ``None`` where they may not be listed.
    """

    grants: tuple[Grant, ...] = ()
    roles: tuple[Role, ...] = ()
    gaps: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    namespaces: tuple[str, ...] | None = None


_KINDS = ("ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role")


def read_rbac(api: Api, timeout: float | None = None, places: Collection[str] = ()) -> Rbac:
    """List all four kinds, and the namespaces, in parallel. What can't be listed is a gap: not seen is not "not there".

    Where RoleBindings or Roles may not be listed in all namespaces, they are listed in each one that is known.

    Args:
        api: the connection.
        timeout: seconds without a byte.
        places: namespaces that are known to matter, for when they may not be listed either.

    Raises:
        ClusterError: nothing at all could be read, and it is no refusal.
    """
    reads: list[Callable[[], Any]] = [partial(_list, api, kind, "", timeout) for kind in _KINDS]
    reads.append(partial(_names, api, timeout))
    *asked, namespaces = in_parallel(_attempt, reads)
    errors = [each for each in asked if isinstance(each, ClusterError)]
    if len(errors) == len(_KINDS) and not any(isinstance(each, ServerError) for each in errors):
        raise errors[0]
    known = namespaces if isinstance(namespaces, list) else []
    everywhere = sorted({*known, *places})
    found: dict[str, _Found] = {}
    gaps: list[str] = []
    unread: set[str] = set()
    for kind, answer in zip(_KINDS, asked, strict=True):
        if isinstance(answer, ClusterError) and kind in {"RoleBinding", "Role"} and everywhere:
            answer = _by_namespace(api, kind, everywhere, timeout, gaps)  # noqa: PLW2901 - a second try
            unread |= {kind} if gaps or not known else set()
        if isinstance(answer, ClusterError):
            gaps.append(f"{kind}s can't be read: {answer}")
            unread.add(kind)
        else:
            found[kind] = answer
    grants = [_grant(kind, item, raw) for kind in _KINDS[:2] for item, raw in found.get(kind, ())]
    seen = tuple(known) if isinstance(namespaces, list) else None
    return Rbac(tuple(grants), _roles(found), tuple(gaps), frozenset(unread), seen)


def read_grant(api: Api, ref: Ref, timeout: float | None = None) -> Grant:
    """One binding, by its true name.

    Raises:
        ClusterError: it can't be read.
    """
    path = paths.item(*paths.API_KINDS[ref.kind], ref.namespace, ref.name)
    body = api.request("GET", path, timeout=timeout)
    return _grant(ref.kind, decode(body, _Item), body)


def read_role(api: Api, ref: Ref, timeout: float | None = None) -> Role:
    """One role with the rules that it has now.

    Raises:
        ClusterError: it can't be read.
    """
    path = paths.item(*paths.API_KINDS[ref.kind], ref.namespace, ref.name)
    return _role(ref.kind, decode(api.request("GET", path, timeout=timeout), _Item), ())


def parse_grant(manifest: bytes) -> Grant:
    """The grant in ``manifest`` (JSON of a binding, with its ``kind``).

    Raises:
        BadAnswer: it is none.
    """
    item = decode(manifest, _Item)
    return _grant(item.kind, item, manifest)


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
    role_ref: RoleRefWire | None = None
    subjects: list[SubjectWire] | None = None
    rules: list[_Rule] | None = None
    aggregation_rule: _Aggregation | None = None


_Found = list[tuple[_Item, bytes]]


def _attempt(read: Callable[[], _Result]) -> _Result | ClusterError:
    try:
        return read()
    except ClusterError as error:
        return error


def _by_namespace(api: Api, kind: str, namespaces: Sequence[str], timeout: float | None, gaps: list[str]) -> _Found:
    """What can be listed namespace by namespace; where it can't, ``gaps`` say so."""
    found: _Found = []
    refused: dict[str, ClusterError] = {}
    answers = in_parallel(lambda where: _attempt(lambda: _list(api, kind, where, timeout)), namespaces)
    for where, answer in zip(namespaces, answers, strict=True):
        if isinstance(answer, ClusterError):
            refused[where] = answer
        else:
            found += answer
    if refused:
        first = next(iter(refused.values()))
        shown = ", ".join(list(refused)[:5]) + ("…" if len(refused) > 5 else "")
        gaps.append(f"{kind}s can't be read in {len(refused)} of {len(namespaces)} namespaces ({shown}): {first}")
    return found


def _names(api: Api, timeout: float | None) -> list[str]:
    """Every namespace."""
    path = paths.collection(*paths.API_KINDS["Namespace"])
    return read_list(api, path, lambda raw: [decode(raw, _Item).metadata.name], timeout=timeout)


def _list(api: Api, kind: str, namespace: str, timeout: float | None) -> _Found:
    path = paths.collection(*paths.API_KINDS[kind], namespace)
    return read_list(api, path, lambda raw: [(decode(raw, _Item), raw)], timeout=timeout)


def _grant(kind: str, item: _Item, manifest: bytes) -> Grant:
    meta, role = item.metadata, item.role_ref or RoleRefWire()
    return Grant(
        ref=Ref(kind, meta.namespace, meta.name, meta.uid),
        role=Ref(role.kind, meta.namespace if role.kind == "Role" else "", role.name),
        subjects=tuple(_subject(each, meta.namespace) for each in item.subjects or ()),
        created=times.seconds(meta.creation_timestamp),
        labels=pairs(meta.labels),
        annotations=annotation_pairs(meta.annotations),
        manifest=manifest,
    )


def _subject(wire: SubjectWire, namespace: str) -> Subject:
    """A ServiceAccount without a namespace is one of the binding's own; in a ClusterRoleBinding it is nobody."""
    if wire.kind != "ServiceAccount":
        return Subject(wire.kind, wire.name)
    return Subject(wire.kind, wire.name, wire.namespace or namespace, implied=not wire.namespace)


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
        ref=Ref(kind, meta.namespace, meta.name, meta.uid),
        rules=tuple(dict.fromkeys(_rule(rule) for rule in rules)),
        aggregated=None if sources is None else tuple(source.metadata.name for source in sources),
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
    return tuple(values or ())
