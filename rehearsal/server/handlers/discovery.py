"""What the server tells about itself: groups, versions and resources."""

from __future__ import annotations

from rehearsal.server.authorization import reviews
from rehearsal.server.objects.resources import RESOURCES, Object, ServedResource
from rehearsal.server.objects.routes import subresources

_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


def answer(path: str, version: Object, minor: int) -> Object | str | None:
    """What Kubernetes 1.``minor`` serves at a path that is no resource's; ``None`` if nothing is."""
    parts = tuple(part for part in path.split("/") if part)
    if len(parts) == 1:
        return _top(parts[0], version, minor)
    if parts == ("api", "v1"):
        return _resources("", "v1", minor)
    if len(parts) == 2 and parts[0] == "apis" and parts[1] in _groups(minor):
        return {"apiVersion": "v1"} | _group(parts[1], minor) | {"kind": "APIGroup"}
    if len(parts) == 3 and parts[0] == "apis" and _groups(minor).get(parts[1]) == parts[2]:
        return _resources(parts[1], parts[2], minor)
    return None


def _top(name: str, version: Object, minor: int) -> Object | str | None:
    answers: dict[str, Object | str] = {
        "version": version,
        "healthz": "ok",
        "readyz": "ok",
        "livez": "ok",
        "api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "apis": {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [_group(group, minor) for group in _groups(minor)],
        },
    }
    return answers.get(name)


def knows(group: str, version: str, minor: int) -> bool:
    """Whether anything is served under that group and version."""
    return (not group and version == "v1") or _groups(minor).get(group) == version


def _groups(minor: int) -> dict[str, str]:
    known = (resource for resource in RESOURCES if resource.since <= minor)
    found = {resource.group: resource.version for resource in known if resource.group}
    return found | dict.fromkeys(reviews.GROUPS, "v1")


def _group(name: str, minor: int) -> Object:
    number = _groups(minor)[name]
    version = {"groupVersion": f"{name}/{number}", "version": number}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _resources(group: str, version: str, minor: int) -> Object:
    entries = []
    for resource in RESOURCES:
        if (resource.group, resource.version) == (group, version) and resource.since <= minor:
            entries += _entries(resource)
    for plural, kind in reviews.GROUPS.get(group, {}).items():
        entries.append({"name": plural, "singularName": "", "namespaced": False, "kind": kind, "verbs": ["create"]})
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _entries(resource: ServedResource) -> list[Object]:
    entry: Object = {
        "name": resource.plural,
        "singularName": resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _VERBS,
    }
    if resource.short:
        entry["shortNames"] = list(resource.short)
    below = [
        {
            "name": f"{resource.plural}/{name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            "kind": "Scale" if name == "scale" else resource.kind,
            "verbs": ["get", "patch", "update"],
        }
        for name in sorted(subresources(resource))
    ]
    return [entry, *below]
