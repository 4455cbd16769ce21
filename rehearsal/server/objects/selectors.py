"""Label and field selectors, as list and watch take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rehearsal.server.objects import errors
from rehearsal.server.objects.labels import parse as parse_labels
from rehearsal.server.objects.resources import Object, ServedResource

Matcher = Callable[[Object], bool]

_FIELDS = {
    "pods": {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase"},
    "events": {
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "reason",
        "type",
    },
    "nodes": {"spec.unschedulable"},
    "secrets": {"type"},
    "namespaces": {"status.phase"},
    "replicasets": {"status.replicas"},
    "jobs": {"status.successful"},
}
_ALWAYS = {"metadata.name", "metadata.namespace"}


def matcher(resource: ServedResource, labels: str, fields: str) -> Matcher | None:
    """What both selectors let through; ``None`` for everything.

    Raises:
        ApiError: 400, a selector that can't be read or a field that this resource has no selector for.
    """
    checks = _field_checks(resource, fields)
    requirements = parse_labels(labels)
    if requirements:
        checks.append(lambda obj: all(each.met_by(_labels(obj)) for each in requirements))
    if not checks:
        return None
    return lambda obj: all(check(obj) for check in checks)


def matches_labels(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a ``LabelSelector`` object selects ``labels``. An empty selector selects everything."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(each, labels) for each in selector.get("matchExpressions") or [])


def _expression(each: Object, labels: dict[str, str]) -> bool:
    value, values = labels.get(each["key"]), each.get("values") or []
    match each["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def _labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _field_checks(resource: ServedResource, text: str) -> list[Matcher]:
    return [_field_check(resource, part) for part in _split(text)]


def _field_check(resource: ServedResource, part: str) -> Matcher:
    for operator, equal in (("!=", False), ("==", True), ("=", True)):
        path, sep, value = (piece.strip() for piece in part.partition(operator))
        if not sep:
            continue
        if path not in _ALWAYS | _FIELDS.get(resource.plural, set()):
            raise errors.bad_request(f"field label not supported: {path}")
        return _field_equality(tuple(path.split(".")), value, equal=equal)
    raise errors.bad_request(f"invalid selector: '{part}'; can't understand '{part}'")


def _field_equality(path: tuple[str, ...], value: str, *, equal: bool) -> Matcher:
    return lambda obj: (_at(obj, path) == value) == equal


def _at(obj: Object, path: tuple[str, ...]) -> str:
    found: Any = obj
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return "" if found is None else str(found)
