"""Which kinds are served, and which can be scaled: what the API server's discovery says."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from opsconsole.cluster.questions.reviews import Api, decode
from opsconsole.cluster.transport.errors import NotFound, Rejected
from opsconsole.parallel import in_parallel

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""One answer for all groups (Kubernetes 1.30 and later)."""


class Scalable(NamedTuple):
    """A namespaced kind that has ``/scale``."""

    kind: str
    plural: str
    version: str
    group: str

    def __str__(self) -> str:
        """``rollouts.v1alpha1.argoproj.io``, as kubectl takes it."""
        return f"{self.plural}.{self.version}.{self.group}"


class _Subresource(msgspec.Struct):
    subresource: str = ""


class _Resource(msgspec.Struct, rename="camel"):
    resource: str = ""
    response_kind: dict[str, str] | None = None
    scope: str = ""
    subresources: list[_Subresource] | None = None


class _Version(msgspec.Struct):
    version: str = ""
    resources: list[_Resource] | None = None


class _Named(msgspec.Struct):
    name: str = ""


class _Group(msgspec.Struct):
    metadata: _Named
    versions: list[_Version] | None = None


class _Groups(msgspec.Struct):
    kind: str = ""
    items: list[_Group] | None = None


class _Preferred(msgspec.Struct, rename="camel"):
    group_version: str = ""


class _GroupName(msgspec.Struct, rename="camel"):
    name: str = ""
    preferred_version: _Preferred = msgspec.field(default_factory=_Preferred)


class _GroupNames(msgspec.Struct):
    groups: list[_GroupName] | None = None


class _Listed(msgspec.Struct):
    name: str = ""
    kind: str = ""
    namespaced: bool = False


class _Resources(msgspec.Struct):
    resources: list[_Listed] | None = None


class ServedKind(NamedTuple):
    """A kind as one API group and version serves it; ``resource`` is ``cronworkflows.v1.example.org``."""

    resource: str
    namespaced: bool


def served_kind(api: Api, kind: str, group: str, version: str, timeout: float) -> ServedKind | None:
    """How a kind of one API group and version is served; ``None`` where it is not.

    Raises:
        ClusterError: discovery can't be read.
    """
    for each in _resources(api, f"{group}/{version}", timeout):
        if each.kind == kind and "/" not in each.name:
            return ServedKind(f"{each.name}.{version}.{group}", each.namespaced)
    return None


def scalable(api: Api, kind: str, group: str, version: str, timeout: float) -> Scalable | None:
    """The resource of a kind of one API group and version; ``None`` where it is not served, or has no ``/scale``.

    Raises:
        ClusterError: discovery can't be read.
    """
    served = _resources(api, f"{group}/{version}", timeout)
    scaled = {each.name.removesuffix("/scale") for each in served if each.name.endswith("/scale")}
    plurals = [each.name for each in served if each.kind == kind and each.namespaced and each.name in scaled]
    return Scalable(kind, plurals[0], version, group) if plurals else None


def _resources(api: Api, place: str, timeout: float) -> list[_Listed]:
    """What one group and version serves; nothing where there is no such."""
    try:
        return decode(api.request("GET", f"/apis/{place}", timeout=timeout), _Resources).resources or []
    except NotFound:
        return []


def custom_scalables(api: Api, timeout: float) -> tuple[Scalable, ...]:
    """Every namespaced kind with ``/scale`` that is none of Kubernetes' own.

    Of several versions of a group the preferred one counts, which comes first. A server that does not tell all groups
    in one answer is asked for each.

    Raises:
        ClusterError: discovery can't be read: which kinds there are is not known then.
    """
    groups = _all_groups(api, timeout)
    if groups is None:
        return _group_by_group(api, timeout)
    found: dict[tuple[str, str], Scalable] = {}
    for group in groups:
        name = group.metadata.name
        for version in group.versions or () if _is_custom(name) else ():
            for each in version.resources or ():
                if each.scope == "Namespaced" and any(sub.subresource == "scale" for sub in each.subresources or ()):
                    kind = (each.response_kind or {}).get("kind", "")
                    found.setdefault((name, each.resource), Scalable(kind, each.resource, version.version, name))
    return tuple(found.values())


def _all_groups(api: Api, timeout: float) -> list[_Group] | None:
    """Every group with what it serves; ``None`` from a server that can't tell all in one answer (before 1.30)."""
    try:
        answer = decode(api.request("GET", "/apis", accept=AGGREGATED, timeout=timeout), _Groups)
    except NotFound:
        return []  # it serves no groups at all
    except Rejected:
        return None
    return answer.items or [] if answer.kind == "APIGroupDiscoveryList" else None


def _group_by_group(api: Api, timeout: float) -> tuple[Scalable, ...]:
    groups = decode(api.request("GET", "/apis", timeout=timeout), _GroupNames).groups or ()
    places = [each.preferred_version.group_version for each in groups if _is_custom(each.name)]
    return tuple(each for found in in_parallel(lambda place: _served(api, place, timeout), places) for each in found)


def _served(api: Api, place: str, timeout: float) -> list[Scalable]:
    """The kinds with ``/scale`` of one group and version."""
    group, _, version = place.partition("/")
    served = decode(api.request("GET", f"/apis/{place}", timeout=timeout), _Resources).resources or ()
    scaled = {each.name.removesuffix("/scale") for each in served if each.name.endswith("/scale")}
    return [
        Scalable(each.kind, each.name, version, group) for each in served if each.namespaced and each.name in scaled
    ]


def _is_custom(group: str) -> bool:
    return "." in group and not group.endswith(".k8s.io")
