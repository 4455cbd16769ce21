"""What a path of the API names."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.rehearsal.server import errors
from opsconsole.rehearsal.server.resources import SCALABLE, Resource, find

_SUBRESOURCES = {
    "pods": {"status", "log", "eviction"},
    "serviceaccounts": {"token"},
    "namespaces": {"status", "finalize"},
}


class Route(NamedTuple):
    """A collection (empty ``name``), an object or a subresource of it."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def parse(path: str) -> Route:
    """Read a path below ``/api`` or ``/apis``.

    Raises:
        ApiError: 404, nothing is served there.
    """
    parts = [part for part in path.split("/") if part]
    group, version, rest = ("", *_take(parts, 1)) if parts[0] == "api" else (parts[1], *_take(parts, 2))
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in _SUBRESOURCES["namespaces"]:
        namespace, rest = rest[1], rest[2:]
    resource = find(group, version, rest[0]) if rest else None
    if resource is None or len(rest) > 3 or (namespace and not resource.namespaced):
        raise errors.no_such_path()
    name, subresource = (*rest[1:], "", "")[:2]
    if subresource and subresource not in subresources(resource):
        raise errors.no_such_path()
    if resource.plural == "namespaces":
        namespace = name
    return Route(resource, namespace, name, subresource)


def _take(parts: list[str], index: int) -> tuple[str, list[str]]:
    if len(parts) <= index:
        raise errors.no_such_path()
    return parts[index], parts[index + 1 :]


def subresources(resource: Resource) -> set[str]:
    """Names of what is served below an object."""
    found = set(_SUBRESOURCES.get(resource.plural, set()))
    if resource.has_status:
        found.add("status")
    if resource.plural in SCALABLE:
        found.add("scale")
    return found
