"""What a path of the API names."""

from __future__ import annotations

from typing import NamedTuple

from rehearsal.server.objects import errors
from rehearsal.server.objects.resources import SCALABLE, ServedResource, find

_SUBRESOURCES = {
    "pods": {"status", "log", "eviction"},
    "serviceaccounts": {"token"},
    "namespaces": {"status", "finalize"},
}


class Route(NamedTuple):
    """A collection (empty ``name``), an object or a subresource of it."""

    resource: ServedResource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def parse(path: str) -> Route:
    """Read a path below ``/api`` or ``/apis``. What is not served has a resource that is not ``served``.

    Raises:
        ApiError: 404, it is no path of a resource.
    """
    parts = [part for part in path.split("/") if part]
    group, version, rest = ("", *_take(parts, 1)) if parts[0] == "api" else (_at(parts, 1), *_take(parts, 2))
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in _SUBRESOURCES["namespaces"]:
        namespace, rest = rest[1], rest[2:]
    if not rest or len(rest) > 3:
        raise errors.no_such_resource()
    resource = find(group, version, rest[0])
    name, subresource = (*rest[1:], "", "")[:2]
    unknown = resource is None or (namespace and not resource.namespaced)
    if resource is None or unknown or (subresource and subresource not in subresources(resource)):
        resource = ServedResource(group, version, rest[0], "", namespaced=bool(namespace), served=False)
    if resource.plural == "namespaces":
        namespace = name
    return Route(resource, namespace, name, subresource)


def _take(parts: list[str], index: int) -> tuple[str, list[str]]:
    return _at(parts, index), parts[index + 1 :]


def _at(parts: list[str], index: int) -> str:
    if len(parts) <= index:
        raise errors.no_such_resource()
    return parts[index]


def subresources(resource: ServedResource) -> set[str]:
    """Names of what is served below an object."""
    found = set(_SUBRESOURCES.get(resource.plural, set()))
    if resource.has_status:
        found.add("status")
    if resource.plural in SCALABLE:
        found.add("scale")
    return found
